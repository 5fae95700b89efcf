package join_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
	"involt/internal/flow/join"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

func TestACodeGivesAccessAtOnce(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		c, code := k.code(nil)
		lena := k.driver("lena@example.com", person.Active)
		if got := k.tap(lena.uid, k.harbour); got != decision.NotThisPlace {
			t.Errorf("before: %s", got)
		}
		// As people type it.
		typed := " " + strings.ToLower(strings.NewReplacer("0", "o", "1", "l").Replace(joincode.Grouped(code)))
		got := k.mustJoin(lena, typed)
		if got.Waiting || got.Person != lena.by.Person || got.Place() != "Harbour" {
			t.Errorf("%+v", got)
		}
		if r := k.tap(lena.uid, k.harbour); r != decision.Allowed {
			t.Errorf("after: %s", r)
		}
		if r := k.tap(lena.uid, k.yard); r != decision.NotThisPlace {
			t.Errorf("elsewhere: %s", r)
		}
		k.mustJoin(lena, code) // a second tap changes nothing
		if c = k.again(c); c.Uses != 1 {
			t.Errorf("used %d times", c.Uses)
		}
		page, err := k.zones.Members(t.Context(), k.admin, k.harbour.ID, browse.Paging{})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Name != "Lena Vogel" || page.Rows[0].Code != c.ID || page.Rows[0].Since.IsZero() {
			t.Errorf("members: %+v, %v", page.Rows, err)
		}
		if got := strings.Join(k.events(lena.by.Person), " "); got != "zone.joined" {
			t.Errorf("the journal: %s", got)
		}
	})
}

func TestACodeOpensAMembersOnlyZone(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		k.update(func(tx *db.Tx) error {
			w, err := workspace.ByID(tx, k.ws.ID)
			if err != nil {
				return err
			}
			w.AccessMode = workspace.Everyone
			return workspace.Save(tx, &w)
		})
		lena := k.driver("lena@example.com", person.Active)
		if r := k.tap(lena.uid, k.harbour); r != decision.Allowed {
			t.Errorf("where everyone may: %s", r)
		}
		if err := k.svc.MembersOnly(t.Context(), k.admin, k.harbour.ID, true); err != nil {
			t.Fatal(err)
		}
		if r := k.tap(lena.uid, k.harbour); r != decision.NotThisPlace {
			t.Errorf("members only: %s", r)
		}
		_, code := k.code(nil)
		k.mustJoin(lena, code)
		if r := k.tap(lena.uid, k.harbour); r != decision.Allowed {
			t.Errorf("as a member: %s", r)
		}
		noPlaces := k.admin
		noPlaces.Perms = access.PeopleWrite
		wantKind(t, k.svc.MembersOnly(t.Context(), noPlaces, k.harbour.ID, false), errs.Denied, "without the permission")
	})
}

