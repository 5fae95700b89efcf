package schema

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Part is a table, or a part of it, to be copied.
type Part struct {
	Table string
	// Leave names columns that are not copied, with what stands there instead: an SQL
	// expression of both engines.
	Leave map[string]string
	// Where says which rows; "" for all. It may hold values of Args as ?.
	Where string
	Args  []any
}

// Copy copies parts of a database into an empty SQLite file that has had the same
// steps, as of one moment, which it returns in milliseconds. References need not be
// in their order, but must lead to something that is copied too.
func Copy(ctx context.Context, from, to *db.DB, parts []Part) (at int64, err error) {
	defer errs.Wrap(&err, "schema.Copy")
	err = from.View(ctx, func(src *db.Tx) error {
		at = src.NowMS()
		return to.Update(ctx, func(dst *db.Tx) error {
			if _, err := dst.Exec(`PRAGMA defer_foreign_keys = 1`); err != nil {
				return err
			}
			for _, p := range parts {
				if err := p.copy(src, dst); err != nil {
					return fmt.Errorf("table %s: %w", p.Table, err)
				}
			}
			return nil
		})
	})
	return at, err
}

func (p *Part) copy(src, dst *db.Tx) error {
	columns, err := db.All(dst, db.Text[string], `SELECT name FROM pragma_table_info(?)`, p.Table)
	if err != nil {
		return err
	}
	said := slices.Clone(columns)
	for i, c := range columns {
		if instead, left := p.Leave[c]; left {
			said[i] = instead
		}
	}
	// Of all workspaces, as the database is: the tests that look for statements of none
	// know it by its first words.
	query := `SELECT /* copy */ ` + strings.Join(said, ", ") + ` FROM ` + p.Table
	if p.Where != "" {
		query += ` WHERE ` + p.Where
	}
	var failed error
	_, err = dst.Load(p.Table, columns, func(yield func([]any) bool) {
		for row, err := range db.Each(src, func(in db.Scanner) ([]any, error) {
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			return row, in.Scan(into...)
		}, query, p.Args...) {
			if err != nil {
				failed = err
				return
			}
			if !yield(row) {
				return
			}
		}
	})
	return errs.Or(failed, err)
}
