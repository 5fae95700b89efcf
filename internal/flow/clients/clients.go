// Package clients is what staff, and the owners of accounts, do with accounts:
// invite customers and the people of their accounts, make sub-accounts, change
// and limit them, agree on what is paid back, close and reopen.
//
// An account's owner does all this in their own part of the tree, and nowhere
// else. Of the top of that part they change what is written about it; what
// limits it was set by those above, and so is whether it is open.
package clients

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/wire/vies"
)

// Service changes accounts.
type Service struct {
	DB     *db.DB
	Invite Inviter
	VIES   *vies.Client // nil: VAT ids are checked by form and check digit only
}

// Inviter invites one person, new or here already, within the transaction that
// ctx carries. A wrong address is an error at the field "email".
type Inviter interface {
	InviteTo(ctx context.Context, by access.Actor, email string, offer invite.Offer, message string) (id.Person, error)
}

// reaches refuses an account outside of a reach, as if it were not there.
func reaches(r *access.Reach, acc id.Account) error {
	if r.Whole || slices.Contains(r.Accounts, acc) {
		return nil
	}
	return account.NotHere()
}

// isTop reports whether an account is the top of the part that a reach has: what
// lies above it is not theirs.
func isTop(r *access.Reach, a *account.Account) bool {
	return !r.Whole && (a.Parent == "" || !slices.Contains(r.Accounts, a.Parent))
}

// above refuses what only those above an account may do with it.
func above(r *access.Reach, a *account.Account, does string) error {
	if isTop(r, a) {
		return errs.New(errs.Denied, "This is your own account: %s is for those above it. Ask whoever invited you.", does)
	}
	return nil
}

// own locks the tree of an account within by's reach for permission p, and reads
// the account.
func own(tx *db.Tx, by access.Actor, p access.Perm, acc id.Account) (a account.Account, r access.Reach, err error) {
	if r, err = by.Within(p); err != nil {
		return a, r, err
	}
	if err := reaches(&r, acc); err != nil {
		return a, r, err
	}
	if err := account.Lock(tx, by.Workspace, acc); err != nil {
		return a, r, err
	}
	a, err = account.ByID(tx, by.Workspace, acc)
	return a, r, err
}

// at points an error that people can mend at the field it is about.
func at(field string, err error) error {
	if k := errs.KindOf(err); err != nil && (k == errs.Invalid || k == errs.NotFound || k == errs.Conflict) {
		return errs.AtField(field, "%s", errs.Text(err))
	}
	return err
}
