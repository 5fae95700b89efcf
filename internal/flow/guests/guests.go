// Package guests lets people charge for some time, at some places and so far, who are no
// users: a visitor, a neighbour, a workshop. They get a link that works on a phone, and
// if wanted a code that they type at the charger. Whoever has the link or the code may
// charge as the guest; so both end, and hold a budget.
package guests

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Service has guests.
type Service struct {
	DB     *db.DB
	Keys   *seal.Ring
	Places Places
	Remote Remote
}

// Places knows where people may charge.
type Places interface {
	// Chargers lists the chargers at which a person may charge at a moment.
	Chargers(ws id.Workspace, who id.Person, now time.Time) []id.Charger
	// Refresh makes later answers agree with what the database says now.
	Refresh(ctx context.Context) error
}

// Remote asks chargers to do things.
type Remote interface {
	// Start asks a charger to begin a session for a card.
	Start(ctx context.Context, by access.Actor, charger id.Charger, evse int64, uid string) error
	// Stop asks the charger of a session to end it.
	Stop(ctx context.Context, by access.Actor, session id.Charge) error
	// StopFor does so because of a decision, in a transaction, once.
	StopFor(tx *db.Tx, c *charge.Charge, why decision.Reason) error
}

// need is what it takes to have guests: they are people with cards, at places.
const need = access.PeopleWrite | access.CardsWrite | access.PlacesRead

// Need is the permission that whoever has guests must hold.
const Need = need

// Place is where a guest may charge: a location, or one of its chargers.
type Place struct {
	Location id.Location
	Charger  id.Charger
}

// New is a guest as somebody enters them.
type New struct {
	Name    string
	Places  []Place
	From    time.Time
	Until   time.Time
	Wh      int64 // 0 for any
	Charges int64 // 0 for any number
	Code    bool  // also one to type at chargers
}

// Make makes a guest's access. What is wrong is said at its fields; besides those of
// [guest.Guest.Check] that is "place".
func (s *Service) Make(ctx context.Context, by access.Actor, in New) (g guest.Guest, err error) {
	defer errs.Wrap(&err, "guests.Make")
	if err := by.Need(need); err != nil {
		return g, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		g = guest.Guest{Workspace: by.Workspace, ID: id.New[id.Guest](), Name: in.Name, Begins: in.From, Ends: in.Until, Wh: in.Wh, Charges: in.Charges, MadeBy: by.Name}
		var wrong errs.List
		wrong.Add(g.Check(tx.Now))
		if err := here(tx, by.Workspace, in.Places); err != nil {
			wrong.Add(err)
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		p := person.Person{Workspace: by.Workspace, LastName: g.Name, Status: person.Active}
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		g.Person, g.LinkHash = p.ID, seal.Hash(s.token(&g))
		if err := guest.Insert(tx, &g); err != nil {
			return err
		}
		for _, at := range in.Places {
			if err := grant.Insert(tx, &grant.Grant{Workspace: by.Workspace, Person: p.ID, Location: at.Location, Charger: at.Charger, From: g.Begins, Until: g.Ends}); err != nil {
				return err
			}
		}
		if err := give(tx, &g, randomUID()); err != nil {
			return err
		}
		if in.Code {
			if err := giveCode(tx, &g); err != nil {
				return err
			}
		}
		return journal.RecordMany(tx, by, "guest.invited", journal.About("person", p.ID), []string{journal.About("guest", g.ID)},
			map[string]any{"guest": g.ID, "name": g.Name, "from": g.Begins.UnixMilli(), "until": g.Ends.UnixMilli(), "wh": g.Wh, "sessions": g.Charges, "code": in.Code})
	})
	return g, err
}

