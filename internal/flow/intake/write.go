package intake

import (
	"context"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// note is the value of an import's journal entries.
type note struct {
	Import  string              `json:"import"`
	File    string              `json:"file,omitempty"`
	Rows    int                 `json:"rows,omitempty"`
	Changes map[string][]Change `json:"changes,omitempty"` // by subject
}

func (r *run) note() note { return note{Import: r.report.Import, File: r.opt.Name} }

// write stores what decide planned, and notes it in the journal: one entry for
// all users who were not known, one for all known ones of whom something
// changed, cards and groups included. Their subjects are the users.
func (b *batch) write(tx *db.Tx) error {
	ws := b.r.by.Workspace
	if err := b.writeGroups(tx); err != nil {
		return err
	}
	for _, c := range b.costCenters {
		if _, err := person.AddCostCenter(tx, ws, c); err != nil {
			return err
		}
	}
	if err := b.writePayers(tx); err != nil {
		return err
	}
	_, err := person.Load(tx, func(yield func(*person.Person) bool) {
		for _, t := range b.people {
			if t.isNew && !yield(&t.Person) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	for _, t := range b.people {
		if err := b.writeOne(tx, t); err != nil {
			return err
		}
	}
	if err := b.writeCards(tx); err != nil {
		return err
	}
	_, err = group.Load(tx, ws, func(yield func(group.Membership) bool) {
		for _, m := range b.memberships {
			if !yield(group.Membership{Group: b.groups[m.key], Person: m.person.ID}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return b.record(tx)
}

func (b *batch) writeGroups(tx *db.Tx) error {
	for _, name := range b.groupNames {
		g := group.Group{Workspace: b.r.by.Workspace, Name: name}
		if err := group.Insert(tx, &g); errs.KindOf(err) == errs.Invalid {
			// The name was checked; so somebody made the group just now.
			return errs.New(errs.Conflict, "There is a group called %s already.", name)
		} else if err != nil {
			return err
		}
		b.groups[group.Key(name)] = g.ID
		if err := journal.Record(tx, b.r.by, "group.created", journal.About("group", g.ID), b.r.note()); err != nil {
			return err
		}
	}
	return nil
}

// writeOne stores what cannot be stored in bulk: changed users and roles. A
// change of status is an entry of its own, as everywhere: others act on it.
func (b *batch) writeOne(tx *db.Tx, t *target) error {
	about, from := journal.About("person", t.ID), t.Status
	tell := func(what string, c Change) error {
		n := b.r.note()
		n.Changes = map[string][]Change{about: {c}}
		return journal.Record(tx, b.r.by, what, about, n)
	}
	if !t.isNew {
		if t.status != "" {
			if err := t.Become(t.status, tx.Now); err != nil {
				return err
			}
		}
		if err := person.Save(tx, &t.Person); err != nil {
			return err
		}
		if slices.ContainsFunc(t.changes, func(c Change) bool { return c.Column == Email }) {
			// The link in the older mailbox is not for this user.
			if err := invite.Revoke(tx, t.Workspace, t.ID); err != nil {
				return err
			}
		}
	}
	if t.status != "" {
		what := "person.activated"
		switch {
		case t.status == person.Deactivated:
			what = "person.deactivated"
			if err := apikey.RevokeOf(tx, t.Workspace, journal.About("person", t.ID)); err != nil {
				return err
			}
			if err := invite.Revoke(tx, t.Workspace, t.ID); err != nil {
				return err
			}
		case from == person.Deactivated:
			what = "person.reactivated"
		}
		if err := tell(what, Change{Status, string(from), string(t.status)}); err != nil {
			return err
		}
	}
	for _, role := range t.giveRoles {
		if err := person.GiveRole(tx, b.r.by.Workspace, t.ID, access.Given{Role: role}); err != nil {
			return err
		}
	}
	if len(t.giveRoles) == 0 {
		return nil
	}
	return tell("person.role-given", Change{Role, strings.Join(t.roles, ", "), strings.Join(t.giveRoles, ", ")})
}

func (b *batch) writeCards(tx *db.Tx) error {
	_, err := card.Load(tx, func(yield func(*card.Card) bool) {
		for _, c := range b.cardList {
			c.Person = c.holder.ID
			if c.isNew && !yield(&c.Card) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	for _, c := range b.cardList {
		if c.isNew {
			continue
		}
		if err := card.Save(tx, &c.Card); err != nil {
			return err
		}
	}
	return nil
}

// record notes the chunk in the journal.
func (b *batch) record(tx *db.Tx) error {
	added, changed := &subjects{}, &subjects{changes: map[string][]Change{}}
	for _, t := range b.people {
		switch {
		case t.isNew:
			added.list = append(added.list, journal.About("person", t.ID))
		case len(t.changes) > 0:
			changed.add(t, t.changes...)
		}
	}
	for _, c := range b.cardList {
		if !c.holder.isNew {
			changed.add(c.holder, c.changes...)
		}
	}
	for _, m := range b.memberships {
		if !m.person.isNew {
			changed.add(m.person, Change{Groups, "", journal.About("group", b.groups[m.key])})
		}
	}
	if err := added.record(tx, b.r, "person.imported"); err != nil {
		return err
	}
	return changed.record(tx, b.r, "person.updated")
}

// subjects are the users of one journal entry.
type subjects struct {
	list    []string
	changes map[string][]Change // nil if the subjects say it all
}

func (s *subjects) add(t *target, changes ...Change) {
	about := journal.About("person", t.ID)
	if _, known := s.changes[about]; !known {
		s.list = append(s.list, about)
	}
	s.changes[about] = append(s.changes[about], changes...)
}

func (s *subjects) record(tx *db.Tx, r *run, what string) error {
	if len(s.list) == 0 {
		return nil
	}
	n := r.note()
	n.Rows, n.Changes = len(s.list), s.changes
	return journal.RecordMany(tx, r.by, what, r.about(), s.list, n)
}

// about is the import as a subject.
func (r *run) about() string { return journal.About("import", importID(r.report.Import)) }

// total is the value of the entry that ends an import.
type total struct {
	note
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	Refused int `json:"refused"`
}

// finish notes the whole import in the journal, unless it was a preview.
func (r *run) finish(ctx context.Context) error {
	if !r.apply {
		return r.s.DB.View(ctx, func(tx *db.Tx) error {
			r.report.Ended = tx.Now
			return nil
		})
	}
	n := r.note()
	n.Rows = r.report.Rows
	return r.s.DB.Update(ctx, func(tx *db.Tx) error {
		r.report.Ended = tx.Now
		return journal.Record(tx, r.by, "import.applied", r.about(), total{n, r.report.Add, r.report.Change, r.report.Same, r.report.Refuse})
	})
}
