package tell_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/device"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/flow/tell"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/outward"
	"involt/internal/testkit/pushtest"
)

func subscription(p *pushtest.Server) tell.Subscription {
	return tell.Subscription{Endpoint: p.Endpoint(), P256dh: p.P256dh(), Auth: p.Auth(), Agent: pushtest.Agent}
}

// phoned lets the house call p, and nothing else of this machine.
func (h *house) phoned(p *pushtest.Server) {
	h.svc.Web = outward.Client(5*time.Second, netip.MustParsePrefix("127.0.0.0/8"))
	h.svc.Contact = "https://charge.example"
	p.Trust(h.svc.Web)
}

// driver is somebody who is in.
func (h *house) driver(email, language string) person.Person {
	h.t.Helper()
	p := person.Person{Workspace: h.ws.ID, Email: email, FirstName: "Lena", LastName: "Vos", Language: language, Status: person.Active}
	h.update(func(tx *db.Tx) error {
		who := login.Identity{Email: email, Language: language}
		if err := login.Insert(tx, &who); err != nil {
			return err
		}
		p.Identity = who.ID
		return person.Insert(tx, &p)
	})
	return p
}

func (h *house) allow(p person.Person, s *pushtest.Server) {
	h.t.Helper()
	if err := h.svc.Allow(h.t.Context(), p.Workspace, p.ID, subscription(s)); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) devices(p person.Person) (list []device.Device) {
	h.t.Helper()
	h.update(func(tx *db.Tx) (err error) {
		list, err = device.Of(tx, h.svc.Keys, p.Workspace, p.ID)
		return err
	})
	return list
}

func TestABlockedCardRingsThePhone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := pushtest.Start(t)
		h.phoned(s)
		p := h.driver("lena@example.com", "de")
		h.allow(p, s)
		h.allow(p, s) // the same browser, allowed again
		c := card.Card{Workspace: h.ws.ID, UID: "04A1B2C3", Kind: card.RFID, Typed: "04A1B2C3", Printed: "DE-042", State: card.Blocked, Person: p.ID}
		h.update(func(tx *db.Tx) error {
			if err := card.Insert(tx, &c); err != nil {
				return err
			}
			return journal.Record(tx, h.by, "card.blocked", journal.About("card", c.ID), map[string]any{"uid": c.UID, "person": p.ID})
		})
		h.run()
		if len(s.Got()) != 1 || s.Got()[0]["title"] != "Ihre Karte DE-042 ist gesperrt" || s.Got()[0]["url"] != "/my/messages?w=northgrid" || !strings.Contains(s.Got()[0]["body"], "Northgrid") {
			t.Errorf("the phone got %v", s.Got())
		}
		if key, err := h.svc.PushKey(t.Context()); err != nil || len(s.Keys()) != 1 || strings.TrimRight(s.Keys()[0], "=") != strings.TrimRight(key, "=") {
			t.Errorf("by another key than browsers are told: %v, %v", s.Keys(), err)
		}
		if n := h.newest(p.ID); n.Channel != "push" || n.State != notice.Sent || n.Recipient != "Chrome, Android" || n.Subject != "Ihre Karte DE-042 ist gesperrt" {
			t.Errorf("the console says %+v", n)
		}
		list, unread, err := h.svc.Inbox(t.Context(), h.ws.ID, p.ID)
		if err != nil || len(list) != 1 || unread != 1 || list[0].Kind != inbox.CardBlocked || list[0].About["card"] != "DE-042" {
			t.Errorf("the inbox: %+v, %d, %v", list, unread, err)
		}
		if err := h.svc.ReadAll(t.Context(), h.ws.ID, p.ID); err != nil {
			t.Fatal(err)
		}
		if n, err := h.svc.Unread(t.Context(), h.ws.ID, p.ID); n != 0 || err != nil {
			t.Errorf("%d unread after reading, %v", n, err)
		}
		// What they do themselves they need not be told.
		self := access.Actor{Workspace: h.ws.ID, Name: journal.About("person", p.ID), Person: p.ID}
		h.update(func(tx *db.Tx) error {
			return journal.Record(tx, self, "card.blocked", journal.About("card", c.ID), nil)
		})
		h.run()
		if len(s.Got()) != 1 {
			t.Errorf("told of their own doing: %v", s.Got())
		}
	})
}

func TestABrowserThatIsGoneIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, status := range []int{http.StatusNotFound, http.StatusGone} {
			s := pushtest.Start(t)
			h.phoned(s)
			s.Answer(status)
			p := h.driver(fmt.Sprintf("d%d@example.com", status), "")
			h.allow(p, s)
			h.update(func(tx *db.Tx) error {
				return journal.Record(tx, h.by, "person.reactivated", journal.About("person", p.ID), nil)
			})
			h.run()
			if n := h.newest(p.ID); n.State != notice.Bounced || len(h.devices(p)) != 0 {
				t.Errorf("%d: %s, %d devices left", status, n.State, len(h.devices(p)))
			}
		}
	})
}

