package acceptance

import (
	"strings"
	"testing"

	"involt/internal/testkit/binary"
	"involt/internal/testkit/browser"
)

// onAccounts are the stories of customers and accounts, by row.
var onAccounts = []struct {
	name string
	tell func(*testing.T, string)
}{
	{"RD-04 RD-06 RD-07 RD-08 RD-09 customers_and_sub-accounts", customers},
	{"RD-05 RD-10 end-users_and_rates", endUsers},
	{"RD-06 an_owner_manages_their_own_part", ownPart},
}

// TestAcceptanceAccounts shows the rows of customers, accounts and sub-accounts.
func TestAcceptanceAccounts(t *testing.T) {
	for _, s := range onAccounts {
		tell(t, strings.ReplaceAll(s.name, " ", "_"), s.tell)
	}
}

// client invites a customer by the console and lets their owner in, in a browser of
// their own.
func (w *town) client(account, email, first string) (owner *browser.Tab) {
	w.Helper()
	w.console.Open(w.page("/users"))
	w.console.Click("link: Customers")
	w.console.WaitURL("/users/customers")
	w.console.Click(`css:div:has(> div > h1) a[href$="/customers/invite"]`)
	w.console.WaitText("A new customer gets an account")
	w.console.Fill("E-mail address", email)
	w.console.Check("Account owner", true)
	w.console.Fill("Account name", account)
	w.console.Click(`[name=billing][value=consumer]`)
	w.console.Click("Send invitation")
	w.console.WaitText("Invitation sent.")
	owner = browser.New(w.T)
	w.activate(owner, w.invited(email)[0], first, "Owner")
	owner.WaitURL("/w/" + slug)
	return owner
}

// customers is RD-04 and RD-06 to RD-09.
func customers(t *testing.T, database string) {
	w := newTown(t, database)
	w.console.Open(w.page("/users/customers"))
	w.console.WaitText("No customers yet")
	w.console.Axe()
	w.client("Voltwerk", "vera@voltwerk.example", "Vera")
	w.console.Open(w.page("/users/customers"))
	w.console.Within("#list").WaitText("Voltwerk")
	w.console.Within("#list").WaitText("Vera Owner")
	w.console.Axe()

	// Accounts → an account → "+ Add sub-account".
	w.console.Click("link: Accounts")
	w.console.WaitURL("/accounts")
	w.console.Click("link: Voltwerk")
	w.console.WaitText("Billing data")
	w.console.Axe()
	w.console.Click("link: + Add sub-account")
	w.console.WaitText("Who will use this account?")
	w.console.Axe()
	w.console.Click(`[name=kind][value=subsidiary]`)
	w.console.Fill("Account name", "Depot Nord")
	w.console.Fill("E-mail address", "dora@voltwerk.example")
	w.console.Click(`[name=billing][value=business]`)
	w.console.Fill("Legal name", "Depot Nord GmbH")
	w.console.Fill("Street and number", "Werftstr. 8")
	w.console.Fill("Postcode", "24143")
	w.console.Fill("City", "Kiel")
	w.console.Fill("Country", "Germany")
	w.console.Fill("VAT id", "DE136695978")
	w.console.Click("Send invitation")
	w.console.WaitText("DE136695978 is not a VAT id")
	w.console.Axe()
	w.console.Fill("VAT id", "DE 136 695 976")
	w.console.Click("Send invitation")
	w.console.WaitText("Sub-account added, and the invitation sent.")
	w.console.WaitText("DE136695976")
	w.console.Dark(true)
	w.console.Open(w.console.URL())
	w.console.Axe()
	w.console.Dark(false)
	m := w.mail.Wait("dora@voltwerk.example")
	if !strings.Contains(m.Text, "Account owner") || !strings.Contains(m.Text, "Depot Nord") {
		t.Errorf("Dora reads: %s", m.Text)
	}

	// Closing the top refuses all below it, at a charger, and says so before.
	w.place("Yard", false)
	key := w.charger("CP-1", "Yard")
	dora := browser.New(t)
	w.activate(dora, m.Link(t, w.srv.URL+"/i/"), "Dora", "Depot")
	dora.WaitURL("/w/" + slug)
	w.console.Open(w.page("/users?q=dora"))
	w.console.Click("link: Dora Depot")
	w.console.Within("#sheet").WaitText("Depot Nord · Voltwerk")
	w.importFile("email;card_uid\ndora@voltwerk.example;04AABBCCDDEE01\n")
	w.explained("04AABBCCDDEE01", "The card may charge")
	w.console.Open(w.page("/accounts"))
	w.console.Click("link: Voltwerk")
	w.console.Click("link: Close account…")
	w.console.WaitText("Close Voltwerk?")
	w.console.WaitText("1 sub-account is closed with it.")
	w.console.WaitText("Dora Depot")
	w.console.Axe()
	w.console.Fill("Reason", "not paid")
	w.console.Click("Close it and 1 sub-account")
	w.console.WaitText("2 accounts closed.")
	w.explained("04AABBCCDDEE01", "Depot Nord, is closed because Voltwerk above it is: not paid.")
	w.strict("ocpp1.6", "CP-1", key, `[{"do":"boot"},{"do":"authorize","card":"04AABBCCDDEE01","expect":"Blocked"}]`)
	w.console.Click("Reopen account")
	w.console.WaitText("2 accounts reopened.")
	w.explained("04AABBCCDDEE01", "The card may charge")
}

