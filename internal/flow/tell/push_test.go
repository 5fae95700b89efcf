package tell_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
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
)

// service is a push service with one browser behind it.
type service struct {
	t       *testing.T
	srv     *httptest.Server
	private *ecdh.PrivateKey
	auth    []byte

	mu     sync.Mutex
	status int // what it answers; 0 for 201
	got    []map[string]string
	keys   []string // the servers' public keys
}

func newService(t *testing.T) *service {
	t.Helper()
	p := &service{t: t, auth: make([]byte, 16)}
	rand.Read(p.auth)
	var err error
	if p.private, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	p.srv = httptest.NewTLSServer(p)
	t.Cleanup(p.srv.Close)
	return p
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *service) subscription() tell.Subscription {
	return tell.Subscription{
		Endpoint: p.srv.URL + "/push/abc", P256dh: b64(p.private.PublicKey().Bytes()), Auth: b64(p.auth),
		Agent: "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36",
	}
}

// ServeHTTP checks a request as a push service does, and reads it as a browser does.
func (p *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	key, err := proven(r, p.srv.URL)
	if err != nil {
		p.t.Errorf("VAPID: %v", err)
	}
	if r.Header.Get("Ttl") == "" || r.Header.Get("Content-Encoding") != "aes128gcm" {
		p.t.Errorf("headers: %v", r.Header)
	}
	if p.status == 0 || p.status == http.StatusCreated {
		plain, err := p.open(body)
		if err != nil {
			p.t.Errorf("the browser cannot read it: %v", err)
		}
		m := map[string]string{}
		if err := json.Unmarshal(plain, &m); err != nil {
			p.t.Errorf("%q: %v", plain, err)
		}
		p.got, p.keys = append(p.got, m), append(p.keys, key)
		w.WriteHeader(http.StatusCreated)
		return
	}
	w.WriteHeader(p.status)
}

// proven checks the signature of RFC 8292 and returns the public key that made it.
func proven(r *http.Request, origin string) (string, error) {
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "vapid t=")
	token, key, ok2 := strings.Cut(rest, ",")
	key = strings.TrimPrefix(strings.TrimSpace(key), "k=")
	parts := strings.Split(strings.TrimSpace(token), ".")
	if !ok || !ok2 || len(parts) != 3 {
		return "", fmt.Errorf("authorization %q", r.Header.Get("Authorization"))
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(key, "="))
	if err != nil || len(raw) != 65 {
		return "", fmt.Errorf("key %q: %w", key, err)
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(sig) != 64 {
		return "", fmt.Errorf("signature: %w", err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return "", err
	}
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		return "", fmt.Errorf("the signature is wrong")
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil || claims.Aud != origin || claims.Sub == "" || time.Until(time.Unix(claims.Exp, 0)) > 24*time.Hour {
		return "", fmt.Errorf("claims %s: %w", text, err)
	}
	return key, nil
}

// open decrypts a message as a browser does. RFC 8188 §2, RFC 8291 §3.4.
func (p *service) open(body []byte) ([]byte, error) {
	salt, size := body[:16], binary.BigEndian.Uint32(body[16:20])
	sender, record := body[21:21+int(body[20])], body[21+int(body[20]):]
	if len(record) > int(size) {
		return nil, fmt.Errorf("%d bytes in a record of %d", len(record), size)
	}
	public, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, err
	}
	shared, err := p.private.ECDH(public)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(p.private.PublicKey().Bytes()) + string(sender)
	ikm, err := hkdf.Key(sha256.New, shared, p.auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, record, nil)
	return bytes.TrimRight(plain, "\x00")[:max(0, len(bytes.TrimRight(plain, "\x00"))-1)], err
}

