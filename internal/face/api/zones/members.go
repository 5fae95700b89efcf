package zones

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/face/api/frame"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/join"
	"involt/internal/kit/errs"
)

// Member is a user of a zone as the API shows them.
type Member struct {
	UserID string     `json:"user_id" doc:"The user's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Name   string     `json:"name" doc:"Masked for keys without personal-data." example:"Lena Vogel"`
	Email  string     `json:"email" doc:"Masked likewise; empty for users without one." example:"lena@northgrid.example"`
	Status string     `json:"status" doc:"Of the user: only active ones may charge." example:"active"`
	Since  time.Time  `json:"since" doc:"When they came into the zone."`
	From   *time.Time `json:"from" doc:"When their access begins; null for at once."`
	Until  *time.Time `json:"until" doc:"The first moment at which it is over; null for never."`
	CodeID *string    `json:"joining_code_id" doc:"The code by which they came; null if staff let them in."`
}

type listMembersIn struct {
	frame.ByID
	frame.Listing
}

func (s *desk) listMembers(ctx context.Context, by access.Actor, in *listMembersIn) (*frame.Listed[Member], error) {
	zone, err := frame.IDIn[id.Location](in.ID, "location")
	if err != nil {
		return nil, err
	}
	at, err := s.At(ctx, in.Listing, nil)
	if err != nil {
		return nil, err
	}
	page, err := s.Zones.Members(ctx, by, zone, browse.Paging{At: at, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return frame.PageOf(ctx, s.Server, in.Listing, nil, frame.Each(page.Rows, func(m *zones.Member) Member {
		return Member{
			UserID: string(m.ID), Name: m.Name, Email: m.Email, Status: string(m.Status), Since: m.Since,
			From: frame.Instant(m.From), Until: frame.Instant(m.Until), CodeID: frame.OrNull(m.Code),
		}
	}), page.Next)
}

type removeMemberIn struct {
	frame.ByID
	User string `path:"user" doc:"The user's id." example:"01kamb5p2r7d9f1g3h5j7k9m1n"`
}

func (s *desk) removeMember(ctx context.Context, by access.Actor, in *removeMemberIn) (*frame.Nothing, error) {
	zone, err := frame.IDIn[id.Location](in.ID, "location")
	if err != nil {
		return nil, err
	}
	who, err := frame.IDIn[id.Person](in.User, "user")
	if err != nil {
		return nil, err
	}
	if err := s.Join.Remove(ctx, by, zone, who, join.Also{}); err != nil {
		return nil, err
	}
	return &frame.Nothing{}, nil
}

// Request is somebody who waits to come into a zone, as the API shows them.
type Request struct {
	ID         string    `json:"id" doc:"Of the request." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	UserID     string    `json:"user_id" doc:"Who waits." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Name       string    `json:"name" doc:"Masked for keys without personal-data." example:"Lena Vogel"`
	LocationID *string   `json:"location_id" doc:"The zone; null for a group that opens none by itself."`
	CodeID     string    `json:"joining_code_id" doc:"The code that they entered." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Answers    []Answer  `json:"answers" nullable:"false" doc:"To the code's questions; empty for keys without personal-data."`
	Since      time.Time `json:"since" doc:"When they entered it."`
}

// Answer is a question and what was answered.
type Answer struct {
	Question string `json:"question" doc:"As it was asked." example:"Flat number"`
	Answer   string `json:"answer" doc:"As it was typed." example:"12 b"`
}

type listRequestsIn struct{ frame.Listing }

func (s *desk) listRequests(ctx context.Context, by access.Actor, in *listRequestsIn) (*frame.Listed[Request], error) {
	at, err := s.At(ctx, in.Listing, nil)
	if err != nil {
		return nil, err
	}
	all, err := s.Zones.Requests(ctx, by, "")
	if err != nil {
		return nil, err
	}
	rows, next := frame.Whole(all, func(q zones.Request) string { return string(q.ID) }, at, in.Limit)
	return frame.PageOf(ctx, s.Server, in.Listing, nil, frame.Each(rows, func(q *zones.Request) Request {
		r := Request{ID: string(q.ID), UserID: string(q.Person), Name: q.Name, LocationID: frame.OrNull(q.Zone), CodeID: string(q.Code), Answers: []Answer{}, Since: q.Since}
		for _, a := range q.Answers {
			r.Answers = append(r.Answers, Answer{a.Question, a.Answer})
		}
		return r
	}), next)
}

var errAnswered = errs.New(errs.Conflict, "Somebody has answered this request already.")

type answerIn struct {
	frame.ByID
	frame.Idempotent
	Body *struct {
		Message string `json:"message,omitempty" maxLength:"1000" doc:"Goes into the mail that tells them." example:"Welcome"`
	} `nameHint:"AnswerZoneRequest"`
}

// Answered is what became of a request.
type Answered struct {
	State string `json:"state" enum:"joined,declined" doc:"What it is now." example:"joined"`
}

func (s *desk) approve(ctx context.Context, by access.Actor, in *answerIn) (*frame.One[Answered], error) {
	return s.answer(ctx, by, in, true)
}

func (s *desk) decline(ctx context.Context, by access.Actor, in *answerIn) (*frame.One[Answered], error) {
	return s.answer(ctx, by, in, false)
}

func (s *desk) answer(ctx context.Context, by access.Actor, in *answerIn, yes bool) (*frame.One[Answered], error) {
	which, err := frame.IDIn[id.Joining](in.ID, "request")
	if err != nil {
		return nil, err
	}
	message := ""
	if in.Body != nil {
		message = in.Body.Message
	}
	n, err := s.Join.Answer(ctx, by, []id.Joining{which}, yes, message)
	if err != nil {
		return nil, frame.Discreet(by, err)
	}
	out := Answered{State: string(joincode.Declined)}
	if yes {
		out.State = string(joincode.Joined)
	}
	if n == 0 {
		return nil, errAnswered
	}
	return &frame.One[Answered]{ETag: frame.Tag(1, out), Body: out}, nil
}
