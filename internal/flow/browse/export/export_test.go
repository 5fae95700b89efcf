package export_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/vehicle"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/export"
	"involt/internal/flow/browse/invited"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/sheet"
)

// town is a workspace with one charger and two people who charge there.
type town struct {
	t      *testing.T
	d      *db.DB
	s      *export.Service
	ws     id.Workspace
	yard   site.Location
	post   site.Charger
	anna   person.Person
	bo     person.Person
	fleet  group.Group
	night  group.Group
	cards  []card.Card
	staff  access.Actor
	masked access.Actor
	noon   time.Time
}

// towns runs f on a database with two towns that are alike: a statement that
// forgets its workspace finds everything twice.
func towns(t *testing.T, f func(t *testing.T, a *town)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		d.Clock = func(time.Time) time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }
		var list []*town
		for _, slug := range []string{"north", "south"} {
			a := &town{t: t, d: d, s: &export.Service{DB: d, Browse: &browse.Service{DB: d}, Tell: func(ws workspace.Workspace, a browse.Activity) (string, string) {
				return "Told: " + a.What, ws.Name
			}}}
			a.update(func(tx *db.Tx) error { return a.build(tx, slug) })
			list = append(list, a)
		}
		f(t, list[0])
	})
}

func (a *town) update(do func(tx *db.Tx) error) {
	a.t.Helper()
	if err := a.d.Update(a.t.Context(), do); err != nil {
		a.t.Fatal(err)
	}
}

func (a *town) build(tx *db.Tx, slug string) error {
	ws := workspace.New(slug, "Northgrid")
	if err := workspace.Insert(tx, &ws); err != nil {
		return err
	}
	a.ws, a.noon = ws.ID, tx.Now
	a.staff = access.Actor{Workspace: a.ws, Name: "person:x", Perms: access.All}
	a.masked = a.staff
	a.masked.Perms &^= access.PersonalData
	a.yard = site.Location{Workspace: a.ws, Name: "Yard", City: "Kiel", TimeZone: "Europe/Berlin"}
	if err := site.InsertLocation(tx, &a.yard); err != nil {
		return err
	}
	a.post = site.Charger{Workspace: a.ws, Identity: "CP1", Name: "Post 1", Location: a.yard.ID}
	if err := site.InsertCharger(tx, &a.post, 2); err != nil {
		return err
	}
	a.anna = person.Person{
		Workspace: a.ws, FirstName: "Änna", LastName: "Berg", Email: "anna@berg.example", ExternalID: "E-1", Status: person.Active, CostCenter: "4100",
		Info1: "Board, 3rd floor", Info2: "=7", Phone: "+49 30 1", Language: "de",
	}
	a.bo = person.Person{Workspace: a.ws, Email: "bo@x.example", Status: person.Invited}
	for _, p := range []*person.Person{&a.anna, &a.bo} {
		if err := person.Insert(tx, p); err != nil {
			return err
		}
	}
	a.fleet, a.night = group.Group{Workspace: a.ws, Name: "Fleet"}, group.Group{Workspace: a.ws, Name: "Night shift"}
	for _, g := range []*group.Group{&a.fleet, &a.night} {
		if err := group.Insert(tx, g); err != nil {
			return err
		}
		if _, err := group.Add(tx, a.ws, g.ID, a.anna.ID); err != nil {
			return err
		}
	}
	for _, v := range []vehicle.Vehicle{
		{Make: "Kia", Model: "EV6"}, {Plate: "HH-AB 123", Country: "DE"}, {Plate: "HH-MC 1", Country: "DE", MAC: "007DFA012B3C"},
	} {
		v.Workspace, v.Person = a.ws, a.anna.ID
		if err := vehicle.Insert(tx, &v); err != nil {
			return err
		}
	}
	for _, k := range []card.Card{
		{UID: "04A1B2C3D4E5F6", Kind: card.RFID, Person: a.anna.ID, State: card.Active, Printed: "N-100"},
		{UID: "VID:007DFA012B3C", Kind: card.MAC, Person: a.anna.ID, State: card.Active},
		{UID: "DEADBEEF", Kind: card.RFID, State: card.Deactivated},
	} {
		k.Workspace = a.ws
		if err := card.Insert(tx, &k); err != nil {
			return err
		}
		a.cards = append(a.cards, k)
	}
	if err := journal.Record(tx, a.staff, "person.created", journal.About("person", a.anna.ID), map[string]any{"email": a.anna.Email, "n": 3}); err != nil {
		return err
	}
	return a.invite(tx)
}

