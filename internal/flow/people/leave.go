package people

import (
	"context"
	"errors"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/core/workspace"
	"involt/internal/flow/people/rule"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// mostAhead is how far ahead a departure may be planned.
const mostAhead = 5 * 366 * 24 * time.Hour

// PlanDeparture notes that a person leaves at a moment to come, the first one at
// which they are no longer here; it takes the place of what was planned before.
// What then ends is what [Service.DepartureEnds] lists. Staff, and oneself, as
// with Deactivate.
func (s *Service) PlanDeparture(ctx context.Context, by access.Actor, who id.Person, at time.Time, reason string) (err error) {
	defer errs.Wrap(&err, "people.PlanDeparture")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := mayDepart(tx, by, who, at, reason); err != nil {
			return err
		}
		d := person.Departure{Workspace: by.Workspace, Person: who, At: at, Reason: strings.TrimSpace(strings.ToValidUTF8(reason, "")), PlannedBy: by.Name}
		if err := person.PlanDeparture(tx, &d); err != nil {
			return err
		}
		if err := depart.Add(tx, departing{by.Workspace, who}, job.At(at), job.For(by.Workspace)); err != nil {
			return err
		}
		if err := source.Note(tx, by, who, source.LastDay); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.departure-planned", journal.About("person", who), map[string]any{"at": at.UnixMilli(), "reason": d.Reason})
	})
}

// CheckDeparture says what PlanDeparture would refuse, and changes nothing: for a
// preview.
func (s *Service) CheckDeparture(ctx context.Context, by access.Actor, who id.Person, at time.Time, reason string) (err error) {
	defer errs.Wrap(&err, "people.CheckDeparture")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error { return mayDepart(tx, by, who, at, reason) }) // it locks, which a reader cannot
}

// mayDepart says what is wrong with a departure that somebody wants to plan.
func mayDepart(tx *db.Tx, by access.Actor, who id.Person, at time.Time, reason string) error {
	var wrong errs.List
	switch {
	case at.IsZero():
		wrong.Add(errs.AtField("day", "Choose their last day."))
	case !at.After(tx.Now):
		wrong.Add(errs.AtField("day", "Their last day is over already. Choose today or a later day; to end everything now, deactivate them."))
	case at.Sub(tx.Now) > mostAhead:
		wrong.Add(errs.AtField("day", "A departure can be planned up to five years ahead."))
	}
	if _, err := rule.Reason(reason); err != nil {
		wrong.Add(errs.AtField("reason", "Say in a few words why, for instance: contract ends."))
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	see, err := person.Sight(tx, by, access.PeopleWrite, who)
	if err != nil {
		return err
	}
	p, err := person.ByID(tx, by.Workspace, who)
	if err != nil {
		return err
	}
	if p.Status == person.Deactivated || p.Status == person.Declined {
		return errs.New(errs.Conflict, "%s is %s already; there is nothing left to end on a day.", p.CalledBy(see), p.Status.Label())
	}
	if p.ID == by.Person {
		return errs.New(errs.Conflict, "You cannot plan your own departure. Ask another admin.")
	}
	return staffMayEnd(tx, by, &p)
}

// CancelDeparture takes back a departure that is still to come.
func (s *Service) CancelDeparture(ctx context.Context, by access.Actor, who id.Person) (err error) {
	defer errs.Wrap(&err, "people.CancelDeparture")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		see, err := person.Sight(tx, by, access.PeopleWrite, who)
		if err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		there, err := person.DropDeparture(tx, by.Workspace, who)
		if err == nil && !there {
			err = errs.New(errs.Conflict, "No departure of %s is planned any more.", strings.Replace(p.CalledBy(see), "This user", "this user", 1))
		}
		if err != nil {
			return err
		}
		if err := source.Note(tx, by, who, source.LastDay); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.departure-cancelled", journal.About("person", who), nil)
	})
}

// Begin lets somebody begin now who was to begin on a day to come.
func (s *Service) Begin(ctx context.Context, by access.Actor, who id.Person) (err error) {
	defer errs.Wrap(&err, "people.Begin")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := person.Sight(tx, by, access.PeopleWrite, who); err != nil {
			return err
		}
		if _, err := person.ByID(tx, by.Workspace, who); err != nil {
			return err
		}
		all, err := person.Arrivals(tx, by.Workspace, []id.Person{who})
		if err != nil || all[who].IsZero() {
			return err // they have begun
		}
		if err := person.SetArrival(tx, person.Arrival{Workspace: by.Workspace, Person: who}); err != nil {
			return err
		}
		if err := source.Note(tx, by, who, source.FirstDay); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.begun", journal.About("person", who), map[string]any{"planned": all[who].UnixMilli()})
	})
}

