package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/locallist"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/demo/charger"
	"involt/internal/flow/browse/commands"
	"involt/internal/flow/steer"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// withLists switches local lists on in a yard where a user needs a rule to charge.
func withLists(t *testing.T, at string) *yard {
	y := newYard(t, at)
	y.update(func(tx *db.Tx) error {
		w, err := workspace.ByID(tx, y.ws.ID)
		if err != nil {
			return err
		}
		w.LocalLists = true
		if err := workspace.Save(tx, &w); err != nil {
			return err
		}
		if _, err := site.SetMembersOnly(tx, y.ws.ID, y.loc.ID, true); err != nil {
			return err
		}
		return grant.Insert(tx, &grant.Grant{Workspace: y.ws.ID, Person: y.who.ID, Location: y.loc.ID})
	})
	y.knows()
	return y
}

// user adds an active user with a card and a rule.
func (y *yard) user(n int) (person.Person, card.Card) {
	y.t.Helper()
	p := person.Person{Workspace: y.ws.ID, ExternalID: fmt.Sprintf("U-%d", n), FirstName: "User", LastName: fmt.Sprint(n), Status: person.Active}
	k := card.Card{Workspace: y.ws.ID, UID: fmt.Sprintf("04BB%010X", n), Kind: card.RFID, State: card.Active}
	y.update(func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		k.Person = p.ID
		if err := card.Insert(tx, &k); err != nil {
			return err
		}
		return grant.Insert(tx, &grant.Grant{Workspace: y.ws.ID, Person: p.ID, Location: y.loc.ID})
	})
	y.knows()
	return p, k
}

// charged has somebody charge for a moment.
func (y *yard) charged(c *charger.Charger, token string) {
	y.t.Helper()
	if s, err := c.Start(y.t.Context(), 1, token); err != nil {
		y.t.Fatal(err, s)
	}
	if err := c.Stop(y.t.Context(), 1, token, ""); err != nil {
		y.t.Fatal(err)
	}
}

// holds waits until the list of a charger is so, as the charger and its page say.
func (y *yard) holds(c *charger.Charger, h id.Charger, tokens ...string) (took time.Duration) {
	y.t.Helper()
	slices.Sort(tokens)
	var has, says []string
	defer func() {
		if y.t.Failed() {
			y.t.Logf("the charger holds %q, its page says %q, want %q", has, says, tokens)
		}
	}()
	return y.soon(fmt.Sprintf("the list is %q", tokens), func(tx *db.Tx) (bool, error) {
		has, says = nil, nil
		_, list := c.List()
		for _, e := range list {
			has = append(has, e.Token)
		}
		told, err := locallist.Entries(tx, y.ws.ID, h)
		for _, e := range told {
			says = append(says, e.Token)
		}
		return slices.Equal(has, tokens) && slices.Equal(says, tokens), err
	})
}

// later lets time pass for the servers.
func (y *yard) later(d time.Duration) { y.ahead.Add(int64(d)) }

// due waits until the lists of some chargers are to be looked at, and lets time pass until
// that is due.
func (y *yard) due(chargers ...id.Charger) {
	y.t.Helper()
	for _, h := range chargers {
		y.soon("the list is to be looked at", func(tx *db.Tx) (ok bool, err error) {
			err = tx.Row(`SELECT EXISTS (SELECT 1 FROM job WHERE kind = 'steer.lists' AND state = 'due' AND args LIKE ?)`, []any{"%" + string(h) + "%"}, &ok)
			return ok, err
		})
	}
	y.later(2 * time.Minute)
}

