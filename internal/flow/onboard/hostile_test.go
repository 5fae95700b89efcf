package onboard_test

import (
	"context"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	kitmail "involt/internal/kit/mail"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/smtptest"
)

// mailed is a desk whose mails go to a real server.
func mailed(t *testing.T, d *db.DB, change func(*outbox.Box)) (*desk, *smtptest.Server) {
	t.Helper()
	srv := smtptest.Start(t)
	k := open(t, d)
	sender, err := kitmail.NewSender(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sender.Close() })
	// As ten minutes are to a day, so is this to what the test may take.
	sender.Patience = kitmail.Patience{Dial: 5 * time.Second, Send: 400 * time.Millisecond, Last: 400 * time.Millisecond}
	k.svc.Outbox = &outbox.Box{DB: d, Keys: k.svc.Keys, Sender: sender, Slow: 50 * time.Millisecond}
	if change != nil {
		change(k.svc.Outbox)
	}
	k.svc.Mail = sender
	k.pool = &job.Pool{DB: d}
	k.svc.Jobs(k.pool)
	return k, srv
}

// serve lets the pool run until stop, as the server does.
func (k *desk) serve() (stop func()) {
	k.t.Helper()
	ctx, cancel := context.WithCancel(k.t.Context())
	done := make(chan error, 1)
	go func() { done <- k.pool.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			k.t.Error(err)
		}
	})
	k.t.Cleanup(stop)
	return stop
}

// otherWorkspace is a desk of another workspace on the same server.
func (k *desk) otherWorkspace(slug string) *desk {
	k.t.Helper()
	n := &desk{t: k.t, d: k.d, svc: k.svc, desk: k.desk, enter: k.enter, pool: k.pool, post: k.post, ws: workspace.New(slug, "")}
	n.update(func(tx *db.Tx) error { return workspace.Insert(tx, &n.ws) })
	n.admin = n.staff("anna@"+slug+".example", "super-admin")
	return n
}

// inviteAll invites addresses in one form.
func (k *desk) inviteAll(emails ...string) []id.Person {
	k.t.Helper()
	var list []onboard.Invitee
	for _, e := range emails {
		list = append(list, onboard.Invitee{Email: e})
	}
	made, err := k.svc.Invite(k.t.Context(), k.admin, list, invite.Offer{}, "")
	if err != nil {
		k.t.Fatal(err)
	}
	return made
}

// notices are the messages to each person, and their invitations.
func (k *desk) notices(who []id.Person) (all map[id.Person]notice.Notice, open map[id.Person]invite.Invite) {
	k.t.Helper()
	all, open = map[id.Person]notice.Notice{}, map[id.Person]invite.Invite{}
	k.update(func(tx *db.Tx) error {
		for _, p := range who {
			list, err := notice.Of(tx, k.ws.ID, p, 10)
			if err != nil || len(list) != 1 {
				return fmt.Errorf("%d messages, %w", len(list), err)
			}
			all[p] = list[0]
			if open[p], err = invite.OpenOf(tx, k.ws.ID, p); err != nil {
				return err
			}
		}
		return nil
	})
	return all, open
}

