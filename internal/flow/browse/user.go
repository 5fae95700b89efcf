package browse

import (
	"context"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/card"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/origin"
	"involt/internal/flow/browse/paging"
	"involt/internal/flow/browse/past"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// UserDetail is one user with all that belongs to them. Parts that the actor
// may not see are empty.
type UserDetail struct {
	User
	Person      person.Person // for the form; names, address, phone and info are masked without personal data
	Roles       []access.Held
	In          []group.Group
	AllGroups   []group.Group // of the workspace
	CardList    []card.Card   // those that work first, then the newest; without those that were removed
	Twins       map[id.Card]Twin
	Stock       []string          // numbers of cards that are nobody's, some of them
	Vehicles    []vehicle.Vehicle // plates are masked without personal data
	Departure   *person.Departure // planned or done; nil if there is none
	Begins      time.Time         // when they may charge first, if that is to come; else zero
	Latest      []Session         // the newest
	Messages    []notice.Notice
	Activity    []Activity
	CostCenters []string
	Made        origin.Source            // what they were made with; the zero Source if that is not known
	Sources     map[string]origin.Source // by field: what came otherwise later
	May         access.Perm              // what the reader may do with this user
	Now         time.Time
}

// Twin is a card that has the bytes of another in reverse order: perhaps the same
// piece of plastic, read by another reader.
type Twin struct {
	ID     id.Card
	UID    string
	Person id.Person // "" if it is nobody's
	Owner  string    // masked without personal data
}

// How many of each a user's page shows.
const (
	latestSessions = 10
	latestMessages = 20
	latestActivity = 25
	cardsShown     = 500
	stockShown     = 100
)

// User returns one user with all that belongs to them.
func (s *Service) User(ctx context.Context, by access.Actor, who id.Person) (d UserDetail, err error) {
	defer errs.Wrap(&err, "browse.User")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return d, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		see, err := person.Sight(tx, by, access.PeopleRead, who)
		if err != nil {
			return err
		}
		d, err = userDetail(tx, by, see, who)
		return err
	})
	return d, err
}

// userDetail reads a user for by, who stands with them as see does.
func userDetail(tx *db.Tx, asks, by access.Actor, who id.Person) (d UserDetail, err error) {
	d.Now, d.May = tx.Now, by.Perms.Whole()
	if d.Person, err = person.ByID(tx, by.Workspace, who); err != nil {
		return d, err
	}
	users, err := db.All(tx, scanUser(by), `SELECT `+person.Columns+` FROM person WHERE person.workspace = ? AND person.id = ?`, by.Workspace, who)
	if err != nil {
		return d, err
	}
	if err := decorate(tx, by, users); err != nil {
		return d, err
	}
	d.User = users[0]
	if !by.Perms.Has(access.PersonalData) {
		p := &d.Person
		p.FirstName, p.LastName, p.Email = look.MaskName(p.FirstName), look.MaskName(p.LastName), look.MaskEmail(p.Email)
		p.Phone, p.Info1, p.Info2, p.StatusReason = hidden(p.Phone), hidden(p.Info1), hidden(p.Info2), hidden(p.StatusReason)
	}
	if d.Roles, err = person.Roles(tx, by.Workspace, who); err != nil {
		return d, err
	}
	if d.In, err = group.Of(tx, by.Workspace, who); err != nil {
		return d, err
	}
	in, err := asks.Within(access.PeopleRead)
	if err != nil {
		return d, err
	}
	if in.Whole {
		d.CostCenters, err = person.CostCenters(tx, by.Workspace)
	} else {
		d.CostCenters, err = costsWithin(tx, by.Workspace, in)
	}
	if err != nil {
		return d, err
	}
	// The groups they may be put into; nobody who may not do that chooses any.
	to, err := asks.Within(access.PeopleWrite)
	if err != nil {
		to = in
	}
	if d.AllGroups, err = groupsWithin(tx, by.Workspace, to); err != nil {
		return d, err
	}
	return d, d.rest(tx, asks, by, in)
}

