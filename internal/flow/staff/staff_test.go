package staff_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/enter"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/flow/staff"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

// house is a workspace with a tree of accounts, a group and a location, and those
// who run it.
type house struct {
	t          *testing.T
	d          *db.DB
	svc        *staff.Service
	onboard    *onboard.Service
	people     *people.Service
	enter      *enter.Service
	ws         workspace.Workspace
	top, child account.Account
	other      account.Account
	team       group.Group
	yard       site.Location
	root       access.Actor // super-admin
}

func each(t *testing.T, story func(*testing.T, *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { story(t, build(t, d)) })
}

func build(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{t: t, d: d, ws: workspace.New("north", "North")}
	h.onboard = &onboard.Service{DB: d, Keys: seal.Random(), PublicURL: "https://charge.example"}
	h.svc, h.people, h.enter = &staff.Service{DB: d, Inviter: h.onboard}, &people.Service{DB: d}, &enter.Service{DB: d, Passwords: login.NewHasher()}
	h.update(func(tx *db.Tx) error {
		if err := workspace.Insert(tx, &h.ws); err != nil {
			return err
		}
		for _, a := range []struct {
			to     *account.Account
			name   string
			kind   account.Kind
			parent *account.Account
		}{{&h.top, "Top", account.Customer, nil}, {&h.child, "Child", account.Subsidiary, &h.top}, {&h.other, "Other", account.Customer, nil}} {
			*a.to = account.Account{Workspace: h.ws.ID, Kind: a.kind, Name: a.name, Billing: account.Consumer, Country: "DE"}
			if a.parent != nil {
				a.to.Parent = a.parent.ID
			}
			if err := account.Insert(tx, a.to); err != nil {
				return err
			}
		}
		h.team, h.yard = group.Group{Workspace: h.ws.ID, Name: "Team"}, site.Location{Workspace: h.ws.ID, Name: "Yard", TimeZone: "Europe/Berlin", Country: "DE"}
		return errs.Or(group.Insert(tx, &h.team), site.InsertLocation(tx, &h.yard))
	})
	h.root = h.holds(h.person("root", ""), access.Given{Role: "super-admin"})
	return h
}

func (h *house) update(do func(*db.Tx) error) {
	h.t.Helper()
	if err := h.d.Update(h.t.Context(), do); err != nil {
		h.t.Fatal(err)
	}
}

// person makes an active user with a login.
func (h *house) person(name string, a id.Account) (p person.Person) {
	h.t.Helper()
	h.update(func(tx *db.Tx) error {
		who := login.Identity{Email: name + "@north.example", Verified: tx.Now}
		if err := login.Insert(tx, &who); err != nil {
			return err
		}
		p = person.Person{Workspace: h.ws.ID, Email: who.Email, FirstName: name, Status: person.Active, Identity: who.ID, Account: a}
		return person.Insert(tx, &p)
	})
	return p
}

// holds gives roles to somebody, past all rules, and returns them as they act.
func (h *house) holds(p person.Person, list ...access.Given) access.Actor {
	h.t.Helper()
	h.update(func(tx *db.Tx) error {
		for _, g := range list {
			if err := person.GiveRole(tx, h.ws.ID, p.ID, g); err != nil {
				return err
			}
		}
		return nil
	})
	return h.actor(p.ID)
}

func (h *house) actor(who id.Person) (by access.Actor) {
	h.t.Helper()
	h.update(func(tx *db.Tx) error {
		p, err := person.ByID(tx, h.ws.ID, who)
		if err != nil {
			return err
		}
		by, _, err = p.Actor(tx)
		return err
	})
	return by
}

func (h *house) roles(who id.Person) (list []access.Held) {
	h.t.Helper()
	h.update(func(tx *db.Tx) (err error) {
		list, err = person.Roles(tx, h.ws.ID, who)
		return err
	})
	return list
}

