package join_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/joincode"
	"involt/internal/core/login"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/join"
	"involt/internal/flow/tell"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/outward"
	"involt/internal/testkit/pushtest"
)

// telling lets the town ring phones.
func (k *town) telling() *tell.Service {
	svc := &tell.Service{DB: k.d, Keys: k.svc.Keys, Outbox: k.svc.Outbox, PublicURL: "https://charge.example", Contact: "https://charge.example", Web: outward.Client(5*time.Second, netip.MustParsePrefix("127.0.0.0/8"))}
	svc.Jobs(k.pool)
	k.svc.Teller = svc
	return svc
}

// withPhone gives staff a login, and a browser that takes messages.
func (k *town) withPhone(svc *tell.Service, by access.Actor) *pushtest.Server {
	k.t.Helper()
	phone := pushtest.Start(k.t)
	phone.Trust(svc.Web)
	p := k.person(by.Person)
	k.update(func(tx *db.Tx) error {
		who := login.Identity{Email: p.Email, Hash: "x"}
		if err := login.Insert(tx, &who); err != nil {
			return err
		}
		p.Identity = who.ID
		return person.Save(tx, &p)
	})
	if err := svc.Allow(k.t.Context(), k.ws.ID, by.Person, tell.Subscription{Endpoint: phone.Endpoint(), P256dh: phone.P256dh(), Auth: phone.Auth(), Agent: pushtest.Agent}); err != nil {
		k.t.Fatal(err)
	}
	return phone
}

// at limits somebody's role to a part of the workspace, and to nothing else.
func (k *town) at(email, role string, at access.Scope) access.Actor {
	k.t.Helper()
	p := person.Person{Workspace: k.ws.ID, Email: email, FirstName: "Part", LastName: "Timer", Language: "en", Status: person.Active}
	var by access.Actor
	k.update(func(tx *db.Tx) (err error) {
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		if err := person.GiveRole(tx, k.ws.ID, p.ID, access.Given{Role: role, At: at}); err != nil {
			return err
		}
		by, _, err = p.Actor(tx)
		return err
	})
	return by
}

// ask lets so many drivers enter a code that asks for approval.
func (k *town) ask(code string, emails ...string) {
	k.t.Helper()
	for _, email := range emails {
		k.mustJoin(k.driver(email, person.Active), code)
	}
	k.runJobs()
}

// afterDigest lets requests be gathered, and what follows be sent.
func (k *town) afterDigest() {
	k.t.Helper()
	k.ahead.Add(int64(join.DigestWait + time.Second))
	k.runJobs()
}

func TestThoseWhoDecideAreToldOnceOnTheirPhone(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		svc := k.telling()
		fay, vera := k.staff("fay@north.example", "fleet-manager"), k.staff("vera@north.example", "viewer")
		phone := k.withPhone(svc, fay)
		_, code := k.code(func(c *joincode.Code) { c.Approval = true })
		k.ask(code, "a@example.com", "b@example.com", "c@example.com")
		if len(phone.Got()) != 0 {
			t.Fatal("told before anything was gathered")
		}
		k.afterDigest()
		got := phone.Got()
		if len(got) != 1 || got[0]["title"] != "3 people wait for approval" || got[0]["url"] != "/w/northgrid/approvals" || strings.Contains(got[0]["body"], "Lena") {
			t.Fatalf("the phone got %v", got)
		}
		list, unread, err := svc.Inbox(t.Context(), k.ws.ID, fay.Person)
		if err != nil || len(list) != 1 || unread != 1 || list[0].Kind != inbox.Requests || list[0].About["count"] != "3" {
			t.Errorf("the inbox: %+v, %d, %v", list, unread, err)
		}
		if list, _, err := svc.Inbox(t.Context(), k.ws.ID, vera.Person); err != nil || len(list) != 0 {
			t.Errorf("who decides nothing was told %+v, %v", list, err)
		}
		k.ask(code, "d@example.com")
		k.afterDigest()
		if got = phone.Got(); len(got) != 2 || got[1]["title"] != "Somebody waits for approval" {
			t.Errorf("the next digest: %v", got)
		}
		if m := k.mailsTo("fay@north.example"); len(m) != 2 {
			t.Errorf("%d mails beside it", len(m))
		}
	})
}