func TestAListHoldsWhoChargedThere(t *testing.T) {
	for _, version := range versions {
		dbtest.EachURL(t, func(t *testing.T, at string) {
			y := withLists(t, at)
			h, key := y.add("CP-" + version)
			c, off := y.on(y.apps[0], version, h.Identity, key)
			lower := strings.ToLower(y.card.UID)
			y.charged(c, lower) // this charger spells cards in lower case
			y.soon("the tap is stored", func(tx *db.Tx) (ok bool, err error) {
				err = tx.Row(`SELECT EXISTS (SELECT 1 FROM decision WHERE workspace = ? AND spelt = ?)`, []any{y.ws.ID, lower}, &ok)
				return ok, err
			})
			y.due(h.ID)
			y.holds(c, h.ID, lower)
			if !c.Knows(lower) || c.Knows(y.card.UID) {
				t.Errorf("%s: the charger does not know the card as it spells it", version)
			}

			// Others come; one of them has a card that ends.
			_, second := y.user(1)
			_, third := y.user(2)
			last := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Millisecond)
			y.update(func(tx *db.Tx) error {
				k, err := card.ByID(tx, y.ws.ID, third.ID)
				k.ValidTo = last
				return firstOf(err, func() error { return card.Save(tx, &k) })
			})
			y.knows()
			y.charged(c, second.UID)
			y.charged(c, third.UID)
			y.due(h.ID)
			y.holds(c, h.ID, lower, second.UID, third.UID)
			before, list := c.List()
			for _, e := range list {
				if e.Token == third.UID && !e.Expires.Equal(last) || e.Token != third.UID && !e.Expires.IsZero() {
					t.Errorf("%s: %s expires %v", version, e.Token, e.Expires)
				}
			}

			// A command says the card as the charger does.
			k, _ := y.ended(y.ask(y.apps[0], steer.Ask{Charger: h.ID, Kind: command.Start, EVSE: 1, Card: y.card.UID}).ID)
			if k.State != command.Accepted {
				t.Fatalf("%s: start %s %s", version, k.State, k.Word)
			}
			y.running(1)
			y.soon("it charges", func(*db.Tx) (bool, error) {
				return c.Session(1) != nil && c.Session(1).Card == lower && c.Session(1).Status != "", nil
			})
			if err := c.Stop(t.Context(), 1, lower, ""); err != nil {
				t.Fatal(err)
			}

			// The charger is replaced by one that knows nobody: all of it is sent again.
			off()
			c, off = y.on(y.apps[0], version, h.Identity, key)
			y.ended(y.ask(y.apps[0], steer.Ask{Charger: h.ID, Kind: command.LocalList}).ID)
			y.holds(c, h.ID, lower, second.UID, third.UID)
			if after, _ := c.List(); after <= before {
				t.Errorf("%s: version %d after %d", version, after, before)
			}

			// Switched off, it is taken away.
			if err := y.apps[0].Steer.SetListMode(t.Context(), y.by, h.ID, locallist.Off); err != nil {
				t.Fatal(err)
			}
			y.holds(c, h.ID)
			off()
		})
	}
}

func firstOf(err error, then func() error) error {
	if err != nil {
		return err
	}
	return then()
}

