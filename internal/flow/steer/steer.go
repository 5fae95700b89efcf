// Package steer asks chargers to do things, and sees to it that they hear of it.
//
// Whoever asks writes a row ([command.Command]) and an entry of the journal; that is all
// that has to succeed. The process that holds the charger's connection takes it
// from there ([Service.Run]), within milliseconds, whichever process was asked; a
// charger that is away is told when it is back. What may be said twice is said
// again until it was answered; the rest fails and says so. So is a right that was
// lost brought to the chargers ([Service.Subscribe]).
package steer

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service asks chargers to do things.
type Service struct {
	DB     *db.DB
	Decide Decider
	Wire   Wire  // set before Run
	Lists  Lists // likewise
}

// Decider answers from memory whether a card may charge.
type Decider interface {
	// Decide answers for a token at an EVSE.
	Decide(ws id.Workspace, charger id.Charger, evse int64, token string, now time.Time) decision.Reason
	// Standing says what right a card has at a charger, whatever goes on just now.
	Standing(ws id.Workspace, charger id.Charger, token string, now time.Time) Standing
	// Refresh makes later answers agree with what the database says now.
	Refresh(ctx context.Context) error
}

// Ask is what somebody wants of a charger.
type Ask struct {
	Charger id.Charger
	Kind    command.Kind
	EVSE    int64     // 0: the charger as a whole, or whichever it chooses
	Option  string    // of a reset: soft, hard; of availability: on, off
	Card    string    // of a start: a card's number in any spelling, or an external id; with the permission for personal data also an e-mail address
	Session id.Charge // of a stop
}

// Ask asks a charger to do something. It returns once that is noted; the
// command's state tells how it goes on. What is wrong is an errs.Invalid at its
// field: evse, option, card, session.
func (s *Service) Ask(ctx context.Context, by access.Actor, a Ask) (c command.Command, err error) {
	defer errs.Wrap(&err, "steer.Ask(%s)", a.Kind)
	in, err := by.Within(access.ChargersRemote)
	if err != nil {
		return c, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		h, err := within(tx, by, in, a.Charger)
		if err != nil {
			return err
		}
		c = command.Command{Workspace: by.Workspace, Charger: h.ID, Kind: a.Kind, EVSE: a.EVSE, AskedBy: by.Name}
		if err := s.check(tx, by, in, &h, a, &c); err != nil {
			return err
		}
		if err := command.Insert(tx, &c); err != nil {
			return err
		}
		if err := record(tx, by, &c); err != nil || c.Kind != command.Availability {
			return err
		}
		old, err := command.Supersede(tx, &c)
		for i := range old {
			if err == nil {
				err = recordEnd(tx, &old[i], old[i].State, old[i].Word)
			}
		}
		return err
	})
	return c, err
}

// StopSession asks the charger of a session to end it. One that is asked already is
// not asked again.
func (s *Service) StopSession(ctx context.Context, by access.Actor, which id.Charge) (c command.Command, err error) {
	defer errs.Wrap(&err, "steer.StopSession")
	if err := by.NeedSome(access.ChargersRemote); err != nil {
		return c, err
	}
	var at id.Charger
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		one, err := charge.ByID(tx, by.Workspace, which)
		at = one.Charger
		return err
	})
	if err != nil {
		return c, err
	}
	c, err = s.Ask(ctx, by, Ask{Charger: at, Kind: command.Stop, Session: which})
	if errs.KindOf(err) == errs.NotFound { // a charger out of reach, which is not to be told apart
		err = errs.New(errs.NotFound, "There is no such charging session.")
	}
	return c, err
}

// note is what the journal keeps of a command.
type note struct {
	Command id.Command   `json:"command"`
	Kind    command.Kind `json:"kind"`
	EVSE    int64        `json:"evse,omitempty"`
	Option  string       `json:"option,omitempty"`
	Session id.Charge    `json:"session,omitempty"`
	Card    id.Card      `json:"card,omitempty"`
	Why     string       `json:"why,omitempty"`
	Outcome string       `json:"outcome,omitempty"`
	Word    string       `json:"word,omitempty"`
}

func noteOf(c *command.Command) note {
	return note{Command: c.ID, Kind: c.Kind, EVSE: c.EVSE, Option: c.Option, Session: c.Session, Card: c.Card, Why: c.Why}
}

func record(tx *db.Tx, by access.Actor, c *command.Command) error {
	return journal.Record(tx, by, "command.asked", journal.About("charger", c.Charger), noteOf(c))
}

// recordEnd notes how a command ended, in the charger's name.
func recordEnd(tx *db.Tx, c *command.Command, s command.State, word string) error {
	if (c.Kind == command.ClearCache || c.Kind == command.LocalList) && c.Why != "" {
		return nil // its asking was not noted either: the pages of card and charger tell of it
	}
	n := noteOf(c)
	n.Outcome, n.Word = string(s), word
	by := access.Actor{Workspace: c.Workspace, Name: journal.About("charger", c.Charger)}
	return journal.Record(tx, by, "command.ended", journal.About("charger", c.Charger), n)
}