// rest reads what needs a permission of its own.
func (d *UserDetail) rest(tx *db.Tx, asks, by access.Actor, in access.Reach) (err error) {
	who := d.Person.ID
	if d.Made, d.Sources, err = origin.Of(tx, by, who); err != nil {
		return err
	}
	open := by.Perms.Has(access.PersonalData)
	if d.Vehicles, err = vehicle.Of(tx, by.Workspace, who); err != nil {
		return err
	}
	if leaves, err := person.DepartureOf(tx, by.Workspace, who); err == nil {
		if !open {
			leaves.Reason = hidden(leaves.Reason)
		}
		d.Departure = &leaves
	} else if errs.KindOf(err) != errs.NotFound {
		return err
	}
	begin, err := person.Arrivals(tx, by.Workspace, []id.Person{who})
	if err != nil {
		return err
	}
	if at := begin[who]; at.After(tx.Now) {
		d.Begins = at
	}
	var all []card.Card
	if by.Perms.Has(access.CardsRead) {
		if all, err = card.Of(tx, by.Workspace, who); err != nil {
			return err
		}
		if err := d.cards(tx, asks, all); err != nil {
			return err
		}
	}
	if by.Perms.Has(access.SessionsRead) {
		if d.Latest, err = SessionsOf(tx, by, who, latestSessions); err != nil {
			return err
		}
	}
	if d.Messages, err = notice.Of(tx, by.Workspace, who, latestMessages); err != nil {
		return err
	}
	if !open {
		for i := range d.Messages {
			m := &d.Messages[i]
			m.Recipient, m.Reply, m.Subject = look.MaskEmail(m.Recipient), hidden(m.Reply), ""
		}
		for i := range d.Vehicles {
			d.Vehicles[i].Plate, d.Vehicles[i].MAC = hidden(d.Vehicles[i].Plate), hidden(d.Vehicles[i].MAC)
		}
	}
	if by.Perms.Has(access.ActivityRead) {
		d.Activity, err = activityOfUser(tx, by, in, who, all)
	}
	return err
}

