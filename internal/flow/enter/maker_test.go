package enter_test

import (
	"sync"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/enter"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

func (g *gate) actor(p person.Person, perms access.Perm) access.Actor {
	return access.Actor{Workspace: g.ws.ID, Name: journal.About("person", p.ID), Person: p.ID, Perms: perms}
}

func (g *gate) newKey(by access.Actor, perms access.Perm) (string, apikey.Key) {
	g.t.Helper()
	plain, k, err := g.svc.NewKey(g.t.Context(), by, "export", perms)
	if err != nil {
		g.t.Fatal(err)
	}
	return plain, k
}

// become changes a status as an import does that knows nothing of keys.
func (g *gate) become(p person.Person, s person.Status) {
	g.t.Helper()
	g.update(func(tx *db.Tx) error {
		now, err := person.ByID(tx, g.ws.ID, p.ID)
		if err != nil {
			return err
		}
		if err := now.Become(s, tx.Now); err != nil {
			return err
		}
		return person.Save(tx, &now)
	})
}

func (g *gate) keyMay(plain string) access.Perm {
	g.t.Helper()
	by, err := g.svc.ByKey(g.t.Context(), plain)
	if err != nil && errs.KindOf(err) != errs.SignedOut {
		g.t.Fatal(err)
	}
	return by.Perms
}

func TestAKeyMayNoMoreThanItsMakerMayNow(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		first, _ := g.newKey(g.actor(g.admin, access.All), access.All)
		program, err := g.svc.ByKey(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		second, k := g.newKey(program, access.PeopleWrite|access.ChargersRemote)
		if k.CreatedBy != program.Name || k.Root != journal.About("person", g.admin.ID) {
			t.Errorf("made by %s, answered for by %s", k.CreatedBy, k.Root)
		}
		system, _ := g.newKey(access.System(g.ws.ID, "demo"), access.All)

		g.update(func(tx *db.Tx) error { // demoted
			if err := person.TakeRoles(tx, g.ws.ID, g.admin.ID); err != nil {
				return err
			}
			return person.GiveRole(tx, g.ws.ID, g.admin.ID, access.Given{Role: "support"})
		})
		support := roleOf("support").Perms.Whole()
		if got := g.keyMay(first); got != support {
			t.Errorf("a key of everything, its maker demoted: %v", got.Names())
		}
		if got := g.keyMay(second); got != access.PeopleRead|access.PlacesRead {
			t.Errorf("a key made with that key: %v", got.Names())
		}
		g.update(func(tx *db.Tx) error { return person.TakeRoles(tx, g.ws.ID, g.admin.ID) })
		for _, plain := range []string{first, second} {
			if _, err := g.svc.ByKey(t.Context(), plain); errs.KindOf(err) != errs.SignedOut {
				t.Errorf("a key whose maker is no staff any more: %v", err)
			}
		}

		g.update(func(tx *db.Tx) error {
			return person.GiveRole(tx, g.ws.ID, g.admin.ID, access.Given{Role: "super-admin"})
		})
		if g.keyMay(second) == 0 {
			t.Error("the role is back, the key is not")
		}
		g.become(g.admin, person.Deactivated)
		if g.keyMay(first)|g.keyMay(second) != 0 {
			t.Error("a key works although its maker is deactivated")
		}
		if _, _, err := g.svc.NewKey(t.Context(), program, "late", access.PeopleRead); errs.KindOf(err) != errs.Denied {
			t.Errorf("a key for somebody deactivated: %v", err)
		}
		if g.keyMay(system) != access.All {
			t.Error("the system's own key lost something")
		}
	})
}

func TestRevokingSomebodysKeysRevokesWhatWasMadeWithThem(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		first, k := g.newKey(g.actor(g.admin, access.All), access.All)
		program, err := g.svc.ByKey(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		second, _ := g.newKey(program, access.All)
		program, err = g.svc.ByKey(t.Context(), second)
		if err != nil {
			t.Fatal(err)
		}
		third, _ := g.newKey(program, access.All)

		// A program that replaces its own key goes on with the newer one.
		if err := g.svc.RevokeKey(t.Context(), g.actor(g.admin, access.All), k.ID); err != nil {
			t.Fatal(err)
		}
		if g.keyMay(first) != 0 || g.keyMay(second) == 0 {
			t.Error("revoking one key is about that key")
		}
		old := access.Actor{Workspace: g.ws.ID, Name: journal.About("key", k.ID), Perms: access.All}
		if _, _, err := g.svc.NewKey(t.Context(), old, "late", access.PeopleRead); errs.KindOf(err) != errs.Denied {
			t.Errorf("a key made with a revoked one: %v", err)
		}

		g.update(func(tx *db.Tx) error { return apikey.RevokeOf(tx, g.ws.ID, journal.About("person", g.admin.ID)) })
		if g.keyMay(second)|g.keyMay(third) != 0 {
			t.Error("a key of a key is left")
		}
	})
}

// The maker's seat ends while their request for a key is on its way, on another
// replica. No key of theirs is left unrevoked: it would come back with them.
func TestNoKeySurvivesTheDeactivationItOverlaps(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		g := openGate(t, dbtest.Open(t, url))
		replica := &enter.Service{DB: g.d}
		if g.d.Postgres {
			d, err := db.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			replica.DB = d
		}
		for range 30 {
			var both sync.WaitGroup
			plain := ""
			both.Go(func() { plain, _, _ = replica.NewKey(t.Context(), g.actor(g.admin, access.All), "late", access.All) })
			both.Go(func() {
				if err := g.d.Update(t.Context(), func(tx *db.Tx) error { // as onboard.Deactivate
					p, err := person.ByID(tx, g.ws.ID, g.admin.ID)
					if err != nil {
						return err
					}
					if err := p.Become(person.Deactivated, tx.Now); err != nil {
						return err
					}
					if err := person.Save(tx, &p); err != nil {
						return err
					}
					return apikey.RevokeOf(tx, g.ws.ID, journal.About("person", p.ID))
				}); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			if plain != "" && g.keyMay(plain) != 0 {
				t.Fatal("works although its maker is deactivated")
			}
			g.become(g.admin, person.Active)
			if plain != "" && g.keyMay(plain) != 0 {
				t.Fatal("came back with its maker")
			}
		}
	})
}

func roleOf(key string) access.Role {
	r, _ := access.RoleByKey(key)
	return r
}
