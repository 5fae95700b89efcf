// Package wallet is what is done with cards: given to people, blocked, freed,
// taken away.
package wallet

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/doubt"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/lesson"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service acts on cards.
type Service struct{ DB *db.DB }

// NewCard is a card as somebody enters it.
type NewCard struct {
	Number    string // in any spelling
	Printed   string // the number printed on it, if that is another one
	Person    id.Person
	Business  bool
	Pending   bool // it is refused until somebody makes it active
	ValidFrom time.Time
	ValidTo   time.Time // the first moment it no longer works; zero: for ever
}

// Taken is an error about a card number that another user has. Person is who, for
// a link to them.
type Taken struct {
	Person id.Person
	err    error
}

func (t *Taken) Error() string { return t.err.Error() }

// Unwrap returns the sentence, an errs.Invalid at the field "number".
func (t *Taken) Unwrap() error { return t.err }

// Assign adds a card and gives it to a person; one that is here and nobody's
// becomes theirs. A number that somebody has is a [Taken]; the same card with its
// bytes reversed is a warning, in similar.
func (s *Service) Assign(ctx context.Context, by access.Actor, in NewCard) (c card.Card, similar string, err error) {
	defer errs.Wrap(&err, "wallet.Assign")
	if err := by.NeedSome(access.CardsWrite); err != nil {
		return c, "", err
	}
	uid, err := card.Canonical(in.Number)
	if err != nil {
		return c, "", errs.AtField("number", "%s", errs.Text(err))
	}
	if in.Printed, err = fits(in.Printed, in.ValidFrom, in.ValidTo); err != nil {
		return c, "", err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := person.Reach(tx, by, access.CardsWrite, in.Person); err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, in.Person)
		if err != nil {
			return err
		}
		if c, err = card.ByUID(tx, by.Workspace, uid); err == nil && c.Person == "" && by.Need(access.CardsWrite) == nil {
			return give(tx, by, &c, p.ID, in)
		}
		if err := free(tx, by, uid); err != nil {
			return err
		}
		if _, err := card.ByUID(tx, by.Workspace, card.Reversed(uid)); err == nil && by.Need(access.CardsRead) == nil && card.Reversed(uid) != uid {
			similar = card.Reversed(uid)
		}
		c = card.Card{
			Workspace: by.Workspace, UID: uid, Kind: kindOf(uid), Typed: in.Number, Printed: in.Printed, State: card.Active,
			Person: p.ID, Business: in.Business, ValidFrom: in.ValidFrom, ValidTo: in.ValidTo,
		}
		if in.Pending {
			c.State = card.Inactive
		}
		if err := card.Insert(tx, &c); err != nil {
			return err
		}
		return journal.Record(tx, by, "card.assigned", journal.About("card", c.ID), map[string]any{"uid": uid, "person": p.ID})
	})
	if errs.KindOf(err) == errs.Conflict { // somebody was quicker: say who has it now
		if said := s.DB.View(ctx, func(tx *db.Tx) error { return free(tx, by, uid) }); said != nil {
			err = said
		}
	}
	return c, similar, err
}

// give gives a card that is nobody's to a person. What keeps it from working, but
// for never having been activated, stays: somebody blocked it for a reason.
func give(tx *db.Tx, by access.Actor, c *card.Card, who id.Person, in NewCard) error {
	c.Person, c.Business = who, c.Business || in.Business
	if in.Printed != "" {
		c.Printed = in.Printed
	}
	if !in.ValidFrom.IsZero() || !in.ValidTo.IsZero() {
		c.ValidFrom, c.ValidTo = in.ValidFrom, in.ValidTo
	}
	if c.State == card.Inactive && !in.Pending {
		c.State = card.Active
	}
	if err := card.Save(tx, c); err != nil {
		return err
	}
	return journal.Record(tx, by, "card.assigned", journal.About("card", c.ID), map[string]any{"uid": c.UID, "person": who, "from": "stock"})
}

func kindOf(uid string) card.Kind {
	switch {
	case strings.HasPrefix(uid, "VID:"):
		return card.MAC
	case strings.Trim(uid, "0123456789ABCDEF") != "":
		return card.EMAID
	default:
		return card.RFID
	}
}