func TestTheOptionsOfACode(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		inADay := time.Now().Add(24 * time.Hour)
		lena := k.driver("lena@north.example", person.Active)
		g := k.group("Guests")
		for _, tc := range []struct {
			name   string
			change func(*joincode.Code)
			said   []string
			ok     bool
			kind   errs.Kind
			then   func(join.Joined)
		}{
			{name: "approval", change: func(c *joincode.Code) { c.Approval = true }, ok: true, then: func(j join.Joined) {
				if !j.Waiting || k.tap(lena.uid, k.harbour) == decision.Allowed {
					t.Error("approval: in at once")
				}
			}},
			{name: "their domain", change: func(c *joincode.Code) { c.Domains = mail.Domains{"north.example"} }, ok: true},
			{name: "another domain", change: func(c *joincode.Code) { c.Domains = mail.Domains{"south.example"} }, kind: errs.Denied},
			{name: "an answer", change: func(c *joincode.Code) { c.Questions = []string{"Flat?"} }, said: []string{" 12 b "}, ok: true},
			{name: "no answer", change: func(c *joincode.Code) { c.Questions = []string{"Flat?", "Plate?"} }, said: []string{"12 b"}, kind: errs.Invalid},
			{name: "a group", change: func(c *joincode.Code) { c.Location, c.Group = "", g.ID }, ok: true, then: func(join.Joined) {
				if !k.inGroup(g, lena.by.Person) {
					t.Error("a group: not in it")
				}
			}},
			{name: "not yet", change: func(c *joincode.Code) { c.Location, c.From = k.yard.ID, inADay }, ok: true, then: func(join.Joined) {
				if r := k.tap(lena.uid, k.yard); r != decision.NotThisTime {
					t.Errorf("access that begins tomorrow: %s", r)
				}
				k.ahead.Store(int64(25 * time.Hour))
				if r := k.tap(lena.uid, k.yard); r != decision.Allowed {
					t.Errorf("access that has begun: %s", r)
				}
				k.ahead.Store(0)
			}},
			{name: "expired", change: func(c *joincode.Code) { c.Expires = inADay; k.ahead.Store(0) }, kind: errs.Gone, said: []string{"later"}},
			{name: "access over", change: func(c *joincode.Code) { c.Until = inADay }, kind: errs.Gone, said: []string{"later"}},
		} {
			c, code := k.code(tc.change)
			if len(tc.said) == 1 && tc.said[0] == "later" {
				k.ahead.Store(int64(24*time.Hour + time.Second))
			}
			got, err := k.join(lena, code, tc.said...)
			k.ahead.Store(0)
			switch {
			case tc.ok && err != nil:
				t.Errorf("%s: %v", tc.name, err)
				continue
			case !tc.ok:
				wantKind(t, err, tc.kind, tc.name)
			}
			if want := map[bool]int64{true: 1}[tc.ok]; k.again(c).Uses != want {
				t.Errorf("%s: used %d times", tc.name, k.again(c).Uses)
			}
			if tc.then != nil {
				tc.then(got)
			}
		}
	})
}

func TestOptionsAreCheckedAtTheirFields(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		past := time.Now().Add(-time.Hour)
		for field, c := range map[string]joincode.Code{
			"location":     {},
			"name":         {Location: k.harbour.ID, Name: strings.Repeat("x", 101)},
			"max_uses":     {Location: k.harbour.ID, MaxUses: -1},
			"expires":      {Location: k.harbour.ID, Expires: past},
			"access_until": {Location: k.harbour.ID, Until: past},
			"questions":    {Location: k.harbour.ID, Questions: []string{"1", "2", "3", "4", "5", "6"}},
			"group":        {Group: id.New[id.Group]()},
		} {
			_, err := k.svc.Make(t.Context(), k.admin, c)
			e, _ := fieldOf(err)
			if e != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		_, err := k.svc.Make(t.Context(), k.admin, joincode.Code{Location: id.New[id.Location]()})
		if e, _ := fieldOf(err); e != "location" {
			t.Errorf("a location that is not there: %v", err)
		}
		weak := access.Actor{Workspace: k.ws.ID, Name: "key:x", Perms: access.All &^ access.PeopleWrite}
		c, code := k.code(nil)
		_, err = k.svc.Make(t.Context(), weak, joincode.Code{Location: k.harbour.ID})
		wantKind(t, err, errs.Denied, "making")
		_, err = k.svc.Change(t.Context(), weak, c)
		wantKind(t, err, errs.Denied, "changing")
		wantKind(t, k.svc.Enable(t.Context(), weak, c.ID, false), errs.Denied, "switching")
		_, err = k.svc.Rotate(t.Context(), weak, c.ID)
		wantKind(t, err, errs.Denied, "rotating")
		_, err = k.svc.Show(t.Context(), weak, c.ID)
		wantKind(t, err, errs.Denied, "seeing the code")
		wantKind(t, k.svc.Remove(t.Context(), weak, k.harbour.ID, k.admin.Person, join.Also{}), errs.Denied, "removing")
		_, err = k.svc.Answer(t.Context(), weak, []id.Joining{id.New[id.Joining]()}, true, "")
		wantKind(t, err, errs.Denied, "answering")
		elsewhere := access.Actor{Workspace: id.New[id.Workspace](), Name: "key:x", Perms: access.All}
		_, err = k.svc.Show(t.Context(), elsewhere, c.ID)
		wantKind(t, err, errs.NotFound, "of another workspace")
		k.update(func(tx *db.Tx) error {
			rows, err := db.All(tx, db.Text[string], `SELECT code_hash || id || name FROM join_code UNION ALL SELECT COALESCE(value, '') FROM journal_value`)
			if err == nil && strings.Contains(strings.Join(rows, " "), code) {
				t.Error("the database holds the code in the clear")
			}
			return nil
		})
	})
}

