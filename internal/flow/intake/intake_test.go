package intake_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/intake"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

func sums(r intake.Report) string {
	return fmt.Sprintf("add %d change %d same %d refuse %d", r.Add, r.Change, r.Same, r.Refuse)
}

func sample(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../../testdata/import/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPreviewThenApplyThenAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		people := sample(t, "people.csv")
		before := w.count()
		pre := w.preview(people)
		if after := w.count(); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Fatalf("the preview wrote: %v, then %v", before, after)
		}
		im := w.applied(people)
		rep := w.report(im.ID)
		const want = "add 40 change 0 same 0 refuse 0"
		if sums(pre) != want || sums(rep) != want || im.Applied.Rows != 40 || im.Counts.Bytes != int64(len(people)) {
			t.Fatalf("preview %s, applied %s, %+v; refused %+v", sums(pre), sums(rep), im.Counts, rep.Refused)
		}
		for _, r := range []intake.Report{pre, rep} {
			if r.NewPeople != 39 || r.NewCards != 38 || !slices.Equal(r.NewGroups, []string{"Staff", "Night shift", "VIP", "Fleet"}) || len(r.NewCostCenters) != 6 || r.NewMemberships != 52 || len(r.Sample) != 40 {
				t.Errorf("%d people, %d cards, %d memberships, groups %q, cost centers %q, sample %d", r.NewPeople, r.NewCards, r.NewMemberships, r.NewGroups, r.NewCostCenters, len(r.Sample))
			}
		}
		w.view(func(tx *db.Tx) error {
			n, err := person.Count(tx, w.by.Workspace)
			if n[person.Imported] != 35 || n[person.Active] != 4 || n[person.Deactivated] != 1 {
				t.Errorf("statuses %v", n)
			}
			return err
		})
		clara := w.byEmail("clara.conrad@northgrid.example")
		w.view(func(tx *db.Tx) error {
			cards, err := card.Of(tx, w.by.Workspace, clara.ID)
			if len(cards) != 2 || cards[0].UID != "04149D439536B3" || cards[0].Typed != "04:14:9D:43:95:36:B3" || cards[0].State != card.Active || cards[1].Printed != "NG-009001" {
				t.Errorf("Clara's cards: %+v", cards)
			}
			if until := cards[0].ValidTo.UTC().Format(time.RFC3339); until != "2029-12-31T23:00:00Z" { // the end of the year in Berlin
				t.Errorf("card until %s", until)
			}
			return err
		})
		w.view(func(tx *db.Tx) error {
			history, err := journal.Of(tx, w.by.Workspace, journal.About("person", clara.ID), 10)
			if len(history) != 1 || history[0].What != "person.imported" || history[0].Actor != w.by.Name || !strings.Contains(history[0].Value, "test.csv") {
				t.Errorf("history %+v", history)
			}
			return err
		})
		full := w.count()
		if again := w.preview(people); sums(again) != "add 0 change 0 same 40 refuse 0" || len(again.NewGroups)+again.NewCards+again.NewPeople+again.NewMemberships+len(again.NewCostCenters) != 0 {
			t.Errorf("preview again: %s, %+v", sums(again), again.Changed)
		}
		if again := w.apply(people); sums(again) != "add 0 change 0 same 40 refuse 0" {
			t.Errorf("again: %s", sums(again))
		}
		full["journal"]++ // that it was applied
		if now := w.count(); fmt.Sprint(now) != fmt.Sprint(full) {
			t.Errorf("applying it again wrote: %v, then %v", full, now)
		}
	})
}

func TestBrokenLinesAreSaidAndDisturbNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		im := w.applied(sample(t, "broken.csv"))
		rep := w.report(im.ID)
		var back strings.Builder
		if err := w.Refusals(t.Context(), w.by, im.ID, &back); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range rep.Refused {
			got = append(got, fmt.Sprintf("%d %s", p.Line, p.Column))
		}
		want := []string{
			"3 email", "4 card_uid", "5 card_uid", "6 card_valid_to", "7 status", "8 language", "9 email", "10 card_uid", "12 email", "13 first_name", "14 last_name", "15 email", "16 role",
			"17 role", "18 ", "19 ", "21 email", "22 card_uid",
		}
		if !slices.Equal(got, want) || rep.Examples != 1 || rep.Add != 4 {
			t.Errorf("%s, examples %d\n got %q\nwant %q", sums(rep), rep.Examples, got, want)
		}
		for i, p := range rep.Refused {
			if p.Text == "" || !strings.HasSuffix(p.Text, ".") && !strings.HasSuffix(p.Text, "?") {
				t.Errorf("%d: %q is no sentence", i, p.Text)
			}
		}
		if n := w.count(); n["person"] != 5 || n["card"] != 4 || n["person_role"] != 1 {
			t.Errorf("stored %v", n)
		}
		for _, says := range []string{"Did you mean typo@gmail.com?", "12345678 is read as hexadecimal", "the same card, reversed (04B1000000000A)"} {
			if !slices.ContainsFunc(rep.Warnings, func(p intake.Problem) bool { return strings.Contains(p.Text, says) }) {
				t.Errorf("no warning says %q: %+v", says, rep.Warnings)
			}
		}
		// The refused rows come back as the same sheet, which can be imported when corrected.
		rows := strings.Split(strings.TrimSpace(back.String()), "\r\n")
		if len(rows) != 19 || !strings.HasPrefix(rows[0], "\ufeffemail,first_name,") || !strings.HasSuffix(rows[0], ",reason") ||
			!strings.HasPrefix(rows[1], `not-an-address,Bad,Address,B-2,Staff,,,en,04B1000000000B,,"Line 3, email: `) {
			t.Errorf("refused rows:\n%s", back.String())
		}
		if rep := w.apply(strings.Replace(back.String(), "not-an-address", "fixed@broken.example", 1)); rep.Add < 1 || w.byEmail("fixed@broken.example").LastName != "Address" {
			t.Errorf("corrected: %s", sums(rep))
		}
	})
}

func TestChangesAreShownFieldByField(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		const head = "external_id,email,first_name,last_name,status,groups,cost_center,card_uid,card_printed,card_valid_to\n"
		w.apply(head + "7,ann@x.org,Ann,Old,,Staff,K-1,04A1B2C3,N-1,\n8,bob@x.org,Bob,,active,Staff,,,,\n,,Pool,Car,,,,04A1B2C4,P-1,\n")
		next := head + "7,ann@x.org,,New,,Staff|Night,K-1,04A1B2C3,N-2,2030-01-01\n8,,Bob,,disabled,,,04A1B2C5,,\n,,Pool,Truck,,,,04A1B2C4,,\n7,,,,,,,04A1B2C6,,\n"
		pre := w.preview(next)
		rep := w.apply(next)
		want := "2 last_name Old>New; card_printed N-1>N-2; card_valid_to >2030-01-01; groups >Night; " +
			"3 status active>deactivated; card_uid >04A1B2C5; " +
			"4 last_name Car>Truck; 5 card_uid >04A1B2C6; "
		for _, r := range []intake.Report{pre, rep} {
			var got strings.Builder
			for _, o := range r.Changed {
				fmt.Fprintf(&got, "%d ", o.Line)
				for _, c := range o.Changes {
					fmt.Fprintf(&got, "%s %s>%s; ", c.Column, c.Old, c.New)
				}
			}
			if got.String() != want || sums(r) != "add 0 change 4 same 0 refuse 0" {
				t.Errorf("%s\n got %s\nwant %s", sums(r), got.String(), want)
			}
		}
		if p := w.byEmail("ann@x.org"); p.LastName != "New" || p.FirstName != "Ann" || p.Status != person.Imported {
			t.Errorf("Ann is %+v", p)
		}
		bob := w.byEmail("bob@x.org")
		w.view(func(tx *db.Tx) error {
			all, err := journal.Of(tx, w.by.Workspace, journal.About("person", bob.ID), 10)
			var whats []string
			for _, e := range all {
				whats = append(whats, e.What)
			}
			slices.Sort(whats)
			if bob.Status != person.Deactivated || !slices.Equal(whats, []string{"person.deactivated", "person.imported", "person.updated"}) {
				t.Errorf("Bob is %s by %q", bob.Status, whats)
			}
			return err
		})
		if rep := w.apply(next); sums(rep) != "add 0 change 0 same 4 refuse 0" {
			t.Errorf("again: %s %+v", sums(rep), rep.Changed)
		}
	})
}

func TestRowsThatContradictTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		const head = "external_id,email,first_name,status,role,card_uid\n"
		w.apply(head + "1,ann@x.org,Ann,,,04A1B2C3\n2,bob@x.org,Bob,active,,04A1B2C4\n3,boss@x.org,Boss,active,,\n")
		w.update(func(tx *db.Tx) error {
			boss, err := person.ByEmail(tx, w.by.Workspace, "boss@x.org")
			if err != nil {
				return err
			}
			if err := person.GiveRole(tx, w.by.Workspace, boss.ID, access.Given{Role: "super-admin"}); err != nil {
				return err
			}
			ann, err := person.ByEmail(tx, w.by.Workspace, "ann@x.org")
			if err != nil {
				return err
			}
			if err := ann.Become(person.Invited, tx.Now); err != nil {
				return err
			}
			return person.Save(tx, &ann)
		})
		for _, tc := range []struct{ row, says string }{
			{"2,ann@x.org,,,,", "This external id belongs to Bob, the e-mail address to Ann."},
			{",eve@x.org,,,,04A1B2C3", "This card belongs to Ann already."},
			{",bob@x.org,,,,04A1B2C3", "This card belongs to Ann already."},
			{"1,new@x.org,,,,", "Change it on the user's own page"},
			{"3,,,disabled,,", "Boss is staff"},
			{"3,evil@x.org,,,,", "Boss is staff"},
			{"9,,,,,", "Nobody has this external id yet"},
			{",eve@x.org,,,super-admin,", "You cannot give the role Super-admin"},
			{"2,,,,viewer,", "You cannot give the role Viewer"},
		} {
			before := w.count()
			rep := w.apply(head + tc.row + "\n")
			if sums(rep) != "add 0 change 0 same 0 refuse 1" || !strings.Contains(rep.Refused[0].Text, tc.says) {
				t.Errorf("%s: %s %+v", tc.row, sums(rep), rep.Refused)
			}
			before["journal"]++
			if after := w.count(); fmt.Sprint(before) != fmt.Sprint(after) {
				t.Errorf("%s wrote: %v, then %v", tc.row, before, after)
			}
		}
		if rep := w.apply(head + ",eve@x.org,Eve,,,C3B2A104\n"); rep.Add != 1 || rep.WarningCount != 1 || !strings.Contains(rep.Warnings[0].Text, "reversed (04A1B2C3)") {
			t.Errorf("reversed: %+v", rep)
		}
	})
}

func TestWhoMayImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for name, perms := range map[string]access.Perm{"viewer": access.PeopleRead | access.CardsRead, "without personal data": access.PeopleWrite} {
			if _, err := w.Upload(t.Context(), w.own(name, perms), "a.csv", strings.NewReader("email\na@x.org\n")); errs.KindOf(err) != errs.Denied {
				t.Errorf("%s: %v", name, err)
			}
		}
		fleet := w.by
		w.by = w.own("without cards", access.PeopleWrite|access.PersonalData)
		if im := w.uploaded("email,card_uid\na@x.org,04A1B2C3\n"); im.State != imports.Failed || !strings.Contains(im.Note, "does not allow to change cards") {
			t.Errorf("without the permission for cards: %s, %s", im.State, im.Note)
		}
		if im := w.uploaded("email\na@x.org\n"); im.State != imports.Previewed || im.Counts.Add != 1 {
			t.Errorf("without cards in it: %s, %s", im.State, im.Note)
		}
		w.by = fleet
		for file, says := range map[string]string{"PK\x03\x04": "ZIP", "%PDF-1.7": "PDF", "\n\n": "empty"} {
			if im := w.uploaded(file); im.State != imports.Failed || !strings.Contains(im.Note, says) {
				t.Errorf("%q: %s, %s", file, im.State, im.Note)
			}
		}
		if _, err := w.Upload(t.Context(), w.by, "a.csv", strings.NewReader("")); errs.KindOf(err) != errs.Invalid {
			t.Errorf("an empty file: %v", err)
		}
		if im := w.uploaded("one,two\nthree,four\n"); im.State != imports.Previewed || im.Sheet.Readable || im.Counts.Rows != 0 {
			t.Errorf("no headings: %s, %+v", im.State, im.Sheet)
		}
		if n := w.count()["person"]; n != 4 {
			t.Errorf("%d people", n)
		}
	})
}

// Whoever loses the permission after asking applies nothing any more.
func TestAPermissionThatIsTakenStopsTheImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		im := w.uploaded("email\na@x.org\n")
		if err := w.Start(t.Context(), w.by, im.ID, false); err != nil {
			t.Fatal(err)
		}
		w.update(func(tx *db.Tx) error { return person.TakeRoles(tx, w.by.Workspace, w.by.Person) })
		if err := w.GoOn(t.Context(), w.by.Workspace, im.ID); err != nil {
			t.Fatal(err)
		}
		if im := w.now(im.ID); im.State != imports.Stopped || im.Reached != 0 || w.count()["person"] != 1 {
			t.Errorf("%s %q, %v", im.State, im.Note, w.count())
		}
	})
}

// Preview and apply agree across the chunks' borders, and a stopped import goes on
// where it was.
func TestManyRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		const n = 2600
		file := crowd(n)
		pre, rep := w.preview(file), w.apply(file)
		if sums(pre) != "add 2610 change 0 same 0 refuse 0" || sums(rep) != sums(pre) || pre.NewPeople != n || rep.NewPeople != n || pre.NewCards != n+10 || rep.NewCards != n+10 ||
			pre.NewMemberships != rep.NewMemberships || !slices.Equal(pre.NewGroups, rep.NewGroups) || !slices.Equal(pre.NewCostCenters, rep.NewCostCenters) {
			t.Errorf("preview %s, applied %s; %d and %d people, %q and %q", sums(pre), sums(rep), pre.NewPeople, rep.NewPeople, pre.NewGroups, rep.NewGroups)
		}
		if c := w.count(); c["person"] != n+1 || c["card"] != n+10 || c["group_member"] != 2*n {
			t.Errorf("stored %v", c)
		}
		if again := w.apply(file); sums(again) != "add 0 change 0 same 2610 refuse 0" {
			t.Errorf("again: %s", sums(again))
		}
	})
}

