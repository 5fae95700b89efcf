package admit

import (
	"sync"
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestChangeIsFollowedBeforeItIsSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		at := h.charger(h.location(false))
		number, c := h.card(h.person())
		s := loaded(t, d)
		h.want(s, number, at, decision.Allowed)
		h.block(c)
		h.refresh(s)
		h.want(s, number, at, decision.CardBlocked)
		h.seal()
		h.refresh(s)
		h.want(s, number, at, decision.CardBlocked)
		_, err := h.cards.Change(t.Context(), h.by, c, card.Active, "found")
		h.must(err)
		h.seal() // sealed before anybody looked
		h.refresh(s)
		h.want(s, number, at, decision.Allowed)
	})
}

// An entry that was seen, but whose change could not be read, must come again.
func TestChangeIsNotLostWhenTheDatabaseFailsMeanwhile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, table := range []string{"journal_subject", "access_grant"} { // asked first, and last
			h := newHouse(t, d, "a-"+table[:6], workspace.Everyone)
			number, c := h.card(h.person())
			s := loaded(t, d)
			h.block(c)
			h.do(func(tx *db.Tx) error { return tx.Script("ALTER TABLE " + table + " RENAME TO away") })
			if err := s.Refresh(t.Context()); err == nil {
				t.Fatal("the database failed and nobody noticed")
			}
			h.want(s, number, "", decision.Allowed) // goes on from what is known
			h.do(func(tx *db.Tx) error { return tx.Script("ALTER TABLE away RENAME TO " + table) })
			h.seal()
			h.refresh(s)
			h.want(s, number, "", decision.CardBlocked)
		}
	})
}

func TestBulkWorkIsFollowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		s := loaded(t, d)
		var people []*person.Person
		var cards []*card.Card
		var subjects []string
		for i := range 1000 { // more than are read at once
			p := &person.Person{Workspace: h.by.Workspace, ID: id.New[id.Person](), LastName: "Bulk", Status: person.Active}
			people = append(people, p)
			cards = append(cards, &card.Card{Workspace: p.Workspace, UID: "04" + string(p.ID[14:26]), Kind: card.App, State: card.Active, Person: p.ID})
			cards[i].UID = string(appendUpper(nil, cards[i].UID))
			subjects = append(subjects, journal.About("person", p.ID))
		}
		h.do(func(tx *db.Tx) error {
			if _, err := person.Load(tx, func(yield func(*person.Person) bool) { each(people, yield) }); err != nil {
				return err
			}
			if _, err := card.Load(tx, func(yield func(*card.Card) bool) { each(cards, yield) }); err != nil {
				return err
			}
			return journal.RecordMany(tx, h.by, "person.imported", "import:1", subjects, nil)
		})
		h.refresh(s)
		if n := s.Size(); n.Cards != 1000 || n.People != 1000 {
			t.Errorf("%d people and %d cards are known", n.People, n.Cards)
		}
		for _, c := range cards {
			h.want(s, c.UID, "", decision.Allowed)
		}
	})
}

func each[T any](list []T, yield func(T) bool) {
	for _, v := range list {
		if !yield(v) {
			return
		}
	}
}

func appendUpper(dst []byte, text string) []byte {
	dst, _ = card.AppendKey(dst, text)
	return dst
}

func TestLaterWorkspaceIsFollowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := loaded(t, d)
		h := newHouse(t, d, "later", workspace.Everyone)
		number, c := h.card(h.person())
		h.want(s, number, "", decision.UnknownCard)
		h.refresh(s)
		h.want(s, number, "", decision.Allowed)
		h.block(c)
		h.refresh(s)
		h.want(s, number, "", decision.CardBlocked)
	})
}

func TestSameCardInTwoWorkspacesNeverMeets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, b := newHouse(t, d, "a", workspace.Everyone), newHouse(t, d, "b", workspace.ByGroup)
		here, there := a.charger(a.location(false)), b.charger(b.location(false))
		whose, whose2 := a.person(), b.person()
		number, one := a.card(whose)
		number2, _ := b.card(whose2)
		if number != number2 {
			t.Fatalf("the houses count differently: %s and %s", number, number2)
		}
		s := loaded(t, d)
		v, v2 := s.Decide(a.ask(number, here)), s.Decide(b.ask(number, there))
		if v.Person() != whose || v2.Person() != whose2 || v.Card() == v2.Card() {
			t.Errorf("the card is %s's in a and %s's in b", v.Person(), v2.Person())
		}
		a.want(s, number, here, decision.Allowed)
		b.want(s, number, there, decision.NotThisPlace)
		a.want(s, number, there, decision.NotThisPlace) // b's charger is nobody's in a
		a.block(one)
		a.refresh(s)
		a.want(s, number, here, decision.CardBlocked)
		b.want(s, number, "", decision.Allowed)
		if open := s.WhereOpen(a.by.Workspace, whose2, time.Now()); len(open) != 0 {
			t.Errorf("b's person may charge in a: %v", open)
		}
		if got := s.Decide(&Ask{Workspace: "nobody", Token: number, Now: time.Now()}).Reason; got != decision.UnknownCard {
			t.Errorf("in no workspace: %s", got)
		}
	})
}

// Two servers on one database: what one changes, the other refuses, whether a
// bell rings between them (PostgreSQL) or not (two processes on one file).
func TestOtherReplicaFollows(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		here, there := dbtest.Open(t, url), dbtest.Open(t, url)
		h := newHouse(t, here, "a", workspace.ByGroup)
		at, g, who := h.charger(h.location(false)), h.group(), h.person()
		number, c := h.card(who)
		s := loaded(t, there)
		background(t, s.Run)
		background(t, (&journal.Post{DB: here}).Run)
		h.want(s, number, at, decision.NotThisPlace)
		is := func(want decision.Reason) {
			t.Helper()
			eventually(t, string(want), func() bool { return s.Decide(h.ask(number, at)).Reason == want })
		}
		h.open(grant.Grant{Group: g})
		h.join(g, who)
		is(decision.Allowed)
		h.must(h.people.Deactivate(t.Context(), h.by, who, "left"))
		is(decision.UserDeactivated)
		h.block(c)
		is(decision.CardBlocked)
	})
}

// Questions from many chargers while people change and the memory follows.
func TestManyAskWhileMuchChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		at, who := h.charger(h.location(false)), h.person()
		number, c := h.card(who)
		s := loaded(t, d)
		background(t, s.Run)
		background(t, (&journal.Post{DB: d}).Run)
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for {
					select {
					case <-stop:
						return
					case <-tick.C:
					}
					switch v := s.Answer(h.ask(number, at)); v.Reason {
					case decision.Allowed, decision.CardBlocked:
					default:
						t.Errorf("between blocked and active the card was %s", v.Reason)
						return
					}
					s.WhereOpen(h.by.Workspace, who, time.Now())
				}
			})
		}
		for range 10 {
			h.block(c)
			eventually(t, "blocked", func() bool { return !s.Decide(h.ask(number, at)).Allowed() })
			_, err := h.cards.Change(t.Context(), h.by, c, card.Active, "found")
			h.must(err)
			eventually(t, "free", func() bool { return s.Decide(h.ask(number, at)).Allowed() })
		}
		close(stop)
		wg.Wait()
	})
}