// phoned lets the house call p, and nothing else of this machine.
func (h *house) phoned(p *service) {
	h.svc.Web = outward.Client(5*time.Second, netip.MustParsePrefix("127.0.0.0/8"))
	h.svc.Contact = "https://charge.example"
	trusting, _ := p.srv.Client().Transport.(*http.Transport)
	ours, _ := h.svc.Web.Transport.(*http.Transport)
	ours.TLSClientConfig = trusting.TLSClientConfig.Clone()
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

func (h *house) allow(p person.Person, s *service) {
	h.t.Helper()
	if err := h.svc.Allow(h.t.Context(), p.Workspace, p.ID, s.subscription()); err != nil {
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
		s := newService(t)
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
		if len(s.got) != 1 || s.got[0]["title"] != "Ihre Karte DE-042 ist gesperrt" || s.got[0]["url"] != "/my/messages?w=northgrid" || !strings.Contains(s.got[0]["body"], "Northgrid") {
			t.Errorf("the phone got %v", s.got)
		}
		if key, err := h.svc.PushKey(t.Context()); err != nil || len(s.keys) != 1 || strings.TrimRight(s.keys[0], "=") != strings.TrimRight(key, "=") {
			t.Errorf("by another key than browsers are told: %v, %v", s.keys, err)
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
		if len(s.got) != 1 {
			t.Errorf("told of their own doing: %v", s.got)
		}
	})
}

func TestABrowserThatIsGoneIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, status := range []int{http.StatusNotFound, http.StatusGone} {
			s := newService(t)
			h.phoned(s)
			s.status = status
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
		s := newService(t)
		h.phoned(s)
		p := h.driver("lena@example.com", "nl")
		h.allow(p, s)
		s.status = http.StatusServiceUnavailable
		h.update(func(tx *db.Tx) error {
			return journal.Record(tx, h.by, "person.deactivated", journal.About("person", p.ID), nil)
		})
		h.run()
		if n := h.newest(p.ID); n.State != notice.Retrying || !strings.Contains(n.Reply, "503") {
			t.Errorf("busy: %s %q", n.State, n.Reply)
		}
		s.status = 0
		h.later(time.Minute)
		h.run()
		if n := h.newest(p.ID); n.State != notice.Sent || len(s.got) != 1 || s.got[0]["title"] != "Uw toegang is beëindigd" {
			t.Errorf("again: %s, %v", n.State, s.got)
		}
		// A redirect is not followed: it could lead inside.
		s.status = http.StatusTemporaryRedirect
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
		s := newService(t)
		h.phoned(s)
		trust := h.svc.Web.Transport
		h.svc.Web = outward.Client(5 * time.Second) // as in the server
		if ours, ok := h.svc.Web.Transport.(*http.Transport); ok {
			theirs, _ := trust.(*http.Transport)
			ours.TLSClientConfig = theirs.TLSClientConfig
		}
		p := h.driver("lena@example.com", "")
		h.allow(p, s)
		h.update(func(tx *db.Tx) error {
			return journal.Record(tx, h.by, "person.reactivated", journal.About("person", p.ID), nil)
		})
		h.run()
		if n := h.newest(p.ID); n.State != notice.Retrying || len(s.got) != 0 || !strings.Contains(n.Reply, outward.ErrInward.Error()) {
			t.Errorf("our own network was called: %s %q, %v", n.State, n.Reply, s.got)
		}
		for _, bad := range []string{"http://push.example/x", "ftp://push.example", "https://", "javascript:alert(1)", "https://a@push.example/x", "", strings.Repeat("https://push.example/", 200)} {
			sub := s.subscription()
			sub.Endpoint = bad
			wantKind(t, h.svc.Allow(t.Context(), h.ws.ID, p.ID, sub), errs.Invalid, bad)
		}
	})
}

func TestWhoIsToldWhat(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := newService(t)
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
		if len(s.got) != 2 {
			t.Errorf("the phone got %v", s.got)
		}
		// What the phone may no longer be told stays in the app.
		if err := h.svc.Refuse(t.Context(), h.ws.ID, p.ID, s.subscription().Endpoint); err != nil {
			t.Fatal(err)
		}
		record("person.reactivated", both)
		if len(s.got) != 2 || len(kinds(p)) != 3 || len(h.devices(p)) != 0 {
			t.Errorf("after taking it back: %v, %v", s.got, kinds(p))
		}
	})
}

func TestASubscriptionIsSealed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := newService(t)
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
			if strings.Contains(endpoint, "http") || strings.Contains(endpoint, b64(s.auth)) {
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