// TestThreatFT4HostileMailServer sends to a server that does everything servers
// do. Whoever is not refused for good gets the mail within the link's day, with
// one link however often it arrives; whoever is refused is tried once.
func TestThreatFT4HostileMailServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k, srv := mailed(t, d, nil)
		began := time.Now()
		quarter := func() bool { return time.Since(began)+time.Duration(k.ahead.Load()) > 15*time.Minute }
		kinds := []struct {
			name    string
			share   int // of a hundred
			replies []smtptest.Reply
			never   string
		}{
			{"well", 60, nil, ""},
			{"busy", 4, []smtptest.Reply{smtptest.Refuse(421, "too many connections")}, ""},
			{"full", 3, []smtptest.Reply{smtptest.Refuse(450, "mailbox busy"), smtptest.Refuse(451, "try later")}, ""},
			{"later", 3, []smtptest.Reply{smtptest.RefuseAfterData(451, "disk is full")}, ""},
			{"nobody", 3, []smtptest.Reply{smtptest.Refuse(550, "5.1.1 no such user here")}, "550 5.1.1 no such user here"},
			{"odd", 2, []smtptest.Reply{smtptest.Refuse(553, "mailbox name not allowed")}, "553 mailbox name not allowed"},
			{"big", 2, []smtptest.Reply{smtptest.RefuseAfterData(552, "too much mail data")}, "552 too much mail data"},
			{"drops", 5, []smtptest.Reply{smtptest.Drop(), smtptest.Drop()}, ""},
			{"thinks", 4, []smtptest.Reply{smtptest.Hang()}, ""},
			{"gone", 4, []smtptest.Reply{smtptest.HangAtOnce()}, ""},
			{"grey", 10, []smtptest.Reply{smtptest.Greylist(quarter)}, ""},
		}
		var emails []string
		never := map[string]string{}
		for _, kind := range kinds {
			for i := range kind.share * 2 {
				email := fmt.Sprintf("%s%d@d%d.example", kind.name, i, i%23)
				emails = append(emails, email)
				srv.Script(email, kind.replies...)
				never[email] = kind.never
			}
		}
		who := k.inviteAll(emails...)
		k.runJobs()
		// Within a minute whoever was refused is Bounced.
		all, open := k.notices(who)
		for i, p := range who {
			n, v := all[p], open[p]
			if why := never[emails[i]]; why != "" && (n.State != notice.Bounced || n.Reply != why || n.Tries != 1 || v.Bounced.IsZero() || v.Bounce != why) {
				t.Errorf("%s: %s %q after %d tries; the invitation %q", emails[i], n.State, n.Reply, n.Tries, v.Bounce)
			}
		}
		for step := 0; step < 200 && k.ahead.Load() < int64(24*time.Hour); step++ {
			k.later(min(time.Duration(5<<step)*time.Second, 30*time.Minute))
			k.runJobs()
		}
		all, open = k.notices(who)
		for i, p := range who {
			email, n, v := emails[i], all[p], open[p]
			got := srv.Accepted(email)
			copies := append(slices.Clone(got), srv.Unconfirmed(email)...)
			if never[email] != "" {
				if len(copies) != 0 || n.Tries != 1 {
					t.Errorf("%s was refused for good, and tried %d times", email, n.Tries)
				}
				continue
			}
			if n.State != notice.Sent || len(got) != 1 || len(copies) > 3 || v.Sent.IsZero() || v.Expires.Sub(v.Sent) != v.Life {
				t.Errorf("%s: %s %q, %d copies taken, %d in all; sent %v, until %v", email, n.State, n.Reply, len(got), len(copies), v.Sent, v.Expires)
				continue
			}
			links := map[string]bool{}
			for _, m := range copies {
				pure(t, m, email, emails, "https://charge.example")
				links[m.Link(t, "/i/")] = true
			}
			if len(links) != 1 {
				t.Errorf("%s: the copies bring %q", email, slices.Collect(maps.Keys(links)))
			}
			if pg := k.look(strings.TrimPrefix(got[0].Link(t, "/i/"), "https://charge.example/i/")); pg.To != email {
				t.Errorf("%s: the link is for %q", email, pg.To)
			}
		}
	})
}

// pure checks one mail by itself, TestThreat/R20: one envelope to one recipient
// who is the one of the header, no address of anybody else, one link.
func pure(t *testing.T, m *smtptest.Message, to string, others []string, origin string) {
	t.Helper()
	header, err := mail.ParseAddressList(m.Header.Get("To"))
	if len(m.To) != 1 || m.To[0] != to || err != nil || len(header) != 1 || header[0].Address != to {
		t.Errorf("a mail to %s went to %q, and says %q", to, m.To, m.Header.Get("To"))
	}
	for _, name := range []string{"Cc", "Bcc", "Resent-To"} {
		if m.Header.Get(name) != "" {
			t.Errorf("a mail to %s has %s: %s", to, name, m.Header.Get(name))
		}
	}
	body := m.Text + m.HTML
	for _, other := range others {
		if other != to && strings.Contains(body, other) && !strings.Contains(to, other) {
			t.Errorf("the mail to %s names %s", to, other)
		}
	}
	for _, l := range m.Links {
		if !strings.HasPrefix(l, origin+"/i") {
			t.Errorf("a mail to %s leads to %s", to, l)
		}
	}
}

