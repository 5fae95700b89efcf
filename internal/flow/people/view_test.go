package people_test

import (
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/person"
	"involt/internal/core/view"
	"involt/internal/core/workspace"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

func TestSavedViews(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), &people.Service{DB: d}
		north, south := workspace.New("north", "North"), workspace.New("south", "South")
		staff := map[string]access.Actor{}
		if err := d.Update(ctx, func(tx *db.Tx) error {
			for _, w := range []*workspace.Workspace{&north, &south} {
				if err := workspace.Insert(tx, w); err != nil {
					return err
				}
				for _, name := range []string{"ann", "ben"} {
					p := person.Person{Workspace: w.ID, Email: name + "@x.example", Status: person.Active}
					if err := person.Insert(tx, &p); err != nil {
						return err
					}
					staff[w.Slug+" "+name] = access.Actor{Workspace: w.ID, Person: p.ID, Name: "person:" + string(p.ID), Perms: access.PeopleRead}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		ann, ben := staff["north ann"], staff["north ben"]
		save := func(by access.Actor, name string, shared bool) (view.View, error) {
			return s.SaveView(ctx, by, view.View{List: "users", Name: name, Query: "status=active", Shared: shared})
		}
		must := func(v view.View, err error) view.View {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		mine := must(save(ann, "  Night   shift ", false))
		shared := must(save(ann, "Everyone", true))
		must(save(ben, "night shift", false)) // a name is its owner's
		for _, name := range []string{"NIGHT SHIFT", "", strings.Repeat("x", 61)} {
			if _, err := save(ann, name, false); errs.KindOf(err) != errs.Invalid {
				t.Errorf("saved as %q: %v", name, err)
			}
		}
		sees := func(by access.Actor, want string) {
			t.Helper()
			all, err := s.Views(ctx, by, "users")
			var names []string
			for _, v := range all {
				names = append(names, v.Name)
			}
			if got := strings.Join(names, ", "); err != nil || got != want {
				t.Errorf("sees %q, %v; want %q", got, err, want)
			}
		}
		sees(ann, "Everyone, Night shift")
		sees(ben, "night shift, Everyone")
		sees(staff["south ann"], "")

		// What is not shared is not there for others, and not theirs to change.
		for by, want := range map[string]errs.Kind{"north ben": errs.NotFound, "south ann": errs.NotFound} {
			if err := s.RemoveView(ctx, staff[by], mine.ID); errs.KindOf(err) != want {
				t.Errorf("%s removes it: %v", by, err)
			}
		}
		if err := s.ChangeView(ctx, ben, shared.ID, "Mine", true); errs.KindOf(err) != errs.Denied {
			t.Errorf("renames another's: %v", err)
		}
		if err := s.ChangeView(ctx, ann, shared.ID, "night  shift", true); errs.KindOf(err) != errs.Invalid {
			t.Errorf("two of one name: %v", err)
		}
		boss := ben
		boss.Perms |= access.SettingsWrite
		if err := s.ChangeView(ctx, boss, shared.ID, "All of them", true); err != nil {
			t.Error(err)
		}
		sees(ann, "All of them, Night shift")
		if err := s.RemoveView(ctx, ann, mine.ID); err != nil {
			t.Error(err)
		}
		sees(ann, "All of them")
		if _, err := s.Views(ctx, access.Actor{Workspace: ann.Workspace, Person: ann.Person}, "users"); errs.KindOf(err) != errs.Denied {
			t.Errorf("without permission: %v", err)
		}
	})
}
