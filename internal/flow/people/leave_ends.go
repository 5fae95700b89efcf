package people

import (
	"fmt"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/card"
	"involt/internal/core/claim"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/core/view"
	"involt/internal/core/workspace"
	"involt/internal/flow/people/rule"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// ending is one kind of thing that ends when somebody leaves. A noun that a
// person can hold adds itself to endings.
type ending struct {
	// tell says what would end, in a sentence; "" if there is nothing.
	tell func(tx *db.Tx, by access.Actor, p *person.Person) (string, error)
	// end ends it. p is as the endings before have left it.
	end func(tx *db.Tx, by access.Actor, p *person.Person, reason string) error
}

var endings = []ending{
	{tellStatus, endStatus},
	{tellCards, endCards},
	{tellGroups, endGroups},
	{tellGrants, endGrants},
	{tellRoles, endRoles},
	{tellKeys, endKeys},
	{tellInvites, endInvites},
	{tellViews, endViews},
}

// staffMayEnd refuses to end the access of somebody who holds roles that by could
// not give, or who is the last super-admin.
func staffMayEnd(tx *db.Tx, by access.Actor, p *person.Person) error {
	roles, err := person.Roles(tx, p.Workspace, p.ID)
	if err != nil || len(roles) == 0 {
		return err
	}
	if !by.MayGive(roles) {
		return errs.New(errs.Denied, "%s holds a staff role. Only someone who may give that role can do this.", p.CalledBy(by))
	}
	if p.Status != person.Active || !access.Holds(roles, rule.SuperAdmin) {
		return nil
	}
	// Two who take the last but one away at the same moment must see each other.
	if err := workspace.Lock(tx, p.Workspace); err != nil {
		return err
	}
	if n, err := person.CountRole(tx, p.Workspace, "super-admin"); err != nil || n <= 1 {
		return errs.Or(err, errs.New(errs.Conflict, "%s is the last super-admin. Make somebody else super-admin first.", p.CalledBy(by)))
	}
	return nil
}

func tellStatus(_ *db.Tx, _ access.Actor, p *person.Person) (string, error) {
	if p.Status == person.Active {
		return "They become Deactivated: nothing of theirs is accepted at a charger any more. What they charged stays.", nil
	}
	return "They become Deactivated.", nil
}

func endStatus(tx *db.Tx, _ access.Actor, p *person.Person, reason string) error {
	if p.Status != person.Deactivated {
		// Whatever they were: the day counts, and not how far they had come.
		p.Status, p.StatusAt = person.Deactivated, tx.Now
	}
	p.StatusReason = reason
	return person.Save(tx, p)
}

func liveCards(tx *db.Tx, p *person.Person) ([]card.Card, error) {
	all, err := card.Of(tx, p.Workspace, p.ID)
	return slices.DeleteFunc(all, func(c card.Card) bool { return c.State == card.Deactivated }), err
}

func tellCards(tx *db.Tx, by access.Actor, p *person.Person) (string, error) {
	all, err := liveCards(tx, p)
	switch n := len(all); {
	case err != nil || n == 0:
		return "", err
	case n == 1 && !by.Perms.Has(access.CardsRead):
		return "Their card ends for good. Its number may be given out again.", nil
	case n == 1:
		return "Their card " + all[0].UID + " ends for good. Its number may be given out again.", nil
	default:
		return fmt.Sprintf("Their %d cards end for good. Their numbers may be given out again.", n), nil
	}
}

func endCards(tx *db.Tx, by access.Actor, p *person.Person, _ string) error {
	all, err := liveCards(tx, p)
	for i := 0; err == nil && i < len(all); i++ {
		err = endCard(tx, by, &all[i], "")
	}
	if err != nil {
		return err
	}
	return vehicle.ForgetMACs(tx, p.Workspace, p.ID)
}

func tellGroups(tx *db.Tx, _ access.Actor, p *person.Person) (string, error) {
	all, err := group.Of(tx, p.Workspace, p.ID)
	if err != nil || len(all) == 0 {
		return "", err
	}
	var names []string
	for _, g := range all {
		names = append(names, g.Name)
	}
	return "They leave " + counted(len(all), "the user group", "%d user groups") + ": " + listed(names) + ".", nil
}

func endGroups(tx *db.Tx, _ access.Actor, p *person.Person, _ string) error {
	return group.Erase(tx, p.Workspace, []id.Person{p.ID})
}

func tellGrants(tx *db.Tx, _ access.Actor, p *person.Person) (string, error) {
	all, err := grant.OfPerson(tx, p.Workspace, p.ID)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return counted(len(all), "One rule that opens a place to them by name ends.", "%d rules that open places to them by name end."), nil
}

func endGrants(tx *db.Tx, _ access.Actor, p *person.Person, _ string) error {
	return grant.RemoveAll(tx, p.Workspace, p.ID)
}

func tellRoles(tx *db.Tx, _ access.Actor, p *person.Person) (string, error) {
	held, err := person.Roles(tx, p.Workspace, p.ID)
	if err != nil || len(held) == 0 {
		return "", err
	}
	var names []string
	for _, h := range held {
		names = append(names, h.Label)
	}
	return "They lose " + counted(len(held), "the staff role", "%d staff roles") + ": " + listed(names) + ".", nil
}

func endRoles(tx *db.Tx, _ access.Actor, p *person.Person, _ string) error {
	return person.TakeRoles(tx, p.Workspace, p.ID)
}

func tellKeys(tx *db.Tx, _ access.Actor, p *person.Person) (string, error) {
	n, err := apikey.CountOf(tx, p.Workspace, journal.About("person", p.ID))
	if err != nil || n == 0 {
		return "", err
	}
	return counted(int(n), "One API key they answer for stops working.", "%d API keys they answer for stop working."), nil
}

func endKeys(tx *db.Tx, _ access.Actor, p *person.Person, _ string) error {
	return apikey.RevokeOf(tx, p.Workspace, journal.About("person", p.ID))
}

func tellInvites(tx *db.Tx, _ access.Actor, p *person.Person) (string, error) {
	_, err := invite.OpenOf(tx, p.Workspace, p.ID)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	return "The link of their invitation stops working.", err
}

func endInvites(tx *db.Tx, _ access.Actor, p *person.Person, _ string) error {
	if err := claim.Revoke(tx, p.Workspace, p.ID); err != nil {
		return err
	}
	return invite.Revoke(tx, p.Workspace, p.ID)
}

func tellViews(tx *db.Tx, _ access.Actor, p *person.Person) (string, error) {
	n, err := view.CountOwn(tx, p.Workspace, p.ID)
	if err != nil || n == 0 {
		return "", err
	}
	return counted(int(n), "One saved view that only they see is removed.", "%d saved views that only they see are removed."), nil
}

func endViews(tx *db.Tx, _ access.Actor, p *person.Person, _ string) error {
	return view.RemoveOwn(tx, p.Workspace, p.ID)
}

// counted says one thing, or how many.
func counted(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

// listed joins names, of many the first ones.
func listed(names []string) string {
	const most = 6
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
