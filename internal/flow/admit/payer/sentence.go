package payer

import (
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/kit/db"
)

// Sentence says a refusal by an account to staff who may see accounts, with
// the names that matter.
func Sentence(tx *db.Tx, by access.Actor, who id.Person, r decision.Reason) (string, error) {
	if !by.Perms.Has(access.AccountsRead) {
		return r.Sentence(), nil
	}
	p, err := person.ByID(tx, by.Workspace, who)
	if err != nil || p.Account == "" {
		return r.Sentence(), err
	}
	path, err := account.Path(tx, by.Workspace, p.Account)
	if err != nil {
		return "", err
	}
	name := func(acc id.Account) (string, string) {
		i := slices.IndexFunc(path, func(a account.Account) bool { return a.ID == acc })
		if i < 0 {
			return "", ""
		}
		if path[i].Billing == account.Consumer && !by.Perms.Has(access.PersonalData) {
			return "a consumer's account", ""
		}
		return path[i].Name, path[i].Reason
	}
	limits := account.Effective(path)
	mine, _ := name(p.Account)
	begin := "The account that pays for the user, " + mine + ", "
	var does string
	var because id.Account
	switch r {
	case decision.AccountClosed:
		does, because = "is closed", limits.ShutBy
		if by := path[0].ClosedBy; path[0].State == account.Closed {
			because = by
		}
	case decision.AccountEnded:
		does, because = "has ended", limits.EndsBy
	default:
		does, because = "is open at other locations only", limits.PlaceBy
	}
	above, why := name(because)
	text := begin + does
	if because != p.Account && above != "" {
		verb := map[decision.Reason]string{decision.AccountClosed: "is", decision.AccountEnded: "has", decision.AccountPlace: "is"}[r]
		text += " because " + above + " above it " + verb
	}
	if r == decision.AccountClosed && why != "" {
		text += ": " + strings.TrimSuffix(why, ".")
	}
	return text + ".", nil
}
