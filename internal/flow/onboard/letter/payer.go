package letter

import (
	"involt/internal/core/account"
	"involt/internal/core/invite"
	"involt/internal/core/reimburse"
	"involt/internal/kit/errs"
)

// payer adds who pays for the invitee, and what they are paid back. The rate is
// the one that was agreed with the invitation.
func (g *Gatherer) payer(l *Letter, v *invite.Invite) error {
	if v.Offer.Account == "" {
		return nil
	}
	a, err := account.ByID(g.tx, v.Workspace, v.Offer.Account)
	if err != nil {
		return err
	}
	l.Account = a.Name
	if v.Offer.Rate == "" {
		return nil
	}
	agreed, err := reimburse.Of(g.tx, v.Workspace, a.ID)
	if errs.KindOf(err) == errs.NotFound { // it is agreed on acceptance
		agreed, err = reimburse.Agreement{Currency: "EUR"}, nil
	}
	l.Rate = v.Offer.Rate + " " + agreed.Currency + " / kWh"
	return err
}
