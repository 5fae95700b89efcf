package browse

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/flow/browse/look"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// AccountLabels returns what accounts are called, with those above them: "Fleet /
// Berlin". Those that are not there are left out.
func (s *Service) AccountLabels(ctx context.Context, by access.Actor, list []id.Account) (labels map[id.Account]string, err error) {
	defer errs.Wrap(&err, "browse.AccountLabels")
	if err := by.Need(access.AccountsRead); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		labels, err = account.Labels(tx, by.Workspace, list, func(a *account.Account) string { return look.AccountName(by, a.Billing, a.Name) })
		return err
	})
	return labels, err
}
