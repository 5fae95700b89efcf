package users

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/face/api/frame"
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
	Groups   []frame.Ref `json:"groups" nullable:"false" doc:"The user's groups; the first gives the terms."`
	Vehicles []Vehicle   `json:"vehicles" nullable:"false" doc:"The user's vehicles, the oldest first."`
	LeavesAt *time.Time  `json:"leaves_at" doc:"The first moment at which the user is no longer here, if a departure is planned; null if none is."`
}

func userOf(by access.Actor, p *person.Person) User {
	u := User{
		ID: string(p.ID), Name: browse.Name(by, p.FirstName, p.LastName, p.Email, p.ExternalID), Language: frame.OrNull(p.Language),
		ExternalID: frame.OrNull(p.ExternalID), CostCenter: frame.OrNull(p.CostCenter), Status: string(p.Status), StatusSince: frame.Instant(p.StatusAt),
		Sessions: p.Sessions, EnergyWh: p.Wh, LastCharged: frame.Instant(p.LastCharge), Version: p.Version, CreatedAt: p.Created,
		FirstName: browse.MaskName(p.FirstName), LastName: browse.MaskName(p.LastName),
	}
	if p.Email != "" {
		u.Email = frame.OrNull(browse.Email(by, p.Email))
	}
	if frame.MayKnow(by) {
		u.FirstName, u.LastName, u.Phone = p.FirstName, p.LastName, frame.OrNull(p.Phone)
		u.Info1, u.Info2, u.StatusReason = frame.OrNull(p.Info1), frame.OrNull(p.Info2), frame.OrNull(p.StatusReason)
	}
	return u
}

func (s *desk) readUser(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[UserDetail], error) {
	who, err := frame.IDIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	return s.user(ctx, by, who)
}

// user answers with one user as they are now.
func (s *desk) user(ctx context.Context, by access.Actor, who id.Person) (out *frame.One[UserDetail], err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		out = &frame.One[UserDetail]{}
		if out.Body, err = detailOf(tx, by, &p); err != nil {
			return err
		}
		out.ETag = frame.Tag(p.Version, out.Body)
		return nil
	})
	return out, err
}

// detailOf reads what belongs to a user.
func detailOf(tx *db.Tx, by access.Actor, p *person.Person) (d UserDetail, err error) {
	groups, err := group.Of(tx, p.Workspace, p.ID)
	if err != nil {
		return d, err
	}
	cars, err := vehicle.Of(tx, p.Workspace, p.ID)
	if err != nil {
		return d, err
	}
	leaves, err := person.DepartureOf(tx, p.Workspace, p.ID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return d, err
	}
	d = UserDetail{User: userOf(by, p), Groups: frame.Each(groups, func(g *group.Group) frame.Ref { return frame.Ref{ID: string(g.ID), Name: g.Name} }), Vehicles: frame.Each(cars, vehicleFor(by))}
	if leaves.Done.IsZero() {
		d.LeavesAt = frame.Instant(leaves.At)
	}
	return d, nil
}

type createUserIn struct {
	frame.Idempotent
	Body struct {
		Email      string `json:"email,omitempty" maxLength:"320" doc:"Unique in the workspace; left out for pool cars and guest cards, which then need a name or an external id, and a card." example:"anna.berg@example.com"`
		FirstName  string `json:"first_name,omitempty" maxLength:"200" doc:"First name." example:"Anna"`
		LastName   string `json:"last_name,omitempty" maxLength:"200" doc:"Last name, or what a pool car is called." example:"Berg"`
		Phone      string `json:"phone,omitempty" maxLength:"40" doc:"Phone number." example:"+49 30 1234567"`
		Language   string `json:"language,omitempty" pattern:"^([a-z]{2})?$" doc:"Two letters." example:"de"`
		ExternalID string `json:"external_id,omitempty" maxLength:"100" doc:"The operator's own number, unique in the workspace." example:"E-1042"`
		CostCenter string `json:"cost_center,omitempty" maxLength:"100" doc:"Made known if it is not." example:"Sales"`
		Info1      string `json:"info_1,omitempty" maxLength:"500" doc:"Free text."`
		Info2      string `json:"info_2,omitempty" maxLength:"500" doc:"Free text."`
		CardNumber string `json:"card_number,omitempty" maxLength:"64" doc:"The number of a charging card in any spelling; needed by a user without an e-mail address, and needs the permission cards:write." example:"04A29F1B"`
	} `nameHint:"CreateUser"`
}

