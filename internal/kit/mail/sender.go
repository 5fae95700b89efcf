package mail

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// Patience is how long a mail server may take.
type Patience struct {
	Dial time.Duration // to be reached
	Send time.Duration // for each step up to the whole mail
	Last time.Duration // to think about the whole mail
}

// UsualPatience is what a [Sender] has. The last one is RFC 5321 §4.5.3.2.6: a
// server that has the whole mail may think about it for ten minutes, and whoever
// hangs up earlier sends it twice.
var UsualPatience = Patience{Dial: 10 * time.Second, Send: 60 * time.Second, Last: 10 * time.Minute}

// idleTime is how long a connection is kept for the next mail.
const idleTime = 20 * time.Second

// usualMost is how many connections there are unless the setting says otherwise,
// and most how many it may ask for.
const (
	usualMost = 8
	most      = 64
)

// Sender hands mails to one mail server. It is safe for concurrent use.
type Sender struct {
	// Patience may be shortened before the first mail.
	Patience Patience

	host     string
	port     string
	security security
	tls      *tls.Config
	user     string // "" for a server that asks for none
	password string
	ehlo     string
	from     string // the sender's bare address
	domain   string // of from; ends every Message-ID
	bounces  string // where mails come back to; "" for from
	most     int    // connections

	mu   sync.Mutex // guards idle
	idle []*line
}

// security is how a connection is protected.
type security int

const (
	startTLS security = iota // upgraded before anything is said that matters, or given up
	fromTLS                  // encrypted from the first byte
	inClear                  // not at all
)

// NewSender returns a sender for an address such as
//
//	smtp://user:password@mail.example.com:587?from=charge@example.com
//
// The connection is encrypted by STARTTLS and the server's certificate is
// checked; on port 465, or with smtps://, it is encrypted from the first byte.
// tls=required (the same as tls=starttls) says so aloud. tls=none sends in the
// clear, without a password only; a server on loopback needs no TLS unless
// tls=required asks for it. from is the sender's address; the user's name serves
// if it is one. ehlo is the name this machine gives itself. connections is how
// many mails are sent at once. bounces is the address that mails come back to if
// they cannot be delivered: one whose mailbox Involt reads; "bounces+*@example.com"
// puts each mail's own name at the star. The server is not called yet.
func NewSender(address string) (*Sender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New(`the mail server must be given as smtp://user:password@host:587?from=you@example.com, or as "catch"`)
	}
	q := u.Query()
	for key := range q {
		if !slices.Contains([]string{"tls", "from", "ehlo", "connections", "bounces"}, key) {
			return nil, fmt.Errorf("the mail server's setting %q is unknown; there are tls, from, ehlo, connections and bounces", key)
		}
	}
	s := &Sender{Patience: UsualPatience, host: u.Hostname(), port: u.Port(), ehlo: q.Get("ehlo"), from: q.Get("from"), bounces: q.Get("bounces"), most: usualMost}
	s.tls = &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
	}
	local := loopback(s.host)
	if s.security, err = secured(u, s.user != "", local); err != nil {
		return nil, err
	}
	if s.port == "" {
		s.port = "587"
		if s.security == fromTLS {
			s.port = "465"
		}
	}
	switch {
	case s.from == "" && strings.Contains(s.user, "@"):
		s.from = s.user
	case s.from == "" && local:
		s.from = "involt@localhost"
	case s.from == "":
		return nil, errors.New("the sender's address is missing; add ?from=charge@example.com to the mail server's address")
	}
	if !bare(s.from) {
		return nil, fmt.Errorf("the sender's address %q is no bare e-mail address", s.from)
	}
	if s.bounces != "" && !bare(strings.Replace(s.bounces, "*", "x", 1)) {
		return nil, fmt.Errorf("the address for mails that come back, %q, is no bare e-mail address", s.bounces)
	}
	if text := q.Get("connections"); text != "" {
		if s.most, err = strconv.Atoi(text); err != nil || s.most < 1 || s.most > most {
			return nil, fmt.Errorf("the mail server's setting connections=%s must be a number from 1 to %d", text, most)
		}
	}
	s.domain = s.from[strings.LastIndexByte(s.from, '@')+1:]
	if s.ehlo == "" {
		if s.ehlo, err = os.Hostname(); err != nil || s.ehlo == "" {
			s.ehlo = s.domain
		}
	}
	return s, nil
}

