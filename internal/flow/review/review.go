// Package review asks those who look after a group, now and then, who still needs the
// access that it gives. They keep or remove each member; who said what and when stands
// in the journal.
package review

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/review"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// Service asks.
type Service struct {
	DB     *db.DB
	People Remover
	Teller Teller // optional: without it those who review find the question on the group's page only
}

// Remover takes people out of groups, by the rules for that.
type Remover interface {
	RemoveFromGroup(ctx context.Context, by access.Actor, g id.Group, who id.Person) error
}

// Teller puts messages into people's apps and onto their devices.
type Teller interface {
	Tell(tx *db.Tx, ws id.Workspace, items []*inbox.Item) error
}

// Every are the months there may be between two reviews; 0 for none by itself.
var Every = []int64{0, 3, 6, 12}

// remindAfter is how long after they were told those who review are told again.
const remindAfter = 5 * 24 * time.Hour

var sweep = job.Define[struct{}]("review.sweep")

// Jobs tells pool to begin what is due and to remind.
func (s *Service) Jobs(pool *job.Pool) {
	job.Handle(pool, sweep, func(ctx context.Context, _ struct{}) error { return s.Sweep(ctx) })
	job.Every(pool, sweep, struct{}{}, time.Hour)
}

// looksAfter refuses whoever does not look after a group; to those who have others it
// is not there.
func looksAfter(by access.Actor, p access.Perm, g id.Group) error {
	r, err := by.Within(p)
	if err == nil && !r.Covers(access.Scope{Kind: access.InGroup, ID: string(g)}) {
		err = errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
	}
	return err
}

// State is how the review of a group stands.
type State struct {
	Plan  review.Plan
	Open  review.Review // without an ID if none is open
	Left  int64         // who are not answered for
	All   int64         // who are asked about
	Last  review.Review // the newest that is over; without an ID if there is none
	By    string        // the name of whoever closed it; "" without personal data
	Now   time.Time
	Items map[id.Person]review.Item // of the open one
}

// Of returns how the review of a group stands.
func (s *Service) Of(ctx context.Context, by access.Actor, g id.Group) (v State, err error) {
	defer errs.Wrap(&err, "review.Of")
	if err := looksAfter(by, access.PeopleRead, g); err != nil {
		return v, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		v = State{Now: tx.Now}
		if v.Plan, err = review.PlanOf(tx, by.Workspace, g); err != nil {
			return err
		}
		list, err := review.Newest(tx, by.Workspace, g, 2)
		for i := range list {
			if list[i].Closed.IsZero() {
				v.Open = list[i]
			} else if v.Last.ID == "" {
				v.Last = list[i]
			}
		}
		if err != nil || v.Open.ID == "" {
			return err
		}
		if v.Left, v.All, err = review.Left(tx, &v.Open); err != nil {
			return err
		}
		v.Items, err = review.Items(tx, by.Workspace, v.Open.ID)
		return err
	})
	return v, err
}

// Plan says how often a group is reviewed: every so many months, from now on.
func (s *Service) Plan(ctx context.Context, by access.Actor, g id.Group, months int64) (err error) {
	defer errs.Wrap(&err, "review.Plan")
	if err := looksAfter(by, access.PeopleWrite, g); err != nil {
		return err
	}
	if months < 0 || months > 12 {
		return errs.AtField("months", "Choose one of the list.")
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := group.ByID(tx, by.Workspace, g); err != nil {
			return err
		}
		old, err := review.PlanOf(tx, by.Workspace, g)
		if err != nil || old.Months == months {
			return err
		}
		if err := review.SetPlan(tx, &review.Plan{Workspace: by.Workspace, Group: g, Months: months, Next: tx.Now.AddDate(0, int(months), 0)}); err != nil {
			return err
		}
		return journal.Record(tx, by, "review.planned", journal.About("group", g), map[string]any{"months": [2]int64{old.Months, months}})
	})
}

// Begin begins a review of a group now; one that is open goes on.
func (s *Service) Begin(ctx context.Context, by access.Actor, g id.Group) (err error) {
	defer errs.Wrap(&err, "review.Begin")
	if err := looksAfter(by, access.PeopleWrite, g); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		to, err := group.ByID(tx, by.Workspace, g)
		if err != nil {
			return err
		}
		return s.open(tx, by, &to)
	})
}

func (s *Service) open(tx *db.Tx, by access.Actor, g *group.Group) error {
	r := review.Review{Workspace: g.Workspace, Group: g.ID, AskedBy: by.Name}
	fresh, err := review.Open(tx, &r)
	if err != nil || !fresh {
		return err
	}
	left, _, err := review.Left(tx, &r)
	if err != nil {
		return err
	}
	if left == 0 { // nobody is in it
		_, err := review.Close(tx, g.Workspace, r.ID, by.Name)
		return err
	}
	if err := journal.Record(tx, by, "review.begun", journal.About("group", g.ID), map[string]any{"review": r.ID, "name": g.Name, "members": left}); err != nil {
		return err
	}
	return s.tell(tx, g)
}

