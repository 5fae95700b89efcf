package zones

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/face/api/frame"
	"involt/internal/flow/browse/zones"
	"involt/internal/kit/mail"
)

// Code is a joining code as the API shows it.
type Code struct {
	ID         string     `json:"id" doc:"Its id; the code itself is another thing." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Code       *string    `json:"code" doc:"What people type; null for keys without people:write." example:"7QK3-9WMD"`
	Link       *string    `json:"link" doc:"Where it can be used, also as a QR code; null for keys without people:write." example:"https://charge.example.com/j/7QK3-9WMD"`
	LocationID *string    `json:"location_id" doc:"The zone that it opens; null for none."`
	GroupID    *string    `json:"group_id" doc:"The group that it leads into; null for none."`
	Note       string     `json:"note" doc:"For staff, such as where its poster hangs." example:"Poster in the lobby"`
	Enabled    bool       `json:"enabled" doc:"Whether it is switched on."`
	State      string     `json:"state" enum:"open,off,expired,full,over" doc:"open: it lets people in; off: switched off; expired: its last day is over; full: its uses are used up; over: the access that it gives is over."`
	Approval   bool       `json:"approval" doc:"Whether whoever enters it waits for approval."`
	ExpiresAt  *time.Time `json:"expires_at" doc:"The first moment at which nobody gets in by it; null for never."`
	MaxUses    *int64     `json:"max_uses" doc:"How many may come by it; null for as many as like." example:"50"`
	Uses       int64      `json:"uses" doc:"How many came, those who wait included." example:"12"`
	Members    int64      `json:"members" doc:"How many of them are in now." example:"11"`
	Waiting    int64      `json:"waiting" doc:"How many of them wait for approval." example:"1"`
	Domains    []string   `json:"domains" nullable:"false" doc:"Of the e-mail addresses that may use it; empty for any."`
	From       *time.Time `json:"access_from" doc:"When the access that it gives begins; null for at once."`
	Until      *time.Time `json:"access_until" doc:"The first moment at which that access is over; null for never."`
	Questions  []string   `json:"questions" nullable:"false" doc:"What whoever enters it has to answer."`
	RotatedAt  time.Time  `json:"rotated_at" doc:"When the present code was made."`
	Version    int64      `json:"version" doc:"Counts changes; If-Match compares it." example:"1"`
	CreatedAt  time.Time  `json:"created_at" doc:"When it was made."`
}

func (s *desk) codeOf(by access.Actor, k *zones.Code) Code {
	c := Code{
		ID: string(k.ID), LocationID: frame.OrNull(k.Location), GroupID: frame.OrNull(k.Group), Note: k.Name, Enabled: k.Enabled, State: cmp.Or(string(k.State), "open"), Approval: k.Approval,
		ExpiresAt: frame.Instant(k.Expires), Uses: k.Uses, Members: k.Members, Waiting: k.Waiting, Domains: slices.Concat([]string{}, k.Domains), From: frame.Instant(k.From), Until: frame.Instant(k.Until),
		Questions: slices.Concat([]string{}, k.Questions), RotatedAt: k.Rotated, Version: k.Version, CreatedAt: k.Created,
	}
	if c.Domains == nil {
		c.Domains = []string{}
	}
	if c.Questions == nil {
		c.Questions = []string{}
	}
	if k.MaxUses > 0 {
		c.MaxUses = &k.MaxUses
	}
	if by.Perms.Has(access.PeopleWrite) {
		code := joincode.Grouped(k.Secret(s.Ring))
		link := s.Public + "/j/" + code
		c.Code, c.Link = &code, &link
	}
	return c
}

type listCodesIn struct {
	frame.Listing
	Location string `query:"location" maxLength:"26" doc:"Only those of this location." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
}

func (s *desk) listCodes(ctx context.Context, by access.Actor, in *listCodesIn) (*frame.Listed[Code], error) {
	filters := frame.Filled("location", in.Location)
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	all, err := s.Zones.Codes(ctx, by, id.Location(in.Location))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b zones.Code) int { return cmp.Compare(a.ID, b.ID) })
	rows, next := frame.Whole(all, func(k zones.Code) string { return string(k.ID) }, at, in.Limit)
	return frame.PageOf(ctx, s.Server, in.Listing, filters, frame.Each(rows, func(k *zones.Code) Code { return s.codeOf(by, k) }), next)
}

func (s *desk) readCode(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Code], error) {
	which, err := frame.IDIn[id.JoinCode](in.ID, "joining code")
	if err != nil {
		return nil, err
	}
	k, err := s.Zones.Code(ctx, by, which)
	if err != nil {
		return nil, err
	}
	body := s.codeOf(by, &k)
	return &frame.One[Code]{ETag: frame.Tag(k.Version, body), Body: body}, nil
}

