package intake_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/core/vehicle"
	"involt/internal/flow/intake"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// picture is all that an import may touch, but for versions and times.
func (w *town) picture() string {
	w.t.Helper()
	var b strings.Builder
	w.view(func(tx *db.Tx) error {
		for _, q := range []string{
			`SELECT email || '|' || external_id || '|' || first_name || '|' || last_name || '|' || phone || '|' || language || '|' || cost_center || '|' || info_1 || '|' || info_2 || '|' || status || '|' || status_reason FROM person ORDER BY id`,
			`SELECT uid || '|' || kind || '|' || printed || '|' || state || '|' || COALESCE(person, '') || '|' || CAST(valid_from AS TEXT) || '|' || CAST(valid_to AS TEXT) FROM card ORDER BY id`,
			`SELECT name FROM user_group ORDER BY name`,
			`SELECT user_group || '|' || person FROM group_member ORDER BY 1`,
			`SELECT name FROM cost_center ORDER BY name`,
			`SELECT person || '|' || role FROM person_role ORDER BY 1`,
			`SELECT person || '|' || field || '|' || kind || '|' || origin FROM field_source ORDER BY 1`,
			`SELECT person || '|' || plate || '|' || country || '|' || make || '|' || model || '|' || mac || '|' || CAST(battery_wh AS TEXT) FROM vehicle ORDER BY id`,
			`SELECT person || '|' || CAST(at AS TEXT) || '|' || reason || '|' || planned_by FROM departure ORDER BY 1`,
			`SELECT person || '|' || CAST(at AS TEXT) FROM arrival ORDER BY 1`,
			`SELECT id || '|' || name || '|' || state FROM account ORDER BY 1`,
			`SELECT id || '|' || account FROM person WHERE account <> '' ORDER BY 1`,
			`SELECT account || '|' || currency || '|' || state FROM reimbursement ORDER BY 1`,
			`SELECT account || '|' || from_day || '|' || CAST(rate AS TEXT) || '|' || set_by FROM reimbursement_rate ORDER BY 1`,
		} {
			all, err := db.All(tx, db.Text[string], q)
			if err != nil {
				return err
			}
			fmt.Fprintln(&b, strings.Join(all, "\n"))
		}
		return nil
	})
	return b.String()
}

const undoHead = "external_id,email,first_name,last_name,status,groups,cost_center,card_uid,card_printed,card_valid_to,role\n"

func TestUndoLeavesEverythingAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.by = w.staff(w.by.Workspace, "admin")
		w.apply(undoHead + "7,ann@x.org,Ann,Old,,Staff,K-1,04A1B2C3,N-1,,\n8,bob@x.org,Bob,,active,Staff,,,,,\n,,Pool,Car,,,,04A1B2C4,P-1,,\n")
		w.apply("card_uid\n04A1B2C7\n")
		before := w.picture()
		var file strings.Builder
		file.WriteString(undoHead + "7,ann2@x.org,,New,,Staff|Night,K-2,04A1B2C3,N-2,2030-01-01,\n8,,Bob,,disabled,,,04A1B2C5,,,viewer\n,,Pool,Truck,,,,04A1B2C4,,,\n7,,,,,,,04A1B2C6,,,\n,eve@x.org,Eve,,,VIP,K-9,04A1B2C7,,,viewer\n")
		for i := range 1500 { // so that there is more than one chunk, and the later one adds to those of the first
			fmt.Fprintf(&file, "x%d,p%d@x.org,P,%d,,Crowd,,04CC%010X,,,\n", i, i, i, i)
		}
		for i := range 3 {
			fmt.Fprintf(&file, "x%d,p%d@x.org,,,,Late,,04DD%010X,,,\n", i, i, i)
		}
		im := w.applied(file.String())
		if after := w.picture(); after == before || im.Applied.Refuse != 0 || im.Chunks != 2 {
			t.Fatalf("%+v", w.report(im.ID).Refused)
		}
		im = w.undo(im.ID, false)
		if im.State != imports.Undone || im.Back.Count != 0 || im.Back.Left != 0 {
			t.Fatalf("%s %q, %+v", im.State, im.Note, im.Back)
		}
		if after := w.picture(); after != before {
			t.Errorf("undone:\n%s\nwas:\n%s", after, before)
		}
		// Undoing twice does nothing, and the file can be applied anew.
		if err := w.Undo(t.Context(), w.by, im.ID, false); err != nil {
			t.Error(err)
		}
		if again := w.apply(file.String()); again.Add != im.Applied.Add || again.Change != im.Applied.Change {
			t.Errorf("applied anew: %s", sums(again))
		}
	})
}

