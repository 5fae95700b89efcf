package browse

import (
	"context"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
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

var userSorts = map[UserSort]list{
	ByName:     {key: "person.sort_name", id: "person.id"},
	ByCharged:  {key: "person.last_charge_at", id: "person.id", number: true},
	BySessions: {key: "person.sessions", id: "person.id", number: true},
	ByCreated:  {key: "person.created_at", id: "person.id", number: true},
}

// UserFilter says which users are wanted; a zero field wants all.
type UserFilter struct {
	Status  person.Status
	Group   id.Group
	NoGroup bool
	Q       string // in name, e-mail address or external id, or a card in any spelling; external ids alone without personal data
	Sort    UserSort
	Paging
}

// order returns how the list is sorted, and the sort in the form that was meant.
func (f *UserFilter) order(by access.Actor) (list, UserSort, error) {
	open := by.Perms.Has(access.PersonalData)
	sort := f.Sort
	if sort == "" {
		sort = ByName
		if !open {
			sort = "-" + ByCreated
		}
	}
	name, desc := strings.CutPrefix(string(sort), "-")
	l, ok := userSorts[UserSort(name)]
	switch {
	case !ok:
		return l, "", errs.AtField("sort", "Users cannot be sorted by %q.", name)
	case UserSort(name) == ByName && !open:
		return l, "", errs.AtField("sort", "Without the permission to see personal data, users cannot be sorted by name.")
	}
	l.desc = desc
	return l, sort, nil
}

// User is one user as lists show them.
type User struct {
	ID         id.Person
	Name       string // masked without personal data, as Email
	Email      string
	ExternalID string
	CostCenter string
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
	sortName   string
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
	Sort   UserSort                // as it was done
	Now    time.Time
}

// All is how many users match all filters but the status.
func (p *UserPage) All() (n int64) {
	for _, c := range p.Counts {
		n += c
	}
	return n
}

// Users lists users.
func (s *Service) Users(ctx context.Context, by access.Actor, f UserFilter) (p UserPage, err error) {
	defer errs.Wrap(&err, "browse.Users")
	if err := by.Need(access.PeopleRead); err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = users(tx, by, f)
		return err
	})
	return p, err
}

