package join_test

import (
	"testing"
	"time"

	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/join"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
)

// opening is a group that opens a place.
func (k *town) opening(name string, at id.Location) group.Group {
	k.t.Helper()
	g := k.group(name)
	k.update(func(tx *db.Tx) error {
		if err := grant.Insert(tx, &grant.Grant{Workspace: k.ws.ID, Group: g.ID, Location: at}); err != nil {
			return err
		}
		return journal.Record(tx, k.admin, "grant.created", journal.About("group", g.ID), nil)
	})
	return g
}

func (k *town) after(d time.Duration) {
	k.t.Helper()
	k.ahead.Add(int64(d))
	k.runJobs()
}

// A code's dates hold for its group as they do for its zone.
func TestMembershipOfACodesGroupBeginsAndEndsWithTheCodesAccess(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		k.post.Subscribe(join.Groups())
		g := k.opening("Summer", k.yard.ID)
		from, until := time.Now().Add(48*time.Hour), time.Now().Add(96*time.Hour)
		dated := func(at id.Location) func(c *joincode.Code) {
			return func(c *joincode.Code) { c.Location, c.Group, c.From, c.Until = at, g.ID, from, until }
		}
		_, alone := k.code(dated(""))
		_, both := k.code(dated(k.harbour.ID))
		lena, tom, old, gone := k.driver("lena@example.com", person.Active), k.driver("tom@example.com", person.Active), k.driver("old@example.com", person.Active), k.driver("gone@example.com", person.Active)
		k.putInto(g.ID, old.by.Person) // by staff, before
		k.mustJoin(lena, alone)
		k.mustJoin(tom, both)
		k.mustJoin(old, alone)
		left := k.mustJoin(gone, both)
		k.runJobs()
		for name, v := range map[string]driver{"lena": lena, "tom": tom} {
			if k.inGroup(g, v.by.Person) || k.tap(v.uid, k.yard) == decision.Allowed {
				t.Errorf("%s is in before it begins", name)
			}
		}
		if err := k.svc.Leave(t.Context(), gone.by, left.Zone.ID); err != nil {
			t.Fatal(err)
		}
		k.after(49 * time.Hour)
		for name, v := range map[string]driver{"lena": lena, "tom": tom} {
			if !k.inGroup(g, v.by.Person) || k.tap(v.uid, k.yard) != decision.Allowed {
				t.Errorf("%s is not in when it has begun", name)
			}
		}
		if k.inGroup(g, gone.by.Person) {
			t.Error("who left before it began came in")
		}
		k.after(48 * time.Hour)
		for name, v := range map[string]driver{"lena": lena, "tom": tom} {
			if k.inGroup(g, v.by.Person) || k.tap(v.uid, k.yard) == decision.Allowed {
				t.Errorf("%s is in after it has ended", name)
			}
		}
		if k.tap(tom.uid, k.harbour) == decision.Allowed {
			t.Error("the zone is open after it has ended")
		}
		if !k.inGroup(g, old.by.Person) {
			t.Error("who was in the group before was taken out of it")
		}
		if mine, err := k.zones.Mine(t.Context(), lena.by); err != nil || len(mine) != 0 {
			t.Errorf("what is over is listed: %+v, %v", mine, err)
		}
	})
}

func TestApprovalWithinTheCodesDates(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		g := k.opening("Summer", k.yard.ID)
		_, code := k.code(func(c *joincode.Code) {
			c.Location, c.Group, c.Approval, c.Until = "", g.ID, true, time.Now().Add(48*time.Hour)
		})
		lena := k.driver("lena@example.com", person.Active)
		k.mustJoin(lena, code)
		k.after(24 * time.Hour)
		list, err := k.zones.Requests(t.Context(), k.admin, "")
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		if _, err := k.svc.Answer(t.Context(), k.admin, []id.Joining{list[0].ID}, true, ""); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		if !k.inGroup(g, lena.by.Person) {
			t.Error("approved, and not in")
		}
		k.after(25 * time.Hour)
		if k.inGroup(g, lena.by.Person) {
			t.Error("in after it has ended")
		}
	})
}

// Staff who take somebody out of a group on its page have ended what led them
// there; a zone that came with it stays, and is left by itself.
func TestTakenOutOfAGroupOnItsPage(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		k.post.Subscribe(join.Groups())
		desk := &people.Service{DB: k.d}
		g := k.opening("Crew", k.yard.ID)
		k.opening("Rest", k.yard.ID)
		_, alone := k.code(func(c *joincode.Code) { c.Location, c.Group = "", g.ID })
		_, both := k.code(func(c *joincode.Code) { c.Group = g.ID })
		lena, tom := k.driver("lena@example.com", person.Active), k.driver("tom@example.com", person.Active)
		spare := k.group("Spare") // nobody is left without a group
		for _, v := range []driver{lena, tom} {
			k.putInto(spare.ID, v.by.Person)
		}
		k.mustJoin(lena, alone)
		k.mustJoin(tom, both)
		for _, v := range []driver{lena, tom} {
			if err := desk.RemoveFromGroup(t.Context(), k.admin, g.ID, v.by.Person); err != nil {
				t.Fatal(err)
			}
		}
		k.runJobs()
		if mine, err := k.zones.Mine(t.Context(), lena.by); err != nil || len(mine) != 0 {
			t.Errorf("lena's zones: %+v, %v", mine, err)
		}
		if got, err := k.join(lena, alone); err != nil || !got.Waiting {
			t.Errorf("removed by staff, and in again by the code: %+v, %v", got, err)
		}
		if mine, err := k.zones.Mine(t.Context(), tom.by); err != nil || len(mine) != 1 || mine[0].Zone != k.harbour.ID {
			t.Errorf("tom's zones: %+v, %v", mine, err)
		}
		if k.tap(tom.uid, k.harbour) != decision.Allowed || k.tap(tom.uid, k.yard) == decision.Allowed {
			t.Error("more or less was taken than the group")
		}
		// Put into the group by staff afterwards, he stays in it when he leaves the zone.
		k.putInto(g.ID, tom.by.Person)
		if err := k.svc.Leave(t.Context(), tom.by, k.harbour.ID); err != nil {
			t.Fatal(err)
		}
		if !k.inGroup(g, tom.by.Person) {
			t.Error("leaving the zone took a membership that staff gave")
		}
	})
}