// Nothing is undone that something depends on, and it is said what.
func TestWhatDependsOnAnImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.apply("external_id,email,first_name,info_1\n1,known@x.org,Known,old\n")
		var file strings.Builder
		file.WriteString("external_id,email,first_name,info_1,card_uid\n1,,,new,\n")
		names := []string{"charged", "edited", "status", "card", "group", "vehicle", "free"}
		for i, n := range names {
			fmt.Fprintf(&file, "%s,%s@x.org,%s,,04A1B2%02X\n", n, n, n, i)
		}
		im := w.applied(file.String())
		staff := &people.Service{DB: d}
		ws := w.by.Workspace
		w.update(func(tx *db.Tx) error {
			c, err := card.ByUID(tx, ws, "04A1B200")
			if err != nil {
				return err
			}
			return charged(tx, ws, c)
		})
		edited := w.byEmail("edited@x.org")
		edited.Info1 = "by hand"
		if _, err := staff.Update(t.Context(), w.by, edited); err != nil {
			t.Fatal(err)
		}
		known := w.byEmail("known@x.org")
		known.Info1 = "by hand too"
		if _, err := staff.Update(t.Context(), w.by, known); err != nil {
			t.Fatal(err)
		}
		w.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, ws, "status@x.org")
			if err != nil {
				return err
			}
			if err := p.Become(person.Active, tx.Now); err != nil {
				return err
			}
			p.StatusAt = p.StatusAt.Add(1000)
			return person.Save(tx, &p)
		})
		w.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, ws, "card@x.org")
			if err != nil {
				return err
			}
			return card.Insert(tx, &card.Card{Workspace: ws, UID: "04FFFFFF", Kind: card.RFID, State: card.Active, Person: p.ID})
		})
		w.update(func(tx *db.Tx) error {
			g := group.Group{Workspace: ws, Name: "By hand"}
			if err := group.Insert(tx, &g); err != nil {
				return err
			}
			p, err := person.ByEmail(tx, ws, "group@x.org")
			if err != nil {
				return err
			}
			_, err = group.Add(tx, ws, g.ID, p.ID)
			return err
		})
		w.update(func(tx *db.Tx) error {
			p, err := person.ByEmail(tx, ws, "vehicle@x.org")
			if err != nil {
				return err
			}
			return vehicle.Insert(tx, &vehicle.Vehicle{Workspace: ws, Person: p.ID, Plate: "B AB 1", Country: "DE"})
		})
		before := w.picture()
		im = w.undo(im.ID, false)
		if im.State != imports.Done || im.Back.Count != 7 || w.picture() != before {
			t.Fatalf("%s, %+v", im.State, im.Back)
		}
		says := map[string]string{}
		for _, d := range im.Back.Depends {
			says[d.Subject] = d.Why
		}
		for name, want := range map[string]string{
			"charged": "has charged since", "edited": "was changed by hand since", "status": "has another status since", "card": "was given a card since",
			"group": "was put into a group since", "vehicle": "has a vehicle since", "known": "was changed since: Info 1", "free": "",
		} {
			if got := says[journal.About("person", w.byEmail(name+"@x.org").ID)]; got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		// The rest can be taken back.
		im = w.undo(im.ID, true)
		if im.State != imports.Undone || im.Back.Left != 7 || im.Back.Done != 1 {
			t.Errorf("%s %q, %+v", im.State, im.Note, im.Back)
		}
		left := 0
		w.view(func(tx *db.Tx) error {
			list, err := person.ByEmails(tx, ws, []string{"free@x.org", "charged@x.org"})
			left = len(list)
			return err
		})
		if left != 1 || w.byEmail("edited@x.org").Info1 != "by hand" || w.byEmail("known@x.org").Info1 != "by hand too" {
			t.Errorf("%d left", left)
		}
	})
}