func (s *desk) createUser(ctx context.Context, by access.Actor, in *createUserIn) (*frame.Made[UserDetail], error) {
	b := &in.Body
	if b.Email != "" || b.FirstName != "" || b.LastName != "" || b.Phone != "" || b.Info1 != "" || b.Info2 != "" {
		if err := frame.Needs(by, access.PersonalData); err != nil {
			return nil, err
		}
	}
	if b.CardNumber != "" {
		if err := frame.Needs(by, access.CardsWrite); err != nil {
			return nil, err
		}
	}
	if strings.TrimSpace(b.Email+b.ExternalID+b.FirstName+b.LastName) == "" {
		return nil, errs.AtField("email", "Give an e-mail address, or for a user who has none a name or an external id.")
	}
	var cards []string
	if b.CardNumber != "" {
		cards = append(cards, b.CardNumber)
	}
	p, err := s.People.Create(ctx, by, person.Person{
		Email: b.Email, FirstName: b.FirstName, LastName: b.LastName, Phone: b.Phone, Language: b.Language,
		ExternalID: b.ExternalID, CostCenter: b.CostCenter, Info1: b.Info1, Info2: b.Info2,
	}, cards...)
	if err != nil {
		return nil, frame.Discreet(by, err)
	}
	got, err := s.user(ctx, by, p.ID)
	if err != nil {
		return nil, err
	}
	return &frame.Made[UserDetail]{Location: s.Public + frame.Prefix + "/users/" + got.Body.ID, ETag: got.ETag, Body: got.Body}, nil
}

type changeUserIn struct {
	frame.ByID
	frame.Precondition
	Body struct {
		Email      *string `json:"email,omitempty" maxLength:"320" doc:"Of a user who has not come in yet: an open invitation went to the old address, so it is revoked. Whoever can sign in changes their address themselves."`
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

func (s *desk) changeUser(ctx context.Context, by access.Actor, in *changeUserIn) (*frame.One[UserDetail], error) {
	b := &in.Body
	if b.Email != nil || b.FirstName != nil || b.LastName != nil || b.Phone != nil || b.Info1 != nil || b.Info2 != nil {
		if err := frame.Needs(by, access.PersonalData); err != nil {
			return nil, err
		}
	}
	who, err := frame.IDIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if err := frame.Unchanged(in.IfMatch, p.Version); err != nil {
			return err
		}
		ctx := s.DB.Join(ctx, tx)
		if b.Email != nil && *b.Email != p.Email {
			if p, err = s.People.CorrectEmail(ctx, by, who, p.Version, *b.Email); err != nil {
				return err
			}
		}
		frame.Set(&p.FirstName, b.FirstName)
		frame.Set(&p.LastName, b.LastName)
		frame.Set(&p.Phone, b.Phone)
		frame.Set(&p.Language, b.Language)
		frame.Set(&p.ExternalID, b.ExternalID)
		frame.Set(&p.CostCenter, b.CostCenter)
		frame.Set(&p.Info1, b.Info1)
		frame.Set(&p.Info2, b.Info2)
		_, err = s.People.Update(ctx, by, p)
		return err
	})
	if err != nil {
		return nil, frame.Raced(in.IfMatch, frame.Discreet(by, err))
	}
	return s.user(ctx, by, who)
}

type inviteUsersIn struct {
	frame.Idempotent
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

func (s *desk) inviteUsers(ctx context.Context, by access.Actor, in *inviteUsersIn) (*frame.One[Invitations], error) {
	list := make([]id.Person, 0, len(in.Body.Users))
	for _, u := range in.Body.Users {
		if id.Valid(u) {
			list = append(list, id.Person(u))
		}
	}
	done, err := s.Onboard.InviteAgain(ctx, by, list)
	if err != nil {
		return nil, frame.Discreet(by, err)
	}
	became := map[string]Invitation{}
	for _, d := range done {
		became[string(d.Person)] = Invitation{UserID: string(d.Person), Invited: d.Done, Why: frame.OrNull(d.Why)}
	}
	out := &frame.One[Invitations]{}
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
