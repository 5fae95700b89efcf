// Package guard looks after cards that seem to be two: used in two places at once,
// or within less time than the way takes (RELIABILITY.md, row 63). Their holders
// are asked whether it was them, and those who run the workspace are told. A card
// with which nobody can have come so far is on hold until somebody answers.
//
// Decisions notice it first, from memory, and refuse (flow/admit). What slips
// through there, because two servers decided in the same moment, is seen in the
// journal.
package guard

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/doubt"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service asks and is answered.
type Service struct {
	DB     *db.DB
	Teller Teller // optional: without it those who run the workspace find the question on their page only
}

// Teller puts messages into people's apps and onto their devices.
type Teller interface {
	Tell(tx *db.Tx, ws id.Workspace, items []*inbox.Item) error
}

// Seen is a card that was used in two places.
type Seen struct {
	Workspace    id.Workspace
	Card         id.Card
	Charger      id.Charger // where it was used the second time
	At           time.Time
	FirstCharger id.Charger
	FirstAt      time.Time
	Km           int64 // between the two; -1 if not known
	Held         bool  // nobody can be in both
}

// Ask asks the holder of a card that was used in two places, and puts the card on
// hold if nobody can be in both. Asking again while nobody has answered changes
// nothing.
func (s *Service) Ask(ctx context.Context, in Seen) (err error) {
	defer errs.Wrap(&err, "guard.Ask")
	return s.DB.Update(ctx, func(tx *db.Tx) error { return s.ask(tx, in) })
}

func (s *Service) ask(tx *db.Tx, in Seen) error {
	c, err := card.ByID(tx, in.Workspace, in.Card)
	if errs.KindOf(err) == errs.NotFound || err == nil && (c.State != card.Active || c.Person == "") {
		return nil // it is refused without us
	}
	if err != nil {
		return err
	}
	last, found, err := doubt.OfCard(tx, in.Workspace, in.Card)
	if err != nil {
		return err
	}
	if found && last.Answer == doubt.Holder && (last.FirstCharger == in.FirstCharger && last.FirstAt.Equal(in.FirstAt) || !in.At.After(last.Answered)) {
		return nil // they have said so
	}
	d := doubt.Doubt{
		Workspace: in.Workspace, Card: in.Card, Person: c.Person, Charger: in.Charger, At: in.At, FirstCharger: in.FirstCharger, FirstAt: in.FirstAt, Km: in.Km, Held: in.Held,
	}
	fresh, err := doubt.Insert(tx, &d)
	if err != nil {
		return err
	}
	if !fresh && !in.Held {
		return nil
	}
	if !fresh {
		if worse, err := doubt.Hold(tx, &d); err != nil || !worse {
			return err
		}
	}
	return s.raise(tx, &c, &d, in.Held)
}

// note is what the journal keeps.
type note struct {
	UID          string     `json:"uid"`
	Person       id.Person  `json:"person"`
	From         card.State `json:"from,omitempty"`
	To           card.State `json:"to,omitempty"`
	Reason       string     `json:"reason"`
	Doubt        id.Doubt   `json:"doubt"`
	Charger      id.Charger `json:"charger"`
	FirstCharger id.Charger `json:"first_charger"`
	FirstAt      int64      `json:"first_at"` // milliseconds since 1970
	Km           int64      `json:"km,omitempty"`
}

func (s *Service) raise(tx *db.Tx, c *card.Card, d *doubt.Doubt, hold bool) error {
	by := access.System(d.Workspace, "two places")
	n := note{
		UID: c.UID, Person: c.Person, Doubt: d.ID, Charger: d.Charger, FirstCharger: d.FirstCharger, FirstAt: d.FirstAt.UnixMilli(), Km: max(0, d.Km),
		Reason: "It was used in two places at once.",
	}
	what := "card.doubted"
	if hold {
		what, n.From, n.To = "card.blocked", c.State, card.Blocked
		n.Reason = fmt.Sprintf("On hold: it was used in two places %d km apart within %s.", d.Km, d.At.Sub(d.FirstAt).Round(time.Minute))
		if err := c.Become(card.Blocked); err != nil {
			return err
		}
		if err := card.Save(tx, c); err != nil {
			return err
		}
	}
	if err := journal.Record(tx, by, what, journal.About("card", c.ID), n); err != nil {
		return err
	}
	return s.tellStaff(tx, c)
}

// tellStaff tells those who may block the card.
func (s *Service) tellStaff(tx *db.Tx, c *card.Card) error {
	if s.Teller == nil {
		return nil
	}
	staff, err := db.All(tx, db.Text[id.Person], `SELECT DISTINCT person FROM person_role WHERE workspace = ? ORDER BY person`, c.Workspace)
	if err != nil {
		return err
	}
	all, err := person.ByIDs(tx, c.Workspace, staff)
	if err != nil {
		return err
	}
	number := c.UID
	if c.Printed != "" {
		number = c.Printed
	}
	var items []*inbox.Item
	for i := range all {
		by, _, err := all[i].Actor(tx)
		if err != nil {
			return err
		}
		err = by.Need(access.CardsWrite) // the page shows the whole workspace
		if errs.KindOf(err) == errs.Denied && err != nil || all[i].Identity == "" {
			continue
		}
		if err != nil {
			return err
		}
		items = append(items, &inbox.Item{Workspace: c.Workspace, Person: all[i].ID, Kind: inbox.Copied, About: map[string]string{"card": number}})
	}
	return s.Teller.Tell(tx, c.Workspace, items)
}

