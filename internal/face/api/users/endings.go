package users

import (
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/api/frame"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Departure is a user's leaving on a day.
type Departure struct {
	At        time.Time  `json:"at" doc:"The first moment at which they are no longer here." example:"2027-01-01T00:00:00Z"`
	Reason    *string    `json:"reason" doc:"Why; null without the permission personal-data." example:"Contract ends"`
	PlannedAt time.Time  `json:"planned_at" doc:"When it was planned."`
	DoneAt    *time.Time `json:"done_at" doc:"When it was done; null while it is still to come."`
	Note      *string    `json:"note" doc:"Why it could not be done when its moment came; null without the permission personal-data."`
	Ends      []string   `json:"ends" nullable:"false" doc:"What would end if they left now, in sentences; empty once it was done."`
}

func (s *desk) readDeparture(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Departure], error) {
	who, err := frame.IDIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	return s.departure(ctx, by, who)
}

// departure answers with a user's departure as it stands.
func (s *desk) departure(ctx context.Context, by access.Actor, who id.Person) (out *frame.One[Departure], err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		ctx := s.DB.Join(ctx, tx)
		if _, err := person.ByID(tx, by.Workspace, who); err != nil {
			return err
		}
		d, err := s.People.Departure(ctx, by, who)
		if err != nil {
			return err
		}
		v := Departure{At: d.At, Reason: frame.OrNull(d.Reason), PlannedAt: d.PlannedAt, DoneAt: frame.Instant(d.Done), Ends: []string{}}
		if frame.MayKnow(by) {
			v.Note = frame.OrNull(d.Note)
		}
		if d.Done.IsZero() {
			ends, err := s.People.DepartureEnds(ctx, by, who)
			if err != nil {
				return err
			}
			v.Ends = append(v.Ends, ends...)
		}
		out = &frame.One[Departure]{Body: v}
		out.ETag = frame.Tag(d.PlannedAt.UnixMilli(), v)
		return nil
	})
	return out, err
}

type planDepartureIn struct {
	frame.ByID
	Body struct {
		At     time.Time `json:"at" doc:"The first moment at which they are no longer here: midnight after their last day. At most five years ahead." example:"2027-01-01T00:00:00Z"`
		Reason string    `json:"reason" minLength:"1" maxLength:"500" doc:"Why; staff see it." example:"Contract ends"`
	} `nameHint:"PlanDeparture"`
}

func (s *desk) planDeparture(ctx context.Context, by access.Actor, in *planDepartureIn) (*frame.One[Departure], error) {
	who, err := frame.IDIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	if err := s.People.PlanDeparture(ctx, by, who, in.Body.At, in.Body.Reason); err != nil {
		return nil, frame.Renamed(frame.Discreet(by, err), map[string]string{"day": "at"})
	}
	return s.departure(ctx, by, who)
}

func (s *desk) cancelDeparture(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.Nothing, error) {
	who, err := frame.IDIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	if err := s.People.CancelDeparture(ctx, by, who); err != nil {
		return nil, frame.Discreet(by, err)
	}
	return &frame.Nothing{}, nil
}

// Merge is what making one of two records of a user would do.
type Merge struct {
	Keep   User         `json:"keep" doc:"The record that stays, as it is now."`
	Gone   User         `json:"gone" doc:"The record that goes, as it is now."`
	Fields []MergeField `json:"fields" nullable:"false" doc:"What the two say differently. What only one of them says stays."`
}

// MergeField is something that the two records say differently.
type MergeField struct {
	Name   string `json:"name" doc:"Which: the name of a field, or login, which decides the e-mail address too." example:"phone"`
	Keep   string `json:"keep" doc:"What the record says that stays." example:"+49 30 1234567"`
	Gone   string `json:"gone" doc:"What the record says that goes." example:"+49 171 1234567"`
	Stays  string `json:"stays" enum:"keep,gone" doc:"Which of the two stays unless choices says otherwise." example:"keep"`
	Choose bool   `json:"choose" doc:"true: choices has to say it."`
}

