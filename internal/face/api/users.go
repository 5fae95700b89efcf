package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// User is a user as the API shows them.
type User struct {
	ID           string     `json:"id" doc:"The user's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Name         string     `json:"name" doc:"How to call the user; masked without the permission personal-data." example:"Anna Berg"`
	Email        *string    `json:"email" doc:"Masked without the permission personal-data; null for pool cars and guest cards." example:"anna.berg@example.com"`
	FirstName    string     `json:"first_name" doc:"Masked without the permission personal-data." example:"Anna"`
	LastName     string     `json:"last_name" doc:"Masked without the permission personal-data." example:"Berg"`
	Phone        *string    `json:"phone" doc:"Null if unknown, and without the permission personal-data." example:"+49 30 1234567"`
	Language     *string    `json:"language" doc:"Two letters; null if unknown." example:"de"`
	ExternalID   *string    `json:"external_id" doc:"The operator's own number, unique in the workspace." example:"E-1042"`
	CostCenter   *string    `json:"cost_center" example:"Sales" doc:"Who pays, in the operator's books."`
	Info1        *string    `json:"info_1" doc:"Free text; null without the permission personal-data."`
	Info2        *string    `json:"info_2" doc:"Free text; null without the permission personal-data."`
	Status       string     `json:"status" enum:"imported,invited,to-be-approved,active,deactivated,declined" doc:"How far the user has come." example:"active"`
	StatusReason *string    `json:"status_reason" doc:"Why deactivated; null without the permission personal-data."`
	StatusSince  *time.Time `json:"status_since" doc:"Since when."`
	Sessions     int64      `json:"sessions" doc:"How many charging sessions ended." example:"12"`
	EnergyWh     int64      `json:"energy_wh" doc:"Energy of those, in watt-hours." example:"184200"`
	LastCharged  *time.Time `json:"last_charged_at" doc:"Null if never."`
	Version      int64      `json:"version" doc:"Counts changes; If-Match compares it." example:"3"`
	CreatedAt    time.Time  `json:"created_at" doc:"When the user was added."`
}

// UserDetail is a user with what belongs to them.
type UserDetail struct {
	User
	Groups []Ref `json:"groups" nullable:"false" doc:"The user's groups; the first gives the terms."`
}

func userOf(by access.Actor, p *person.Person) User {
	u := User{
		ID: string(p.ID), Name: browse.Name(by, p.FirstName, p.LastName, p.Email, p.ExternalID), Language: orNull(p.Language),
		ExternalID: orNull(p.ExternalID), CostCenter: orNull(p.CostCenter), Status: string(p.Status), StatusSince: instant(p.StatusAt),
		Sessions: p.Sessions, EnergyWh: p.Wh, LastCharged: instant(p.LastCharge), Version: p.Version, CreatedAt: p.Created,
		FirstName: browse.MaskName(p.FirstName), LastName: browse.MaskName(p.LastName),
	}
	if p.Email != "" {
		u.Email = orNull(browse.Email(by, p.Email))
	}
	if mayKnow(by) {
		u.FirstName, u.LastName, u.Phone = p.FirstName, p.LastName, orNull(p.Phone)
		u.Info1, u.Info2, u.StatusReason = orNull(p.Info1), orNull(p.Info2), orNull(p.StatusReason)
	}
	return u
}

type listUsersIn struct {
	Listing
	Status     string `query:"status" enum:"imported,invited,to-be-approved,active,deactivated,declined" doc:"Only users of this status."`
	Group      string `query:"group" maxLength:"26" doc:"Only members of the group with this id."`
	Q          string `query:"q" maxLength:"200" doc:"Only users whose name has this in it, or whose e-mail address or external id begins so, or who have the card with this number; without the permission personal-data, only by external id."`
	ExternalID string `query:"external_id" maxLength:"100" doc:"Only the user with exactly this external id."`
}

func (s *server) listUsers(ctx context.Context, by access.Actor, in *listUsersIn) (*listed[User], error) {
	filters := filled("status", in.Status, "group", in.Group, "q", in.Q, "external_id", in.ExternalID)
	at, err := s.at(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	var people []person.Person
	next := ""
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if in.ExternalID != "" {
			people, err = byExternalID(tx, by, in)
			return err
		}
		got, err := s.Browse.Users(s.DB.Join(ctx, tx), by, browse.UserFilter{
			Status: person.Status(in.Status), Group: id.Group(in.Group), Q: in.Q, Sort: browse.ByCreated, Paging: browse.Paging{At: at, Limit: in.Limit},
		})
		if err != nil {
			return err
		}
		next = got.Next
		people, err = inOrder(tx, by, got.Rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pageOf(ctx, s, in.Listing, filters, each(people, func(p *person.Person) User { return userOf(by, p) }), next)
}

// byExternalID finds the one user with an external id, if the other filters let
// them through.
func byExternalID(tx *db.Tx, by access.Actor, in *listUsersIn) ([]person.Person, error) {
	if in.Q != "" {
		return nil, errs.AtField("query.q", "Search by q or by external_id, not by both.")
	}
	people, err := person.ByExternalIDs(tx, by.Workspace, []string{in.ExternalID})
	if err != nil || len(people) == 0 || in.Status != "" && people[0].Status != person.Status(in.Status) {
		return nil, err
	}
	if in.Group == "" {
		return people, nil
	}
	groups, err := group.Of(tx, by.Workspace, people[0].ID)
	if err != nil || !slices.ContainsFunc(groups, func(g group.Group) bool { return g.ID == id.Group(in.Group) }) {
		return nil, err
	}
	return people, nil
}

// inOrder reads the people of a list, in its order.
func inOrder(tx *db.Tx, by access.Actor, rows []browse.User) ([]person.Person, error) {
	ids := make([]id.Person, len(rows))
	place := map[id.Person]int{}
	for i := range rows {
		ids[i] = rows[i].ID
		place[rows[i].ID] = i
	}
	people, err := person.ByIDs(tx, by.Workspace, ids)
	slices.SortFunc(people, func(a, b person.Person) int { return place[a.ID] - place[b.ID] })
	return people, err
}

// ByID is the id in a path.
type ByID struct {
	ID string `path:"id" doc:"The id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
}