const denied = "Its holder says that somebody else used it: it may have been copied."

// Answer is what the holder of a card says: that it was them, or that it was not.
// If it was, the card works again; if not, it stays refused until staff say
// otherwise. What was answered already stays as it is.
func (s *Service) Answer(ctx context.Context, by access.Actor, one id.Doubt, mine bool) (err error) {
	defer errs.Wrap(&err, "guard.Answer")
	if !id.Valid(string(one)) {
		return errs.New(errs.NotFound, "There is no such question any more.")
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		d, err := doubt.ByID(tx, by.Workspace, one)
		if err != nil || by.Person == "" || d.Person != by.Person {
			return errs.Or(err, errs.New(errs.NotFound, "There is no such question any more."))
		}
		answer := doubt.Stranger
		if mine {
			answer = doubt.Holder
		}
		if settled, err := doubt.Settle(tx, by.Workspace, d.Card, answer); err != nil || !settled {
			return err
		}
		c, err := card.ByID(tx, by.Workspace, d.Card)
		if err != nil {
			return err
		}
		n := note{UID: c.UID, Person: c.Person, Doubt: d.ID, Charger: d.Charger, FirstCharger: d.FirstCharger, FirstAt: d.FirstAt.UnixMilli(), From: c.State}
		what := "card.confirmed"
		to := c.State
		switch {
		case mine && d.Held && c.State == card.Blocked:
			what, to, n.Reason = "card.unblocked", card.Active, "Its holder says that it was them, in both places."
		case mine:
			n.Reason = "Its holder says that it was them, in both places."
		case c.State == card.Active || c.State == card.Blocked:
			what, to, n.Reason = "card.suspended", card.Suspended, denied
		default: // it is refused as it is
			what, n.Reason = "card.doubted", denied
		}
		if n.To = to; to != c.State {
			if err := c.Become(to); err != nil {
				return err
			}
			if err := card.Save(tx, &c); err != nil {
				return err
			}
		}
		if err := journal.Record(tx, by, what, journal.About("card", c.ID), n); err != nil || mine {
			return err
		}
		return s.tellStaff(tx, &c)
	})
}

// Reader returns what is to be subscribed to the journal: starts of sessions are
// compared with what else was begun with the card.
func (s *Service) Reader() journal.Reader {
	return journal.Reader{Name: "guard", What: []string{"session.started", "session.identified"}, Do: s.compare}
}

func (s *Service) compare(tx *db.Tx, e journal.Entry) error {
	var value struct {
		Card   id.Card `json:"card"`
		Reason string  `json:"reason"`
	}
	if err := json.Unmarshal([]byte(e.Value), &value); err != nil || value.Card == "" || value.Reason != string(decision.Allowed) {
		return nil //nolint:nilerr // values that were erased are nobody's
	}
	_, key, _ := strings.Cut(e.Subject, ":")
	list, err := charge.ByIDs(tx, e.Workspace, []id.Charge{id.Charge(key)})
	if err != nil || len(list) == 0 || !counts(&list[0]) {
		return err
	}
	c := &list[0]
	others, err := charge.OfCard(tx, e.Workspace, c.CardUID, c.Received.Add(-doubt.Within), c.Received.Add(doubt.Within))
	if err != nil {
		return err
	}
	cleared, err := doubt.Cleared(tx, e.Workspace, c.Received.Add(-doubt.Within), []id.Card{c.Card})
	if err != nil {
		return err
	}
	// The nearest before and behind it: who reaches those reaches all.
	var before, behind *charge.Charge
	for i := range others {
		o := &others[i]
		if o.ID == c.ID || o.Card != c.Card || !counts(o) || !o.Received.After(cleared[c.Card]) {
			continue
		}
		if o.Received.After(c.Received) {
			if behind == nil {
				behind = o
			}
		} else {
			before = o
		}
	}
	if before != nil {
		if err := s.pair(tx, before, c); err != nil {
			return err
		}
	}
	if behind != nil {
		return s.pair(tx, c, behind)
	}
	return nil
}

// counts reports that whoever holds the card was there at the start.
func counts(c *charge.Charge) bool {
	return c.Card != "" && !c.Offline && decision.Reason(c.Reason) == decision.Allowed
}

// pair asks about two sessions of a card if nobody can have begun both.
func (s *Service) pair(tx *db.Tx, a, b *charge.Charge) error {
	from, err := locationOf(tx, a)
	if err != nil {
		return err
	}
	to, err := locationOf(tx, b)
	if err != nil || from.ID == to.ID {
		return err
	}
	km, known := from.Where.Kilometres(to.Where)
	if !known || !doubt.TooFast(km, b.Received.Sub(a.Received)) {
		return nil
	}
	return s.ask(tx, Seen{
		Workspace: b.Workspace, Card: b.Card, Charger: b.Charger, At: b.Received, FirstCharger: a.Charger, FirstAt: a.Received, Km: int64(math.Round(km)), Held: true,
	})
}

func locationOf(tx *db.Tx, c *charge.Charge) (site.Location, error) {
	h, err := site.ChargerByID(tx, c.Workspace, c.Charger)
	if err != nil {
		return site.Location{}, err
	}
	return site.LocationByID(tx, c.Workspace, h.Location)
}
