package people_test

import (
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/vehicle"
	"involt/internal/flow/admit"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

// login gives a person a login of their own.
func (o *registry) login(p *person.Person) {
	o.t.Helper()
	o.update(func(tx *db.Tx) error {
		v := login.Identity{Email: p.Email, Verified: tx.Now, Language: "en"}
		if err := login.Insert(tx, &v); err != nil {
			return err
		}
		p.Identity = v.ID
		return person.Save(tx, p)
	})
}

// tables are those with a column that names a person, but for the record of what
// happened.
var tables = []string{
	"card", "vehicle", "group_member", "access_grant", "charge", "decision", "notice", "invite", "person_role", "saved_view", "departure", "claim", "application",
}

// rows counts the rows that name a person, by table.
func (o *registry) rows(who id.Person) map[string]int64 {
	o.t.Helper()
	n := map[string]int64{}
	o.update(func(tx *db.Tx) error {
		for _, table := range tables {
			var c int64
			if err := tx.Row(`SELECT COUNT(*) FROM `+table+` WHERE workspace = ? AND person = ?`, []any{o.ws.ID, who}, &c); err != nil {
				return err
			}
			if c > 0 {
				n[table] = c
			}
		}
		return nil
	})
	return n
}

// furnish gives a person something of everything. Two who are furnished share the
// group "Both" and the place "everywhere".
func (o *registry) furnish(p *person.Person, n byte, keys *seal.Ring) {
	o.t.Helper()
	o.update(func(tx *db.Tx) error {
		hex := string([]byte{'A' + n})
		both := group.Group{Workspace: o.ws.ID, Name: "Both"}
		if err := group.Insert(tx, &both); err != nil {
			all, err := group.List(tx, o.ws.ID)
			if err != nil {
				return err
			}
			for _, g := range all {
				if g.Name == "Both" {
					both = g
				}
			}
		}
		own := group.Group{Workspace: o.ws.ID, Name: "Only " + hex}
		if err := group.Insert(tx, &own); err != nil {
			return err
		}
		for _, g := range []id.Group{both.ID, own.ID} {
			if _, err := group.Add(tx, o.ws.ID, g, p.ID); err != nil {
				return err
			}
		}
		place := site.Location{Workspace: o.ws.ID, Name: "Place " + hex, TimeZone: "Europe/Berlin"}
		if err := site.InsertLocation(tx, &place); err != nil {
			return err
		}
		post := site.Charger{Workspace: o.ws.ID, Identity: "POST-" + hex, Location: place.ID}
		if err := site.InsertCharger(tx, &post, 1); err != nil {
			return err
		}
		for _, g := range []grant.Grant{{Person: p.ID}, {Person: p.ID, Location: place.ID}} {
			g.Workspace = o.ws.ID
			if err := grant.Insert(tx, &g); err != nil {
				return err
			}
		}
		c := card.Card{Workspace: o.ws.ID, UID: "04A1B2" + hex + "1", Kind: card.RFID, State: card.Active, Person: p.ID}
		if err := card.Insert(tx, &c); err != nil {
			return err
		}
		var list []charge.Charge
		for i := range 5 {
			start := tx.Now.Add(-time.Duration(i+1) * time.Hour)
			list = append(list, charge.Charge{
				Workspace: o.ws.ID, ID: id.New[id.Charge](), Charger: post.ID, EVSE: 1, Protocol: "ocpp1.6", TxID: string([]byte{'1' + byte(i)}), StartKey: string([]byte{'a' + byte(i)}),
				CardUID: c.UID, Card: c.ID, Person: p.ID, Reason: "allowed", Started: start, Ended: start.Add(time.Hour), Wh: 1000,
			})
			if err := person.AddUsage(tx, o.ws.ID, p.ID, 1000, start.Add(time.Hour)); err != nil {
				return err
			}
		}
		if err := charge.Load(tx, list); err != nil {
			return err
		}
		if _, err := decision.Load(tx, func(yield func(decision.Decision) bool) {
			yield(decision.Decision{Workspace: o.ws.ID, ID: id.New[id.Decision](), At: tx.Now, CardUID: c.UID, Card: c.ID, Person: p.ID, Allowed: true, Reason: decision.Allowed, Source: "api"})
		}); err != nil {
			return err
		}
		if err := notice.Insert(tx, &notice.Notice{Workspace: o.ws.ID, Person: p.ID, Channel: "mail", Kind: "invitation", Recipient: p.Email}); err != nil {
			return err
		}
		return invite.Open(tx, keys, &invite.Invite{Workspace: o.ws.ID, Person: p.ID, Channel: invite.ByMail, Email: p.Email, InvitedBy: "system", Life: time.Hour})
	})
	if _, err := o.s.AddVehicle(o.t.Context(), o.by, p.ID, vehicle.Vehicle{Make: "VW", Plate: "B-EV 1" + string([]byte{'0' + n}), Country: "DE"}); err != nil {
		o.t.Fatal(err)
	}
}

// Nothing is lost and nothing is doubled: every row of the two is of one
// afterwards, what both had once, and the sums are equal.
func TestAMergeLosesNothingAndDoublesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		keys := seal.Random()
		keep, gone := o.person("Ada", "Ampere", person.Imported), o.person("A.", "Ampère", person.Active)
		o.furnish(&keep, 0, keys)
		o.furnish(&gone, 1, keys)
		keep, gone = o.again(keep.ID), o.again(gone.ID)
		o.login(&gone)
		o.update(func(tx *db.Tx) error { return person.GiveRole(tx, o.ws.ID, gone.ID, access.Given{Role: "viewer"}) })
		if err := o.s.PlanDeparture(ctx, o.by, gone.ID, time.Now().Add(24*time.Hour), "x"); err != nil {
			t.Fatal(err)
		}
		a, b := o.rows(keep.ID), o.rows(gone.ID)

		m, err := o.s.MergePreview(ctx, o.by, keep.ID, gone.ID)
		if err != nil || m.Logins != 1 {
			t.Fatalf("%+v, %v", m, err)
		}
		asked := map[string]bool{}
		for _, f := range m.Fields {
			asked[f.Name] = f.Chosen
		}
		if len(asked) != 3 || !asked["status"] { // both names, and who came in has
			t.Errorf("asks for %v", asked)
		}
		if err := o.s.Merge(ctx, o.by, keep.ID, gone.ID, map[string]bool{"last_name": true}); err != nil {
			t.Fatal(err)
		}

		got := o.again(keep.ID)
		if got.Name() != "Ada Ampère" || got.Email != gone.Email || got.Identity != gone.Identity || got.Status != person.Active {
			t.Errorf("became %+v", got)
		}
		if got.Sessions != 10 || got.Wh != 10_000 || got.LastCharge.Before(gone.LastCharge) || got.Created.After(keep.Created) {
			t.Errorf("counts %d sessions, %d Wh, last %v", got.Sessions, got.Wh, got.LastCharge)
		}
		if left := o.rows(gone.ID); len(left) != 0 && (len(left) != 1 || left["departure"] != 0) {
			t.Errorf("left behind: %v", left)
		}
		now := o.rows(keep.ID)
		for _, table := range tables {
			want := a[table] + b[table]
			if table == "group_member" || table == "access_grant" {
				want-- // what both had
			}
			if table == "notice" {
				want++ // the address that was given up is told
			}
			if now[table] != want {
				t.Errorf("%s: %d and %d became %d", table, a[table], b[table], now[table])
			}
		}
		o.update(func(tx *db.Tx) error {
			if _, err := person.ByID(tx, o.ws.ID, gone.ID); errs.KindOf(err) != errs.NotFound {
				t.Errorf("the other record is still there: %v", err)
			}
			if heir, err := person.Heir(tx, o.ws.ID, gone.ID); err != nil || heir != keep.ID {
				t.Errorf("it leads to %q, %v", heir, err)
			}
			if _, err := invite.OpenOf(tx, o.ws.ID, keep.ID); errs.KindOf(err) != errs.NotFound {
				t.Errorf("an invitation to the other address still works: %v", err)
			}
			return nil
		})
		for _, who := range []id.Person{keep.ID, gone.ID} {
			if n := o.events("person:" + string(who)); n["person.merged"] != 1 {
				t.Errorf("the journal says of %s: %v", who, n)
			}
		}
		if err := o.s.Merge(ctx, o.by, keep.ID, gone.ID, nil); errs.KindOf(err) != errs.NotFound {
			t.Errorf("merged twice: %v", err)
		}
		dep, err := o.s.Departure(ctx, o.by, keep.ID)
		if err != nil || !dep.Done.IsZero() {
			t.Errorf("the departure is %+v, %v", dep, err)
		}

		// What was under way while it was done is fetched later.
		o.update(func(tx *db.Tx) error {
			return card.Insert(tx, &card.Card{Workspace: o.ws.ID, UID: "04FFEEDD", Kind: card.RFID, State: card.Active, Person: gone.ID})
		})
		o.pass(o.pool(), time.Minute)
		if n := o.rows(gone.ID); n["card"] != 0 {
			t.Errorf("still left behind: %v", n)
		}
	})
}

