package browse

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/flow/browse/roster"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// UserSort is what a list of users is sorted by; with a minus in front, the
// other way round.
type UserSort string

// The orders. The list begins by name, or, for those who may not see names, with
// the newest.
const (
	ByName     UserSort = "name"
	ByCharged  UserSort = "charged" // when they last charged, the longest ago first
	BySessions UserSort = "sessions"
	ByCreated  UserSort = "created"
)

var userSorts = map[UserSort]roster.Sort{ByName: roster.ByName, ByCharged: roster.ByCharged, BySessions: roster.BySessions, ByCreated: roster.ByCreated}

// UserFilter says which users are wanted; a zero field wants all.
type UserFilter struct {
	Status       person.Status
	Account      id.Account // it, or one below it, pays
	Group        id.Group
	NoGroup      bool
	CostCenter   string
	Location     id.Location // who may charge there
	NeverCharged bool
	CardMissing  bool
	Q            string // in name, e-mail address or external id, or a card in any spelling; external ids alone without personal data
	Sort         UserSort
	Soon         bool // while the list is still being read into memory a page without counts will do
	Paging
}

// order returns how the list is sorted, and the sort in the form that was meant.
func (f *UserFilter) order(by access.Actor) (order roster.Sort, down bool, meant UserSort, err error) {
	open := by.Perms.Has(access.PersonalData)
	meant = f.Sort
	if meant == "" {
		meant = ByName
		if !open {
			meant = "-" + ByCreated
		}
	}
	name, down := strings.CutPrefix(string(meant), "-")
	order, ok := userSorts[UserSort(name)]
	switch {
	case !ok:
		return 0, false, "", errs.AtField("sort", "Users cannot be sorted by %q.", name)
	case order == roster.ByName && !open:
		return 0, false, "", errs.AtField("sort", "While names are hidden from you, users cannot be sorted by name.")
	}
	return order, down, meant, nil
}

// User is one user as lists show them.
type User struct {
	ID         id.Person
	Name       string // masked without personal data, as Email
	Email      string
	ExternalID string
	CostCenter string
	Account    id.Account // who pays; "" for the operator itself
	Status     person.Status
	Reason     string // why deactivated; empty without personal data
	StatusAt   time.Time
	Identity   id.Identity // "" until they came in
	HasEmail   bool
	Groups     []string // names, in the groups' order
	Cards      []string // numbers, the oldest first; without those that were removed
	Invite     *Invite  // the open invitation, nil if there is none
	Sessions   int64
	Wh         int64
	LastCharge time.Time
	Created    time.Time
}

// Invite is where an open invitation stands.
type Invite struct {
	State                          string // as [invite.Invite.State] says
	Sent, Opened, Bounced, Expires time.Time
	Bounce                         string // the mail server's words; empty without personal data
}

// UserPage is one page of users.
type UserPage struct {
	Page
	Rows   []User
	Counts map[person.Status]int64 // that match all filters but the status
	Over   map[person.Status]bool  // of which statuses there are more than Counts says: counting stopped there
	Sort   UserSort                // as it was done
	Plain  bool                    // there are no Counts yet, and Total is -1: see UserFilter.Soon
	Now    time.Time
}

// All is how many users match all filters but the status.
func (p *UserPage) All() (n int64) {
	for _, c := range p.Counts {
		n += c
	}
	return n
}

// Users lists users. It must not be called inside a transaction.
func (s *Service) Users(ctx context.Context, by access.Actor, f UserFilter) (p UserPage, err error) {
	defer errs.Wrap(&err, "browse.Users")
	by, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return p, err
	}
	want, at, sort, err := f.want(by)
	if err != nil {
		return p, err
	}
	p.Sort = sort
	list, err := s.lists.Of(ctx, s.DB, by.Workspace, f.Soon)
	if roster.IsLoading(err) && f.Soon {
		return s.plain(ctx, by, in, &f, &want, at, sort)
	}
	if err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p.Now = tx.Now
		var more bool
		if want.Filter, more, err = rosterFilter(tx, by, in, &f, cardsAtMost); err != nil {
			return err
		}
		part := list.Part(&want)
		p.Counts, p.Over = map[person.Status]int64{}, map[person.Status]bool{}
		for i, s := range person.Statuses {
			if n := part.Counts[i]; n > 0 {
				p.Counts[s] = int64(n)
			}
			if part.Over[i] || more {
				p.Over[s] = true
			}
		}
		p.Page = pageOfUsers(&part, &want, at)
		p.About = p.About || more
		p.Rows, err = userRows(tx, by, in, part.IDs)
		return err
	})
	return p, err
}

// want is which part of the list is asked for, without the filter, and the order in
// the form that was meant.
func (f *UserFilter) want(by access.Actor) (want roster.Want, at paging.Cursor, sort UserSort, err error) {
	want.Limit = f.Rows()
	if want.Sort, want.Down, sort, err = f.order(by); err != nil {
		return want, at, sort, err
	}
	if at, err = paging.ParseCursor(f.At); err != nil || !at.Set {
		return want, at, sort, err
	}
	want.Back = at.Back
	want.From, err = userAt(at, want.Sort)
	return want, at, sort, err
}

