package rule

import (
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/errs"
)

// TestTheWholeTable shows for each action whom it may be done with.
func TestTheWholeTable(t *testing.T) {
	boss := access.Actor{Workspace: "w", Person: "boss", Perms: access.All}
	manager := access.Actor{Workspace: "w", Person: "manager", Perms: permsOf("fleet-manager")}
	driver := func(s person.Status) Facts { return Facts{ID: "p", Here: true, Status: s} }
	staff := func(s person.Status, role string) Facts {
		return Facts{ID: "p", Here: true, Status: s, Roles: held(role)}
	}
	in := func(of int) Facts { return Facts{ID: "p", Here: true, Status: person.Active, Member: true, Groups: of} }
	gone := Facts{ID: "p"}
	for _, tc := range []struct {
		name   string
		action bulk.Action
		terms  Terms
		facts  Facts
		want   errs.Kind // of the refusal
		ok     bool
	}{
		{"deactivate an active one", bulk.Deactivate, Terms{By: boss}, driver(person.Active), 0, true},
		{"deactivate an imported one", bulk.Deactivate, Terms{By: boss}, driver(person.Imported), errs.Conflict, false},
		{"deactivate one who is deactivated", bulk.Deactivate, Terms{By: boss}, driver(person.Deactivated), errs.Conflict, false},
		{"deactivate one who is gone", bulk.Deactivate, Terms{By: boss}, gone, errs.NotFound, false},
		{"deactivate oneself", bulk.Deactivate, Terms{By: boss}, Facts{ID: "boss", Here: true, Status: person.Active}, errs.Conflict, false},
		{"deactivate weaker staff", bulk.Deactivate, Terms{By: boss, Supers: 1}, staff(person.Active, "support"), 0, true},
		{"deactivate stronger staff", bulk.Deactivate, Terms{By: manager, Supers: 2}, staff(person.Active, "admin"), errs.Denied, false},
		{"deactivate staff without giving roles", bulk.Deactivate, Terms{By: manager}, staff(person.Active, "viewer"), errs.Denied, false},
		{"deactivate one super-admin of two", bulk.Deactivate, Terms{By: boss, Supers: 2}, staff(person.Active, SuperAdmin), 0, true},
		{"deactivate the last super-admin", bulk.Deactivate, Terms{By: boss, Supers: 1}, staff(person.Active, SuperAdmin), errs.Conflict, false},

		{"reactivate", bulk.Reactivate, Terms{By: manager}, driver(person.Deactivated), 0, true},
		{"reactivate an active one", bulk.Reactivate, Terms{By: boss}, driver(person.Active), errs.Conflict, false},
		{"reactivate staff", bulk.Reactivate, Terms{By: boss}, staff(person.Deactivated, "admin"), 0, true},
		{"reactivate staff without giving roles", bulk.Reactivate, Terms{By: manager}, staff(person.Deactivated, "viewer"), errs.Denied, false},
		{"reactivate one who is gone", bulk.Reactivate, Terms{By: boss}, gone, errs.NotFound, false},

		{"delete an imported one", bulk.Delete, Terms{By: manager}, driver(person.Imported), 0, true},
		{"delete a declined one", bulk.Delete, Terms{By: manager}, driver(person.Declined), 0, true},
		{"delete oneself", bulk.Delete, Terms{By: manager}, Facts{ID: "manager", Here: true, Status: person.Active}, errs.Conflict, false},
		{"delete a deactivated super-admin", bulk.Delete, Terms{By: boss, Supers: 1}, staff(person.Deactivated, SuperAdmin), 0, true},
		{"delete the last super-admin", bulk.Delete, Terms{By: boss, Supers: 1}, staff(person.Active, SuperAdmin), errs.Conflict, false},
		{"delete one who is gone", bulk.Delete, Terms{By: boss}, gone, errs.NotFound, false},

		{"add to a group", bulk.GroupAdd, Terms{By: manager}, driver(person.Imported), 0, true},
		{"add to the same group", bulk.GroupAdd, Terms{By: manager}, in(1), errs.Conflict, false},
		{"remove from one of two groups", bulk.GroupRemove, Terms{By: manager, Mode: workspace.ByGroup}, in(2), 0, true},
		{"remove from the last group", bulk.GroupRemove, Terms{By: manager, Mode: workspace.ByGroup}, in(1), errs.Conflict, false},
		{"remove from the last group, which decides nothing", bulk.GroupRemove, Terms{By: manager, Mode: workspace.Everyone}, in(1), 0, true},
		{"remove an imported one from the last group", bulk.GroupRemove, Terms{By: manager, Mode: workspace.ByGroup}, Facts{ID: "p", Here: true, Status: person.Imported, Member: true, Groups: 1}, 0, true},
		{"remove from another group", bulk.GroupRemove, Terms{By: manager}, driver(person.Active), errs.Conflict, false},

		{"give a cost center", bulk.CostCenter, Terms{By: manager}, driver(person.Active), 0, true},
		{"give the same cost center", bulk.CostCenter, Terms{By: manager}, Facts{ID: "p", Here: true, CostCenter: "A"}, errs.Conflict, false},

		{"invite again who waits", bulk.Reinvite, Terms{By: manager}, driver(person.Invited), 0, true},
		{"invite again who was not invited", bulk.Reinvite, Terms{By: manager}, driver(person.Imported), errs.Conflict, false},
		{"approve who waits", bulk.Approve, Terms{By: manager}, driver(person.ToBeApproved), 0, true},
		{"approve who does not", bulk.Approve, Terms{By: manager}, driver(person.Active), errs.Conflict, false},
		{"decline who does not", bulk.Decline, Terms{By: manager}, driver(person.Declined), errs.Conflict, false},
	} {
		r := tc.terms.Judge(tc.action, &bulk.Args{CostCenter: "A"}, true, &tc.facts)
		switch {
		case (r == nil) != tc.ok:
			t.Errorf("%s: %+v", tc.name, r)
		case r != nil && (r.Kind != tc.want || r.Why == "" || errs.KindOf(r.Err("Ann")) != tc.want):
			t.Errorf("%s: %+v, %v", tc.name, r, r.Err("Ann"))
		}
	}
	for _, a := range bulk.Actions {
		if r := (&Terms{By: boss}).Judge(a, &bulk.Args{}, false, &gone); r != NotHere {
			t.Errorf("%s of one who is gone: %+v", a, r)
		}
	}
}

// Of three super-admins two can be deactivated at once, and not the third.
func TestEachSuperAdminCounts(t *testing.T) {
	terms := Terms{By: access.Actor{Workspace: "w", Person: "boss", Perms: access.All}, Supers: 3}
	done := 0
	for range 3 {
		f := Facts{ID: "p", Here: true, Status: person.Active, Roles: held(SuperAdmin)}
		if terms.Deactivate(&f) == nil {
			terms.Passed(bulk.Deactivate, &f)
			done++
		}
	}
	if done != 2 {
		t.Errorf("%d were deactivated", done)
	}
}

func held(key string) []access.Held {
	r, _ := access.RoleByKey(key)
	return []access.Held{{Role: r}}
}

func permsOf(key string) access.Perm { return access.PermsOf(held(key)) }
