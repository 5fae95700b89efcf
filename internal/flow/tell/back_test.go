package tell_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/notice"
	"involt/internal/core/suppress"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/smtptest"
)

// returned is the report of a mail server about a mail that it had taken.
func returned(m *smtptest.Message, words string) string {
	return fmt.Sprintf(`From: MAILER-DAEMON@mx.example
To: %s
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; %s
Action: failed
Status: %s
Diagnostic-Code: smtp; %s

--B
Content-Type: text/rfc822-headers

Message-ID: %s

--B--
`, m.From, m.To[0], strings.Fields(words)[1], words, m.Header.Get("Message-Id"))
}

func (h *house) listed() (list []string) {
	h.t.Helper()
	all, _, err := h.svc.Suppressed(h.t.Context(), h.by, "")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range all {
		list = append(list, e.Email+" "+string(e.Reason))
	}
	return list
}

func TestAMailThatComesBackIsABounceInTheServersWords(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m, who := h.invited("lena@example.com")
		if !strings.HasPrefix(m.From, "bounces+") || !strings.Contains(m.From, strings.Trim(strings.Split(m.Header.Get("Message-Id"), "@")[0], "<")) {
			t.Errorf("the envelope comes back to %q, the mail is %s", m.From, m.Header.Get("Message-Id"))
		}
		const words = "550 5.1.1 no mailbox of that name"
		h.inbox = append(h.inbox, "Subject: hello\n\nthank you\n", returned(m, words), returned(m, words))
		h.later(2 * time.Minute)
		h.run()
		if n := h.newest(who); n.State != notice.Bounced || n.Reply != words {
			t.Errorf("the message is %s, %q", n.State, n.Reply)
		}
		if v := h.invitation(who); v.Bounced.IsZero() || v.Bounce != words || v.State(v.Bounced) != "bounced" {
			t.Errorf("the invitation: %+v", v)
		}
		if got := h.listed(); !slices.Equal(got, []string{"lena@example.com bounce"}) {
			t.Errorf("the list holds %q", got)
		}
		// Asked for again, it is not sent, and says why.
		if _, err := h.invite.InviteAgain(t.Context(), h.by, []id.Person{who}); err != nil {
			t.Fatal(err)
		}
		h.run()
		if n := h.newest(who); n.State != notice.Bounced || !strings.Contains(n.Reply, words) || len(h.srv.Accepted("lena@example.com")) != 1 {
			t.Errorf("again: %s, %q, %d mails", n.State, n.Reply, len(h.srv.Accepted("lena@example.com")))
		}
		// Taken off the list, it is.
		if err := h.svc.Release(t.Context(), h.by, "lena@example.com"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.invite.InviteAgain(t.Context(), h.by, []id.Person{who}); err != nil {
			t.Fatal(err)
		}
		h.run()
		if n := h.newest(who); n.State != notice.Sent || len(h.srv.Accepted("lena@example.com")) != 2 {
			t.Errorf("released: %s, %q", n.State, n.Reply)
		}
	})
}

func TestABounceThatIsNotAboutTheAddressBarsNobody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m, who := h.invited("lena@example.com")
		h.inbox = append(h.inbox, returned(m, "554 5.7.1 looks like spam"))
		h.later(2 * time.Minute)
		h.run()
		if n := h.newest(who); n.State != notice.Bounced || len(h.listed()) != 0 {
			t.Errorf("the message is %s; the list holds %q", n.State, h.listed())
		}
	})
}

func TestARefusalAtOnceBarsTheAddress(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for to, reply := range map[string]smtptest.Reply{
			"nobody@example.com": smtptest.Refuse(550, "no such user"), "closed@example.com": smtptest.RefuseAfterData(554, "5.2.1 mailbox disabled"),
			"spam@example.com": smtptest.RefuseAfterData(550, "looks like spam"), "policy@example.com": smtptest.Refuse(550, "5.7.1 not from you"),
		} {
			h.srv.Script(to, reply)
			if _, err := h.invite.InviteStaff(t.Context(), "northgrid", to, "viewer", true); err != nil {
				t.Fatal(err)
			}
		}
		h.run()
		got := h.listed()
		slices.Sort(got)
		if !slices.Equal(got, []string{"closed@example.com bounce", "nobody@example.com bounce"}) {
			t.Errorf("the list holds %q", got)
		}
	})
}