// explained expects the command line to explain a card in these words.
func (w *town) explained(card, says string) {
	w.Helper()
	out := binary.Run(w.T, w.srv.Env(), "decide", "--workspace", slug, "--card", card, "--explain").Stdout
	if !strings.Contains(out, says) {
		w.Errorf("%s is explained as %q, want %q", card, out, says)
	}
}

// endUsers is RD-05 and RD-10: an end-user is put into an account by typing its
// name, with a rate that is dated and has four decimals.
func endUsers(t *testing.T, database string) {
	w := newTown(t, database)
	w.client("Voltwerk", "vera@voltwerk.example", "Vera")
	w.client("Zonnepark", "zoe@zonnepark.example", "Zoë")
	w.console.Open(w.page("/users/customers"))
	w.console.Click("link: Add end-user")
	w.console.Fill("E-mail address", "emma@voltwerk.example")
	w.console.Click(`[name=role][value=driver]`)
	w.console.Fill("Account", "volt")
	w.console.Click("option: Voltwerk") // the server was asked for what fits
	w.console.Fill("Reimbursement rate in EUR", "0.28751")
	w.console.Click("Send invitation")
	w.console.WaitText("up to four decimals")
	w.console.Axe()
	w.console.Fill("Reimbursement rate in EUR", "0.2875")
	w.console.Click("Send invitation")
	w.console.WaitText("Invitation sent.")
	w.console.WaitText("0.2875 EUR per kWh")
	w.console.WaitText("Draft")
	w.console.WaitText("Automated for an employee")
	emma := browser.New(t)
	w.activate(emma, w.invited("emma@voltwerk.example")[0], "Emma", "Employee")
	emma.WaitURL("/my")
	w.console.Open(w.console.URL())
	w.console.WaitText("Waiting for bank details")

	// A later rate, which leaves the earlier days as they are; and taking it back.
	w.console.Click("link: Set reimbursement rate")
	w.console.Fill("Reimbursement rate in EUR", "0.3012")
	w.console.Fill("Rate holds from", "2099-01-01")
	w.console.Click("Set rate")
	w.console.WaitText("Rate agreed.")
	w.console.WaitText("0.3012")
	w.console.WaitText("0.2875 EUR per kWh")
	w.console.Axe()
	w.console.Click("Take back the rate from 2099-01-01")
	w.console.WaitText("Rate taken back.")

	// A subsidiary's is settled by hand.
	w.console.Open(w.page("/accounts"))
	w.console.Click("link: Zonnepark")
	w.console.Click("link: + Add sub-account")
	w.console.Click(`[name=kind][value=subsidiary]`)
	w.console.Fill("Account name", "Dak Zuid")
	w.console.Fill("E-mail address", "daan@zonnepark.example")
	w.console.Click(`[name=billing][value=consumer]`)
	w.console.Fill("Reimbursement rate in EUR", "0,25")
	w.console.Click("Send invitation")
	w.console.WaitText("Manual for a subsidiary")
	w.console.WaitText("0.2500 EUR per kWh")
}

// ownPart shows an account's owner who signs in and manages their own part in the
// same console, and sees nothing else.
func ownPart(t *testing.T, database string) {
	w := newTown(t, database)
	w.client("Other", "olga@other.example", "Olga")
	vera := w.client("Voltwerk", "vera@voltwerk.example", "Vera")
	vera.Open(w.page("/accounts"))
	vera.Within("#list").WaitText("Voltwerk")
	if text := vera.Text("css:body"); strings.Contains(text, "Other") || strings.Contains(text, "Chargers") || strings.Contains(text, "Invite client") || strings.Contains(text, "API keys") {
		t.Errorf("Vera sees more than her part: %s", text)
	}
	vera.Axe()
	vera.Click("link: Voltwerk")
	vera.WaitText("Billing data")
	if text := vera.Text("css:main"); strings.Contains(text, "Close account") {
		t.Error("an owner is offered to close their own account")
	}
	vera.Click("link: + Add sub-account")
	vera.Click(`[name=kind][value=employee]`)
	vera.Fill("Account name", "Emma at home")
	vera.Fill("E-mail address", "emma@voltwerk.example")
	vera.Click(`[name=billing][value=consumer]`)
	vera.Fill("Reimbursement rate in EUR", "0.3")
	vera.Click("Send invitation")
	vera.WaitText("Sub-account added, and the invitation sent.")
	emma := browser.New(t)
	w.activate(emma, w.invited("emma@voltwerk.example")[0], "Emma", "Employee")
	emma.WaitURL("/my")
	vera.Open(w.page("/users"))
	vera.Within("#list").WaitText("Emma Employee")
	if text := vera.Text("css:#list"); strings.Contains(text, "Olga") {
		t.Errorf("Vera's list of users holds somebody else's: %s", text)
	}
	vera.Open(w.page("/accounts"))
	vera.Click("link: Emma at home")
	vera.Click("link: Close account…")
	vera.Click("Close account")
	vera.WaitText("Account closed.")
	w.console.Open(w.page("/accounts?q=emma"))
	w.console.Within("#list").WaitText("Closed")
	// Another's account is not there for her.
	var other string
	w.console.Open(w.page("/accounts?q=other"))
	w.console.Within("#list").WaitText("Other")
	w.console.Eval(`document.querySelector("#list tbody a").href`, &other)
	vera.Open(other)
	vera.WaitText("There is no such account")
}