// pageOfUsers says which part of the list was given.
func pageOfUsers(part *roster.Part, want *roster.Want, at paging.Cursor) (p Page) {
	p.Total, p.About = int64(part.Total), part.About
	n := int64(len(part.IDs))
	if n == 0 {
		return p
	}
	before := at.Offset // rows in front of this page
	if at.Back {
		before = max(0, at.Offset-1-n)
	}
	p.From, p.To = before+1, before+n
	p.Total = max(p.Total, p.To)
	if at.Set && !at.Back || at.Back && part.More {
		p.Prev = userEdge(want.Sort, part.First, true, p.From)
	}
	if at.Back || part.More {
		p.Next = userEdge(want.Sort, part.Last, false, p.To)
	}
	return p
}

func userEdge(s roster.Sort, k roster.Key, back bool, offset int64) string {
	c := paging.Cursor{Back: back, Offset: offset, Key: k.Text, ID: id.Text[string](k.ID)}
	if s != roster.ByName {
		c.Key = strconv.FormatInt(k.Number, 10)
	}
	return c.String()
}

// userAt is the place in a list of users that c names.
func userAt(c paging.Cursor, s roster.Sort) (*roster.Key, error) {
	k := &roster.Key{ID: id.RawOf(c.ID)}
	if s == roster.ByName {
		k.Text = c.Key
		return k, nil
	}
	n, err := strconv.ParseInt(c.Key, 10, 64)
	if err != nil {
		return nil, errs.AtField("page", "This page of the list does not exist. Go back to the first one.")
	}
	k.Number = n
	return k, nil
}

// After is the value of Paging.At for the page that begins behind p, the user at
// place offset of a list in the given order.
func After(sort UserSort, p *person.Person, offset int64) string {
	k := roster.Key{ID: id.RawOf(p.ID), Text: p.SortName()}
	order := userSorts[UserSort(strings.TrimPrefix(string(sort), "-"))]
	k.Number = map[roster.Sort]int64{roster.ByCharged: unix(p.LastCharge), roster.BySessions: p.Sessions, roster.ByCreated: unix(p.Created)}[order]
	return userEdge(order, k, false, offset)
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// userRows reads users as lists show them, in the order of ids. Whoever is gone
// is left out.
func userRows(tx *db.Tx, by access.Actor, in access.Reach, ids []id.Person) ([]User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ask := In(ids)
	only, more := person.Reached(in) // whoever left it a moment ago is not shown, whatever the list in memory says
	list, err := db.All(tx, scanUser(by), `SELECT `+person.Columns+` FROM person WHERE person.workspace = ? AND person.deleted_at = 0 AND person.id IN `+db.In(len(ask))+only,
		append(db.Args(ask, any(by.Workspace)), more...)...)
	if err != nil {
		return nil, err
	}
	at := make(map[id.Person]int, len(ids))
	for i, who := range ids {
		at[who] = i
	}
	slices.SortFunc(list, func(a, b User) int { return at[a.ID] - at[b.ID] })
	return list, decorate(tx, by, list)
}

func scanUser(by access.Actor) func(db.Scanner) (User, error) {
	open := by.Perms.Has(access.PersonalData)
	return func(row db.Scanner) (u User, err error) {
		p, err := person.Scan(row)
		u = User{
			ID: p.ID, Name: look.Name(by, p.FirstName, p.LastName, p.Email, p.ExternalID), Email: look.Email(by, p.Email), ExternalID: p.ExternalID,
			CostCenter: p.CostCenter, Account: p.Account, Status: p.Status, StatusAt: p.StatusAt, Identity: p.Identity, HasEmail: p.Email != "",
			Sessions: p.Sessions, Wh: p.Wh, LastCharge: p.LastCharge, Created: p.Created,
		}
		if u.Name == "" {
			u.Name = p.Name() // "Unnamed user"
		}
		if open {
			u.Reason = p.StatusReason
		}
		return u, err
	}
}

// decorate adds to a page of users what stands in other tables, with one query
// for each of them.
func decorate(tx *db.Tx, by access.Actor, rows []User) error {
	at := make(map[id.Person]*User, len(rows))
	ids := make([]id.Person, 0, len(rows))
	var invited []id.Person
	for i := range rows {
		at[rows[i].ID] = &rows[i]
		ids = append(ids, rows[i].ID)
		if rows[i].Status == person.Invited {
			invited = append(invited, rows[i].ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	ask := In(ids)
	if err := groupNames(tx, by, ask, at); err != nil {
		return err
	}
	if by.Perms.Has(access.CardsRead) {
		// Put into order here: asked to, SQLite walks all cards in the order of ids.
		cards, err := db.All(tx, three, `SELECT k.id, k.person, k.uid FROM card k WHERE k.workspace = ? AND k.person IN `+db.In(len(ask))+` AND k.state <> 'deactivated'`,
			db.Args(ask, any(by.Workspace))...)
		if err != nil {
			return err
		}
		slices.SortFunc(cards, func(a, b [3]string) int { return strings.Compare(a[0], b[0]) })
		for _, c := range cards {
			u := at[id.Person(c[1])]
			u.Cards = append(u.Cards, c[2])
		}
	}
	return openInvites(tx, by, invited, at)
}

func three(row db.Scanner) (t [3]string, err error) {
	err = row.Scan(&t[0], &t[1], &t[2])
	return t, err
}

// groupNames adds the names of the groups that users are in, in the groups' order.
func groupNames(tx *db.Tx, by access.Actor, ids []id.Person, at map[id.Person]*User) error {
	type member struct {
		who   id.Person
		group id.Group
	}
	members, err := db.All(tx, func(row db.Scanner) (m member, err error) {
		err = row.Scan(&m.who, &m.group)
		return m, err
	}, `SELECT person, user_group FROM group_member WHERE workspace = ? AND person IN `+db.In(len(ids)), db.Args(ids, any(by.Workspace))...)
	if err != nil || len(members) == 0 {
		return err
	}
	in := map[id.Group][]id.Person{}
	for _, m := range members {
		in[m.group] = append(in[m.group], m.who)
	}
	type named struct {
		id   id.Group
		name string
		rank int64
	}
	var groups []named
	for part := range slices.Chunk(slices.Collect(maps.Keys(in)), 100) {
		size := 10 // few lengths: each is a statement of its own
		if len(part) > size {
			size = 100
		}
		for len(part) < size {
			part = append(part, part[0])
		}
		some, err := db.All(tx, func(row db.Scanner) (g named, err error) {
			err = row.Scan(&g.id, &g.name, &g.rank)
			return g, err
		}, `SELECT id, name, rank FROM user_group WHERE workspace = ? AND id IN `+db.In(len(part)), db.Args(part, any(by.Workspace))...)
		if err != nil {
			return err
		}
		groups = append(groups, some...)
	}
	slices.SortFunc(groups, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(string(a.id), string(b.id)))
	})
	for _, g := range groups {
		for _, who := range in[g.id] {
			at[who].Groups = append(at[who].Groups, g.name)
		}
	}
	return nil
}

func openInvites(tx *db.Tx, by access.Actor, ids []id.Person, at map[id.Person]*User) error {
	if len(ids) == 0 {
		return nil
	}
	type line struct {
		who id.Person
		v   Invite
	}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		var sent, opened, bounced, expires int64
		err = row.Scan(&l.who, &sent, &opened, &bounced, &l.v.Bounce, &expires)
		l.v.Sent, l.v.Opened, l.v.Bounced, l.v.Expires = paging.When(sent), paging.When(opened), paging.When(bounced), paging.When(expires)
		return l, err
	}, `SELECT v.person, COALESCE(v.sent_at, 0), COALESCE(v.opened_at, 0), COALESCE(v.bounced_at, 0), v.bounce, v.expires_at FROM invite v
		WHERE v.workspace = ? AND v.accepted_at IS NULL AND v.revoked_at IS NULL AND v.declined_at IS NULL AND v.person IN `+db.In(len(ids)),
		db.Args(ids, any(by.Workspace))...) {
		if err != nil {
			return err
		}
		v := l.v
		v.State = (&invite.Invite{Sent: v.Sent, Opened: v.Opened, Bounced: v.Bounced, Expires: v.Expires}).State(tx.Now)
		if !by.Perms.Has(access.PersonalData) {
			v.Bounce = ""
		}
		at[l.who].Invite = &v
	}
	return nil
}

