package clients_test

import (
	"slices"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/core/reimburse"
	"involt/internal/flow/clients"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

func TestAnInvitedClientOwnsTheirAccount(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		a, owner := k.client("Voltwerk", "vera@voltwerk.example")
		if p := k.person("vera@voltwerk.example"); p.Account != a.ID || p.Status != person.Active {
			t.Errorf("the client's account is %q, their status %s", p.Account, p.Status)
		}
		if owner.Perms != 0 || !owner.Somewhere(access.AccountsWrite) {
			t.Errorf("the owner may %v in the whole workspace", owner.Perms.Names())
		}
		r, err := owner.Within(access.AccountsWrite)
		if err != nil || !slices.Equal(r.Accounts, []id.Account{a.ID}) {
			t.Errorf("the owner reaches %v (%v)", r.Accounts, err)
		}
		if got := k.told(a.ID); got != "account.created" {
			t.Errorf("the journal says %q", got)
		}
	})
}

func TestAWrongClientLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		_, _, err := k.svc.InviteClient(t.Context(), k.admin, clients.Client{Account: account.Account{Name: "X", Billing: account.Business}, Email: "no address"})
		k.want(err, errs.Invalid, "email", "not an e-mail address")
		for _, email := range []string{"anna@north.example", "new@north.example"} {
			_, _, err = k.svc.InviteClient(t.Context(), k.admin, clients.Client{Account: account.Account{Name: "Y", Billing: account.Consumer}, Email: email, Message: string(make([]rune, 2000))})
			k.want(err, errs.Invalid, "message", "2000")
		}
		finance := k.admin
		finance.Perms = access.AccountsWrite | access.PeopleWrite
		_, _, err = k.svc.InviteClient(t.Context(), finance, clients.Client{Account: account.Account{Name: "Y", Billing: account.Consumer}, Email: "y@example.com"})
		k.want(err, errs.Invalid, "role", "You cannot give")
		k.update(func(tx *db.Tx) error {
			all, err := account.Search(tx, k.ws.ID, "Y", nil, 5)
			if len(all) > 0 {
				t.Error("a refused invitation left its account behind")
			}
			return err
		})
		viewer := k.admin
		viewer.Perms = access.AccountsRead | access.PeopleRead
		_, _, err = k.svc.InviteClient(t.Context(), viewer, clients.Client{Email: "z@example.com"})
		k.want(err, errs.Denied, "", "accounts:write")
	})
}

