package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/flow/onboard"
	"involt/internal/flow/tell"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"

	"github.com/emersion/go-smtp"
	gomail "github.com/wneessen/go-mail"
)

// connections is over how many connections both sides of the mailing send.
const connections = 8

// Mailing measures how invitations that wait are sent: written, handed over and
// noted down, beside a bare loop of the mail library that sends as many mails of
// the same size over as many connections into the same server.
func Mailing(ctx context.Context, o Options) (list []Figure, err error) {
	defer errs.Wrap(&err, "bench.Mailing")
	d, remove, err := o.scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	o.say("filling %s with %d users", o.engine(), o.Rows)
	t, err := fill(ctx, d, o.Rows, 0)
	if err != nil {
		return nil, err
	}
	sink, err := newSink(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sink.close()) }()
	w := &mailing{t: t, d: d, sink: sink}
	if err := w.open(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.sender.Close()) }()
	if err := w.invite(ctx); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	sealed := make(chan error, 1)
	go func() { sealed <- w.post.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-sealed)
	}()
	r := &report{o: o}
	err = r.mailing(ctx, w)
	return r.list, err
}

// mailing is a town in which everybody's invitation waits to be sent.
type mailing struct {
	t      *town
	d      *db.DB
	sink   *sink
	sender *mail.Sender
	pool   *job.Pool
	post   *journal.Post
	keys   *seal.Ring
	sample mail.Message
	list   []waiting
}

type waiting struct {
	invite id.Invite
	person id.Person
	email  string
}

// open puts together what sends, as the server does.
func (w *mailing) open() (err error) {
	if w.sender, err = mail.NewSender(fmt.Sprintf("smtp://%s?connections=%d", w.sink.addr(), connections)); err != nil {
		return err
	}
	w.pool, w.post, w.keys = &job.Pool{DB: w.d}, &journal.Post{DB: w.d}, seal.Random()
	svc := &onboard.Service{DB: w.d, Keys: w.keys, Mail: sampler{w}, PublicURL: "https://bench.example"}
	svc.Outbox = &outbox.Box{DB: w.d, Keys: w.keys, Sender: svc.Mail, Guard: tell.Guard{}, Limits: notice.UsualLimits, Most: connections}
	svc.Jobs(w.pool)
	w.post.Jobs(w.pool)
	return nil
}

// sampler keeps the newest mail beside sending it.
type sampler struct{ w *mailing }

var sampling sync.Mutex

func (s sampler) Send(ctx context.Context, m mail.Message) error {
	sampling.Lock()
	s.w.sample = m
	sampling.Unlock()
	return s.w.sender.Send(ctx, m)
}

