package access

import (
	"slices"
	"strings"
	"testing"

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
		"fleet-manager":   "people:read people:write personal-data cards:read cards:write places:read sessions:read activity:read",
		"support":         "people:read personal-data cards:read cards:write places:read sessions:read activity:read",
		"technician":      "cards:read places:read places:write chargers:remote sessions:read",
		"finance":         "people:read personal-data cards:read places:read sessions:read activity:read",
		"energy-manager":  "places:read chargers:remote sessions:read",
		"loyalty-manager": "people:read personal-data sessions:read",
		"viewer":          "people:read cards:read places:read sessions:read activity:read",
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
			want := may[giver.Key] == "all" || may[giver.Key] != "" && r.Key != "super-admin"
			if got := by.Delegable(r); got != want {
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
