package reimburse_test

import (
	"testing"

	"involt/internal/core/account"
	"involt/internal/core/reimburse"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

func TestARateIsExactWithFourDecimals(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"0.25", "0.2500"},
		{"0,2537", "0.2537"},
		{" 1 ", "1.0000"},
		{".3", "0.3000"},
		{"0.0001", "0.0001"},
		{"100", "100.0000"},
		{"12.", "12.0000"},
		{"0", ""},
		{"0.0000", ""},
		{"0.12345", ""},
		{"100.0001", ""},
		{"-1", ""},
		{"1e2", ""},
		{"", ""},
		{".", ""},
		{"1.2.3", ""},
		{"½", ""},
		{"1000", ""},
	} {
		r, err := reimburse.ParseRate(c.text)
		if c.want == "" {
			if errs.KindOf(err) != errs.Invalid || err == nil {
				t.Errorf("%q is read as %s (%v)", c.text, r, err)
			}
		} else if r.String() != c.want || err != nil {
			t.Errorf("%q is read as %s (%v), want %s", c.text, r, err, c.want)
		}
	}
}

func FuzzRate(f *testing.F) {
	f.Add("0.25")
	f.Add("0,2537")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := reimburse.ParseRate(text)
		if err != nil {
			return
		}
		if again, err := reimburse.ParseRate(r.String()); err != nil || again != r {
			t.Errorf("%q is %s, which is read as %s (%v)", text, r, again, err)
		}
	})
}

func TestALaterRateNeverTouchesEarlierDays(t *testing.T) {
	a := reimburse.Agreement{}
	for _, c := range []struct {
		from, today reimburse.Day
		fine        bool
	}{{"2027-03-01", "2027-03-17", true}, {"2027-02-28", "2027-03-17", false}, {"2027-04-01", "2027-03-17", true}} {
		if err := a.Check(c.from, c.today); (err == nil) != c.fine {
			t.Errorf("first rate from %s on %s: %v", c.from, c.today, err)
		}
	}
	a.Rates = []reimburse.Dated{{From: "2027-03-01", Rate: 2500}, {From: "2027-03-17", Rate: 3000}}
	for day, want := range map[reimburse.Day]string{"2027-02-28": "0.0000", "2027-03-01": "0.2500", "2027-03-16": "0.2500", "2027-03-17": "0.3000", "2028-01-01": "0.3000"} {
		if r, found := a.On(day); r.String() != want || found != (want != "0.0000") {
			t.Errorf("on %s %s holds, want %s", day, r, want)
		}
	}
	if a.Check("2027-03-16", "2027-03-17") == nil || a.Check("2027-03-17", "2027-03-17") != nil {
		t.Error("a later rate may begin today, and not before")
	}
	if _, err := reimburse.ParseDay("31.12.2027"); err == nil {
		t.Error("31.12.2027 is read as a day")
	}
	if d, err := reimburse.ParseDay(" 2027-12-31 "); d != "2027-12-31" || err != nil {
		t.Errorf("2027-12-31 is read as %s (%v)", d, err)
	}
}

func TestAnAgreementTakesTheStepsThatAreListed(t *testing.T) {
	all := []reimburse.State{reimburse.Draft, reimburse.Waiting, reimburse.Active, reimburse.Paused, reimburse.Ended}
	want := map[reimburse.State]string{
		reimburse.Draft: " waiting active ended", reimburse.Waiting: " active paused ended", reimburse.Active: " paused ended",
		reimburse.Paused: " waiting active ended", reimburse.Ended: " draft waiting active",
	}
	for _, from := range all {
		got := ""
		for _, to := range all {
			if (&reimburse.Agreement{State: from}).May(to) {
				got += " " + string(to)
			}
		}
		if got != want[from] || from.Label() == "" {
			t.Errorf("from %s:%s, want%s", from, got, want[from])
		}
	}
}

func TestAnAgreementIsKeptWithItsRates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			ws := workspace.New("north", "North")
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			acc := account.Account{Workspace: ws.ID, Kind: account.Customer, Name: "A", Billing: account.Consumer}
			if err := account.Insert(tx, &acc); err != nil {
				return err
			}
			if _, err := reimburse.Of(tx, ws.ID, acc.ID); errs.KindOf(err) != errs.NotFound {
				t.Errorf("without an agreement: %v", err)
			}
			a := reimburse.Agreement{Workspace: ws.ID, Account: acc.ID, Currency: "EUR", State: reimburse.Draft}
			if err := reimburse.Save(tx, &a); err != nil {
				return err
			}
			for _, r := range []reimburse.Dated{{"2027-03-01", 2500, "x"}, {"2028-01-01", 3000, "x"}, {"2027-06-01", 2600, "x"}, {"2027-03-01", 2550, "y"}} {
				if err := reimburse.SetRate(tx, &a, r); err != nil {
					return err
				}
			}
			if err := reimburse.DropRate(tx, &a, "2028-01-01"); err != nil {
				return err
			}
			stale := a
			a.State, a.StateAt = reimburse.Active, tx.Now
			if err := reimburse.Save(tx, &a); err != nil {
				return err
			}
			if err := reimburse.Save(tx, &stale); errs.KindOf(err) != errs.Conflict {
				t.Errorf("a stale agreement: %v", err)
			}
			got, err := reimburse.Of(tx, ws.ID, acc.ID)
			if err != nil {
				return err
			}
			if got.State != reimburse.Active || len(got.Rates) != 2 || got.Rates[0] != (reimburse.Dated{"2027-03-01", 2550, "y"}) || got.Rates[1].From != "2027-06-01" || got.Version != a.Version {
				t.Errorf("kept: %+v", got)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
