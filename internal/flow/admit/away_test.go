package admit

import (
	"path/filepath"
	"testing"
	"time"

	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit/record"
	"involt/internal/flow/booking"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/spool"
	"involt/internal/schema"
	"involt/internal/testkit/dbtest"
)

// policy sets who may charge at a location while the database is away.
func (h *house) policy(l id.Location, a site.Away, capWh int64) {
	h.t.Helper()
	var v site.Location
	h.do(func(tx *db.Tx) (err error) {
		v, err = site.LocationByID(tx, h.by.Workspace, l)
		return err
	})
	v.Away, v.AwayCap = a, capWh
	h.must(h.places.SaveLocation(h.t.Context(), h.by, v))
}

func TestWhoMayChargeWhileTheDatabaseIsAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.ByGroup)
		g := h.group()
		places := map[site.Away]id.Charger{}
		for _, a := range site.Aways {
			l := h.location(false)
			h.policy(l, a, 5000)
			h.open(grant.Grant{Group: g, Location: l})
			places[a] = h.charger(l)
		}
		member, stranger, gone := h.person(), h.person(), h.person()
		h.join(g, member)
		h.join(g, gone)
		lets, _ := h.card(member)
		other, _ := h.card(stranger) // may charge nowhere
		blocked, c := h.card(member)
		h.block(c)
		left, _ := h.card(gone)
		h.must(h.people.Deactivate(h.t.Context(), h.by, gone, "left"))
		s := loaded(t, d)
		const unknown = "04FFFFFFFFFFFF"
		check := func(what string, want map[string][4]decision.Reason) {
			t.Helper()
			for number, reasons := range want {
				for i, a := range site.Aways {
					if got := s.Decide(h.ask(number, places[a])).Reason; got != reasons[i] {
						t.Errorf("%s, %q: %s is answered %s, want %s", what, a, number, got, reasons[i])
					}
				}
			}
		}
		ok, no, strange, block, out, closed := decision.Allowed, decision.NotThisPlace, decision.UnknownCard, decision.CardBlocked, decision.UserDeactivated, decision.Away
		check("there", map[string][4]decision.Reason{
			lets: {ok, ok, ok, ok}, other: {no, no, no, no}, unknown: {strange, strange, strange, strange}, blocked: {block, block, block, block}, left: {out, out, out, out},
		})
		d.Hold()
		since, _ := d.Away()
		check("away", map[string][4]decision.Reason{
			lets: {ok, closed, ok, ok}, other: {no, no, ok, ok}, unknown: {strange, strange, strange, ok}, blocked: {block, block, block, block}, left: {out, out, out, out},
		})
		for number, want := range map[string]bool{lets: false, other: true, unknown: true} {
			v := s.Decide(h.ask(number, places[site.AwayOpen]))
			yes, capWh := v.Speculative()
			if yes != want || want && capWh != 5000 || !v.AwaySince().Equal(since) {
				t.Errorf("%s: speculative %v, up to %d Wh, away since %s", number, yes, capWh, v.AwaySince())
			}
		}
		// The same a day later: nobody knows any more who may charge.
		for _, late := range []struct {
			after time.Duration
			want  decision.Reason
		}{{UsualLimit - time.Minute, ok}, {UsualLimit + time.Minute, closed}} {
			a := h.ask(lets, places[site.AwayOpen])
			a.Now = a.Now.Add(late.after)
			if got := s.Decide(a).Reason; got != late.want {
				t.Errorf("after %s: %s, want %s", late.after, got, late.want)
			}
		}
		a := h.ask(unknown, places[site.AwayOpen])
		a.Now = a.Now.Add(UsualLimit + time.Minute)
		if got := s.Decide(a).Reason; got != strange {
			t.Errorf("after a day an unknown card is answered %s", got)
		}
		d.Release()
		if v := s.Decide(h.ask(lets, places[site.AwayKnown])); !v.AwaySince().IsZero() {
			t.Error("marked, and the database is there")
		}
	})
}

func TestTapsOfAnOutageAreStoredAfterwardsOnceAndMarked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		at := h.charger(h.location(false))
		number, _ := h.card(h.person())
		dir := t.TempDir()
		taps, err := spool.Open(filepath.Join(dir, "taps"), spool.Options{})
		h.must(err)
		s := loaded(t, d)
		s.record.Taps = taps
		d.Hold()
		for range record.TapsAtOnce + 5 {
			s.Answer(h.ask(number, at))
		}
		s.record.Spool()
		if s.record.Spooled() != 2 || s.Waiting() != 0 {
			t.Fatalf("%d portions on the disk, %d taps in memory", s.record.Spooled(), s.Waiting())
		}
		h.must(taps.Close()) // the server dies
		d.Release()
		for range 2 { // and dies again once all is stored, and before that is noted
			again, err := spool.Open(filepath.Join(dir, "taps"), spool.Options{})
			h.must(err)
			list, err := again.Peek(10)
			h.must(err)
			s := loaded(t, d)
			s.record.Taps = again
			s.Answer(h.ask(number, at)) // one that has nothing to do with it
			h.must(s.Store(t.Context()))
			if s.record.Spooled() != 0 || s.Waiting() != 0 {
				t.Errorf("%d portions, %d taps wait on", s.record.Spooled(), s.Waiting())
			}
			for _, b := range list {
				h.must(again.Append(b))
			}
			h.must(again.Close())
		}
		var all, marked int64
		h.do(func(tx *db.Tx) error {
			if err := tx.Row(`SELECT COUNT(*) FROM decision WHERE workspace = ?`, []any{h.by.Workspace}, &all); err != nil {
				return err
			}
			return tx.Row(`SELECT COUNT(*) FROM decision WHERE workspace = ? AND away_since <> 0`, []any{h.by.Workspace}, &marked)
		})
		if all != record.TapsAtOnce+5+2 || marked != record.TapsAtOnce+5 {
			t.Errorf("%d taps are stored, %d marked", all, marked)
		}
	})
}

