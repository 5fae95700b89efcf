package enter_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/enter"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

const good = "four quiet volts"

var passwords = login.NewHasher()

// gate is a server with one workspace, an admin and a driver.
type gate struct {
	t             *testing.T
	d             *db.DB
	svc           *enter.Service
	ahead         atomic.Int64
	ws            workspace.Workspace
	admin, driver person.Person
}

func each(t *testing.T, story func(*testing.T, *gate)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { story(t, openGate(t, d)) })
}

func openGate(t *testing.T, d *db.DB) *gate {
	t.Helper()
	g := &gate{t: t, d: d, svc: &enter.Service{DB: d, Passwords: passwords}, ws: workspace.New("northgrid", "")}
	d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(g.ahead.Load())) }
	g.update(func(tx *db.Tx) error {
		if err := workspace.Insert(tx, &g.ws); err != nil {
			return err
		}
		for email, to := range map[string]*person.Person{"anna@north.example": &g.admin, "dave@north.example": &g.driver} {
			if err := g.insert(tx, email, to); err != nil {
				return err
			}
		}
		return person.GiveRole(tx, g.ws.ID, g.admin.ID, access.Given{Role: "super-admin"})
	})
	return g
}

var goodHash = sync.OnceValue(func() string {
	hash, err := passwords.Hash(context.Background(), good)
	if err != nil {
		panic(err)
	}
	return hash
})

// insert makes an active person who can sign in.
func (g *gate) insert(tx *db.Tx, email string, to *person.Person) error {
	who := login.Identity{Email: email, Hash: goodHash()}
	if err := login.Insert(tx, &who); err != nil {
		return err
	}
	*to = person.Person{Workspace: g.ws.ID, Email: email, Status: person.Active, Identity: who.ID}
	return person.Insert(tx, to)
}

func (g *gate) update(do func(*db.Tx) error) {
	g.t.Helper()
	if err := g.d.Update(g.t.Context(), do); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gate) later(d time.Duration) { g.ahead.Add(int64(d)) }

func (g *gate) signIn(email string) string {
	g.t.Helper()
	session, _, err := g.svc.SignIn(g.t.Context(), email, good, "browser")
	if err != nil {
		g.t.Fatal(err)
	}
	return session
}

func (g *gate) want(session string, in bool, what string) {
	g.t.Helper()
	_, err := g.svc.Who(g.t.Context(), session)
	if in && err != nil || !in && errs.KindOf(err) != errs.SignedOut {
		g.t.Errorf("%s: %v", what, err)
	}
}

func TestSigningInAndOut(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		session, v, err := g.svc.SignIn(t.Context(), " Anna@North.example", good, "browser")
		if err != nil {
			t.Fatal(err)
		}
		seat, ok := v.Seat("northgrid")
		if !ok || !v.Staff() || !seat.Staff() || seat.Actor.Workspace != g.ws.ID || seat.Actor.Person != g.admin.ID || !seat.Actor.Perms.Has(access.All) || seat.RoleLabels() != "Super-admin" {
			t.Errorf("%+v", v)
		}
		if _, ok := v.Seat("southgrid"); ok {
			t.Error("a seat in a workspace that is not there")
		}
		other := g.signIn("anna@north.example")
		if err := g.svc.SignOut(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		g.want(session, false, "after signing out")
		g.want(other, true, "the other browser")
		for _, token := range []string{"", "x", other[1:], other + "x", strings.ToUpper(other)} {
			g.want(token, false, "a token that is none")
		}
		driver, v, err := g.svc.SignIn(t.Context(), "dave@north.example", good, "browser")
		if err != nil || v.Staff() || len(v.Seats) != 1 || v.Seats[0].Actor.Perms != 0 || v.Seats[0].RoleLabels() != "Driver" {
			t.Errorf("driver %q: %+v, %v", driver, v, err)
		}
	})
}

func TestAnUnknownAddressAndAWrongPasswordSoundTheSame(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		_, _, wrong := g.svc.SignIn(t.Context(), "anna@north.example", "not the password", "a")
		_, _, unknown := g.svc.SignIn(t.Context(), "nobody@north.example", "not the password", "b")
		if wrong == nil || unknown == nil || wrong.Error() != unknown.Error() || errs.KindOf(wrong) != errs.Invalid {
			t.Errorf("%v; %v", wrong, unknown)
		}
		for _, c := range [][2]string{{"", good}, {"anna", good}, {"anna@north.example", ""}} {
			if _, _, err := g.svc.SignIn(t.Context(), c[0], c[1], "c"); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%q: %v", c, err)
			}
		}
	})
}

