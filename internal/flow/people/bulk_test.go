package people_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

const members = 2345 // three chunks, the last one not full

func TestManyJoinAGroupAndLeaveItAgainByUndoing(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.jobs()
		list, g := o.people(members, person.Active), o.group("Depot")
		if err := o.AddToGroup(t.Context(), o.boss, g, list[7]); err != nil {
			t.Fatal(err)
		}
		if err := o.Delete(t.Context(), o.boss, list[1500]); err != nil {
			t.Fatal(err)
		}
		one := o.plan(o.boss, bulk.GroupAdd, append(list, list[0], "no id")...)
		v := o.bulk(one)
		if v.Bulk.Total != members || v.Will != members-1 || len(v.WillFirst) == 0 || v.Bulk.State != bulk.Planned || v.Undoable {
			t.Errorf("planned: %+v", v)
		}
		o.skips(v, people.Skip{Why: "is not here any more", N: 1})
		o.kind(o.Start(t.Context(), o.boss, one, bulk.Args{Group: "x"}), errs.Invalid, "a group that is not there")
		o.kind(o.Undo(t.Context(), o.boss, one), errs.Conflict, "undoing what is planned")
		if err := o.Start(t.Context(), o.boss, one, bulk.Args{Group: g}); err != nil {
			t.Fatal(err)
		}
		o.work()
		v = o.want(one, bulk.Done, members-2, people.Skip{Why: "is in this group already", N: 1}, people.Skip{Why: "is not here any more", N: 1})
		if !v.Undoable || o.members(g) != members-1 {
			t.Errorf("%+v, %d members", v, o.members(g))
		}
		// Everybody is listed, in order; and those with whom it was not done.
		all, total, err := o.Outcomes(t.Context(), o.boss, one, false, 1490, 20)
		if err != nil || total != members || len(all) != 20 || all[10].Person != list[1500] || all[10].Done || !all[9].Done {
			t.Errorf("outcomes: %d of %d, %+v, %v", len(all), total, all, err)
		}
		all, total, err = o.Outcomes(t.Context(), o.boss, one, true, 0, 20)
		if err != nil || total != 2 || len(all) != 2 || all[0].Person != list[7] || all[1].Person != list[1500] {
			t.Errorf("failures: %+v, %v", all, err)
		}
		if all, total, err = o.Outcomes(t.Context(), o.boss, one, true, 1, 1); err != nil || total != 2 || len(all) != 1 || all[0].Person != list[1500] {
			t.Errorf("the second failure: %+v, %v", all, err)
		}
		// The journal: one entry per chunk, found by each of them, without them.
		o.view(func(tx *db.Tx) error {
			entries, err := journal.Of(tx, o.ws.ID, journal.About("person", list[2000]), 10)
			if len(entries) != 1 || entries[0].What != "group.member-added" || entries[0].Subject != journal.About("bulk", one) {
				t.Errorf("journal: %+v", entries)
			}
			return err
		})

		// Undone: but for those who were changed since.
		if err := o.RemoveFromGroup(t.Context(), o.boss, g, list[3]); err != nil {
			t.Fatal(err)
		}
		o.ahead.Add(int64(time.Minute))
		for _, who := range []id.Person{list[4]} {
			if err := o.RemoveFromGroup(t.Context(), o.boss, g, who); err != nil {
				t.Fatal(err)
			}
			if err := o.AddToGroup(t.Context(), o.boss, g, who); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // a double click
			if err := o.Undo(t.Context(), o.boss, one); err != nil {
				t.Fatal(err)
			}
		}
		o.work()
		v = o.bulk(one)
		if v.Bulk.State != bulk.Undone || v.Bulk.UndoDone != members-4 || v.Bulk.UndoReached != members || v.Undoable || o.members(g) != 2 {
			t.Errorf("undone: %+v, %d members", v.Bulk, o.members(g))
		}
		all, total, err = o.Outcomes(t.Context(), o.boss, one, true, 0, 20)
		if err != nil || total != 4 || len(all) != 4 || all[0].Person != list[3] || !all[0].Done || all[0].Undone || all[0].Why != "was changed since" {
			t.Errorf("what is left: %+v, %v", all, err)
		}
		recent, err := o.Recent(t.Context(), o.boss, 5)
		if err != nil || len(recent) != 1 || recent[0].ID != one {
			t.Errorf("recent: %+v, %v", recent, err)
		}
		o.verify()
	})
}

