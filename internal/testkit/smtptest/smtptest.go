// Package smtptest is a real SMTP server for tests. It listens on loopback,
// keeps the mails that it accepts, and can be told to refuse, to hang or to hang
// up, recipient by recipient, as mail servers do.
package smtptest

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// patience is how long Wait waits before it ends the test.
const patience = 30 * time.Second

// Server is a running server. Its zero value is not usable; see Start.
type Server struct {
	// Addr is the address that it listens on, as host:port.
	Addr string

	t       testing.TB
	closing chan struct{} // closed when the server goes, for those that hang

	mu     sync.Mutex // guards what follows
	script map[string][]Reply
	mails  []*Message // accepted, in the order of acceptance
	lost   []*Message // received in full, but never confirmed
	seen   map[*Message]bool
	more   chan struct{} // closed and replaced at each mail
}

// Start starts a server that accepts every mail until told otherwise. It stops
// with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, closing: make(chan struct{}), script: map[string][]Reply{}, seen: map[*Message]bool{}, more: make(chan struct{})}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = l.Addr().String()
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{s: s, conn: c}, nil
	}))
	srv.Domain = "mail.test"
	srv.EnableSMTPUTF8 = true
	srv.ErrorLog = quiet{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // ends with ErrServerClosed
	}()
	t.Cleanup(func() {
		close(s.closing)
		_ = srv.Close()
		<-done
	})
	return s
}

// URL returns the server's address in the form of the setting INVOLT_SMTP.
func (s *Server) URL() string { return "smtp://" + s.Addr }

// quiet swallows the server's own log: a test that makes it hang up knows.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Reply is how the server treats one attempt to deliver to one recipient.
type Reply struct {
	code    int
	text    string
	atEnd   bool
	drop    bool
	forever bool
	dead    bool
	until   func() bool
}

// Accept takes the mail, as the server does when it was told nothing.
func Accept() Reply { return Reply{} }

// Refuse answers RCPT with the code: 450 is for now, 550 is for good.
func Refuse(code int, text string) Reply { return Reply{code: code, text: text} }

// RefuseAfterData takes the recipient and refuses when the mail is complete.
func RefuseAfterData(code int, text string) Reply { return Reply{code: code, text: text, atEnd: true} }

// Drop takes the whole mail and hangs up before it says 250, so that the sender
// cannot know whether the mail will arrive. It does arrive; see Unconfirmed.
func Drop() Reply { return Reply{drop: true} }

// Hang takes the whole mail and then says nothing until the server stops or the
// sender hangs up.
func Hang() Reply { return Reply{forever: true} }

// HangAtOnce says nothing any more from the recipient on, as a connection does
// whose other end is gone without a word.
func HangAtOnce() Reply { return Reply{dead: true} }

// Greylist refuses for now until ready says true, however often it is tried.
func Greylist(ready func() bool) Reply {
	return Reply{code: 451, text: "4.7.1 greylisted, come back later", until: ready}
}

// Script tells how the next attempts to deliver to an address are treated, one
// reply each. Afterwards the address is accepted again.
func (s *Server) Script(to string, replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.ToLower(to)
	s.script[key] = append(s.script[key], replies...)
}

// next takes the reply for an attempt to deliver to an address.
func (s *Server) next(to string) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.ToLower(to)
	if len(s.script[key]) == 0 {
		return Accept()
	}
	r := s.script[key][0]
	if r.until != nil && !r.until() {
		return r
	}
	s.script[key] = s.script[key][1:]
	if r.until != nil {
		return Accept()
	}
	return r
}

// Wait waits for a mail to an address that no Wait has returned yet, and returns
// the oldest such mail. It ends the test after half a minute in vain.
func (s *Server) Wait(to string) *Message {
	s.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		more := s.more
		for _, m := range s.mails {
			if m.isTo(to) && !s.seen[m] {
				s.seen[m] = true
				s.mu.Unlock()
				return m
			}
		}
		s.mu.Unlock()
		select {
		case <-more:
		case <-deadline.C:
			s.t.Fatalf("no mail to %s within %v", to, patience)
		}
	}
}

// Accepted returns the mails that were accepted for an address, oldest first.
func (s *Server) Accepted(to string) []*Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return addressed(s.mails, to)
}

// Unconfirmed returns the mails for an address that were received in full and
// never answered with 250: those of Drop and of Hang.
func (s *Server) Unconfirmed(to string) []*Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return addressed(s.lost, to)
}

func addressed(all []*Message, to string) (some []*Message) {
	for _, m := range all {
		if m.isTo(to) {
			some = append(some, m)
		}
	}
	return some
}

func (s *Server) keep(m *Message, confirmed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if confirmed {
		s.mails = append(s.mails, m)
	} else {
		s.lost = append(s.lost, m)
	}
	close(s.more)
	s.more = make(chan struct{})
}

// session is one connection's conversation.
type session struct {
	s    *Server
	conn *smtp.Conn
	from string
	to   []string
	end  Reply // what happens when the mail is complete
}

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	c.from = from
	return nil
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	r := c.s.next(to)
	if r.dead {
		<-c.s.closing
		return r.refusal()
	}
	if r.code != 0 && !r.atEnd {
		return r.refusal()
	}
	if r.atEnd || r.drop || r.forever {
		c.end = r
	}
	c.to = append(c.to, to)
	return nil
}

func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if c.end.atEnd {
		return c.end.refusal()
	}
	m, err := read(c.from, c.to, raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, Message: "this mail cannot be read: " + err.Error()}
	}
	c.s.keep(m, !c.end.drop && !c.end.forever)
	if c.end.forever {
		<-c.s.closing
	}
	if c.end.drop || c.end.forever {
		_ = c.conn.Close()
	}
	return nil
}

func (c *session) Reset()        { c.from, c.to, c.end = "", nil, Reply{} }
func (c *session) Logout() error { return nil }

// refusal returns the reply as go-smtp wants it.
func (r Reply) refusal() error {
	return &smtp.SMTPError{Code: r.code, EnhancedCode: smtp.NoEnhancedCode, Message: r.text}
}