// Matching returns every user that f finds, by id: whom "all matching" means. It
// must not be called inside a transaction.
func (s *Service) Matching(ctx context.Context, by access.Actor, f UserFilter) (all []id.Person, err error) {
	defer errs.Wrap(&err, "browse.Matching")
	by, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return nil, err
	}
	list, err := s.lists.Of(ctx, s.DB, by.Workspace, false)
	if err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		wanted, _, err := rosterFilter(tx, by, in, &f, math.MaxInt32)
		all = list.All(&wanted)
		return err
	})
	return all, err
}

// UsersByID returns those of the users who exist, without groups, cards and
// invitations, in no order. It is for some hundreds.
func (s *Service) UsersByID(ctx context.Context, by access.Actor, ids []id.Person) (all []User, err error) {
	defer errs.Wrap(&err, "browse.UsersByID(%d)", len(ids))
	by, in, err := look.Sight(by, access.PeopleRead)
	if err != nil {
		return nil, err
	}
	only, more := person.Reached(in)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all = nil
		for rest := ids; len(rest) > 0; {
			n := min(400, len(rest))
			some, err := db.All(tx, scanUser(by), `SELECT `+person.Columns+` FROM person WHERE person.workspace = ? AND person.deleted_at = 0 AND person.id IN `+db.In(n)+only, append(db.Args(rest[:n], any(by.Workspace)), more...)...)
			if err != nil {
				return err
			}
			all, rest = append(all, some...), rest[n:]
		}
		return nil
	})
	return all, err
}

// CardState is the word for how a card stands now, dates included.
func CardState(c *card.Card, now time.Time) card.State {
	if c.State == card.Active && !c.ValidTo.IsZero() && !c.ValidTo.After(now) {
		return card.Expired
	}
	return c.State
}
