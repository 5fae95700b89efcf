package teach

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/lesson"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Learn learns from a tap. One that teaches nothing, because somebody was quicker, is
// no error.
func (s *Service) Learn(ctx context.Context, t Tap) (err error) {
	defer errs.Wrap(&err, "teach.Learn")
	do := learnCard
	if t.Lesson == "" {
		do = learnCar
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error { return do(tx, t) })
	if errs.KindOf(err) == errs.Conflict { // the number was given to somebody in this moment
		return nil
	}
	return err
}

// learnCard gives the card that was held to a charger to the person for whom the charger
// waited.
func learnCard(tx *db.Tx, t Tap) error {
	l, err := lesson.ByID(tx, t.Workspace, t.Lesson)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil || l.State != lesson.Open || !t.At.Before(l.Until) || l.Charger != t.Charger {
		return err
	}
	uid, err := card.Canonical(t.Token)
	if err != nil || !card.Learnable(t.Token) {
		return nil //nolint:nilerr // nothing that one holds; the charger waits on
	}
	_, err = card.ByUID(tx, t.Workspace, uid)
	if err == nil || errs.KindOf(err) != errs.NotFound {
		return err // somebody has it by now
	}
	by := access.Actor{Workspace: t.Workspace, Name: l.AskedBy}
	p, err := person.ByID(tx, t.Workspace, l.Person)
	if errs.KindOf(err) == errs.NotFound {
		return end(tx, by, &l, "the user was deleted")
	}
	if err != nil {
		return err
	}
	if l.Own && p.Status != person.Active {
		return end(tx, by, &l, "the user may not charge any more")
	}
	similar := card.Reversed(uid)
	if _, err := card.ByUID(tx, t.Workspace, similar); errs.KindOf(err) == errs.NotFound || similar == uid {
		similar = ""
	} else if err != nil {
		return err
	}
	c := card.Card{Workspace: t.Workspace, UID: uid, Kind: card.RFID, Typed: t.Token, State: card.Active, Person: p.ID}
	c.ID = id.New[id.Card]()
	closed, err := lesson.End(tx, t.Workspace, l.ID, c.ID, similar)
	if err != nil || !closed {
		return err // another one came first
	}
	if err := card.Insert(tx, &c); err != nil {
		return err
	}
	if err := journal.Record(tx, by, "charger.learning-ended", journal.About("charger", l.Charger), note{Lesson: l.ID, Person: l.Person, Card: c.ID}); err != nil {
		return err
	}
	return journal.Record(tx, by, "card.assigned", journal.About("card", c.ID), map[string]any{"uid": uid, "person": p.ID, "from": "charger", "charger": l.Charger, "lesson": l.ID})
}

// learnCar asks somebody whether a car is theirs. They need an app to be asked in.
func learnCar(tx *db.Tx, t Tap) error {
	w, err := workspace.ByID(tx, t.Workspace)
	if err != nil || !w.Autocharge {
		return err
	}
	p, err := person.ByID(tx, t.Workspace, t.Person)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil || p.Identity == "" || p.Status != person.Active {
		return err
	}
	mac, err := vehicle.MAC(t.MAC)
	if err != nil || mac == "" {
		return nil //nolint:nilerr // what chargers send that could not read one
	}
	v := vehicle.Vehicle{MAC: mac}
	for _, known := range []func() error{
		func() error { _, err := card.ByUID(tx, t.Workspace, v.CardUID()); return err },
		func() error { _, err := vehicle.ByMAC(tx, t.Workspace, mac); return err },
	} {
		if err := known(); errs.KindOf(err) != errs.NotFound || err == nil {
			return err // somebody's by now
		}
	}
	c := card.Card{Workspace: t.Workspace, ID: id.New[id.Card](), UID: v.CardUID(), Kind: card.MAC, Typed: v.CardUID(), State: card.Suspended, Person: p.ID}
	q := lesson.Car{Workspace: t.Workspace, Person: p.ID, MAC: mac, Card: c.ID, Charger: t.Charger, At: t.At}
	fresh, err := lesson.Propose(tx, &q)
	if err != nil || !fresh {
		return err // asked before
	}
	if err := card.Insert(tx, &c); err != nil {
		return err
	}
	return journal.Record(tx, access.Actor{Workspace: t.Workspace, Name: journal.About("charger", t.Charger)}, "card.proposed", journal.About("card", c.ID),
		map[string]any{"uid": c.UID, "person": p.ID, "charger": t.Charger, "car": q.ID})
}

// Answer is what the one who was asked says of a car: that it is theirs, or not. Only
// then does it charge without a card. What was answered already stays as it is.
func (s *Service) Answer(ctx context.Context, by access.Actor, one id.Car, mine bool) (err error) {
	defer errs.Wrap(&err, "teach.Answer")
	gone := errs.New(errs.NotFound, "There is no such question any more.")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if !id.Valid(string(one)) {
			return gone
		}
		q, err := lesson.CarByID(tx, by.Workspace, one)
		if err != nil || by.Person == "" || q.Person != by.Person {
			return errs.Or(err, gone)
		}
		answer := lesson.NotMine
		if mine {
			answer = lesson.Mine
		}
		if said, err := lesson.Say(tx, by.Workspace, one, answer); err != nil || !said {
			return err
		}
		c, err := card.ByID(tx, by.Workspace, q.Card)
		if err != nil || c.State != card.Suspended || c.Person != by.Person {
			return err // staff have settled it
		}
		before, what := c.State, "card.removed"
		to := card.Deactivated
		if mine {
			what, to = "card.confirmed", card.Active
		}
		if err := c.Become(to); err != nil {
			return err
		}
		if err := card.Save(tx, &c); err != nil {
			return err
		}
		reason := "Its driver says that this car is not theirs."
		if mine {
			reason = "Its driver says that this car is theirs."
			if err := onVehicle(tx, by, q.MAC); err != nil {
				return err
			}
		}
		return journal.Record(tx, by, what, journal.About("card", c.ID), map[string]any{"uid": c.UID, "person": c.Person, "from": before, "to": to, "reason": reason})
	})
}

// onVehicle notes the MAC on the person's only vehicle that has none, or on a new one.
func onVehicle(tx *db.Tx, by access.Actor, mac string) error {
	all, err := vehicle.Of(tx, by.Workspace, by.Person)
	if err != nil {
		return err
	}
	var without []vehicle.Vehicle
	for _, v := range all {
		if v.MAC == "" {
			without = append(without, v)
		}
	}
	if len(without) == 1 {
		v := without[0]
		v.MAC = mac
		if err := vehicle.Save(tx, &v); err != nil {
			return err
		}
		return journal.Record(tx, by, "vehicle.changed", journal.About("person", by.Person), map[string]any{"vehicle": v.ID, "name": v.Name(), "mac": [2]string{"", mac}})
	}
	v := vehicle.Vehicle{Workspace: by.Workspace, Person: by.Person, MAC: mac}
	if err := vehicle.Insert(tx, &v); err != nil {
		return err
	}
	return journal.Record(tx, by, "vehicle.added", journal.About("person", by.Person), map[string]any{"vehicle": v.ID, "name": v.Name(), "plate": "", "country": "", "mac": mac})
}

// Spelt writes a MAC address as people read it.
func Spelt(mac string) string {
	var b strings.Builder
	for i := 0; i+1 < len(mac); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(mac[i : i+2])
	}
	return b.String()
}

// Left is how much of a lesson is left, in whole seconds.
func Left(l *lesson.Lesson, now time.Time) int64 {
	return max(0, int64(l.Until.Sub(now).Round(time.Second)/time.Second))
}