// Whoever approves in one zone hears of that zone, and of nobody else.
func TestThreatR25DigestsKeepToTheReadersPart(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		k.at("harbour@north.example", "fleet-manager", access.Scope{Kind: access.AtLocation, ID: string(k.harbour.ID)})
		k.at("yard@north.example", "fleet-manager", access.Scope{Kind: access.AtLocation, ID: string(k.yard.ID)})
		g := k.group("Crew")
		k.at("crew@north.example", "fleet-manager", access.Scope{Kind: access.InGroup, ID: string(g.ID)})
		k.at("looks@north.example", "viewer", access.Scope{Kind: access.AtLocation, ID: string(k.harbour.ID)})
		wait := func(c *joincode.Code) { c.Approval = true }
		c, harbour := k.code(wait)
		_, yard := k.code(func(c *joincode.Code) { c.Approval, c.Location = true, k.yard.ID })
		_, crew := k.code(func(c *joincode.Code) { c.Approval, c.Location, c.Group = true, "", g.ID })
		_, both := k.code(func(c *joincode.Code) { c.Approval, c.Group = true, g.ID })
		lena := k.driver("lena@example.com", person.Active)
		for _, code := range []string{harbour, yard, crew, both} {
			k.mustJoin(lena, code)
		}
		// A newcomer by the code of one zone is that zone's to decide about.
		if err := k.apply(c, "nia@example.com"); err != nil {
			t.Fatal(err)
		}
		if _, err := k.confirm(k.token("nia@example.com")); err != nil {
			t.Fatal(err)
		}
		// One who asked on the registration page is the workspace's.
		k.register(nil)
		if err := k.apply(joincode.Code{}, "rob@example.com"); err != nil {
			t.Fatal(err)
		}
		if _, err := k.confirm(k.token("rob@example.com")); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		k.afterDigest()
		for email, want := range map[string]string{
			"anna@north.example": "3 people wait for approval at Northgrid", "harbour@north.example": "2 people wait for approval at Northgrid",
			"yard@north.example": "Somebody waits for approval at Northgrid", "crew@north.example": "Somebody waits for approval at Northgrid", "looks@north.example": "",
		} {
			m := k.mailsTo(email)
			if want == "" && len(m) == 0 {
				continue
			}
			if len(m) != 1 || m[0].Subject != want {
				t.Errorf("%s got %+v, want %q", email, m, want)
				continue
			}
			for _, foreign := range map[string][]string{"harbour@north.example": {"Yard", "Crew"}, "yard@north.example": {"Harbour", "Crew", "Nia"}, "crew@north.example": {"Harbour", "Yard", "Nia"}}[email] {
				if strings.Contains(m[0].Text, foreign) {
					t.Errorf("%s reads of %s:\n%s", email, foreign, m[0].Text)
				}
			}
		}
	})
}