func (a *town) invite(tx *db.Tx) error {
	_, err := tx.Exec(`INSERT INTO invite (workspace, id, person, channel, email, generation, token_hash, code_hash, offer, message, invited_by, life,
		created_at, sent_at, bounce, expires_at) VALUES (?, ?, ?, 'mail', ?, 1, ?, '', '{}', '', '', 1, ?, ?, '', ?)`,
		a.ws, id.New[id.Invite](), a.bo.ID, a.bo.Email, id.New[string](), tx.NowMS(), tx.NowMS(), tx.Now.Add(time.Hour).UnixMilli())
	return err
}

// session makes a session that ended, of a card of anna's or of nobody's, so
// many hours before noon.
func (a *town) session(n, hours int, who *card.Card) charge.Charge {
	began := a.noon.Add(-time.Duration(hours) * time.Hour)
	c := charge.Charge{
		Workspace: a.ws, ID: id.New[id.Charge](), Charger: a.post.ID, EVSE: 1, Connector: 2, Protocol: "ocpp1.6", TxID: fmt.Sprint(n), StartKey: fmt.Sprint(n), CardUID: "FFFFFFFF",
		Reason: "allowed", Started: began, Ended: began.Add(90 * time.Minute), MeterNow: 14820, Wh: 14820, Status: charge.Ended, StopReason: "Local",
	}
	if who != nil {
		c.CardUID, c.Card, c.Person = who.UID, who.ID, who.Person
	}
	return c
}

func (a *town) charged(list ...charge.Charge) {
	a.update(func(tx *db.Tx) error { return charge.Load(tx, list) })
}

// file writes a file and reads it with somebody else's reader.
func (a *town) file(by access.Actor, ask export.Request, o table.Output) []map[string]string {
	a.t.Helper()
	var b bytes.Buffer
	if _, err := a.s.Write(a.t.Context(), by, &ask, o, &b); err != nil {
		a.t.Fatalf("%s: %v", ask.What, err)
	}
	return sheet.Maps(a.t, b.Bytes())
}

var outputs = []table.Output{{Format: table.CSV}, {Format: table.CSV, Delimiter: ';', Mark: true}, {Format: table.XLSX}, {Format: table.Lines}}

// expect compares one row of a file, cell by cell.
func expect(t *testing.T, o table.Output, row map[string]string, want string) {
	t.Helper()
	for cell := range strings.SplitSeq(want, "|") {
		name, value, _ := strings.Cut(cell, ": ")
		if got, there := row[name]; !there || got != value {
			t.Errorf("%s: %s is %q, want %q", o.Format, name, got, value)
		}
	}
}

