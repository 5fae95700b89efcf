package clients

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/reimburse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// agree sets a rate of an account's agreement, which is made if there is none.
// The account's tree is locked.
func agree(tx *db.Tx, by access.Actor, a *account.Account, in Rate) (rate reimburse.Rate, err error) {
	if a.Kind == account.Customer {
		return 0, errs.AtField("rate", "Reimbursement is agreed with employees and subsidiaries. Add one below this account.")
	}
	if rate, err = reimburse.ParseRate(in.Amount); err != nil {
		return 0, err
	}
	now, err := today(tx, by.Workspace)
	if err != nil {
		return 0, err
	}
	from := now
	if in.From != "" {
		if from, err = reimburse.ParseDay(in.From); err != nil {
			return 0, err
		}
	}
	g, err := reimburse.Of(tx, by.Workspace, a.ID)
	if errs.KindOf(err) == errs.NotFound {
		g = reimburse.Agreement{Workspace: by.Workspace, Account: a.ID, Currency: in.Currency}
		if g.Currency == "" {
			g.Currency = "EUR"
		}
		if !slices.Contains(reimburse.Currencies, g.Currency) {
			return 0, errs.AtField("currency", "Choose a currency of the list.")
		}
		if g.State, err = begin(tx, a); err != nil {
			return 0, err
		}
		err = reimburse.Save(tx, &g)
	}
	if err != nil {
		return 0, err
	}
	if g.State == reimburse.Ended {
		return 0, errs.AtField("rate", "This agreement has ended. Reopen it before a rate is set.")
	}
	if err := g.Check(from, now); err != nil {
		return 0, err
	}
	before, _ := g.On(from)
	if err := reimburse.SetRate(tx, &g, reimburse.Dated{From: from, Rate: rate, By: by.Name}); err != nil {
		return 0, err
	}
	was := ""
	if before > 0 {
		was = before.String() + " " + g.Currency
	}
	return rate, journal.Record(tx, by, "reimbursement.rate-set", journal.About("account", a.ID), map[string]any{
		"rate": [2]string{was, rate.String() + " " + g.Currency}, "from": from,
	})
}

// begin is the state in which an agreement begins, or goes on: it waits until
// somebody of the account has come in, and an employee then for bank details.
func begin(tx *db.Tx, a *account.Account) (reimburse.State, error) {
	var active int64
	err := tx.Row(`SELECT COUNT(*) FROM person WHERE workspace = ? AND account = ? AND account <> '' AND status = 'active' AND deleted_at = 0`, []any{a.Workspace, a.ID}, &active)
	switch {
	case err != nil || active == 0:
		return reimburse.Draft, err
	case a.Kind == account.Employee:
		return reimburse.Waiting, nil
	default:
		return reimburse.Active, nil
	}
}

// SetRate agrees on a rate from a day on. Days that are over keep the rate they
// had. Errors stand at "rate", "from" and "currency".
func (s *Service) SetRate(ctx context.Context, by access.Actor, acc id.Account, in Rate) (err error) {
	defer errs.Wrap(&err, "clients.SetRate")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		a, err := payee(tx, by, acc)
		if err != nil {
			return err
		}
		_, err = agree(tx, by, &a, in)
		return err
	})
}

// DropRate takes back a rate that has not begun yet.
func (s *Service) DropRate(ctx context.Context, by access.Actor, acc id.Account, from reimburse.Day) (err error) {
	defer errs.Wrap(&err, "clients.DropRate")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		a, err := payee(tx, by, acc)
		if err != nil {
			return err
		}
		g, err := reimburse.Of(tx, by.Workspace, a.ID)
		if err != nil {
			return err
		}
		now, err := today(tx, by.Workspace)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(g.Rates, func(d reimburse.Dated) bool { return d.From == from })
		switch {
		case i < 0:
			return errs.New(errs.NotFound, "No rate begins on that day.")
		case from <= now:
			return errs.New(errs.Conflict, "This rate holds already, and days that are over keep it. Set another one from a later day.")
		}
		rate := g.Rates[i].Rate
		if err := reimburse.DropRate(tx, &g, from); err != nil {
			return err
		}
		return journal.Record(tx, by, "reimbursement.rate-dropped", journal.About("account", a.ID), map[string]any{"rate": rate.String() + " " + g.Currency, "from": from})
	})
}

// Step is something that is done to an agreement.
type Step string

// The steps.
const (
	Pause  Step = "pause"
	Resume Step = "resume" // of one that is paused
	End    Step = "end"
	Reopen Step = "reopen" // of one that has ended
)

// MoveAgreement pauses, resumes, ends or reopens an account's agreement. A step
// that it cannot take is an errs.Conflict.
func (s *Service) MoveAgreement(ctx context.Context, by access.Actor, acc id.Account, step Step) (err error) {
	defer errs.Wrap(&err, "clients.MoveAgreement(%s)", step)
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		a, err := payee(tx, by, acc)
		if err != nil {
			return err
		}
		g, err := reimburse.Of(tx, by.Workspace, a.ID)
		if err != nil {
			return err
		}
		var to reimburse.State
		switch step {
		case Pause:
			to = reimburse.Paused
		case End:
			to = reimburse.Ended
		case Resume, Reopen:
			if (step == Reopen) == (g.State == reimburse.Ended) {
				to, err = begin(tx, &a)
			}
		}
		if err != nil {
			return err
		}
		if step == Resume && to == reimburse.Draft {
			to = reimburse.Waiting // somebody had come in before, and may again
		}
		if !g.May(to) {
			return errs.New(errs.Conflict, "This agreement is %q; that cannot be done with it now.", g.State.Label())
		}
		from := g.State
		g.State, g.StateAt = to, tx.Now
		if err := reimburse.Save(tx, &g); err != nil {
			return err
		}
		return journal.Record(tx, by, "reimbursement.changed", journal.About("account", a.ID), map[string]any{"state": [2]string{from.Label(), to.Label()}})
	})
}

// payee is an account with which by may agree on reimbursement: those above it
// agree, and nobody with themselves.
func payee(tx *db.Tx, by access.Actor, acc id.Account) (account.Account, error) {
	a, r, err := own(tx, by, access.AccountsWrite, acc)
	if err == nil {
		err = above(&r, &a, "what is paid back")
	}
	if err == nil && a.State == account.Closed {
		err = errs.New(errs.Conflict, "The account is closed. Reopen it first.")
	}
	return a, err
}