func TestAPushServiceThatIsBusyIsAskedAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := pushtest.Start(t)
		h.phoned(s)
		p := h.driver("lena@example.com", "nl")
		h.allow(p, s)
		s.Answer(http.StatusServiceUnavailable)
		h.update(func(tx *db.Tx) error {
			return journal.Record(tx, h.by, "person.deactivated", journal.About("person", p.ID), nil)
		})
		h.run()
		if n := h.newest(p.ID); n.State != notice.Retrying || !strings.Contains(n.Reply, "503") {
			t.Errorf("busy: %s %q", n.State, n.Reply)
		}
		s.Answer(0)
		h.later(time.Minute)
		h.run()
		if n := h.newest(p.ID); n.State != notice.Sent || len(s.Got()) != 1 || s.Got()[0]["title"] != "Uw toegang is beëindigd" {
			t.Errorf("again: %s, %v", n.State, s.Got())
		}
		// A redirect is not followed: it could lead inside.
		s.Answer(http.StatusTemporaryRedirect)
		h.update(func(tx *db.Tx) error {
			return journal.Record(tx, h.by, "person.reactivated", journal.About("person", p.ID), nil)
		})
		h.run()
		if n := h.newest(p.ID); n.State != notice.Bounced || len(h.devices(p)) != 1 {
			t.Errorf("a redirect: %s", n.State)
		}
	})
}

func TestThreatR45PushStaysOutside(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := pushtest.Start(t)
		h.phoned(s)
		h.svc.Web = outward.Client(5 * time.Second) // as in the server
		s.Trust(h.svc.Web)
		p := h.driver("lena@example.com", "")
		h.allow(p, s)
		h.update(func(tx *db.Tx) error {
			return journal.Record(tx, h.by, "person.reactivated", journal.About("person", p.ID), nil)
		})
		h.run()
		if n := h.newest(p.ID); n.State != notice.Retrying || len(s.Got()) != 0 || !strings.Contains(n.Reply, outward.ErrInward.Error()) {
			t.Errorf("our own network was called: %s %q, %v", n.State, n.Reply, s.Got())
		}
		for _, bad := range []string{"http://push.example/x", "ftp://push.example", "https://", "javascript:alert(1)", "https://a@push.example/x", "", strings.Repeat("https://push.example/", 200)} {
			sub := subscription(s)
			sub.Endpoint = bad
			wantKind(t, h.svc.Allow(t.Context(), h.ws.ID, p.ID, sub), errs.Invalid, bad)
		}
	})
}

func TestWhoIsToldWhat(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := pushtest.Start(t)
		h.phoned(s)
		p, other := h.driver("lena@example.com", ""), h.driver("tom@example.com", "")
		h.allow(p, s)
		kinds := func(p person.Person) (list []inbox.Kind) {
			t.Helper()
			all, _, err := h.svc.Inbox(t.Context(), h.ws.ID, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range all {
				list = append(list, m.Kind)
			}
			return list
		}
		both := []string{journal.About("person", p.ID), journal.About("person", other.ID)}
		record := func(what string, subjects []string) {
			t.Helper()
			h.update(func(tx *db.Tx) error { return journal.RecordMany(tx, h.by, what, "bulk:x", subjects, nil) })
			h.run()
		}
		// Of places that change all day long one hears once.
		record("group.member-added", both)
		record("group.member-removed", both)
		record("grant.created", both)
		if got := kinds(p); !slices.Equal(got, []inbox.Kind{inbox.Access}) || !slices.Equal(kinds(other), got) {
			t.Errorf("changes of access: %v, %v", got, kinds(other))
		}
		// An invitation is told to those who let us, and to nobody else: the mail is.
		record("person.invited", both)
		if got := kinds(p); !slices.Equal(got, []inbox.Kind{inbox.Invited, inbox.Access}) || len(kinds(other)) != 1 {
			t.Errorf("an invitation: %v, %v", got, kinds(other))
		}
		if len(s.Got()) != 2 {
			t.Errorf("the phone got %v", s.Got())
		}
		// What the phone may no longer be told stays in the app.
		if err := h.svc.Refuse(t.Context(), h.ws.ID, p.ID, s.Endpoint()); err != nil {
			t.Fatal(err)
		}
		record("person.reactivated", both)
		if len(s.Got()) != 2 || len(kinds(p)) != 3 || len(h.devices(p)) != 0 {
			t.Errorf("after taking it back: %v, %v", s.Got(), kinds(p))
		}
	})
}

func TestASubscriptionIsSealed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := pushtest.Start(t)
		p := h.driver("lena@example.com", "")
		h.allow(p, s)
		first, err := h.svc.PushKey(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if second, err := h.svc.PushKey(t.Context()); err != nil || second != first {
			t.Errorf("another key the second time: %v", err)
		}
		h.update(func(tx *db.Tx) error {
			var endpoint, private string
			if err := tx.Row(`SELECT endpoint FROM device`, nil, &endpoint); err != nil {
				return err
			}
			if strings.Contains(endpoint, "http") || strings.Contains(endpoint, s.Auth()) {
				t.Errorf("stored in clear: %s", endpoint)
			}
			if err := tx.Row(`SELECT private FROM push_key`, nil, &private); err != nil || len(private) < 60 {
				t.Errorf("the private key is stored as %q, %v", private, err)
			}
			if err := device.Erase(tx, h.ws.ID, []id.Person{p.ID}); err != nil {
				return err
			}
			return inbox.Erase(tx, h.ws.ID, []id.Person{p.ID})
		})
		if len(h.devices(p)) != 0 {
			t.Error("an erased person's browser is still known")
		}
	})
}
