package browse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// town is a workspace with two locations, three chargers, three people and
// their cards, sessions, decisions and history. All times are noon of some day,
// so that no day is a matter of the hour in which the test runs.
type town struct {
	ws       id.Workspace
	noon     time.Time
	yard     site.Location
	dock     site.Location
	cp       []site.Charger
	anna     person.Person
	bo       person.Person
	pool     person.Person
	cards    []card.Card // anna's, the pool car's, nobody's, and one deactivated
	sessions []charge.Charge
	key      apikey.Key
	fleet    group.Group
	staff    access.Actor
	masked   access.Actor // without personal data
}

// screens runs f on a database that holds two towns that are alike: a statement
// that forgets its workspace finds everything twice.
func screens(t *testing.T, f func(t *testing.T, s *browse.Service, a *town)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		d.Clock = func(time.Time) time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }
		var a *town
		for _, slug := range []string{"north", "south"} {
			b := &town{}
			if err := d.Update(t.Context(), func(tx *db.Tx) error { return b.build(tx, slug) }); err != nil {
				t.Fatal(err)
			}
			if a == nil {
				a = b
			}
		}
		f(t, &browse.Service{DB: d}, a)
	})
}

func (a *town) build(tx *db.Tx, slug string) error {
	ws := workspace.New(slug, "Northgrid")
	if err := workspace.Insert(tx, &ws); err != nil {
		return err
	}
	a.ws, a.noon = ws.ID, tx.Now
	a.staff = access.Actor{Workspace: a.ws, Name: "person:x", Perms: access.All}
	a.masked = a.staff
	a.masked.Perms &^= access.PersonalData
	for _, step := range []func(*db.Tx) error{a.places, a.people, a.charging, a.history} {
		if err := step(tx); err != nil {
			return err
		}
	}
	return nil
}

