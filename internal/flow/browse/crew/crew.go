// Package crew is who runs a workspace, for its pages: system users with their
// roles and where these hold, and what somebody may give to others. Like
// everything below browse it only reads.
package crew

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/look"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service answers. Its methods check permission and open the transaction.
type Service struct {
	DB    *db.DB
	Users *browse.Service
}

// Member is a system user, or somebody who is invited to be one.
type Member struct {
	browse.User
	Seats    []Seat
	SignedIn time.Time // when last; zero if never, or not since that is noted
}

// Seat is a role that somebody holds, or is offered.
type Seat struct {
	access.Held
	Where   string // "Whole workspace", or the name of what it is limited to; "" for a part that is not the reader's to know
	Offered bool   // by an open invitation
}

// Kind is what a seat is limited to, in a word: "Account"; "" for the whole
// workspace.
func (s Seat) Kind() string { return KindLabel(s.At.Kind) }

// KindLabel names a kind of scope.
func KindLabel(k access.ScopeKind) string {
	return map[access.ScopeKind]string{access.InAccount: "Account", access.InGroup: "Group", access.AtLocation: "Location"}[k]
}

// most is how many system users are listed.
const most = 1000

// List lists who holds a staff role, and who is invited with one, by name or, for
// those who may not see names, the newest first.
func (s *Service) List(ctx context.Context, by access.Actor) (list []Member, err error) {
	defer errs.Wrap(&err, "crew.List")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return nil, err
	}
	return s.members(ctx, by, "")
}

// Member returns one of them, or an errs.NotFound.
func (s *Service) Member(ctx context.Context, by access.Actor, who id.Person) (m Member, err error) {
	defer errs.Wrap(&err, "crew.Member")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return m, err
	}
	list, err := s.members(ctx, by, who)
	if err == nil && len(list) == 0 {
		err = errs.New(errs.NotFound, "There is no such system user. They may have lost their roles.")
	}
	if err != nil {
		return m, err
	}
	return list[0], nil
}

func (s *Service) members(ctx context.Context, by access.Actor, only id.Person) (list []Member, err error) {
	see, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return nil, err
	}
	seats := map[id.Person][]Seat{}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		clear(seats)
		held, err := person.AllRoles(tx, by.Workspace)
		if err != nil {
			return err
		}
		for who, roles := range held {
			for _, h := range roles {
				seats[who] = append(seats[who], Seat{Held: h})
			}
		}
		if err := offers(tx, by.Workspace, seats); err != nil {
			return err
		}
		names := map[access.Scope]string{}
		for who, list := range seats {
			for i := range list {
				at := list[i].At
				if _, known := names[at]; !known {
					if names[at], err = scopeName(tx, see, at); err != nil {
						return err
					}
				}
				if at == (access.Scope{}) || in.Covers(at) {
					list[i].Where = cmp.Or(names[at], "What is gone")
				}
			}
			slices.SortFunc(list, func(a, b Seat) int {
				return cmp.Or(cmp.Compare(rank(a.Key), rank(b.Key)), strings.Compare(a.Label, b.Label), strings.Compare(a.Where, b.Where))
			})
			seats[who] = list
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	ids := make([]id.Person, 0, len(seats))
	for who := range seats {
		if only == "" || who == only {
			ids = append(ids, who)
		}
	}
	users, err := s.Users.UserRows(ctx, by, firstOf(ids))
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		list = append(list, Member{User: u.User, Seats: seats[u.ID]})
	}
	if see.Perms.Has(access.PersonalData) {
		slices.SortFunc(list, func(a, b Member) int {
			return cmp.Or(strings.Compare(person.Fold(a.Name), person.Fold(b.Name)), strings.Compare(string(a.ID), string(b.ID)))
		})
	} else {
		slices.SortFunc(list, func(a, b Member) int { return b.Created.Compare(a.Created) })
	}
	return list, s.signIns(ctx, list)
}

// scopeName names what a role is limited to, as by may see it; "" for what is not
// there.
func scopeName(tx *db.Tx, by access.Actor, at access.Scope) (string, error) {
	if at.Kind != access.InAccount {
		return person.ScopeName(tx, by.Workspace, at)
	}
	a, err := account.ByID(tx, by.Workspace, id.Account(at.ID))
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	return look.AccountName(by, a.Billing, a.Name), err
}

// firstOf bounds how many are read: a workspace has tens of system users.
func firstOf(ids []id.Person) []id.Person {
	slices.Sort(ids)
	return ids[:min(len(ids), browse.RowsAtMost, most)]
}

// rank puts the roles that come ready first, in their order.
func rank(key string) int {
	i := slices.IndexFunc(access.Roles, func(r access.Role) bool { return r.Key == key })
	if i < 0 {
		return len(access.Roles)
	}
	return i
}

