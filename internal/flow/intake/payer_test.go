package intake_test

import (
	"slices"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestTheAccountOfASheetIsFoundOrMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		made := map[string]id.Account{}
		w.update(func(tx *db.Tx) error {
			for _, name := range []string{"Voltwerk", "Tiny", "Twice", "twice", "Shut"} {
				a := account.Account{Workspace: w.by.Workspace, Kind: account.Customer, Name: name, Billing: account.Consumer}
				if name == "Tiny" {
					a.UserLimit = 1
				}
				if err := account.Insert(tx, &a); err != nil {
					return err
				}
				made[name] = a.ID
			}
			_, err := account.Close(tx, w.by.Workspace, made["Shut"], "")
			return err
		})
		sheet := "email,account\na@x.example,voltwerk\nb@x.example,Newly Made\nc@x.example,newly made\nd@x.example,Tiny\ne@x.example,Tiny\nf@x.example,Twice\ng@x.example,Shut\nh@x.example,\n"
		if r := w.preview(sheet); sums(r) != "add 3 change 0 same 0 refuse 5" || !strings.Contains(r.Refused[0].Text, "your role does not allow you to make one") {
			t.Errorf("by somebody who may not make accounts: %s: %+v", sums(r), r.Refused)
		}
		w.by = w.own("accounts too", access.PeopleWrite|access.PersonalData|access.AccountsWrite)
		pre, rep := w.preview(sheet), w.apply(sheet)
		for _, r := range []struct{ what, got string }{{"preview", sums(pre)}, {"applied", sums(rep)}} {
			if r.got != "add 5 change 0 same 0 refuse 3" {
				t.Errorf("%s: %s: %+v", r.what, r.got, pre.Refused)
			}
		}
		if !slices.Equal(pre.NewAccounts, []string{"Newly Made"}) || !slices.Equal(rep.NewAccounts, pre.NewAccounts) {
			t.Errorf("new accounts: %q, then %q", pre.NewAccounts, rep.NewAccounts)
		}
		if a := w.byEmail("a@x.example"); a.Account != made["Voltwerk"] {
			t.Errorf("a is in %q", a.Account)
		}
		b, c, tiny, none := w.byEmail("b@x.example"), w.byEmail("c@x.example"), w.byEmail("d@x.example"), w.byEmail("h@x.example")
		if b.Account == "" || b.Account != c.Account || tiny.Account != made["Tiny"] || none.Account != "" {
			t.Errorf("b is in %q, c in %q, d in %q, h in %q", b.Account, c.Account, tiny.Account, none.Account)
		}
		if again := w.apply("email,account\na@x.example,Voltwerk\nd@x.example,Tiny\nb@x.example,Newly made\n"); sums(again) != "add 0 change 0 same 3 refuse 0" {
			t.Errorf("again: %s: %+v", sums(again), again.Refused)
		}
		moved := w.apply("email,account\nd@x.example,Voltwerk\n")
		if sums(moved) != "add 0 change 1 same 0 refuse 0" || len(moved.Changed[0].Changes) != 1 || moved.Changed[0].Changes[0].Old != "Tiny" || w.byEmail("d@x.example").Account != made["Voltwerk"] {
			t.Errorf("moved: %s: %+v", sums(moved), moved.Changed)
		}
	})
}
