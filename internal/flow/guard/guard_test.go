package guard_test

import (
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/doubt"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit"
	"involt/internal/flow/guard"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

const (
	berlin  = "52.5163, 13.3777"
	potsdam = "52.3906, 13.0645" // 25 km away
	munich  = "48.1374, 11.5755" // 503 km away
)

// inbox lists the kinds of messages that somebody got.
func (k *road) messages(who access.Actor) (kinds []inbox.Kind) {
	k.t.Helper()
	k.deliver()
	list, _, err := k.tell.Inbox(k.t.Context(), k.ws, who.Person)
	k.must(err)
	for _, m := range list {
		kinds = append(kinds, m.Kind)
	}
	return kinds
}

func (k *road) want(at id.Charger, c card.Card, want decision.Reason) {
	k.t.Helper()
	if got := k.tap(at, c); got != want {
		k.t.Errorf("tapped: %s, want %s", got, want)
	}
}

// charged is a card that has just charged in Berlin.
func (k *road) charged(at id.Charger) (access.Actor, card.Card) {
	k.t.Helper()
	by, c := k.driver()
	tx, got := k.start(k.book, at, c)
	if got != decision.Allowed {
		k.t.Fatalf("the first start: %s", got)
	}
	k.stop(at, tx)
	return by, c
}

func (k *road) state(c card.Card, want card.State) {
	k.t.Helper()
	eventually(k.t, "the card is "+string(want), func() bool { return k.card(c).State == want })
}

// Who was asked about one pair of places and is put on hold for another is asked about
// that one; and whoever says no to a card that has expired meanwhile is believed.
func TestAWorsePairTakesThePlaceOfTheFirst(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		b, p, m := k.place("Berlin", berlin), k.place("Potsdam", potsdam), k.place("Munich", munich)
		by, c := k.driver()
		seen := guard.Seen{Workspace: k.ws, Card: c.ID, Charger: p, At: k.now(), FirstCharger: b, FirstAt: k.now().Add(-time.Minute), Km: -1}
		k.must(k.guard.Ask(t.Context(), seen))
		first, _ := k.doubtOf(c)
		seen.Charger, seen.Km, seen.Held = m, 503, true
		for range 2 {
			k.must(k.guard.Ask(t.Context(), seen))
		}
		now, _ := k.doubtOf(c)
		if now.ID != first.ID || now.Charger != m || now.Km != 503 || !now.Held {
			t.Errorf("asked about %+v", now)
		}
		k.state(c, card.Blocked)
		k.update(func(tx *db.Tx) error {
			var n int64
			err := tx.Row(`SELECT COUNT(*) FROM journal j JOIN journal_value v ON v.workspace = j.workspace AND v.entry = j.id
				WHERE j.workspace = ? AND j.what = 'card.blocked' AND v.value LIKE '%503 km apart%'`, []any{k.ws}, &n)
			if n != 1 {
				t.Errorf("%d entries name the way", n)
			}
			if err != nil {
				return err
			}
			_, err = tx.Exec(`UPDATE card SET state = 'expired' WHERE workspace = ? AND id = ?`, k.ws, c.ID)
			return err
		})
		k.must(k.guard.Answer(t.Context(), by, now.ID, false))
		k.state(c, card.Expired)
		if now, _ = k.doubtOf(c); now.Answer != doubt.Stranger {
			t.Errorf("settled as %q", now.Answer)
		}
	})
}