// cards sorts the user's cards, and finds their twins and what is in stock.
func (d *UserDetail) cards(tx *db.Tx, by access.Actor, all []card.Card) (err error) {
	var reversed []string
	for _, c := range all {
		if c.State == card.Deactivated || len(d.CardList) >= cardsShown {
			continue
		}
		d.CardList = append(d.CardList, c)
		if r := card.Reversed(c.UID); c.Kind == card.RFID && r != c.UID {
			reversed = append(reversed, r)
		}
	}
	slices.SortStableFunc(d.CardList, func(a, b card.Card) int {
		if x, y := CardState(&a, tx.Now) == card.Active, CardState(&b, tx.Now) == card.Active; x != y {
			if x {
				return -1
			}
			return 1
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	if !by.Perms.Has(access.CardsRead) {
		return nil // the other card may be of somebody who is not theirs to know, and the stock is the workspace's
	}
	if d.Twins, err = twins(tx, by, d.CardList, reversed); err != nil || by.Need(access.CardsWrite) != nil {
		return err
	}
	d.Stock, err = db.All(tx, db.Text[string], `SELECT uid FROM card WHERE workspace = ? AND person IS NULL AND state <> 'deactivated' ORDER BY id DESC LIMIT ?`, by.Workspace, stockShown)
	return err
}

func twins(tx *db.Tx, by access.Actor, list []card.Card, reversed []string) (map[id.Card]Twin, error) {
	found := map[string]Twin{}
	for some := range slices.Chunk(reversed, 400) {
		for c, err := range db.Each(tx, scanCard(by), `SELECT `+cardColumns+` FROM `+cardTables+` WHERE k.workspace = ? AND k.state <> 'deactivated' AND k.uid IN `+db.In(len(some)),
			db.Args(some, any(by.Workspace))...) {
			if err != nil {
				return nil, err
			}
			found[c.UID] = Twin{c.ID, c.UID, c.Person, c.Owner}
		}
	}
	all := map[id.Card]Twin{}
	for _, c := range list {
		if t, ok := found[card.Reversed(c.UID)]; ok && t.ID != c.ID {
			all[c.ID] = t
		}
	}
	return all, nil
}

// activityOfUser is what happened to a user, to the records that were merged into
// theirs and to the newest of their cards, the newest first.
func activityOfUser(tx *db.Tx, by access.Actor, in access.Reach, who id.Person, cards []card.Card) ([]Activity, error) {
	subjects := []string{journal.About("person", who)}
	absorbed, err := person.MergedInto(tx, by.Workspace, []id.Person{who})
	if err != nil {
		return nil, err
	}
	for _, p := range absorbed {
		subjects = append(subjects, journal.About("person", p))
	}
	slices.SortFunc(cards, func(a, b card.Card) int { return strings.Compare(string(b.ID), string(a.ID)) })
	for i := range min(len(cards), 5) {
		subjects = append(subjects, journal.About("card", cards[i].ID))
	}
	var list []Activity
	for _, about := range subjects {
		more, err := past.Of(tx, by, in, about, latestActivity)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	slices.SortStableFunc(list, func(a, b Activity) int { return strings.Compare(string(b.ID), string(a.ID)) })
	return list[:min(len(list), latestActivity)], nil
}

func hidden(text string) string {
	if text == "" {
		return ""
	}
	return "…"
}

// GoneUser is somebody who was deleted, or merged into another record.
type GoneUser struct {
	Name    string    // masked without personal data; "" once erased
	Into    id.Person // the record that took this one over; "" if it was deleted
	Deleted time.Time
	Until   time.Time // until when that can be undone; zero if it cannot
	Now     time.Time
}

// GoneUser returns what became of a user who is not here any more, or an
// errs.NotFound for one who never was and one who is.
func (s *Service) GoneUser(ctx context.Context, by access.Actor, who id.Person) (g GoneUser, err error) {
	defer errs.Wrap(&err, "browse.GoneUser")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return g, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		by, err := person.Sight(tx, by, access.PeopleRead, who)
		if err != nil {
			return err
		}
		var first, last string
		var deleted, erase int64
		err = tx.Row(`SELECT first_name, last_name, deleted_at, erase_at FROM person WHERE workspace = ? AND id = ? AND deleted_at <> 0`,
			[]any{by.Workspace, who}, &first, &last, &deleted, &erase)
		if errs.KindOf(err) == errs.NotFound {
			return errs.New(errs.NotFound, "There is no such user. They may have been deleted.")
		}
		if err != nil {
			return err
		}
		g = GoneUser{Name: look.Name(by, first, last, "", ""), Deleted: paging.When(deleted), Until: paging.When(erase), Now: tx.Now}
		if !g.Until.After(tx.Now) {
			g.Until = time.Time{}
		}
		g.Into, err = person.Heir(tx, by.Workspace, who)
		return err
	})
	return g, err
}

// Offer is what there is to choose from when somebody is invited or a group is
// made: places with ids and names.
type Offer struct {
	Groups    []group.Group
	Locations []Choice
	Chargers  []Choice
	Accounts  []Choice // those of a part of the workspace; none for whoever has all of it, who looks accounts up by name
}

// Choices returns the workspace's groups, locations and chargers by name. At
// most 2,000 chargers are offered.
func (s *Service) Choices(ctx context.Context, by access.Actor) (o Offer, err error) {
	defer errs.Wrap(&err, "browse.Choices")
	see, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return o, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		o, err = choices(tx, see, in)
		return err
	})
	return o, err
}