// accept lets somebody in who was invited, by the link that was mailed to them.
func (h *house) accept(who id.Person) error {
	h.t.Helper()
	var v invite.Invite
	var self login.Identity
	h.update(func(tx *db.Tx) (err error) {
		if v, err = invite.OpenOf(tx, h.ws.ID, who); err != nil {
			return err
		}
		if self, err = login.ByEmail(tx, v.Email); errs.KindOf(err) == errs.NotFound {
			self = login.Identity{Email: v.Email, Verified: tx.Now}
			err = login.Insert(tx, &self)
		}
		return err
	})
	_, err := h.onboard.Accept(h.t.Context(), v.Token(h.onboard.Keys), self)
	return err
}

func at(kind access.ScopeKind, one any) access.Scope {
	return access.Scope{Kind: kind, ID: fmt.Sprint(one)}
}

func (h *house) want(kind errs.Kind, err error, what string) {
	h.t.Helper()
	if err == nil || errs.KindOf(err) != kind {
		h.t.Errorf("%s: %v", what, err)
	}
}

func TestASystemUserIsInvitedWithSeveralRolesAndWhereTheyHold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		want := []access.Given{{Role: "support"}, {Role: "technician", At: at(access.AtLocation, h.yard.ID)}}
		a, err := h.svc.Add(t.Context(), h.root, " New@North.example", want, "Welcome")
		if err != nil || !a.Invited {
			t.Fatal(a, err)
		}
		if len(h.roles(a.Person)) != 0 {
			t.Error("roles before the invitation was accepted")
		}
		if err := h.accept(a.Person); err != nil {
			t.Fatal(err)
		}
		got := h.roles(a.Person)
		if len(got) != 2 || got[0].Given() != want[0] || got[1].Given() != want[1] {
			t.Errorf("%+v", got)
		}
		by := h.actor(a.Person)
		if by.Need(access.CardsWrite) != nil || by.Need(access.PlacesWrite) == nil || !by.Somewhere(access.PlacesWrite) {
			t.Errorf("%+v", by)
		}
		// Somebody who is in has the roles at once.
		in := h.person("in", "")
		if a, err := h.svc.Add(t.Context(), h.root, in.Email, access.Give("viewer"), ""); err != nil || a.Invited || a.Person != in.ID || len(h.roles(in.ID)) != 1 {
			t.Errorf("%+v, %v", a, err)
		}
		_, err = h.svc.Add(t.Context(), h.root, "nonsense", nil, "")
		if h.want(errs.Invalid, err, "no address, no role"); !strings.Contains(fmt.Sprint(err), "Choose at least one role.") {
			t.Error(err)
		}
		_, err = h.svc.Add(t.Context(), h.root, "x@north.example", []access.Given{{Role: access.AccountOwner}}, "")
		h.want(errs.Invalid, err, "an account owner of the whole workspace")
		_, err = h.svc.Add(t.Context(), h.root, "x@north.example", []access.Given{{Role: "viewer", At: at(access.InGroup, "none")}}, "")
		h.want(errs.Invalid, err, "for a group that is not there")
		_, err = h.svc.Add(t.Context(), access.Actor{Workspace: h.ws.ID, Perms: access.PeopleWrite}, "x@north.example", access.Give("viewer"), "")
		h.want(errs.Denied, err, "without the permission")
	})
}

func TestAnAccountOwnerMakesOwnersOfTheirAccountAndOfNothingElse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.holds(h.person("owner", h.top.ID), access.Given{Role: access.AccountOwner, At: at(access.InAccount, h.top.ID)})
		a, err := h.svc.Add(t.Context(), owner, "co@north.example", []access.Given{{Role: access.AccountOwner, At: at(access.InAccount, h.child.ID)}}, "")
		if err != nil {
			t.Fatal(err)
		}
		h.update(func(tx *db.Tx) error {
			p, err := person.ByID(tx, h.ws.ID, a.Person)
			if p.Account != h.child.ID {
				t.Errorf("belongs to %q", p.Account)
			}
			return err
		})
		for what, g := range map[string]access.Given{
			"of another account": {Role: access.AccountOwner, At: at(access.InAccount, h.other.ID)}, "a viewer of everything": {Role: "viewer"},
			"an admin": {Role: "admin"}, "a fleet manager, who may read places": {Role: "fleet-manager", At: at(access.InAccount, h.top.ID)}, "of a group": {Role: "viewer", At: at(access.InGroup, h.team.ID)},
		} {
			_, err := h.svc.Add(t.Context(), owner, "y@north.example", []access.Given{g}, "")
			h.want(errs.Invalid, err, what)
		}
		// Who is not theirs is not there, and keeps their roles.
		stranger := h.person("stranger", h.other.ID)
		h.holds(stranger, access.Given{Role: access.AccountOwner, At: at(access.InAccount, h.other.ID)})
		h.want(errs.NotFound, h.svc.Change(t.Context(), owner, stranger.ID, nil), "another customer's owner")
		_, err = h.svc.Add(t.Context(), owner, stranger.Email, []access.Given{{Role: access.AccountOwner, At: at(access.InAccount, h.top.ID)}}, "")
		if h.want(errs.Invalid, err, "another customer's address"); strings.Contains(fmt.Sprint(err), "Active") {
			t.Errorf("tells how they stand: %v", err)
		}
		if len(h.roles(stranger.ID)) != 1 {
			t.Error("a stranger's roles changed")
		}
	})
}

func TestRolesAreChangedAndHoldAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.person("ben", "")
		h.holds(p, access.Give("support", "viewer")...)
		if err := h.svc.Change(t.Context(), h.root, p.ID, []access.Given{{Role: "viewer"}, {Role: "technician", At: at(access.AtLocation, h.yard.ID)}}); err != nil {
			t.Fatal(err)
		}
		if got := access.Labels(h.roles(p.ID)); !slices.Equal(got, []string{"Technician", "Viewer"}) {
			t.Error(got)
		}
		admin := h.holds(h.person("admin", ""), access.Give("admin")...)
		h.want(errs.Denied, h.svc.Change(t.Context(), admin, h.root.Person, access.Give("viewer")), "an admin demotes a super-admin")
		h.want(errs.Invalid, h.svc.Change(t.Context(), admin, p.ID, access.Give("super-admin")), "an admin makes a super-admin")
		h.want(errs.Conflict, h.svc.Change(t.Context(), admin, admin.Person, nil), "their own roles")
		// Of somebody who is invited, what is offered changes.
		a, err := h.svc.Add(t.Context(), h.root, "new@north.example", access.Give("viewer"), "")
		if err == nil {
			err = h.svc.Change(t.Context(), h.root, a.Person, access.Give("finance"))
		}
		if err == nil {
			err = h.accept(a.Person)
		}
		if got := access.Labels(h.roles(a.Person)); err != nil || !slices.Equal(got, []string{"Finance"}) {
			t.Error(got, err)
		}
	})
}

func TestRolesOfTheWorkspacesOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		desk := role.Role{Role: access.Role{Label: "Front  desk", Does: "Answers the phone", Perms: access.PeopleRead | access.CardsWrite}}
		desk, err := h.svc.MakeRole(ctx, h.root, desk)
		if err != nil || desk.Label != "Front desk" {
			t.Fatal(desk, err)
		}
		_, err = h.svc.MakeRole(ctx, h.root, role.Role{Role: access.Role{Label: "front desk", Perms: access.PeopleRead}})
		h.want(errs.Conflict, err, "a second of the name")
		_, err = h.svc.MakeRole(ctx, h.root, role.Role{Role: access.Role{Label: "Admin", Perms: access.PeopleRead}})
		h.want(errs.Invalid, err, "the name of a ready one")
		admin := h.holds(h.person("admin", ""), access.Give("admin")...)
		_, err = h.svc.MakeRole(ctx, admin, role.Role{Role: access.Role{Label: "Ender", Perms: access.WorkspaceDelete}})
		h.want(errs.Invalid, err, "more than one has")
		// Whoever holds it may what it says, at once.
		p := h.person("ben", "")
		by := h.holds(p, access.Given{Role: desk.Key})
		if by.Need(access.CardsWrite) != nil {
			t.Error("a role of the workspace's own allows nothing")
		}
		desk.Perms = access.PeopleRead
		if desk, err = h.svc.SaveRole(ctx, h.root, desk); err != nil || h.actor(p.ID).Need(access.CardsWrite) == nil {
			t.Error("a role that was narrowed still allows it", err)
		}
		stale := desk
		stale.Version--
		_, err = h.svc.SaveRole(ctx, h.root, stale)
		h.want(errs.Conflict, err, "somebody else changed it")
		// Nobody is raised above whoever edits, and nobody touches what is above them.
		raised := desk
		raised.Perms = access.All
		_, err = h.svc.SaveRole(ctx, admin, raised)
		h.want(errs.Invalid, err, "raised above the editor")
		if desk, err = h.svc.SaveRole(ctx, h.root, raised); err != nil {
			t.Fatal(err)
		}
		lowered := desk
		lowered.Perms = access.PeopleRead
		_, err = h.svc.SaveRole(ctx, admin, lowered)
		h.want(errs.Denied, err, "lowered by one who is below it")
		h.want(errs.Denied, h.svc.RemoveRole(ctx, admin, desk.Key), "removed by one who is below it")
		// It goes when nobody has it.
		err = h.svc.RemoveRole(ctx, h.root, desk.Key)
		if h.want(errs.Conflict, err, "held"); !strings.Contains(fmt.Sprint(err), "ben holds it") {
			t.Error(err)
		}
		if err := h.svc.Change(ctx, h.root, p.ID, nil); err != nil {
			t.Fatal(err)
		}
		a, err := h.svc.Add(ctx, h.root, "new@north.example", access.Give(desk.Key), "")
		if err != nil {
			t.Fatal(err)
		}
		h.want(errs.Conflict, h.svc.RemoveRole(ctx, h.root, desk.Key), "offered")
		if err := h.onboard.RevokeInvitation(ctx, h.root, a.Person); err != nil {
			t.Fatal(err)
		}
		if err := h.svc.RemoveRole(ctx, h.root, desk.Key); err != nil {
			t.Error(err)
		}
	})
}

