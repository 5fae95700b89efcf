package intake

import (
	"strings"

	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/flow/intake/batch"
	"involt/internal/flow/intake/pack"
	"involt/internal/kit/db"
)

// Eraser hears who is erased, and takes them out of what is kept of imports that
// brought them in or changed them: their rows, and what undoing would restore.
func Eraser() journal.Reader {
	return journal.Reader{Name: "intake.erase", What: []string{"person.erased"}, Do: func(tx *db.Tx, e journal.Entry) error {
		_, who, _ := strings.Cut(e.Subject, ":")
		return eraseOne(tx, e.Workspace, id.Person(who))
	}}
}

func eraseOne(tx *db.Tx, ws id.Workspace, who id.Person) error {
	list, err := imports.Touching(tx, ws, []string{journal.About("person", who)})
	if err != nil {
		return err
	}
	for _, t := range list {
		c, err := imports.ChunkAt(tx, ws, t.Import, t.Place)
		if err != nil {
			return err
		}
		var u batch.Undo
		if err := pack.FromJSON(c.Undo, &u); err != nil {
			return err
		}
		places := u.Forget(who)
		if len(places) == 0 {
			continue
		}
		rows, err := pack.FromRows(c.Lines)
		if err != nil {
			return err
		}
		var o pack.Outcomes
		if err := pack.FromJSON(c.Outcome, &o); err != nil {
			return err
		}
		for _, i := range places {
			if i < len(rows) {
				rows[i].Cells = nil
			}
			o.Forget(i)
		}
		if c.Lines, err = pack.Rows(rows); err != nil {
			return err
		}
		if c.Outcome, err = pack.JSON(o); err != nil {
			return err
		}
		if c.Undo, err = pack.JSON(u); err != nil {
			return err
		}
		if err := imports.Rewrite(tx, ws, t.Import, &c); err != nil {
			return err
		}
	}
	return nil
}
