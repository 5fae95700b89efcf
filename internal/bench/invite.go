package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
)

// Invite measures invitations of many: everybody who was imported is invited,
// from the click until the last mail is queued, and then everybody who is pending
// again, beside a bare insert of the same rows.
func Invite(ctx context.Context, o Options) (list []Figure, err error) {
	defer errs.Wrap(&err, "bench.Invite")
	r := &report{o: o}
	var m inviteMarks
	for round := range o.rounds() {
		o.say("round %d", round+1)
		if err := m.round(ctx, &o); err != nil {
			return nil, err
		}
	}
	r.add("invite.queued", "all imported invited, from the click until every mail waits; floor: bare insert of the same rows", "s"+ofRatio, median(m.floor), median(m.invited), 3)
	r.add("invite.queued.time", "the same, as the clock has it", "s", 0, median(m.invited), 10)
	r.add("invite.queued.cpu", "the same, as this process's CPU has it, the list's memory and the journal's chain included", "s", median(m.floorCPU), median(m.invitedCPU), 0)
	r.add("invite.again", "all of them invited again, their older links ended; no floor: the links change in place", "s", 0, median(m.again), 10)
	return r.list, nil
}

// inviteMarks are the times of the rounds, in seconds.
type inviteMarks struct {
	floor, floorCPU, invited, invitedCPU, again []float64
}

// round takes new databases each time: nobody can be imported twice.
func (m *inviteMarks) round(ctx context.Context, o *Options) error {
	if err := withInviteBench(ctx, o, func(w *inviteBench) error {
		c := cpu()
		floor, err := w.bare(ctx)
		m.floor, m.floorCPU = append(m.floor, floor), append(m.floorCPU, (cpu()-c).Seconds())
		return err
	}); err != nil {
		return err
	}
	return withInviteBench(ctx, o, func(w *inviteBench) error {
		c := cpu()
		took, err := w.carry(ctx, bulk.Invite, person.Imported)
		if err != nil {
			return err
		}
		m.invited, m.invitedCPU = append(m.invited, took), append(m.invitedCPU, (cpu()-c).Seconds())
		took, err = w.carry(ctx, bulk.Reinvite, person.Invited)
		m.again = append(m.again, took)
		return err
	})
}