func TestAnOwnerActsInTheirOwnPartAndNowhereElse(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		top, owner := k.client("Voltwerk", "vera@voltwerk.example")
		other, _ := k.client("Other", "olga@other.example")

		fleet := k.below(owner, top.ID, account.Subsidiary, "Fleet", "fred@voltwerk.example")
		fred := k.comeIn("fred@voltwerk.example")
		owner = k.actor(owner.Person)
		staff := k.below(owner, fleet.ID, account.Employee, "Emma", "emma@voltwerk.example")
		if p := k.comeIn("emma@voltwerk.example"); p.Account != staff.ID || len(k.actor(p.ID).Parts) > 0 {
			t.Error("an employee drives on their account and owns nothing")
		}
		sub1 := k.actor(fred.ID)
		if r, _ := sub1.Within(access.AccountsWrite); !slices.Contains(r.Accounts, fleet.ID) || slices.Contains(r.Accounts, top.ID) {
			t.Errorf("a subsidiary's owner reaches %v", r.Accounts)
		}

		// Up and sideways there is nothing.
		for _, acc := range []id.Account{top.ID, other.ID} {
			_, _, err := k.svc.AddSubAccount(t.Context(), sub1, sub(acc, account.Employee, "X", "x@example.com"))
			k.want(err, errs.NotFound, "", "no such account")
			_, _, err = k.svc.AddEndUser(t.Context(), sub1, clients.EndUser{Email: "x@example.com", Account: acc})
			k.want(err, errs.Invalid, "account", "no such account")
			a := k.account(acc)
			_, err = k.svc.Update(t.Context(), sub1, a)
			k.want(err, errs.NotFound, "", "no such account")
			_, err = k.svc.Close(t.Context(), sub1, acc, "")
			k.want(err, errs.NotFound, "", "no such account")
			k.want(k.svc.SetRate(t.Context(), sub1, acc, clients.Rate{Amount: "0.3"}), errs.NotFound, "", "no such account")
			k.want(k.svc.SetAccount(t.Context(), sub1, fred.ID, acc), errs.Invalid, "account", "no such account")
		}
		k.want(k.svc.SetAccount(t.Context(), sub1, k.person("olga@other.example").ID, fleet.ID), errs.NotFound, "", "no such user")
		k.want(k.svc.SetAccount(t.Context(), sub1, fred.ID, ""), errs.Invalid, "account", "one of your accounts")
		_, _, err := k.svc.InviteClient(t.Context(), owner, clients.Client{Email: "c@example.com"})
		k.want(err, errs.Denied, "", "")

		// The top of their part is limited by those above.
		mine := k.account(fleet.ID)
		mine.Street = "Dorpsstraat 1"
		if mine, err = k.svc.Update(t.Context(), sub1, mine); err != nil || k.account(fleet.ID).Street != "Dorpsstraat 1" {
			t.Errorf("an owner corrects their own address: %v", err)
		}
		for what, spoil := range map[string]func(*account.Account){
			"users": func(a *account.Account) { a.UserLimit = 5 },
			"end":   func(a *account.Account) { a.Until = time.Now().Add(time.Hour) },
			"billing": func(a *account.Account) {
				*a = account.Account{ID: a.ID, Version: a.Version, Name: a.Name, Billing: account.Business, LegalName: "F", Street: "S", Postcode: "1", City: "C", Country: "US"}
			},
		} {
			a := mine
			spoil(&a)
			save := k.svc.Limit
			if what == "billing" {
				save = k.svc.Update
			}
			_, err := save(t.Context(), sub1, a)
			if errs.KindOf(err) != errs.Denied {
				t.Errorf("an owner changes the %s of their own account: %v", what, err)
			}
		}
		_, err = k.svc.Close(t.Context(), sub1, fleet.ID, "")
		k.want(err, errs.Denied, "", "your own account")
		_, err = k.svc.Reopen(t.Context(), sub1, fleet.ID)
		k.want(err, errs.Denied, "", "your own account")
		k.want(k.svc.SetRate(t.Context(), sub1, fleet.ID, clients.Rate{Amount: "0.3"}), errs.Denied, "", "your own account")

		// Below they limit, agree and close.
		emma := k.account(staff.ID)
		emma.UserLimit = 1
		if _, err := k.svc.Limit(t.Context(), sub1, emma); err != nil {
			t.Error(err)
		}
		if err := k.svc.SetRate(t.Context(), sub1, staff.ID, clients.Rate{Amount: "0.3"}); err != nil {
			t.Error(err)
		}
		if _, err := k.svc.Close(t.Context(), sub1, staff.ID, "left"); err != nil {
			t.Error(err)
		}
	})
}