func TestTheOthersAreUndoneToo(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.jobs()
		list := o.people(1200, person.Active)
		for i, who := range list[:3] {
			p := o.person(who)
			p.CostCenter = fmt.Sprint("CC-", i%2)
			if _, err := o.Update(t.Context(), o.boss, p); err != nil {
				t.Fatal(err)
			}
		}
		undo := func(one id.Bulk, done int64) {
			t.Helper()
			if err := o.Undo(t.Context(), o.boss, one); err != nil {
				t.Fatal(err)
			}
			o.work()
			if v := o.bulk(one); v.Bulk.State != bulk.Undone || v.Bulk.UndoDone != done {
				t.Errorf("undone %s: %+v", v.Bulk.Action, v.Bulk)
			}
		}
		center := func(want ...string) {
			t.Helper()
			for i, w := range want {
				if got := o.person(list[i]).CostCenter; got != w {
					t.Errorf("cost center of %d is %q, want %q", i, got, w)
				}
			}
		}
		one := o.run(o.boss, bulk.CostCenter, bulk.Args{CostCenter: " CC-1 "}, list...)
		o.want(one, bulk.Done, 1199, people.Skip{Why: "has this cost center already", N: 1})
		center("CC-1", "CC-1", "CC-1", "CC-1")
		undo(one, 1199)
		center("CC-0", "CC-1", "CC-0", "")
		one = o.run(o.boss, bulk.CostCenter, bulk.Args{}, list[:4]...)
		o.want(one, bulk.Done, 3, people.Skip{Why: "has no cost center", N: 1})
		center("", "", "", "")

		one = o.run(o.boss, bulk.Deactivate, bulk.Args{Reason: "end of season"}, append(list, o.boss.Person)...)
		o.want(one, bulk.Done, 1200, people.Skip{Why: "is you; ask another admin", N: 1})
		if p := o.person(list[1100]); p.Status != person.Deactivated || p.StatusReason != "end of season" {
			t.Errorf("%+v", p)
		}
		if v := o.bulk(one); v.Bulk.Args.Reason != "" {
			t.Error("the reason is kept with the work")
		}
		undo(one, 1200)
		o.run(o.boss, bulk.Deactivate, bulk.Args{Reason: "end of season"}, list...)
		one = o.run(o.boss, bulk.Reactivate, bulk.Args{}, list...)
		o.want(one, bulk.Done, 1200)
		undo(one, 1200)
		if p := o.person(list[1100]); p.Status != person.Deactivated || p.StatusReason != "end of season" {
			t.Errorf("%+v", p)
		}
		one = o.run(o.boss, bulk.Delete, bulk.Args{}, list...)
		o.want(one, bulk.Done, 1200)
		undo(one, 1200)
		if p := o.person(list[1100]); p.Status != person.Deactivated || p.StatusReason != "end of season" {
			t.Errorf("%+v", p)
		}
		g := o.group("Depot")
		o.run(o.boss, bulk.GroupAdd, bulk.Args{Group: g}, list[:1100]...)
		one = o.run(o.boss, bulk.GroupRemove, bulk.Args{Group: g}, list...)
		o.want(one, bulk.Done, 1100, people.Skip{Why: "is not in this group", N: 100})
		undo(one, 1100)
		if o.members(g) != 1100 {
			t.Errorf("%d members", o.members(g))
		}
		one = o.run(o.boss, bulk.GroupRemove, bulk.Args{Group: g}, list[:5]...)
		o.ahead.Add(int64(bulk.UndoFor + time.Second))
		o.kind(o.Undo(t.Context(), o.boss, one), errs.Gone, "undoing after half an hour")
		o.verify()
	})
}

