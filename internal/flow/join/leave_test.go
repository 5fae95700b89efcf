package join_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/flow/join"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

func TestAMemberIsRemoved(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		guests := k.group("Guests")
		c, code := k.code(func(c *joincode.Code) { c.Group = guests.ID })
		lena := k.driver("lena@example.com", person.Active)
		k.mustJoin(lena, code)
		k.update(func(tx *db.Tx) error { // and by staff, at one charger
			return grant.Insert(tx, &grant.Grant{Workspace: k.ws.ID, Person: lena.by.Person, Charger: k.charger[k.harbour.ID].ID})
		})
		if !k.inGroup(guests, lena.by.Person) || k.tap(lena.uid, k.harbour) != decision.Allowed {
			t.Fatal("not in")
		}
		if err := k.svc.Remove(t.Context(), k.admin, k.harbour.ID, lena.by.Person, join.Also{}); err != nil {
			t.Fatal(err)
		}
		if r := k.tap(lena.uid, k.harbour); r != decision.NotThisPlace || k.inGroup(guests, lena.by.Person) {
			t.Errorf("after the removal: %s, in the group: %v", r, k.inGroup(guests, lena.by.Person))
		}
		wantKind(t, k.svc.Remove(t.Context(), k.admin, k.harbour.ID, lena.by.Person, join.Also{}), errs.NotFound, "twice")
		// Whoever was removed does not come back by the poster alone.
		got, err := k.join(lena, code)
		if err != nil || !got.Waiting || k.tap(lena.uid, k.harbour) == decision.Allowed {
			t.Errorf("%+v, %v", got, err)
		}
		waiting, err := k.zones.Requests(t.Context(), k.admin, "")
		if err != nil || len(waiting) != 1 {
			t.Fatalf("%+v, %v", waiting, err)
		}
		if n, err := k.svc.Answer(t.Context(), k.admin, []id.Joining{waiting[0].ID}, true, "Sorry"); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if r := k.tap(lena.uid, k.harbour); r != decision.Allowed {
			t.Errorf("let in again: %s", r)
		}
		if got := strings.Join(k.events(lena.by.Person), " "); got != "group.member-added zone.joined group.member-removed zone.member-removed zone.requested group.member-added zone.approved" {
			t.Errorf("the journal: %s", got)
		}
		if n := k.again(c).Uses; n != 2 {
			t.Errorf("%d uses", n)
		}
	})
}

func TestARemovalCanTakeWhatElseLetsThemIn(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		lena := k.driver("lena@example.com", person.Active)
		_, code := k.code(nil)
		k.mustJoin(lena, code)
		here, both, other := k.group("Here"), k.group("Both"), k.group("Other")
		k.update(func(tx *db.Tx) error {
			for _, g := range []grant.Grant{{Group: here.ID, Location: k.harbour.ID}, {Group: both.ID, Charger: k.charger[k.harbour.ID].ID}, {Group: both.ID, Location: k.yard.ID}, {Group: other.ID, Location: k.yard.ID}} {
				g.Workspace = k.ws.ID
				if err := grant.Insert(tx, &g); err != nil {
					return err
				}
			}
			return nil
		})
		for _, g := range []id.Group{here.ID, both.ID, other.ID} {
			k.putInto(g, lena.by.Person)
		}
		ways, err := k.svc.Ways(t.Context(), k.admin, k.harbour.ID, lena.by.Person)
		if err != nil || ways.Everywhere || ways.Beyond != 0 || len(ways.Groups) != 2 {
			t.Fatalf("%+v, %v", ways, err)
		}
		for _, w := range ways.Groups {
			if w.Here != (w.Group.ID == here.ID) {
				t.Errorf("%+v", w)
			}
		}
		if err := k.svc.Remove(t.Context(), k.admin, k.harbour.ID, lena.by.Person, join.Also{Groups: []id.Group{here.ID}}); err != nil {
			t.Fatal(err)
		}
		if k.inGroup(here, lena.by.Person) || k.tap(lena.uid, k.harbour) != decision.Allowed { // the other group still opens it
			t.Error("more or less was taken than was asked for")
		}
		if err := k.svc.Remove(t.Context(), k.admin, k.harbour.ID, lena.by.Person, join.Also{Groups: []id.Group{both.ID}, MembersOnly: true}); err != nil {
			t.Fatal(err)
		}
		if r := k.tap(lena.uid, k.harbour); r != decision.NotThisPlace {
			t.Errorf("%s", r)
		}
		k.update(func(tx *db.Tx) error {
			l, err := site.LocationByID(tx, k.ws.ID, k.harbour.ID)
			if !l.MembersOnly {
				t.Error("not for members only")
			}
			return err
		})
	})
}