// Every basic-information field is a column of the sessions' file, and so is the
// plate; the columns stand in the order that is promised.
func TestSessionColumns(t *testing.T) {
	const promised = "session_id, started_at, ended_at, duration_s, location, charger, evse_id, connector, user_name, user_email, external_id, account, " +
		"cost_center, info_1, info_2, license_plate, user_groups, card_uid, card_printed, kwh, tariff, price, currency, reimbursement_rate, reimbursement_amount, status, stop_reason"
	if got := strings.Join(export.Sessions.Columns(), ", "); got != promised {
		t.Errorf("the columns are %s", got)
	}
	towns(t, func(t *testing.T, a *town) {
		a.charged(a.session(1, 5, &a.cards[0]), a.session(2, 4, &a.cards[1]), a.session(3, 3, nil))
		for _, o := range outputs {
			rows := a.file(a.staff, export.Request{What: export.Sessions}, o)
			if len(rows) != 3 {
				t.Fatalf("%s: %d rows", o.Format, len(rows))
			}
			info2, began := "'=7", "2026-06-15T07:00:00Z"
			switch o.Format {
			case table.Lines:
				info2 = "=7"
			case table.XLSX:
				began = "2026-06-15 07:00:00"
			default:
			}
			expect(t, o, rows[2], "started_at: "+began+"|duration_s: 5400|location: Yard|charger: CP1|evse_id: CP1*1|connector: 2|user_name: Änna Berg|user_email: anna@berg.example|"+
				"external_id: E-1|account: |cost_center: 4100|info_1: Board, 3rd floor|info_2: "+info2+"|license_plate: HH-AB 123|user_groups: Fleet; Night shift|"+
				"card_uid: 04A1B2C3D4E5F6|card_printed: N-100|kwh: 14.820|tariff: |price: |status: ended|stop_reason: Local")
			expect(t, o, rows[1], "card_uid: VID:007DFA012B3C|license_plate: HH-MC 1")
			expect(t, o, rows[0], "card_uid: FFFFFFFF|user_name: |license_plate: |user_groups: ")

			masked := a.file(a.masked, export.Request{What: export.Sessions}, o)
			expect(t, o, masked[2], "user_name: Ä… B…|user_email: a…@…|external_id: E-1|cost_center: 4100|info_1: |info_2: |license_plate: ")
			weak := a.masked
			weak.Perms = access.SessionsRead
			expect(t, o, a.file(weak, export.Request{What: export.Sessions}, o)[2], "user_groups: |card_printed: |account: |card_uid: 04A1B2C3D4E5F6")
		}
		a.update(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE person SET deleted_at = 1 WHERE workspace = ? AND id = ?`, a.ws, a.anna.ID)
			return err
		})
		gone := a.file(a.staff, export.Request{What: export.Sessions}, outputs[0])[2]
		expect(t, outputs[0], gone, "user_name: Deleted user|user_email: |external_id: |cost_center: |info_1: |info_2: |license_plate: |user_groups: ")
	})
}

// A file of several parts holds each session once, in order, also where many
// began in the same moment.
func TestPartsMeetWithoutASeam(t *testing.T) {
	towns(t, func(t *testing.T, a *town) {
		const n = 4321
		var list []charge.Charge
		want := map[string]bool{}
		for i := range n {
			c := a.session(i, i/1500, &a.cards[i%2])
			want[string(c.ID)] = true
			list = append(list, c)
		}
		a.charged(list...)
		rows := a.file(a.staff, export.Request{What: export.Sessions}, outputs[0])
		if len(rows) != n {
			t.Fatalf("%d rows, want %d", len(rows), n)
		}
		last := "9"
		for _, r := range rows {
			if !want[r["session_id"]] {
				t.Fatalf("%s is there twice, or not ours", r["session_id"])
			}
			delete(want, r["session_id"])
			if at := r["started_at"] + r["session_id"]; at >= last {
				t.Fatalf("%s stands behind %s", at, last)
			} else {
				last = at
			}
		}
		for name, c := range map[string]struct {
			f    browse.SessionFilter
			want int
		}{
			"from":        {browse.SessionFilter{From: a.noon.Add(-time.Hour)}, 3000},
			"to":          {browse.SessionFilter{To: a.noon.Add(-time.Hour)}, 1321},
			"of a card":   {browse.SessionFilter{Q: "04:a1:b2:c3:d4:e5:f6"}, 2161},
			"of somebody": {browse.SessionFilter{Person: a.bo.ID}, 0},
		} {
			if got := len(a.file(a.staff, export.Request{What: export.Sessions, Sessions: c.f}, outputs[0])); got != c.want {
				t.Errorf("%s: %d rows, want %d", name, got, c.want)
			}
		}
	})
}

func TestOtherLists(t *testing.T) {
	towns(t, func(t *testing.T, a *town) {
		for _, o := range outputs {
			sent, phone := "2026-06-15T12:00:00Z", "'+49 30 1"
			if o.Format == table.XLSX {
				sent = "2026-06-15 12:00:00"
			} else if o.Format == table.Lines {
				phone = "+49 30 1"
			}
			users := a.file(a.staff, export.Request{What: export.Users}, o)
			if len(users) != 2 {
				t.Fatalf("%d users", len(users))
			}
			anna := users[slices.IndexFunc(users, func(r map[string]string) bool { return r["external_id"] == "E-1" })]
			expect(t, o, anna, "name: Änna Berg|email: anna@berg.example|phone: "+phone+"|first_name: Änna|last_name: Berg|language: de|status: active|groups: Fleet; Night shift|"+
				"cost_center: 4100|card_uid: 04A1B2C3D4E5F6; VID:007DFA012B3C|sessions: 0|kwh: 0.000")
			expect(t, o, a.file(a.masked, export.Request{What: export.Users, People: []id.Person{a.anna.ID}}, o)[0],
				"name: Ä… B…|email: a…@…|phone: |first_name: |last_name: |info_1: |vehicle_plate: |external_id: E-1")

			cards := a.file(a.staff, export.Request{What: export.Cards}, o)
			if len(cards) != 2 {
				t.Fatalf("%d cards", len(cards))
			}
			expect(t, o, cards[1], "card_uid: 04A1B2C3D4E5F6|card_printed: N-100|card_kind: rfid|card_state: active|business: no|user_name: Änna Berg|card_valid_to: ")
			expect(t, o, a.file(a.masked, export.Request{What: export.Cards}, o)[1], "user_name: Ä… B…|user_email: a…@…")
			if gone := a.file(a.staff, export.Request{What: export.Cards, Cards: browse.CardFilter{State: card.Deactivated}}, o); len(gone) != 1 {
				t.Errorf("%d removed cards", len(gone))
			}

			invites := a.file(a.staff, export.Request{What: export.Invitations}, o)
			if len(invites) != 1 {
				t.Fatalf("%d invitations", len(invites))
			}
			expect(t, o, invites[0], "user_email: bo@x.example|user_name: bo@x.example|state: sent|sent_at: "+sent+"|accepted_at: ")
			expect(t, o, a.file(a.masked, export.Request{What: export.Invitations}, o)[0], "user_email: b…@…|user_name: b…@…")

			past := a.file(a.staff, export.Request{What: export.Activity}, o)
			if len(past) != 1 {
				t.Fatalf("%d entries", len(past))
			}
			expect(t, o, past[0], `what: person.created|sentence: Told: person.created|details: Northgrid|subject_name: Änna Berg|values: {"email":"anna@berg.example","n":3}`)
			expect(t, o, a.file(a.masked, export.Request{What: export.Activity}, o)[0], `values: {"email":"…","n":3}|subject_name: Ä… B…`)
		}
		for _, state := range invited.States {
			want := 0
			if state == "sent" {
				want = 1
			}
			if got := a.file(a.staff, export.Request{What: export.Invitations, Invitations: invited.Filter{State: state}}, outputs[0]); len(got) != want {
				t.Errorf("%d invitations are %s, want %d", len(got), state, want)
			}
		}
	})
}

func TestExportsNeedTheirPermission(t *testing.T) {
	towns(t, func(t *testing.T, a *town) {
		for _, what := range export.All {
			weak := a.staff
			weak.Perms = access.All
			for p := access.Perm(1); p < access.All; p <<= 1 {
				if p.Whole().Has(what.Need()) {
					weak.Perms &^= p
				}
			}
			var b bytes.Buffer
			_, err := a.s.Write(t.Context(), weak, &export.Request{What: what}, table.Output{}, &b)
			if errs.KindOf(err) != errs.Denied || b.Len() > 0 {
				t.Errorf("%s: %v, %d bytes", what, err, b.Len())
			}
		}
		var b bytes.Buffer
		for _, bad := range []export.Request{
			{What: "secrets"},
			{What: export.Sessions, Sessions: browse.SessionFilter{Status: "odd"}},
			{What: export.Invitations, Invitations: invited.Filter{State: "odd"}},
		} {
			if _, err := a.s.Write(t.Context(), a.staff, &bad, table.Output{}, &b); errs.KindOf(err) != errs.Invalid || b.Len() > 0 {
				t.Errorf("%+v: %v, %d bytes", bad, err, b.Len())
			}
		}
	})
}

// Whoever's role holds in a part of the workspace gets what is of that part.
func TestExportsKeepToTheReach(t *testing.T) {
	towns(t, func(t *testing.T, a *town) {
		a.charged(a.session(1, 5, &a.cards[0]), a.session(2, 4, nil))
		owner := access.Actor{Workspace: a.ws, Name: "person:y", Parts: []access.Part{{
			Perms: access.PeopleRead | access.CardsRead | access.SessionsRead | access.PersonalData | access.ActivityRead, Reach: access.Reach{Groups: []id.Group{a.night.ID}},
		}}}
		for what, want := range map[export.What]string{export.Users: "external_id: E-1", export.Cards: "external_id: E-1", export.Sessions: "external_id: E-1"} {
			rows := a.file(owner, export.Request{What: what}, outputs[0])
			for _, r := range rows {
				expect(t, outputs[0], r, want)
			}
			if len(rows) == 0 || what != export.Cards && len(rows) != 1 {
				t.Errorf("%s: %d rows", what, len(rows))
			}
		}
		if rows := a.file(owner, export.Request{What: export.Invitations}, outputs[0]); len(rows) != 0 {
			t.Errorf("invitations: %d rows", len(rows))
		}
		if rows := a.file(owner, export.Request{What: export.Activity}, outputs[0]); len(rows) != 1 || rows[0]["subject_name"] != "Änna Berg" {
			t.Errorf("activity: %v", rows)
		}
		// At a place of theirs they see that somebody charged, and nothing of who.
		host := access.Actor{Workspace: a.ws, Name: "person:z", Parts: []access.Part{{
			Perms: access.SessionsRead | access.PersonalData | access.CardsRead | access.PeopleRead, Reach: access.Reach{Locations: []id.Location{a.yard.ID}},
		}}}
		rows := a.file(host, export.Request{What: export.Sessions}, outputs[0])
		if len(rows) != 2 {
			t.Fatalf("at the yard: %d rows", len(rows))
		}
		expect(t, outputs[0], rows[1], "user_name: Somebody else|user_email: |external_id: |cost_center: |info_1: |license_plate: |user_groups: |card_uid: |card_printed: |kwh: 14.820|location: Yard")
		expect(t, outputs[0], rows[0], "user_name: |card_uid: FFFFFFFF")
		if rows := a.file(host, export.Request{What: export.Sessions, Sessions: browse.SessionFilter{Q: "E-1"}}, outputs[0]); len(rows) != 0 {
			t.Errorf("somebody who is not theirs is found: %v", rows)
		}
	})
}

// broken takes so many bytes and no more.
type broken struct{ left int }

var errBroken = errors.New("the line broke")

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestABrokenLineEndsTheExport(t *testing.T) {
	towns(t, func(t *testing.T, a *town) {
		a.charged(a.session(1, 5, &a.cards[0]))
		for _, o := range outputs {
			if _, err := a.s.Write(t.Context(), a.staff, &export.Request{What: export.Sessions}, o, &broken{left: 10}); !errors.Is(err, errBroken) {
				t.Errorf("%s: %v", o.Format, err)
			}
		}
	})
}
