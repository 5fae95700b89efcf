package tell_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard"
	"involt/internal/flow/tell"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/smtptest"
)

// house is a workspace whose messages go out for real.
type house struct {
	t      *testing.T
	d      *db.DB
	svc    *tell.Service
	invite *onboard.Service
	pool   *job.Pool
	post   *journal.Post
	srv    *smtptest.Server
	ws     workspace.Workspace
	by     access.Actor
	ahead  atomic.Int64
	inbox  []string // raw mails that have come into the mailbox for those that come back
}

func each(t *testing.T, story func(*testing.T, *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, d: d, srv: smtptest.Start(t), pool: &job.Pool{DB: d}, post: &journal.Post{DB: d}}
		d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(h.ahead.Load())) }
		sender, err := mail.NewSender(h.srv.URL() + "?from=charge@example.net&bounces=bounces%2b*@example.net")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sender.Close() })
		keys := seal.Random()
		box := &outbox.Box{DB: d, Keys: keys, Sender: sender, Guard: tell.Guard{}}
		h.invite = &onboard.Service{DB: d, Keys: keys, Mail: sender, Outbox: box, Passwords: login.NewHasher(), PublicURL: "https://charge.example"}
		h.svc = &tell.Service{DB: d, Keys: keys, Outbox: box, Mailbox: h, PublicURL: "https://charge.example"}
		h.invite.Jobs(h.pool)
		h.svc.Jobs(h.pool)
		h.svc.Subscribe(h.post)
		h.post.Jobs(h.pool)
		h.ws = workspace.New("northgrid", "Northgrid")
		h.update(func(tx *db.Tx) error { return workspace.Insert(tx, &h.ws) })
		h.by = h.staff(h.ws.ID, access.All)
		story(t, h)
	})
}

// Read is the mailbox of mails that come back.
func (h *house) Read(_ context.Context, take func([]byte) error) (int, error) {
	for _, raw := range h.inbox {
		if err := take([]byte(strings.ReplaceAll(raw, "\n", "\r\n"))); err != nil {
			return 0, err
		}
	}
	n := len(h.inbox)
	h.inbox = nil
	return n, nil
}

func (h *house) update(do func(*db.Tx) error) {
	h.t.Helper()
	if err := h.d.Update(h.t.Context(), do); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) staff(ws id.Workspace, perms access.Perm) access.Actor {
	h.t.Helper()
	p := person.Person{Workspace: ws, FirstName: "Anna", LastName: "Berg", Status: person.Active}
	h.update(func(tx *db.Tx) error { return person.Insert(tx, &p) })
	return access.Actor{Workspace: ws, Name: journal.About("person", p.ID), Person: p.ID, Perms: perms}
}

// run does what is due, and what follows from it.
func (h *house) run() {
	h.t.Helper()
	for range 3 {
		if err := h.post.SealNow(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		if _, err := h.pool.RunDue(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) later(d time.Duration) { h.ahead.Add(int64(d)) }

// invited invites an address and returns the mail and who it is.
func (h *house) invited(email string) (*smtptest.Message, id.Person) {
	h.t.Helper()
	made, err := h.invite.Invite(h.t.Context(), h.by, []onboard.Invitee{{Email: email}}, invite.Offer{}, "")
	if err != nil {
		h.t.Fatal(err)
	}
	h.run()
	return h.srv.Wait(email), made[0]
}

// newest is the newest message to a person.
func (h *house) newest(who id.Person) (n notice.Notice) {
	h.t.Helper()
	h.update(func(tx *db.Tx) error {
		list, err := notice.Of(tx, h.ws.ID, who, 1)
		if err == nil && len(list) == 0 {
			err = fmt.Errorf("no message to %s", who)
		}
		if err == nil {
			n = list[0]
		}
		return err
	})
	return n
}

func (h *house) invitation(who id.Person) (v invite.Invite) {
	h.t.Helper()
	h.update(func(tx *db.Tx) (err error) {
		v, err = invite.OpenOf(tx, h.ws.ID, who)
		return err
	})
	return v
}

func wantKind(t *testing.T, err error, k errs.Kind, what string) {
	t.Helper()
	if err == nil || errs.KindOf(err) != k {
		t.Errorf("%s: %v, want kind %v", what, err, k)
	}
}
