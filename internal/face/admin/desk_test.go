package admin

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/admit"
	"involt/internal/flow/booking"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/browse/export"
	"involt/internal/flow/browse/insight"
	zonelists "involt/internal/flow/browse/zones"
	"involt/internal/flow/clients"
	"involt/internal/flow/dispatch"
	"involt/internal/flow/enter"
	"involt/internal/flow/equip"
	"involt/internal/flow/guard"
	"involt/internal/flow/guests"
	"involt/internal/flow/intake"
	"involt/internal/flow/join"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/flow/review"
	"involt/internal/flow/staff"
	"involt/internal/flow/steer"
	"involt/internal/flow/teach"
	"involt/internal/flow/tell"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
	"involt/internal/testkit/page"
)

var telling = frame.Telling

// desk is somebody at the console of a workspace with a few people in it.
type desk struct {
	t        *testing.T
	d        *db.DB
	c        *Console
	north    workspace.Workspace
	south    workspace.Workspace // where the same person has no seat
	admin    person.Person
	perms    access.Perm
	acting   *access.Actor // somebody else than the admin
	out      bool          // signed out
	unproven bool          // the password was given long ago
	headers  http.Header
}

func newDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	k := &desk{t: t, d: d, perms: access.All, headers: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
	k.update(func(tx *db.Tx) error {
		k.north, k.south = workspace.New("north", "North"), workspace.New("south", "South")
		for _, w := range []*workspace.Workspace{&k.north, &k.south} {
			if err := workspace.Insert(tx, w); err != nil {
				return err
			}
		}
		k.admin = person.Person{Workspace: k.north.ID, Email: "ann@north.example", FirstName: "Ann", LastName: "Admin", Status: person.Active}
		return person.Insert(tx, &k.admin)
	})
	keys := seal.Random()
	admits, lists := &admit.Service{DB: d}, &browse.Service{DB: d}
	if err := admits.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	letters := &onboard.Service{DB: d, Keys: keys, PublicURL: "https://charge.example"}
	codes := &join.Service{DB: d, Keys: keys, Letters: letters, PublicURL: "https://charge.example"}
	letters.Codes = codes
	telling := &tell.Service{DB: d, Keys: keys, PublicURL: "https://charge.example"}
	k.c = New(Config{
		Join: codes, Zones: &zonelists.Service{DB: d}, Guard: &guard.Service{DB: d}, Review: &review.Service{DB: d, People: &people.Service{DB: d}}, Guests: &guests.Service{DB: d, Keys: keys, Places: admits}, Booking: &booking.Service{DB: d},
		DB: d, Keys: keys, Enter: &enter.Service{DB: d}, Onboard: letters, Tell: telling, People: &people.Service{DB: d, Inviter: letters},
		Wallet: &wallet.Service{DB: d}, Teach: &teach.Service{DB: d, Places: admits}, Equip: &equip.Service{DB: d, Effects: admits}, Steer: &steer.Service{DB: d, Decide: k}, Admit: admits, Intake: &intake.Service{DB: d}, Browse: lists, Insight: &insight.Service{DB: d, Lists: lists}, Export: &export.Service{DB: d, Browse: lists}, Sending: k.sending(keys), Staff: &staff.Service{DB: d, Inviter: letters},
		Clients: &clients.Service{DB: d, Invite: letters}, Accounts: &accounts.Service{DB: d},
		SignIn: "/sign-in", Who: k.who,
	})
	return k
}

// Decide lets every card charge: what is decided is tested where it is.
func (k *desk) Decide(id.Workspace, id.Charger, int64, string, time.Time) decision.Reason {
	return decision.Allowed
}

// Standing does so too.
func (k *desk) Standing(id.Workspace, id.Charger, string, time.Time) steer.Standing {
	return steer.Standing{Reason: decision.Allowed}
}

func (k *desk) Refresh(context.Context) error { return nil }

// sending sends exports nowhere: what goes out is tested where it does.
func (k *desk) sending(keys *seal.Ring) *dispatch.Service {
	return &dispatch.Service{DB: k.d, Keys: keys, Files: listed{}}
}