func TestBulkWorkKeepsTheRulesOfOne(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.jobs()
		second, manager := o.staff("super-admin"), o.staff("fleet-manager")
		active, gone := o.people(3, person.Active), o.people(1, person.Deactivated)
		list := append(append(slices.Clone(active), gone...), o.boss.Person, second.Person)
		one := o.run(manager, bulk.Deactivate, bulk.Args{Reason: "x"}, list...)
		o.want(one, bulk.Done, 3, people.Skip{Why: "holds a staff role that you may not give", N: 2}, people.Skip{Why: "is Deactivated; only active users can be deactivated", N: 1})
		// The last super-admin stays, whoever asks.
		third := o.staff("super-admin")
		one = o.run(third, bulk.Deactivate, bulk.Args{Reason: "x"}, o.boss.Person, second.Person)
		o.want(one, bulk.Done, 2)
		o.boss = third
		one = o.run(third, bulk.Delete, bulk.Args{}, third.Person, manager.Person)
		o.want(one, bulk.Done, 1, people.Skip{Why: "is you; ask another admin", N: 1})

		// In mode "By user group" nobody leaves the last group.
		g, h := o.group("A"), o.group("B")
		o.update(func(tx *db.Tx) error {
			o.ws.AccessMode = workspace.ByGroup
			return workspace.Save(tx, &o.ws)
		})
		o.run(third, bulk.Reactivate, bulk.Args{}, active...)
		o.run(third, bulk.GroupAdd, bulk.Args{Group: g}, active...)
		o.run(third, bulk.GroupAdd, bulk.Args{Group: h}, active[0])
		one = o.run(third, bulk.GroupRemove, bulk.Args{Group: g}, active...)
		o.want(one, bulk.Done, 1, people.Skip{Why: "is in no other group, and the groups decide here where people may charge", N: 2})

		// Who may not, may not; and nobody acts in another workspace.
		viewer := o.staff("viewer")
		_, err := o.Plan(t.Context(), viewer, bulk.Delete, active, "")
		o.kind(err, errs.Denied, "a viewer plans")
		plan := o.plan(third, bulk.Delete, active...)
		o.kind(o.Start(t.Context(), viewer, plan, bulk.Args{}), errs.Denied, "a viewer starts")
		o.kind(o.Undo(t.Context(), viewer, one), errs.Denied, "a viewer undoes")
		if _, err := o.Bulk(t.Context(), viewer, plan); err != nil {
			t.Errorf("a viewer looks: %v", err)
		}
		stranger := third
		stranger.Workspace = "elsewhere"
		for what, err := range map[string]error{
			"start": o.Start(t.Context(), stranger, plan, bulk.Args{}), "undo": o.Undo(t.Context(), stranger, one),
			"look": second2(o.Bulk(t.Context(), stranger, plan)),
		} {
			o.kind(err, errs.NotFound, "another workspace: "+what)
		}
		_, err = o.Plan(t.Context(), access.System(o.ws.ID, "test"), bulk.Delete, active, "")
		o.kind(err, errs.Denied, "nobody plans")
		// A key works as long as it, and whoever answers for it, may.
		var key access.Actor
		o.update(func(tx *db.Tx) error {
			k := apikey.Key{Workspace: o.ws.ID, Name: "sync", Perms: access.PeopleWrite, CreatedBy: third.Name}
			_, err := apikey.Insert(tx, &k)
			key = access.Actor{Workspace: o.ws.ID, Name: journal.About("key", k.ID), Perms: access.PeopleWrite}
			return err
		})
		one = o.run(key, bulk.CostCenter, bulk.Args{CostCenter: "K"}, active...)
		o.want(one, bulk.Done, 3)
		if err := o.Undo(t.Context(), key, one); err != nil {
			t.Error(err)
		}
		o.update(func(tx *db.Tx) error { return apikey.RevokeOf(tx, o.ws.ID, third.Name) })
		o.work()
		if v := o.bulk(one); v.Bulk.State != bulk.Undone || v.Bulk.UndoDone != 0 || v.Bulk.Note == "" {
			t.Errorf("undone by a revoked key: %+v", v.Bulk)
		}
		_, err = o.Plan(t.Context(), third, bulk.Invite, active, "")
		o.kind(err, errs.Unavailable, "inviting without an inviter")
		for _, bad := range [][]id.Person{nil, {"x"}} {
			_, err = o.Plan(t.Context(), third, bulk.Delete, bad, "")
			o.kind(err, errs.Invalid, "nobody selected")
		}
		_, err = o.Plan(t.Context(), third, "explode", active, "")
		o.kind(err, errs.Invalid, "no such action")
		plan = o.plan(third, bulk.Deactivate, active...)
		o.kind(o.Start(t.Context(), third, plan, bulk.Args{Reason: " "}), errs.Invalid, "no reason")
	})
}