func (k *town) putInto(g id.Group, who id.Person) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO group_member (workspace, user_group, person, since) VALUES (?, ?, ?, 1)`, k.ws.ID, g, who)
		if err != nil {
			return err
		}
		return recordGroup(tx, k, who)
	})
}

func TestADriverLeaves(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		lena, max := k.driver("lena@example.com", person.Active), k.driver("max@example.com", person.Active)
		_, code := k.code(nil)
		guests := k.group("Guests")
		_, groupCode := k.code(func(c *joincode.Code) { c.Location, c.Group = "", guests.ID })
		for _, v := range []driver{lena, max} {
			k.mustJoin(v, code)
			k.mustJoin(v, groupCode)
		}
		mine, err := k.zones.Mine(t.Context(), lena.by)
		if err != nil || len(mine) != 2 || mine[0].Name != "Guests" || mine[0].Zone != "" || mine[1].Zone != k.harbour.ID || mine[1].Joining != "" {
			t.Fatalf("%+v, %v", mine, err)
		}
		wantKind(t, k.svc.LeaveGroup(t.Context(), max.by, mine[0].Joining), errs.NotFound, "somebody else's")
		if err := k.svc.Leave(t.Context(), lena.by, k.harbour.ID); err != nil {
			t.Fatal(err)
		}
		if err := k.svc.LeaveGroup(t.Context(), lena.by, mine[0].Joining); err != nil {
			t.Fatal(err)
		}
		if k.tap(lena.uid, k.harbour) != decision.NotThisPlace || k.inGroup(guests, lena.by.Person) {
			t.Error("still in")
		}
		if k.tap(max.uid, k.harbour) != decision.Allowed || !k.inGroup(guests, max.by.Person) {
			t.Error("somebody else left")
		}
		wantKind(t, k.svc.Leave(t.Context(), lena.by, k.harbour.ID), errs.NotFound, "twice")
		wantKind(t, k.svc.Leave(t.Context(), access.Actor{Workspace: k.ws.ID, Name: "key:x", Perms: access.All}, k.harbour.ID), errs.Denied, "a program")
		if mine, err = k.zones.Mine(t.Context(), lena.by); err != nil || len(mine) != 0 {
			t.Errorf("%+v, %v", mine, err)
		}
		if got := k.mustJoin(lena, code); got.Waiting { // who left by themselves may come back
			t.Errorf("%+v", got)
		}
	})
}

func TestStaffAnswerMany(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		c, code := k.code(func(c *joincode.Code) { c.Approval = true })
		var all []driver
		for i := range 3 {
			all = append(all, k.driver(fmt.Sprintf("d%d@example.com", i), person.Active))
			k.mustJoin(all[i], code)
		}
		list, err := k.zones.Requests(t.Context(), k.admin, k.harbour.ID)
		if err != nil || len(list) != 3 || list[0].Person != all[0].by.Person || list[0].Place != "Harbour" {
			t.Fatalf("%+v, %v", list, err)
		}
		if n, err := k.svc.Answer(t.Context(), k.admin, []id.Joining{list[0].ID, list[1].ID}, true, "Welcome, see www.elsewhere.example"); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		if n, err := k.svc.Answer(t.Context(), k.admin, []id.Joining{list[0].ID, list[2].ID}, false, "Full"); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		k.runJobs()
		for i, want := range []decision.Reason{decision.Allowed, decision.Allowed, decision.NotThisPlace} {
			if r := k.tap(all[i].uid, k.harbour); r != want {
				t.Errorf("driver %d: %s", i, r)
			}
		}
		m := k.mailsTo("d0@example.com")
		if len(m) != 1 || m[0].Subject != "You may charge at Harbour" || !strings.Contains(m[0].Text, "Northgrid writes") || strings.Contains(m[0].Text, "www.elsewhere") || !strings.Contains(m[0].Text, "https://charge.example/my?w=northgrid") {
			t.Errorf("%+v", m)
		}
		if m = k.mailsTo("d2@example.com"); len(m) != 1 || !strings.Contains(m[0].Subject, "declined") || !strings.Contains(m[0].Text, "Full") {
			t.Errorf("%+v", m)
		}
		if n := k.again(c).Uses; n != 2 { // the declined one was given back
			t.Errorf("%d uses", n)
		}
		_, err = k.svc.Answer(t.Context(), k.admin, nil, true, "")
		if f, _ := fieldOf(err); f != "requests" {
			t.Errorf("nobody: %v", err)
		}
		_, err = k.svc.Answer(t.Context(), k.admin, []id.Joining{list[0].ID}, true, strings.Repeat("x", 1001))
		if f, _ := fieldOf(err); f != "message" {
			t.Errorf("a long message: %v", err)
		}
	})
}

func TestWhoIsKnownBecomesWhatTheCodeMakesOfThem(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		_, atOnce := k.code(nil)
		_, asks := k.code(func(c *joincode.Code) { c.Approval = true })
		for _, tc := range []struct {
			from person.Status
			code string
			to   person.Status
			kind errs.Kind
		}{
			{person.Imported, atOnce, person.Active, 0},
			{person.Imported, asks, person.ToBeApproved, 0},
			{person.Invited, atOnce, person.Active, 0},
			{person.ToBeApproved, atOnce, person.Active, 0},
			{person.ToBeApproved, asks, person.ToBeApproved, 0},
			{person.Declined, atOnce, person.ToBeApproved, 0},
			{person.Deactivated, atOnce, person.Deactivated, errs.Denied},
		} {
			v := k.driver(fmt.Sprintf("%s-%d@example.com", tc.from, numbers.Add(1)), tc.from)
			got, err := k.join(v, tc.code)
			if tc.kind != 0 {
				wantKind(t, err, tc.kind, string(tc.from))
			} else if err != nil || got.Waiting != (tc.to != person.Active) {
				t.Errorf("%s: %+v, %v", tc.from, got, err)
			}
			if p := k.person(v.by.Person); p.Status != tc.to {
				t.Errorf("%s became %s, want %s", tc.from, p.Status, tc.to)
			}
			if r := k.tap(v.uid, k.harbour); (r == decision.Allowed) != (tc.to == person.Active) {
				t.Errorf("%s: a tap is answered %s", tc.from, r)
			}
		}
		// A login without a seat here gets one.
		who := k.login("far@example.com")
		if _, err := k.svc.Join(t.Context(), atOnce, nil, who, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		if p := k.byEmail("far@example.com"); p.Status != person.Active || p.Identity != who.ID {
			t.Errorf("%+v", p)
		}
		// One whose mailbox nobody has proven does not get another's seat.
		k.update(func(tx *db.Tx) error {
			return person.Insert(tx, &person.Person{Workspace: k.ws.ID, Email: "victim@example.com", Status: person.Imported})
		})
		impostor := k.login("victim@example.com")
		impostor.Verified = time.Time{}
		_, err := k.svc.Join(t.Context(), atOnce, nil, impostor, "192.0.2.1")
		wantKind(t, err, errs.Denied, "an unproven address")
	})
}

func TestADeletedGroupLeavesItsCodes(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		g := k.group("Guests")
		both, bothCode := k.code(func(c *joincode.Code) { c.Group = g.ID })
		alone, aloneCode := k.code(func(c *joincode.Code) { c.Location, c.Group = "", g.ID })
		if err := k.equip().DeleteGroup(t.Context(), k.admin, g.ID, "", ""); err != nil {
			t.Fatal(err)
		}
		lena := k.driver("lena@example.com", person.Active)
		k.mustJoin(lena, bothCode)
		_, err := k.join(lena, aloneCode)
		wantKind(t, err, errs.Gone, "a code of a group that is gone")
		if k.again(both).Group != "" || k.again(alone).Enabled {
			t.Error("the codes still lead into the group")
		}
		wantKind(t, k.svc.Enable(t.Context(), k.admin, alone.ID, true), errs.Conflict, "switching it on again")
		list, err := k.zones.Codes(t.Context(), k.admin, "")
		if err != nil || len(list) != 2 || !slices.ContainsFunc(list, func(c zoneCode) bool { return c.Zone == "Harbour" && c.Members == 1 }) {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
