package wallet

import (
	"context"
	"strings"
	"time"
	"unicode"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Facts are what can be changed about a card besides its state.
type Facts struct {
	Printed   string // the number printed on it
	Business  bool
	ValidFrom time.Time // zero: always
	ValidTo   time.Time // the first moment it no longer works; zero: for ever
}

// Edit writes facts about a card. version must be that of the row the change was
// made on; if somebody else changed it since, that is an errs.Conflict.
func (s *Service) Edit(ctx context.Context, by access.Actor, one id.Card, version int64, f Facts) (c card.Card, err error) {
	defer errs.Wrap(&err, "wallet.Edit")
	if err := by.NeedSome(access.CardsWrite); err != nil {
		return c, err
	}
	if f.Printed, err = fits(f.Printed, f.ValidFrom, f.ValidTo); err != nil {
		return c, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if c, err = theirs(tx, by, one); err != nil {
			return err
		}
		if c.State == card.Deactivated {
			return errs.New(errs.Conflict, "This card was removed; nothing about it can be changed any more.")
		}
		old := c
		c.Printed, c.Business, c.ValidFrom, c.ValidTo, c.Version = f.Printed, f.Business, f.ValidFrom, f.ValidTo, version
		values := map[string]any{}
		for field, v := range map[string][2]any{
			"printed": {old.Printed, c.Printed}, "business": {old.Business, c.Business},
			"valid_from": {milli(old.ValidFrom), milli(c.ValidFrom)}, "valid_to": {milli(old.ValidTo), milli(c.ValidTo)},
		} {
			if v[0] != v[1] {
				values[field] = v
			}
		}
		if err := card.Save(tx, &c); err != nil || len(values) == 0 {
			return err
		}
		values["uid"], values["person"] = c.UID, c.Person
		return journal.Record(tx, by, "card.updated", journal.About("card", c.ID), values)
	})
	return c, err
}

func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fits says what is wrong with what was written about a card, and trims its
// printed number.
func fits(printed string, from, to time.Time) (string, error) {
	var wrong errs.List
	printed = strings.TrimSpace(printed)
	if n := len([]rune(printed)); n > 100 {
		wrong.Add(errs.AtField("printed", "The printed number has %d characters; at most 100 fit. Please shorten it.", n))
	} else if strings.ContainsFunc(printed, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		wrong.Add(errs.AtField("printed", "The printed number holds characters that cannot be shown. Please type it again."))
	}
	if !to.IsZero() && !to.After(from) {
		wrong.Add(errs.AtField("valid_to", "The card would end before it begins. Choose a later last day."))
	}
	return printed, wrong.Err()
}