func TestSessionsOfAnOutageCount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		l := h.location(false)
		here, there := h.charger(l), h.charger(l)
		number, c := h.card(h.person())
		s := loaded(t, d)
		s.Began(charge.Charge{Workspace: h.by.Workspace, Charger: here, EVSE: 1, TxID: "7", Card: c, Reason: string(decision.Allowed), Started: time.Now()})
		h.want(s, number, there, decision.Concurrent)
		s.Over(h.by.Workspace, here, "8")
		h.want(s, number, there, decision.Concurrent)
		s.Over(h.by.Workspace, here, "7")
		h.want(s, number, there, decision.Allowed)
		// What the database says of the same transaction takes its place.
		_, err := h.bookings(s).Event(t.Context(), h.by.Workspace, here, booking.EventInfo{
			Phase: booking.PhaseStarted, TxID: "8", EVSE: 1, Token: number, At: time.Now(), Received: time.Now(),
		})
		h.must(err)
		s.Began(charge.Charge{Workspace: h.by.Workspace, Charger: here, EVSE: 1, TxID: "8", Card: c, Reason: string(decision.Allowed), Started: time.Now()})
		h.refresh(s)
		h.want(s, number, there, decision.Concurrent)
		s.Over(h.by.Workspace, here, "8")
		h.want(s, number, there, decision.Allowed)
	})
}

func TestChargersAreKnownWithoutTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		c := h.charger(h.location(false))
		identity := identityOf(h, c)
		s := loaded(t, d)
		now := time.Now()
		door, err := s.Door("a", identity, now)
		if err != nil || door.Charger != c || door.Workspace != h.by.Workspace || door.Key == [32]byte{} {
			t.Fatalf("%+v, %v", door, err)
		}
		_, err = h.places.RenewKey(t.Context(), h.by, c)
		h.must(err)
		h.refresh(s)
		if again, err := s.Door("a", identity, now); err != nil || again.Key == door.Key {
			t.Errorf("the old key is still known, %v", err)
		}
		for _, wrong := range [][2]string{{"b", identity}, {"a", "CP-99"}, {"", ""}} {
			if _, err := s.Door(wrong[0], wrong[1], now); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%v: %v", wrong, err)
			}
		}
		if _, err := s.Door("a", identity, now.Add(UsualLimit+time.Minute)); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("a day later: %v", err)
		}
	})
}

// A copy of the database decides as the database does, and a right that was lost since
// is not given back by it.
func TestACopyDecidesLikeTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.ByGroup)
		g, l := h.group(), h.location(false)
		at := h.charger(l)
		h.open(grant.Grant{Group: g, Location: l})
		in, out, other := h.person(), h.person(), h.person()
		h.join(g, in)
		h.join(g, other)
		yes, keeps := h.card(in)
		no, _ := h.card(out)
		theirs, _ := h.card(other)
		copied, err := db.Open(t.Context(), dbtest.SQLite(t))
		h.must(err)
		t.Cleanup(func() { _ = copied.Close() })
		h.must(schema.Migrate(t.Context(), copied))
		parts := []schema.Part{
			{Table: "workspace"},
			{Table: "location"},
			{Table: "charger"},
			{Table: "user_group"},
			{Table: "access_grant"},
			{Table: "person", Leave: map[string]string{"last_name": "''", "identity": "NULL"}},
			{Table: "group_member"},
			{Table: "card"},
		}
		moment, err := schema.Copy(t.Context(), d, copied, parts)
		h.must(err)
		fates := []Fate{}
		running := loaded(t, d)
		running.Fates = func(list []Fate) { fates = append(fates, list...) }
		h.block(keeps)
		h.must(h.people.Deactivate(h.t.Context(), h.by, other, "left"))
		h.refresh(running)

		s := &Service{DB: d}
		h.must(s.LoadFrom(t.Context(), copied, time.UnixMilli(moment)))
		h.want(s, yes, at, decision.Allowed)
		h.want(s, theirs, at, decision.Allowed)
		h.want(s, no, at, decision.NotThisPlace)
		if _, err := s.Door("a", identityOf(h, at), time.Now()); err != nil {
			t.Error(err)
		}
		s.Suffer(fates)
		h.want(s, yes, at, decision.CardBlocked)
		h.want(s, theirs, at, decision.UserDeactivated)
		h.want(s, no, at, decision.NotThisPlace)
		var names int64
		h.must(copied.View(t.Context(), func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(*) FROM person WHERE last_name <> ''`, nil, &names)
		}))
		if names != 0 {
			t.Errorf("%d names were copied", names)
		}
	})
}