// However two super-admins are demoted, deactivated, deleted and merged at the
// same moment, one is left.
func TestTwoAtOnceLeaveASuperAdmin(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for round := range 12 {
			a, b := h.person(fmt.Sprintf("a%d", round), ""), h.person(fmt.Sprintf("b%d", round), "")
			first, second := h.holds(a, access.Give("super-admin")...), h.holds(b, access.Give("super-admin")...)
			if round == 0 { // the one the house was built with goes first
				if err := h.svc.Change(t.Context(), first, h.root.Person, nil); err != nil {
					t.Fatal(err)
				}
			}
			end := []func(by access.Actor, who id.Person) error{
				func(by access.Actor, who id.Person) error {
					return h.svc.Change(t.Context(), by, who, access.Give("viewer"))
				},
				func(by access.Actor, who id.Person) error { return h.people.Deactivate(t.Context(), by, who, "gone") },
				func(by access.Actor, who id.Person) error { return h.people.Delete(t.Context(), by, who) },
			}
			var wg sync.WaitGroup
			wg.Go(func() { _ = end[round%3](first, b.ID) })
			wg.Go(func() { _ = end[round/3%3](second, a.ID) })
			wg.Wait()
			var n int64
			h.update(func(tx *db.Tx) (err error) {
				n, err = person.CountRole(tx, h.ws.ID, "super-admin")
				return err
			})
			if n < 1 {
				t.Fatalf("round %d: nobody is left", round)
			}
			// The next round begins with nobody else.
			h.update(func(tx *db.Tx) error {
				_, err := tx.Exec(`DELETE FROM person_role WHERE workspace = ?`, h.ws.ID)
				return err
			})
		}
		last := h.holds(h.person("last", ""), access.Give("super-admin")...)
		sys := access.System(h.ws.ID, "test")
		h.want(errs.Conflict, h.svc.Change(t.Context(), sys, last.Person, nil), "the last one is demoted")
		h.want(errs.Conflict, h.people.Deactivate(t.Context(), sys, last.Person, "gone"), "the last one is deactivated")
		h.want(errs.Conflict, h.people.Delete(t.Context(), sys, last.Person), "the last one is deleted")
		// One who was deleted and may come back is none: the one beside them stays.
		second := h.holds(h.person("second", ""), access.Give("super-admin")...)
		if err := h.people.Delete(t.Context(), last, second.Person); err != nil {
			t.Fatal(err)
		}
		h.want(errs.Conflict, h.svc.Change(t.Context(), sys, last.Person, nil), "the last one beside one who was deleted")
	})
}
