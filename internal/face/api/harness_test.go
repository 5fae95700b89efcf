package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/apikey"
	"involt/internal/core/bulk"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/lesson"
	"involt/internal/core/locallist"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/site"
	"involt/internal/core/vehicle"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/browse/crew"
	"involt/internal/flow/browse/export"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/clients"
	"involt/internal/flow/enter"
	"involt/internal/flow/equip"
	"involt/internal/flow/guests"
	"involt/internal/flow/intake"
	"involt/internal/flow/join"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/flow/staff"
	"involt/internal/flow/steer"
	"involt/internal/flow/teach"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/seal"
)

// town is a workspace with one of each noun, whose names all bear its mark.
type town struct {
	mark      string
	ws        id.Workspace
	user      id.Person // active, with a card
	imported  id.Person
	spare     id.Person    // another record of user
	waiting   [2]id.Person // to be approved
	card      id.Card
	vehicle   id.Vehicle // of user
	mac       string
	rule      id.Grant     // of group
	other     id.Group     // without members
	bulk      id.Bulk      // was done with user
	uploading id.Import    // sent in part
	imports   [4]id.Import // previewed, previewed, applied, previewed
	uid       string
	group     id.Group
	location  id.Location
	charger   id.Charger
	evse      string
	identity  string
	session   id.Charge
	command   id.Command
	lesson    id.Lesson // that is over
	guest     id.Guest
	code      id.JoinCode
	requests  [2]id.Joining // of user, into the zone of code and into a group
	account   id.Account    // a customer's
	part      id.Account    // a subsidiary below it
	shut      id.Account    // closed
	key       string        // may do everything
}

type rig struct {
	t      *testing.T
	d      *db.DB
	h      http.Handler
	people *people.Service
	a, b   town
}

const public = "https://involt.example"