func TestCardsOfAMergedUserGoOnCharging(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		keep, gone := o.person("Ada", "Ampere", person.Active), o.person("Ada", "Ampere2", person.Active)
		o.furnish(&gone, 0, seal.Random())
		a := &admit.Service{DB: d}
		if err := a.Load(ctx); err != nil {
			t.Fatal(err)
		}
		if err := o.s.Merge(ctx, o.by, keep.ID, gone.ID, nil); err != nil {
			t.Fatal(err)
		}
		if err := a.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		got, err := a.Explain(ctx, o.by, "04A1B2A1", "", "POST-A", time.Now(), "api")
		if err != nil || !got.Decision.Allowed || got.Decision.Person != keep.ID {
			t.Errorf("%+v, %v", got, err)
		}
		if n := len(a.WhereOpen(o.ws.ID, keep.ID, time.Now())); n == 0 {
			t.Error("the place did not come along")
		}
	})
}

func TestWhoMayMergeWhom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		a, b := o.person("Ada", "Ampere", person.Active), o.person("Ben", "Becquerel", person.Active)
		o.login(&a)
		o.login(&b)
		wantField(t, o.s.Merge(ctx, o.by, a.ID, b.ID, nil), errs.Invalid, people.ChooseLogin, "Both have a login")
		wantField(t, o.s.Merge(ctx, o.by, a.ID, a.ID, nil), errs.Invalid, "with", "same user")
		wantField(t, o.s.Merge(ctx, o.by, a.ID, o.by.Person, nil), errs.Conflict, "", "This record is you")
		o.update(func(tx *db.Tx) error { return person.GiveRole(tx, o.ws.ID, b.ID, access.Given{Role: "admin"}) })
		fleet, _ := access.RoleByKey("fleet-manager")
		less := o.by
		less.Perms = fleet.Perms
		if err := o.s.Merge(ctx, less, a.ID, b.ID, map[string]bool{people.ChooseLogin: true}); errs.KindOf(err) != errs.Denied {
			t.Errorf("somebody gave a role that is not theirs: %v", err)
		}
		// The other one's seat ends, whichever stays.
		if err := o.s.Merge(ctx, o.by, a.ID, b.ID, map[string]bool{people.ChooseLogin: true}); err != nil {
			t.Fatal(err)
		}
		if got := o.again(a.ID); got.Identity != b.Identity || got.Email != b.Email {
			t.Errorf("kept %+v", got)
		}
		o.update(func(tx *db.Tx) error {
			seats, err := person.OfIdentity(tx, a.Identity)
			if err != nil || len(seats) != 0 {
				t.Errorf("the login that was given up has seats: %v, %v", seats, err)
			}
			return nil
		})
	})
}

func TestTwoWhoMergeAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o, ctx := newRegistry(t, d), t.Context()
		a, b := o.person("Ada", "Ampere", person.Active), o.person("Ben", "Becquerel", person.Active)
		var wg sync.WaitGroup
		failed := make([]error, 2)
		wg.Go(func() { failed[0] = o.s.Merge(ctx, o.by, a.ID, b.ID, nil) })
		wg.Go(func() { failed[1] = o.s.Merge(ctx, o.by, b.ID, a.ID, nil) })
		wg.Wait()
		if (failed[0] == nil) == (failed[1] == nil) {
			t.Errorf("both directions: %v, %v", failed[0], failed[1])
		}
		here := 0
		o.update(func(tx *db.Tx) error {
			for _, who := range []id.Person{a.ID, b.ID} {
				if _, err := person.ByID(tx, o.ws.ID, who); err == nil {
					here++
				}
			}
			return nil
		})
		if here != 1 {
			t.Errorf("%d of the two are left", here)
		}
	})
}