// charged is a session with a card.
func charged(tx *db.Tx, ws id.Workspace, c card.Card) error {
	for _, q := range []string{
		`INSERT INTO location (workspace, id, name, name_key, address, city, country, time_zone, members_only, version, created_at) VALUES (?, 'l', 'L', 'l', '', '', '', '', FALSE, 1, 0)`,
		`INSERT INTO charger (workspace, id, identity, name, location, key_hash, plain_ok, protocol, vendor, model, serial, firmware, booted_at, connected_at, disconnected_at, connection, version, created_at)
			VALUES (?, 'c', 'C', 'C', 'l', '', FALSE, '', '', '', '', '', 0, 0, 0, '', 1, 0)`,
	} {
		if _, err := tx.Exec(q, ws); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`INSERT INTO charge (workspace, id, charger, evse, connector, protocol, tx_id, start_key, card_uid, card, person, reason, started_at, ended_at, received_at, seen_at,
		meter_start, meter_now, wh, power_w, status, stop_reason, offline, conflict) VALUES (?, ?, 'c', 1, 1, 'ocpp1.6', '1', '1', ?, ?, ?, '', 1, NULL, 1, 1, 0, 0, 0, 0, 'running', '', FALSE, '')`,
		ws, id.New[id.Charge](), c.UID, c.ID, c.Person)
	return err
}

// A file does not take away what a person corrected by hand, unless it is told to;
// the conflict is shown.
func TestCorrectionsByHandStay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		const file = "external_id,email,first_name,info_1,info_2\n1,ann@x.org,Ana,Nord,a\n2,bob@x.org,Bob,West,b\n"
		w.apply(file)
		staff := &people.Service{DB: d}
		ann := w.byEmail("ann@x.org")
		ann.FirstName, ann.Info2 = "Ann", ""
		if _, err := staff.Update(t.Context(), w.by, ann); err != nil {
			t.Fatal(err)
		}
		bob := w.byEmail("bob@x.org")
		w.update(func(tx *db.Tx) error {
			if err := source.Note(tx, access.Actor{Workspace: bob.Workspace, Name: journal.About("person", bob.ID), Person: bob.ID}, bob.ID, "first_name"); err != nil {
				return err
			}
			bob.FirstName = "Bobby"
			return person.Save(tx, &bob)
		})
		next := strings.Replace(file, "Nord", "Ost", 1)
		im := w.uploaded(next)
		if im.Counts.Change != 1 || im.Counts.Same != 1 || im.Counts.Conflicts != 2 {
			t.Fatalf("%+v", im.Counts)
		}
		rows, err := w.Rows(t.Context(), w.by, im.ID, intake.Conflicts, 0, 10)
		if err != nil || len(rows) != 2 {
			t.Fatalf("%+v, %v", rows, err)
		}
		var got []string
		for _, o := range rows {
			for _, c := range o.Changes {
				kept, _, _ := strings.Cut(c.Kept, " on ")
				got = append(got, fmt.Sprintf("%d %s %s>%s %s", o.Line, c.Column, c.Old, c.New, kept))
			}
		}
		want := []string{"2 first_name Ann>Ana corrected by hand", "2 info_1 Nord>Ost ", "2 info_2 >a ", "3 first_name Bobby>Bob written by the user"}
		if !slices.Equal(got, want) {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
		w.carryOut(im.ID)
		if p := w.byEmail("ann@x.org"); p.FirstName != "Ann" || p.Info1 != "Ost" {
			t.Errorf("Ann is %+v", p)
		}
		if p := w.byEmail("bob@x.org"); p.FirstName != "Bobby" {
			t.Errorf("Bob is %+v", p)
		}
		w.view(func(tx *db.Tx) error {
			all, err := source.List(tx, w.by.Workspace, []id.Person{ann.ID})
			kinds := map[string]source.Kind{}
			for _, s := range all {
				kinds[s.Field] = s.Kind
			}
			if kinds["first_name"] != source.Admin || kinds["info_1"] != source.File {
				t.Errorf("sources %+v", all)
			}
			return err
		})
		// Told to, it does; and undoing brings the corrections and whose they were back.
		before := w.picture()
		over := w.uploaded(next)
		if err := w.Answer(t.Context(), w.by, over.ID, intake.Answers{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		if over = w.goOn(over.ID); over.Counts.Change != 2 || over.Counts.Conflicts != 0 {
			t.Fatalf("%+v", over.Counts)
		}
		w.carryOut(over.ID)
		if p := w.byEmail("ann@x.org"); p.FirstName != "Ana" {
			t.Errorf("Ann is %+v", p)
		}
		if w.undo(over.ID, false); w.picture() != before {
			t.Errorf("undone:\n%s\nwas:\n%s", w.picture(), before)
		}
	})
}

