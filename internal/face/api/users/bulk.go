package users

import (
	"context"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/api/frame"
	"involt/internal/flow/browse"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Bulk is work on many users as the API shows it.
type Bulk struct {
	ID         string     `json:"id" doc:"The work's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Action     string     `json:"action" enum:"invite,reinvite,group-add,group-remove,cost-center,deactivate,reactivate,delete,approve,decline" doc:"What is done with each of them." example:"group-add"`
	State      string     `json:"state" enum:"planned,running,done,stopped,undoing,undone" doc:"How far it has come; stopped: it ended early, note says why." example:"running"`
	GroupID    *string    `json:"group_id" doc:"The group it is about, if it is about one."`
	CostCenter *string    `json:"cost_center" doc:"The cost center it sets, if it sets one." example:"Sales"`
	Total      int64      `json:"total" doc:"How many users were selected." example:"1200"`
	Will       *int64     `json:"will" doc:"While it is planned: with how many of them it would be done now; null later."`
	Reached    int64      `json:"reached" doc:"How many it has dealt with." example:"1000"`
	Done       int64      `json:"done" doc:"With how many of those it was done." example:"990"`
	Skipped    int64      `json:"skipped" doc:"With how many it was not." example:"10"`
	Skips      []BulkSkip `json:"skips" nullable:"false" doc:"Why not, the most frequent reason first; while it is planned, why they would be; empty while it runs."`
	Undone     int64      `json:"undone" doc:"With how many it was undone."`
	Undoable   bool       `json:"undoable" doc:"Whether it can be undone at this moment."`
	UndoUntil  *time.Time `json:"undo_until" doc:"Until when it can be; null if it cannot."`
	Note       *string    `json:"note" doc:"Why it ended early; null if it did not."`
	CreatedAt  time.Time  `json:"created_at" doc:"When it was asked for."`
	StartedAt  *time.Time `json:"started_at" doc:"When it began."`
	EndedAt    *time.Time `json:"ended_at" doc:"When it ended; null until then."`
}

// BulkSkip is one reason for which users are skipped.
type BulkSkip struct {
	Why   string `json:"why" doc:"To be read after a name." example:"is in this group already"`
	Users int64  `json:"users" doc:"How many." example:"10"`
}

func bulkOf(v *people.BulkView) Bulk {
	b := &v.Bulk
	shown := Bulk{
		ID: string(b.ID), Action: string(b.Action), State: string(b.State), GroupID: frame.OrNull(b.Args.Group), CostCenter: frame.OrNull(b.Args.CostCenter),
		Total: b.Total, Reached: b.Reached, Done: b.Done, Skipped: b.Reached - b.Done, Skips: []BulkSkip{}, Undone: b.UndoDone, Undoable: v.Undoable,
		UndoUntil: frame.Instant(b.UndoUntil), Note: frame.OrNull(b.Note), CreatedAt: b.Created, StartedAt: frame.Instant(b.Started), EndedAt: frame.Instant(b.Ended),
	}
	if b.State == bulk.Planned {
		will := int64(v.Will)
		shown.Will = &will
	}
	for _, s := range v.Skips {
		shown.Skips = append(shown.Skips, BulkSkip{s.Why, int64(s.N)})
	}
	return shown
}

// BulkFilter is whom bulk work is about, by what they are like.
type BulkFilter struct {
	Matching
	Everyone bool `json:"everyone,omitempty" doc:"true: all users of the workspace. Without any other condition this has to be said."`
}

type startBulkIn struct {
	frame.Idempotent
	Body struct {
		Action string      `json:"action" enum:"invite,reinvite,group-add,group-remove,cost-center,deactivate,reactivate,delete,approve,decline" doc:"What to do with each of them." example:"cost-center"`
		Users  []string    `json:"users,omitempty" nullable:"false" minItems:"1" maxItems:"20000" uniqueItems:"true" doc:"With whom, by id. Either this or filter."`
		Filter *BulkFilter `json:"filter,omitempty" doc:"With all users whom this finds now. Either this or users."`
		Args   struct {
			GroupID    string `json:"group_id,omitempty" maxLength:"26" doc:"For group-add and group-remove: the group."`
			CostCenter string `json:"cost_center,omitempty" maxLength:"100" doc:"For cost-center; empty takes it away." example:"Sales"`
			Reason     string `json:"reason,omitempty" maxLength:"500" doc:"For deactivate: why."`
			Message    string `json:"message,omitempty" maxLength:"2000" doc:"For approve and decline: goes into the mails."`
		} `json:"args,omitempty" doc:"What the action needs besides."`
	} `nameHint:"StartBulk"`
}

func (s *desk) startBulk(ctx context.Context, by access.Actor, in *startBulkIn) (*frame.Accepted[Bulk], error) {
	b := &in.Body
	list, err := s.selected(ctx, by, b.Users, b.Filter)
	if err != nil {
		return nil, err
	}
	args := bulk.Args{Group: id.Group(b.Args.GroupID), CostCenter: b.Args.CostCenter, Reason: b.Args.Reason, Message: b.Args.Message}
	var one id.Bulk
	err = s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		ctx := s.DB.Join(ctx, tx)
		if one, err = s.People.Plan(ctx, by, bulk.Action(b.Action), list, ""); err != nil {
			return err
		}
		return s.People.Start(ctx, by, one, args)
	})
	if err != nil {
		return nil, frame.Renamed(err, map[string]string{"group": "args.group_id", "cost_center": "args.cost_center", "reason": "args.reason", "message": "args.message"})
	}
	return s.bulkGoesOn(ctx, by, one)
}

func (s *desk) bulkGoesOn(ctx context.Context, by access.Actor, one id.Bulk) (*frame.Accepted[Bulk], error) {
	v, err := s.People.Bulk(ctx, by, one)
	if err != nil {
		return nil, err
	}
	return &frame.Accepted[Bulk]{Location: s.Public + frame.Prefix + "/bulk/" + string(one), Body: bulkOf(&v)}, nil
}

// selected returns whom bulk work is about.
func (s *desk) selected(ctx context.Context, by access.Actor, users []string, f *BulkFilter) ([]id.Person, error) {
	switch {
	case (len(users) > 0) == (f != nil):
		return nil, errs.AtField("users", "Say with whom: users or filter, one of them.")
	case f == nil:
		list := make([]id.Person, 0, len(users))
		for _, u := range users {
			list = append(list, id.Person(u))
		}
		return list, nil
	case len(f.query()) == 0 && !f.Everyone:
		return nil, errs.AtField("filter", "This filter has no condition: it would be all users of the workspace. Send everyone: true if you mean that.")
	}
	want, err := f.Filter()
	if err != nil {
		return nil, err
	}
	list, err := s.Browse.Matching(frame.Outside(ctx), by, want)
	if err == nil && len(list) == 0 {
		err = errs.AtField("filter", "This finds no users: there is nothing to do.")
	}
	return list, err
}

func (s *desk) readBulk(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Bulk], error) {
	which, err := frame.IDIn[id.Bulk](in.ID, "bulk work")
	if err != nil {
		return nil, err
	}
	v, err := s.People.Bulk(ctx, by, which)
	if err != nil {
		return nil, err
	}
	out := &frame.One[Bulk]{Body: bulkOf(&v)}
	out.ETag = frame.Tag(v.Bulk.Reached, out.Body)
	return out, nil
}

func (s *desk) undoBulk(ctx context.Context, by access.Actor, in *frame.PostByID) (*frame.Accepted[Bulk], error) {
	which, err := frame.IDIn[id.Bulk](in.ID, "bulk work")
	if err != nil {
		return nil, err
	}
	if err := s.People.Undo(ctx, by, which); err != nil {
		return nil, err
	}
	return s.bulkGoesOn(ctx, by, which)
}

// BulkOutcome is what became of one user.
type BulkOutcome struct {
	UserID string  `json:"user_id" doc:"Who." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Name   *string `json:"name" doc:"What they are called; masked without the permission personal-data, null if they are not here any more." example:"Anna Berg"`
	Done   bool    `json:"done" doc:"Whether it was done." example:"true"`
	Undone bool    `json:"undone" doc:"Whether it was undone later."`
	Why    *string `json:"why" doc:"Why it was not done, or why undoing left it; to be read after the name." example:"is in this group already"`
}

type listOutcomesIn struct {
	frame.ByID
	frame.Listing
	Failed bool `query:"failed" doc:"true: only users with whom it was not done, or not undone."`
}

func (s *desk) listOutcomes(ctx context.Context, by access.Actor, in *listOutcomesIn) (*frame.Listed[BulkOutcome], error) {
	which, err := frame.IDIn[id.Bulk](in.ID, "bulk work")
	if err != nil {
		return nil, err
	}
	filters := frame.Filled("failed", frame.IfTrue(in.Failed))
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	from, _ := strconv.Atoi(at) // what was sealed is a number of ours
	var rows []BulkOutcome
	next := ""
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, total, err := s.People.Outcomes(s.DB.Join(ctx, tx), by, which, in.Failed, from, in.Limit)
		if err != nil {
			return err
		}
		if from+len(list) < total {
			next = strconv.Itoa(from + len(list))
		}
		rows, err = outcomes(tx, by, list)
		return err
	})
	if err != nil {
		return nil, err
	}
	return frame.PageOf(ctx, s.Server, in.Listing, filters, rows, next)
}

// outcomes adds to outcomes what people are called.
func outcomes(tx *db.Tx, by access.Actor, list []people.Outcome) ([]BulkOutcome, error) {
	ids := make([]id.Person, len(list))
	for i := range list {
		ids[i] = list[i].Person
	}
	here, err := person.ByIDs(tx, by.Workspace, ids)
	if err != nil {
		return nil, err
	}
	names := map[id.Person]string{}
	for i := range here {
		p := &here[i]
		names[p.ID] = browse.Name(by, p.FirstName, p.LastName, p.Email, p.ExternalID)
	}
	return frame.Each(list, func(o *people.Outcome) BulkOutcome {
		return BulkOutcome{UserID: string(o.Person), Name: frame.OrNull(names[o.Person]), Done: o.Done, Undone: o.Undone, Why: frame.OrNull(o.Why)}
	}), nil
}
