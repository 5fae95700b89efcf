package rule

import (
	"slices"
	"strings"
	"unicode"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// About gathers what the rules want to know of one person, but for groups.
func About(tx *db.Tx, by access.Actor, p *person.Person) (t Terms, f Facts, err error) {
	t.By = by
	f = Facts{ID: p.ID, Here: true, Status: p.Status, HasEmail: p.Email != "", Identity: p.Identity, CostCenter: p.CostCenter}
	if f.Roles, err = person.Roles(tx, p.Workspace, p.ID); err != nil {
		return t, f, err
	}
	if f.Super() {
		t.Supers, err = Supers(tx, p.Workspace)
	}
	return t, f, err
}

// AboutMany gathers what the rules want to know of some people, in their order:
// a handful of statements, however many they are. Roles and how they stand with
// group g are read if asked for. With lock they stay so until tx ends.
func AboutMany(tx *db.Tx, ws id.Workspace, list []id.Person, withRoles bool, g id.Group, lock bool) ([]Facts, error) {
	padded := Pad(list)
	standing, err := person.Standings(tx, ws, padded, lock)
	if err != nil {
		return nil, err
	}
	var roles map[id.Person][]access.Held
	if withRoles {
		if roles, err = person.RolesOf(tx, ws, padded); err != nil {
			return nil, err
		}
	}
	var groups map[id.Person]group.Standing
	if g != "" {
		if groups, err = group.Standings(tx, ws, g, padded); err != nil {
			return nil, err
		}
	}
	all := make([]Facts, len(list))
	for i, who := range list {
		p, m := standing[who], groups[who]
		all[i] = Facts{
			ID: who, Here: p.Here(), Status: p.Status, Roles: roles[who], Member: m.In, Groups: m.Of,
			HasEmail: p.HasEmail, Identity: p.Identity, CostCenter: p.CostCenter,
			StatusAt: p.StatusAt, Reason: p.Reason, Since: m.Since, DeletedAt: p.DeletedAt,
		}
	}
	return all, nil
}

// Pad repeats the last of a list, for statements that name people behind IN:
// otherwise each length would be a statement of its own to be prepared and kept.
func Pad(list []id.Person) []id.Person {
	for _, n := range []int{1, 10, 100, 1000} {
		if len(list) > 0 && len(list) <= n {
			return append(slices.Clip(list), slices.Repeat(list[len(list)-1:], n-len(list))...)
		}
	}
	return list
}

// Supers counts the super-admins. Two who take the last but one away at the same
// moment must see each other: the count holds until tx ends.
func Supers(tx *db.Tx, ws id.Workspace) (int64, error) {
	if err := workspace.Lock(tx, ws); err != nil {
		return 0, err
	}
	return person.CountRole(tx, ws, SuperAdmin)
}

// Reason brings a reason into its form, or says at the field "reason" what is
// wrong with it.
func Reason(text string) (string, error) {
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	if n := len([]rune(text)); n == 0 || n > 500 || strings.ContainsFunc(text, unicode.IsControl) {
		return "", errs.AtField("reason", "Say in a few words why, for instance: left the company.")
	}
	return text, nil
}

// EndMeans ends what people act by besides their seats: API keys they answer for,
// and open invitations.
func EndMeans(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	abouts := make([]string, len(list))
	for i, p := range list {
		abouts[i] = journal.About("person", p)
	}
	if err := apikey.RevokeOfMany(tx, ws, abouts); err != nil {
		return err
	}
	return invite.RevokeMany(tx, ws, list)
}

// Delete deletes people with whom that may be done, and ends everything by which
// they could act: keys, invitations, and the browsers' sessions of those who
// have no other seat.
func Delete(tx *db.Tx, ws id.Workspace, people []person.Person) error {
	list := make([]id.Person, len(people))
	for i := range people {
		list[i] = people[i].ID
		if err := person.Delete(tx, &people[i]); err != nil {
			return err
		}
	}
	if len(list) == 0 {
		return nil
	}
	if err := EndMeans(tx, ws, Pad(list)); err != nil {
		return err
	}
	for i := range people {
		if people[i].Identity == "" {
			continue
		}
		seats, err := person.OfIdentity(tx, people[i].Identity)
		if err == nil && len(seats) == 0 {
			err = login.EndAll(tx, people[i].Identity)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
