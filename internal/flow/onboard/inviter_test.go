package onboard_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// own makes a colleague who holds a role in a part of the workspace, as they act.
func (k *desk) own(email string, given ...access.Given) access.Actor {
	k.t.Helper()
	p := person.Person{Workspace: k.ws.ID, Email: email, FirstName: "Olga", LastName: "Own", Status: person.Active}
	var by access.Actor
	k.update(func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		for _, g := range given {
			if err := person.GiveRole(tx, k.ws.ID, p.ID, g); err != nil {
				return err
			}
		}
		var err error
		by, _, err = p.Actor(tx)
		return err
	})
	return by
}

// gifts is what somebody has of what was offered to them.
func (k *desk) gifts(who id.Person) (roles, groups, places int) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		held, err := person.Roles(tx, k.ws.ID, who)
		if err != nil {
			return err
		}
		in, err := group.Of(tx, k.ws.ID, who)
		if err != nil {
			return err
		}
		may, err := grant.OfPerson(tx, k.ws.ID, who)
		roles, groups, places = len(held), len(in), len(may)
		return err
	})
	return roles, groups, places
}

// losses are the ways in which an inviter comes to hold nothing any more.
func (k *desk) losses() map[string]func(access.Actor) {
	return map[string]func(access.Actor){
		"demoted": func(by access.Actor) {
			k.update(func(tx *db.Tx) error { return person.TakeRoles(tx, k.ws.ID, by.Person) })
		},
		"deactivated": func(by access.Actor) {
			if err := k.desk.Deactivate(k.t.Context(), k.admin, by.Person, "left"); err != nil {
				k.t.Fatal(err)
			}
		},
		"deleted": func(by access.Actor) {
			if err := k.desk.Delete(k.t.Context(), k.admin, by.Person); err != nil {
				k.t.Fatal(err)
			}
		},
		"": func(access.Actor) {},
	}
}

// What an inviter may no longer give when the invitee comes in is not given, and it
// is written down that it was not.
func TestAnInviterWhoIsGoneGivesNothing(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		crew := group.Group{Workspace: k.ws.ID, Name: "Crew"}
		box := site.Charger{Workspace: k.ws.ID, Location: k.office, Identity: "BOX-1", Name: "Box"}
		k.update(func(tx *db.Tx) error {
			return errs.Or(group.Insert(tx, &crew), site.InsertCharger(tx, &box, 1))
		})
		top := k.admin
		for name, lose := range k.losses() {
			for what, offer := range map[string]invite.Offer{
				"a place":    {Roles: access.Give("support"), Groups: []id.Group{crew.ID}, Locations: []id.Location{k.office}, Chargers: []id.Charger{box.ID}},
				"everything": {Roles: access.Give("support"), Groups: []id.Group{crew.ID}, Everywhere: true},
			} {
				k.admin = top
				boss := k.staff(fmt.Sprintf("boss-%s-%d@north.example", name, len(what)), "admin")
				k.admin = boss
				who, token := k.invite(fmt.Sprintf("new-%s-%d@example.com", name, len(what)), offer)
				k.admin = top
				lose(boss)
				k.mustActivate(token)
				roles, groups, places := k.gifts(who)
				lapsed := slices.Contains(k.events(who), "invitation.lapsed")
				if name == "" && (roles != 1 || groups != 1 || places == 0 || lapsed) || name != "" && (roles+groups+places != 0 || !lapsed) {
					t.Errorf("inviter %q, %s: %d roles, %d groups, %d places, lapsed %v", name, what, roles, groups, places, lapsed)
				}
			}
		}
		// Whoever sends it again answers for it from then on.
		boss := k.staff("boss@north.example", "admin")
		k.admin = boss
		who, _ := k.invite("again@example.com", invite.Offer{Locations: []id.Location{k.office}})
		k.admin = top
		k.losses()["deactivated"](boss)
		k.inviteAgain(who)
		k.mustActivate(k.token("again@example.com"))
		if _, _, places := k.gifts(who); places != 1 {
			t.Errorf("sent again by somebody who may: %d places", places)
		}
	})
}