// groupsWithin are the groups of a reach.
func groupsWithin(tx *db.Tx, ws id.Workspace, r access.Reach) ([]group.Group, error) {
	all, err := group.List(tx, ws)
	return slices.DeleteFunc(all, func(g group.Group) bool { return !r.Covers(access.Scope{Kind: access.InGroup, ID: string(g.ID)}) }), err
}

func choices(tx *db.Tx, by access.Actor, in access.Reach) (o Offer, err error) {
	ws := by.Workspace
	if o.Groups, err = groupsWithin(tx, ws, in); err != nil {
		return o, err
	}
	choice := func(row db.Scanner) (c Choice, err error) {
		err = row.Scan(&c.ID, &c.Name)
		return c, err
	}
	if n := len(in.Accounts); n > 0 {
		mine := func(row db.Scanner) (c Choice, err error) {
			var bill account.Billing
			err = row.Scan(&c.ID, &c.Name, &bill)
			c.Name = look.AccountName(access.Actor{Perms: in.Perms}, bill, c.Name)
			return c, err
		}
		if o.Accounts, err = db.All(tx, mine, `SELECT id, name, billing FROM account WHERE workspace = ? AND state = 'open' AND id IN `+db.In(n)+` ORDER BY name_key, id`, db.Args(in.Accounts, any(ws))...); err != nil {
			return o, err
		}
	}
	where, args := look.InPlaces("l.id", in)
	if where != "" {
		where = " AND " + where
	}
	args = append([]any{ws}, args...)
	if o.Locations, err = db.All(tx, choice, `SELECT l.id, l.name FROM location l WHERE l.workspace = ?`+where+` ORDER BY l.name_key, l.id`, args...); err != nil {
		return o, err
	}
	o.Chargers, err = db.All(tx, choice, `SELECT h.id, h.name || ' · ' || l.name FROM charger h JOIN location l ON l.workspace = h.workspace AND l.id = h.location
		WHERE h.workspace = ?`+where+` ORDER BY l.name_key, h.name, h.id LIMIT 2000`, args...)
	return o, err
}

// GroupDetail is one group with where its members may charge.
type GroupDetail struct {
	group.Group
	Grants []Grant
	Offer  Offer
}

// Grant is one rule of a group with the name of the place; "" means everywhere.
type Grant struct {
	grant.Grant
	Place string
}

// Group returns one group with where its members may charge.
func (s *Service) Group(ctx context.Context, by access.Actor, which id.Group) (d GroupDetail, err error) {
	defer errs.Wrap(&err, "browse.Group")
	in, err := by.Within(access.PeopleRead)
	if err != nil {
		return d, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		d, err = groupDetail(tx, by.Workspace, in, which)
		return err
	})
	return d, err
}

// PlaceNames names every location and charger of a workspace, by id: those who see
// a rule see where it holds.
func PlaceNames(tx *db.Tx, ws id.Workspace) (map[string]string, error) {
	all, err := choices(tx, access.Actor{Workspace: ws}, access.Reach{Whole: true})
	names := map[string]string{}
	for _, c := range slices.Concat(all.Locations, all.Chargers) {
		names[c.ID] = c.Name
	}
	return names, err
}

func groupDetail(tx *db.Tx, ws id.Workspace, in access.Reach, which id.Group) (d GroupDetail, err error) {
	if d.Offer, err = choices(tx, access.Actor{Workspace: ws}, in); err != nil {
		return d, err
	}
	if !in.Covers(access.Scope{Kind: access.InGroup, ID: string(which)}) {
		return d, errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
	}
	i := slices.IndexFunc(d.Offer.Groups, func(g group.Group) bool { return g.ID == which })
	if i < 0 {
		return d, errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
	}
	d.Group = d.Offer.Groups[i]
	all, err := grant.OfGroups(tx, ws)
	if err != nil {
		return d, err
	}
	names, err := PlaceNames(tx, ws)
	for _, g := range all {
		if g.Group == which {
			d.Grants = append(d.Grants, Grant{g, names[string(g.Location)+string(g.Charger)]})
		}
	}
	return d, err
}