// free refuses a number that is taken, and says by whom.
func free(tx *db.Tx, by access.Actor, uid string) error {
	old, err := card.ByUID(tx, by.Workspace, uid)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return nil
	case err != nil:
		return err
	case old.Person == "" && by.Need(access.CardsWrite) == nil:
		return nil
	case old.Person == "": // the workspace's stock is not theirs to take from
		return errs.AtField("number", "The card %s is here already and nobody's. Ask an admin of this workspace to give it to them.", uid)
	}
	see, err := person.Sight(tx, by, access.CardsRead, old.Person)
	switch kind := errs.KindOf(err); {
	case err != nil && (kind == errs.NotFound || kind == errs.Denied) && by.Need(access.CardsRead) != nil: // of a part of the workspace that is not by's
		return errs.AtField("number", "The card %s belongs to another user.", uid)
	case err != nil && kind != errs.NotFound:
		return err
	}
	if !see.Perms.Has(access.PersonalData) {
		return &Taken{old.Person, errs.AtField("number", "The card %s belongs to another user.", uid)}
	}
	p, err := person.ByID(tx, by.Workspace, old.Person)
	if errs.KindOf(err) == errs.NotFound {
		return errs.AtField("number", "The card %s belongs to a user who was deleted just now. It is free once they are erased, within half an hour.", uid)
	}
	return errs.Or(err, &Taken{old.Person, errs.AtField("number", "The card %s belongs to %s. Remove it there first.", uid, p.Name())})
}

// Change moves a card to another state: blocked, suspended, expired, active again,
// deactivated for good. reason is kept with it. A last day that is over goes when
// the card becomes active.
func (s *Service) Change(ctx context.Context, by access.Actor, one id.Card, to card.State, reason string) (c card.Card, err error) {
	defer errs.Wrap(&err, "wallet.Change")
	if err := by.NeedSome(access.CardsWrite); err != nil {
		return c, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if c, err = theirs(tx, by, one); err != nil {
			return err
		}
		if to == card.Active && c.Kind == card.MAC {
			if asked, err := lesson.Asked(tx, by.Workspace, c.ID); err != nil || asked {
				return errs.Or(err, errs.New(errs.Conflict, "This car was seen at a charger, and its driver has not said yet that it is theirs. It works once they do."))
			}
		}
		before := c.State
		past := !c.ValidTo.IsZero() && !c.ValidTo.After(tx.Now)
		if to == card.Active && past && before == card.Active {
			before = card.Expired // by its last day, which nobody had to note
		} else if err := c.Become(to); err != nil {
			return err
		}
		if to == card.Active && past {
			c.ValidTo = time.Time{} // else it would be refused again at once
		}
		if to == card.Deactivated {
			if err := mayGo(tx, by.Workspace, &c); err != nil {
				return err
			}
		}
		if err := card.Save(tx, &c); err != nil {
			return err
		}
		if err := settle(tx, &c); err != nil {
			return err
		}
		return journal.Record(tx, by, events[to], journal.About("card", c.ID), map[string]any{"uid": c.UID, "person": c.Person, "from": before, "to": to, "reason": reason})
	})
	return c, err
}

// settle answers an open question about a card that was used in two places, as its
// new state does.
func settle(tx *db.Tx, c *card.Card) (err error) {
	switch c.State {
	case card.Active:
		_, err = doubt.Settle(tx, c.Workspace, c.ID, doubt.Staff)
	case card.Suspended, card.Deactivated:
		_, err = doubt.Settle(tx, c.Workspace, c.ID, doubt.Stranger)
	case card.Inactive, card.Blocked, card.Expired: // its holder may still say
	}
	return err
}

// theirs returns a card that by may change: any, or one of somebody within their
// reach.
func theirs(tx *db.Tx, by access.Actor, one id.Card) (card.Card, error) {
	c, err := card.ByID(tx, by.Workspace, one)
	if err != nil {
		return c, err
	}
	r, err := by.Within(access.CardsWrite)
	if err != nil || r.Whole {
		return c, err
	}
	if c.Person != "" {
		err = person.Within(tx, by.Workspace, r, c.Person)
	}
	if c.Person == "" || err != nil && errs.KindOf(err) == errs.NotFound {
		err = errs.New(errs.NotFound, "There is no such card. It may have been removed.")
	}
	return c, err
}

var events = map[card.State]string{
	card.Active: "card.unblocked", card.Inactive: "card.updated", card.Blocked: "card.blocked",
	card.Suspended: "card.suspended", card.Expired: "card.updated", card.Deactivated: "card.removed",
}