func TestWebhookOfAMailService(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m, who := h.invited("lena@example.com")
		_, other := h.invited("tom@example.com")
		secret := h.svc.HookURL(&h.ws)
		secret = secret[strings.LastIndexByte(secret, '/')+1:]
		post := func(slug, secret, body string) (int, error) {
			return h.svc.Hooked(t.Context(), slug, secret, strings.NewReader(body))
		}
		body := fmt.Sprintf(`{"event":"failed","message_id":%q,"recipient":"lena@example.com","status":"5.1.1","reply":"550 5.1.1 gone"}`, m.Header.Get("Message-Id"))
		for _, wrong := range []string{"", "x", secret[1:], strings.ToUpper(secret)} {
			_, err := post("northgrid", wrong, body)
			wantKind(t, err, errs.NotFound, "the secret "+wrong)
		}
		_, err := post("nowhere", secret, body)
		wantKind(t, err, errs.NotFound, "another workspace")
		_, err = post("northgrid", secret, `{"hello":1}`)
		wantKind(t, err, errs.Invalid, "an unknown shape")

		// Another workspace's secret does not reach this one's mails.
		south := workspace.New("southgrid", "")
		h.update(func(tx *db.Tx) error { return workspace.Insert(tx, &south) })
		theirs := h.svc.HookURL(&south)
		if n, err := post("southgrid", theirs[strings.LastIndexByte(theirs, '/')+1:], body); n != 0 || err != nil || h.newest(who).State != notice.Sent {
			t.Errorf("from next door: %d, %v", n, err)
		}
		if n, err := post("northgrid", secret, body); n != 1 || err != nil || h.newest(who).State != notice.Bounced {
			t.Errorf("%d, %v, %s", n, err, h.newest(who).State)
		}
		// Without our Message-ID the newest mail to the address is meant.
		if n, err := post("northgrid", secret, `{"event":"complaint","recipient":"tom@example.com"}`); n != 1 || err != nil || h.newest(other).State != notice.Sent {
			t.Errorf("a complaint: %d, %v, %s", n, err, h.newest(other).State)
		}
		got := h.listed()
		slices.Sort(got)
		if !slices.Equal(got, []string{"lena@example.com bounce", "tom@example.com complaint"}) {
			t.Errorf("the list holds %q", got)
		}
	})
}

func TestTheListByHand(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if err := h.svc.Suppress(t.Context(), h.by, "Boss@Example.com", "asked by phone"); err != nil {
			t.Fatal(err)
		}
		if err := h.svc.Suppress(t.Context(), h.by, "boss@example.com", "again"); err != nil {
			t.Fatal(err)
		}
		list, total, err := h.svc.Suppressed(t.Context(), h.by, "bo")
		if err != nil || total != 1 || len(list) != 1 || list[0].Email != "boss@example.com" || list[0].Reason != suppress.Staff || list[0].Detail != "asked by phone" || list[0].AddedBy != h.by.Name {
			t.Errorf("%+v, %d, %v", list, total, err)
		}
		wantKind(t, h.svc.Suppress(t.Context(), h.by, "no address", ""), errs.Invalid, "what is no address")
		wantKind(t, h.svc.Release(t.Context(), h.by, "other@example.com"), errs.NotFound, "an address that is not there")
		for _, perms := range []access.Perm{access.SettingsWrite, access.PersonalData | access.PeopleWrite, 0} {
			weak := h.staff(h.ws.ID, perms)
			wantKind(t, h.svc.Suppress(t.Context(), weak, "a@example.com", ""), errs.Denied, "adding")
			wantKind(t, h.svc.Release(t.Context(), weak, "boss@example.com"), errs.Denied, "removing")
			_, _, err := h.svc.Suppressed(t.Context(), weak, "")
			wantKind(t, err, errs.Denied, "reading")
		}
	})
}