func TestGuessingIsSlow(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		tries := 0
		var err error
		for errs.KindOf(err) != errs.Unavailable && tries < 20 {
			_, _, err = g.svc.SignIn(t.Context(), "anna@north.example", "guess again", "attacker")
			tries++
		}
		if tries != 11 {
			t.Errorf("the limit came at try %d", tries)
		}
		if _, _, err := g.svc.SignIn(t.Context(), "anna@north.example", good, "attacker"); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("the right password within the limit: %v", err)
		}
		g.signIn("anna@north.example") // from her own browser: nobody locks her out
		g.later(31 * time.Second)
		if _, _, err := g.svc.SignIn(t.Context(), "anna@north.example", good, "attacker"); err != nil {
			t.Errorf("after waiting: %v", err)
		}
		for range 10 { // a success forgives
			if _, _, err := g.svc.SignIn(t.Context(), "anna@north.example", good, "attacker"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestOneClientDoesNotTryManyAddresses(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		g.update(func(tx *db.Tx) error {
			for range 100 { // as if 100 addresses had been tried
				if err := login.Limit(tx, "sign-in|sprayer", 100, 2*time.Second); err != nil {
					return err
				}
			}
			return nil
		})
		if _, _, err := g.svc.SignIn(t.Context(), "dave@north.example", good, "sprayer"); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("the next address: %v", err)
		}
	})
}

func TestAWholeOfficeSignsInFromOneAddress(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		const people, left = 12, 5
		email := func(i int) string { return fmt.Sprintf("p%d@north.example", i) }
		now := time.Now()
		g.d.Clock = func(time.Time) time.Time { return now } // all within one moment
		g.update(func(tx *db.Tx) error {
			for range 100 - left { // as if so many had mistyped already
				if err := login.Limit(tx, "sign-in|office", 100, 2*time.Second); err != nil {
					return err
				}
			}
			for i := range people {
				var p person.Person
				if err := g.insert(tx, email(i), &p); err != nil {
					return err
				}
			}
			return nil
		})
		for i := range people {
			if _, _, err := g.svc.SignIn(t.Context(), email(i), good, "office"); err != nil {
				t.Fatalf("number %d: %v", i, err)
			}
		}
		// Nor does somebody with a password of their own guess more often for it.
		for i := range left {
			if _, _, err := g.svc.SignIn(t.Context(), email(i), "guess again", "office"); errs.KindOf(err) != errs.Invalid {
				t.Fatalf("failure %d: %v", i, err)
			}
			if _, _, err := g.svc.SignIn(t.Context(), "dave@north.example", good, "office"); (err == nil) != (i < left-1) {
				t.Fatalf("a success after failure %d: %v", i, err)
			}
		}
		if _, _, err := g.svc.SignIn(t.Context(), email(left), "guess again", "office"); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("one failure more: %v", err)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		staff, driver := g.signIn("anna@north.example"), g.signIn("dave@north.example")
		for range 22 { // in use: 11 hours
			g.later(29*time.Minute + 58*time.Second)
			g.want(staff, true, "staff at work")
		}
		g.later(29 * time.Minute)
		g.want(staff, true, "staff at work")
		g.later(29 * time.Minute)
		g.want(staff, true, "just before 12 hours")
		g.later(5 * time.Minute)
		g.want(staff, false, "after 12 hours at work")
		g.want(driver, true, "a driver after half a day")

		staff = g.signIn("anna@north.example")
		g.later(30*time.Minute + time.Second)
		g.want(staff, false, "staff half an hour away")
		g.later(29 * 24 * time.Hour)
		g.want(driver, true, "a driver after 29 days")
		g.later(25 * time.Hour)
		g.want(driver, false, "a driver after 30 days")
	})
}

func TestAPasswordChangeEndsEverySession(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		one, two := g.signIn("anna@north.example"), g.signIn("anna@north.example")
		hash, err := passwords.Hash(t.Context(), "quite another one")
		if err != nil {
			t.Fatal(err)
		}
		g.update(func(tx *db.Tx) error { return login.SetPassword(tx, g.admin.Identity, hash) })
		g.want(one, false, "the first session")
		g.want(two, false, "the second session")
		if _, _, err := g.svc.SignIn(t.Context(), "anna@north.example", good, "x"); err == nil {
			t.Error("the old password still works")
		}
	})
}

