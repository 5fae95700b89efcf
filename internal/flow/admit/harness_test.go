package admit

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/clients"
	"involt/internal/flow/equip"
	"involt/internal/flow/people"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
)

// house is a workspace and what can be done in it, by the same ways as anybody
// else does it.
type house struct {
	t  *testing.T
	d  *db.DB
	by access.Actor

	people *people.Service
	cards  *wallet.Service
	places *equip.Service
	payers *clients.Service
	count  int
	last   int32 // the number of the session that was begun last
}

func newHouse(t *testing.T, d *db.DB, slug string, mode workspace.Mode) *house {
	t.Helper()
	ws := workspace.New(slug, "")
	ws.AccessMode = mode
	h := &house{t: t, d: d, people: &people.Service{DB: d}, cards: &wallet.Service{DB: d}, places: &equip.Service{DB: d}, payers: &clients.Service{DB: d}}
	h.do(func(tx *db.Tx) error {
		if err := workspace.Insert(tx, &ws); err != nil {
			return err
		}
		h.by = access.System(ws.ID, "test")
		return journal.Record(tx, h.by, "workspace.created", journal.About("workspace", ws.ID), nil)
	})
	return h
}

func (h *house) do(f func(*db.Tx) error) {
	h.t.Helper()
	if err := h.d.Update(context.WithoutCancel(h.t.Context()), f); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) location(membersOnly bool) id.Location {
	h.t.Helper()
	h.count++
	l, err := h.places.AddLocation(h.t.Context(), h.by, site.Location{Name: fmt.Sprintf("Location %d", h.count), TimeZone: "Europe/Berlin", MembersOnly: membersOnly})
	h.must(err)
	return l.ID
}

func (h *house) charger(at id.Location) id.Charger {
	h.t.Helper()
	h.count++
	c, _, err := h.places.AddCharger(h.t.Context(), h.by, site.Charger{Identity: fmt.Sprintf("CP-%d", h.count), Location: at}, 1)
	h.must(err)
	return c.ID
}

func (h *house) group() id.Group {
	h.t.Helper()
	h.count++
	g, err := h.places.AddGroup(h.t.Context(), h.by, group.Group{Name: fmt.Sprintf("Group %d", h.count)})
	h.must(err)
	return g.ID
}

func (h *house) open(g grant.Grant) grant.Grant {
	h.t.Helper()
	g, err := h.places.Open(h.t.Context(), h.by, g)
	h.must(err)
	return g
}

// person adds an active person.
func (h *house) person() id.Person {
	h.t.Helper()
	h.count++
	p := person.Person{Workspace: h.by.Workspace, LastName: fmt.Sprintf("Person %d", h.count), Status: person.Active}
	h.do(func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		return journal.Record(tx, h.by, "person.created", journal.About("person", p.ID), nil)
	})
	return p.ID
}

// card gives a person a new card and returns its number.
func (h *house) card(who id.Person) (number string, c id.Card) {
	h.t.Helper()
	h.count++
	number = fmt.Sprintf("04%012X", h.count)
	v, _, err := h.cards.Assign(h.t.Context(), h.by, wallet.NewCard{Number: number, Person: who})
	h.must(err)
	return number, v.ID
}

func (h *house) block(c id.Card) {
	h.t.Helper()
	_, err := h.cards.Change(h.t.Context(), h.by, c, card.Blocked, "lost")
	h.must(err)
}

func (h *house) join(g id.Group, who id.Person) {
	h.t.Helper()
	h.must(h.people.AddToGroup(h.t.Context(), h.by, g, who))
}

// seal gives entries their places, as the server's sealer does.
func (h *house) seal() {
	h.t.Helper()
	h.must((&journal.Post{DB: h.d}).SealNow(h.t.Context()))
}

func (h *house) ask(number string, at id.Charger) *Ask {
	return &Ask{Workspace: h.by.Workspace, Charger: at, Token: number, Now: time.Now(), Source: "test"}
}

func (h *house) want(s *Service, number string, at id.Charger, want decision.Reason) {
	h.t.Helper()
	if got := s.Decide(h.ask(number, at)).Reason; got != want {
		h.t.Errorf("%s at %q: %s, want %s", number, at, got, want)
	}
}

func loaded(t *testing.T, d *db.DB) *Service {
	t.Helper()
	s := &Service{DB: d}
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (h *house) refresh(s *Service) {
	h.t.Helper()
	h.must(s.Refresh(h.t.Context()))
}

// background runs something until the test ends.
func background(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// eventually waits until ok, for up to thirty seconds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("waited thirty seconds and still not: %s", what)
		}
	}
}

func identityOf(h *house, c id.Charger) (identity string) {
	h.t.Helper()
	h.do(func(tx *db.Tx) error {
		v, err := site.ChargerByID(tx, h.by.Workspace, c)
		identity = v.Identity
		return err
	})
	return identity
}