// offers adds the roles that open invitations offer.
func offers(tx *db.Tx, ws id.Workspace, seats map[id.Person][]Seat) error {
	type line struct {
		who   id.Person
		offer string
	}
	open, err := db.All(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.who, &l.offer)
		return l, err
	}, `SELECT v.person, v.offer FROM invite v WHERE v.workspace = ? AND v.accepted_at IS NULL AND v.revoked_at IS NULL AND v.declined_at IS NULL AND v.offer LIKE '%"roles":[%'`, ws)
	if err != nil {
		return err
	}
	own, err := role.List(tx, ws)
	if err != nil {
		return err
	}
	for _, l := range open {
		var o invite.Offer
		if err := json.Unmarshal([]byte(l.offer), &o); err != nil {
			return fmt.Errorf("an invitation's offer: %w", err)
		}
		for _, g := range o.Roles {
			i := slices.IndexFunc(own, func(r access.Role) bool { return r.Key == g.Role })
			if i >= 0 {
				seats[l.who] = append(seats[l.who], Seat{Held: access.Held{Role: own[i], At: g.At}, Offered: true})
			}
		}
	}
	return nil
}

func (s *Service) signIns(ctx context.Context, list []Member) error {
	var logins []id.Identity
	for i := range list {
		if list[i].Identity != "" {
			logins = append(logins, list[i].Identity)
		}
	}
	return s.DB.View(ctx, func(tx *db.Tx) error {
		last, err := login.LastSignIns(tx, logins)
		for i := range list {
			list[i].SignedIn = last[list[i].Identity]
		}
		return err
	})
}

// Place is somewhere that a role can be limited to.
type Place struct {
	At    access.Scope
	Label string // "Account: Own Ltd", unlike that of every other
}

// Gifts are what somebody may give to others.
type Gifts struct {
	Roles  []access.Role // those that they may give somewhere
	Places []Place       // where
	by     access.Actor
}

// Whole reports whether a role may be given for the whole workspace.
func (g *Gifts) Whole(r access.Role) bool { return g.by.Delegable(r, access.Scope{}) }

// Place returns what a label names.
func (g *Gifts) Place(label string) (access.Scope, bool) {
	i := slices.IndexFunc(g.Places, func(p Place) bool { return strings.EqualFold(p.Label, label) })
	if i < 0 {
		return access.Scope{}, false
	}
	return g.Places[i].At, true
}

// Label names a place; "" for one that is not there.
func (g *Gifts) Label(at access.Scope) string {
	i := slices.IndexFunc(g.Places, func(p Place) bool { return p.At == at })
	if i < 0 {
		return ""
	}
	return g.Places[i].Label
}

// Gifts returns what by may give to others, and where.
func (s *Service) Gifts(ctx context.Context, by access.Actor) (g Gifts, err error) {
	defer errs.Wrap(&err, "crew.Gifts")
	in, err := by.Within(access.StaffWrite)
	if err != nil {
		return g, err
	}
	g.by = by
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		g.Roles, g.Places = nil, nil
		all, err := role.List(tx, by.Workspace)
		if err != nil {
			return err
		}
		if g.Places, err = places(tx, by.Inside(in), in); err != nil {
			return err
		}
		for _, r := range all {
			if g.Whole(r) || slices.ContainsFunc(g.Places, func(p Place) bool { return by.Delegable(r, p.At) }) {
				g.Roles = append(g.Roles, r)
			}
		}
		return nil
	})
	return g, err
}

// places are what lies within a reach, by kind and name.
func places(tx *db.Tx, by access.Actor, in access.Reach) (list []Place, err error) {
	seen := map[string]bool{}
	for _, kind := range []struct {
		of    access.ScopeKind
		query string
	}{
		{access.AtLocation, `SELECT id, name, '' FROM location WHERE workspace = ? ORDER BY name_key, id`},
		{access.InGroup, `SELECT id, name, '' FROM user_group WHERE workspace = ? ORDER BY rank, id`},
		{access.InAccount, `SELECT id, name, billing FROM account WHERE workspace = ? AND state = 'open' ORDER BY name_key, id`},
	} {
		for c, err := range db.Each(tx, func(row db.Scanner) (c browse.Choice, err error) {
			var billing account.Billing
			if err = row.Scan(&c.ID, &c.Name, &billing); billing != "" {
				c.Name = look.AccountName(by, billing, c.Name)
			}
			return c, err
		}, kind.query, by.Workspace) {
			if err != nil {
				return nil, err
			}
			p := Place{At: access.Scope{Kind: kind.of, ID: c.ID}, Label: KindLabel(kind.of) + ": " + c.Name}
			if !in.Covers(p.At) {
				continue
			}
			for n := 2; seen[strings.ToLower(p.Label)]; n++ { // two of one name
				p.Label = fmt.Sprintf("%s: %s (%d)", KindLabel(kind.of), c.Name, n)
			}
			seen[strings.ToLower(p.Label)] = true
			list = append(list, p)
		}
	}
	return list, nil
}