func (a *town) places(tx *db.Tx) error {
	a.yard = site.Location{Workspace: a.ws, Name: "Yard", City: "Kiel", TimeZone: "Europe/Berlin"}
	a.dock = site.Location{Workspace: a.ws, Name: "Dock", City: "Bremen", TimeZone: "Europe/Berlin"}
	for _, l := range []*site.Location{&a.yard, &a.dock} {
		if err := site.InsertLocation(tx, l); err != nil {
			return err
		}
	}
	for i, at := range []id.Location{a.yard.ID, a.yard.ID, a.dock.ID} {
		c := site.Charger{Workspace: a.ws, Identity: fmt.Sprintf("CP%d", i+1), Name: fmt.Sprintf("Post %d", i+1), Location: at}
		if err := site.InsertCharger(tx, &c, 2); err != nil {
			return err
		}
		a.cp = append(a.cp, c)
	}
	for i, status := range []string{"Available", "Faulted"} { // the third is offline
		if err := site.Connected(tx, a.ws, a.cp[i].ID, "k", "ocpp1.6"); err != nil {
			return err
		}
		for evse, s := range []string{status, status, "Available"} {
			if err := site.SetStatus(tx, a.ws, site.Connector{Charger: a.cp[i].ID, EVSE: int64(evse), Number: 1, Status: s, StatusAt: tx.Now}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *town) people(tx *db.Tx) error {
	a.anna = person.Person{Workspace: a.ws, FirstName: "Änna", LastName: "Berg", Email: "anna@berg.example", ExternalID: "E-1", Status: person.Active}
	a.bo = person.Person{Workspace: a.ws, Email: "bo@x.example", Status: person.Invited}
	a.pool = person.Person{Workspace: a.ws, ExternalID: "POOL_7", Status: person.Active}
	for _, p := range []*person.Person{&a.anna, &a.bo, &a.pool} {
		if err := person.Insert(tx, p); err != nil {
			return err
		}
	}
	a.fleet = group.Group{Workspace: a.ws, Name: "Fleet"}
	if err := group.Insert(tx, &a.fleet); err != nil {
		return err
	}
	if _, err := group.Add(tx, a.ws, a.fleet.ID, a.anna.ID); err != nil {
		return err
	}
	for _, k := range []card.Card{
		{UID: "04A1B2C3D4E5F6", Person: a.anna.ID, State: card.Active, Printed: "N-100"},
		{UID: "DEADBEEF", Person: a.pool.ID, State: card.Blocked},
		{UID: "0000BEEF", State: card.Inactive},
		{UID: "DEADBEEF", State: card.Deactivated},
	} {
		k.Workspace, k.Kind = a.ws, card.RFID
		if err := card.Insert(tx, &k); err != nil {
			return err
		}
		a.cards = append(a.cards, k)
	}
	return nil
}

func (a *town) charging(tx *db.Tx) error {
	for i := range 5 { // one a day, the newest still runs
		c := charge.Charge{
			Workspace: a.ws, Charger: a.cp[i%2*2].ID, EVSE: 1, Connector: 1, Protocol: "ocpp1.6", TxID: fmt.Sprint(i), StartKey: fmt.Sprint(i),
			CardUID: a.cards[0].UID, Card: a.cards[0].ID, Person: a.anna.ID, Reason: "allowed", Started: a.noon.AddDate(0, 0, i-4),
			MeterNow: 1000, Wh: 1000, Status: charge.Running,
		}
		if i == 1 {
			c.CardUID, c.Card, c.Person, c.Reason = "FFFFFFFF", "", "", string(decision.UnknownCard)
		}
		if i == 4 {
			c.Charger, c.PowerW = a.cp[0].ID, 7400
		}
		if _, err := charge.Insert(tx, &c); err != nil {
			return err
		}
		if err := charge.AddSample(tx, &c, charge.Sample{At: c.Started, Meter: 1000}); err != nil {
			return err
		}
		a.sessions = append(a.sessions, c)
	}
	if err := a.endAllButLast(tx); err != nil {
		return err
	}
	_, err := decision.Load(tx, func(yield func(decision.Decision) bool) {
		for i := range 6 {
			d := decision.Decision{
				Workspace: a.ws, ID: id.New[id.Decision](), At: a.noon.AddDate(0, 0, -10*i), Charger: a.cp[0].ID, EVSE: 1,
				CardUID: a.cards[0].UID, Card: a.cards[0].ID, Person: a.anna.ID, Allowed: true, Reason: decision.Allowed, Source: "ocpp1.6",
			}
			if i%2 == 1 {
				d.Card, d.Person, d.Allowed, d.Reason, d.CardUID = "", "", false, decision.UnknownCard, "ABCDEF01"
			}
			if !yield(d) {
				return
			}
		}
	})
	return err
}

// endAllButLast ends sessions an hour after their start. It spells the statement
// itself: how a session ends is not what is tested here.
func (a *town) endAllButLast(tx *db.Tx) error {
	last := a.sessions[len(a.sessions)-1]
	_, err := tx.Exec(`UPDATE charge SET status = 'ended', ended_at = started_at + 3600000, stop_reason = 'Local' WHERE workspace = ? AND id <> ?`, a.ws, last.ID)
	return err
}

func (a *town) history(tx *db.Tx) error {
	a.key = apikey.Key{Workspace: a.ws, Name: "HR sync", Perms: access.PeopleRead}
	if _, err := apikey.Insert(tx, &a.key); err != nil {
		return err
	}
	anna := access.Actor{Workspace: a.ws, Name: journal.About("person", a.anna.ID)}
	key := access.Actor{Workspace: a.ws, Name: journal.About("key", a.key.ID)}
	value := map[string]any{"email": "anna@berg.example", "status": "active", "n": 3, "deep": []any{"Änna Berg"}, "person": a.anna.ID}
	for _, step := range []func() error{
		func() error {
			return journal.Record(tx, key, "person.created", journal.About("person", a.anna.ID), value)
		},
		func() error {
			return journal.Record(tx, anna, "card.blocked", journal.About("card", a.cards[1].ID), nil)
		},
		func() error {
			return journal.RecordMany(tx, access.System(a.ws, "import"), "person.imported", "import:1",
				[]string{journal.About("person", a.anna.ID), journal.About("person", a.bo.ID)}, nil)
		},
		func() error {
			_, err := tx.Exec(`INSERT INTO invite (workspace, id, person, channel, email, generation, token_hash, code_hash, offer, message, invited_by, life,
				created_at, opened_at, accepted_at, bounce, expires_at) VALUES (?, ?, ?, 'mail', '', 1, ?, '', '{}', '', '', 1, 1, 2, 3, '', 9)`,
				a.ws, id.New[id.Invite](), a.anna.ID, id.New[string]())
			return err
		},
		func() error {
			_, err := tx.Exec(`INSERT INTO invite (workspace, id, person, channel, email, generation, token_hash, code_hash, offer, message, invited_by, life,
				created_at, bounce, expires_at) VALUES (?, ?, ?, 'mail', '', 1, ?, '', '{}', '', '', 1, 1, '', 9)`,
				a.ws, id.New[id.Invite](), a.bo.ID, id.New[string]())
			return err
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestScreensNeedTheirPermission(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		nobody := access.Actor{Workspace: a.ws, Name: "person:x"}
		nowhere := access.Actor{Name: "person:x", Perms: access.All}
		for name, see := range map[string]func(by access.Actor) error{
			"sessions":  func(by access.Actor) error { _, err := s.Sessions(ctx, by, browse.SessionFilter{}); return err },
			"session":   func(by access.Actor) error { _, err := s.Session(ctx, by, a.sessions[0].ID); return err },
			"live":      func(by access.Actor) error { _, _, err := s.Live(ctx, by); return err },
			"my":        func(by access.Actor) error { _, err := s.MySessions(ctx, by, browse.Paging{}); return err },
			"locations": func(by access.Actor) error { _, err := s.Locations(ctx, by, ""); return err },
			"location":  func(by access.Actor) error { _, err := s.Location(ctx, by, a.yard.ID); return err },
			"chargers":  func(by access.Actor) error { _, err := s.Chargers(ctx, by, browse.ChargerFilter{}); return err },
			"charger":   func(by access.Actor) error { _, err := s.Charger(ctx, by, a.cp[0].ID); return err },
			"cards":     func(by access.Actor) error { _, err := s.Cards(ctx, by, browse.CardFilter{}); return err },
			"card":      func(by access.Actor) error { _, err := s.Card(ctx, by, a.cards[0].ID); return err },
			"decisions": func(by access.Actor) error { _, err := s.Decisions(ctx, by, browse.DecisionFilter{}); return err },
			"activity":  func(by access.Actor) error { _, err := s.Activity(ctx, by, browse.ActivityFilter{}); return err },
			"overview":  func(by access.Actor) error { _, err := pictures(s).Overview(ctx, by); return err },
		} {
			for _, by := range []access.Actor{nobody, nowhere} {
				same(t, name, errs.KindOf(see(by)), errs.Denied)
			}
		}
	})
}

func TestThingsOfAnotherWorkspaceAreNotFound(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		other := a.staff
		must[struct{}](t)(struct{}{}, s.DB.View(ctx, func(tx *db.Tx) error {
			return tx.Row(`SELECT id FROM workspace WHERE id <> ?`, []any{a.ws}, &other.Workspace)
		}))
		for name, see := range map[string]func() error{
			"session":  func() error { _, err := s.Session(ctx, other, a.sessions[0].ID); return err },
			"location": func() error { _, err := s.Location(ctx, other, a.yard.ID); return err },
			"charger":  func() error { _, err := s.Charger(ctx, other, a.cp[0].ID); return err },
			"card":     func() error { _, err := s.Card(ctx, other, a.cards[0].ID); return err },
		} {
			same(t, name, errs.KindOf(see()), errs.NotFound)
		}
		for name, n := range map[string]int{
			"sessions of a person":    len(must[browse.SessionPage](t)(s.Sessions(ctx, other, browse.SessionFilter{Person: a.anna.ID})).Rows),
			"sessions of a location":  len(must[browse.SessionPage](t)(s.Sessions(ctx, other, browse.SessionFilter{Location: a.yard.ID})).Rows),
			"chargers of a location":  len(must[browse.ChargerPage](t)(s.Chargers(ctx, other, browse.ChargerFilter{Location: a.yard.ID})).Rows),
			"cards of a person":       len(must[browse.CardPage](t)(s.Cards(ctx, other, browse.CardFilter{Person: a.anna.ID})).Rows),
			"decisions of a person":   len(must[browse.DecisionPage](t)(s.Decisions(ctx, other, browse.DecisionFilter{Person: a.anna.ID})).Rows),
			"activity about a person": len(must[browse.ActivityPage](t)(s.Activity(ctx, other, browse.ActivityFilter{Subject: journal.About("person", a.anna.ID)})).Rows),
		} {
			same(t, name, n, 0)
		}
	})
}

func TestMasks(t *testing.T) {
	for name, want := range map[string]string{"Anna Berg": "A… B…", "Öz": "Ö…", "": ""} {
		same(t, name, browse.MaskName(name), want)
	}
	for email, want := range map[string]string{"anna@berg.example": "a…@…", "": "", "odd": "o…"} {
		same(t, email, browse.MaskEmail(email), want)
	}
	if got := browse.Name(access.Actor{}, "", "", "anna@berg.example", "E-1"); strings.Contains(got, "berg") {
		t.Errorf("an address shows as %q", got)
	}
}
