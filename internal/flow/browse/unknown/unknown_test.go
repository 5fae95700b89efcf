package unknown_test

import (
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse/unknown"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// place is a workspace with a charger, two people with a card each, and taps.
type place struct {
	ws       id.Workspace
	cp       site.Charger
	ada, ben person.Person
	staff    access.Actor
}

func (p *place) build(tx *db.Tx, slug string) error {
	w := workspace.New(slug, slug)
	if err := workspace.Insert(tx, &w); err != nil {
		return err
	}
	p.ws = w.ID
	p.staff = access.Actor{Workspace: w.ID, Name: "person:x", Perms: access.All}
	yard := site.Location{Workspace: w.ID, Name: "Yard", TimeZone: "Europe/Berlin"}
	if err := site.InsertLocation(tx, &yard); err != nil {
		return err
	}
	p.cp = site.Charger{Workspace: w.ID, Location: yard.ID, Identity: "CP1", Name: "Gate"}
	if err := site.InsertCharger(tx, &p.cp, 1); err != nil {
		return err
	}
	for _, one := range []struct {
		to                *person.Person
		first, mail, card string
	}{{&p.ada, "Ada", "ada@x.example", "04A1B2C3"}, {&p.ben, "Ben", "ben@x.example", "04FFEEDD"}} {
		*one.to = person.Person{Workspace: w.ID, FirstName: one.first, LastName: "Ampere", Email: one.mail, Status: person.Active}
		if err := person.Insert(tx, one.to); err != nil {
			return err
		}
		c := card.Card{Workspace: w.ID, UID: one.card, Kind: card.RFID, State: card.Active, Person: one.to.ID}
		if err := card.Insert(tx, &c); err != nil {
			return err
		}
	}
	return nil
}

func (p *place) tap(t *testing.T, d *db.DB, uid string, who id.Person, ago time.Duration) {
	t.Helper()
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		one := decision.Decision{Workspace: p.ws, ID: id.New[id.Decision](), At: tx.Now.Add(-ago), Charger: p.cp.ID, EVSE: 1, CardUID: uid, Person: who, Reason: decision.UnknownCard, Source: "ocpp1.6"}
		if who != "" {
			one.Allowed, one.Reason = true, decision.Allowed
		}
		_, err := decision.Load(tx, func(yield func(decision.Decision) bool) { yield(one) })
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestUnknownCardsWaitWithWhoseTheyMayBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var a, other place
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			if err := a.build(tx, "north"); err != nil {
				return err
			}
			return other.build(tx, "south")
		}); err != nil {
			t.Fatal(err)
		}
		s := &unknown.Service{DB: d}
		other.tap(t, d, "C3B2A104", "", time.Hour)
		list := func(hidden bool) unknown.Inbox {
			t.Helper()
			in, err := s.List(t.Context(), a.staff, hidden)
			if err != nil {
				t.Fatal(err)
			}
			return in
		}
		if in := list(false); len(in.Cards) != 0 || in.Waits != 0 {
			t.Fatalf("nothing was tapped here, and %+v wait", in.Cards)
		}
		a.tap(t, d, "C3B2A104", "", 3*time.Hour) // Ada's, read back to front
		a.tap(t, d, "C3B2A104", "", 2*time.Hour)
		a.tap(t, d, "04123456", "", time.Hour) // a new card, and Ben was there
		a.tap(t, d, "04FFEEDD", a.ben.ID, time.Hour+4*time.Minute)
		a.tap(t, d, "04FFEEDD", a.ben.ID, time.Hour+5*time.Minute)
		a.tap(t, d, "04A1B2C3", a.ada.ID, 2*time.Hour+20*time.Minute) // too long before
		a.tap(t, d, "04777777", "", unknown.Looked+time.Hour)         // too long ago
		in := list(false)
		if len(in.Cards) != 2 || in.Waits != 2 || in.Hidden != 0 || in.More {
			t.Fatalf("wait: %+v", in)
		}
		fresh, back := in.Cards[0], in.Cards[1]
		if fresh.UID != "04123456" || fresh.Times != 1 || fresh.ChargerName != "Gate" || fresh.Location != "Yard" || !fresh.Givable {
			t.Errorf("the last one tapped is %+v", fresh)
		}
		if g := fresh.Guesses; len(g) != 1 || g[0].Person != a.ben.ID || g[0].Why != unknown.WasThere || g[0].Name != "Ben Ampere" || g[0].At.Sub(fresh.Last).Round(time.Minute) != -4*time.Minute {
			t.Errorf("it may be of %+v", g)
		}
		if g := back.Guesses; back.Times != 2 || len(g) != 1 || g[0].Person != a.ada.ID || g[0].Why != unknown.Respelled || g[0].UID != "04A1B2C3" {
			t.Errorf("the card read back to front: %+v", back)
		}

		// Hidden, shown again, and given: then it is unknown no longer.
		cards := &wallet.Service{DB: d}
		for range 2 { // twice is once
			if err := cards.HideUnknown(t.Context(), a.staff, fresh.UID, true); err != nil {
				t.Fatal(err)
			}
		}
		if in := list(false); len(in.Cards) != 1 || in.Waits != 1 || in.Hidden != 1 {
			t.Errorf("one hidden: %+v", in)
		}
		if in := list(true); len(in.Cards) != 1 || in.Cards[0].UID != fresh.UID {
			t.Errorf("the hidden ones are %+v", in.Cards)
		}
		if one, err := s.One(t.Context(), a.staff, fresh.UID); err != nil || one.UID != fresh.UID {
			t.Errorf("the hidden one: %+v, %v", one, err)
		}
		if err := cards.HideUnknown(t.Context(), a.staff, fresh.UID, false); err != nil {
			t.Fatal(err)
		}
		if _, _, err := cards.Assign(t.Context(), a.staff, wallet.NewCard{Number: fresh.UID, Person: a.ben.ID}); err != nil {
			t.Fatal(err)
		}
		if in := list(false); len(in.Cards) != 1 || in.Cards[0].UID != back.UID {
			t.Errorf("after giving: %+v", in.Cards)
		}
		if _, err := s.One(t.Context(), a.staff, fresh.UID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("one that was given: %v", err)
		}

		// Without personal data names are hidden, without users nobody is suggested.
		masked := a.staff
		masked.Perms &^= access.PersonalData
		if in, err := s.List(t.Context(), masked, false); err != nil || in.Cards[0].Guesses[0].Name != "A… A…" {
			t.Errorf("masked: %+v, %v", in.Cards, err)
		}
		tech := a.staff
		tech.Perms = access.CardsRead | access.SessionsRead
		if in, err := s.List(t.Context(), tech, false); err != nil || len(in.Cards) != 1 || len(in.Cards[0].Guesses) != 0 {
			t.Errorf("without users: %+v, %v", in.Cards, err)
		}
		for _, lacks := range []access.Perm{access.CardsRead, access.SessionsRead} {
			by := a.staff
			by.Perms = (access.CardsRead | access.SessionsRead) &^ lacks
			if _, err := s.List(t.Context(), by, false); errs.KindOf(err) != errs.Denied {
				t.Errorf("without a permission: %v", err)
			}
		}
		if err := cards.HideUnknown(t.Context(), tech, back.UID, true); errs.KindOf(err) != errs.Denied {
			t.Errorf("hidden without permission: %v", err)
		}
	})
}