// idIn reads an id from a path or a body.
func idIn[T ~string](text, what string) (T, error) {
	if !id.Valid(text) {
		return "", errs.New(errs.NotFound, "There is no such %s.", what)
	}
	return T(text), nil
}

func (s *server) readUser(ctx context.Context, by access.Actor, in *ByID) (*one[UserDetail], error) {
	who, err := idIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	return s.user(ctx, by, who)
}

// user answers with one user as they are now.
func (s *server) user(ctx context.Context, by access.Actor, who id.Person) (out *one[UserDetail], err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		groups, err := group.Of(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		out = &one[UserDetail]{Body: UserDetail{User: userOf(by, &p), Groups: []Ref{}}}
		for _, g := range groups {
			out.Body.Groups = append(out.Body.Groups, Ref{string(g.ID), g.Name})
		}
		out.ETag = tag(p.Version, out.Body)
		return nil
	})
	return out, err
}

// discreet says an error to somebody who may not know names, which the
// sentences of flows carry.
func discreet(by access.Actor, err error) error {
	if mayKnow(by) {
		return err
	}
	switch errs.KindOf(err) {
	case errs.Conflict:
		return errs.New(errs.Conflict, "The present state does not allow this.")
	case errs.Denied:
		return errs.New(errs.Denied, "This user holds a staff role. Only someone who may give that role can do this.")
	default:
		return err
	}
}

type createUserIn struct {
	Idempotent
	Body struct {
		Email      string `json:"email,omitempty" maxLength:"320" doc:"Unique in the workspace; left out for pool cars and guest cards, which then need an external id." example:"anna.berg@example.com"`
		FirstName  string `json:"first_name,omitempty" maxLength:"200" doc:"First name." example:"Anna"`
		LastName   string `json:"last_name,omitempty" maxLength:"200" doc:"Last name, or what a pool car is called." example:"Berg"`
		Phone      string `json:"phone,omitempty" maxLength:"40" doc:"Phone number." example:"+49 30 1234567"`
		Language   string `json:"language,omitempty" pattern:"^([a-z]{2})?$" doc:"Two letters." example:"de"`
		ExternalID string `json:"external_id,omitempty" maxLength:"100" doc:"The operator's own number, unique in the workspace." example:"E-1042"`
		CostCenter string `json:"cost_center,omitempty" maxLength:"100" doc:"Made known if it is not." example:"Sales"`
		Info1      string `json:"info_1,omitempty" maxLength:"500" doc:"Free text."`
		Info2      string `json:"info_2,omitempty" maxLength:"500" doc:"Free text."`
	} `nameHint:"CreateUser"`
}