// withInviteBench lets do work in a new town, beside what runs in the server.
func withInviteBench(ctx context.Context, o *Options, do func(*inviteBench) error) (err error) {
	d, remove, err := o.scratch(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	t, err := fill(ctx, d, o.Rows, 0)
	if err != nil {
		return err
	}
	w := &inviteBench{t: t, d: d, lists: &browse.Service{DB: d}}
	w.onboard = &onboard.Service{DB: d, Keys: seal.Random(), Mail: nowhere{}, PublicURL: "https://bench.example"}
	w.people = &people.Service{DB: d, Inviter: w.onboard}
	if err := w.hire(ctx); err != nil {
		return err
	}
	stop := w.start(ctx)
	defer func() { err = errors.Join(err, stop()) }()
	if _, err := w.matching(ctx, person.Imported); err != nil { // which reads everybody into memory
		return err
	}
	return do(w)
}

// nowhere is a mail server that is never asked: what is measured ends before.
type nowhere struct{}

func (nowhere) Send(context.Context, mail.Message) error {
	return errors.New("the benchmark sends nothing")
}

// inviteBench is a town of which everybody was imported.
type inviteBench struct {
	t       *town
	d       *db.DB
	onboard *onboard.Service
	people  *people.Service
	lists   *browse.Service
	by      access.Actor
}

// hire makes the admin, and everybody Imported and with an address.
func (w *inviteBench) hire(ctx context.Context) error {
	return w.d.Update(ctx, func(tx *db.Tx) error {
		for part := range slices.Chunk(w.t.people, 1000) {
			list := make([]id.Person, len(part))
			for i, p := range part {
				list[i] = id.Text[id.Person](p)
			}
			if err := person.MoveMany(tx, w.t.workspace.ID, list, person.Imported, ""); err != nil {
				return err
			}
		}
		p := person.Person{Workspace: w.t.workspace.ID, FirstName: "Bench", LastName: "Admin", Status: person.Active}
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		w.by = access.Actor{Workspace: p.Workspace, Person: p.ID, Name: journal.About("person", p.ID), Perms: access.All}
		return person.GiveRole(tx, p.Workspace, p.ID, access.Given{Role: "super-admin"})
	})
}

// start runs what runs in the server beside: bulk work, the journal's sealer and
// the lists' memory. Mails wait.
func (w *inviteBench) start(ctx context.Context) (stop func() error) {
	pool, post := &job.Pool{DB: w.d}, &journal.Post{DB: w.d}
	w.people.Jobs(pool)
	post.Jobs(pool)
	running, end := context.WithCancel(ctx)
	parts := []func(context.Context) error{pool.Run, post.Run, w.lists.Run}
	ended := make(chan error, len(parts))
	for _, run := range parts {
		go func() { ended <- run(running) }()
	}
	return func() (err error) {
		end()
		for range parts {
			err = errors.Join(err, <-ended)
		}
		return err
	}
}

func (w *inviteBench) matching(ctx context.Context, s person.Status) ([]id.Person, error) {
	return w.lists.Matching(ctx, w.by, browse.UserFilter{Status: s})
}

// bare inserts the rows that the work inserts, for as many people, and does
// nothing else: invitations, messages, what sends them, and the journal.
func (w *inviteBench) bare(ctx context.Context) (seconds float64, err error) {
	ws := w.t.workspace.ID
	all := make([]id.Person, len(w.t.people))
	invites := make([]invite.Invite, 0, len(all))
	if err := w.d.View(ctx, func(tx *db.Tx) error {
		for i, p := range w.t.people {
			all[i] = id.Text[id.Person](p)
		}
		people, err := person.ByIDs(tx, ws, all)
		for i := range people {
			if p := &people[i]; p.Email != "" {
				invites = append(invites, invite.Invite{Workspace: ws, Person: p.ID, Channel: invite.ByMail, Email: p.Email, InvitedBy: w.by.Name, Life: 24 * time.Hour})
			}
		}
		return err
	}); err != nil {
		return 0, err
	}
	one := bulk.Bulk{Workspace: ws, Action: bulk.Invite, Asker: bulk.Asker{Person: w.by.Person}}
	began := time.Now()
	err = w.d.Update(ctx, func(tx *db.Tx) error {
		if err := bulk.Insert(tx, &one, all); err != nil {
			return err
		}
		for part := range slices.Chunk(invites, one.Action.AtOnce()) {
			if err := w.bareChunk(tx, part, one.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return time.Since(began).Seconds(), err
}

func (w *inviteBench) bareChunk(tx *db.Tx, part []invite.Invite, of id.Bulk) error {
	if err := invite.OpenMany(tx, w.onboard.Keys, part); err != nil {
		return err
	}
	about := make([]string, len(part))
	for i := range part {
		about[i] = journal.About("person", part[i].Person)
	}
	if _, err := notice.Load(tx, func(yield func(*notice.Notice) bool) {
		for i := range part {
			v := &part[i]
			if !yield(&notice.Notice{
				Workspace: v.Workspace, Person: v.Person, Channel: "mail", Kind: "invitation", Recipient: v.Email,
				Ref: string(v.ID), Generation: v.Generation, Bulk: true,
			}) {
				return
			}
		}
	}); err != nil {
		return err
	}
	return journal.RecordMany(tx, w.by, "person.invited", journal.About("bulk", of), about, nil)
}

// carry selects everybody of a status, as the list's menu does, and waits until
// the work on them has ended.
func (w *inviteBench) carry(ctx context.Context, action bulk.Action, s person.Status) (seconds float64, err error) {
	began := time.Now()
	all, err := w.matching(ctx, s)
	if err != nil {
		return 0, err
	}
	one, err := w.people.Plan(ctx, w.by, action, all, "")
	if err != nil {
		return 0, err
	}
	if err := w.people.Start(ctx, w.by, one, bulk.Args{}); err != nil {
		return 0, err
	}
	b, err := w.ended(ctx, one)
	seconds = time.Since(began).Seconds()
	if err == nil && (b.State != bulk.Done || b.Done < b.Total*98/100 || b.Total < int64(len(w.t.people))*98/100) {
		err = fmt.Errorf("%s ended %s with %d of %d", action, b.State, b.Done, b.Total)
	}
	return seconds, err
}

// ended waits until bulk work is over.
func (w *inviteBench) ended(ctx context.Context, one id.Bulk) (b bulk.Bulk, err error) {
	rung, end := w.d.Watch(bulk.Topic(one))
	defer end()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		if err := w.d.View(ctx, func(tx *db.Tx) error {
			b, err = bulk.ByID(tx, w.by.Workspace, one)
			return err
		}); err != nil || b.State.Over() {
			return b, err
		}
		select {
		case <-rung:
		case <-look.C:
		case <-ctx.Done():
			return b, ctx.Err()
		}
	}
}
