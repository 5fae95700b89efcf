package join_test

import (
	"slices"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/join"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// parts are those who have a part of the town.
type parts struct {
	harbour, yard, crew, looks, pays access.Actor
	group                            id.Group
}

func (k *town) parts() (p parts) {
	k.t.Helper()
	g := k.group("Crew")
	p.group = g.ID
	p.harbour = k.at("harbour@north.example", "fleet-manager", access.Scope{Kind: access.AtLocation, ID: string(k.harbour.ID)})
	p.yard = k.at("yard@north.example", "fleet-manager", access.Scope{Kind: access.AtLocation, ID: string(k.yard.ID)})
	p.crew = k.at("crew@north.example", "fleet-manager", access.Scope{Kind: access.InGroup, ID: string(g.ID)})
	p.looks = k.at("looks@north.example", "viewer", access.Scope{Kind: access.AtLocation, ID: string(k.harbour.ID)})
	p.pays = k.at("pays@north.example", access.AccountOwner, access.Scope{Kind: access.InAccount, ID: "none"})
	return p
}

func TestWhoeverHasAZoneKeepsItsCodes(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		p := k.parts()
		c, err := k.svc.Make(t.Context(), p.harbour, joincode.Code{Location: k.harbour.ID})
		if err != nil {
			t.Fatal(err)
		}
		if o, err := k.svc.Show(t.Context(), p.harbour, c.ID); err != nil || o.Place() != "Harbour" {
			t.Errorf("%+v, %v", o, err)
		}
		if c, err = k.svc.Rotate(t.Context(), p.harbour, c.ID); err != nil {
			t.Fatal(err)
		}
		if err := k.svc.Enable(t.Context(), p.harbour, c.ID, false); err != nil {
			t.Fatal(err)
		}
		if c = k.again(c); c.Enabled || c.Generation != 2 {
			t.Errorf("%+v", c)
		}
		c.Name, c.Enabled = "Gate", true
		if _, err = k.svc.Change(t.Context(), p.harbour, c); err != nil {
			t.Fatal(err)
		}
		list, err := k.zones.Codes(t.Context(), p.harbour, k.harbour.ID)
		if err != nil || len(list) != 1 || list[0].Name != "Gate" || list[0].Zone != "Harbour" {
			t.Errorf("%+v, %v", list, err)
		}
		// Whoever has a group keeps its codes.
		g, err := k.svc.Make(t.Context(), p.crew, joincode.Code{Group: p.group})
		if err != nil {
			t.Fatal(err)
		}
		if list, err = k.zones.Codes(t.Context(), p.crew, ""); err != nil || len(list) != 1 || list[0].ID != g.ID || list[0].GroupIs != "Crew" {
			t.Errorf("%+v, %v", list, err)
		}
		if groups, err := k.zones.Groups(t.Context(), p.crew); err != nil || len(groups) != 1 {
			t.Errorf("%+v, %v", groups, err)
		}
		if groups, err := k.zones.Groups(t.Context(), p.harbour); err != nil || len(groups) != 0 {
			t.Errorf("offered: %+v, %v", groups, err)
		}
	})
}

