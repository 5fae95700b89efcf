package intake_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/reimburse"
	"involt/internal/core/source"
	"involt/internal/core/vehicle"
	"involt/internal/flow/intake"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// cars are a user's vehicles in one line each.
func (w *town) cars(email string) (list []string) {
	w.t.Helper()
	p := w.byEmail(email)
	w.view(func(tx *db.Tx) error {
		all, err := vehicle.Of(tx, w.by.Workspace, p.ID)
		for _, v := range all {
			list = append(list, fmt.Sprintf("%s %s %s|%s|%s %d", v.Country, v.Plate, v.Make, v.Model, v.MAC, v.BatteryWh))
		}
		return err
	})
	return list
}

func changes(o intake.Outcome) string {
	var list []string
	for _, c := range o.Changes {
		text := fmt.Sprintf("%s %s→%s", c.Column, c.Old, c.New)
		if c.Kept != "" {
			text += " (kept)"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// lastPlaceOf is where the vehicles of a file stand among the rest.
const carHead = "email,card_uid,vehicle_plate,vehicle_country,vehicle_make,vehicle_model,vehicle_mac,vehicle_battery\n"

func TestVehiclesOfASheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		before := w.picture()
		im := w.applied(carHead + "ann@x.org,04A1B2C3,b-ev 123e,DE,Volt,Two,00:7D:FA:01:2B:3C,77\n" +
			"ann@x.org,04A1B2C4,b-ev 123e,DE,Volt,Two,00:7D:FA:01:2B:3C,77\n" + // a second card, and the same car
			"ann@x.org,,G123BB,Nederland,,,,\n" + // a second car
			"bob@x.org,,B-EV 123E,D,,,,\n" + // hers
			"bob2@x.org,,,,,,007dfa012b3c,\n" +
			"eve@x.org,,XY 1,Atlantis,,,,\n" +
			"joe@x.org,,,,,,nonsense,\n" +
			"ida@x.org,,,,,,,77\n") // a battery alone is no car
		r := w.report(im.ID)
		if sums(r) != "add 4 change 0 same 0 refuse 4" || im.Applied.Cards != 3 {
			t.Errorf("%s with %d cards: %+v", sums(r), im.Applied.Cards, r.Refused)
		}
		for i, want := range []string{"something else about it, or for somebody else", "something else about it, or for somebody else", "Atlantis is not a country", "12 hexadecimal digits"} {
			if i >= len(r.Refused) || !strings.Contains(r.Refused[i].Text, want) {
				t.Errorf("refused: %+v, want %q", r.Refused, want)
			}
		}
		if got := w.cars("ann@x.org"); !slices.Equal(got, []string{"DE B-EV 123E Volt|Two|007DFA012B3C 77000", "NL G-123-BB ||" + " 0"}) {
			t.Errorf("Ann drives %q", got)
		}
		w.view(func(tx *db.Tx) error {
			c, err := card.ByUID(tx, w.by.Workspace, "VID:007DFA012B3C")
			if err != nil || c.Person != w.byEmail("ann@x.org").ID || c.Kind != card.MAC || c.Business || c.State != card.Active {
				t.Errorf("the card of the MAC: %+v, %v", c, err)
			}
			return nil
		})
		if got := changes(r.Sample[0]); got != "email →ann@x.org, status →imported, card_uid →04A1B2C3, vehicle_plate →B-EV 123E, vehicle_country →DE, vehicle_make →Volt, vehicle_model →Two, vehicle_mac →007DFA012B3C, vehicle_battery →77" {
			t.Errorf("said of Ann: %s", got)
		}
		// The same file changes nothing; another one changes fields, old to new.
		if again := w.apply(carHead + "ann@x.org,04A1B2C3,b-ev 123e,DE,Volt,Two,007DFA012B3C,77\n"); sums(again) != "add 0 change 0 same 1 refuse 0" {
			t.Errorf("again: %s, %+v", sums(again), again.Refused)
		}
		first := w.picture()
		next := w.applied(carHead + "ann@x.org,,B-EV 123E,DE,,Three,,82.5\nbob@x.org,,B-EV 123E,DE,,,,\n")
		nr := w.report(next.ID)
		if sums(nr) != "add 0 change 1 same 0 refuse 1" || changes(nr.Changed[0]) != "vehicle_model Two→Three, vehicle_battery 77→82.5" {
			t.Errorf("%s: %s; %+v", sums(nr), changes(nr.Changed[0]), nr.Refused)
		}
		w.view(func(tx *db.Tx) error {
			all, err := source.List(tx, w.by.Workspace, []id.Person{w.byEmail("ann@x.org").ID})
			if err != nil || len(all) != 1 || !strings.HasPrefix(all[0].Field, "vehicle:") || all[0].Origin != journal.About("import", next.ID) {
				t.Errorf("where it comes from: %+v, %v", all, err)
			}
			return nil
		})
		if back := w.undo(next.ID, false); back.State != imports.Undone || w.picture() != first {
			t.Errorf("%s %+v\n%s\nwas\n%s", back.State, back.Back, w.picture(), first)
		}
		if back := w.undo(im.ID, false); back.State != imports.Undone || w.picture() != before {
			t.Errorf("%s %+v\n%s\nwas\n%s", back.State, back.Back, w.picture(), before)
		}
	})
}