func fieldOf(err error) (string, bool) {
	var found string
	var walk func(error)
	walk = func(err error) {
		switch v := err.(type) { //nolint:errorlint // it is taken apart here
		case *errs.Error:
			if found == "" {
				found = v.Field
			}
		case interface{ Unwrap() []error }:
			for _, e := range v.Unwrap() {
				walk(e)
			}
		case interface{ Unwrap() error }:
			walk(v.Unwrap())
		}
	}
	walk(err)
	return found, found != ""
}

func TestNoMoreComeThanMay(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		c, code := k.code(func(c *joincode.Code) { c.MaxUses = 7 })
		drivers := make([]driver, 20)
		for i := range drivers {
			drivers[i] = k.driver(fmt.Sprintf("d%d@example.com", i), person.Active)
		}
		got := together(len(drivers), func(i int) error {
			_, err := k.svc.Join(t.Context(), code, nil, drivers[i].login, "192.0.2.1")
			return err
		})
		if got.ok != 7 || got.kinds[errs.Gone] != 13 || k.again(c).Uses != 7 {
			t.Errorf("%+v, %d uses", got, k.again(c).Uses)
		}
	})
}

func TestOneDriverJoinsOnce(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		c, code := k.code(nil)
		lena := k.driver("lena@example.com", person.Active)
		got := together(8, func(int) error {
			_, err := k.svc.Join(t.Context(), code, nil, lena.login, "192.0.2.1")
			return err
		})
		if got.ok == 0 || k.again(c).Uses != 1 {
			t.Errorf("%+v, %d uses", got, k.again(c).Uses)
		}
		k.update(func(tx *db.Tx) error {
			list, err := grant.OfPerson(tx, k.ws.ID, lena.by.Person)
			if len(list) != 1 {
				t.Errorf("%d grants", len(list))
			}
			return err
		})
	})
}

func TestRotatingAndSwitchingOffKeepTheMembers(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		c, old := k.code(nil)
		lena, max := k.driver("lena@example.com", person.Active), k.driver("max@example.com", person.Active)
		k.mustJoin(lena, old)
		fresh, err := k.svc.Rotate(t.Context(), k.admin, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		code := fresh.Secret(k.svc.Keys)
		if code == old {
			t.Fatal("the code is the same")
		}
		_, err = k.join(max, old)
		wantKind(t, err, errs.NotFound, "the old code")
		if r := k.tap(lena.uid, k.harbour); r != decision.Allowed {
			t.Errorf("a member after rotating: %s", r)
		}
		if err := k.svc.Enable(t.Context(), k.admin, c.ID, false); err != nil {
			t.Fatal(err)
		}
		_, err = k.join(max, code)
		wantKind(t, err, errs.Gone, "switched off")
		if r := k.tap(lena.uid, k.harbour); r != decision.Allowed {
			t.Errorf("a member after switching off: %s", r)
		}
		if err := k.svc.Enable(t.Context(), k.admin, c.ID, true); err != nil {
			t.Fatal(err)
		}
		k.mustJoin(max, code)
		stale := c
		_, err = k.svc.Change(t.Context(), k.admin, stale)
		wantKind(t, err, errs.Conflict, "a change of an older version")
	})
}