func TestAnEndUserComesIntoTheAccount(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		top, owner := k.client("Voltwerk", "vera@voltwerk.example")
		add := func(by access.Actor, in clients.EndUser) (account.Account, id.Person) {
			t.Helper()
			a, who, err := k.svc.AddEndUser(t.Context(), by, in)
			if err != nil {
				t.Fatal(err)
			}
			return a, who
		}
		a, driver := add(k.admin, clients.EndUser{Email: "dirk@voltwerk.example", Account: top.ID})
		if k.comeIn("dirk@voltwerk.example"); a.ID != top.ID || k.person("dirk@voltwerk.example").Account != top.ID || k.actor(driver).Staff() {
			t.Error("a driver charges on the account and owns nothing")
		}
		_, second := add(owner, clients.EndUser{Email: "vito@voltwerk.example", Account: top.ID, Owner: true})
		if k.comeIn("vito@voltwerk.example"); !k.actor(second).Somewhere(access.AccountsWrite) {
			t.Error("an owner may make another one")
		}
		// With a rate an employee's account is made.
		mine, _ := add(owner, clients.EndUser{Email: "emma@voltwerk.example", Account: top.ID, Rate: clients.Rate{Amount: "0,2537"}})
		if mine.Parent != top.ID || mine.Kind != account.Employee || k.agreement(mine.ID).State != reimburse.Draft {
			t.Errorf("made %+v", mine)
		}
		k.comeIn("emma@voltwerk.example")
		if g := k.agreement(mine.ID); g.State != reimburse.Waiting || g.Rates[0].Rate.String() != "0.2537" || g.Currency != "EUR" || k.person("emma@voltwerk.example").Account != mine.ID {
			t.Errorf("the agreement is %+v", g)
		}
		// Somebody who is here gets the account on accepting, and not before.
		p := person.Person{Workspace: k.ws.ID, Email: "here@example.com", LastName: "Here", Status: person.Imported}
		k.update(func(tx *db.Tx) error {
			p.ID = ""
			return person.Insert(tx, &p)
		})
		add(owner, clients.EndUser{Email: "here@example.com", Account: top.ID})
		if got := k.person("here@example.com"); got.Account != "" || got.Status != person.Invited {
			t.Errorf("before accepting the account is %q, the status %s", got.Account, got.Status)
		}
		if k.comeIn("here@example.com"); k.person("here@example.com").Account != top.ID {
			t.Error("accepting did not give the account")
		}
		_, _, err := k.svc.AddEndUser(t.Context(), owner, clients.EndUser{Email: "here@example.com", Account: top.ID})
		k.want(err, errs.Invalid, "email", "in this account already")
		_, otherOwner := k.client("Other", "olga@other.example")
		r, _ := otherOwner.Within(access.AccountsWrite)
		_, _, err = k.svc.AddEndUser(t.Context(), otherOwner, clients.EndUser{Email: "here@example.com", Account: r.Accounts[0]})
		k.want(err, errs.Invalid, "email", "cannot be invited")
		for _, c := range []struct {
			field string
			in    clients.EndUser
		}{
			{"email", clients.EndUser{Email: "x", Account: top.ID}},
			{"account", clients.EndUser{Email: "x@example.com"}},
			{"rate", clients.EndUser{Email: "x@example.com", Account: top.ID, Rate: clients.Rate{Amount: "0.12345"}}},
			{"from", clients.EndUser{Email: "x@example.com", Account: top.ID, Rate: clients.Rate{Amount: "0.2", From: "2001-01-01"}}},
			{"currency", clients.EndUser{Email: "x@example.com", Account: top.ID, Rate: clients.Rate{Amount: "0.2", Currency: "XYZ"}}},
		} {
			_, _, err := k.svc.AddEndUser(t.Context(), k.admin, c.in)
			k.want(err, errs.Invalid, c.field, "")
		}
	})
}

func (k *desk) agreement(acc id.Account) (g reimburse.Agreement) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		g, err = reimburse.Of(tx, k.ws.ID, acc)
		return err
	})
	return g
}