// serve serves two workspaces on d, which know nothing of each other.
func serve(t *testing.T, d *db.DB) *rig {
	t.Helper()
	r := &rig{t: t, d: d}
	ring := seal.Random()
	r.update(func(tx *db.Tx) error {
		r.a, r.b = build(t, tx, ring, "Alder"), build(t, tx, ring, "Zebra")
		return nil
	})
	decider := &admit.Service{DB: d}
	if err := decider.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	lists := &browse.Service{DB: d}
	in := &onboard.Service{DB: d, Keys: ring, PublicURL: public}
	sheets := &intake.Service{DB: d}
	for _, one := range []*town{&r.a, &r.b} {
		one.file(t, sheets)
	}
	codes := &join.Service{DB: d, Keys: ring, Letters: in, PublicURL: public}
	in.Codes = codes
	r.people = &people.Service{DB: d, Inviter: in, Approver: in}
	h, err := New(Config{
		DB: d, Ring: ring, PublicURL: public, Enter: &enter.Service{DB: d}, Onboard: in, People: r.people,
		Intake: sheets, Equip: &equip.Service{DB: d, Effects: decider}, Steer: &steer.Service{DB: d, Decide: asked{decider}}, Wallet: &wallet.Service{DB: d}, Teach: &teach.Service{DB: d, Places: decider}, Guests: &guests.Service{DB: d, Keys: ring, Places: decider}, Browse: lists, Export: &export.Service{DB: d, Browse: lists}, Admit: decider, Join: codes, Zones: &zones.Service{DB: d}, Staff: &staff.Service{DB: d, Inviter: in}, Crew: &crew.Service{DB: d, Users: lists},
		Clients: &clients.Service{DB: d, Invite: in}, Accounts: &accounts.Service{DB: d},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.h = h
	return r
}

// asked lets commands be decided about as the API does.
type asked struct{ admit *admit.Service }

func (a asked) Decide(ws id.Workspace, charger id.Charger, evse int64, token string, now time.Time) decision.Reason {
	return a.admit.Decide(&admit.Ask{Workspace: ws, Charger: charger, EVSE: evse, Token: token, Now: now}).Reason
}

func (a asked) Standing(ws id.Workspace, charger id.Charger, token string, now time.Time) steer.Standing {
	s := a.admit.Standing(ws, charger, token, now)
	return steer.Standing{Reason: s.Reason, Hours: s.Hours, Until: s.Ends(), Parent: s.Parent()}
}

func (a asked) Refresh(ctx context.Context) error { return a.admit.Refresh(ctx) }

// file gives a town its imports, which its key began.
func (v *town) file(t *testing.T, s *intake.Service) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	by, err := (&enter.Service{DB: s.DB}).ByKey(t.Context(), v.key)
	must(err)
	im, err := s.Begin(t.Context(), by, v.mark+".csv", 0)
	must(err)
	v.uploading = im.ID
	for i := range v.imports {
		text := fmt.Sprintf("email,first_name\nfile%d@%s.example,%sfiled\n", i, strings.ToLower(v.mark), v.mark)
		if i == 2 { // who is here already
			text = fmt.Sprintf("email\n%s@%[1]s.example\n", strings.ToLower(v.mark))
		}
		im, err := s.Upload(t.Context(), by, v.mark+".csv", strings.NewReader(text))
		must(err)
		v.imports[i] = im.ID
		must(s.GoOn(t.Context(), v.ws, im.ID))
	}
	must(s.Start(t.Context(), by, v.imports[2], false))
	must(s.GoOn(t.Context(), v.ws, v.imports[2]))
}

func (r *rig) update(f func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.d.Update(r.t.Context(), f); err != nil {
		r.t.Fatal(err)
	}
}

func build(t *testing.T, tx *db.Tx, ring *seal.Ring, mark string) town {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w := workspace.New(strings.ToLower(mark), mark)
	must(workspace.Insert(tx, &w))
	v := town{mark: mark, ws: w.ID, identity: mark + "-1", uid: "04A2B3C4D5E6" + map[string]string{"Alder": "80", "Zebra": "81"}[mark]}
	active := person.Person{
		Workspace: w.ID, Email: strings.ToLower(mark) + "@" + strings.ToLower(mark) + ".example", FirstName: mark + "anna", LastName: mark + "berg",
		Phone: "+49 30 " + mark, ExternalID: mark + "-E1", CostCenter: mark + " sales", Info1: mark + " info", Status: person.Active,
	}
	must(person.Insert(tx, &active))
	waiting := person.Person{Workspace: w.ID, Email: "new@" + strings.ToLower(mark) + ".example", FirstName: mark + "nell", Status: person.Imported}
	must(person.Insert(tx, &waiting))
	g := group.Group{Workspace: w.ID, Name: mark + " group"}
	must(group.Insert(tx, &g))
	must(person.GiveRole(tx, w.ID, active.ID, access.Given{Role: "viewer", At: access.Scope{Kind: access.InGroup, ID: string(g.ID)}})) // a system user
	must(role.Insert(tx, &role.Role{Workspace: w.ID, Role: access.Role{Label: mark + " desk", Perms: access.PeopleRead}}))
	_, err := group.Add(tx, w.ID, g.ID, active.ID)
	must(err)
	c := card.Card{Workspace: w.ID, UID: v.uid, Kind: card.RFID, Typed: v.uid, Printed: mark + "-0001", State: card.Active, Person: active.ID}
	must(card.Insert(tx, &c))
	l := site.Location{Workspace: w.ID, Name: mark + " harbour", City: mark + "town", Country: "DE", TimeZone: "Europe/Berlin"}
	must(site.InsertLocation(tx, &l))
	h := site.Charger{Workspace: w.ID, Identity: v.identity, Name: mark + " charger", Location: l.ID, KeyHash: seal.Hash(mark), Vendor: mark + " works"}
	must(site.InsertCharger(tx, &h, 2))
	s := charge.Charge{
		Workspace: w.ID, Charger: h.ID, EVSE: 1, Connector: 1, Protocol: "ocpp1.6", TxID: mark + "1", StartKey: mark + "1", CardUID: v.uid, Card: c.ID, Person: active.ID,
		Reason: "allowed", Started: tx.Now.Add(-time.Hour), MeterStart: 0, MeterNow: 9000, Wh: 9000, Status: charge.Running,
	}
	_, err = charge.Insert(tx, &s)
	must(err)
	_, err = decision.Load(tx, func(yield func(decision.Decision) bool) {
		yield(decision.Decision{
			Workspace: w.ID, ID: id.New[id.Decision](), At: tx.Now.Add(-time.Hour), Charger: h.ID, EVSE: 1, CardUID: v.uid, Card: c.ID, Person: active.ID,
			Allowed: true, Reason: decision.Allowed, Source: "ocpp1.6",
		})
	})
	must(err)
	asked := command.Command{Workspace: w.ID, Charger: h.ID, Kind: command.Start, EVSE: 2, Card: c.ID, AskedBy: "person:" + string(active.ID)}
	must(command.Insert(tx, &asked))
	forget := command.Command{Workspace: w.ID, Charger: h.ID, Kind: command.ClearCache, Card: c.ID, AskedBy: "system:steer", Why: "card-blocked"}
	must(command.Insert(tx, &forget))
	must(command.Revoke(tx, &forget, c.ID))
	held := locallist.List{Workspace: w.ID, Charger: h.ID, Support: locallist.Supported, Size: 48, Version: 3, Known: true, Confirmed: tx.Now}
	must(locallist.Apply(tx, &held, true, nil, []locallist.Entry{{Token: strings.ToLower(v.uid), Card: c.ID}}))
	v.command = asked.ID
	taught := lesson.Lesson{Workspace: w.ID, Charger: h.ID, Person: active.ID, AskedBy: "person:" + string(active.ID)}
	must(lesson.Begin(tx, &taught))
	_, err = lesson.End(tx, w.ID, taught.ID, c.ID, "")
	must(err)
	v.lesson = taught.ID
	spare := person.Person{Workspace: w.ID, FirstName: mark + "anna", LastName: mark + "bergh", Phone: "+49 31 " + mark, ExternalID: mark + "-E2", Status: person.Imported}
	must(person.Insert(tx, &spare))
	v.spare = spare.ID
	for i := range v.waiting {
		p := person.Person{Workspace: w.ID, Email: fmt.Sprintf("wait%d@%s.example", i, strings.ToLower(mark)), FirstName: mark + "wait", Status: person.ToBeApproved}
		must(person.Insert(tx, &p))
		v.waiting[i] = p.ID
	}
	v.mac = "0A1B2C3D4E" + v.uid[12:]
	car := vehicle.Vehicle{Workspace: w.ID, Person: active.ID, Plate: strings.ToUpper(mark) + " 1", Country: "DE", Make: mark + " motors", Model: "One", BatteryWh: 58_000, MAC: v.mac}
	must(vehicle.Insert(tx, &car))
	leaves := person.Departure{Workspace: w.ID, Person: active.ID, At: tx.Now.Add(240 * time.Hour), Reason: mark + " leaves", PlannedBy: "system:test"}
	must(person.PlanDeparture(tx, &leaves))
	_, err = tx.Exec(`INSERT INTO invite (workspace, id, person, channel, email, generation, token_hash, code_hash, offer, message, invited_by, life, created_at, accepted_at, bounce, expires_at)
		VALUES (?, ?, ?, 'mail', ?, 1, ?, '', '{}', '', '', 1, 1, 2, '', 9)`, w.ID, id.New[id.Invite](), active.ID, active.Email, seal.Hash(mark+"invite"))
	must(err)
	must(journal.Record(tx, access.System(w.ID, "test"), "group.created", journal.About("group", g.ID), map[string]any{"name": g.Name}))
	other := group.Group{Workspace: w.ID, Name: mark + " spare group"}
	must(group.Insert(tx, &other))
	open := grant.Grant{Workspace: w.ID, Group: g.ID, Location: l.ID}
	must(grant.Insert(tx, &open))
	one := joincode.Code{Workspace: w.ID, Location: l.ID, Name: mark + " poster", Enabled: true, Approval: true, Questions: []string{"Flat number"}, MadeBy: "system:test"}
	must(joincode.Insert(tx, ring, &one))
	two := joincode.Code{Workspace: w.ID, Group: other.ID, Name: mark + " sticker", Enabled: true, Approval: true, MadeBy: "system:test"}
	must(joincode.Insert(tx, ring, &two))
	for i, k := range []joincode.Code{one, two} {
		j := joincode.Joining{Workspace: w.ID, Code: k.ID, Person: active.ID, State: joincode.Waiting, Answers: []joincode.Answer{{Question: "Flat number", Answer: mark + "anna's"}}}
		must(joincode.Enter(tx, &j))
		v.requests[i] = j.ID
	}
	stays := guest.Guest{Workspace: w.ID, ID: id.New[id.Guest](), Person: v.waiting[0], Name: mark + " visitor", LinkHash: string(v.waiting[0]), Begins: tx.Now, Ends: tx.Now.Add(time.Hour), MadeBy: "person:" + string(active.ID)}
	must(guest.Insert(tx, &stays))
	v.guest = stays.ID
	named := grant.Grant{Workspace: w.ID, Person: v.waiting[0], Location: l.ID}
	must(grant.Insert(tx, &named))
	v.code = one.ID
	work := bulk.Bulk{Workspace: w.ID, Action: bulk.CostCenter, Args: bulk.Args{CostCenter: mark + " pool"}, Asker: bulk.Asker{Person: active.ID}}
	must(bulk.Insert(tx, &work, []id.Person{active.ID, waiting.ID}))
	must(bulk.Settle(tx, &work, &bulk.Chunk{Outcome: bulk.Outcome{At: tx.NowMS(), Skip: map[string]bulk.Places{"has this cost center already": {1}}}}))
	work.State, work.Reached, work.Done, work.Started, work.Ended, work.UndoUntil = bulk.Done, 2, 1, tx.Now, tx.Now, tx.Now.Add(bulk.UndoFor)
	must(bulk.Save(tx, &work))
	v.vehicle, v.rule, v.other, v.bulk = car.ID, open.ID, other.ID, work.ID
	v.user, v.imported, v.card, v.group, v.location, v.charger, v.session, v.evse = active.ID, waiting.ID, c.ID, g.ID, l.ID, h.ID, s.ID, v.identity+"*1"
	pays := account.Account{Workspace: w.ID, Kind: account.Customer, Name: mark + " works", Email: "bills@" + strings.ToLower(mark) + ".example", Billing: account.Consumer}
	must(account.Insert(tx, &pays))
	part := account.Account{Workspace: w.ID, Parent: pays.ID, Kind: account.Subsidiary, Name: mark + " depot", Billing: account.Consumer}
	must(account.Insert(tx, &part))
	shut := account.Account{Workspace: w.ID, Kind: account.Customer, Name: mark + " past", Billing: account.Consumer}
	must(account.Insert(tx, &shut))
	_, err = account.Close(tx, w.ID, shut.ID, mark+" reason")
	must(err)
	v.account, v.part, v.shut = pays.ID, part.ID, shut.ID
	v.key = newKey(t, tx, w.ID, access.All)
	return v
}

func newKey(t *testing.T, tx *db.Tx, ws id.Workspace, perms access.Perm) string {
	t.Helper()
	text, err := apikey.Insert(tx, &apikey.Key{Workspace: ws, Name: "test", Perms: perms, CreatedBy: "system:test"})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// key makes a key of the first workspace.
func (r *rig) key(perms access.Perm) (text string) {
	r.t.Helper()
	r.update(func(tx *db.Tx) error {
		text = newKey(r.t, tx, r.a.ws, perms)
		return nil
	})
	return text
}

// reply is what came back.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	text   string
}

// do sends a request; body is marshalled unless it is a string. headers are
// pairs of name and value.
func (r *rig) do(key, method, path string, body any, headers ...string) reply {
	r.t.Helper()
	var in io.Reader
	switch v := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(v)
	default:
		text, err := json.Marshal(v)
		if err != nil {
			r.t.Fatal(err)
		}
		in = strings.NewReader(string(text))
	}
	req := httptest.NewRequestWithContext(r.t.Context(), method, path, in)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	r.h.ServeHTTP(rec, req)
	return reply{r.t, method + " " + path, rec.Code, rec.Header(), rec.Body.String()}
}

func (a reply) want(status int) reply {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d: %s", a.what, a.status, status, a.text)
	}
	if a.status >= 400 && a.header.Get("Content-Type") != problemType {
		a.t.Fatalf("%s: a refusal of type %q", a.what, a.header.Get("Content-Type"))
	}
	return a
}

func (a reply) json() map[string]any {
	a.t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.text), &v); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.text)
	}
	return v
}

func (a reply) lacks(words ...string) reply {
	a.t.Helper()
	for _, w := range words {
		if strings.Contains(a.text, w) {
			a.t.Fatalf("%s: the answer holds %q: %s", a.what, w, a.text)
		}
	}
	return a
}

func (a reply) has(words ...string) reply {
	a.t.Helper()
	for _, w := range words {
		if !strings.Contains(a.text, w) {
			a.t.Fatalf("%s: the answer lacks %q: %s", a.what, w, a.text)
		}
	}
	return a
}
