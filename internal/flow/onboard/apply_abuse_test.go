package onboard_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Whatever the address is, asking does the same: one row, one job, no word.
func TestThreatR18AskingTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.register(true)
		k.invite("invited@example.com", invite.Offer{})
		_, active := k.mustActivate(k.inviteToken("active@example.com"))
		_, ended := k.mustActivate(k.inviteToken("ended@example.com"))
		if err := k.desk.Deactivate(t.Context(), k.admin, ended.ID, "left"); err != nil {
			t.Fatal(err)
		}
		k.waiting("waiting@example.com")
		declined := k.waiting("declined@example.com")
		if err := k.svc.Decline(t.Context(), k.admin, declined.ID, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := k.desk.Create(t.Context(), k.admin, person.Person{Email: "imported@example.com"}); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		k.later(48 * time.Hour) // mailboxes and the invitation
		count := func() (rows, jobs int64) {
			k.update(func(tx *db.Tx) error {
				return errors.Join(tx.Row(`SELECT COUNT(*) FROM application`, nil, &rows), tx.Row(`SELECT COUNT(*) FROM job`, nil, &jobs))
			})
			return rows, jobs
		}
		says := map[string]string{
			"nobody@example.com": "/r/northgrid/", "declined@example.com": "/r/northgrid/", "imported@example.com": "/r/northgrid/",
			"active@example.com": "/sign-in", "ended@example.com": "beendet", "waiting@example.com": "noch nicht beantwortet", "invited@example.com": "/i/",
		}
		for email := range says {
			rows, jobs := count()
			if err := k.svc.Apply(t.Context(), k.ws.Slug, asking(email), email); err != nil {
				t.Fatalf("%s: %v", email, err)
			}
			if r, j := count(); r != rows+1 || j != jobs+1 {
				t.Errorf("%s: %d rows and %d jobs more, want 1 and 1", email, r-rows, j-jobs)
			}
			k.runJobs()
		}
		for email, want := range says {
			m := k.newest(email)
			if !strings.Contains(m.Text+m.Subject, want) {
				t.Errorf("%s does not read %q but: %s", email, want, m.Text)
			}
			if hasLink := strings.Contains(m.Text, "/r/northgrid/"); hasLink != (want == "/r/northgrid/") {
				t.Errorf("%s: a link to apply: %v", email, hasLink)
			}
		}
		if got := k.person(active.ID); got.Status != person.Active {
			t.Errorf("asking changed somebody who is here: %+v", got)
		}
		// The new invitation link works, and who follows it needs no approval.
		if _, p, err := k.activate(k.token("invited@example.com")); err != nil || p.Status != person.Active {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// inviteToken invites an address and returns its token.
func (k *desk) inviteToken(email string) string {
	k.t.Helper()
	_, token := k.invite(email, invite.Offer{})
	return token
}

func TestThreatR19AskingIsNoMailBomb(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.register(true)
		now := time.Now()
		k.d.Clock = func(time.Time) time.Time { return now.Add(time.Duration(k.ahead.Load())) }
		k.pool.DB = k.d
		refused := 0
		for range 20 {
			if err := k.svc.Apply(t.Context(), "northgrid", asking("victim@example.com"), "one client"); errs.KindOf(err) == errs.Unavailable {
				refused++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		k.runJobs()
		if n := len(k.mailsTo("victim@example.com")); refused != 10 || n != 2 {
			t.Errorf("%d of 20 refused and %d mails at once, want 10 and 2", refused, n)
		}
		for hour := range 24 {
			k.later(time.Hour)
			if err := k.svc.Apply(t.Context(), "northgrid", asking("victim@example.com"), fmt.Sprint(hour)); err != nil {
				t.Fatal(err)
			}
			k.runJobs()
		}
		if n := len(k.mailsTo("victim@example.com")); n < 5 || n > 10 {
			t.Errorf("%d mails to one mailbox within a day", n)
		}
	})
}
