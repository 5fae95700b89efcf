package people

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Create adds a person who has not been asked yet: status Imported, or Active
// if they have no e-mail address. Nothing is sent. cards are numbers in any
// spelling; whoever has no e-mail address needs one, and without it that is an
// errs.Invalid at "card_number", as is a number that cannot be given to them.
func (s *Service) Create(ctx context.Context, by access.Actor, p person.Person, cards ...string) (_ person.Person, err error) {
	defer errs.Wrap(&err, "people.Create")
	return s.create(ctx, by, p, cards, "")
}

// Cardholder is a user without an e-mail address as somebody enters it: a pool
// car, a guest card.
type Cardholder struct {
	Name       string // what the thing is called; kept as the last name
	ExternalID string
	CostCenter string
	Group      id.Group // "" for none: then the workspace's default one
	Cards      []string // numbers in any spelling; at least one
}

// AddCardholder adds a user without an e-mail address, who is Active at once,
// with their cards and their group: all of it or nothing. Errors stand at
// "last_name", "external_id", "cost_center", "group" and "card_number".
func (s *Service) AddCardholder(ctx context.Context, by access.Actor, in Cardholder) (p person.Person, err error) {
	defer errs.Wrap(&err, "people.AddCardholder")
	p = person.Person{LastName: in.Name, ExternalID: in.ExternalID, CostCenter: in.CostCenter}
	if err := p.Clean(); err != nil {
		return p, err
	}
	if p.LastName == "" && p.ExternalID == "" {
		return p, errs.AtField("last_name", "Give a name, such as “Pool car 7”, or an external id.")
	}
	return s.create(ctx, by, p, in.Cards, in.Group)
}

func (s *Service) create(ctx context.Context, by access.Actor, p person.Person, numbers []string, g id.Group) (_ person.Person, err error) {
	need := access.PeopleWrite
	if len(numbers) > 0 {
		need |= access.CardsWrite
	}
	if err := by.Need(need); err != nil {
		return p, err
	}
	var wrong errs.List
	if p.Email != "" {
		p.Email, err = person.CleanEmail(p.Email)
		wrong.Add(at("email", err))
	}
	wrong.Add(p.Clean())
	if p.NeedsCard() && len(numbers) == 0 {
		wrong.Add(person.ErrNoCard("card_number"))
	}
	uids := make([]string, len(numbers))
	for i, number := range numbers {
		uids[i], err = card.Canonical(number)
		if err == nil && slices.Contains(uids[:i], uids[i]) {
			err = errs.New(errs.Invalid, "The card %s is here twice.", uids[i])
		}
		wrong.Add(at("card_number", err))
	}
	if err := wrong.Err(); err != nil {
		return p, err
	}
	p.Workspace, p.ID, p.Status, p.Identity = by.Workspace, "", person.Imported, ""
	if p.Email == "" {
		p.Status = person.Active // there is nobody who could be asked
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		p.ID = ""
		if err := heldBy(tx, by, uids); err != nil {
			return err
		}
		if p.ExternalID != "" {
			if same, err := person.ByExternalIDs(tx, by.Workspace, []string{p.ExternalID}); err != nil {
				return err
			} else if len(same) > 0 {
				return errs.AtField("external_id", "A user with this external id is here already.")
			}
		}
		if err := person.Insert(tx, &p); errs.KindOf(err) == errs.Conflict {
			return errs.AtField("email", "A user with this e-mail address or external id is here already.")
		} else if err != nil {
			return err
		}
		if _, err := person.AddCostCenter(tx, p.Workspace, p.CostCenter); err != nil {
			return err
		}
		if err := journal.Record(tx, by, "person.created", journal.About("person", p.ID), map[string]any{"email": p.Email, "name": p.Name(), "status": p.Status}); err != nil {
			return err
		}
		if err := joinFirst(tx, by, &p, g); err != nil {
			return err
		}
		return giveCards(tx, by, &p, uids, numbers)
	})
	return p, err
}

// at points an error that people can mend at the field it is about.
func at(field string, err error) error {
	if k := errs.KindOf(err); err != nil && (k == errs.Invalid || k == errs.NotFound || k == errs.Conflict) {
		return errs.AtField(field, "%s", errs.Text(err))
	}
	return err
}

// heldBy refuses cards that somebody has.
func heldBy(tx *db.Tx, by access.Actor, uids []string) error {
	here, err := card.ByUIDs(tx, by.Workspace, uids)
	if err != nil {
		return err
	}
	var wrong errs.List
	for _, c := range here {
		if c.Person != "" {
			wrong.Add(errs.AtField("card_number", "The card %s belongs to somebody already. Remove it there first.", c.UID))
		}
	}
	return wrong.Err()
}

// joinFirst puts a new user into a group: the one that was chosen, or for those
// who are active at once the default one, as activation does.
func joinFirst(tx *db.Tx, by access.Actor, p *person.Person, g id.Group) error {
	if g == "" {
		if p.Status != person.Active {
			return nil
		}
		all, err := group.List(tx, by.Workspace)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(g group.Group) bool { return g.Default })
		if i < 0 {
			return nil
		}
		_, err = group.Add(tx, by.Workspace, all[i].ID, p.ID)
		return err
	}
	to, err := group.ByID(tx, by.Workspace, g)
	if err != nil {
		return at("group", err)
	}
	if _, err := group.Add(tx, by.Workspace, g, p.ID); err != nil {
		return err
	}
	return journal.Record(tx, by, "group.member-added", journal.About("person", p.ID), map[string]any{"group": g, "name": to.Name})
}

// giveCards gives a new user cards: new ones, and those that are here and
// nobody's.
func giveCards(tx *db.Tx, by access.Actor, p *person.Person, uids, typed []string) error {
	for i, uid := range uids {
		c, err := card.ByUID(tx, by.Workspace, uid)
		switch {
		case errs.KindOf(err) == errs.NotFound:
			c = card.Card{Workspace: by.Workspace, UID: uid, Kind: card.KindOf(uid), Typed: typed[i], State: card.Active, Person: p.ID}
			err = card.Insert(tx, &c)
		case err == nil:
			if c.Person = p.ID; c.State == card.Inactive {
				c.State = card.Active
			}
			err = card.Save(tx, &c)
		}
		if errs.KindOf(err) == errs.Conflict {
			return errs.AtField("card_number", "The card %s belongs to somebody already. Remove it there first.", uid)
		}
		if err != nil {
			return err
		}
		if err := journal.Record(tx, by, "card.assigned", journal.About("card", c.ID), map[string]any{"uid": uid, "person": p.ID}); err != nil {
			return err
		}
	}
	return nil
}
