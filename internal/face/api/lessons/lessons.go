// Package lessons is the operations by which a charger is made to wait for a card that
// nobody has yet (learn mode).
package lessons

import (
	"context"
	"net/http"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/lesson"
	"involt/internal/face/api/frame"
	"involt/internal/kit/errs"
)

type desk struct{ *frame.Server }

func handled[I, O any](f func(*desk, context.Context, access.Actor, *I) (*O, error)) frame.Bind {
	return frame.Handled(func(s *frame.Server) *desk { return &desk{s} }, f)
}

const need = access.CardsWrite | access.PlacesRead

// Operations are the operations.
func Operations() []frame.Operation {
	const tag = "Chargers"
	return []frame.Operation{
		{
			Method: "POST", Path: frame.Prefix + "/chargers/{id}/lessons", ID: "learn-card", Tag: tag, Perm: need, Status: http.StatusCreated, Refusals: []int{404, 409},
			Summary: "Learn a card", Description: "For two minutes the charger waits for a card that nobody here has; the first one that is held to it becomes the user's. That tap is refused; from the next on the card works. One charger waits for one user at a time.",
			Example: map[string]any{"user_id": frame.ExampleID}, Bind: handled((*desk).begin),
		},
		{
			Method: "GET", Path: frame.Prefix + "/lessons/{id}", ID: "read-lesson", Tag: tag, Perm: need, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a lesson", Description: "Whether the charger still waits, and which card it has learned.", Bind: handled((*desk).read),
		},
		{
			Method: "POST", Path: frame.Prefix + "/lessons/{id}/stop", ID: "stop-lesson", Tag: tag, Perm: need, Status: http.StatusOK, Refusals: []int{404, 409},
			Summary: "Stop a lesson", Description: "The charger no longer waits. One that is over stays as it is.", Bind: handled((*desk).stop),
		},
	}
}

// Lesson is a charger that waits for a card.
type Lesson struct {
	ID      string     `json:"id" doc:"The lesson's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Charger frame.Ref  `json:"charger" doc:"Which waits."`
	UserID  string     `json:"user_id" doc:"Whose card it becomes."`
	State   string     `json:"state" enum:"waiting,learned,ended" doc:"ended: nothing was learned." example:"learned"`
	CardID  *string    `json:"card_id" doc:"The card that was learned."`
	Similar *string    `json:"similar_uid" doc:"A card of this workspace that is the same with its bytes reversed; null if there is none."`
	BeganAt time.Time  `json:"began_at" doc:"When it began."`
	Until   time.Time  `json:"until" doc:"Until when the charger waits."`
	EndedAt *time.Time `json:"ended_at" doc:"When it ended; null before."`
}

func (s *desk) of(ctx context.Context, by access.Actor, l *lesson.Lesson, now time.Time) (Lesson, error) {
	h, err := s.Browse.Charger(ctx, by, l.Charger)
	v := Lesson{
		ID: string(l.ID), Charger: frame.Ref{ID: string(l.Charger), Name: h.Name}, UserID: string(l.Person), State: "ended", CardID: frame.OrNull(l.Card), Similar: frame.OrNull(l.Similar),
		BeganAt: l.Began, Until: l.Until, EndedAt: frame.Instant(l.Over),
	}
	switch {
	case l.State == lesson.Learned:
		v.State = "learned"
	case l.Waits(now):
		v.State = "waiting"
	}
	return v, err
}

type beginIn struct {
	frame.PostByID
	Body struct {
		UserID string `json:"user_id" minLength:"1" maxLength:"26" doc:"Whose card it becomes." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	} `nameHint:"LearnCard"`
}

func (s *desk) begin(ctx context.Context, by access.Actor, in *beginIn) (*frame.Made[Lesson], error) {
	which, err := frame.IDIn[id.Charger](in.ID, "charger")
	if err != nil {
		return nil, err
	}
	l, err := s.Teach.Begin(ctx, by, which, id.Person(in.Body.UserID))
	if errs.KindOf(err) == errs.Invalid {
		return nil, errs.AtField("user_id", "There is no such user in this workspace.")
	}
	if err != nil {
		return nil, err
	}
	got, err := s.of(ctx, by, &l, l.Began)
	if err != nil {
		return nil, err
	}
	out := &frame.Made[Lesson]{Location: s.Public + frame.Prefix + "/lessons/" + string(l.ID), Body: got}
	out.ETag = frame.Tag(0, out.Body)
	return out, nil
}

func (s *desk) read(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Lesson], error) {
	which, err := frame.IDIn[id.Lesson](in.ID, "lesson")
	if err != nil {
		return nil, err
	}
	l, _, now, err := s.Teach.One(ctx, by, which)
	if err != nil {
		return nil, err
	}
	got, err := s.of(ctx, by, &l, now)
	if err != nil {
		return nil, err
	}
	out := &frame.One[Lesson]{Body: got}
	out.ETag = frame.Tag(0, out.Body)
	return out, nil
}

func (s *desk) stop(ctx context.Context, by access.Actor, in *frame.PostByID) (*frame.One[Lesson], error) {
	which, err := frame.IDIn[id.Lesson](in.ID, "lesson")
	if err != nil {
		return nil, err
	}
	if err := s.Teach.Cancel(ctx, by, which); err != nil {
		return nil, err
	}
	return s.read(ctx, by, &in.ByID)
}
