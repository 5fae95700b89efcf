package export_test

import (
	"slices"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse/export"
	"involt/internal/kit/db"
)

// The name of a consumer's account is a person's: whoever may not see names gets it
// masked, in every list that has it. Users name the way to it, as an import reads it.
func TestAccountsInFilesAreMaskedAsPeopleAre(t *testing.T) {
	towns(t, func(t *testing.T, a *town) {
		a.update(func(tx *db.Tx) error {
			firm := account.Account{Workspace: a.ws, Kind: account.Customer, Name: "Voltwerk", Billing: account.Business, LegalName: "Voltwerk AG"}
			if err := account.Insert(tx, &firm); err != nil {
				return err
			}
			own := account.Account{Workspace: a.ws, Kind: account.Employee, Parent: firm.ID, Name: "Anna Bergmann", Billing: account.Consumer}
			if err := account.Insert(tx, &own); err != nil {
				return err
			}
			p, err := person.ByID(tx, a.ws, a.anna.ID)
			if err != nil {
				return err
			}
			p.Account = own.ID
			return person.Save(tx, &p)
		})
		a.charged(a.session(1, 5, &a.cards[0]))
		part := access.Actor{Workspace: a.ws, Name: "person:y", Parts: []access.Part{{
			Perms: access.PeopleRead | access.AccountsRead | access.PersonalData | access.SessionsRead, Reach: access.Reach{Groups: []id.Group{a.fleet.ID}},
		}}}
		for _, o := range outputs {
			for _, c := range []struct {
				by              access.Actor
				users, sessions string
			}{
				{a.staff, "account: Voltwerk / Anna Bergmann", "account: Anna Bergmann"},
				{a.masked, "account: Voltwerk / A… B…", "account: A… B…"},
				{part, "account: Anna Bergmann", "account: Anna Bergmann"},
			} {
				users := a.file(c.by, export.Request{What: export.Users}, o)
				anna := users[slices.IndexFunc(users, func(r map[string]string) bool { return r["external_id"] == "E-1" })]
				expect(t, o, anna, c.users)
				expect(t, o, a.file(c.by, export.Request{What: export.Sessions}, o)[0], c.sessions)
			}
		}
	})
}