func TestThreatR25CodesOfOthersAreNotThere(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		p := k.parts()
		zone, _ := k.code(nil)
		both, _ := k.code(func(c *joincode.Code) { c.Group = p.group })
		crew, _ := k.code(func(c *joincode.Code) { c.Location, c.Group = "", p.group })
		for _, x := range []struct {
			who    string
			by     access.Actor
			code   joincode.Code
			reads  bool // the list shows it
			denied bool // has not the permission anywhere
		}{
			{"the yard's", p.yard, zone, false, false},
			{"the yard's", p.yard, both, false, false},
			{"the yard's", p.yard, crew, false, false},
			{"the harbour's", p.harbour, both, true, false},
			{"the harbour's", p.harbour, crew, false, false},
			{"the group's", p.crew, zone, false, false},
			{"the group's", p.crew, both, false, false},
			{"an onlooker", p.looks, zone, true, true},
			{"an onlooker", p.looks, crew, false, true},
			{"a customer", p.pays, zone, false, true},
		} {
			want := errs.NotFound
			if x.denied {
				want = errs.Denied
			}
			_, err := k.svc.Show(t.Context(), x.by, x.code.ID)
			wantKind(t, err, want, x.who+" sees the code")
			_, err = k.svc.Rotate(t.Context(), x.by, x.code.ID)
			wantKind(t, err, want, x.who+" rotates it")
			wantKind(t, k.svc.Enable(t.Context(), x.by, x.code.ID, false), want, x.who+" switches it off")
			changed := x.code
			changed.Name = "mine"
			_, err = k.svc.Change(t.Context(), x.by, changed)
			wantKind(t, err, want, x.who+" changes it")
			if now := k.again(x.code); !now.Enabled || now.Generation != x.code.Generation || now.Name != "" {
				t.Errorf("%s has changed %+v", x.who, now)
			}
			list, err := k.zones.Codes(t.Context(), x.by, "")
			if x.who == "a customer" {
				if err == nil && len(list) > 0 {
					t.Errorf("a customer sees %+v", list)
				}
				continue
			}
			i := slices.IndexFunc(list, func(c zones.Code) bool { return c.ID == x.code.ID })
			if err != nil || i >= 0 != x.reads {
				t.Errorf("%s lists it: %v, %v", x.who, i >= 0, err)
			}
			if i >= 0 && list[i].GroupIs != "" {
				t.Errorf("%s reads of the group %q", x.who, list[i].GroupIs)
			}
			if _, err := k.zones.Code(t.Context(), x.by, x.code.ID); (err == nil) != x.reads {
				t.Errorf("%s reads it: %v", x.who, err)
			}
		}
		for what, c := range map[string]joincode.Code{"another zone": {Location: k.yard.ID}, "a group": {Group: p.group}, "their zone with a group": {Location: k.harbour.ID, Group: p.group}} {
			_, err := k.svc.Make(t.Context(), p.harbour, c)
			wantKind(t, err, errs.Invalid, "a code for "+what)
		}
		_, err := k.svc.Make(t.Context(), p.looks, joincode.Code{Location: k.harbour.ID})
		wantKind(t, err, errs.Denied, "an onlooker makes one")
		_, err = k.zones.Codes(t.Context(), p.harbour, k.yard.ID)
		wantKind(t, err, errs.NotFound, "the list of another zone")
	})
}

func TestThreatR25MembersOfOtherZonesAreNotThere(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		p := k.parts()
		_, harbour := k.code(nil)
		_, yard := k.code(func(c *joincode.Code) { c.Location = k.yard.ID })
		lena, tom := k.driver("lena@example.com", person.Active), k.driver("tom@example.com", person.Active)
		k.mustJoin(lena, harbour)
		k.mustJoin(tom, yard)
		page, err := k.zones.Members(t.Context(), p.harbour, k.harbour.ID, browse.Paging{})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Name != "Lena Vogel" || page.Total != 1 || !page.Rows[0].Opens {
			t.Errorf("%+v, %v", page, err)
		}
		if page, err = k.zones.Members(t.Context(), p.looks, k.harbour.ID, browse.Paging{}); err != nil || len(page.Rows) != 1 || page.Rows[0].Name == "Lena Vogel" || page.Rows[0].Opens {
			t.Errorf("masked: %+v, %v", page, err)
		}
		_, err = k.zones.Members(t.Context(), p.harbour, k.yard.ID, browse.Paging{})
		wantKind(t, err, errs.NotFound, "another zone")
		_, err = k.zones.Member(t.Context(), p.harbour, k.yard.ID, tom.by.Person)
		wantKind(t, err, errs.NotFound, "somebody there")
		_, err = k.svc.Ways(t.Context(), p.harbour, k.yard.ID, tom.by.Person)
		wantKind(t, err, errs.NotFound, "their ways")
		_, err = k.zones.Members(t.Context(), p.crew, k.harbour.ID, browse.Paging{})
		wantKind(t, err, errs.NotFound, "a zone, for whoever has a group")

		for _, x := range []struct {
			who  string
			by   access.Actor
			zone id.Location
			of   driver
			also join.Also
			want errs.Kind
		}{
			{"from another zone", p.harbour, k.yard.ID, tom, join.Also{}, errs.NotFound},
			{"somebody else's user", p.harbour, k.harbour.ID, tom, join.Also{}, errs.NotFound},
			{"and from a group of others", p.harbour, k.harbour.ID, lena, join.Also{Groups: []id.Group{p.group}}, errs.NotFound},
			{"and shuts the location", p.harbour, k.harbour.ID, lena, join.Also{MembersOnly: true}, errs.Denied},
			{"an onlooker", p.looks, k.harbour.ID, lena, join.Also{}, errs.Denied},
			{"by a group", p.crew, k.harbour.ID, lena, join.Also{}, errs.NotFound},
		} {
			wantKind(t, k.svc.Remove(t.Context(), x.by, x.zone, x.of.by.Person, x.also), x.want, "removes "+x.who)
		}
		wantKind(t, k.svc.MembersOnly(t.Context(), p.harbour, k.harbour.ID, true), errs.Denied, "members only")
		if k.tap(lena.uid, k.harbour) != decision.Allowed || k.tap(tom.uid, k.yard) != decision.Allowed {
			t.Fatal("a refusal has removed somebody")
		}
		if err := k.svc.Remove(t.Context(), p.harbour, k.harbour.ID, lena.by.Person, join.Also{}); err != nil {
			t.Fatal(err)
		}
		if r := k.tap(lena.uid, k.harbour); r != decision.NotThisPlace {
			t.Errorf("after the removal: %s", r)
		}
	})
}

