// Package guests is the operations about guests: people who charge for some time, at
// some places and so far, without being users.
package guests

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/face/api/frame"
	"involt/internal/flow/guests"
	"involt/internal/kit/errs"
)

type desk struct{ *frame.Server }

func handled[I, O any](f func(*desk, context.Context, access.Actor, *I) (*O, error)) frame.Bind {
	return frame.Handled(func(s *frame.Server) *desk { return &desk{s} }, f)
}

// Operations are the operations.
func Operations() []frame.Operation {
	const tag, read = "Guests", access.PeopleRead | access.PlacesRead
	return []frame.Operation{
		{
			Method: "GET", Path: frame.Prefix + "/guests", ID: "list-guests", Tag: tag, Perm: read, Status: http.StatusOK,
			Summary: "List guests", Description: "The newest first, 500 at most.", Bind: handled((*desk).list),
		},
		{
			Method: "POST", Path: frame.Prefix + "/guests", ID: "create-guest", Tag: tag, Perm: guests.Need, Status: http.StatusCreated,
			Summary: "Create a guest", Description: "Makes access for some time, with a link that works on any phone and, if wanted, a code to type at chargers. Whoever has one of them may charge as the guest.",
			Example: map[string]any{"name": "Visitor of Ms Vos", "location_ids": []string{frame.ExampleID}, "from": "2027-03-01T08:00:00Z", "until": "2027-03-02T18:00:00Z", "kwh": 30, "sessions": 1, "code": true}, Bind: handled((*desk).create),
		},
		{
			Method: "GET", Path: frame.Prefix + "/guests/{id}", ID: "read-guest", Tag: tag, Perm: read, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a guest", Description: "One guest, with what was used. Link and code are given to keys that may make guests.", Bind: handled((*desk).read),
		},
		{
			Method: "POST", Path: frame.Prefix + "/guests/{id}/revoke", ID: "revoke-guest", Tag: tag, Perm: guests.Need, Status: http.StatusOK, Refusals: []int{404, 409},
			Summary: "Revoke a guest", Description: "Link and code are refused within a second, and what runs is stopped as for a user who is deactivated. One that is revoked already stays so.", Bind: handled((*desk).revoke),
		},
	}
}