// listed knows the lists, and writes nothing.
type listed struct{ dispatch.Files }

func (listed) Need(what string) (access.Perm, error) {
	w, err := export.ParseWhat(what)
	return w.Need(), err
}

func (k *desk) who(*http.Request) (enter.Visitor, error) {
	if k.out {
		return enter.Visitor{}, errs.New(errs.SignedOut, "Please sign in.")
	}
	by := k.by()
	return enter.Visitor{Proven: !k.unproven, Identity: login.Identity{Email: k.admin.Email}, Seats: []enter.Seat{{Workspace: k.north, Person: k.admin, Actor: by}}}, nil
}

func (k *desk) by() access.Actor {
	if k.acting != nil {
		return *k.acting
	}
	return access.Actor{Workspace: k.north.ID, Name: "person:" + string(k.admin.ID), Person: k.admin.ID, Perms: k.perms}
}

func (k *desk) update(f func(*db.Tx) error) {
	k.t.Helper()
	if err := k.d.Update(k.t.Context(), f); err != nil {
		k.t.Fatal(err)
	}
}

// people adds n people of a status to a workspace: "Imported 01" and so on.
func (k *desk) people(ws id.Workspace, s person.Status, n int) []person.Person {
	k.t.Helper()
	list := make([]person.Person, n)
	k.update(func(tx *db.Tx) error {
		for i := range list {
			p := person.Person{
				Workspace: ws, Email: fmt.Sprintf("%s%02d@%s.example", s, i, ws[20:]), FirstName: s.Label(), LastName: fmt.Sprintf("%02d", i),
				ExternalID: fmt.Sprintf("%s-%02d", strings.ToUpper(string(s)), i), Status: s,
			}
			if err := person.Insert(tx, &p); err != nil {
				return err
			}
			list[i] = p
		}
		return nil
	})
	return list
}

func (k *desk) card(p person.Person, uid string) card.Card {
	k.t.Helper()
	c := card.Card{Workspace: p.Workspace, UID: uid, Kind: card.RFID, Typed: uid, State: card.Active, Person: p.ID}
	k.update(func(tx *db.Tx) error { return card.Insert(tx, &c) })
	return c
}

func (k *desk) group(ws id.Workspace, name string) group.Group {
	k.t.Helper()
	g := group.Group{Workspace: ws, Name: name}
	k.update(func(tx *db.Tx) error { return group.Insert(tx, &g) })
	return g
}

func (k *desk) statusOf(p person.Person) person.Status {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		p, err = person.ByID(tx, p.Workspace, p.ID)
		return err
	})
	return p.Status
}

// ask sends a request and returns the answer with its body as a string.
func (k *desk) ask(r *http.Request) (*http.Response, string) {
	k.t.Helper()
	for name, v := range k.headers {
		r.Header[name] = v
	}
	w := httptest.NewRecorder()
	k.c.ServeHTTP(w, r)
	res := w.Result()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	return res, string(body)
}

// get opens a page of the workspace and expects its status.
func (k *desk) get(path string, status int) *page.Page {
	k.t.Helper()
	res, body := k.ask(httptest.NewRequest(http.MethodGet, "/w/north"+path, nil))
	if res.StatusCode != status {
		k.t.Fatalf("GET %s: %d, want %d: %.300s", path, res.StatusCode, status, page.Parse(k.t, strings.NewReader(body)).Text())
	}
	return page.Parse(k.t, strings.NewReader(body))
}

// post sends a form and expects its status; it returns the page, and where it
// leads, less the workspace's prefix.
func (k *desk) post(path string, form url.Values, status int) (*page.Page, string) {
	k.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/w/north"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, body := k.ask(r)
	if res.StatusCode != status {
		k.t.Fatalf("POST %s: %d, want %d: %.300s", path, res.StatusCode, status, page.Parse(k.t, strings.NewReader(body)).Text())
	}
	return page.Parse(k.t, strings.NewReader(body)), strings.TrimPrefix(res.Header.Get("Location"), "/w/north")
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func ids(list []person.Person) url.Values {
	v := url.Values{}
	for _, p := range list {
		v.Add("id", string(p.ID))
	}
	return v
}
