// Package post sends invitations that wait into a mail server that takes
// everything, and as many bare mails beside it.
package post

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
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"

	"github.com/emersion/go-smtp"
	gomail "github.com/wneessen/go-mail"
)

// connections is over how many connections both sides send.
const connections = 8

// Office is what sends. Its exported fields must be set.
type Office struct {
	DB        *db.DB
	Workspace id.Workspace
	Keys      *seal.Ring
	CPU       func() time.Duration // that this process has used
	RSS       func() float64       // MiB that it holds

	sink   *sink
	sender *mail.Sender
	pool   *job.Pool
	post   *journal.Post

	mu     sync.Mutex // guards sample
	sample mail.Message
}

// Waiting is an invitation that waits to be sent.
type Waiting struct {
	Invite id.Invite
	Person id.Person
	Email  string
}

// Invite opens an invitation for everybody who has an address.
func (w *Office) Invite(ctx context.Context, all []id.Raw) (waiting []Waiting, err error) {
	for part := range slices.Chunk(all, 1000) {
		list := make([]id.Person, len(part))
		for i, p := range part {
			list[i] = id.Text[id.Person](p)
		}
		if err := w.DB.Update(ctx, func(tx *db.Tx) error {
			people, err := person.ByIDs(tx, w.Workspace, list)
			if err != nil {
				return err
			}
			for i := range people {
				p := &people[i]
				if p.Email == "" {
					continue
				}
				v := invite.Invite{Workspace: p.Workspace, Person: p.ID, Channel: invite.ByMail, Email: p.Email, InvitedBy: "system:bench", Life: 24 * time.Hour}
				if err := invite.Open(tx, w.Keys, &v); err != nil {
					return err
				}
				waiting = append(waiting, Waiting{Invite: v.ID, Person: p.ID, Email: p.Email})
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return waiting, nil
}

// Open starts the mail server, and what runs in a server beside sending. stop ends
// both.
func (w *Office) Open(ctx context.Context) (stop func() error, err error) {
	if w.sink, err = newSink(ctx); err != nil {
		return nil, err
	}
	if err := w.open(); err != nil {
		return nil, errors.Join(err, w.sink.close())
	}
	running, end := context.WithCancel(ctx)
	sealed := make(chan error, 1)
	go func() { sealed <- w.post.Run(running) }()
	return func() error {
		end()
		return errors.Join(<-sealed, w.sender.Close(), w.sink.close())
	}, nil
}

// open puts together what sends, as the server does.
func (w *Office) open() (err error) {
	if w.sender, err = mail.NewSender(fmt.Sprintf("smtp://%s?connections=%d", w.sink.addr(), connections)); err != nil {
		return err
	}
	w.pool, w.post = &job.Pool{DB: w.DB}, &journal.Post{DB: w.DB}
	svc := &onboard.Service{DB: w.DB, Keys: w.Keys, Mail: sampler{w}, PublicURL: "https://bench.example"}
	svc.Outbox = &outbox.Box{DB: w.DB, Keys: w.Keys, Sender: svc.Mail, Guard: tell.Guard{}, Limits: notice.UsualLimits, Most: connections}
	svc.Jobs(w.pool)
	w.post.Jobs(w.pool)
	return nil
}

// sampler keeps the newest mail beside sending it.
type sampler struct{ w *Office }

func (s sampler) Send(ctx context.Context, m mail.Message) error {
	s.w.mu.Lock()
	s.w.sample = m
	s.w.mu.Unlock()
	return s.w.sender.Send(ctx, m)
}

// Send has the invitations of a part sent, and waits until nothing waits.
func (w *Office) Send(ctx context.Context, part []Waiting) (seconds, cpuSeconds, most float64, err error) {
	if err := w.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := notice.Load(tx, func(yield func(*notice.Notice) bool) {
			for _, v := range part {
				n := notice.Notice{Workspace: w.Workspace, Person: v.Person, Channel: "mail", Kind: "invitation", Recipient: v.Email, Ref: string(v.Invite), Generation: 1, Bulk: true}
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
		top := w.RSS()
		for {
			select {
			case <-look.C:
				top = max(top, w.RSS())
			case <-watch:
				done <- top
				return
			}
		}
	}()
	began, used := time.Now(), w.CPU()
	_, err = w.pool.RunDue(ctx)
	seconds, cpuSeconds = time.Since(began).Seconds(), (w.CPU() - used).Seconds()
	close(watch)
	most = <-done
	if got := w.sink.taken.Load() - before; err == nil && got != int64(len(part)) {
		err = fmt.Errorf("%d of %d mails arrived", got, len(part))
	}
	return seconds, cpuSeconds, most, err
}

// Bare sends as many mails of the same size and does nothing else.
func (w *Office) Bare(ctx context.Context, part []Waiting) (seconds, cpuSeconds float64, err error) {
	host, port, err := net.SplitHostPort(w.sink.addr())
	if err != nil {
		return 0, 0, err
	}
	var number int
	if _, err := fmt.Sscan(port, &number); err != nil {
		return 0, 0, err
	}
	before := w.sink.taken.Load()
	next := make(chan Waiting, connections)
	began, used := time.Now(), w.CPU()
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
					if err := errors.Join(msg.FromFormat(w.sample.From, "involt@localhost"), msg.To(v.Email)); err != nil {
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
	seconds, cpuSeconds = time.Since(began).Seconds(), (w.CPU() - used).Seconds()
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
	if ended := <-s.ended; !errors.Is(ended, smtp.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
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