type createCodeIn struct {
	frame.Idempotent
	Body struct {
		LocationID string    `json:"location_id,omitempty" maxLength:"26" doc:"The zone that it opens." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
		GroupID    string    `json:"group_id,omitempty" maxLength:"26" doc:"The group that it leads into. One of the two has to be said."`
		Note       string    `json:"note,omitempty" maxLength:"100" doc:"For staff." example:"Poster in the lobby"`
		Approval   bool      `json:"approval,omitempty" doc:"Whoever enters it waits for approval."`
		ExpiresAt  time.Time `json:"expires_at,omitempty" doc:"The first moment at which nobody gets in by it; left out: never."`
		MaxUses    int64     `json:"max_uses,omitempty" minimum:"1" maximum:"1000000" doc:"How many may come by it; left out: as many as like." example:"50"`
		Domains    []string  `json:"domains,omitempty" nullable:"false" maxItems:"50" doc:"Of the e-mail addresses that may use it; left out: any."`
		From       time.Time `json:"access_from,omitempty" doc:"When the access that it gives begins; left out: at once."`
		Until      time.Time `json:"access_until,omitempty" doc:"The first moment at which that access is over; left out: never."`
		Questions  []string  `json:"questions,omitempty" nullable:"false" maxItems:"5" doc:"What whoever enters it has to answer."`
	} `nameHint:"CreateJoiningCode"`
}

// fields spells fields of the flow as the API does.
var fields = map[string]string{"location": "location_id", "group": "group_id", "name": "note", "expires": "expires_at"}

func (s *desk) createCode(ctx context.Context, by access.Actor, in *createCodeIn) (*frame.Made[Code], error) {
	b := &in.Body
	domains, err := mail.ParseDomains("domains", strings.Join(b.Domains, " "))
	if err != nil {
		return nil, err
	}
	k, err := s.Join.Make(ctx, by, joincode.Code{
		Location: id.Location(b.LocationID), Group: id.Group(b.GroupID), Name: b.Note, Approval: b.Approval, Expires: b.ExpiresAt, MaxUses: b.MaxUses, Domains: domains, From: b.From, Until: b.Until, Questions: b.Questions,
	})
	if err != nil {
		return nil, frame.Renamed(err, fields)
	}
	got, err := s.readCode(ctx, by, &frame.ByID{ID: string(k.ID)})
	if err != nil {
		return nil, err
	}
	return &frame.Made[Code]{Location: s.Public + codesPath + "/" + got.Body.ID, ETag: got.ETag, Body: got.Body}, nil
}

type changeCodeIn struct {
	frame.ByID
	frame.Precondition
	Body struct {
		Note      *string  `json:"note,omitempty" maxLength:"100" doc:"For staff."`
		Enabled   *bool    `json:"enabled,omitempty" doc:"Switches it on or off." example:"false"`
		Approval  *bool    `json:"approval,omitempty" doc:"Whether whoever enters it waits for approval."`
		ExpiresAt *string  `json:"expires_at,omitempty" maxLength:"40" doc:"The first moment at which nobody gets in by it (RFC 3339); empty for never."`
		MaxUses   *int64   `json:"max_uses,omitempty" minimum:"0" maximum:"1000000" doc:"How many may come by it; 0 for as many as like."`
		Domains   []string `json:"domains,omitempty" nullable:"false" maxItems:"50" doc:"Of the e-mail addresses that may use it; empty for any."`
		From      *string  `json:"access_from,omitempty" maxLength:"40" doc:"When the access that it gives begins (RFC 3339); empty for at once."`
		Until     *string  `json:"access_until,omitempty" maxLength:"40" doc:"The first moment at which that access is over (RFC 3339); empty for never."`
		Questions []string `json:"questions,omitempty" nullable:"false" maxItems:"5" doc:"What whoever enters it has to answer; empty for nothing."`
	} `nameHint:"ChangeJoiningCode"`
}

func (s *desk) changeCode(ctx context.Context, by access.Actor, in *changeCodeIn) (*frame.One[Code], error) {
	b := &in.Body
	which, err := frame.IDIn[id.JoinCode](in.ID, "joining code")
	if err != nil {
		return nil, err
	}
	k, err := s.Zones.Code(ctx, by, which)
	if err != nil {
		return nil, err
	}
	if err := frame.Unchanged(in.IfMatch, k.Version); err != nil {
		return nil, err
	}
	c := k.Code
	frame.Set(&c.Name, b.Note)
	frame.Set(&c.Enabled, b.Enabled)
	frame.Set(&c.Approval, b.Approval)
	frame.Set(&c.MaxUses, b.MaxUses)
	for field, v := range map[string]struct {
		sent *string
		to   *time.Time
	}{"expires_at": {b.ExpiresAt, &c.Expires}, "access_from": {b.From, &c.From}, "access_until": {b.Until, &c.Until}} {
		if err := frame.Moment(field, v.sent, v.to); err != nil {
			return nil, err
		}
	}
	if b.Domains != nil {
		if c.Domains, err = mail.ParseDomains("domains", strings.Join(b.Domains, " ")); err != nil {
			return nil, err
		}
	}
	if b.Questions != nil {
		c.Questions = b.Questions
	}
	if _, err := s.Join.Change(ctx, by, c); err != nil {
		return nil, frame.Raced(in.IfMatch, frame.Renamed(err, fields))
	}
	return s.readCode(ctx, by, &in.ByID)
}

func (s *desk) rotateCode(ctx context.Context, by access.Actor, in *frame.PostByID) (*frame.One[Code], error) {
	which, err := frame.IDIn[id.JoinCode](in.ID, "joining code")
	if err != nil {
		return nil, err
	}
	if _, err := s.Join.Rotate(ctx, by, which); err != nil {
		return nil, err
	}
	return s.readCode(ctx, by, &in.ByID)
}
