package admit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/lesson"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/booking"
	"involt/internal/flow/equip"
	"involt/internal/flow/guests"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

// crowd is a house in which anything happens in any order.
type crowd struct {
	*house
	r         *rand.Rand
	who       []id.Person
	numbers   []string
	owned     []id.Card
	groups    []id.Group
	locations []id.Location
	chargers  []id.Charger
	grants    []grant.Grant
	guests    []id.Guest
	accounts  []id.Account
	runs      []run
	booking   *booking.Service
}

// could swallows refusals: much of what is tried is not allowed.
func (c *crowd) could(err error) bool {
	c.t.Helper()
	if k := errs.KindOf(err); k == errs.Conflict || k == errs.NotFound || k == errs.Invalid {
		return false
	}
	c.must(err)
	return true
}

func any1[T any](c *crowd, list []T) (v T) {
	if len(list) > 0 {
		v = list[c.r.IntN(len(list))]
	}
	return v
}

// when is a time near now, or none.
func (c *crowd) when() (at time.Time) {
	if c.r.IntN(2) == 0 {
		at = time.Now().Add(time.Duration(c.r.IntN(7)-3) * time.Hour)
	}
	return at
}

// step does one thing, and names it.
func (c *crowd) step() string {
	ctx := c.t.Context()
	who := any1(c, c.who)
	switch n := c.r.IntN(38); n {
	case 0:
		c.locations = append(c.locations, c.location(c.r.IntN(3) == 0))
		return "location"
	case 1, 2:
		c.chargers = append(c.chargers, c.charger(any1(c, c.locations)))
		return "charger"
	case 3:
		c.groups = append(c.groups, c.group())
		return "group"
	case 4, 5:
		c.who = append(c.who, c.person())
		return "person"
	case 6, 7, 8:
		c.count++
		in := wallet.NewCard{Number: fmt.Sprintf("04%012X", c.count), Person: who, ValidFrom: c.when(), ValidTo: c.when()}
		if c.r.IntN(4) == 0 && len(c.numbers) > 0 {
			in.Number = any1(c, c.numbers) // perhaps of a card that is gone
		}
		v, _, err := c.cards.Assign(ctx, c.by, in)
		if c.could(err) {
			c.owned = append(c.owned, v.ID)
			c.numbers = append(c.numbers, v.UID)
		}
		return "assign"
	case 9, 10:
		to := any1(c, []card.State{card.Active, card.Blocked, card.Suspended, card.Inactive, card.Expired, card.Deactivated})
		_, err := c.cards.Change(ctx, c.by, any1(c, c.owned), to, "test")
		c.could(err)
		return "card " + string(to)
	case 11:
		return c.handOver(who)
	case 12:
		c.could(c.people.Deactivate(ctx, c.by, who, "test"))
		return "deactivate"
	case 13:
		c.could(c.people.Reactivate(ctx, c.by, who))
		return "reactivate"
	case 14, 15:
		if len(c.groups) > 0 {
			c.could(c.people.AddToGroup(ctx, c.by, any1(c, c.groups), who))
		}
		return "join"
	case 16:
		c.could(c.people.RemoveFromGroup(ctx, c.by, any1(c, c.groups), who))
		return "leave"
	case 17:
		return c.grant(who)
	case 18:
		if i := c.r.IntN(len(c.grants) + 1); i < len(c.grants) {
			c.could(c.places.Shut(ctx, c.by, c.grants[i], ""))
			c.grants = slices.Delete(c.grants, i, i+1)
		}
		return "shut"
	case 19:
		if c.r.IntN(2) == 0 {
			return c.settle()
		}
		return c.forget(who)
	case 20:
		if i := c.r.IntN(len(c.grants) + 1); i < len(c.grants) {
			g := c.grants[i]
			g.From, g.Until, g.Hours = c.when(), c.when(), c.hours()
			g, err := c.places.ChangeRule(ctx, c.by, g, "")
			if c.could(err) {
				c.grants[i] = g
			}
		}
		return "change rule"
	case 21:
		c.could(c.places.MakeDefault(ctx, c.by, any1(c, append([]id.Group{""}, c.groups...)), ""))
		return "default group"
	case 22, 23, 24:
		if len(c.accounts) > 0 {
			c.could(c.payers.SetAccount(ctx, c.by, who, any1(c, append([]id.Account{""}, c.accounts...))))
		}
		return "set account"
	case 25, 26:
		return c.plant()
	case 27:
		return c.limit()
	case 28:
		acc := any1(c, c.accounts)
		if c.r.IntN(3) > 0 {
			_, err := c.payers.Reopen(ctx, c.by, acc)
			c.could(err)
			return "reopen"
		}
		_, err := c.payers.Close(ctx, c.by, acc, "test")
		c.could(err)
		return "close"
	case 29, 30:
		return c.plugIn()
	case 34:
		c.could(c.places.SetOptions(ctx, c.by, any1(c, c.chargers), equip.Options{Open: c.r.IntN(3) == 0}))
		return "open to anyone"
	case 35, 36:
		return c.host()
	case 37:
		c.could(c.d.Update(ctx, func(tx *db.Tx) error {
			l := lesson.Lesson{Workspace: c.by.Workspace, Charger: any1(c, c.chargers), Person: who, AskedBy: "test"}
			if _, err := person.ByID(tx, l.Workspace, who); err != nil {
				return err
			}
			if _, err := site.ChargerByID(tx, l.Workspace, l.Charger); err != nil {
				return err
			}
			if err := lesson.Begin(tx, &l); err != nil {
				return err
			}
			return journal.Record(tx, c.by, "charger.learning", journal.About("charger", l.Charger), nil)
		}))
		return "learn"
	case 31:
		return c.unplug()
	default:
		return c.deleteGroup()
	}
}