func TestLimitsOfParentsBindChildren(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		a, b := k.location("A"), k.location("B")
		top, owner := k.client("Voltwerk", "vera@voltwerk.example")
		fleet := k.below(owner, top.ID, account.Subsidiary, "Fleet", "fred@voltwerk.example")
		limited := k.account(top.ID)
		limited.UserLimit, limited.Places, limited.Until = 3, []id.Location{a.ID}, time.Now().Add(24*time.Hour).Truncate(time.Millisecond)
		if _, err := k.svc.Limit(t.Context(), k.admin, limited); err != nil {
			t.Fatal(err)
		}
		owner = k.actor(owner.Person)
		for field, spoil := range map[string]func(*account.Account){
			"user_limit": func(a *account.Account) { a.UserLimit = 4 },
			"places":     func(a *account.Account) { a.Places = []id.Location{b.ID} },
			"until":      func(a *account.Account) { a.Until = time.Now().Add(48 * time.Hour) },
		} {
			c := k.account(fleet.ID)
			spoil(&c)
			_, err := k.svc.Limit(t.Context(), owner, c)
			k.want(err, errs.Invalid, field, "")
		}
		k.below(owner, top.ID, account.Employee, "Third", "third@voltwerk.example")
		_, _, err := k.svc.AddEndUser(t.Context(), owner, clients.EndUser{Email: "fourth@voltwerk.example", Account: fleet.ID})
		k.want(err, errs.Invalid, "account", "may have 3 users")
		_, _, err = k.svc.AddSubAccount(t.Context(), owner, sub(fleet.ID, account.Employee, "Fourth", "fourth@voltwerk.example"))
		k.want(err, errs.Conflict, "", "may have 3 users")
		// Moving within the tree takes no more room.
		owner = k.actor(owner.Person)
		if err := k.svc.SetAccount(t.Context(), owner, k.person("third@voltwerk.example").ID, fleet.ID); err != nil {
			t.Error(err)
		}
		if got := k.told(top.ID); got != "account.created account.updated" {
			t.Errorf("the journal says %q", got)
		}
		k.ahead.Store(int64(25 * time.Hour))
		_, _, err = k.svc.AddEndUser(t.Context(), k.admin, clients.EndUser{Email: "late@voltwerk.example", Account: fleet.ID})
		k.want(err, errs.Invalid, "account", "has ended")
	})
}

func TestClosingEndsInvitationsAndReopeningBringsThemBack(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		top, owner := k.client("Voltwerk", "vera@voltwerk.example")
		fleet := k.below(owner, top.ID, account.Subsidiary, "Fleet", "fred@voltwerk.example")
		closed, err := k.svc.Close(t.Context(), k.admin, top.ID, "not paid")
		if err != nil || len(closed) != 2 {
			t.Fatalf("closed %d accounts: %v", len(closed), err)
		}
		if got := k.told(fleet.ID); got != "account.created account.closed" {
			t.Errorf("of the lower account the journal says %q", got)
		}
		_, err = k.follow("fred@voltwerk.example")
		k.want(err, errs.Gone, "", "closed")
		if pg, err := k.come.Look(t.Context(), k.token("fred@voltwerk.example")); err != nil || pg.Usable {
			t.Errorf("the invitation's page: usable %v (%v)", pg.Usable, err)
		}
		_, _, err = k.svc.AddEndUser(t.Context(), owner, clients.EndUser{Email: "x@example.com", Account: top.ID})
		k.want(err, errs.Invalid, "account", "is closed")
		k.want(k.svc.SetRate(t.Context(), k.admin, fleet.ID, clients.Rate{Amount: "1"}), errs.Conflict, "", "is closed")
		if opened, err := k.svc.Reopen(t.Context(), k.admin, top.ID); err != nil || len(opened) != 2 {
			t.Fatalf("opened %d accounts: %v", len(opened), err)
		}
		if k.comeIn("fred@voltwerk.example"); !k.actor(k.person("fred@voltwerk.example").ID).Somewhere(access.AccountsWrite) {
			t.Error("the reopened account's owner did not get their role")
		}
		_, err = k.svc.Close(t.Context(), k.admin, top.ID, string(make([]rune, 501)))
		k.want(err, errs.Invalid, "reason", "501")
	})
}