// A card in Munich ten minutes after Berlin is on hold until its holder answers.
func TestACardThatIsTooFarAwayIsOnHold(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		b, m := k.place("Berlin", berlin), k.place("Munich", munich)
		chief, _ := k.driver("admin")
		support, _ := k.driver("viewer")
		k.serve()
		by, c := k.charged(b)
		other, _ := k.driver()
		k.ahead.Add(int64(10 * time.Minute))
		k.want(b, c, decision.Allowed)
		k.want(m, c, decision.CardDoubted)
		k.want(m, c, k.tap(m, c)) // however often
		k.state(c, card.Blocked)
		k.want(m, c, decision.CardBlocked)
		k.want(b, c, decision.CardBlocked)

		list, err := k.guard.Mine(t.Context(), by)
		if err != nil || len(list) != 1 || !list[0].Held || list[0].Km != 503 || list[0].First.Location != "Berlin" || list[0].Place.Charger != "Munich 1" {
			t.Fatalf("asked %+v, %v", list, err)
		}
		if got := k.messages(by); len(got) != 1 || got[0] != inbox.Doubted {
			t.Errorf("the holder got %v", got)
		}
		if got := k.messages(chief); len(got) != 1 || got[0] != inbox.Copied {
			t.Errorf("the admin got %v", got)
		}
		if got := k.messages(support); len(got) != 0 {
			t.Errorf("who may not block cards got %v", got)
		}
		if theirs, err := k.guard.Mine(t.Context(), other); err != nil || len(theirs) != 0 {
			t.Errorf("somebody else is asked %v, %v", theirs, err)
		}
		if err := k.guard.Answer(t.Context(), other, list[0].ID, true); errs.KindOf(err) != errs.NotFound {
			t.Errorf("somebody else's answer: %v", err)
		}
		for range 2 { // the second time it is settled
			k.must(k.guard.Answer(t.Context(), by, list[0].ID, true))
		}
		k.must(k.guard.Answer(t.Context(), by, list[0].ID, false))
		k.state(c, card.Active)
		k.want(m, c, decision.Allowed)
		fresh := &admit.Service{DB: k.d}
		k.must(fresh.Load(t.Context()))
		if v := fresh.Decide(&admit.Ask{Workspace: k.ws, Charger: m, Token: c.UID, Now: k.now()}); !v.Allowed() {
			t.Errorf("after a restart: %s", v.Reason)
		}
	})
}

// Who takes the time that the way takes is asked nothing.
func TestTravellersAreLeftAlone(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		b, p, m, nowhere := k.place("Berlin", berlin), k.place("Potsdam", potsdam), k.place("Munich", munich), k.place("Nowhere", "")
		k.serve()
		_, c := k.charged(b)
		k.want(nowhere, c, decision.Allowed) // nobody knows how far that is
		k.ahead.Add(int64(9 * time.Minute))
		k.want(p, c, decision.CardDoubted)
		_, c = k.charged(b)
		k.ahead.Add(int64(10 * time.Minute))
		k.want(p, c, decision.Allowed)
		_, c = k.charged(b)
		k.ahead.Add(int64(4 * time.Hour))
		k.want(m, c, decision.Allowed)
		if d, asked := k.doubtOf(c); asked {
			t.Errorf("asked: %+v", d)
		}
	})
}

// A card that charges and is tapped elsewhere is refused there; its holder is
// asked, and the card works on.
func TestACardInTwoPlacesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		here, there := k.place("Yard", ""), k.place("Harbour", "")
		k.serve()
		by, c := k.driver()
		k.start(k.book, here, c)
		k.ahead.Add(int64(time.Hour))
		k.want(there, c, decision.Concurrent)
		eventually(t, "the holder is asked", func() bool { _, asked := k.doubtOf(c); return asked })
		if got := k.card(c).State; got != card.Active {
			t.Errorf("the card is %s", got)
		}
		list, err := k.guard.Mine(t.Context(), by)
		if err != nil || len(list) != 1 || list[0].Held || list[0].Km != -1 {
			t.Fatalf("asked %+v, %v", list, err)
		}
		if got := k.messages(by); len(got) != 1 || got[0] != inbox.Doubted {
			t.Errorf("the holder got %v", got)
		}
		k.must(k.guard.Answer(t.Context(), by, list[0].ID, true))
		k.want(there, c, decision.Concurrent) // as before, and they are not asked about it again
		k.want(here, c, decision.Allowed)
		tx, _ := k.start(k.book, here, c)
		k.stop(here, tx)
		if list, err := k.guard.Mine(t.Context(), by); err != nil || len(list) != 0 {
			t.Errorf("asked again: %+v, %v", list, err)
		}

		// Another time it was not them.
		_, got := k.start(k.book, here, c)
		if got != decision.Allowed {
			t.Fatal(got)
		}
		k.want(there, c, decision.Concurrent)
		eventually(t, "the holder is asked again", func() bool { d, _ := k.doubtOf(c); return d.Answer == doubt.Open })
		d, _ := k.doubtOf(c)
		k.must(k.guard.Answer(t.Context(), by, d.ID, false))
		k.want(here, c, decision.CardSuspended)
		k.want(there, c, decision.CardSuspended)
	})
}