// unlisted is the other half of row 62: chargers hold a card in their lists when it is
// blocked. Those that are there let go of it at once, the one that is away when it is
// back, and none lets it charge from its list after that.
func unlisted(t *testing.T, at, version string) {
	y := withLists(t, at)
	here, hereKey := y.add("HERE")
	away, awayKey := y.add("AWAY")
	a, _ := y.wired(version, here.Identity, hereKey, false)
	b, net := y.wired(version, away.Identity, awayKey, false)
	_, other := y.user(1)
	for _, c := range []*charger.Charger{a, b} {
		y.charged(c, y.card.UID)
		y.charged(c, other.UID)
	}
	y.due(here.ID, away.ID)
	y.holds(a, here.ID, y.card.UID, other.UID)
	y.holds(b, away.ID, y.card.UID, other.UID)
	net.set(true)
	y.online(away.ID, false)
	y.later(time.Minute) // nobody is sent two updates within seconds

	if _, err := y.apps[0].Wallet.Change(t.Context(), y.by, y.card.ID, card.Blocked, "Lost"); err != nil {
		t.Fatal(err)
	}
	took := y.holds(a, here.ID, other.UID)
	t.Logf("the card left the list of the charger that is there %v after it was blocked", took)
	if took > 5*time.Second {
		t.Errorf("the card left the list of the charger that is there %v after it was blocked", took)
	}
	if _, err := a.StartByList(t.Context(), 1, y.card.UID); err == nil {
		t.Error("the charger lets the blocked card charge from its list")
	}
	receipt := func() (r commands.Receipt, err error) {
		return (&commands.Service{DB: y.apps[0].DB}).OfCard(t.Context(), y.by, y.card.ID)
	}
	y.soon("the receipt says which charger is away", func(*db.Tx) (bool, error) {
		r, err := receipt()
		return r.All == 2 && r.Confirmed == 1 && len(r.Others) == 1 && r.Others[0].Charger == away.ID && !r.Others[0].Disconnected.IsZero(), err
	})
	if !b.Knows(y.card.UID) {
		t.Error("the charger that is away was told")
	}

	y.later(time.Hour)
	net.set(false)
	y.online(away.ID, true)
	if took = y.holds(b, away.ID, other.UID); took > 5*time.Second {
		t.Errorf("the card left the list %v after the charger was back", took)
	}
	t.Logf("the card left the list %v after the charger was back", took)
	if _, err := b.StartByList(t.Context(), 1, y.card.UID); err == nil {
		t.Error("the charger that was away lets the blocked card charge from its list")
	}
	y.soon("the receipt is whole", func(*db.Tx) (bool, error) {
		r, err := receipt()
		return r.All == 2 && r.Confirmed == 2, err
	})
}

// A change of a group's rules takes a right from many at once. Every charger that may know
// one of their cards is told, and told once.
func TestALostPlaceReachesCachesAndLists(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		y := withLists(t, at)
		equip := y.apps[0].Equip
		team, err := equip.AddGroup(t.Context(), y.by, group.Group{Name: "Team"})
		if err != nil {
			t.Fatal(err)
		}
		rule, err := equip.Open(t.Context(), y.by, grant.Grant{Group: team.ID, Location: y.loc.ID})
		if err != nil {
			t.Fatal(err)
		}
		one, oneKey := y.add("ONE")
		two, twoKey := y.add("TWO")
		a, _ := y.on(y.apps[0], "1.6", one.Identity, oneKey)
		b, _ := y.on(y.apps[0], "2.0.1", two.Identity, twoKey)
		y.charged(a, y.card.UID) // by a rule of their own: they stay
		y.charged(b, y.card.UID)
		var cards []card.Card
		inA := []string{y.card.UID}
		for n := range 3 {
			_, k := y.member(n, team.ID)
			y.charged(a, k.UID)
			inA = append(inA, k.UID)
			if n == 0 {
				y.charged(b, k.UID)
			}
			cards = append(cards, k)
		}
		y.due(one.ID, two.ID)
		y.holds(a, one.ID, inA...)
		y.holds(b, two.ID, y.card.UID, cards[0].UID)

		foreseen, err := y.apps[0].Admit.Foresee(t.Context(), y.by, grant.Change{Group: team.ID, Drop: rule.ID})
		if err != nil {
			t.Fatal(err)
		}
		if err := equip.Shut(t.Context(), y.by, rule, foreseen.Seen()); err != nil {
			t.Fatal(err)
		}
		y.soon("the sweep waits for more changes", func(tx *db.Tx) (ok bool, err error) {
			err = tx.Row(`SELECT EXISTS (SELECT 1 FROM job WHERE kind = 'steer.sweep')`, nil, &ok)
			return ok, err
		})
		y.later(10 * time.Second)
		y.holds(a, one.ID, y.card.UID)
		y.holds(b, two.ID, y.card.UID)
		for i, want := range []int{2, 1, 1} {
			y.soon("the receipt is whole", func(*db.Tx) (bool, error) {
				r, err := (&commands.Service{DB: y.apps[0].DB}).OfCard(t.Context(), y.by, cards[i].ID)
				return r.All == want && r.Confirmed == want, err
			})
		}
		y.update(func(tx *db.Tx) error {
			for _, h := range []id.Charger{one.ID, two.ID} {
				for _, kind := range []command.Kind{command.ClearCache, command.LocalList} {
					var n int
					if err := tx.Row(`SELECT COUNT(*) FROM command WHERE workspace = ? AND charger = ? AND kind = ? AND why <> 'review'`, []any{y.ws.ID, h, kind}, &n); err != nil {
						return err
					}
					// A review that was due anyway may have changed the list before.
					if n > 1 || n == 0 && kind == command.ClearCache {
						t.Errorf("the charger %s was told by %s %d times", h, kind, n)
					}
				}
			}
			return nil
		})
	})
}

