package admit

import (
	"strconv"
	"testing"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// asked is a service with a card for each way a decision can go.
func asked(t *testing.T, d *db.DB) (s *Service, asks map[string]*Ask) {
	t.Helper()
	h := newHouse(t, d, "a", workspace.ByGroup)
	at, g := h.charger(h.location(true)), h.group()
	member, named, stranger := h.person(), h.person(), h.person()
	h.join(g, member)
	for range 2 * few {
		h.open(grant.Grant{Group: g, Charger: h.charger(h.location(false))})
	}
	h.open(grant.Grant{Group: g, Charger: at})
	h.open(grant.Grant{Person: named, Charger: at})
	asks = map[string]*Ask{"unknown": h.ask("04:ff:ff:ff:ff:ff:ff", at), "unreadable": h.ask("no card at all, but a long text of somebody's app", at)}
	for name, who := range map[string]id.Person{"member": member, "named": named, "stranger": stranger} {
		number, _ := h.card(who)
		asks[name] = h.ask(number, at)
	}
	number, c := h.card(member)
	h.block(c)
	asks["blocked"] = h.ask(number, at)
	return loaded(t, d), asks
}

func TestDecisionAllocatesNothing(t *testing.T) {
	s, asks := asked(t, dbtest.Open(t, dbtest.SQLite(t)))
	want := map[string]decision.Reason{
		"member": decision.Allowed, "named": decision.Allowed, "stranger": decision.NotThisPlace,
		"blocked": decision.CardBlocked, "unknown": decision.UnknownCard, "unreadable": decision.UnknownCard,
	}
	for name, a := range asks {
		var v Verdict
		if n := testing.AllocsPerRun(100, func() { v = s.Decide(a) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if v.Reason != want[name] {
			t.Errorf("%s: %s, want %s", name, v.Reason, want[name])
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	w := newWorld()
	who := id.RawOf(id.New[id.Person]())
	w.putPerson(personRec{id: who, set: w.set(nil), status: 3})
	charger := id.New[id.Charger]()
	w.chargers[hashOf(charger)] = place{id: id.RawOf(charger), location: id.Raw{1}}
	w.name(0, rules{{Place: id.Raw{1}}})
	w.addCard(cardRow{number: "04AABBCCDDEEFF", holder: who, cardRec: cardRec{id: id.Raw{2}, state: 1}})
	w.cardMost, w.userMost = 1, 3
	for i := range 10_000 { // sessions of others, and one of this card here
		card := id.New[id.Card]()
		if i == 0 {
			card = id.Text[id.Card](id.Raw{2})
		}
		c := charge.Charge{Charger: charger, TxID: strconv.Itoa(i), EVSE: 1, Card: card, Reason: string(decision.Allowed), Status: charge.Running, Started: time.Now()}
		w.running.Put(id.RawOf(id.New[id.Charge]()), &c)
	}
	s := &Service{}
	s.worlds.Store(&map[id.Workspace]*followed{"w": {world: w}})
	a := &Ask{Workspace: "w", Charger: charger, Token: "04:aa:bb:cc:dd:ee:ff", Now: time.Now()}
	if v := s.Decide(a); !v.Allowed() {
		b.Fatalf("%s", v.Reason)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Decide(a)
	}
}