func TestAPrintedLinkSignsInOnce(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		var token, late string
		g.update(func(tx *db.Tx) (err error) {
			if token, err = login.NewLink(tx, g.admin.Identity, time.Hour); err == nil {
				late, err = login.NewLink(tx, g.admin.Identity, time.Hour)
			}
			return err
		})
		session, v, err := g.svc.FollowLink(t.Context(), token)
		if err != nil || !v.Staff() {
			t.Fatal(v, err)
		}
		g.want(session, true, "by link")
		if _, _, err := g.svc.FollowLink(t.Context(), token); errs.KindOf(err) != errs.Gone {
			t.Errorf("twice: %v", err)
		}
		if _, _, err := g.svc.FollowLink(t.Context(), token[1:]); errs.KindOf(err) != errs.Gone {
			t.Errorf("a part of it: %v", err)
		}
		g.later(time.Hour + time.Second)
		if _, _, err := g.svc.FollowLink(t.Context(), late); errs.KindOf(err) != errs.Gone {
			t.Errorf("after its hour: %v", err)
		}
	})
}

func TestRightsFollowTheRoles(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		session := g.signIn("anna@north.example")
		g.update(func(tx *db.Tx) error { return person.TakeRoles(tx, g.ws.ID, g.admin.ID) })
		if v, err := g.svc.Who(t.Context(), session); err != nil || v.Staff() {
			t.Errorf("after the role was taken: %+v, %v", v, err)
		}
		driver := g.signIn("dave@north.example")
		g.update(func(tx *db.Tx) error { return person.GiveRole(tx, g.ws.ID, g.driver.ID, access.Given{Role: "support"}) })
		g.want(driver, false, "a driver's long session as staff")
		renewed, v, err := g.svc.Renew(t.Context(), driver)
		if err != nil || !v.Staff() {
			t.Fatal(v, err)
		}
		g.want(renewed, true, "renewed")
		g.later(31 * time.Minute)
		g.want(renewed, false, "renewed, half an hour later")
	})
}

func TestAPIKeys(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		by := access.Actor{Workspace: g.ws.ID, Name: journal.About("person", g.admin.ID), Person: g.admin.ID, Perms: access.PeopleRead | access.KeysWrite}
		plain, k, err := g.svc.NewKey(t.Context(), by, "export", access.PeopleRead)
		if err != nil || !strings.HasPrefix(plain, "ik_") {
			t.Fatal(plain, err)
		}
		got, err := g.svc.ByKey(t.Context(), plain)
		if err != nil || got.Workspace != g.ws.ID || got.Perms != access.PeopleRead || got.Name != "key:"+string(k.ID) || got.Person != "" {
			t.Errorf("%+v, %v", got, err)
		}
		for _, wrong := range []string{"", "ik_", plain[:len(plain)-1], plain + "x", strings.ToUpper(plain), "Bearer " + plain} {
			if _, err := g.svc.ByKey(t.Context(), wrong); errs.KindOf(err) != errs.SignedOut {
				t.Errorf("%q: %v", wrong, err)
			}
		}
		if _, _, err := g.svc.NewKey(t.Context(), by, "more", access.PeopleWrite); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a key that may more than its maker: %v", err)
		}
		if _, _, err := g.svc.NewKey(t.Context(), access.Actor{Workspace: g.ws.ID, Perms: access.All &^ access.KeysWrite}, "x", 0); errs.KindOf(err) != errs.Denied {
			t.Errorf("without permission: %v", err)
		}
		other := access.Actor{Workspace: id.New[id.Workspace](), Perms: access.All}
		if err := g.svc.RevokeKey(t.Context(), other, k.ID); err == nil {
			if _, err := g.svc.ByKey(t.Context(), plain); err != nil {
				t.Error("another workspace revoked the key")
			}
		}
		if err := g.svc.RevokeKey(t.Context(), by, k.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := g.svc.ByKey(t.Context(), plain); errs.KindOf(err) != errs.SignedOut {
			t.Errorf("a revoked key: %v", err)
		}
	})
}

func TestSettingsNeedPermission(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		w := g.ws
		w.Name = "Nordnetz"
		if err := g.svc.Settings(t.Context(), access.Actor{Workspace: g.ws.ID, Perms: access.All &^ access.SettingsWrite}, w); errs.KindOf(err) != errs.Denied {
			t.Errorf("without permission: %v", err)
		}
		by := access.Actor{Workspace: g.ws.ID, Name: "person:" + string(g.admin.ID), Perms: access.All}
		if err := g.svc.Settings(t.Context(), by, w); err != nil {
			t.Fatal(err)
		}
		if err := g.svc.Settings(t.Context(), by, w); errs.KindOf(err) != errs.Conflict {
			t.Errorf("on older settings: %v", err)
		}
	})
}
