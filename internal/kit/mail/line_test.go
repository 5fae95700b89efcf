package mail

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// post is a mail server to the letter: it takes an envelope only as RFC 5321 §4.1.2
// spells it, and notes what it was told.
type post struct {
	offers []string             // extensions
	says   func(cmd string) int // the code for a command; 0 for the usual one

	mu    sync.Mutex // guards what follows
	heard []string   // commands
	early int        // commands that came before the answer to the one before
	mails int
	conns int
}

// open starts it and returns its address.
func (p *post) open(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.conns++
			p.mu.Unlock()
			all.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return "smtp://" + l.Addr().String() + "?from=charge@example.com"
}

func (p *post) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	line := func() (string, bool) {
		s, err := r.ReadString('\n')
		return strings.TrimSuffix(s, "\r\n"), err == nil
	}
	fmt.Fprint(conn, "220 here\r\n")
	for {
		cmd, ok := line()
		if !ok {
			return
		}
		p.mu.Lock()
		p.heard = append(p.heard, cmd)
		if r.Buffered() > 0 {
			p.early++
		}
		p.mu.Unlock()
		code := p.says(cmd)
		switch {
		case code == 1: // hangs up
			return
		case code != 0:
			fmt.Fprintf(conn, "%d no\r\n", code)
		case strings.HasPrefix(cmd, "EHLO"):
			fmt.Fprint(conn, "250-here\r\n")
			for _, o := range p.offers {
				fmt.Fprintf(conn, "250-%s\r\n", o)
			}
			fmt.Fprint(conn, "250 HELP\r\n")
		case cmd == "DATA":
			fmt.Fprint(conn, "354 go on\r\n")
			for {
				s, ok := line()
				if !ok {
					return
				}
				if s == "." {
					break
				}
			}
			p.mu.Lock()
			p.mails++
			p.mu.Unlock()
			fmt.Fprint(conn, "250 taken\r\n")
		case strings.HasPrefix(cmd, "MAIL FROM:<charge@example.com>"), strings.HasPrefix(cmd, "RCPT TO:<") && strings.HasSuffix(cmd, "@example.com>"):
			fmt.Fprint(conn, "250 fine\r\n")
		default:
			fmt.Fprint(conn, "501 that is no SMTP\r\n")
		}
	}
}

// seen returns what it noted.
func (p *post) seen() (heard []string, early, mails, conns int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard), p.early, p.mails, p.conns
}

func TestTheEnvelopeIsSpelledAsTheStandardSays(t *testing.T) {
	usual := func(string) int { return 0 }
	for _, c := range []struct {
		name   string
		offers []string
		mail   string
		early  bool
	}{
		{"plain", nil, "MAIL FROM:<charge@example.com>", false},
		{"together", []string{"PIPELINING", "8BITMIME"}, "MAIL FROM:<charge@example.com> BODY=8BITMIME", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &post{offers: c.offers, says: usual}
			s := newSender(t, p.open(t))
			for _, to := range []string{"a@example.com", "b@example.com"} {
				if err := s.Send(t.Context(), letter(to)); err != nil {
					t.Fatal(err)
				}
			}
			s.Close()
			heard, early, mails, conns := p.seen()
			want := []string{c.mail, "RCPT TO:<a@example.com>", "DATA", c.mail, "RCPT TO:<b@example.com>", "DATA"}
			if len(heard) == 0 || !slices.Equal(heard[1:], want) || mails != 2 || conns != 1 || early > 0 != c.early {
				t.Errorf("%q; %d mails over %d connections, %d commands came early", heard, mails, conns, early)
			}
		})
	}
}

// A server that says 354 although it took nobody gets no mail, neither this one nor
// the next in its place.
func TestAMailForNobodyIsNotGiven(t *testing.T) {
	p := &post{offers: []string{"PIPELINING"}, says: func(cmd string) int {
		if strings.Contains(cmd, "gone@") {
			return 550
		}
		return 0
	}}
	s := newSender(t, p.open(t))
	err := s.Send(t.Context(), letter("gone@example.com"))
	refused, ok := errors.AsType[*Refused](err)
	if !ok || !refused.OfAddress() {
		t.Errorf("refused: %v", err)
	}
	if err := s.Send(t.Context(), letter("here@example.com")); err != nil {
		t.Error(err)
	}
	if _, _, mails, conns := p.seen(); mails != 1 || conns != 2 {
		t.Errorf("%d mails over %d connections", mails, conns)
	}
}

// A server that has left a kept connection, or wants no second mail over it, is
// called anew; what it says on a new connection counts.
func TestAKeptConnectionMayEnd(t *testing.T) {
	for _, code := range []int{1, 421, 452} {
		for _, offers := range [][]string{nil, {"PIPELINING"}} {
			var p *post
			p = &post{offers: offers, says: func(cmd string) int {
				if _, _, mails, conns := p.seen(); strings.HasPrefix(cmd, "MAIL") && mails == 1 && conns == 1 {
					return code
				}
				return 0
			}}
			s := newSender(t, p.open(t))
			for _, to := range []string{"a@example.com", "b@example.com"} {
				if err := s.Send(t.Context(), letter(to)); err != nil {
					t.Fatalf("%d: %v", code, err)
				}
			}
			if _, _, mails, conns := p.seen(); mails != 2 || conns != 2 {
				t.Errorf("%d: %d mails over %d connections", code, mails, conns)
			}
		}
	}
	p := &post{says: func(cmd string) int {
		if strings.HasPrefix(cmd, "MAIL") {
			return 452
		}
		return 0
	}}
	s := newSender(t, p.open(t))
	if err := s.Send(t.Context(), letter("a@example.com")); err == nil || errors.Is(err, errStale) || !strings.Contains(err.Error(), "452") {
		t.Errorf("a new connection that takes nothing: %v", err)
	}
}