// Wherever a worker dies, the next one goes on behind the last chunk that was
// written, and nothing is doubled or left out.
func TestWorkGoesOnAfterTheWorkerDied(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		const n = 4200
		file := crowd(n) + "broken,,,,,\n" // and a row that is refused
		im, err := w.Upload(t.Context(), w.by, "crowd.csv", strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		dead := 0
		// dies works until some more chunks are done, and then its context ends.
		dies := func(chunks func(imports.Import) int64) {
			ctx, kill := context.WithCancel(t.Context())
			defer kill()
			from := chunks(w.now(im.ID))
			rung, stop := d.Watch(imports.Topic(im.ID))
			defer stop()
			done := make(chan error, 1)
			go func() { done <- w.GoOn(ctx, w.by.Workspace, im.ID) }()
			for {
				select {
				case err := <-done:
					if err != nil {
						dead++
					}
					return
				case <-rung:
					if chunks(w.now(im.ID)) > from {
						kill()
					}
				}
			}
		}
		for range 3 {
			dies(func(im imports.Import) int64 { return im.Chunks })
		}
		im = w.goOn(im.ID)
		if sums := im.Counts; im.State != imports.Previewed || sums.Rows != n+11 || sums.Add != n+10 || sums.Refuse != 1 || sums.People != n {
			t.Fatalf("%s %+v", im.State, sums)
		}
		if err := w.Start(t.Context(), w.by, im.ID, false); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			dies(func(im imports.Import) int64 { return im.Reached })
		}
		im = w.goOn(im.ID)
		if c := w.count(); im.State != imports.Done || c["person"] != n+1 || c["card"] != n+10 || c["group_member"] != 2*n || im.Applied.Rows != n+11 || im.Applied.Add != n+10 || im.Applied.Refuse != 1 {
			t.Errorf("%s %+v, %v", im.State, im.Applied, c)
		}
		if dead == 0 {
			t.Error("no worker died: the test shows nothing")
		}
		// And back, with accidents too.
		if err := w.Undo(t.Context(), w.by, im.ID, false); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			dies(func(im imports.Import) int64 { return im.UndoReached })
		}
		if im = w.goOn(im.ID); im.State != imports.Undone || w.count()["person"] != 1 || w.count()["card"] != 0 {
			t.Errorf("%s, %v", im.State, w.count())
		}
	})
}

// A file that comes in pieces goes on where it broke off.
func TestAnUploadThatBrokeOffGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		text := "email,first_name\n" + strings.Repeat("x", 10) + "@x.org,Ann\n"
		im, err := w.Begin(t.Context(), w.by, `C:\temp\a.csv`, int64(len(text)))
		if err != nil || im.Name != "a.csv" {
			t.Fatalf("%+v, %v", im, err)
		}
		if n, err := w.Append(t.Context(), w.by, im.ID, 0, strings.NewReader(text[:10])); err != nil || n != 10 {
			t.Fatalf("%d, %v", n, err)
		}
		if err := w.Complete(t.Context(), w.by, im.ID); errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), "10 of ") {
			t.Errorf("completed too early: %v", err)
		}
		if _, err := w.Append(t.Context(), w.by, im.ID, 5, strings.NewReader(text[5:])); errs.KindOf(err) != errs.Conflict {
			t.Errorf("a piece at the wrong place: %v", err)
		}
		if n, err := w.Received(t.Context(), w.by, im.ID); err != nil || n != 10 {
			t.Errorf("%d are here, %v", n, err)
		}
		if _, err := w.Append(t.Context(), w.by, im.ID, 10, strings.NewReader(text[10:]+"more than was said")); errs.KindOf(err) != errs.Invalid {
			t.Errorf("too much: %v", err)
		}
		other := *w
		other.by = w.staff(w.by.Workspace, "admin")
		if _, err := w.Append(t.Context(), other.by, im.ID, 10, strings.NewReader("x")); errs.KindOf(err) != errs.Denied {
			t.Errorf("somebody else adds to it: %v", err)
		}
		if _, err := w.Append(t.Context(), w.by, im.ID, 10, strings.NewReader(text[10:])); err != nil {
			t.Fatal(err)
		}
		if err := w.Complete(t.Context(), w.by, im.ID); err != nil {
			t.Fatal(err)
		}
		if im = w.goOn(im.ID); im.State != imports.Previewed || im.Counts.Add != 1 {
			t.Errorf("%s %+v", im.State, im.Counts)
		}
	})
}