// Idempotent is the header that every POST takes.
type Idempotent struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"Any text of your own, 1 to 255 characters. A request that is sent again with the same key within a day has one effect and gets the same answer; a different request with the same key is refused."`
}

func (s *server) createUser(ctx context.Context, by access.Actor, in *createUserIn) (*made[UserDetail], error) {
	b := &in.Body
	if b.Email != "" || b.FirstName != "" || b.LastName != "" || b.Phone != "" || b.Info1 != "" || b.Info2 != "" {
		if err := needs(by, access.PersonalData); err != nil {
			return nil, err
		}
	}
	if b.Email == "" && strings.TrimSpace(b.ExternalID) == "" {
		return nil, errs.AtField("email", "Give an e-mail address, or an external id for a user who has none.")
	}
	p, err := s.People.Create(ctx, by, person.Person{
		Email: b.Email, FirstName: b.FirstName, LastName: b.LastName, Phone: b.Phone, Language: b.Language,
		ExternalID: b.ExternalID, CostCenter: b.CostCenter, Info1: b.Info1, Info2: b.Info2,
	})
	if err != nil {
		return nil, discreet(by, err)
	}
	got, err := s.user(ctx, by, p.ID)
	if err != nil {
		return nil, err
	}
	return &made[UserDetail]{Location: s.public + prefix + "/users/" + got.Body.ID, ETag: got.ETag, Body: got.Body}, nil
}

type changeUserIn struct {
	ByID
	IfMatch string `header:"If-Match" maxLength:"500" doc:"The ETag of what was read; the change is refused with 412 if the user has changed since."`
	Body    struct {
		FirstName  *string `json:"first_name,omitempty" maxLength:"200" doc:"First name." example:"Anna"`
		LastName   *string `json:"last_name,omitempty" maxLength:"200" doc:"Last name." example:"Berg"`
		Phone      *string `json:"phone,omitempty" maxLength:"40" doc:"Phone number."`
		Language   *string `json:"language,omitempty" pattern:"^([a-z]{2})?$" doc:"Two letters."`
		ExternalID *string `json:"external_id,omitempty" maxLength:"100" doc:"The operator's own number, unique in the workspace."`
		CostCenter *string `json:"cost_center,omitempty" maxLength:"100" doc:"Made known if it is not."`
		Info1      *string `json:"info_1,omitempty" maxLength:"500" doc:"Free text."`
		Info2      *string `json:"info_2,omitempty" maxLength:"500" doc:"Free text."`
	} `nameHint:"ChangeUser"`
}

func (s *server) changeUser(ctx context.Context, by access.Actor, in *changeUserIn) (*one[UserDetail], error) {
	b := &in.Body
	if b.FirstName != nil || b.LastName != nil || b.Phone != nil || b.Info1 != nil || b.Info2 != nil {
		if err := needs(by, access.PersonalData); err != nil {
			return nil, err
		}
	}
	who, err := idIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	var p person.Person
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		p, err = person.ByID(tx, by.Workspace, who)
		return err
	}); err != nil {
		return nil, err
	}
	if err := unchanged(in.IfMatch, p.Version); err != nil {
		return nil, err
	}
	for _, f := range []struct{ to, from *string }{
		{&p.FirstName, b.FirstName},
		{&p.LastName, b.LastName},
		{&p.Phone, b.Phone},
		{&p.Language, b.Language},
		{&p.ExternalID, b.ExternalID},
		{&p.CostCenter, b.CostCenter},
		{&p.Info1, b.Info1},
		{&p.Info2, b.Info2},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if _, err := s.People.Update(ctx, by, p); err != nil {
		return nil, raced(in.IfMatch, discreet(by, err))
	}
	return s.user(ctx, by, who)
}

type inviteUsersIn struct {
	Idempotent
	Body struct {
		Users []string `json:"user_ids" nullable:"false" minItems:"1" maxItems:"200" uniqueItems:"true" doc:"Whom to invite."`
	} `nameHint:"InviteUsers"`
}

// Invitations is what became of a request to invite.
type Invitations struct {
	Invited int          `json:"invited" doc:"How many are mailed." example:"1"`
	Skipped int          `json:"skipped" doc:"How many are not." example:"0"`
	Users   []Invitation `json:"users" nullable:"false" doc:"What became of each, in the order of the request."`
}

// Invitation is what became of one user in it.
type Invitation struct {
	UserID  string  `json:"user_id" doc:"Who." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Invited bool    `json:"invited" doc:"Whether a mail goes out."`
	Why     *string `json:"why" doc:"Why not; null if one does." example:"has no e-mail address"`
}

func (s *server) inviteUsers(ctx context.Context, by access.Actor, in *inviteUsersIn) (*one[Invitations], error) {
	list := make([]id.Person, 0, len(in.Body.Users))
	for _, u := range in.Body.Users {
		if id.Valid(u) {
			list = append(list, id.Person(u))
		}
	}
	done, err := s.Onboard.InviteAgain(ctx, by, list)
	if err != nil {
		return nil, discreet(by, err)
	}
	became := map[string]Invitation{}
	for _, d := range done {
		became[string(d.Person)] = Invitation{UserID: string(d.Person), Invited: d.Done, Why: orNull(d.Why)}
	}
	out := &one[Invitations]{}
	for _, u := range in.Body.Users {
		v, ok := became[u]
		if !ok {
			why := "is not here"
			v = Invitation{UserID: u, Why: &why}
		}
		if v.Invited {
			out.Body.Invited++
		} else {
			out.Body.Skipped++
		}
		out.Body.Users = append(out.Body.Users, v)
	}
	return out, nil
}

type deactivateUserIn struct {
	ByID
	Idempotent
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; staff see it." example:"Left the company"`
	} `nameHint:"DeactivateUser"`
}

func (s *server) deactivateUser(ctx context.Context, by access.Actor, in *deactivateUserIn) (*one[UserDetail], error) {
	who, err := idIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	if err := s.People.Deactivate(ctx, by, who, in.Body.Reason); err != nil {
		return nil, discreet(by, err)
	}
	return s.user(ctx, by, who)
}

type postByID struct {
	ByID
	Idempotent
}

func (s *server) reactivateUser(ctx context.Context, by access.Actor, in *postByID) (*one[UserDetail], error) {
	who, err := idIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	if err := s.People.Reactivate(ctx, by, who); err != nil {
		return nil, discreet(by, err)
	}
	return s.user(ctx, by, who)
}
