package sheet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"involt/internal/bench"
	"involt/internal/bench/gauge"
	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	rows "involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
	"involt/internal/kit/table"
)

// bareLoad puts the rows of the file where an import would, and does nothing
// else: COPY, or prepared inserts, table by table in one transaction, with the
// entries of the journal in it. The rows are read from the file before.
func (o *job) bareLoad(ctx context.Context, file *os.File) (seconds, used float64, err error) {
	d, remove, err := bench.ScratchOf(&o.Options, ctx)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	by, err := importer(ctx, d)
	if err != nil {
		return 0, 0, err
	}
	people := func(do func(*rows.Line) bool) error {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		src, err := table.NewReader(file)
		if err != nil {
			return err
		}
		h, ahead, err := rows.Find(src, nil, false)
		if err != nil {
			return err
		}
		for i := 0; ; i++ {
			var row table.Row
			if i < len(ahead) {
				row = ahead[i].Row
			} else if row, err = src.Next(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
			l, _, _, _ := h.Parse(row, time.UTC)
			if !do(&l) {
				return nil
			}
		}
	}
	// Ids are made, and the file is read, outside of what is measured.
	ids := make([]id.Person, o.Rows)
	for i := range ids {
		ids[i] = id.New[id.Person]()
	}
	list := make([]person.Person, 0, o.Rows)
	cards := make([]card.Card, 0, o.Rows)
	if err := people(func(l *rows.Line) bool {
		p := person.Person{Workspace: by.Workspace, ID: ids[len(list)], Status: person.Imported}
		l.Fill(&p)
		list = append(list, p)
		cards = append(cards, card.Card{Workspace: by.Workspace, UID: l.Card.UID, Kind: card.RFID, Typed: l.Card.Typed, State: card.Active, Person: p.ID, Business: true})
		return true
	}); err != nil {
		return 0, 0, err
	}
	before, err := gauge.Read(ctx, d)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	err = d.Update(ctx, func(tx *db.Tx) error {
		var groups []id.Group
		for i := range 50 {
			g := group.Group{Workspace: by.Workspace, Name: fmt.Sprintf("Group %d", i)}
			if err := group.Insert(tx, &g); err != nil {
				return err
			}
			groups = append(groups, g.ID)
		}
		if _, err := person.Load(tx, func(yield func(*person.Person) bool) {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}); err != nil {
			return err
		}
		if _, err := card.Load(tx, func(yield func(*card.Card) bool) {
			for i := range cards {
				if !yield(&cards[i]) {
					return
				}
			}
		}); err != nil {
			return err
		}
		if _, err := group.Load(tx, by.Workspace, func(yield func(group.Membership) bool) {
			for i, p := range ids {
				if !yield(group.Membership{Group: groups[i%50], Person: p}) {
					return
				}
			}
		}); err != nil {
			return err
		}
		for from := 0; from < len(ids); from += 1000 {
			var about []string
			for _, p := range ids[from:min(from+1000, len(ids))] {
				about = append(about, journal.About("person", p))
			}
			if err := journal.RecordMany(tx, by, "person.imported", "import:floor", about, nil); err != nil {
				return err
			}
		}
		return nil
	})
	seconds = time.Since(began).Seconds()
	if err != nil {
		return 0, 0, err
	}
	after, err := gauge.Read(ctx, d)
	return seconds, after.Since(before), err
}