// hours are any, near now or not, in one of two zones; or none.
// host makes a guest, or revokes one.
func (c *crowd) host() string {
	ctx, s := c.t.Context(), &guests.Service{DB: c.d, Keys: seal.Random()}
	if n := len(c.guests); n > 2 {
		c.could(s.Revoke(ctx, c.by, c.guests[c.r.IntN(n)]))
		return "revoke guest"
	}
	c.count++
	at := guests.Place{Location: any1(c, c.locations)}
	if c.r.IntN(2) == 0 {
		at = guests.Place{Charger: any1(c, c.chargers)}
	}
	by := c.by
	by.Perms = access.All
	g, err := s.Make(ctx, by, guests.New{Name: "Guest", Places: []guests.Place{at}, From: time.Now().Add(-time.Hour), Until: time.Now().Add(10 * time.Hour), Wh: int64(c.r.IntN(3)) * 5000, Charges: int64(c.r.IntN(3)), Code: c.r.IntN(2) == 0})
	if !c.could(err) {
		return "guest"
	}
	c.guests, c.who = append(c.guests, g.ID), append(c.who, g.Person)
	c.do(func(tx *db.Tx) error {
		cards, err := card.Of(tx, c.by.Workspace, g.Person)
		for i := range cards {
			c.numbers, c.owned = append(c.numbers, cards[i].UID), append(c.owned, cards[i].ID)
		}
		return err
	})
	return "guest"
}

func (c *crowd) hours() (h grant.Hours) {
	if c.r.IntN(2) == 0 {
		return h
	}
	h.Days, h.Zone = grant.Days(c.r.IntN(128)), any1(c, []string{"Europe/Berlin", "America/New_York"})
	if c.r.IntN(3) > 0 {
		h.From, h.To = c.r.IntN(48)*30, c.r.IntN(48)*30
	}
	return h
}

func (c *crowd) deleteGroup() string {
	g := any1(c, c.groups)
	if len(c.groups) < 2 {
		return "no group to delete"
	}
	if c.could(c.places.DeleteGroup(c.t.Context(), c.by, g, any1(c, append([]id.Group{""}, c.groups...)), "")) {
		c.groups = slices.DeleteFunc(c.groups, func(o id.Group) bool { return o == g })
		c.grants = slices.DeleteFunc(c.grants, func(o grant.Grant) bool { return o.Group == g })
	}
	return "delete group"
}

func (c *crowd) grant(who id.Person) string {
	g := grant.Grant{Group: any1(c, c.groups), From: c.when(), Until: c.when(), Hours: c.hours()}
	if g.Group == "" || c.r.IntN(3) == 0 {
		g.Group, g.Person = "", who
	}
	switch c.r.IntN(3) {
	case 0:
		g.Location = any1(c, c.locations)
	case 1:
		g.Charger = any1(c, c.chargers)
	}
	g, err := c.places.Open(c.t.Context(), c.by, g)
	if c.could(err) {
		c.grants = append(c.grants, g)
	}
	return "open"
}

// handOver gives a card to somebody else, or to nobody.
func (c *crowd) handOver(to id.Person) string {
	one := any1(c, c.owned)
	if one == "" {
		return "hand over nothing"
	}
	if c.r.IntN(3) == 0 {
		to = ""
	}
	c.do(func(tx *db.Tx) error {
		v, err := card.ByID(tx, c.by.Workspace, one)
		if err != nil {
			return err
		}
		v.Person = to
		if err := card.Save(tx, &v); err != nil {
			return err
		}
		return journal.Record(tx, c.by, "card.updated", journal.About("card", one), nil)
	})
	return "hand over"
}

// settle changes the access mode.
func (c *crowd) settle() string {
	c.do(func(tx *db.Tx) error {
		w, err := workspace.ByID(tx, c.by.Workspace)
		if err != nil {
			return err
		}
		w.AccessMode = any1(c, []workspace.Mode{workspace.Everyone, workspace.ByGroup})
		w.CardSessions, w.UserSessions = c.r.Int64N(3), c.r.Int64N(4)
		if err := workspace.Save(tx, &w); err != nil {
			return err
		}
		return journal.Record(tx, c.by, "settings.changed", journal.About("workspace", w.ID), nil)
	})
	return "access mode"
}

