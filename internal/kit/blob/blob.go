// Package blob keeps files in the database, in parts, so that any replica can
// read what another one was given. A file grows at its end only: whoever adds to
// it says how long they believe it is, and so an upload that broke off goes on
// where it stopped.
package blob

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"

	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// PartSize is how many bytes one part has at most: what one transaction writes.
const PartSize = 1 << 20

// Create begins an empty file of a workspace and returns its id.
func Create[T ~string](tx *db.Tx, workspace T) (id string, err error) {
	id = rand.Text()
	_, err = tx.Exec(`INSERT INTO blob (id, workspace, size, parts, created_at) VALUES (?, ?, 0, 0, ?)`, id, string(workspace), tx.NowMS())
	return id, err
}

// Size returns how many bytes a file has so far.
func Size(tx *db.Tx, id string) (size int64, err error) {
	err = tx.Row(`SELECT size FROM blob WHERE id = ?`, []any{id}, &size)
	return size, err
}

// Append adds at most PartSize bytes to a file that must have offset bytes by
// now; if it has another size, that is an errs.Conflict.
func Append(tx *db.Tx, id string, offset int64, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if len(data) > PartSize {
		return fmt.Errorf("blob: a part of %d bytes is too large", len(data))
	}
	n, err := tx.Exec(`UPDATE blob SET size = size + ?, parts = parts + 1 WHERE id = ? AND size = ?`, len(data), id, offset)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "The file does not have %d bytes so far. Ask how many it has, and go on from there.", offset)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO blob_part (blob, place, data) SELECT id, parts - 1, ? FROM blob WHERE id = ?`, data, id)
	return err
}

// Delete removes a file.
func Delete(tx *db.Tx, id string) error {
	if _, err := tx.Exec(`DELETE FROM blob_part WHERE blob = ?`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM blob WHERE id = ?`, id)
	return err
}

// Reader reads a file from its beginning, one part in memory at a time. Each part
// is read in a transaction of its own, so that no long one holds others up.
type Reader struct {
	ctx   context.Context
	db    *db.DB
	id    string
	place int64
	rest  []byte
	read  int64
}

// NewReader returns a reader of a file that is complete.
func NewReader(ctx context.Context, d *db.DB, id string) *Reader {
	return &Reader{ctx: ctx, db: d, id: id}
}

// Consumed returns how many bytes were read so far.
func (r *Reader) Consumed() int64 { return r.read }

// Read reads on.
func (r *Reader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		var part []byte
		err := r.db.View(r.ctx, func(tx *db.Tx) error {
			part = nil
			return tx.Row(`SELECT data FROM blob_part WHERE blob = ? AND place = ?`, []any{r.id, r.place}, &part)
		})
		if errs.KindOf(err) == errs.NotFound {
			if err := r.cut(); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		r.rest = part
		r.place++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	r.read += int64(n)
	return n, nil
}

// cut finds out whether the file ends here, or was deleted meanwhile.
func (r *Reader) cut() error {
	var size int64
	err := r.db.View(r.ctx, func(tx *db.Tx) (err error) {
		size, err = Size(tx, r.id)
		return err
	})
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case size != r.read:
		return io.ErrUnexpectedEOF
	default:
		return nil
	}
}