// An inviter with a part of the workspace gives what lies within it and nothing else;
// and roles in it only while they hold them.
func TestAnInviterOfAPartGivesOnlyWhatIsTheirs(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		team, rivals := group.Group{Workspace: k.ws.ID, Name: "Team"}, group.Group{Workspace: k.ws.ID, Name: "Rivals"}
		mine := account.Account{Workspace: k.ws.ID, Kind: account.Customer, Name: "Mine", Billing: account.Consumer, Country: "DE"}
		theirs := account.Account{Workspace: k.ws.ID, Kind: account.Customer, Name: "Theirs", Billing: account.Consumer, Country: "DE"}
		yard := site.Location{Workspace: k.ws.ID, Name: "Yard", TimeZone: "Europe/Berlin", Country: "DE"}
		k.update(func(tx *db.Tx) error {
			for _, err := range []error{group.Insert(tx, &team), group.Insert(tx, &rivals), account.Insert(tx, &mine), account.Insert(tx, &theirs), site.InsertLocation(tx, &yard)} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		far := site.Charger{Workspace: k.ws.ID, Location: k.office, Identity: "FAR-1", Name: "Far"}
		k.update(func(tx *db.Tx) error { return site.InsertCharger(tx, &far, 1) })
		at := func(kind access.ScopeKind, one string) access.Scope { return access.Scope{Kind: kind, ID: one} }
		for what, c := range map[string]struct {
			holds  access.Given
			offer  invite.Offer
			others []invite.Offer
		}{
			"account": {
				access.Given{Role: access.AccountOwner, At: at(access.InAccount, string(mine.ID))},
				invite.Offer{Account: mine.ID},
				[]invite.Offer{{Account: theirs.ID}},
			},
			"group": {
				access.Given{Role: "admin", At: at(access.InGroup, string(team.ID))},
				invite.Offer{Groups: []id.Group{team.ID}},
				[]invite.Offer{{Groups: []id.Group{rivals.ID}}, {Groups: []id.Group{team.ID, rivals.ID}}, {}},
			},
			"location": {
				access.Given{Role: "admin", At: at(access.AtLocation, string(yard.ID))},
				invite.Offer{Locations: []id.Location{yard.ID}},
				[]invite.Offer{{Locations: []id.Location{k.office}}, {Locations: []id.Location{yard.ID, k.office}}, {Locations: []id.Location{yard.ID}, Chargers: []id.Charger{far.ID}}, {}},
			},
		} {
			for name, lose := range k.losses() {
				by := k.own(fmt.Sprintf("own-%s-%s@north.example", what, name), c.holds)
				before := k.all()
				for i, o := range append(slices.Clone(c.others), invite.Offer{Everywhere: true}) {
					base := c.offer
					if o.Everywhere {
						base.Everywhere = true
						o = base
					}
					if _, err := k.svc.Invite(t.Context(), by, []onboard.Invitee{{Email: "nobody@example.com"}}, o, ""); errs.KindOf(err) != errs.Invalid {
						t.Errorf("%s, offer %d of others: %v", what, i, err)
					}
				}
				for _, g := range []access.Given{{Role: c.holds.Role}, {Role: "super-admin", At: c.holds.At}, {Role: "viewer"}} {
					o := c.offer
					o.Roles = []access.Given{g}
					if _, err := k.svc.Invite(t.Context(), by, []onboard.Invitee{{Email: "nobody@example.com"}}, o, ""); errs.KindOf(err) != errs.Invalid {
						t.Errorf("%s gives %v away: %v", what, g, err)
					}
				}
				if k.all() != before {
					t.Fatalf("%s: a refused invitation left something", what)
				}
				top := k.admin
				k.admin = by
				o := c.offer
				o.Roles = []access.Given{c.holds}
				who, token := k.invite(fmt.Sprintf("in-%s-%s@example.com", what, name), o)
				k.admin = top
				lose(by)
				k.mustActivate(token)
				if roles, _, _ := k.gifts(who); (roles == 1) != (name == "") {
					t.Errorf("%s, inviter %q: %d roles", what, name, roles)
				}
			}
		}
	})
}

// inviterDisabled lets acceptance race with the deactivation of whoever invited. 1,000
// links in the table, 40 here. Either the inviter was still there, and all that was
// offered is given, or not, and nothing of it is: no link is half taken.
func inviterDisabled(t *testing.T, k *desk, s [2]*onboard.Service) {
	top := k.admin
	all, nothing := 0, 0
	for i := range scale(1000, 40) {
		k.admin = top
		boss := k.staff(fmt.Sprintf("boss.%d@north.example", i), "admin")
		k.admin = boss
		g := k.guests(fmt.Sprintf("boss-%d", i), 1, invite.Offer{Roles: access.Give("support"), Locations: []id.Location{k.office}})[0]
		k.admin = top
		var in, out error
		var wg sync.WaitGroup
		start := make(chan struct{})
		wg.Go(func() { <-start; _, in = s[0].Accept(t.Context(), g.token, g.login) })
		wg.Go(func() { <-start; out = k.desk.Deactivate(t.Context(), k.admin, boss.Person, "race") })
		close(start)
		wg.Wait()
		if out != nil {
			t.Errorf("deactivating says %v", out)
		}
		if in != nil {
			t.Errorf("accepting says %v", in)
			continue
		}
		p := k.person(g.who)
		v, _ := k.newestOf(g.who)
		if p.Status != person.Active || p.Identity == "" || v.Accepted.IsZero() || !v.Revoked.IsZero() {
			t.Errorf("came in: %s, login %q, the invitation %+v", p.Status, p.Identity, v)
		}
		roles, _, places := k.gifts(g.who)
		lapsed := slices.Contains(k.events(g.who), "invitation.lapsed")
		switch {
		case roles == 1 && places == 1 && !lapsed:
			all++
		case roles == 0 && places == 0 && lapsed:
			nothing++
		default:
			t.Errorf("half: %d roles, %d places, lapsed %v", roles, places, lapsed)
		}
	}
	t.Logf("the inviter was there %d times, and gone %d times", all, nothing)
}