// TestThreatFT4OneDomainHangs is the head of the line: a domain that never
// answers stands in front of everybody else, who do not wait for it.
func TestThreatFT4OneDomainHangs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k, srv := mailed(t, d, nil)
		sender, _ := k.svc.Mail.(*kitmail.Sender)
		sender.Patience = kitmail.UsualPatience // ten minutes, in earnest
		var hung, fine []string
		for i := range 60 {
			email := fmt.Sprintf("u%d@hangs.example", i)
			srv.Script(email, smtptest.Hang())
			hung = append(hung, email)
		}
		for i := range 120 {
			fine = append(fine, fmt.Sprintf("u%d@fine%d.example", i, i%7))
		}
		k.inviteAll(hung...)
		who := k.inviteAll(fine...)
		began := time.Now()
		stop := k.serve()
		for _, email := range fine {
			srv.Wait(email)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("those whose server answers waited %v for one that does not", took)
		}
		waiting := 0
		for _, email := range hung {
			waiting += len(srv.Unconfirmed(email))
		}
		if waiting > 2 {
			t.Errorf("%d mails wait for the domain that hangs, want 2 at most", waiting)
		}
		k.update(func(tx *db.Tx) error {
			all, err := job.Depths(tx, "")
			for _, d := range all {
				if d.Kind == "mail.send" && d.Running > 1 {
					t.Errorf("%d workers are held", d.Running)
				}
			}
			return err
		})
		stop()
		all, _ := k.notices(who)
		for p, n := range all {
			if n.State != notice.Sent {
				t.Errorf("%s: %s %s", p, n.State, n.Reply)
			}
		}
	})
}

// TestThreatR19ManyWorkspacesAreNoMailBomb has fifty workspaces invite one
// address ten times each. Its mailbox gets three mails an hour and ten a day.
func TestThreatR19ManyWorkspacesAreNoMailBomb(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k, srv := mailed(t, d, func(b *outbox.Box) { b.Limits = notice.UsualLimits })
		const victim = "victim@example.com"
		k.inviteAll(victim)
		for i := range 49 {
			k.otherWorkspace(fmt.Sprintf("other%d", i)).inviteAll(victim)
		}
		k.update(func(tx *db.Tx) error { // each of them ten times
			all, err := db.All(tx, func(row db.Scanner) (n notice.Notice, err error) {
				err = row.Scan(&n.Workspace, &n.Person, &n.Ref, &n.Generation)
				return n, err
			}, `SELECT workspace, person, ref, generation FROM notice`)
			for _, n := range all {
				n.Channel, n.Kind, n.Recipient = "mail", "invitation", victim
				for range 9 {
					if err := notice.Insert(tx, &n); err != nil {
						return err
					}
				}
			}
			return err
		})
		k.runJobs()
		if got := len(srv.Accepted(victim)); got != 3 {
			t.Errorf("%d mails at once, want 3", got)
		}
		for hour := 1; hour < 24; hour++ {
			k.later(time.Hour)
			k.runJobs()
			if got := len(srv.Accepted(victim)); got > min(10, 3*(hour+1)) {
				t.Errorf("%d mails within %d hours", got, hour)
			}
		}
		if got := len(srv.Accepted(victim)); got != 10 {
			t.Errorf("%d mails within a day, want 10", got)
		}
		k.inviteAll("bystander@example.com")
		k.runJobs()
		if len(srv.Accepted("bystander@example.com")) != 1 {
			t.Error("somebody else at the same domain gets no mail")
		}
	})
}