// Two servers that decide in the same moment: the journal tells.
func TestTwoServersInTheSameMoment(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		b, m := k.place("Berlin", berlin), k.place("Munich", munich)
		_, c := k.driver()
		k.serve()
		late := &admit.Service{DB: k.d} // has heard of nothing yet
		k.must(late.Load(t.Context()))
		other := k.booked(late)
		if _, got := k.start(k.book, b, c); got != decision.Allowed {
			t.Fatal(got)
		}
		if _, got := k.start(other, m, c); got != decision.Allowed {
			t.Fatalf("the other server knew already: %s", got)
		}
		k.deliver()
		d, asked := k.doubtOf(c)
		if !asked || !d.Held || d.FirstCharger != b || d.Charger != m || k.card(c).State != card.Blocked {
			t.Errorf("asked %v: %+v; the card is %s", asked, d, k.card(c).State)
		}
		k.want(b, c, decision.CardBlocked)
	})
}

// Staff who make the card work again settle the question.
func TestStaffSettleIt(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		b, m := k.place("Berlin", berlin), k.place("Munich", munich)
		k.serve()
		by, c := k.charged(b)
		k.want(m, c, decision.CardDoubted)
		k.state(c, card.Blocked)
		chief := access.Actor{Workspace: k.ws, Name: "person:chief", Perms: access.All}
		list, open, err := k.guard.List(t.Context(), chief)
		if err != nil || open != 1 || len(list) != 1 || list[0].Name == "" {
			t.Fatalf("listed %+v, %d open, %v", list, open, err)
		}
		masked := chief
		masked.Perms &^= access.PersonalData
		if list, _, err := k.guard.List(t.Context(), masked); err != nil || list[0].Name != "" {
			t.Errorf("without personal data: %+v, %v", list, err)
		}
		if _, _, err := k.guard.List(t.Context(), by); errs.KindOf(err) != errs.Denied {
			t.Errorf("a driver's list: %v", err)
		}
		if _, err := (&wallet.Service{DB: k.d}).Change(t.Context(), chief, c.ID, card.Active, ""); err != nil {
			t.Fatal(err)
		}
		k.want(m, c, decision.Allowed)
		if d, _ := k.doubtOf(c); d.Answer != doubt.Staff {
			t.Errorf("answered by %q", d.Answer)
		}
		if list, err := k.guard.Mine(t.Context(), by); err != nil || len(list) != 0 {
			t.Errorf("still asked: %+v, %v", list, err)
		}
	})
}

// A card of a workspace that lets any number run is asked about only when nobody
// can be in both places.
func TestAnyNumberOfSessions(t *testing.T) {
	each(t, func(t *testing.T, k *road) {
		b, p := k.place("Berlin", berlin), k.place("Potsdam", potsdam)
		k.update(func(tx *db.Tx) error {
			w, err := workspace.ByID(tx, k.ws)
			if err != nil {
				return err
			}
			w.CardSessions = 0
			return workspace.Save(tx, &w)
		})
		k.serve()
		_, c := k.driver()
		k.start(k.book, b, c)
		k.ahead.Add(int64(time.Hour))
		if _, got := k.start(k.book, p, c); got != decision.Allowed {
			t.Errorf("the second of any number: %s", got)
		}
		k.deliver()
		if d, asked := k.doubtOf(c); asked {
			t.Errorf("asked: %+v", d)
		}
		k.ahead.Add(int64(time.Minute))
		k.want(b, c, decision.CardDoubted)
	})
}
