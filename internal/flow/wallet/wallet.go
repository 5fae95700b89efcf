// Package wallet is what is done with cards: given to people, blocked, freed,
// taken away.
package wallet

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/journal"
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
	ValidFrom time.Time
	ValidTo   time.Time // the first moment it no longer works; zero: for ever
}

// Assign adds a card and gives it to a person. A number that the workspace has
// already is an errs.Conflict at the field "number"; the same card with its
// bytes reversed is a warning, in similar.
func (s *Service) Assign(ctx context.Context, by access.Actor, in NewCard) (c card.Card, similar string, err error) {
	defer errs.Wrap(&err, "wallet.Assign")
	if err := by.Need(access.CardsWrite); err != nil {
		return c, "", err
	}
	uid, err := card.Canonical(in.Number)
	if err != nil {
		return c, "", errs.AtField("number", "%s", errs.Text(err))
	}
	if !in.ValidTo.IsZero() && !in.ValidTo.After(in.ValidFrom) {
		return c, "", errs.AtField("valid_to", "The card would end before it begins. Choose a later last day.")
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		p, err := person.ByID(tx, by.Workspace, in.Person)
		if err != nil {
			return err
		}
		if err := free(tx, by, uid); err != nil {
			return err
		}
		if _, err := card.ByUID(tx, by.Workspace, card.Reversed(uid)); err == nil && card.Reversed(uid) != uid {
			similar = card.Reversed(uid)
		}
		c = card.Card{
			Workspace: by.Workspace, UID: uid, Kind: kindOf(uid), Typed: in.Number, Printed: in.Printed, State: card.Active,
			Person: p.ID, Business: in.Business, ValidFrom: in.ValidFrom, ValidTo: in.ValidTo,
		}
		if err := card.Insert(tx, &c); err != nil {
			return err
		}
		return journal.Record(tx, by, "card.assigned", journal.About("card", c.ID), map[string]any{"uid": uid, "person": p.ID})
	})
	return c, similar, err
}

func kindOf(uid string) card.Kind {
	if len(uid) > 4 && uid[:4] == "VID:" {
		return card.MAC
	}
	return card.RFID
}

// free refuses a number that is taken, and says by whom.
func free(tx *db.Tx, by access.Actor, uid string) error {
	old, err := card.ByUID(tx, by.Workspace, uid)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if old.Person == "" {
		return errs.AtField("number", "The card %s is here already; it is nobody's. Find it under Cards.", uid)
	}
	if !by.Perms.Has(access.PersonalData) {
		return errs.AtField("number", "The card %s belongs to another user.", uid)
	}
	p, err := person.ByID(tx, by.Workspace, old.Person)
	return errs.Or(err, errs.AtField("number", "The card %s belongs to %s. Remove it there first.", uid, p.Name()))
}

// Change moves a card to another state: blocked, suspended, active again,
// deactivated for good. reason is kept with it.
func (s *Service) Change(ctx context.Context, by access.Actor, one id.Card, to card.State, reason string) (c card.Card, err error) {
	defer errs.Wrap(&err, "wallet.Change")
	if err := by.Need(access.CardsWrite); err != nil {
		return c, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if c, err = card.ByID(tx, by.Workspace, one); err != nil {
			return err
		}
		before := c.State
		if err := c.Become(to); err != nil {
			return err
		}
		if err := card.Save(tx, &c); err != nil {
			return err
		}
		return journal.Record(tx, by, events[to], journal.About("card", c.ID), map[string]any{"uid": c.UID, "person": c.Person, "from": before, "to": to, "reason": reason})
	})
	return c, err
}

var events = map[card.State]string{
	card.Active: "card.unblocked", card.Inactive: "card.updated", card.Blocked: "card.blocked",
	card.Suspended: "card.suspended", card.Expired: "card.updated", card.Deactivated: "card.removed",
}