// Answer keeps somebody in a group or removes them. Who was answered for stays so; who
// may not be removed is an error that says why, and waits.
func (s *Service) Answer(ctx context.Context, by access.Actor, one id.Review, who id.Person, keep bool) (err error) {
	defer errs.Wrap(&err, "review.Answer")
	r, err := s.theirs(ctx, by, one)
	if err != nil {
		return err
	}
	answer := review.Keep
	if !keep {
		answer = review.Remove
		// First: if it is refused, nothing is said. If we die in between, they are no member
		// any more and need no answer.
		if err := s.People.RemoveFromGroup(ctx, by, r.Group, who); err != nil {
			return err
		}
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		said, err := review.Say(tx, by.Workspace, one, who, answer, by.Name)
		if err != nil || !said {
			return err
		}
		if err := journal.Record(tx, by, "review.answered", journal.About("person", who), map[string]any{"review": one, "group": r.Group, "answer": answer}); err != nil {
			return err
		}
		return closeIfDone(tx, by, &r)
	})
}

// KeepRest keeps all who are not answered for.
func (s *Service) KeepRest(ctx context.Context, by access.Actor, one id.Review) (err error) {
	defer errs.Wrap(&err, "review.KeepRest")
	r, err := s.theirs(ctx, by, one)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		n, err := review.KeepRest(tx, by.Workspace, one, by.Name)
		if err != nil {
			return err
		}
		if n > 0 {
			if err := journal.Record(tx, by, "review.kept-rest", journal.About("group", r.Group), map[string]any{"review": one, "members": n}); err != nil {
				return err
			}
		}
		return closeIfDone(tx, by, &r)
	})
}

// theirs returns an open review that by may answer.
func (s *Service) theirs(ctx context.Context, by access.Actor, one id.Review) (r review.Review, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		r, err = review.ByID(tx, by.Workspace, one)
		return err
	})
	if err != nil {
		return r, err
	}
	if err := looksAfter(by, access.PeopleWrite, r.Group); err != nil {
		return r, err
	}
	if !r.Closed.IsZero() {
		return r, errs.New(errs.Conflict, "This review is over.")
	}
	return r, nil
}

func closeIfDone(tx *db.Tx, by access.Actor, r *review.Review) error {
	left, all, err := review.Left(tx, r)
	if err != nil || left > 0 {
		return err
	}
	closed, err := review.Close(tx, r.Workspace, r.ID, by.Name)
	if err != nil || !closed {
		return err
	}
	return journal.Record(tx, by, "review.finished", journal.About("group", r.Group), map[string]any{"review": r.ID, "members": all})
}

// Sweep begins the reviews that are due, reminds those who review, and closes reviews of
// which everybody has left meanwhile.
func (s *Service) Sweep(ctx context.Context) (err error) {
	defer errs.Wrap(&err, "review.Sweep")
	var all []workspace.Workspace
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) { all, err = workspace.All(tx); return err }); err != nil {
		return err
	}
	for i := range all {
		if err := s.DB.Update(ctx, func(tx *db.Tx) error { return s.sweep(tx, all[i].ID) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) sweep(tx *db.Tx, ws id.Workspace) error {
	by := access.System(ws, "reviews")
	due, err := review.DuePlans(tx, ws)
	if err != nil {
		return err
	}
	for _, p := range due {
		g, err := group.ByID(tx, ws, p.Group)
		if errs.KindOf(err) == errs.NotFound {
			p.Months = 0 // the group was deleted
		} else if err != nil {
			return err
		} else if err := s.open(tx, by, &g); err != nil {
			return err
		}
		p.Next = tx.Now.AddDate(0, int(p.Months), 0)
		if err := review.SetPlan(tx, &p); err != nil {
			return err
		}
	}
	open, err := review.AllOpen(tx, ws)
	if err != nil {
		return err
	}
	for i := range open {
		r := &open[i]
		g, err := group.ByID(tx, ws, r.Group)
		if errs.KindOf(err) == errs.NotFound {
			if _, err := review.Close(tx, ws, r.ID, by.Name); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if err := closeIfDone(tx, by, r); err != nil {
			return err
		}
		left, _, err := review.Left(tx, r)
		if err != nil {
			return err
		}
		if left == 0 || tx.Now.Sub(r.Reminded) < remindAfter {
			continue
		}
		if err := review.Remind(tx, ws, r.ID); err != nil {
			return err
		}
		if err := s.tell(tx, &g); err != nil {
			return err
		}
	}
	return nil
}

// tell tells those who look after a group that its review waits: whose role is for that
// group, and if there is nobody, whose role is for the whole workspace.
func (s *Service) tell(tx *db.Tx, g *group.Group) error {
	if s.Teller == nil {
		return nil
	}
	staff, err := db.All(tx, db.Text[id.Person], `SELECT DISTINCT person FROM person_role WHERE workspace = ? ORDER BY person`, g.Workspace)
	if err != nil {
		return err
	}
	all, err := person.ByIDs(tx, g.Workspace, staff)
	if err != nil {
		return err
	}
	var own, whole []*inbox.Item
	for i := range all {
		by, _, err := all[i].Actor(tx)
		if err != nil {
			return err
		}
		r, refused := by.Within(access.PeopleWrite)
		if refused != nil || all[i].Identity == "" || !r.Covers(access.Scope{Kind: access.InGroup, ID: string(g.ID)}) {
			continue
		}
		item := &inbox.Item{Workspace: g.Workspace, Person: all[i].ID, Kind: inbox.Review, About: map[string]string{"name": g.Name}}
		if r.Whole {
			whole = append(whole, item)
		} else {
			own = append(own, item)
		}
	}
	if len(own) == 0 {
		own = whole
	}
	return s.Teller.Tell(tx, g.Workspace, own)
}
