package batch

import (
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/flow/intake/back"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Write stores what was decided, and notes it in the journal: one entry for
// all users who were not known, one for all known ones of whom something
// changed, cards and groups included; their subjects are the users. Cards of
// nobody have one of their own. It returns what undoing takes back.
func (b *Batch) Write(tx *db.Tx) (u back.Undo, err error) {
	ws := b.r.By.Workspace
	if err := b.writeGroups(tx, &u); err != nil {
		return u, err
	}
	for _, c := range b.costCenters {
		added, err := person.AddCostCenter(tx, ws, c)
		if err != nil {
			return u, err
		}
		if added {
			u.CostCenters = append(u.CostCenters, c)
		}
	}
	if err := b.writePayers(tx, &u); err != nil {
		return u, err
	}
	_, err = person.Load(tx, func(yield func(*person.Person) bool) {
		for _, t := range b.people {
			if t.isNew && !yield(&t.Person) {
				return
			}
		}
	})
	if err != nil {
		return u, err
	}
	for _, t := range b.people {
		if t.isNew {
			u.People, u.Rows = append(u.People, t.ID), append(u.Rows, t.rows)
		}
		if err := b.writeOne(tx, t, &u); err != nil {
			return u, err
		}
	}
	if err := b.writeCards(tx, &u); err != nil {
		return u, err
	}
	if err := b.writeCars(tx, &u); err != nil {
		return u, err
	}
	if err := b.writeRates(tx, &u); err != nil {
		return u, err
	}
	for _, t := range b.invite {
		u.Invite = append(u.Invite, t.ID)
	}
	for _, t := range b.stay {
		u.Stay = append(u.Stay, t.ID)
	}
	_, err = group.Load(tx, ws, func(yield func(group.Membership) bool) {
		for _, m := range b.memberships {
			if !yield(group.Membership{Group: b.groups[m.key], Person: m.person.ID}) {
				return
			}
		}
	})
	if err != nil {
		return u, err
	}
	for _, m := range b.memberships {
		if !m.person.isNew {
			u.Members = append(u.Members, back.Member{Group: b.groups[m.key], Person: m.person.ID})
		}
	}
	for _, t := range b.about {
		for _, place := range t.rows {
			if !t.isNew {
				u.Others = append(u.Others, back.Row{Place: place, Person: t.ID})
			}
		}
	}
	return u, b.record(tx)
}

func (b *Batch) writeGroups(tx *db.Tx, u *back.Undo) error {
	for _, name := range b.groupNames {
		g := group.Group{Workspace: b.r.By.Workspace, Name: name}
		if err := group.Insert(tx, &g); errs.KindOf(err) == errs.Invalid {
			// The name was checked; so somebody made the group just now.
			return errs.New(errs.Conflict, "There is a group called %s already.", name)
		} else if err != nil {
			return err
		}
		b.groups[group.Key(name)] = g.ID
		u.Groups = append(u.Groups, g.ID)
		if err := journal.Record(tx, b.r.By, "group.created", journal.About("group", g.ID), b.r.Note()); err != nil {
			return err
		}
	}
	return nil
}

// writeOne stores what cannot be stored in bulk: changed users and roles. A
// change of status is an entry of its own, as everywhere: others act on it.
func (b *Batch) writeOne(tx *db.Tx, t *target, u *back.Undo) error {
	about, from := journal.About("person", t.ID), t.Status
	tell := func(what string, c sheet.Change) error {
		n := b.r.Note()
		n.Changes = map[string][]sheet.Change{about: {c}}
		return journal.Record(tx, b.r.By, what, about, n)
	}
	was := back.Was{Person: t.ID, Fields: t.changes, Roles: t.giveRoles}
	if t.payer != nil {
		was.Payer = &back.Payer{From: t.before.Account, To: t.Account}
	}
	if err := b.writeDates(tx, t, &was); err != nil {
		return err
	}
	if !t.isNew {
		if t.status != "" {
			was.Status, was.From, was.Reason = t.status, t.Status, t.StatusReason
			if err := t.Become(t.status, tx.Now); err != nil {
				return err
			}
		}
		if err := person.Save(tx, &t.Person); err != nil {
			return err
		}
		for _, c := range t.changes {
			if s, there := b.sources[t.ID][string(c.Column)]; there && s.Kind.ByHand() {
				was.Hand = append(was.Hand, s)
			}
			if err := source.Set(tx, t.Workspace, source.Source{Person: t.ID, Field: string(c.Column), Kind: source.File, Origin: b.r.About(), At: tx.Now}); err != nil {
				return err
			}
		}
		if slices.ContainsFunc(t.changes, func(c sheet.Change) bool { return c.Column == sheet.Email }) {
			if err := back.Readdressed(tx, t.Workspace, t.ID, t.before.Email); err != nil {
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
		if err := tell(what, sheet.Change{Column: sheet.Status, Old: string(from), New: string(t.status)}); err != nil {
			return err
		}
	}
	for _, role := range t.giveRoles {
		if err := person.GiveRole(tx, b.r.By.Workspace, t.ID, access.Given{Role: role}); err != nil {
			return err
		}
	}
	if !t.isNew && len(was.Fields)+len(was.Roles) > 0 || was.Status != "" {
		u.Changed = append(u.Changed, was)
	}
	if len(t.giveRoles) == 0 {
		return nil
	}
	if t.isNew {
		u.Staff = append(u.Staff, t.ID)
	}
	return tell("person.role-given", sheet.Change{Column: sheet.Role, Old: strings.Join(t.roles, ", "), New: strings.Join(t.giveRoles, ", ")})
}

func (b *Batch) writeCards(tx *db.Tx, u *back.Undo) error {
	_, err := card.Load(tx, func(yield func(*card.Card) bool) {
		for _, c := range b.cardList {
			if c.holder != nil {
				c.Person = c.holder.ID
			}
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
			u.Cards = append(u.Cards, c.ID)
			continue
		}
		was := back.CardWas{Card: c.ID, Changes: c.changes, Printed: c.before.Printed, ValidFrom: back.Stamp(c.before.ValidFrom), ValidTo: back.Stamp(c.before.ValidTo), Business: c.before.Business}
		if c.Person != c.before.Person {
			was.Holder = c.Person
		}
		u.Took = append(u.Took, was)
		if err := card.Save(tx, &c.Card); err != nil {
			return err
		}
	}
	return nil
}

// record notes the chunk in the journal.
func (b *Batch) record(tx *db.Tx) error {
	added, changed, stock := &subjects{}, &subjects{changes: map[string][]sheet.Change{}}, &subjects{}
	for _, t := range b.people {
		switch {
		case t.isNew:
			added.list = append(added.list, journal.About("person", t.ID))
		case len(t.changes) > 0:
			changed.add(t, t.changes...)
		}
	}
	for _, c := range b.cardList {
		switch {
		case c.Person == "":
			stock.list = append(stock.list, journal.About("card", c.ID))
		case c.holder == nil:
			changed.about(journal.About("person", c.Person), c.changes...)
		case !c.holder.isNew:
			changed.add(c.holder, c.changes...)
		}
	}
	for _, c := range b.cars {
		if !c.holder.isNew {
			changed.add(c.holder, c.changes...)
		}
	}
	for _, m := range b.memberships {
		if !m.person.isNew {
			changed.add(m.person, sheet.Change{Column: sheet.Groups, New: journal.About("group", b.groups[m.key])})
		}
	}
	if err := added.record(tx, b.r, "person.imported"); err != nil {
		return err
	}
	if err := stock.record(tx, b.r, "card.imported"); err != nil {
		return err
	}
	return changed.record(tx, b.r, "person.updated")
}

// subjects are the users of one journal entry.
type subjects struct {
	list    []string
	changes map[string][]sheet.Change // nil if the subjects say it all
}

func (s *subjects) add(t *target, changes ...sheet.Change) {
	s.about(journal.About("person", t.ID), changes...)
}

func (s *subjects) about(about string, changes ...sheet.Change) {
	if _, known := s.changes[about]; !known {
		s.list = append(s.list, about)
	}
	s.changes[about] = append(s.changes[about], changes...)
}

func (s *subjects) record(tx *db.Tx, r *Run, what string) error {
	if len(s.list) == 0 {
		return nil
	}
	n := r.Note()
	n.Rows, n.Changes = len(s.list), s.changes
	return journal.RecordMany(tx, r.By, what, r.About(), s.list, n)
}