func second2[T any](_ T, err error) error { return err }

func TestBulkWorkStopsWhenTheGroupGoesOrWhoeverAskedDoes(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		list, g := o.people(members, person.Active), o.group("Depot")
		asker := o.staff("fleet-manager")
		o.Inviter = &inviter{}
		o.jobs()
		// After the first chunk somebody deletes the group, or the asker.
		after := func(one id.Bulk, do func()) {
			t.Helper()
			rung, end := o.d.Watch(bulk.Topic(one))
			defer end()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			done := make(chan error, 1)
			o.d.Inspect = nil
			go func() {
				<-rung // the first chunk has been done; the next one waits for do, or comes first
				do()
				close(done)
			}()
			if _, err := o.pool.RunDue(ctx); err != nil {
				t.Fatal(err)
			}
			<-done
			o.work()
		}
		one := o.plan(asker, bulk.GroupAdd, list...)
		if err := o.Start(t.Context(), asker, one, bulk.Args{Group: g}); err != nil {
			t.Fatal(err)
		}
		after(one, func() {
			_ = o.d.Update(t.Context(), func(tx *db.Tx) error {
				if _, err := tx.Exec(`DELETE FROM group_member WHERE user_group = ?`, g); err != nil {
					return err
				}
				_, err := tx.Exec(`DELETE FROM user_group WHERE id = ?`, g)
				return err
			})
		})
		v := o.bulk(one)
		if v.Bulk.Reached != members || v.Bulk.State != bulk.Stopped && v.Bulk.State != bulk.Done {
			t.Errorf("%+v", v.Bulk)
		}
		if v.Bulk.State == bulk.Stopped {
			all, total, err := o.Outcomes(t.Context(), o.boss, one, true, 0, 1)
			if err != nil || total != members-int(v.Bulk.Done) || all[0].Why != "was not reached: the group was deleted meanwhile" || v.Bulk.Note == "" {
				t.Errorf("%+v %d %v, %+v", all, total, err, v.Bulk)
			}
		}

		// For certain: gone before the first chunk.
		h := o.group("Harbour")
		one = o.plan(asker, bulk.GroupAdd, list...)
		if err := o.Start(t.Context(), asker, one, bulk.Args{Group: h}); err != nil {
			t.Fatal(err)
		}
		o.update(func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM user_group WHERE id = ?`, h)
			return err
		})
		o.work()
		v = o.want(one, bulk.Stopped, 0, people.Skip{Why: "was not reached: the group was deleted meanwhile", N: members})
		if v.Undoable || v.Bulk.Note == "" {
			t.Errorf("%+v", v)
		}
		h = o.group("Harbour")
		one = o.plan(asker, bulk.GroupAdd, list...)
		if err := o.Start(t.Context(), asker, one, bulk.Args{Group: h}); err != nil {
			t.Fatal(err)
		}
		if err := o.Deactivate(t.Context(), o.boss, asker.Person, "left"); err != nil {
			t.Fatal(err)
		}
		o.work()
		o.want(one, bulk.Stopped, 0, people.Skip{Why: "was not reached: whoever asked for this may no longer change users", N: members})
	})
}

// Two who click at the same moment, and two workers at one time: once.
func TestBulkWorkIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.jobs()
		list, g := o.people(members, person.Active), o.group("Depot")
		one := o.plan(o.boss, bulk.GroupAdd, list...)
		var all sync.WaitGroup
		failed := make(chan error, 40)
		for range 8 {
			all.Go(func() { failed <- o.Start(t.Context(), o.boss, one, bulk.Args{Group: g}) })
		}
		all.Wait()
		for range 8 {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
		var jobs int64
		o.view(func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(*) FROM job WHERE kind = 'people.bulk'`, nil, &jobs)
		})
		if jobs != 1 {
			t.Fatalf("%d jobs", jobs)
		}
		// As if a worker had been taken for dead: the same job again, at once.
		for range 4 {
			all.Go(func() { failed <- o.GoOn(t.Context(), o.ws.ID, one) })
		}
		all.Wait()
		for range 4 {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
		o.work()
		o.want(one, bulk.Done, members)
		var entries int64
		o.view(func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(*) FROM journal_subject`, nil, &entries)
		})
		if o.members(g) != members || entries != members {
			t.Errorf("%d members, %d subjects", o.members(g), entries)
		}
	})
}

// inviter invites everybody but the poisonous.
type inviter struct {
	poison []id.Person
	all    error
}

func (i *inviter) WhyNotInvited(bool, id.Identity, person.Status) string { return "" }

func (i *inviter) InviteManyIn(tx *db.Tx, by access.Actor, _ workspace.Workspace, _ id.Bulk, list []id.Person) (map[id.Person]string, error) {
	why := map[id.Person]string{}
	people, err := person.ByIDs(tx, by.Workspace, list)
	for n := range people {
		p := &people[n]
		if slices.Contains(i.poison, p.ID) || i.all != nil {
			return nil, errors.Join(i.all, errors.New("index out of range"))
		}
		if p.FirstName == "Odd" {
			why[p.ID] = "has no e-mail address"
			continue
		}
		p.Info1 += "!"
		if err := person.Save(tx, p); err != nil {
			return nil, err
		}
	}
	return why, err
}

func (i *inviter) RevokeManyIn(*db.Tx, access.Actor, workspace.Workspace, id.Bulk, []id.Person) (map[id.Person]string, error) {
	return nil, i.all
}

func (i *inviter) ExtendManyIn(*db.Tx, access.Actor, workspace.Workspace, id.Bulk, []id.Person) (map[id.Person]string, error) {
	return nil, i.all
}

func TestOnePoisonousPersonDoesNotStopTheOthers(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		list := o.people(250, person.Imported)
		in := &inviter{poison: []id.Person{list[5], list[6], list[120]}}
		o.Inviter = in
		o.jobs()
		one := o.run(o.boss, bulk.Invite, bulk.Args{}, list...)
		v := o.want(one, bulk.Done, 247, people.Skip{Why: "could not be done because of an unexpected error, which was logged", N: 3})
		if v.Undoable {
			t.Error("invitations cannot be undone")
		}
		for i, who := range list {
			want := "!"
			if slices.Contains(in.poison, who) {
				want = ""
			}
			if got := o.person(who).Info1; got != want {
				t.Errorf("%d was invited %q", i, got)
			}
		}
		// If it fails with everybody it is not them: the job tries again later.
		in.all = errors.New("the key is lost")
		one = o.plan(o.boss, bulk.Invite, list...)
		if err := o.Start(t.Context(), o.boss, one, bulk.Args{}); err != nil {
			t.Fatal(err)
		}
		o.work()
		if v := o.bulk(one); v.Bulk.State != bulk.Running || v.Bulk.Reached != 0 {
			t.Errorf("%+v", v.Bulk)
		}
		in.all, in.poison = nil, nil
		o.ahead.Add(int64(time.Minute))
		o.work()
		o.want(one, bulk.Done, 250)
	})
}

func TestOldBulkWorkIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.jobs()
		list := o.people(3, person.Active)
		plan := o.plan(o.boss, bulk.Delete, list...)
		one := o.run(o.boss, bulk.CostCenter, bulk.Args{CostCenter: "A"}, list...)
		two := o.run(o.boss, bulk.CostCenter, bulk.Args{CostCenter: "B"}, list...)
		before := func() (n int64) {
			o.view(func(tx *db.Tx) error {
				return tx.Row(`SELECT COUNT(*) FROM bulk_chunk WHERE before <> ''`, nil, &n)
			})
			return n
		}
		o.work()
		if before() != 1 {
			t.Error("what undoing needs is not kept")
		}
		o.ahead.Add(int64(bulk.UndoFor + 11*time.Minute))
		o.work()
		if before() != 0 || o.bulk(plan).Bulk.Back == "" {
			t.Error("what undoing needed is kept, or the plan is not")
		}
		o.ahead.Add(int64(24 * time.Hour))
		o.work()
		_, err := o.Bulk(t.Context(), o.boss, plan)
		o.kind(err, errs.NotFound, "a plan of yesterday")
		if v := o.want(one, bulk.Done, 3); v.Bulk.Back != "" {
			t.Error("the list it came from is kept")
		}
		o.ahead.Add(int64(90 * 24 * time.Hour))
		o.work()
		_, err = o.Bulk(t.Context(), o.boss, two)
		o.kind(err, errs.NotFound, "work of three months ago")
	})
}