func TestDigestsEndByTheLinkInThem(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		svc := k.telling()
		fay, anna := k.staff("fay@north.example", "fleet-manager"), k.admin
		phone := k.withPhone(svc, fay)
		_, code := k.code(func(c *joincode.Code) { c.Approval = true })
		k.ask(code, "a@example.com")
		k.afterDigest()
		m := k.mailsTo("fay@north.example")
		if len(m) != 1 || !strings.HasPrefix(m[0].Unsubscribe, "https://charge.example/u/") || !strings.Contains(m[0].Text, m[0].Unsubscribe) || !strings.Contains(m[0].HTML, m[0].Unsubscribe) {
			t.Fatalf("%+v", m)
		}
		for _, other := range k.mails {
			if other.Subject != m[0].Subject && other.Unsubscribe != "" {
				t.Errorf("%q may be unsubscribed from", other.Subject)
			}
		}
		token := strings.TrimPrefix(m[0].Unsubscribe, "https://charge.example/u/")
		theirs := strings.TrimPrefix(k.mailsTo("anna@north.example")[0].Unsubscribe, "https://charge.example/u/")

		// Nobody makes a link of their own for somebody else.
		swap := strings.NewReplacer(string(anna.Person), string(fay.Person), string(fay.Person), string(anna.Person))
		forged := []string{"", "x", token + "x", token[:len(token)-1], swap.Replace(token), swap.Replace(theirs), strings.Replace(token, "approvals.", "news.", 1), strings.Replace(token, "approvals", "invitations", 1), strings.Replace(token, string(k.ws.ID), string(id.New[id.Workspace]()), 1), strings.ToUpper(token), "..."}
		for i := range 40 { // each character of the proof
			at := len(token) - 1 - i
			forged = append(forged, token[:at]+string(rune('A'+(int(token[at])+1)%26))+token[at+1:])
		}
		for _, bad := range forged {
			if bad == token || bad == theirs {
				continue
			}
			if _, err := svc.LookStop(t.Context(), bad); errs.KindOf(err) != errs.NotFound {
				t.Errorf("looking at %q: %v", bad, err)
			}
			if _, err := svc.Stop(t.Context(), bad); errs.KindOf(err) != errs.NotFound {
				t.Errorf("stopping by %q: %v", bad, err)
			}
		}
		if p, err := svc.LookStop(t.Context(), token); err != nil || p.Off || p.Person != fay.Person {
			t.Fatalf("%+v, %v", p, err)
		}
		for range 2 { // it can be repeated
			if p, err := svc.Stop(t.Context(), token); err != nil || !p.Off {
				t.Fatalf("%+v, %v", p, err)
			}
		}
		k.ask(code, "b@example.com")
		k.afterDigest()
		if fays, annas := len(k.mailsTo("fay@north.example")), len(k.mailsTo("anna@north.example")); fays != 1 || annas != 2 {
			t.Errorf("%d and %d mails", fays, annas)
		}
		if len(phone.Got()) != 2 {
			t.Errorf("the phone, which nobody turned off, got %v", phone.Got())
		}
		// Ended while one was on its way: that one does not go out.
		if err := svc.SetWanted(t.Context(), k.ws.ID, fay.Person, inbox.Approvals, true); err != nil {
			t.Fatal(err)
		}
		k.ask(code, "c@example.com")
		k.ahead.Add(int64(join.DigestWait + time.Second))
		k.update(func(tx *db.Tx) error {
			n := notice.Notice{Workspace: k.ws.ID, Person: fay.Person, Channel: "mail", Kind: "approvals", Recipient: "fay@north.example", Ref: "0"}
			return notice.Insert(tx, &n)
		})
		if _, err := svc.Stop(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		if n := len(k.mailsTo("fay@north.example")); n != 1 {
			t.Errorf("%d mails", n)
		}
		// An erased person's link is nobody's.
		k.update(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE person SET deleted_at = ? WHERE workspace = ? AND id = ?`, tx.NowMS(), k.ws.ID, fay.Person)
			return err
		})
		if _, err := svc.Stop(t.Context(), token); errs.KindOf(err) != errs.NotFound {
			t.Errorf("after they were deleted: %v", err)
		}
	})
}

// A mail that waits is not followed by another: it will name the newer ones too.
func TestADigestThatWaitsTakesLaterRequestsAlong(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		k.svc.Outbox.Limits = notice.Limits{Hour: 1}
		fay := k.staff("fay@north.example", "fleet-manager")
		_, code := k.code(func(c *joincode.Code) { c.Approval = true })
		for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
			k.ask(code, email)
			k.afterDigest()
		}
		var queued []notice.Notice
		k.update(func(tx *db.Tx) (err error) {
			queued, err = notice.Of(tx, k.ws.ID, fay.Person, 10)
			return err
		})
		if len(queued) != 2 {
			t.Fatalf("%d messages: %+v", len(queued), queued)
		}
		k.ahead.Add(int64(time.Hour))
		k.runJobs()
		m := k.mailsTo("fay@north.example")
		if len(m) != 2 || m[1].Subject != "2 people wait for approval at Northgrid" {
			t.Errorf("%+v", m)
		}
	})
}

func TestDigestsAreWholeInEachLanguage(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		fay := k.staff("fay@north.example", "fleet-manager")
		_, code := k.code(func(c *joincode.Code) { c.Approval = true })
		for i, lang := range workspace.Languages {
			p := k.person(fay.Person)
			p.Language = lang
			k.update(func(tx *db.Tx) error { return person.Save(tx, &p) })
			k.ask(code, lang+"@example.com")
			k.afterDigest()
			for n := range 12 {
				k.ask(code, fmt.Sprint(lang, n, "@example.com"))
			}
			k.afterDigest()
			m := k.mailsTo("fay@north.example")
			if len(m) != 2*i+2 || !strings.Contains(m[2*i+1].Subject, "12") {
				t.Fatalf("%s: %d mails", lang, len(m))
			}
			for _, m := range m[2*i:] {
				for _, part := range []string{m.Subject, m.Text, m.HTML} {
					if strings.Contains(part, "%!") || strings.Contains(part, "%[") || strings.Contains(part, "cannot charge") != (lang == "en") && part != m.Subject {
						t.Errorf("%s: %q\n%s", lang, m.Subject, m.Text)
						break
					}
				}
			}
			for _, count := range []string{"1", "12"} {
				title, text := tell.Words(inbox.Requests, lang, "Northgrid", map[string]string{"count": count})
				if strings.Contains(title+text, "%") || strings.Contains(title, "12") != (count == "12") || !strings.Contains(text, "Northgrid") {
					t.Errorf("%s: %q, %q", lang, title, text)
				}
			}
		}
	})
}
