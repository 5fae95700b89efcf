package api

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/enter"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/seal"
)

// town is a workspace with one of each noun, whose names all bear its mark.
type town struct {
	mark     string
	ws       id.Workspace
	user     id.Person // active, with a card
	imported id.Person
	card     id.Card
	uid      string
	group    id.Group
	location id.Location
	charger  id.Charger
	evse     string
	identity string
	session  id.Charge
	key      string // may do everything
}

type rig struct {
	t    *testing.T
	d    *db.DB
	h    http.Handler
	a, b town
}

const public = "https://involt.example"

// serve serves two workspaces on d, which know nothing of each other.
func serve(t *testing.T, d *db.DB) *rig {
	t.Helper()
	r := &rig{t: t, d: d}
	r.update(func(tx *db.Tx) error {
		r.a, r.b = build(t, tx, "Alder"), build(t, tx, "Zebra")
		return nil
	})
	ring := seal.Random()
	decider := &admit.Service{DB: d}
	if err := decider.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	h, err := New(Config{
		DB: d, Ring: ring, PublicURL: public, Enter: &enter.Service{DB: d}, Onboard: &onboard.Service{DB: d, Keys: ring, PublicURL: public}, People: &people.Service{DB: d},
		Wallet: &wallet.Service{DB: d}, Browse: &browse.Service{DB: d}, Admit: decider,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.h = h
	return r
}

func (r *rig) update(f func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.d.Update(r.t.Context(), f); err != nil {
		r.t.Fatal(err)
	}
}

func build(t *testing.T, tx *db.Tx, mark string) town {
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
	v.user, v.imported, v.card, v.group, v.location, v.charger, v.session, v.evse = active.ID, waiting.ID, c.ID, g.ID, l.ID, h.ID, s.ID, v.identity+"*1"
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