// What lets a removed user charge all the same is said, and named as far as it is
// the reader's.
func TestWaysBeyondAPartAreCountedAndNotNamed(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		p := k.parts()
		_, code := k.code(nil)
		lena := k.driver("lena@example.com", person.Active)
		k.mustJoin(lena, code)
		g := k.group("Others")
		k.update(func(tx *db.Tx) error {
			return grant.Insert(tx, &grant.Grant{Workspace: k.ws.ID, Group: g.ID, Location: k.harbour.ID})
		})
		k.putInto(g.ID, lena.by.Person)
		o, err := k.svc.Ways(t.Context(), p.harbour, k.harbour.ID, lena.by.Person)
		if err != nil || o.Beyond != 1 || len(o.Groups) != 0 {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

func TestThreatR25RequestsAreAnsweredWhereTheyBelong(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		p := k.parts()
		wait := func(c *joincode.Code) { c.Approval = true }
		_, harbour := k.code(wait)
		_, both := k.code(func(c *joincode.Code) { c.Approval, c.Group = true, p.group })
		_, yard := k.code(func(c *joincode.Code) { c.Approval, c.Location = true, k.yard.ID })
		lena := k.driver("lena@example.com", person.Active)
		for _, code := range []string{harbour, both, yard} {
			k.mustJoin(lena, code)
		}
		all, err := k.zones.Requests(t.Context(), k.admin, "")
		if err != nil || len(all) != 3 {
			t.Fatalf("%+v, %v", all, err)
		}
		for who, x := range map[string]struct {
			by   access.Actor
			want int
		}{"harbour": {p.harbour, 1}, "yard": {p.yard, 1}, "crew": {p.crew, 0}, "looks": {p.looks, 1}} {
			list, err := k.zones.Requests(t.Context(), x.by, "")
			n, err2 := k.zones.Waiting(t.Context(), x.by)
			if err != nil || err2 != nil || len(list) != x.want || int(n) != x.want {
				t.Errorf("%s: %+v, %d, %v, %v", who, list, n, err, err2)
			}
		}
		mine, err := k.zones.Requests(t.Context(), p.harbour, k.harbour.ID)
		if err != nil || len(mine) != 1 || mine[0].Place != "Harbour" || mine[0].Name != "Lena Vogel" {
			t.Fatalf("%+v, %v", mine, err)
		}
		for _, q := range all {
			if q.ID == mine[0].ID {
				continue
			}
			_, err := k.svc.Answer(t.Context(), p.harbour, []id.Joining{q.ID}, true, "")
			wantKind(t, err, errs.NotFound, "answers for "+q.Place)
			// One that is not theirs stops the others with it.
			_, err = k.svc.Answer(t.Context(), p.harbour, []id.Joining{mine[0].ID, q.ID}, true, "")
			wantKind(t, err, errs.NotFound, "answers it beside their own")
		}
		_, err = k.svc.Answer(t.Context(), p.looks, []id.Joining{mine[0].ID}, true, "")
		wantKind(t, err, errs.Denied, "an onlooker answers")
		if k.tap(lena.uid, k.harbour) == decision.Allowed {
			t.Fatal("a refused answer let somebody in")
		}
		if n, err := k.svc.Answer(t.Context(), p.harbour, []id.Joining{mine[0].ID}, true, "Welcome"); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if k.tap(lena.uid, k.harbour) != decision.Allowed {
			t.Error("approved, and refused")
		}
	})
}

