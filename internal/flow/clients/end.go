package clients

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// MaxReason is how long the reason for closing may be, in characters.
const MaxReason = 500

// Close closes an account and all below it: from then on none of their people may
// charge, and no invitation into them works. An account's owner cannot close
// their own. An error about the reason stands at "reason".
func (s *Service) Close(ctx context.Context, by access.Actor, acc id.Account, reason string) (closed []account.Account, err error) {
	defer errs.Wrap(&err, "clients.Close")
	if n := len([]rune(reason)); n > MaxReason {
		return nil, errs.AtField("reason", "The reason has %d characters; at most %d fit.", n, MaxReason)
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		a, r, err := own(tx, by, access.AccountsWrite, acc)
		if err != nil {
			return err
		}
		if err := above(&r, &a, "closing it"); err != nil {
			return err
		}
		if closed, err = account.Close(tx, by.Workspace, acc, reason); err != nil {
			return err
		}
		return record(tx, by, "account.closed", acc, closed, map[string]any{"name": a.Name, "reason": reason, "accounts": len(closed)})
	})
	return closed, err
}

// Reopen opens an account, and those below it that were closed with it.
func (s *Service) Reopen(ctx context.Context, by access.Actor, acc id.Account) (opened []account.Account, err error) {
	defer errs.Wrap(&err, "clients.Reopen")
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		a, r, err := own(tx, by, access.AccountsWrite, acc)
		if err != nil {
			return err
		}
		if err := above(&r, &a, "reopening it"); err != nil {
			return err
		}
		if opened, err = account.Reopen(tx, by.Workspace, acc); err != nil {
			return err
		}
		return record(tx, by, "account.reopened", acc, opened, map[string]any{"name": a.Name, "accounts": len(opened)})
	})
	return opened, err
}

// record notes what happened to an account and to those below it.
func record(tx *db.Tx, by access.Actor, what string, acc id.Account, all []account.Account, value any) error {
	all = slices.DeleteFunc(slices.Clone(all), func(a account.Account) bool { return a.ID == acc })
	below := make([]string, len(all))
	for i := range all {
		below[i] = journal.About("account", all[i].ID)
	}
	return journal.RecordMany(tx, by, what, journal.About("account", acc), below, value)
}