// member adds an active user with a card who is in a group.
func (y *yard) member(n int, g id.Group) (person.Person, card.Card) {
	y.t.Helper()
	p := person.Person{Workspace: y.ws.ID, ExternalID: fmt.Sprintf("M-%d", n), FirstName: "Member", LastName: fmt.Sprint(n), Status: person.Active}
	k := card.Card{Workspace: y.ws.ID, UID: fmt.Sprintf("04CC%010X", n), Kind: card.RFID, State: card.Active}
	y.update(func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		k.Person = p.ID
		return card.Insert(tx, &k)
	})
	if err := y.apps[0].People.AddToGroup(y.t.Context(), y.by, g, p.ID); err != nil {
		y.t.Fatal(err)
	}
	y.knows()
	return p, k
}

// Many changes are few messages: chargers are slow, and their flash memory wears out.
func TestManyChangesAreFewUpdates(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		y := withLists(t, at)
		h, key := y.add("CP1")
		c, _ := y.on(y.apps[0], "1.6", h.Identity, key)
		var cards []card.Card
		want := []string{}
		for n := range 40 {
			_, k := y.user(n)
			cards = append(cards, k)
			want = append(want, k.UID)
			y.update(func(tx *db.Tx) error {
				_, err := charge.Insert(tx, &charge.Charge{
					Workspace: y.ws.ID, Charger: h.ID, EVSE: 1, Connector: 1, Protocol: "ocpp1.6", TxID: fmt.Sprint("T", n), StartKey: fmt.Sprint("T", n), CardUID: k.UID, Card: k.ID, Person: k.Person,
					Reason: "allowed", Status: charge.Ended, Started: tx.Now.Add(-time.Hour), Ended: tx.Now,
				})
				return err
			})
		}
		y.ended(y.ask(y.apps[0], steer.Ask{Charger: h.ID, Kind: command.LocalList}).ID)
		y.holds(c, h.ID, want...)
		y.later(time.Minute)
		before, _ := c.List()
		for i := range cards {
			if _, err := y.apps[0].Wallet.Change(t.Context(), y.by, cards[i].ID, card.Blocked, ""); err != nil {
				t.Fatal(err)
			}
		}
		y.soon("all have left", func(*db.Tx) (bool, error) {
			y.later(100 * time.Millisecond)
			_, list := c.List()
			return len(list) == 0, nil
		})
		after, _ := c.List()
		t.Logf("%d cards left in %d messages", len(cards), after-before)
		if after-before > 15 { // at least two, of 20 entries each
			t.Errorf("%d cards left in %d messages", len(cards), after-before)
		}
		for i := range cards {
			y.soon("the receipt is whole", func(*db.Tx) (bool, error) {
				r, err := (&commands.Service{DB: y.apps[0].DB}).OfCard(t.Context(), y.by, cards[i].ID)
				return r.All == 1 && r.Confirmed == 1, err
			})
		}
	})
}