type previewMergeIn struct {
	frame.ByID
	Gone string `query:"gone" required:"true" maxLength:"26" doc:"The id of the record that would go." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
}

func (s *desk) previewMerge(ctx context.Context, by access.Actor, in *previewMergeIn) (out *frame.One[Merge], err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		keep, gone, err := both(tx, by, in.ID, in.Gone, "query.gone")
		if err != nil {
			return err
		}
		m, err := s.People.MergePreview(s.DB.Join(ctx, tx), by, keep, gone)
		if err != nil {
			return frame.Renamed(err, map[string]string{"with": "query.gone"})
		}
		v := Merge{Keep: userOf(by, &m.Keep), Gone: userOf(by, &m.Gone), Fields: []MergeField{}}
		for _, f := range m.Fields {
			stays := "keep"
			if f.Chosen {
				stays = "gone"
			}
			v.Fields = append(v.Fields, MergeField{Name: f.Name, Keep: f.Keep, Gone: f.Gone, Stays: stays, Choose: f.Name == people.ChooseLogin})
		}
		out = &frame.One[Merge]{Body: v}
		out.ETag = frame.Tag(m.Keep.Version, v)
		return nil
	})
	return out, err
}

// both reads the ids of two records; the second is named at a field.
func both(tx *db.Tx, by access.Actor, keep, gone, field string) (a, b id.Person, err error) {
	if a, err = frame.IDIn[id.Person](keep, "user"); err != nil {
		return a, b, err
	}
	if _, err := person.ByID(tx, by.Workspace, a); err != nil {
		return a, b, err
	}
	_, err = person.ByID(tx, by.Workspace, id.Person(gone))
	if errs.KindOf(err) == errs.NotFound {
		err = errs.AtField(field, "There is no such user in this workspace.")
	}
	return a, id.Person(gone), err
}

type mergeUsersIn struct {
	frame.ByID
	frame.Idempotent
	frame.Precondition
	Body struct {
		Gone    string            `json:"gone" minLength:"1" maxLength:"26" doc:"The id of the record that goes. Everything of it comes to the one of the path." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
		Choices map[string]string `json:"choices,omitempty" nullable:"false" doc:"Of fields that differ, which record's value stays: the name of the field, then keep or gone. Those left out stay as the preview says; login has to be said where both have one."`
	} `nameHint:"MergeUsers"`
}

// mergeFields are the names that choices may have.
var mergeFields = []string{
	"first_name", "last_name", "email", "phone", "language", "external_id", "cost_center", "info_1", "info_2", "status", people.ChooseLogin,
}

func (s *desk) mergeUsers(ctx context.Context, by access.Actor, in *mergeUsersIn) (*frame.One[UserDetail], error) {
	choices := map[string]bool{}
	var wrong errs.List
	for name, which := range in.Body.Choices {
		choices[name] = which == "gone"
		switch {
		case !slices.Contains(mergeFields, name):
			wrong.Add(errs.AtField("choices."+name, "There is no such field to choose."))
		case which != "keep" && which != "gone":
			wrong.Add(errs.AtField("choices."+name, "Choose keep or gone."))
		}
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	var keep id.Person
	err := s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		var gone id.Person
		if keep, gone, err = both(tx, by, in.ID, in.Body.Gone, "gone"); err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, keep)
		if err != nil {
			return err
		}
		if err := frame.Unchanged(in.IfMatch, p.Version); err != nil {
			return err
		}
		return s.People.Merge(s.DB.Join(ctx, tx), by, keep, gone, choices)
	})
	if err != nil {
		return nil, frame.Renamed(err, map[string]string{"with": "gone", people.ChooseLogin: "choices.login", "status": "choices.status"})
	}
	return s.user(ctx, by, keep)
}