// A plate without a country is one of the workspace's, by its time zone; a name is a
// make and model; and somebody's vehicle is theirs.
func TestVehiclesOfKnownUsers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.apply("email\nann@x.org\nbob@x.org\n")
		im := w.applied("email;Kennzeichen;Fahrzeug;MAC\nann@x.org;B-EV 7;Volt Two;007DFA012B3C\nbob@x.org;;Bus;\n")
		if r := w.report(im.ID); sums(r) != "add 0 change 2 same 0 refuse 0" {
			t.Fatalf("%s: %+v", sums(r), r.Refused)
		}
		if a, b := w.cars("ann@x.org"), w.cars("bob@x.org"); !slices.Equal(a, []string{"DE B-EV 7 |Volt Two|007DFA012B3C 0"}) || !slices.Equal(b, []string{"  |Bus| 0"}) {
			t.Errorf("%q, %q", a, b)
		}
		if r := w.preview("email,plate,mac\nbob@x.org,B-EV 7,\neve@x.org,,007DFA012B3C\n"); sums(r) != "add 0 change 0 same 0 refuse 2" ||
			!strings.Contains(r.Refused[0].Text, "belongs to ann@x.org already") || !strings.Contains(r.Refused[1].Text, "belongs to ann@x.org already") {
			t.Errorf("%s: %+v", sums(r), r.Refused)
		}
		if r := w.preview("email,plate,mac\nann@x.org,B-EV 7,007DFA012B3D\n"); sums(r) != "add 0 change 0 same 0 refuse 1" || !strings.Contains(r.Refused[0].Text, "another MAC address") {
			t.Errorf("%s: %+v", sums(r), r.Refused)
		}
		if r := w.preview("email,vehicle\nbob@x.org,bus\n"); sums(r) != "add 0 change 0 same 1 refuse 0" {
			t.Errorf("the bus again: %s", sums(r))
		}
		// What staff wrote of it stays, unless the file is to win.
		var v vehicle.Vehicle
		w.view(func(tx *db.Tx) (err error) {
			v, err = vehicle.ByPlate(tx, w.by.Workspace, "DE", "B-EV 7")
			return err
		})
		v.Model = "Volt Three"
		if _, err := (&people.Service{DB: d}).SaveVehicle(t.Context(), w.by, v); err != nil {
			t.Fatal(err)
		}
		hand := w.uploaded("email,plate,vehicle,battery\nann@x.org,B-EV 7,Volt Four,60\n")
		hr := w.report(hand.ID)
		if sums(hr) != "add 0 change 1 same 0 refuse 0" || hr.Conflicts != 1 || changes(hr.Changed[0]) != "vehicle_model Volt Three→Volt Four (kept), vehicle_battery →60" {
			t.Errorf("%s: %s", sums(hr), changes(hr.Changed[0]))
		}
		// Changed by hand since, it stays, and that is said.
		w.update(func(tx *db.Tx) error {
			v, err := vehicle.ByPlate(tx, w.by.Workspace, "DE", "B-EV 7")
			if err != nil {
				return err
			}
			v.Make = "By hand"
			return vehicle.Save(tx, &v)
		})
		held := w.undo(im.ID, false)
		if held.State != imports.Done || held.Back.Count != 1 || held.Back.Depends[0].Why != "has a vehicle that was changed since" {
			t.Errorf("%s %+v", held.State, held.Back)
		}
		if back := w.undo(im.ID, true); back.State != imports.Undone || back.Back.Left != 1 || len(w.cars("ann@x.org")) != 1 || len(w.cars("bob@x.org")) != 0 {
			t.Errorf("%s %+v", back.State, back.Back)
		}
	})
}

