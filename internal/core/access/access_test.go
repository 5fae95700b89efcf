package access

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"involt/internal/core/id"
	"involt/internal/kit/errs"
)

func TestEveryPermissionHasOneName(t *testing.T) {
	seen := map[string]bool{}
	for p := Perm(1); p < All; p <<= 1 {
		name := names[p]
		if name == "" || seen[name] {
			t.Errorf("permission %b is called %q", p, name)
		}
		seen[name] = true
	}
	if len(names) != len(seen) {
		t.Errorf("%d names for %d permissions", len(names), len(seen))
	}
	again, err := ParsePerms(All.Names())
	if err != nil || again != All {
		t.Errorf("all names give %b, %v", again, err)
	}
	if _, err := ParsePerms([]string{"everything"}); errs.KindOf(err) != errs.Invalid {
		t.Errorf("an unknown name: %v", err)
	}
}

// The whole table, so that a new permission makes somebody think of each role.
func TestRoles(t *testing.T) {
	want := map[string]string{
		"super-admin":     strings.Join(All.Names(), " "),
		"admin":           strings.TrimSuffix(strings.Join(All.Names(), " "), " workspace:delete"),
		"fleet-manager":   "people:read people:write accounts:read personal-data cards:read cards:write places:read sessions:read activity:read",
		"support":         "people:read accounts:read personal-data cards:read cards:write places:read sessions:read activity:read",
		"technician":      "cards:read places:read places:write chargers:remote sessions:read",
		"finance":         "people:read accounts:read accounts:write personal-data cards:read places:read sessions:read activity:read",
		"energy-manager":  "places:read chargers:remote sessions:read",
		"loyalty-manager": "people:read personal-data sessions:read",
		"account-owner":   "people:read people:write accounts:read accounts:write personal-data cards:read cards:write sessions:read staff:write",
		"viewer":          "people:read accounts:read cards:read places:read sessions:read activity:read",
	}
	for _, r := range Roles {
		if got := strings.Join(r.Perms.Whole().Names(), " "); got != want[r.Key] {
			t.Errorf("%s may %s, want %s", r.Key, got, want[r.Key])
		}
		delete(want, r.Key)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

func TestNobodyDelegatesWhatTheyDoNotHold(t *testing.T) {
	may := map[string]string{"super-admin": "all", "admin": "all but super-admin"}
	for _, giver := range Roles {
		by := Actor{Workspace: "w", Perms: giver.Perms}
		for _, r := range Roles {
			at := Scope{}
			if r.Only == InAccount {
				if by.Delegable(r, at) {
					t.Errorf("%s gives %s in the whole workspace", giver.Key, r.Key)
				}
				at = Scope{InAccount, "a"}
			}
			want := may[giver.Key] == "all" || may[giver.Key] != "" && r.Key != "super-admin"
			if giver.Only == InAccount { // held here as if it were for the whole workspace
				want = giver.Perms.Has(r.Perms)
			}
			if got := by.Delegable(r, at); got != want {
				t.Errorf("%s gives %s: %v, want %v", giver.Key, r.Key, got, want)
			}
		}
	}
}

func TestNeedSaysWhatIsMissing(t *testing.T) {
	by := Actor{Workspace: "w", Perms: PeopleRead}
	err := by.Need(PeopleWrite)
	if errs.KindOf(err) != errs.Denied || !strings.Contains(err.Error(), "people:write") {
		t.Errorf("Need = %v", err)
	}
	if err := (Actor{Perms: All}).Need(PeopleRead); errs.KindOf(err) != errs.Denied {
		t.Error("an actor without a workspace may act")
	}
	if !slices.Contains(PeopleWrite.Whole().Names(), "people:read") {
		t.Error("writing does not imply reading")
	}
}

// Who holds a role in a part of the workspace has nothing in the rest of it.
func TestPartsOfAWorkspace(t *testing.T) {
	owner, _ := RoleByKey(AccountOwner)
	viewer, _ := RoleByKey("viewer")
	admin, _ := RoleByKey("admin")
	by := Actor{Workspace: "w", Parts: []Part{
		{Perms: owner.Perms, Reach: Reach{Accounts: []id.Account{"a", "a1"}}},
		{Perms: viewer.Perms, Reach: Reach{Groups: []id.Group{"g"}}},
	}}
	if err := by.Need(PeopleRead); errs.KindOf(err) != errs.Denied {
		t.Errorf("a part counts as the whole: %v", err)
	}
	r, err := by.Within(PeopleWrite)
	if err != nil || r.Whole || !slices.Equal(r.Accounts, []id.Account{"a", "a1"}) || len(r.Groups) != 0 || !r.Perms.Has(PersonalData) {
		t.Errorf("writes within %+v, %v", r, err)
	}
	if r, err = by.Within(PeopleRead); err != nil || len(r.Groups) != 1 || r.Perms.Has(PersonalData) {
		t.Errorf("reads within %+v, %v: the group's part shows no personal data", r, err)
	}
	if _, err := by.Within(SettingsWrite); errs.KindOf(err) != errs.Denied {
		t.Errorf("settings: %v", err)
	}
	for _, c := range []struct {
		r    Role
		at   Scope
		want bool
	}{
		{owner, Scope{InAccount, "a"}, true},
		{owner, Scope{InAccount, "a1"}, true},
		{owner, Scope{InAccount, "b"}, false},
		{owner, Scope{}, false},
		{viewer, Scope{InGroup, "g"}, false}, // sees it, and may give nothing
		{viewer, Scope{InAccount, "a"}, false},
		{admin, Scope{InAccount, "a"}, false},
	} {
		if got := by.Delegable(c.r, c.at); got != c.want {
			t.Errorf("gives %s at %+v: %v", c.r.Key, c.at, got)
		}
		if got := by.Masked().Delegable(c.r, c.at); got != c.want {
			t.Errorf("in privacy mode gives %s at %+v: %v", c.r.Key, c.at, got)
		}
	}
	if r, err := by.Masked().Within(PeopleWrite); err != nil || r.Perms.Has(PersonalData) {
		t.Errorf("privacy mode: %+v, %v", r, err)
	}
	if _, err := (Actor{Parts: by.Parts}).Within(PeopleRead); err == nil {
		t.Error("an actor without a workspace may act")
	}
}

func TestGivenReadsBareKeys(t *testing.T) {
	var list []Given
	if err := json.Unmarshal([]byte(`["admin",{"role":"viewer","at":{"kind":"account","id":"x"}}]`), &list); err != nil {
		t.Fatal(err)
	}
	if want := []Given{{Role: "admin"}, {"viewer", Scope{InAccount, "x"}}}; !slices.Equal(list, want) {
		t.Errorf("%+v", list)
	}
}