func TestThreatR25NewcomersAreDecidedAboutWhereTheyCame(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		p := k.parts()
		lists := &browse.Service{DB: k.d}
		c, _ := k.code(func(c *joincode.Code) { c.Approval = true })
		_, yard := k.code(func(c *joincode.Code) { c.Approval, c.Location = true, k.yard.ID })
		come := func(email string, c joincode.Code) person.Person {
			t.Helper()
			if err := k.apply(c, email); err != nil {
				t.Fatal(err)
			}
			one, err := k.confirm(k.token(email))
			if err != nil {
				t.Fatal(err)
			}
			return one
		}
		k.register(nil)
		nia, bob, rob, max := come("nia@example.com", c), come("bob@example.com", c), come("rob@example.com", joincode.Code{}), come("max@example.com", c)
		// Max wants the yard, too: that is not the harbour's to decide about.
		other := k.secret(yard)
		k.update(func(tx *db.Tx) error {
			return joincode.Enter(tx, &joincode.Joining{Workspace: k.ws.ID, Code: other.ID, Person: max.ID, State: joincode.Waiting})
		})
		waits := func(by access.Actor) (list []id.Person) {
			t.Helper()
			page, err := lists.Approvals(t.Context(), by, false, browse.Paging{})
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range page.Rows {
				list = append(list, a.ID)
			}
			if n, err := lists.Waiting(t.Context(), by); err != nil || int(n) != len(list) || int(page.Waiting) != len(list) || int(page.Total) != len(list) {
				t.Errorf("counts %d, %d, %d for %d rows, %v", n, page.Waiting, page.Total, len(list), err)
			}
			return list
		}
		if got := waits(p.harbour); !slices.Equal(got, []id.Person{nia.ID, bob.ID}) {
			t.Errorf("the harbour's: %v", got)
		}
		for name, by := range map[string]access.Actor{"yard": p.yard, "crew": p.crew} {
			if got := waits(by); len(got) != 0 {
				t.Errorf("%s: %v", name, got)
			}
		}
		if got := waits(k.admin); len(got) != 4 {
			t.Errorf("all: %v", got)
		}
		for what, one := range map[string]person.Person{"who registered": rob, "who wants more": max} {
			_, err := lists.Approval(t.Context(), p.harbour, one.ID)
			wantKind(t, err, errs.NotFound, what+" is shown")
			wantKind(t, k.onboard.Approve(t.Context(), p.harbour, one.ID, ""), errs.NotFound, what+" is approved")
			wantKind(t, k.onboard.Decline(t.Context(), p.harbour, one.ID, ""), errs.NotFound, what+" is declined")
		}
		wantKind(t, k.onboard.Approve(t.Context(), p.yard, nia.ID, ""), errs.NotFound, "another zone's newcomer")
		wantKind(t, k.onboard.Approve(t.Context(), p.looks, nia.ID, ""), errs.Denied, "an onlooker approves")
		for _, one := range []person.Person{nia, bob, rob, max} {
			if k.person(one.ID).Status != person.ToBeApproved {
				t.Fatalf("a refusal has decided about %s", one.Email)
			}
		}
		if a, err := lists.Approval(t.Context(), p.harbour, nia.ID); err != nil || a.Name != "Nia New" {
			t.Errorf("%+v, %v", a, err)
		}
		if err := k.onboard.Approve(t.Context(), p.harbour, nia.ID, ""); err != nil {
			t.Fatal(err)
		}
		if err := k.onboard.Decline(t.Context(), p.harbour, bob.ID, "Not here"); err != nil {
			t.Fatal(err)
		}
		if k.person(nia.ID).Status != person.Active || k.tap(k.card(nia.ID), k.harbour) != decision.Allowed || k.person(bob.ID).Status != person.Declined {
			t.Error("what was decided has not happened")
		}
		wantKind(t, k.onboard.Approve(t.Context(), p.harbour, nia.ID, ""), errs.NotFound, "decided about already")
		page, err := lists.Approvals(t.Context(), p.harbour, true, browse.Paging{})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != bob.ID || page.Rows[0].Answer != "Not here" {
			t.Errorf("declined: %+v, %v", page.Rows, err)
		}
		if page, err = lists.Approvals(t.Context(), p.yard, true, browse.Paging{}); err != nil || len(page.Rows) != 0 {
			t.Errorf("declined, elsewhere: %+v, %v", page.Rows, err)
		}
	})
}

// secret finds a code as somebody typed it.
func (k *town) secret(typed string) (c joincode.Code) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		c, err = joincode.BySecret(tx, k.svc.Keys, typed)
		return err
	})
	return c
}