// Departure returns a person's departure, planned or done, or an errs.NotFound.
// The reason is empty without personal data.
func (s *Service) Departure(ctx context.Context, by access.Actor, who id.Person) (d person.Departure, err error) {
	defer errs.Wrap(&err, "people.Departure")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return d, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if by, err = person.Sight(tx, by, access.PeopleRead, who); err != nil {
			return err
		}
		d, err = person.DepartureOf(tx, by.Workspace, who)
		return err
	})
	if !by.Perms.Has(access.PersonalData) {
		d.Reason = ""
	}
	return d, err
}

// DepartureEnds says in sentences what would end if a person left now.
func (s *Service) DepartureEnds(ctx context.Context, by access.Actor, who id.Person) (list []string, err error) {
	defer errs.Wrap(&err, "people.DepartureEnds")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		by, err := person.Sight(tx, by, access.PeopleRead, who)
		if err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		for _, e := range endings {
			said, err := e.tell(tx, by, &p)
			if err != nil {
				return err
			}
			if said != "" {
				list = append(list, said)
			}
		}
		return nil
	})
	return list, err
}

// departing names a person who leaves.
type departing struct {
	Workspace id.Workspace `json:"workspace"`
	Person    id.Person    `json:"person"`
}

var (
	depart      = job.Define[departing]("people.depart")
	departSweep = job.Define[struct{}]("people.depart-sweep")
)

// Leaving tells pool how to let people leave on their day: by a job of each
// departure at its moment, and by a look at all of them every minute, so that one
// that could not be done then is done when it can be.
func (s *Service) Leaving(pool *job.Pool) {
	job.Handle(pool, depart, func(ctx context.Context, d departing) error { return s.leave(ctx, d) })
	job.Handle(pool, departSweep, func(ctx context.Context, _ struct{}) error { return s.leaveAll(ctx) })
	job.Every(pool, departSweep, struct{}{}, time.Minute)
	job.Handle(pool, mergeRest, s.moveRest)
}

func (s *Service) leaveAll(ctx context.Context) error {
	const atOnce = 500
	var due []person.Departure
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		due = nil
		all, err := workspace.All(tx)
		for i := 0; err == nil && i < len(all); i++ {
			var some []person.Departure
			some, err = person.DueDepartures(tx, all[i].ID, atOnce)
			due = append(due, some...)
		}
		return err
	})
	if err != nil {
		return err
	}
	for i := range due { // one with whom it cannot be done keeps nobody else here
		err = errors.Join(err, s.leave(ctx, departing{due[i].Workspace, due[i].Person}))
	}
	return err
}

// leave ends everything of a person whose day has come, in one transaction. It
// does nothing if that was cancelled, moved or done, and may be called again.
func (s *Service) leave(ctx context.Context, who departing) error {
	by := access.System(who.Workspace, "departures")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		d, err := person.LockDeparture(tx, who.Workspace, who.Person)
		if errs.KindOf(err) == errs.NotFound || err == nil && (!d.Done.IsZero() || d.At.After(tx.Now)) {
			return nil
		}
		if err != nil {
			return err
		}
		p, err := person.ByID(tx, who.Workspace, who.Person)
		if errs.KindOf(err) == errs.NotFound {
			return nil // deleted; if that is undone the sweep comes by again
		}
		if err != nil {
			return err
		}
		if err := staffMayEnd(tx, by, &p); errs.KindOf(err) == errs.Conflict {
			const note = "This could not be done when the day came: this user is the last super-admin. It is done within a minute of somebody else becoming one."
			if d.Note == note {
				return nil
			}
			return person.NoteDeparture(tx, who.Workspace, who.Person, note)
		} else if err != nil {
			return err
		}
		before := p.Status
		for _, e := range endings {
			if err := e.end(tx, by, &p, d.Reason); err != nil {
				return err
			}
		}
		if err := person.Departed(tx, who.Workspace, who.Person); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.left", journal.About("person", who.Person), map[string]any{"from": before, "to": p.Status, "reason": d.Reason, "planned_by": d.PlannedBy})
	})
}
