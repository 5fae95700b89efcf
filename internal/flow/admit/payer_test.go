package admit

import (
	"fmt"
	"slices"
	"testing"
	"time"
	"unsafe"

	"involt/internal/core/account"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit/payer"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// account adds an account; at the top if there is no parent.
func (h *house) account(parent id.Account) id.Account {
	h.t.Helper()
	h.count++
	a := account.Account{Workspace: h.by.Workspace, Parent: parent, Kind: account.Subsidiary, Name: fmt.Sprintf("Account %d", h.count), Billing: account.Consumer}
	if parent == "" {
		a.Kind = account.Customer
	}
	h.do(func(tx *db.Tx) error {
		a.ID = ""
		if err := account.Insert(tx, &a); err != nil {
			return err
		}
		return journal.Record(tx, h.by, "account.created", journal.About("account", a.ID), nil)
	})
	return a.ID
}

// limits changes what limits an account.
func (h *house) limits(acc id.Account, until time.Time, places ...id.Location) error {
	h.t.Helper()
	var a account.Account
	h.do(func(tx *db.Tx) (err error) {
		a, err = account.ByID(tx, h.by.Workspace, acc)
		return err
	})
	a.Until, a.Places = until, places
	_, err := h.payers.Limit(h.t.Context(), h.by, a)
	return err
}

// plant adds an account below any other, or a new one at the top.
func (c *crowd) plant() string {
	parent := any1(c, append([]id.Account{""}, c.accounts...))
	a := account.Account{Workspace: c.by.Workspace, Parent: parent, Kind: account.Subsidiary, Name: "A", Billing: account.Consumer}
	if parent == "" {
		a.Kind = account.Customer
	}
	err := c.d.Update(c.t.Context(), func(tx *db.Tx) error {
		if err := account.Insert(tx, &a); err != nil {
			return err
		}
		return journal.Record(tx, c.by, "account.created", journal.About("account", a.ID), nil)
	})
	if c.could(err) {
		c.accounts = append(c.accounts, a.ID)
	}
	return "account"
}

func (c *crowd) limit() string {
	if len(c.accounts) == 0 {
		return "no account to limit"
	}
	var places []id.Location
	for _, l := range c.locations {
		if c.r.IntN(2) == 0 {
			places = append(places, l)
		}
	}
	if c.r.IntN(3) == 0 {
		places = nil
	}
	c.could(c.limits(any1(c, c.accounts), c.when(), places...))
	return "limit account"
}

func TestTheAccountDecidesToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		here, there := h.location(false), h.location(false)
		at, elsewhere := h.charger(here), h.charger(there)
		top := h.account("")
		low := h.account(top)
		who := h.person()
		number, _ := h.card(who)
		h.must(h.payers.SetAccount(t.Context(), h.by, who, low))
		s := loaded(t, d)
		h.want(s, number, at, decision.Allowed)

		h.must(h.limits(top, time.Time{}, here))
		h.refresh(s)
		h.want(s, number, at, decision.Allowed)
		h.want(s, number, elsewhere, decision.AccountPlace)
		h.want(s, number, "", decision.Allowed)
		if open := s.WhereOpen(h.by.Workspace, who, time.Now()); len(open) != 1 || open[0].Location != here {
			t.Errorf("open to them: %v", open)
		}
		h.must(h.limits(top, time.Now().Add(-time.Minute), here))
		h.refresh(s)
		h.want(s, number, at, decision.AccountEnded)
		h.must(h.limits(top, time.Time{}))
		_, err := h.payers.Close(t.Context(), h.by, top, "not paid")
		h.must(err)
		h.refresh(s)
		h.want(s, number, at, decision.AccountClosed)
		h.want(s, number, "", decision.AccountClosed)
		if open := s.WhereOpen(h.by.Workspace, who, time.Now()); len(open) != 0 {
			t.Errorf("open to them although the account is closed: %v", open)
		}
		x, err := s.Explain(t.Context(), h.by, number, "", "", time.Time{}, "test")
		h.must(err)
		var names [2]string
		h.do(func(tx *db.Tx) error {
			all, err := account.ByIDs(tx, h.by.Workspace, []id.Account{top, low})
			names = [2]string{all[top].Name, all[low].Name}
			return err
		})
		if want := "The account that pays for the user, " + names[1] + ", is closed because " + names[0] + " above it is: not paid."; x.Sentence != want {
			t.Errorf("explained as %q, want %q", x.Sentence, want)
		}
		h.must(h.payers.SetAccount(t.Context(), h.by, who, ""))
		h.refresh(s)
		h.want(s, number, at, decision.Allowed)
	})
}

// TestAClosedAccountRefusesWithinASecond: of everybody below it, on a server that
// follows by itself.
func TestAClosedAccountRefusesWithinASecond(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		at := h.charger(h.location(false))
		top := h.account("")
		var numbers []string
		for range 40 {
			who := h.person()
			number, _ := h.card(who)
			h.must(h.payers.SetAccount(t.Context(), h.by, who, h.account(top)))
			numbers = append(numbers, number)
		}
		s := loaded(t, d)
		background(t, s.Run)
		began := time.Now()
		_, err := h.payers.Close(t.Context(), h.by, top, "")
		h.must(err)
		all := func(want decision.Reason) bool {
			return !slices.ContainsFunc(numbers, func(n string) bool { return s.Decide(h.ask(n, at)).Reason != want })
		}
		eventually(t, "all cards of the account are refused", func() bool { return all(decision.AccountClosed) })
		t.Logf("all %d cards were refused %s after the closing began", len(numbers), time.Since(began))
		if _, err := h.payers.Reopen(t.Context(), h.by, top); err != nil {
			t.Fatal(err)
		}
		eventually(t, "all cards work again", func() bool { return all(decision.Allowed) })
	})
}

// TestAnAccountCostsAPersonNoMemory: a person with an account takes as much as one
// without.
func TestAnAccountCostsAPersonNoMemory(t *testing.T) {
	if n := unsafe.Sizeof(personRec{}); n > 40 {
		t.Errorf("a person takes %d bytes", n)
	}
	if n := unsafe.Sizeof(payer.Payer{}); n > 16 {
		t.Errorf("an account takes %d bytes", n)
	}
}
