// Package teach has chargers teach whose card and whose car it is.
//
// Learn mode: a charger waits two minutes for the next card that nobody here knows,
// and that becomes the card of the person for whom it waits. The tap that teaches is
// refused like any unknown card's: answers are given from memory and nothing is
// written before them, and what is to be written may yet be refused. So nobody is let
// charge on a promise; the card works from the next tap on.
//
// Autocharge: a car that was refused because nobody knows its MAC, and somebody who
// charges at that EVSE within a minute, may belong together. They are asked, and until
// they say yes its card is suspended: a MAC is easily made up.
package teach

import (
	"context"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/lesson"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// Service teaches.
type Service struct {
	DB     *db.DB
	Places Places
}

// Places knows where people may charge.
type Places interface {
	// Chargers lists the chargers at which a person may charge at a moment.
	Chargers(ws id.Workspace, who id.Person, now time.Time) []id.Charger
}

// MostCards is how many cards somebody may have who adds them alone.
const MostCards = 10

// Tap is one from which something is learned.
type Tap struct {
	Workspace id.Workspace
	Charger   id.Charger
	At        time.Time
	Lesson    id.Lesson // in which the charger waited for the card; "" for a car
	Token     string    // of a lesson: the card, as the charger spelt it
	MAC       string    // of a car that was refused: 12 hex digits
	Person    id.Person // who then charged at the same EVSE
}

var over = job.Define[ending]("teach.end")

type ending struct {
	Workspace id.Workspace
	Lesson    id.Lesson
}

// Jobs tells pool how lessons end that nobody came to.
func (s *Service) Jobs(pool *job.Pool) {
	job.Handle(pool, over, func(ctx context.Context, e ending) error {
		return s.DB.Update(ctx, func(tx *db.Tx) error {
			l, err := lesson.ByID(tx, e.Workspace, e.Lesson)
			if errs.KindOf(err) == errs.NotFound {
				return nil
			}
			if err != nil {
				return err
			}
			return end(tx, access.System(e.Workspace, "learn mode"), &l, "two minutes are over")
		})
	})
}

// note is what the journal keeps of a lesson.
type note struct {
	Lesson id.Lesson `json:"lesson"`
	Person id.Person `json:"person"`
	Until  int64     `json:"until,omitempty"` // milliseconds since 1970
	Card   id.Card   `json:"card,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// Begin has a charger wait for the next unknown card, which becomes a user's. A charger
// that waits for another one is an errs.Conflict.
func (s *Service) Begin(ctx context.Context, by access.Actor, at id.Charger, who id.Person) (l lesson.Lesson, err error) {
	defer errs.Wrap(&err, "teach.Begin")
	if err := by.Need(access.CardsWrite | access.PlacesRead); err != nil {
		return l, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := site.ChargerByID(tx, by.Workspace, at); err != nil {
			return err
		}
		if _, err := person.ByID(tx, by.Workspace, who); err != nil {
			return errs.Or(atPerson(err), err)
		}
		l = lesson.Lesson{Workspace: by.Workspace, Charger: at, Person: who, AskedBy: by.Name}
		return begin(tx, by, &l)
	})
	return l, err
}

// atPerson says at the field that nobody was chosen.
func atPerson(err error) error {
	if errs.KindOf(err) == errs.NotFound {
		return errs.AtField("person", "Choose whose card it is.")
	}
	return nil
}

// BeginOwn does so for the person who acts: where they may charge, and if the workspace
// lets drivers add cards.
func (s *Service) BeginOwn(ctx context.Context, by access.Actor, at id.Charger) (l lesson.Lesson, err error) {
	defer errs.Wrap(&err, "teach.BeginOwn")
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := may(tx, by); err != nil {
			return err
		}
		if !slices.Contains(s.Places.Chargers(by.Workspace, by.Person, tx.Now), at) {
			return errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
		}
		cards, err := card.Of(tx, by.Workspace, by.Person)
		if err != nil {
			return err
		}
		n := 0
		for i := range cards {
			if cards[i].State != card.Deactivated {
				n++
			}
		}
		if n >= MostCards {
			return errs.New(errs.Conflict, "You have %d cards already. Ask for one of them to be removed first.", n)
		}
		l = lesson.Lesson{Workspace: by.Workspace, Charger: at, Person: by.Person, AskedBy: by.Name, Own: true}
		return begin(tx, by, &l)
	})
	return l, err
}

// may refuses whoever may not add cards alone.
func may(tx *db.Tx, by access.Actor) error {
	w, err := workspace.ByID(tx, by.Workspace)
	if err != nil {
		return err
	}
	if by.Person == "" || !w.DriverCards {
		return errs.New(errs.Denied, "Cards are added by those who run this place. Ask there for one.")
	}
	p, err := person.ByID(tx, by.Workspace, by.Person)
	if err == nil && p.Status != person.Active {
		err = errs.New(errs.Denied, "You cannot charge here at the moment, and so add no card.")
	}
	return err
}

func begin(tx *db.Tx, by access.Actor, l *lesson.Lesson) error {
	if _, err := site.ChargerByID(tx, l.Workspace, l.Charger); err != nil {
		return err
	}
	old, waits, err := lesson.At(tx, l.Workspace, l.Charger)
	if err != nil {
		return err
	}
	if waits && (!old.Waits(tx.Now) || old.Person == l.Person && old.AskedBy == l.AskedBy) { // again from the beginning
		if err := end(tx, by, &old, "begun anew"); err != nil {
			return err
		}
	}
	if err := lesson.Begin(tx, l); err != nil {
		return err
	}
	if err := over.Add(tx, ending{l.Workspace, l.ID}, job.For(l.Workspace), job.At(l.Until)); err != nil {
		return err
	}
	return journal.Record(tx, by, "charger.learning", journal.About("charger", l.Charger), note{Lesson: l.ID, Person: l.Person, Until: l.Until.UnixMilli()})
}

// end closes a lesson in which nothing was learned, once.
func end(tx *db.Tx, by access.Actor, l *lesson.Lesson, why string) error {
	closed, err := lesson.End(tx, l.Workspace, l.ID, "", "")
	if err != nil || !closed {
		return err
	}
	return journal.Record(tx, by, "charger.learning-ended", journal.About("charger", l.Charger), note{Lesson: l.ID, Person: l.Person, Reason: why})
}

// Cancel ends a lesson before its time: whoever may begin one, or whose own it is.
func (s *Service) Cancel(ctx context.Context, by access.Actor, one id.Lesson) (err error) {
	defer errs.Wrap(&err, "teach.Cancel")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		l, err := seen(tx, by, one)
		if err != nil {
			return err
		}
		return end(tx, by, &l, "cancelled")
	})
}

// One returns a lesson, to whoever may begin one or whose own it is.
func (s *Service) One(ctx context.Context, by access.Actor, one id.Lesson) (l lesson.Lesson, k card.Card, now time.Time, err error) {
	defer errs.Wrap(&err, "teach.One")
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		now = tx.Now
		if l, err = seen(tx, by, one); err != nil || l.Card == "" {
			return err
		}
		k, err = card.ByID(tx, by.Workspace, l.Card)
		return err
	})
	return l, k, now, err
}

func seen(tx *db.Tx, by access.Actor, one id.Lesson) (lesson.Lesson, error) {
	l, err := lesson.ByID(tx, by.Workspace, one)
	if err != nil {
		return l, err
	}
	if mine := l.Own && by.Person != "" && l.Person == by.Person; mine || by.Need(access.CardsWrite|access.PlacesRead) == nil {
		return l, nil
	}
	return lesson.Lesson{}, errs.New(errs.NotFound, "This charger is not waiting for a card any more. Begin again.")
}

// Mine is what a driver sees of adding cards alone.
type Mine struct {
	May     bool          // the workspace lets drivers do so, and they may charge
	Lesson  lesson.Lesson // the one that they began within the last ten minutes, if there is one
	Card    card.Card     // that was learned
	Charger site.Charger  // of the lesson
	Cars    []lesson.Car  // that may be theirs
	Now     time.Time
}

// Mine returns it.
func (s *Service) Mine(ctx context.Context, by access.Actor) (m Mine, err error) {
	defer errs.Wrap(&err, "teach.Mine")
	if by.Person == "" {
		return m, nil
	}
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		m = Mine{Now: tx.Now}
		if m.Cars, err = lesson.OpenCars(tx, by.Workspace, by.Person); err != nil {
			return err
		}
		last, found, err := lesson.LastOf(tx, by.Workspace, by.Person, tx.Now.Add(-10*time.Minute))
		if err != nil {
			return err
		}
		if found {
			m.Lesson = last
			if m.Charger, err = site.ChargerByID(tx, by.Workspace, last.Charger); err != nil {
				return err
			}
			if last.Card != "" {
				if m.Card, err = card.ByID(tx, by.Workspace, last.Card); err != nil {
					return err
				}
			}
		}
		refused := may(tx, by)
		if m.May = refused == nil; errs.KindOf(refused) == errs.Denied {
			return nil // they see what they have, and no more
		}
		return refused
	})
	return m, err
}

// MostChargers is how many chargers a driver is offered at once.
const MostChargers = 20

// Chargers lists those at which a driver may add a card and whose name or identity has
// q in it, by name; more says that there are others.
func (s *Service) Chargers(ctx context.Context, by access.Actor, q string) (list []site.Charger, more bool, err error) {
	defer errs.Wrap(&err, "teach.Chargers")
	q = strings.ToLower(strings.TrimSpace(q))
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, more = nil, false
		if err := may(tx, by); err != nil {
			return err
		}
		all, err := site.Chargers(tx, by.Workspace)
		open := map[id.Charger]bool{}
		for _, c := range s.Places.Chargers(by.Workspace, by.Person, tx.Now) {
			open[c] = true
		}
		for i := range all {
			h := &all[i]
			if !open[h.ID] || !strings.Contains(strings.ToLower(h.Name+" "+h.Identity), q) {
				continue
			}
			if more = len(list) == MostChargers; more {
				break
			}
			list = append(list, *h)
		}
		return err
	})
	return list, more, err
}