func TestAnAgreementPausesEndsAndReopens(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		top, owner := k.client("Voltwerk", "vera@voltwerk.example")
		in := sub(top.ID, account.Subsidiary, "Fleet", "fred@voltwerk.example")
		in.Rate = clients.Rate{Amount: "0.25"}
		fleet, _, err := k.svc.AddSubAccount(t.Context(), owner, in)
		if err != nil {
			t.Fatal(err)
		}
		owner = k.actor(owner.Person)
		if k.comeIn("fred@voltwerk.example"); k.agreement(fleet.ID).State != reimburse.Active {
			t.Errorf("a subsidiary's agreement is %s", k.agreement(fleet.ID).State)
		}
		step := func(s clients.Step, want reimburse.State) {
			t.Helper()
			if err := k.svc.MoveAgreement(t.Context(), owner, fleet.ID, s); err != nil || k.agreement(fleet.ID).State != want {
				t.Errorf("%s: %v, %s", s, err, k.agreement(fleet.ID).State)
			}
		}
		step(clients.Pause, reimburse.Paused)
		k.want(k.svc.MoveAgreement(t.Context(), owner, fleet.ID, clients.Reopen), errs.Conflict, "", "Paused")
		step(clients.Resume, reimburse.Active)
		step(clients.End, reimburse.Ended)
		k.want(k.svc.MoveAgreement(t.Context(), owner, fleet.ID, clients.Resume), errs.Conflict, "", "Ended")
		k.want(k.svc.SetRate(t.Context(), owner, fleet.ID, clients.Rate{Amount: "0.3"}), errs.Invalid, "rate", "ended")
		step(clients.Reopen, reimburse.Active)
		if err := k.svc.SetRate(t.Context(), owner, fleet.ID, clients.Rate{Amount: "0.3", From: "2099-01-01"}); err != nil {
			t.Fatal(err)
		}
		today := k.agreement(fleet.ID).Rates[0].From
		k.want(k.svc.DropRate(t.Context(), owner, fleet.ID, today), errs.Conflict, "", "holds already")
		if err := k.svc.DropRate(t.Context(), owner, fleet.ID, "2099-01-01"); err != nil || len(k.agreement(fleet.ID).Rates) != 1 {
			t.Errorf("a rate that has not begun: %v", err)
		}
		k.want(k.svc.DropRate(t.Context(), owner, fleet.ID, "2099-01-01"), errs.NotFound, "", "")
		k.want(k.svc.SetRate(t.Context(), k.admin, top.ID, clients.Rate{Amount: "0.3"}), errs.Invalid, "rate", "employees and subsidiaries")
	})
}

// TestARateThatManyWereOfferedIsAgreedOnAcceptance: as the wizard offers it, without
// an account of their own yet.
func TestARateThatManyWereOfferedIsAgreedOnAcceptance(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		top, _ := k.client("Voltwerk", "vera@voltwerk.example")
		offer := invite.Offer{Account: top.ID, Rate: "0.2875"}
		if _, err := k.come.Invite(t.Context(), k.admin, []onboard.Invitee{{Email: "emma@voltwerk.example"}, {Email: "ed@voltwerk.example"}}, offer, ""); err != nil {
			t.Fatal(err)
		}
		k.comeIn("emma@voltwerk.example")
		emma := k.person("emma@voltwerk.example")
		own := k.account(emma.Account)
		if g := k.agreement(own.ID); own.Parent != top.ID || own.Kind != account.Employee || g.State != reimburse.Waiting || g.Rates[0].Rate.String() != "0.2875" {
			t.Errorf("Emma's account is %+v, with %+v", own, g)
		}
		k.update(func(tx *db.Tx) error { return person.TakeRoles(tx, k.ws.ID, k.admin.Person) })
		k.comeIn("ed@voltwerk.example")
		if ed := k.person("ed@voltwerk.example"); ed.Account != top.ID {
			t.Errorf("Ed's account is %q, though the inviter may agree on nothing any more", ed.Account)
		}
	})
}