// check says what is wrong with a, and completes c.
func (s *Service) check(tx *db.Tx, by access.Actor, in access.Reach, h *site.Charger, a Ask, c *command.Command) error {
	var wrong errs.List
	evses, err := site.EVSEs(tx, by.Workspace, h.ID)
	if err != nil {
		return err
	}
	one := a.Kind == command.Unlock // must name one
	if a.EVSE < 0 || a.EVSE > int64(len(evses)) || one && a.EVSE == 0 {
		wrong.Add(errs.AtField("evse", "Choose one of the charger's EVSEs: 1 to %d.", len(evses)))
	}
	if a.EVSE != 0 && (a.Kind == command.Reset || a.Kind == command.ClearCache || a.Kind == command.Stop || a.Kind == command.LocalList) {
		wrong.Add(errs.AtField("evse", "This is asked of the whole charger. Name no EVSE."))
	}
	pick := func(options ...string) {
		for _, o := range options {
			if a.Option == o {
				c.Option = o
				return
			}
		}
		switch a.Kind {
		case command.Reset:
			wrong.Add(errs.AtField("option", "Say how to restart it: soft, once it is idle, or hard, at once."))
		case command.Availability:
			wrong.Add(errs.AtField("option", "Say whether it takes part: on or off."))
		case command.LocalList:
			wrong.Add(errs.AtField("option", "Leave it out, or say anew to send the whole list."))
		default:
			wrong.Add(errs.AtField("option", "There is nothing to choose here. Leave it out."))
		}
	}
	switch a.Kind {
	case command.Start:
		pick("")
		wrong.Add(s.startFor(tx, by, in, h, a, c))
	case command.Stop:
		pick("")
		wrong.Add(stopOf(tx, by, h, a, c))
	case command.Reset:
		pick("soft", "hard")
	case command.Availability:
		pick("on", "off")
	case command.Unlock, command.ClearCache:
		pick("")
	case command.LocalList:
		pick("", command.Anew)
		wrong.Add(listOn(tx, h))
	default:
		return errs.AtField("kind", "A charger can be asked to start, stop, unlock, reset, clear-cache, for its availability, or to take its local-list; %q is none of these.", a.Kind)
	}
	return wrong.Err()
}

// startFor finds the card that is to be charged for, and makes sure that it may.
func (s *Service) startFor(tx *db.Tx, by access.Actor, in access.Reach, h *site.Charger, a Ask, c *command.Command) error {
	k, err := named(tx, by, in, a.Card)
	if err != nil {
		return err
	}
	if why := s.Decide.Decide(by.Workspace, h.ID, a.EVSE, k.UID, tx.Now); why != decision.Allowed {
		return errs.AtField("card", "It may not charge here now. %s", why.Sentence())
	}
	if h.Protocol == ocpp16 && len(k.UID) > 20 {
		return errs.AtField("card", "This charger speaks OCPP 1.6 and takes card numbers of at most 20 characters; this one has %d.", len(k.UID))
	}
	c.Card = k.ID
	return nil
}

// named finds a card by its number, or the one that works of a user.
func named(tx *db.Tx, by access.Actor, in access.Reach, text string) (k card.Card, err error) {
	none := errs.AtField("card", "No card and no user is found by %q. Write a card's number in any spelling, or a user's external id.", text)
	if in.Perms.Has(access.PersonalData) {
		none = errs.AtField("card", "No card and no user is found by %q. Write a card's number in any spelling, or a user's e-mail address or external id.", text)
	}
	if text == "" {
		return k, errs.AtField("card", "Say for whom: a card's number, or a user.")
	}
	if uid, err := card.Canonical(text); err == nil {
		k, err := card.ByUID(tx, by.Workspace, uid)
		if err == nil {
			if !in.Whole && (k.Person == "" || person.Within(tx, by.Workspace, in, k.Person) != nil) {
				return k, none
			}
			return k, nil
		}
		if errs.KindOf(err) != errs.NotFound {
			return k, err
		}
	}
	var who person.Person
	found, err := person.ByExternalIDs(tx, by.Workspace, []string{text})
	switch {
	case err != nil:
	case len(found) == 1:
		who = found[0]
	case in.Perms.Has(access.PersonalData):
		email, _ := person.CleanEmail(text)
		who, err = person.ByEmail(tx, by.Workspace, email)
	default:
		return k, none
	}
	if err == nil && !in.Whole {
		err = person.Within(tx, by.Workspace, in, who.ID)
	}
	if errs.KindOf(err) == errs.NotFound {
		return k, none
	}
	if err != nil {
		return k, err
	}
	all, err := card.Of(tx, by.Workspace, who.ID)
	if err != nil {
		return k, err
	}
	for _, one := range all {
		if one.State == card.Active {
			return one, nil
		}
	}
	return k, errs.AtField("card", "This user has no card that works. Give them one first.")
}

// stopOf finds the session that is to be ended.
func stopOf(tx *db.Tx, by access.Actor, h *site.Charger, a Ask, c *command.Command) error {
	one, err := charge.ByID(tx, by.Workspace, a.Session)
	switch {
	case errs.KindOf(err) == errs.NotFound, err == nil && one.Charger != h.ID:
		return errs.AtField("session", "There is no such session at this charger.")
	case err != nil:
		return err
	case one.Status != charge.Running:
		return errs.New(errs.Conflict, "This session has ended already.")
	}
	if last, _, err := command.StopOf(tx, by.Workspace, h.ID, one.ID); err != nil || last.ID != "" && !last.State.Over() {
		return errs.Or(err, errs.New(errs.Conflict, "The charger is asked to stop this session already."))
	}
	c.Session, c.Card = one.ID, one.Card
	return nil
}

// ocpp16 is the protocol as chargers' rows name it.
const ocpp16 = "ocpp1.6"