// crowd is a file of n people, ten of whom have a second card in rows of their
// own at the end.
func crowd(n int) string {
	var b strings.Builder
	b.WriteString("email,external_id,first_name,groups,cost_center,card_uid\n")
	for i := range n {
		fmt.Fprintf(&b, "p%d@x.org,%d,P%d,\"Staff;G%d\",K%d,04AA%010X\n", i, i, i, i%3, i%5, i)
	}
	for i := range 10 {
		fmt.Fprintf(&b, "p%d@x.org,,,,,04BB%010X\n", i, i)
	}
	return b.String()
}

func TestACardWithoutHolderFindsOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.update(func(tx *db.Tx) error {
			g := group.Group{Workspace: w.by.Workspace, Name: "Fleet, north"}
			if err := group.Insert(tx, &g); err != nil {
				return err
			}
			return card.Insert(tx, &card.Card{Workspace: w.by.Workspace, UID: "04A1B2C3", Kind: card.RFID, State: card.Inactive})
		})
		rep := w.apply("email,card_uid,groups\nann@x.org,04a1b2c3,\"fleet, north\"\n")
		if rep.Add != 1 || rep.NewCards != 0 || len(rep.NewGroups) != 0 {
			t.Errorf("%+v", rep)
		}
		ann := w.byEmail("ann@x.org")
		w.view(func(tx *db.Tx) error {
			c, err := card.ByUID(tx, w.by.Workspace, "04A1B2C3")
			if c.Person != ann.ID || c.State != card.Inactive {
				t.Errorf("card %+v", c)
			}
			in, gerr := group.Of(tx, w.by.Workspace, ann.ID)
			if len(in) != 1 {
				t.Errorf("groups %+v", in)
			}
			return errors.Join(err, gerr)
		})
	})
}

// Cards that are nobody's wait for their holders.
func TestAListOfCards(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		rep := w.apply("RFID;Contract ID\n04A1B2C3D4E5F6;DE-EVE-1\n04A1B2C3D4E5F7;DE-EVE-2\n")
		if rep.Format != "Everon" || sums(rep) != "add 2 change 0 same 0 refuse 0" || rep.NewCards != 2 || rep.NewPeople != 0 {
			t.Fatalf("%+v", rep)
		}
		if rep := w.apply("RFID;Contract ID\n04A1B2C3D4E5F6;DE-EVE-9\n04A1B2C3D4E5F7;DE-EVE-2\n"); sums(rep) != "add 0 change 1 same 1 refuse 0" {
			t.Errorf("%s", sums(rep))
		}
		w.apply("email,card_uid\nann@x.org,04A1B2C3D4E5F6\n")
		ann := w.byEmail("ann@x.org")
		w.view(func(tx *db.Tx) error {
			c, err := card.ByUID(tx, w.by.Workspace, "04A1B2C3D4E5F6")
			if c.Person != ann.ID || c.Printed != "DE-EVE-9" {
				t.Errorf("%+v", c)
			}
			return err
		})
	})
}

// Two who import the same file at once do not double anybody: the second waits
// until the first is through, and finds everything the same.
func TestOneImportAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		file := sample(t, "people.csv")
		list := []imports.Import{w.uploaded(file), w.uploaded(file), w.uploaded(file)}
		started := make(chan error, len(list))
		for _, im := range list {
			go func() { started <- w.Start(t.Context(), w.by, im.ID, false) }()
		}
		ok := 0
		for range list {
			switch err := <-started; errs.KindOf(err) {
			case errs.Conflict:
				if !strings.Contains(errs.Text(err), "one at a time") && !strings.Contains(errs.Text(err), "one import at a time") {
					t.Errorf("says %q", errs.Text(err))
				}
			default:
				if err != nil {
					t.Error(err)
				}
				ok++
			}
		}
		if ok != 1 {
			t.Fatalf("%d imports are applied at once", ok)
		}
		for _, im := range list {
			w.goOn(im.ID)
		}
		for _, im := range list {
			w.carryOut(im.ID)
		}
		if n := w.count(); n["person"] != 40 || n["card"] != 38 || n["group_member"] != 52 {
			t.Errorf("stored %v", n)
		}
	})
}