// secured decides how connections to the server at u are protected.
func secured(u *url.URL, password, local bool) (security, error) {
	direct := u.Scheme == "smtps" || u.Port() == "465"
	switch mode := u.Query().Get("tls"); mode {
	case "", "required":
		if direct {
			return fromTLS, nil
		}
		if mode == "" && local {
			return inClear, nil
		}
		return startTLS, nil
	case "starttls":
		if u.Scheme == "smtps" {
			return 0, errors.New("smtps:// and tls=starttls exclude each other")
		}
		return startTLS, nil
	case "none":
		if u.Scheme == "smtps" {
			return 0, errors.New("smtps:// and tls=none exclude each other")
		}
		if password && !local {
			return 0, errors.New("tls=none would send the mail server's password in the clear; use tls=required")
		}
		return inClear, nil
	default:
		return 0, fmt.Errorf("the mail server's setting tls=%s is unknown; there are required, starttls and none", mode)
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// bare reports whether s is one address and nothing else: no name, no list, no
// quotes, no line ends.
func bare(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`"<>(),;:\[]`, r)
	}) {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == ""
}

// Connections is how many mails the server is to be handed at once.
func (s *Sender) Connections() int { return s.most }

// Send sends one mail to its one recipient and returns once the server took it.
// A [Refused] is the server's last word; after any other error the mail may be
// sent again, and may then arrive twice.
func (s *Sender) Send(ctx context.Context, m Message) error {
	if !bare(m.To) {
		return &Refused{Code: 553, Reply: "this is no address that mail can be sent to"}
	}
	msg, err := s.compose(m)
	if err != nil {
		return err
	}
	for {
		if err = s.try(ctx, &m, msg); !errors.Is(err, errStale) {
			return err
		}
	}
}

// try sends a mail over one connection. Its error is errStale if the connection had
// ended before the mail was begun: then the next one may be tried.
func (s *Sender) try(ctx context.Context, m *Message, msg *gomail.Msg) error {
	l, err := s.take(ctx)
	if err != nil {
		return err
	}
	// go-mail knows deadlines but no contexts: hanging up ends whatever it waits for.
	stop := context.AfterFunc(ctx, func() { _ = l.conn.Close() })
	err = l.send(s.envelope(m.ID), m.To, msg, s.Patience)
	if !stop() {
		_ = l.conn.Close()
		if err == nil {
			return nil // taken, at the very last moment
		}
		return fmt.Errorf("the mail server did not answer in time: %w", errors.Join(ctx.Err(), err))
	}
	s.give(l, err)
	return err
}

