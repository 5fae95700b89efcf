package db

import (
	"fmt"

	"involt/internal/kit/errs"
)

// SQLite result codes, https://sqlite.org/rescode.html.
const (
	sqliteBusy       = 5
	sqliteIOErr      = 10
	sqliteFull       = 13
	sqliteUnique     = 2067
	sqlitePrimaryKey = 1555
	sqliteForeignKey = 787
)

// plain gives the engine's errors our kinds.
func plain(err error) error {
	if err == nil {
		return nil
	}
	switch code := sqliteCode(err); {
	case code == sqliteUnique || code == sqlitePrimaryKey:
		return fmt.Errorf("%w: %w", errs.New(errs.Conflict, "That already exists."), err)
	case code == sqliteForeignKey:
		return fmt.Errorf("%w: %w", errs.New(errs.NotFound, "What this refers to does not exist."), err)
	case code == sqliteFull:
		return diskFull(err)
	case code&0xff == sqliteBusy || code&0xff == sqliteIOErr:
		return unavailable(err)
	}
	switch code := pgCode(err); {
	case code == "23505":
		return fmt.Errorf("%w: %w", errs.New(errs.Conflict, "That already exists."), err)
	case code == "23503":
		return fmt.Errorf("%w: %w", errs.New(errs.NotFound, "What this refers to does not exist."), err)
	case code == "22021": // a NUL, or what is no UTF-8: SQLite finds nothing under such a key
		return fmt.Errorf("%w: %w", errs.New(errs.NotFound, "Not found."), err)
	case code == "25006": // a copy that only reads, as in the middle of a failover
		return unavailable(err)
	case code == "53100":
		return diskFull(err)
	case len(code) == 5 && (code[:2] == "08" || code[:2] == "53" || code[:2] == "57"):
		return unavailable(err)
	case code == "" && sqliteCode(err) == 0 && lost(err):
		return unavailable(err)
	}
	return err
}

// isTransient reports whether PostgreSQL undid a transaction because of another
// one, so that running it again may well succeed.
func isTransient(err error) bool {
	code := pgCode(err)
	return code == "40001" || code == "40P01"
}