// here refuses places that are not there.
func here(tx *db.Tx, ws id.Workspace, list []Place) error {
	none := errs.AtField("place", "Choose where the guest may charge.")
	if len(list) == 0 {
		return none
	}
	for _, at := range list {
		var err error
		switch {
		case at.Charger != "" && at.Location == "":
			_, err = site.ChargerByID(tx, ws, at.Charger)
		case at.Location != "" && at.Charger == "":
			_, err = site.LocationByID(tx, ws, at.Location)
		default:
			return none
		}
		if errs.KindOf(err) == errs.NotFound {
			return none
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// give gives a guest something that identifies them.
func give(tx *db.Tx, g *guest.Guest, uid string) error {
	return card.Insert(tx, &card.Card{Workspace: g.Workspace, UID: uid, Kind: card.App, Typed: uid, State: card.Active, Person: g.Person, ValidFrom: g.Begins, ValidTo: g.Ends})
}

// giveCode gives them a code that nobody has.
func giveCode(tx *db.Tx, g *guest.Guest) error {
	for range 20 {
		code := guest.NewCode()
		switch _, err := card.ByUID(tx, g.Workspace, code); {
		case errs.KindOf(err) == errs.NotFound:
			return give(tx, g, code)
		case err != nil:
			return err
		}
	}
	return errs.New(errs.Unavailable, "No free code was found. Try again.")
}

// token is that of a guest's link. It is derived, so that the link can be shown again
// and is not stored.
func (s *Service) token(g *guest.Guest) string {
	return s.Keys.Link("guest", string(g.Workspace), string(g.ID))
}

// Sight is a guest as staff see them.
type Sight struct {
	guest.Guest
	Used   guest.Used
	State  guest.State
	Places []string  // names
	Cards  []id.Card // theirs
	Code   string    // to type at chargers; "" if there is none, and for those who may not have guests
	Token  string    // of the link, likewise
}

// Most is how many guests a list has at most, the newest first.
const Most = 500

// List returns the workspace's guests.
func (s *Service) List(ctx context.Context, by access.Actor) (list []Sight, now time.Time, err error) {
	defer errs.Wrap(&err, "guests.List")
	if err := by.Need(access.PeopleRead | access.PlacesRead); err != nil {
		return nil, now, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		now = tx.Now
		all, err := guest.List(tx, by.Workspace, Most)
		if err == nil {
			list, err = s.look(tx, by, all)
		}
		return err
	})
	return list, now, err
}

// One returns one guest.
func (s *Service) One(ctx context.Context, by access.Actor, one id.Guest) (v Sight, now time.Time, err error) {
	defer errs.Wrap(&err, "guests.One")
	if err := by.Need(access.PeopleRead | access.PlacesRead); err != nil {
		return v, now, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		now = tx.Now
		g, err := guest.ByID(tx, by.Workspace, one)
		if err != nil {
			return err
		}
		list, err := s.look(tx, by, []guest.Guest{g})
		if err == nil {
			v = list[0]
		}
		return err
	})
	return v, now, err
}

// look adds to guests what staff see of them.
func (s *Service) look(tx *db.Tx, by access.Actor, all []guest.Guest) (list []Sight, err error) {
	locations, err := site.Locations(tx, by.Workspace)
	if err != nil {
		return nil, err
	}
	chargers, err := site.Chargers(tx, by.Workspace)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for i := range locations {
		names[string(locations[i].ID)] = locations[i].Name
	}
	for i := range chargers {
		names[string(chargers[i].ID)] = chargers[i].Name
	}
	who := make([]id.Person, len(all))
	for i := range all {
		who[i] = all[i].Person
	}
	used, err := guest.UsedBy(tx, by.Workspace, who)
	if err != nil {
		return nil, err
	}
	for _, g := range all {
		v := Sight{Guest: g, Used: used[g.Person], State: g.StateAt(tx.Now, used[g.Person])}
		grants, err := grant.OfPerson(tx, by.Workspace, g.Person)
		if err != nil {
			return nil, err
		}
		for i := range grants {
			v.Places = append(v.Places, names[cmp.Or(string(grants[i].Location), string(grants[i].Charger))])
		}
		slices.Sort(v.Places)
		if !by.Perms.Has(access.PersonalData) {
			v.Name = ""
		}
		if by.Need(need) == nil {
			cards, err := card.Of(tx, by.Workspace, g.Person)
			if err != nil {
				return nil, err
			}
			v.Token = s.token(&g)
			for i := range cards {
				v.Cards = append(v.Cards, cards[i].ID)
				if guest.IsCode(cards[i].UID) {
					v.Code = cards[i].UID
				}
			}
		}
		list = append(list, v)
	}
	return list, nil
}

// Revoke ends a guest's access: their cards are refused at once, and what runs is
// stopped as it is for a user who is deactivated.
func (s *Service) Revoke(ctx context.Context, by access.Actor, one id.Guest) (err error) {
	defer errs.Wrap(&err, "guests.Revoke")
	if err := by.Need(need); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		g, err := guest.ByID(tx, by.Workspace, one)
		if err != nil {
			return err
		}
		if ended, err := guest.Revoke(tx, by.Workspace, one); err != nil || !ended {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, g.Person)
		if errs.KindOf(err) == errs.NotFound {
			return nil // deleted as a user
		}
		if err != nil {
			return err
		}
		if p.Status == person.Active {
			if err := p.Become(person.Deactivated, tx.Now); err != nil {
				return err
			}
			p.StatusReason = "Guest access revoked"
			if err := person.Save(tx, &p); err != nil {
				return err
			}
		}
		return journal.RecordMany(tx, by, "person.deactivated", journal.About("person", p.ID), []string{journal.About("guest", g.ID)}, map[string]any{"reason": "Guest access revoked", "guest": g.ID})
	})
}

// Spelt writes a code as people read it: "1234 5678".
func Spelt(code string) string {
	if len(code) != guest.CodeDigits {
		return code
	}
	return strings.Join([]string{code[:4], code[4:]}, " ")
}