// compose makes the mail as it goes over the wire.
func (s *Sender) compose(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(oneLine(m.From), s.from); err != nil {
		return nil, fmt.Errorf("the sender's name: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return nil, &Refused{Code: 553, Reply: "this is no address that mail can be sent to"}
	}
	if m.ReplyTo != "" {
		if !bare(m.ReplyTo) {
			return nil, fmt.Errorf("the address for answers, %q, is no bare e-mail address", m.ReplyTo)
		}
		if err := msg.ReplyTo(m.ReplyTo); err != nil {
			return nil, fmt.Errorf("the address for answers: %w", err)
		}
	}
	if m.Unsubscribe != "" { // RFC 8058 §3.1
		msg.SetGenHeader("List-Unsubscribe", "<"+oneLine(m.Unsubscribe)+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	id := plainID(m.ID)
	if id == "" {
		id = rand.Text()
	}
	msg.SetMessageIDWithValue(id + "@" + s.domain)
	msg.SetDateWithValue(time.Now())
	msg.Subject(oneLine(m.Subject))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answers by machines, please
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, f := range m.Files {
		if err := msg.AttachReader(oneLine(f.Name), bytes.NewReader(f.Data), gomail.WithFileContentType(gomail.ContentType(f.Type))); err != nil {
			return nil, fmt.Errorf("the attachment %s: %w", f.Name, err)
		}
	}
	return msg, nil
}

// plainID drops what has no place in the left part of an address.
func plainID(id string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, id)
}

// envelope is the address that a mail comes back to if it cannot be delivered.
func (s *Sender) envelope(id string) string {
	if s.bounces == "" {
		return s.from
	}
	return strings.Replace(s.bounces, "*", plainID(id), 1)
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
}

// take returns a connection: one that waits, or a new one. Whether one that waits
// still lives shows when it is used.
func (s *Sender) take(ctx context.Context) (*line, error) {
	for {
		s.mu.Lock()
		var l *line
		if n := len(s.idle); n > 0 {
			l, s.idle = s.idle[n-1], s.idle[:n-1]
		}
		s.mu.Unlock()
		if l == nil {
			return s.dial(ctx)
		}
		if time.Since(l.since) < idleTime {
			return l, nil
		}
		_ = l.conn.Close()
	}
}

// dial calls the server, protects the connection and proves who we are.
func (s *Sender) dial(ctx context.Context) (_ *line, err error) {
	d := &net.Dialer{Timeout: s.Patience.Dial}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return nil, fmt.Errorf("the mail server cannot be reached: %w", downUnless(ctx, err))
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		if !stop() && err == nil {
			err = ctx.Err()
		}
		if err != nil {
			_ = conn.Close()
			err = fmt.Errorf("the mail server and we do not come together: %w", downUnless(ctx, err))
		}
	}()
	if err := conn.SetDeadline(time.Now().Add(s.Patience.Send)); err != nil {
		return nil, err
	}
	talk := conn
	if s.security == fromTLS {
		talk = tls.Client(conn, s.tls)
	}
	c, err := smtp.NewClient(talk, s.host)
	if err != nil {
		return nil, err
	}
	c.SkipSMTPUTF8(true)
	if err := c.Hello(s.ehlo); err != nil {
		return nil, err
	}
	if s.security == startTLS {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return nil, errors.New("it offers no encryption (STARTTLS); without it mail is not handed over, unless the setting says tls=none")
		}
		if err := c.StartTLS(s.tls); err != nil {
			return nil, err
		}
	}
	if err := s.prove(c); err != nil {
		return nil, err
	}
	l := &line{smtp: c, conn: conn}
	l.together, _ = c.Extension("PIPELINING")
	l.eightBit, _ = c.Extension("8BITMIME")
	return l, nil
}

// down is an error of the mail server, and not of a mail.
type down struct{ error }

func (d down) Is(target error) bool { return target == errDown }
func (d down) Unwrap() error        { return d.error }

// downUnless marks an error as the server's, unless it is we who hung up.
func downUnless(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return down{err}
}

// prove signs in. The connection is encrypted, or ends on this machine.
func (s *Sender) prove(c *smtp.Client) error {
	if s.user == "" {
		return nil
	}
	_, offer := c.Extension("AUTH")
	switch offered := strings.Fields(strings.ToUpper(offer)); {
	case slices.Contains(offered, "PLAIN"):
		return c.Auth(smtp.PlainAuth("", s.user, s.password, s.host, false))
	case slices.Contains(offered, "LOGIN"):
		return c.Auth(smtp.LoginAuth(s.user, s.password, s.host, false))
	}
	return fmt.Errorf("it offers no way of signing in that we know (it offers %q; we know PLAIN and LOGIN)", offer)
}

// give keeps a connection for the next mail, or ends it.
func (s *Sender) give(l *line, failed error) {
	if failed == nil {
		l.since = time.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.idle) < s.most {
			s.idle = append(s.idle, l)
			return
		}
	}
	_ = l.conn.Close()
}

// Close ends the connections that wait for another mail.
func (s *Sender) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.idle {
		_ = l.conn.Close()
	}
	s.idle = nil
	return nil
}