func users(tx *db.Tx, by access.Actor, f UserFilter) (p UserPage, err error) {
	l, sort, err := f.order(by)
	if err != nil {
		return p, err
	}
	q := whereUsers(by, f)
	p.Now, p.Sort = tx.Now, sort
	if p.Counts, err = counts[person.Status](tx, `SELECT person.status, COUNT(*) FROM person WHERE `+q.where.String()+` GROUP BY person.status`, q.args); err != nil {
		return p, err
	}
	total := p.All()
	if f.Status != "" {
		q.and("person.status = ?", f.Status)
		total = p.Counts[f.Status]
	}
	name := strings.TrimPrefix(string(sort), "-")
	p.Rows, p.Page, err = pageOf(tx, l, f.Paging, person.Columns, "person", q, scanUser(by), func(u User) (string, string) {
		switch UserSort(name) {
		case ByCharged:
			return strconv.FormatInt(unix(u.LastCharge), 10), string(u.ID)
		case BySessions:
			return strconv.FormatInt(u.Sessions, 10), string(u.ID)
		case ByCreated:
			return strconv.FormatInt(unix(u.Created), 10), string(u.ID)
		default:
			return u.sortName, string(u.ID)
		}
	})
	p.Total, p.About = max(total, p.To), false
	if err == nil {
		err = decorate(tx, by, p.Rows)
	}
	return p, err
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// whereUsers makes the conditions of f but the status.
func whereUsers(by access.Actor, f UserFilter) *query {
	q := &query{}
	q.and("person.workspace = ?", by.Workspace)
	if f.Group != "" {
		q.and("person.id IN (SELECT m.person FROM group_member m WHERE m.workspace = ? AND m.user_group = ?)", by.Workspace, f.Group)
	}
	if f.NoGroup {
		q.and("NOT EXISTS (SELECT 1 FROM group_member m WHERE m.workspace = person.workspace AND m.person = person.id)")
	}
	if text := searched(f.Q); text != "" {
		who := &query{}
		wherePerson(who, by, text)
		cond, args := who.where.String(), who.args
		// A card found would tell whose it is: no search by it without personal data.
		if by.Perms.Has(access.PersonalData) && by.Perms.Has(access.CardsRead) {
			of, more := whereCard("k.uid", text)
			cond += " OR person.id IN (SELECT k.person FROM card k WHERE k.workspace = ? AND k.state <> 'deactivated' AND (" + of + "))"
			args = append(append(args, by.Workspace), more...)
		}
		q.and(cond, args...)
	}
	return q
}

func scanUser(by access.Actor) func(db.Scanner) (User, error) {
	open := by.Perms.Has(access.PersonalData)
	return func(row db.Scanner) (u User, err error) {
		p, err := person.Scan(row)
		u = User{
			ID: p.ID, Name: Name(by, p.FirstName, p.LastName, p.Email, p.ExternalID), Email: Email(by, p.Email), ExternalID: p.ExternalID,
			CostCenter: p.CostCenter, Status: p.Status, StatusAt: p.StatusAt, Identity: p.Identity, HasEmail: p.Email != "",
			Sessions: p.Sessions, Wh: p.Wh, LastCharge: p.LastCharge, Created: p.Created, sortName: p.SortName(),
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
	pair := func(row db.Scanner) (p [2]string, err error) {
		err = row.Scan(&p[0], &p[1])
		return p, err
	}
	for p, err := range db.Each(tx, pair, `SELECT m.person, g.name FROM group_member m JOIN user_group g ON g.workspace = m.workspace AND g.id = m.user_group
		WHERE m.workspace = ? AND m.person IN `+db.In(len(ids))+` ORDER BY g.rank, g.id`, db.Args(ids, any(by.Workspace))...) {
		if err != nil {
			return err
		}
		u := at[id.Person(p[0])]
		u.Groups = append(u.Groups, p[1])
	}
	if by.Perms.Has(access.CardsRead) {
		for p, err := range db.Each(tx, pair, `SELECT k.person, k.uid FROM card k WHERE k.workspace = ? AND k.person IN `+db.In(len(ids))+
			` AND k.state <> 'deactivated' ORDER BY k.id`, db.Args(ids, any(by.Workspace))...) {
			if err != nil {
				return err
			}
			u := at[id.Person(p[0])]
			u.Cards = append(u.Cards, p[1])
		}
	}
	return openInvites(tx, by, invited, at)
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
		l.v.Sent, l.v.Opened, l.v.Bounced, l.v.Expires = when(sent), when(opened), when(bounced), when(expires)
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

// MatchAtMost is how many users one piece of bulk work may be about.
const MatchAtMost = 100_000

// Matching returns every user that f finds, by id, without groups, cards and
// invitations: whom "all matching" means. More than MatchAtMost are an
// errs.Invalid.
func (s *Service) Matching(ctx context.Context, by access.Actor, f UserFilter) (all []User, err error) {
	defer errs.Wrap(&err, "browse.Matching")
	if err := by.Need(access.PeopleRead); err != nil {
		return nil, err
	}
	q := whereUsers(by, f)
	if f.Status != "" {
		q.and("person.status = ?", f.Status)
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all, err = db.All(tx, scanUser(by), `SELECT `+person.Columns+` FROM person WHERE `+q.where.String()+` ORDER BY person.id LIMIT ?`, append(q.args, MatchAtMost+1)...)
		return err
	})
	if err == nil && len(all) > MatchAtMost {
		return nil, errs.New(errs.Invalid, "More than 100,000 users match. Narrow the list down with a filter and repeat this for each part.")
	}
	return all, err
}

// UsersByID returns those of the users who exist, by id, as Matching does.
func (s *Service) UsersByID(ctx context.Context, by access.Actor, ids []id.Person) (all []User, err error) {
	defer errs.Wrap(&err, "browse.UsersByID(%d)", len(ids))
	if err := by.Need(access.PeopleRead); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all = nil
		for rest := ids; len(rest) > 0; {
			n := min(400, len(rest))
			some, err := db.All(tx, scanUser(by), `SELECT `+person.Columns+` FROM person WHERE person.workspace = ? AND person.id IN `+db.In(n), db.Args(rest[:n], any(by.Workspace))...)
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