func (w *town) dates(email string) (begins, leaves string) {
	w.t.Helper()
	p := w.byEmail(email)
	w.view(func(tx *db.Tx) error {
		zone, _ := time.LoadLocation("Europe/Berlin")
		a, err := person.Arrivals(tx, w.by.Workspace, []id.Person{p.ID})
		if at := a[p.ID]; !at.IsZero() {
			begins = at.In(zone).Format(time.DateTime)
		}
		if d, err := person.DepartureOf(tx, w.by.Workspace, p.ID); err == nil {
			leaves = d.At.In(zone).Format(time.DateTime)
		}
		return err
	})
	return begins, leaves
}

func TestFirstAndLastDayOfASheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		start := w.picture()
		im := w.applied("email,card_uid,start_date,end_date\n" +
			"ann@x.org,04A1B2C3,2190-02-01,2190-12-31\n" +
			"ann@x.org,04A1B2C4,2190-02-01,2190-12-31\n" +
			"bob@x.org,,2001-01-01,31.12.9999\n" +
			"eve@x.org,,2190-02-01,2190-01-31\n" +
			"ida@x.org,,,2001-01-31\n" +
			"joe@x.org,,,soon\n")
		r := w.report(im.ID)
		if sums(r) != "add 3 change 0 same 0 refuse 3" || !strings.Contains(r.Refused[0].Text, "end before it begins") || !strings.Contains(r.Refused[1].Text, "2001-01-31, is over") {
			t.Errorf("%s: %+v", sums(r), r.Refused)
		}
		if b, l := w.dates("ann@x.org"); b != "2190-02-01 00:00:00" || l != "2191-01-01 00:00:00" {
			t.Errorf("Ann begins %s and leaves %s", b, l)
		}
		if b, l := w.dates("bob@x.org"); b+l != "" {
			t.Errorf("Bob begins %s and leaves %s", b, l)
		}
		first := w.picture()
		next := w.applied("email,start_date,end_date\nann@x.org,2001-01-01,2191-06-30\nbob@x.org,2190-03-01,\n")
		nr := w.report(next.ID)
		if sums(nr) != "add 0 change 2 same 0 refuse 0" || changes(nr.Changed[0]) != "start_date 2190-02-01→2001-01-01, end_date 2190-12-31→2191-06-30" || changes(nr.Changed[1]) != "start_date →2190-03-01" {
			t.Errorf("%s: %s; %s", sums(nr), changes(nr.Changed[0]), changes(nr.Changed[1]))
		}
		if b, l := w.dates("ann@x.org"); b != "" || l != "2191-07-01 00:00:00" {
			t.Errorf("Ann begins %s and leaves %s", b, l)
		}
		if again := w.preview("email,start_date,end_date\nann@x.org,2001-01-01,2191-06-30\nbob@x.org,2190-03-01,\n"); sums(again) != "add 0 change 0 same 2 refuse 0" {
			t.Errorf("again: %s", sums(again))
		}
		if back := w.undo(next.ID, false); back.State != imports.Undone || w.picture() != first {
			t.Errorf("%s %+v\n%s\nwas\n%s", back.State, back.Back, w.picture(), first)
		}
		// What staff planned by hand stays, unless the file is to win.
		ann := w.byEmail("ann@x.org")
		staff := &people.Service{DB: d}
		if err := staff.PlanDeparture(t.Context(), w.by, ann.ID, time.Now().AddDate(0, 1, 0), "moves away"); err != nil {
			t.Fatal(err)
		}
		kept := w.uploaded("email,end_date\nann@x.org,2190-12-31\n")
		kr := w.report(kept.ID)
		if sums(kr) != "add 0 change 0 same 1 refuse 0" || kr.Conflicts != 1 || !strings.HasSuffix(changes(kr.Sample[0]), "(kept)") {
			t.Errorf("%s: %+v", sums(kr), kr.Sample)
		}
		if back := w.undo(im.ID, false); back.State != imports.Done || back.Back.Count != 1 {
			t.Errorf("%s %+v", back.State, back.Back)
		}
		if err := staff.CancelDeparture(t.Context(), w.by, ann.ID); err != nil {
			t.Fatal(err)
		}
		w.update(func(tx *db.Tx) error { return source.Erase(tx, w.by.Workspace, []id.Person{ann.ID}) })
		if back := w.undo(im.ID, false); back.State != imports.Undone || w.picture() != start {
			t.Errorf("%s %+v\n%s\nwas\n%s", back.State, back.Back, w.picture(), start)
		}
	})
}