// invite opens an invitation for everybody who has an address.
func (w *mailing) invite(ctx context.Context) error {
	for part := range slices.Chunk(w.t.people, 1000) {
		list := make([]id.Person, len(part))
		for i, p := range part {
			list[i] = id.Text[id.Person](p)
		}
		if err := w.d.Update(ctx, func(tx *db.Tx) error {
			people, err := person.ByIDs(tx, w.t.workspace.ID, list)
			if err != nil {
				return err
			}
			for i := range people {
				p := &people[i]
				if p.Email == "" {
					continue
				}
				v := invite.Invite{Workspace: p.Workspace, Person: p.ID, Channel: invite.ByMail, Email: p.Email, InvitedBy: "system:bench", Life: 24 * time.Hour}
				if err := invite.Open(tx, w.keys, &v); err != nil {
					return err
				}
				w.list = append(w.list, waiting{v.ID, p.ID, p.Email})
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// mailing takes turns between the floor and the work, a part of the town each.
func (r *report) mailing(ctx context.Context, w *mailing) error {
	var floors, figures, floorsCPU, figuresCPU []float64
	most := 0.0
	each := len(w.list) / (r.o.rounds() + 1)
	if each == 0 {
		return errors.New("there are too few users to send mails to")
	}
	for round := range r.o.rounds() + 1 {
		part := w.list[round*each : (round+1)*each]
		took, used, rss, err := w.send(ctx, part)
		if err != nil {
			return err
		}
		if round == 0 { // warm now, and the floor has a mail to copy
			continue
		}
		figures, figuresCPU, most = append(figures, took), append(figuresCPU, used), max(most, rss)
		floor, used, err := w.bare(ctx, part)
		if err != nil {
			return err
		}
		floors, floorsCPU = append(floors, floor), append(floorsCPU, used)
		r.o.say("round %d: %d mails in %.2f s, bare %.2f s", round, each, took, floor)
	}
	per := func(list []float64) float64 { return median(list) / float64(each) * 1e6 }
	r.add("invite.sent", "one mail of a campaign: written, handed over, noted down; floor: a bare loop of the mail library over the same connections", "µs"+ofRatio, per(floors), per(figures), 2)
	r.add("invite.sent.cpu", "the same, as this process's CPU has it, the receiving server included on both sides", "µs", per(floorsCPU), per(figuresCPU), 0)
	r.add("invite.sent.rate", "mails each second; floor: the bare loop's", "1/s", 1e6/per(floors), 1e6/per(figures), 0)
	r.add("invite.sent.memory", "the most that the process held meanwhile, the receiving server included", "MiB", 0, most, 300)
	return nil
}

// send has the invitations of a part sent, and waits until nothing waits.
func (w *mailing) send(ctx context.Context, part []waiting) (seconds, cpuSeconds, most float64, err error) {
	if err := w.d.Update(ctx, func(tx *db.Tx) error {
		if _, err := notice.Load(tx, func(yield func(*notice.Notice) bool) {
			for _, v := range part {
				n := notice.Notice{Workspace: w.t.workspace.ID, Person: v.person, Channel: "mail", Kind: "invitation", Recipient: v.email, Ref: string(v.invite), Generation: 1, Bulk: true}
				if !yield(&n) {
					return
				}
			}
		}); err != nil {
			return err
		}
		return outbox.Ring(tx)
	}); err != nil {
		return 0, 0, 0, err
	}
	before := w.sink.taken.Load()
	watch, done := make(chan struct{}), make(chan float64)
	go func() {
		look := time.NewTicker(50 * time.Millisecond)
		defer look.Stop()
		top := rss()
		for {
			select {
			case <-look.C:
				top = max(top, rss())
			case <-watch:
				done <- top
				return
			}
		}
	}()
	began, used := time.Now(), cpu()
	_, err = w.pool.RunDue(ctx)
	seconds, cpuSeconds = time.Since(began).Seconds(), (cpu() - used).Seconds()
	close(watch)
	most = <-done
	if got := w.sink.taken.Load() - before; err == nil && got != int64(len(part)) {
		err = fmt.Errorf("%d of %d mails arrived", got, len(part))
	}
	return seconds, cpuSeconds, most, err
}

// bare sends as many mails of the same size and does nothing else.
func (w *mailing) bare(ctx context.Context, part []waiting) (seconds, cpuSeconds float64, err error) {
	host, port, err := net.SplitHostPort(w.sink.addr())
	if err != nil {
		return 0, 0, err
	}
	var number int
	if _, err := fmt.Sscan(port, &number); err != nil {
		return 0, 0, err
	}
	before := w.sink.taken.Load()
	next := make(chan waiting, connections)
	began, used := time.Now(), cpu()
	var all sync.WaitGroup
	failed := make([]error, connections)
	for i := range connections {
		all.Go(func() {
			failed[i] = func() (err error) {
				c, err := gomail.NewClient(host, gomail.WithPort(number), gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithTimeout(time.Minute))
				if err != nil {
					return err
				}
				if err := c.DialWithContext(ctx); err != nil {
					return err
				}
				defer func() { err = errors.Join(err, c.Close()) }()
				for v := range next {
					msg := gomail.NewMsg()
					if err := errors.Join(msg.FromFormat(w.sample.From, "involt@localhost"), msg.To(v.email)); err != nil {
						return err
					}
					msg.SetMessageID()
					msg.SetDate()
					msg.Subject(w.sample.Subject)
					msg.SetBodyString(gomail.TypeTextPlain, w.sample.Text)
					msg.AddAlternativeString(gomail.TypeTextHTML, w.sample.HTML)
					if err := c.Send(msg); err != nil {
						return err
					}
				}
				return nil
			}()
			for range next { // whoever failed must not hold up the rest
			}
		})
	}
	for _, v := range part {
		next <- v
	}
	close(next)
	all.Wait()
	seconds, cpuSeconds = time.Since(began).Seconds(), (cpu() - used).Seconds()
	err = errors.Join(failed...)
	if got := w.sink.taken.Load() - before; err == nil && got != int64(len(part)) {
		err = fmt.Errorf("%d of %d bare mails arrived", got, len(part))
	}
	return seconds, cpuSeconds, err
}

// sink is a mail server that takes everything and keeps nothing.
type sink struct {
	listener net.Listener
	server   *smtp.Server
	taken    atomic.Int64
	ended    chan error
}

func newSink(ctx context.Context) (*sink, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{listener: l, ended: make(chan error, 1)}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return sinking{s}, nil }))
	s.server.Domain = "sink.localhost"
	go func() { s.ended <- s.server.Serve(l) }()
	return s, nil
}

func (s *sink) addr() string { return s.listener.Addr().String() }

func (s *sink) close() error {
	err := s.server.Close()
	<-s.ended
	return err
}

type sinking struct{ s *sink }

func (sinking) Mail(string, *smtp.MailOptions) error { return nil }
func (sinking) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (sinking) Reset()                               {}
func (sinking) Logout() error                        { return nil }

func (k sinking) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	k.s.taken.Add(1)
	return nil
}
