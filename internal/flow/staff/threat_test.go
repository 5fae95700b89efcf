package staff_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/kit/db"
)

// may is a second opinion of what an actor may give, from what they hold alone.
func (h *house) may(holds []access.Given, own map[string]access.Perm, g access.Given) bool {
	perms := func(key string) access.Perm {
		if r, ok := access.RoleByKey(key); ok {
			return r.Perms.Whole()
		}
		return own[key].Whole()
	}
	if g.Role == access.AccountOwner && g.At.Kind != access.InAccount {
		return false
	}
	var whole access.Perm
	for _, one := range holds {
		if one.At == (access.Scope{}) {
			whole |= perms(one.Role)
		}
	}
	need := access.StaffWrite | perms(g.Role)
	if whole&need == need {
		return true
	}
	for _, one := range holds {
		inside := one.At == g.At || one.At == at(access.InAccount, h.top.ID) && g.At == at(access.InAccount, h.child.ID)
		if one.At != (access.Scope{}) && inside && (whole|perms(one.Role))&need == need {
			return true
		}
	}
	return false
}

// Whatever roles are asked for, by whomever, for whomever, and whatever became of
// whoever asked until the invitation was accepted: nobody has what could not be
// given at that moment.
func TestThreat(t *testing.T) {
	t.Run("R29_no_grant_outside_what_may_be_delegated_now", func(t *testing.T) {
		each(t, func(t *testing.T, h *house) {
			rnd := rand.New(rand.NewPCG(29, 29)) //nolint:gosec // the same each time
			own := map[string]access.Perm{}
			for i, p := range []access.Perm{access.StaffWrite, access.StaffWrite | access.PeopleRead, access.StaffWrite | access.CardsWrite | access.PeopleWrite, access.PlacesRead} {
				r, err := h.svc.MakeRole(t.Context(), h.root, role.Role{Role: access.Role{Label: fmt.Sprintf("Own %d", i), Perms: p}})
				if err != nil {
					t.Fatal(err)
				}
				own[r.Key] = p
			}
			var keys []string
			for _, r := range access.Roles {
				keys = append(keys, r.Key)
			}
			for k := range own {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			scopes := []access.Scope{{}, {}, at(access.InAccount, h.top.ID), at(access.InAccount, h.child.ID), at(access.InAccount, h.other.ID), at(access.InGroup, h.team.ID), at(access.AtLocation, h.yard.ID)}
			some := func(most int) (list []access.Given) {
				for range rnd.IntN(most + 1) {
					g := access.Given{Role: keys[rnd.IntN(len(keys))], At: scopes[rnd.IntN(len(scopes))]}
					if !slices.Contains(list, g) {
						list = append(list, g)
					}
				}
				return list
			}
			// The rule itself, ten thousand times.
			for range 10_000 {
				holds, g := some(3), access.Given{Role: keys[rnd.IntN(len(keys))], At: scopes[rnd.IntN(len(scopes))]}
				by := access.Actor{Workspace: h.ws.ID}
				for _, one := range holds {
					r := access.Resolve(one.Role, "", "", strings.Join(own[one.Role].Names(), " "))
					part := access.Part{Perms: r.Perms}
					switch one.At.Kind {
					case access.Everywhere:
						by.Perms |= r.Perms
						continue
					case access.InAccount:
						part.Reach.Accounts = []id.Account{id.Account(one.At.ID)}
						if one.At.ID == string(h.top.ID) {
							part.Reach.Accounts = append(part.Reach.Accounts, h.child.ID)
						}
					case access.InGroup:
						part.Reach.Groups = []id.Group{h.team.ID}
					case access.AtLocation:
						part.Reach.Locations = []id.Location{h.yard.ID}
					}
					by.Parts = append(by.Parts, part)
				}
				r := access.Resolve(g.Role, "", "", strings.Join(own[g.Role].Names(), " "))
				if got, want := by.Delegable(r, g.At), h.may(holds, own, g); got != want {
					t.Fatalf("who holds %v may give %v: %v, want %v", holds, g, got, want)
				}
			}
			// strong are roles with which there is something to give.
			strong := func() []access.Given {
				list := []access.Given{{Role: "admin"}, {Role: "super-admin"}, {Role: access.AccountOwner, At: at(access.InAccount, h.top.ID)}, {Role: "admin", At: at(access.InAccount, h.child.ID)}, {Role: "admin", At: at(access.InGroup, h.team.ID)}}
				return append(list[rnd.IntN(len(list)):][:1:1], some(1)...)
			}
			// And what comes of it, end to end.
			held := map[id.Person][]access.Given{} // what the actors hold, as the test knows it
			var actors []id.Person
			for i := range 8 {
				p := h.person(fmt.Sprintf("actor%d", i), []id.Account{"", h.top.ID, h.child.ID, h.other.ID}[i%4])
				held[p.ID] = strong()
				h.holds(p, held[p.ID]...)
				actors = append(actors, p.ID)
			}
			given, dropped, refused := 0, 0, 0
			for i := range 400 {
				asker := actors[rnd.IntN(len(actors))]
				ask := some(2)
				if rnd.IntN(2) == 0 { // something that they may give now
					ask = slices.DeleteFunc(some(30), func(g access.Given) bool { return !h.may(held[asker], own, g) })
					ask = ask[:min(len(ask), 2)]
				}
				if len(ask) == 0 {
					continue
				}
				a, err := h.svc.Add(t.Context(), h.actor(asker), fmt.Sprintf("t%d@north.example", i), ask, "")
				lawful := !slices.ContainsFunc(ask, func(g access.Given) bool { return !h.may(held[asker], own, g) })
				if err == nil && !lawful {
					t.Fatalf("who holds %v invited with %v", held[asker], ask)
				}
				if err != nil {
					refused++
					continue
				}
				// Meanwhile they may have been demoted, raised, or deactivated.
				switch rnd.IntN(4) {
				case 0:
					held[asker] = some(3)
					if rnd.IntN(2) == 0 {
						held[asker] = strong()
					}
					h.update(func(tx *db.Tx) error { return person.TakeRoles(tx, h.ws.ID, asker) })
					p := person.Person{ID: asker}
					h.holds(p, held[asker]...)
				case 1:
					h.update(func(tx *db.Tx) error {
						_, err := tx.Exec(`UPDATE person SET status = 'deactivated' WHERE workspace = ? AND id = ?`, h.ws.ID, asker)
						return err
					})
				}
				gone := false
				h.update(func(tx *db.Tx) error {
					p, err := person.ByID(tx, h.ws.ID, asker)
					gone = p.Status != person.Active
					return err
				})
				if err := h.accept(a.Person); err != nil {
					t.Fatal(err)
				}
				now := h.roles(a.Person)
				dropped += len(ask) - len(now)
				for _, r := range now {
					given++
					if gone || !h.may(held[asker], own, r.Given()) {
						t.Fatalf("who holds %v (gone: %v) has given %v", held[asker], gone, r.Given())
					}
				}
				h.update(func(tx *db.Tx) error {
					_, err := tx.Exec(`UPDATE person SET status = 'active' WHERE workspace = ? AND id = ?`, h.ws.ID, asker)
					return err
				})
				if rnd.IntN(2) == 0 {
					held[asker] = strong()
					h.update(func(tx *db.Tx) error { return person.TakeRoles(tx, h.ws.ID, asker) })
					h.holds(person.Person{ID: asker}, held[asker]...)
				}
			}
			if given < 60 || dropped < 15 || refused < 40 {
				t.Errorf("%d given, %d dropped on acceptance, %d refused: the test looks at too little", given, dropped, refused)
			}
		})
	})
	t.Run("R33_a_seat_that_ends_ends_sessions_keys_and_roles_at_once", func(t *testing.T) {
		each(t, func(t *testing.T, h *house) {
			for name, end := range map[string]func(id.Person) error{
				"deactivated":  func(who id.Person) error { return h.people.Deactivate(t.Context(), h.root, who, "gone") },
				"deleted":      func(who id.Person) error { return h.people.Delete(t.Context(), h.root, who) },
				"without role": func(who id.Person) error { return h.svc.Change(t.Context(), h.root, who, nil) },
				"demoted": func(who id.Person) error {
					return h.svc.Change(t.Context(), h.root, who, access.Give("energy-manager"))
				},
			} {
				p := h.person(strings.ReplaceAll(name, " ", "-"), "")
				h.holds(p, access.Give("admin")...)
				var session, key string
				h.update(func(tx *db.Tx) error {
					who, err := login.ByID(tx, p.Identity)
					if err != nil {
						return err
					}
					if session, err = login.Start(tx, who, login.Begin{Staff: true, Method: login.ByPassword, Proven: tx.Now}); err != nil {
						return err
					}
					k := apikey.Key{Workspace: h.ws.ID, Name: "theirs", Perms: access.PeopleWrite, CreatedBy: journal.About("person", p.ID)}
					key, err = apikey.Insert(tx, &k)
					return err
				})
				may := func() (web, program bool) {
					v, err := h.enter.Who(t.Context(), session)
					if seat, ok := v.Seat("north"); err == nil && ok {
						web = seat.Actor.Somewhere(access.PeopleRead)
					}
					by, err := h.enter.ByKey(t.Context(), key)
					return web, err == nil && by.Somewhere(access.PeopleRead)
				}
				if web, program := may(); !web || !program {
					t.Fatalf("%s: %v %v before", name, web, program)
				}
				if err := end(p.ID); err != nil {
					t.Fatal(err)
				}
				if web, program := may(); web || program {
					t.Errorf("%s: session %v, key %v at the next request", name, web, program)
				}
			}
		})
	})
}