// A row's last day ends its card's grace too.
func TestCardsDoNotWorkBeyondTheLastDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		im := w.uploaded("email,card_uid,end_date\nann@x.org,04A1B2C3,2190-01-31\nbob@x.org,04A1B2C4,\n")
		if err := w.Answer(t.Context(), w.by, im.ID, intake.Answers{CardsUntil: "2190-06-30"}); err != nil {
			t.Fatal(err)
		}
		w.goOn(im.ID)
		w.carryOut(im.ID)
		a, b := w.byEmail("ann@x.org"), w.byEmail("bob@x.org")
		if _, leaves := w.dates("ann@x.org"); !a.CardsUntil.Before(b.CardsUntil) || leaves != "2190-02-01 00:00:00" {
			t.Errorf("Ann's cards work until %s, Bob's until %s", a.CardsUntil, b.CardsUntil)
		}
	})
}

// invited notes whom an import invites.
type invited struct{ list []id.Person }

func (i *invited) InviteMany(_ context.Context, _ access.Actor, list []id.Person) (id.Bulk, error) {
	i.list = append(i.list, list...)
	return id.New[id.Bulk](), nil
}

func TestRowsSayWhoIsInvited(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		in := &invited{}
		w.Inviter = in
		w.apply("email,status\nold@x.org,\nactive@x.org,active\n")
		file := "email,first_name,invite\nold@x.org,,yes\nactive@x.org,,ja\na@x.org,A,yes\nb@x.org,B,nein\nc@x.org,C,\nd@x.org,D,perhaps\n"
		r := w.preview(file)
		if sums(r) != "add 3 change 1 same 1 refuse 1" || changes(r.Changed[0]) != "invite →yes" || !strings.Contains(r.Refused[0].Text, "neither yes nor no") {
			t.Errorf("%s: %+v, %+v", sums(r), r.Changed, r.Refused)
		}
		im := w.applied(file)
		want := []id.Person{w.byEmail("old@x.org").ID, w.byEmail("a@x.org").ID}
		slices.Sort(in.list)
		slices.Sort(want)
		if !slices.Equal(in.list, want) || im.Bulk != "" && w.now(im.ID).Bulk == "" {
			t.Errorf("invited %v, want %v", in.list, want)
		}
		// "All who are added" leaves out whose row says no.
		in.list = nil
		all := w.uploaded("email,invite\ne@x.org,\nf@x.org,no\ng@x.org,yes\n")
		if err := w.Start(t.Context(), w.by, all.ID, true); err != nil {
			t.Fatal(err)
		}
		w.goOn(all.ID)
		want = []id.Person{w.byEmail("e@x.org").ID, w.byEmail("g@x.org").ID}
		slices.Sort(in.list)
		slices.Sort(want)
		if !slices.Equal(in.list, want) {
			t.Errorf("invited %v, want %v", in.list, want)
		}
	})
}