// Guest is a guest's access.
type Guest struct {
	ID         string     `json:"id" doc:"The guest's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Name       *string    `json:"name" doc:"For whom; null without the permission personal-data." example:"Visitor of Ms Vos"`
	UserID     string     `json:"user_id" doc:"The user without e-mail who stands for the guest."`
	State      string     `json:"state" enum:"ahead,open,spent,over,revoked" doc:"spent: the budget is used up." example:"open"`
	Places     []string   `json:"places" nullable:"false" doc:"Names of the locations and chargers."`
	From       time.Time  `json:"from" doc:"From when on."`
	Until      time.Time  `json:"until" doc:"The first moment at which it no longer holds."`
	Wh         *int64     `json:"wh" doc:"Energy in all, watt-hours; null for any." example:"30000"`
	Sessions   *int64     `json:"sessions" doc:"Sessions in all; null for any number." example:"1"`
	UsedWh     int64      `json:"used_wh" doc:"What was charged, running sessions included." example:"3200"`
	UsedNumber int64      `json:"used_sessions" doc:"How many sessions were begun." example:"1"`
	Link       *string    `json:"link" doc:"The guest's page; null without the permissions to make guests."`
	Code       *string    `json:"code" doc:"To be typed at chargers, eight digits; null if there is none, and without the permissions to make guests." example:"38285011"`
	RevokedAt  *time.Time `json:"revoked_at" doc:"Null if it was not."`
	CreatedAt  time.Time  `json:"created_at" doc:"When it was made."`
}

func (s *desk) of(g *guests.Sight) Guest {
	v := Guest{
		ID: string(g.ID), Name: frame.OrNull(g.Name), UserID: string(g.Person), State: string(g.State), Places: append([]string{}, g.Places...), From: g.Begins, Until: g.Ends,
		UsedWh: g.Used.Wh, UsedNumber: g.Used.Charges, Code: frame.OrNull(g.Code), RevokedAt: frame.Instant(g.Revoked), CreatedAt: g.Created,
	}
	if g.Wh > 0 {
		v.Wh = &g.Wh
	}
	if g.Charges > 0 {
		v.Sessions = &g.Charges
	}
	if g.Token != "" {
		link := s.Public + "/g/" + url.PathEscape(g.Token)
		v.Link = &link
	}
	return v
}

// Guests is a list of them.
type Guests struct {
	Body struct {
		Data []Guest `json:"data" nullable:"false" doc:"The guests."`
	}
}

func (s *desk) list(ctx context.Context, by access.Actor, _ *struct{}) (*Guests, error) {
	all, _, err := s.Guests.List(ctx, by)
	if err != nil {
		return nil, err
	}
	out := &Guests{}
	out.Body.Data = make([]Guest, len(all))
	for i := range all {
		out.Body.Data[i] = s.of(&all[i])
	}
	return out, nil
}

type createIn struct {
	frame.Idempotent
	Body struct {
		Name      string    `json:"name" minLength:"1" maxLength:"100" doc:"For whom." example:"Visitor of Ms Vos"`
		Locations []string  `json:"location_ids,omitempty" maxItems:"50" doc:"Where the guest may charge."`
		Chargers  []string  `json:"charger_ids,omitempty" maxItems:"50" doc:"Single chargers where the guest may charge."`
		From      time.Time `json:"from" doc:"From when on."`
		Until     time.Time `json:"until" doc:"The first moment at which it no longer holds."`
		KWh       int64     `json:"kwh,omitempty" minimum:"1" maximum:"10000" doc:"Energy in all; left out: any." example:"30"`
		Sessions  int64     `json:"sessions,omitempty" minimum:"1" maximum:"1000" doc:"Sessions in all; left out: any number." example:"1"`
		Code      bool      `json:"code,omitempty" doc:"Also a code to type at chargers."`
	} `nameHint:"CreateGuest"`
}

func (s *desk) create(ctx context.Context, by access.Actor, in *createIn) (*frame.Made[Guest], error) {
	b := &in.Body
	n := guests.New{Name: b.Name, From: b.From, Until: b.Until, Wh: b.KWh * 1000, Charges: b.Sessions, Code: b.Code}
	for _, one := range b.Locations {
		n.Places = append(n.Places, guests.Place{Location: id.Location(one)})
	}
	for _, one := range b.Chargers {
		n.Places = append(n.Places, guests.Place{Charger: id.Charger(one)})
	}
	g, err := s.Guests.Make(ctx, by, n)
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Field == "place" {
		err = errs.AtField("location_ids", "There is no such location or charger in this workspace, or none was named.")
	}
	if err != nil {
		return nil, err
	}
	got, err := s.one(ctx, by, g.ID)
	if err != nil {
		return nil, err
	}
	return &frame.Made[Guest]{Location: s.Public + frame.Prefix + "/guests/" + string(g.ID), ETag: got.ETag, Body: got.Body}, nil
}

func (s *desk) one(ctx context.Context, by access.Actor, which id.Guest) (*frame.One[Guest], error) {
	g, _, err := s.Guests.One(ctx, by, which)
	if err != nil {
		return nil, err
	}
	out := &frame.One[Guest]{Body: s.of(&g)}
	out.ETag = frame.Tag(0, out.Body)
	return out, nil
}

func (s *desk) read(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Guest], error) {
	which, err := frame.IDIn[id.Guest](in.ID, "guest")
	if err != nil {
		return nil, err
	}
	return s.one(ctx, by, which)
}

func (s *desk) revoke(ctx context.Context, by access.Actor, in *frame.PostByID) (*frame.One[Guest], error) {
	which, err := frame.IDIn[id.Guest](in.ID, "guest")
	if err != nil {
		return nil, err
	}
	if err := s.Guests.Revoke(ctx, by, which); err != nil {
		return nil, err
	}
	return s.one(ctx, by, which)
}