// forget deletes somebody; their cards stay, as nobody's.
func (c *crowd) forget(who id.Person) string {
	if len(c.who) < 3 {
		return "nobody to forget"
	}
	c.do(func(tx *db.Tx) error {
		for _, q := range []string{
			`DELETE FROM guest WHERE workspace = ? AND person = ?`, `DELETE FROM access_grant WHERE workspace = ? AND person = ?`, `DELETE FROM group_member WHERE workspace = ? AND person = ?`,
			`UPDATE card SET person = NULL WHERE workspace = ? AND person = ?`, `DELETE FROM person WHERE workspace = ? AND id = ?`,
		} {
			if _, err := tx.Exec(q, c.by.Workspace, who); err != nil {
				return err
			}
		}
		var cards []string
		for _, one := range c.owned {
			cards = append(cards, journal.About("card", one))
		}
		slices.Sort(cards)
		return journal.RecordMany(tx, c.by, "person.deleted", journal.About("person", who), slices.Compact(cards), nil)
	})
	c.who = slices.DeleteFunc(c.who, func(p id.Person) bool { return p == who })
	return "forget"
}

// anyCrowd is one in a new house, with a place and a person.
func anyCrowd(t *testing.T, d *db.DB, name string, seed uint64) *crowd {
	t.Helper()
	c := &crowd{house: newHouse(t, d, name, workspace.ByGroup), r: rand.New(rand.NewPCG(seed, 1))}
	c.locations = append(c.locations, c.location(false))
	c.who = append(c.who, c.person())
	return c
}

// Whatever happens, and whether it was sealed before anybody looked or not, the
// memory that followed answers every question as one that was read afresh, and
// the places that somebody is shown are those where their card works.
func TestMemoryEqualsTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for seed := range uint64(2) {
			c := anyCrowd(t, d, fmt.Sprintf("crowd-%d", seed), seed)
			s := loaded(t, d)
			c.booking = c.bookings(s)
			var did []string
			for round := range 25 {
				for range 1 + c.r.IntN(8) {
					did = append(did, c.step())
					if c.r.IntN(4) == 0 {
						c.seal()
					}
				}
				c.refresh(s)
				if !c.same(s, loaded(t, d)) {
					t.Fatalf("seed %d, round %d, after %v", seed, round, did)
				}
				did = did[:0]
			}
		}
	})
}

func (c *crowd) same(s, fresh *Service) bool {
	c.t.Helper()
	now, ok := time.Now(), true
	if a, b := s.Size(), fresh.Size(); a.Cards != b.Cards || a.People != b.People {
		c.t.Errorf("%d people and %d cards are known, and there are %d and %d", a.People, a.Cards, b.People, b.Cards)
		ok = false
	}
	for _, at := range append([]id.Charger{"", "nowhere"}, c.chargers...) {
		for _, number := range c.numbers {
			for _, shift := range []time.Duration{-5 * time.Hour, 0, 5 * time.Hour} {
				ask := Ask{Workspace: c.by.Workspace, Charger: at, Token: number, Now: now.Add(shift)}
				if a, b := s.Decide(&ask), fresh.Decide(&ask); a != b {
					c.t.Errorf("card %s at %q, %s: followed %+v, fresh %+v", number, at, shift, a, b)
					ok = false
				}
			}
		}
	}
	for _, who := range c.who {
		a, b := s.WhereOpen(c.by.Workspace, who, now), fresh.WhereOpen(c.by.Workspace, who, now)
		if !slices.Equal(a, b) {
			c.t.Errorf("%s may charge at %v, or afresh at %v", who, a, b)
			ok = false
		}
		ok = c.agrees(s, who, a, now) && ok
	}
	return ok
}

// agrees compares the list of places with what taps of a working card of that
// person are answered.
func (c *crowd) agrees(s *Service, who id.Person, open []Open, now time.Time) bool {
	c.t.Helper()
	works := ""
	for _, number := range c.numbers {
		v := s.Decide(&Ask{Workspace: c.by.Workspace, Token: number, Now: now})
		if v.Person() == who && v.Allowed() {
			works = number
		}
	}
	if works == "" {
		return true // no card to compare with
	}
	taps, listed := 0, 0
	for _, at := range c.chargers {
		// Who charges elsewhere, or did a moment ago, or has used a budget up, has access all the same.
		if r := s.Decide(&Ask{Workspace: c.by.Workspace, Token: works, Charger: at, Now: now}).Reason; r == decision.Allowed || r == decision.Concurrent || r == decision.CardDoubted || r == decision.NoCredit {
			taps++
		}
	}
	for _, o := range open {
		listed += o.Chargers
	}
	if taps != listed {
		c.t.Errorf("%s may charge at %d chargers by the list and at %d by the card", who, listed, taps)
	}
	return taps == listed
}