// tree makes the accounts Fleet / Berlin / Night shift and two more called Berlin.
func (w *town) tree() map[string]id.Account {
	w.t.Helper()
	made := map[string]id.Account{}
	w.update(func(tx *db.Tx) error {
		for _, one := range [][2]string{{"", "Fleet"}, {"Fleet", "Berlin"}, {"Fleet / Berlin", "Night shift"}, {"", "Post"}, {"Post", "Berlin"}, {"", "a / b"}} {
			a := account.Account{Workspace: w.by.Workspace, Kind: account.Customer, Name: one[1], Billing: account.Consumer}
			label := one[1]
			if one[0] != "" {
				a.Kind, a.Parent, label = account.Subsidiary, made[one[0]], one[0]+" / "+one[1]
			}
			if err := account.Insert(tx, &a); err != nil {
				return err
			}
			made[label] = a.ID
		}
		return nil
	})
	return made
}

func TestAccountsByTheirPath(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.by = w.own("accounts too", access.PeopleWrite|access.PersonalData|access.CardsWrite|access.AccountsWrite)
		made := w.tree()
		im := w.applied("email,account\na@x.org,Fleet / Berlin / Night shift\nb@x.org,post/berlin\ng@x.org,Night shift · Berlin · Fleet\nc@x.org,Berlin\nd@x.org,Fleet / Hamburg\ne@x.org,Night shift\nf@x.org,a / b\n")
		r := w.report(im.ID)
		if sums(r) != "add 5 change 0 same 0 refuse 2" || !strings.Contains(r.Refused[0].Text, "several accounts called Berlin") || !strings.Contains(r.Refused[1].Text, "no account Fleet / Hamburg") {
			t.Errorf("%s: %+v", sums(r), r.Refused)
		}
		for email, label := range map[string]string{"a@x.org": "Fleet / Berlin / Night shift", "b@x.org": "Post / Berlin", "g@x.org": "Fleet / Berlin / Night shift", "e@x.org": "Fleet / Berlin / Night shift", "f@x.org": "a / b"} {
			if w.byEmail(email).Account != made[label] {
				t.Errorf("%s is not in %s", email, label)
			}
		}
		if r := w.preview("email,account\na@x.org,Post / Berlin\n"); changes(r.Changed[0]) != "account Fleet / Berlin / Night shift→Post / Berlin" {
			t.Errorf("%s", changes(r.Changed[0]))
		}
	})
}

func TestRatesOfASheet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		made := w.tree()
		file := "email,account,reimbursement_rate\na@x.org,Fleet / Berlin,\"0,25\"\nb@x.org,Fleet / Berlin,0.25\nc@x.org,Fleet / Berlin,0.30\nd@x.org,Fleet,0.25\ne@x.org,,0.25\nf@x.org,Post / Berlin,much\n"
		w.by = w.own("people", access.PeopleWrite|access.PersonalData|access.CardsWrite|access.AccountsRead)
		if r := w.preview(file); sums(r) != "add 0 change 0 same 0 refuse 6" || !strings.Contains(r.Refused[0].Text, "does not allow you to agree") {
			t.Errorf("by somebody who may not: %s %+v", sums(r), r.Refused)
		}
		w.by = w.own("accounts too", access.PeopleWrite|access.PersonalData|access.CardsWrite|access.AccountsWrite)
		before := w.picture()
		im := w.applied(file)
		if r := w.report(im.ID); sums(r) != "add 2 change 0 same 0 refuse 4" || !strings.Contains(r.Refused[0].Text, "Line 2 agrees on another rate") || !strings.Contains(r.Refused[1].Text, "a customer's account") {
			t.Errorf("%s: %+v", sums(r), r.Refused)
		}
		rate := func() (text string) {
			w.view(func(tx *db.Tx) error {
				g, err := reimburse.Of(tx, w.by.Workspace, made["Fleet / Berlin"])
				for _, r := range g.Rates {
					text += r.Rate.String() + " by " + r.By
				}
				return err
			})
			return text
		}
		if rate() != "0.2500 by "+w.by.Name {
			t.Errorf("agreed: %s", rate())
		}
		first := w.picture()
		next := w.applied("email,reimbursement_rate\na@x.org,0.5\n")
		if r := w.report(next.ID); sums(r) != "add 0 change 1 same 0 refuse 0" || changes(r.Changed[0]) != "reimbursement_rate 0.2500→0.5000" {
			t.Errorf("%s: %+v", sums(r), r)
		}
		if held := w.undo(im.ID, false); held.State != imports.Done || held.Back.Count != 1 || held.Back.Depends[0].Subject != journal.About("account", made["Fleet / Berlin"]) {
			t.Errorf("undone although another rate was agreed on: %s %+v", held.State, held.Back)
		}
		if back := w.undo(next.ID, false); back.State != imports.Undone || w.picture() != first {
			t.Errorf("%s %+v\n%s\nwas\n%s", back.State, back.Back, w.picture(), first)
		}
		if back := w.undo(im.ID, false); back.State != imports.Undone || w.picture() != before {
			t.Errorf("%s %+v\n%s\nwas\n%s", back.State, back.Back, w.picture(), before)
		}
	})
}

func TestAccountsThatAnImportMadeAreTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.by = w.own("accounts too", access.PeopleWrite|access.PersonalData|access.CardsWrite|access.AccountsWrite)
		w.apply("email,first_name\nold@x.org,Old\n")
		before := w.picture()
		var file strings.Builder
		file.WriteString("email,account\nold@x.org,Later\n")
		for i := range 1500 { // the accounts are made in the first chunk, and used in the second too
			fmt.Fprintf(&file, "p%d@x.org,%s\n", i, []string{"Newly", "Made"}[i%2])
		}
		im := w.applied(file.String())
		if len(im.News.Accounts) != 3 || im.Chunks != 2 {
			t.Fatalf("%+v", im)
		}
		// Somebody else is put into one of them, and leaves it again.
		w.update(func(tx *db.Tx) error {
			found, err := account.ByNames(tx, w.by.Workspace, []string{"newly"})
			if err != nil {
				return err
			}
			return person.Insert(tx, &person.Person{Workspace: w.by.Workspace, LastName: "Hand", Email: "hand@x.org", Account: found["newly"][0].ID, Status: person.Active})
		})
		held := w.undo(im.ID, false)
		if held.State != imports.Done || held.Back.Count != 1 || !strings.HasPrefix(held.Back.Depends[0].Subject, "account:") || held.Back.Depends[0].Why != "has other users by now" {
			t.Fatalf("%s %+v", held.State, held.Back)
		}
		hand := w.byEmail("hand@x.org")
		w.update(func(tx *db.Tx) error { return person.Remove(tx, w.by.Workspace, []id.Person{hand.ID}) })
		if back := w.undo(im.ID, false); back.State != imports.Undone || back.Back.Left != 0 || w.picture() != before {
			t.Errorf("%s %+v\n%s\nwas\n%s", back.State, back.Back, w.picture(), before)
		}
	})
}

// One who may no longer change accounts leaves those that were made.
func TestAnAccountThatIsUsedStays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.by = w.own("accounts too", access.PeopleWrite|access.PersonalData|access.CardsWrite|access.AccountsWrite)
		im := w.applied("email,account\na@x.org,Newly\nb@x.org,Made\n")
		w.update(func(tx *db.Tx) error {
			found, err := account.ByNames(tx, w.by.Workspace, []string{"newly"})
			if err != nil {
				return err
			}
			a := found["newly"][0]
			a.UserLimit = 3
			return account.Save(tx, &a)
		})
		if held := w.undo(im.ID, false); held.State != imports.Done || held.Back.Depends[0].Why != "was changed by hand since" {
			t.Fatalf("%s %+v", held.State, held.Back)
		}
		back := w.undo(im.ID, true)
		var names []string
		w.view(func(tx *db.Tx) (err error) {
			names, err = db.All(tx, db.Text[string], `SELECT name FROM account ORDER BY name`)
			return err
		})
		if back.State != imports.Undone || back.Back.Left != 1 || !slices.Equal(names, []string{"Newly"}) {
			t.Errorf("%s %+v: %q", back.State, back.Back, names)
		}
	})
}
