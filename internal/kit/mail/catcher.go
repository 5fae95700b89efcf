package mail

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Catcher is a mail server that delivers nothing: it keeps the newest mails for
// whoever tries Involt out. It listens on loopback only, and mails reach it over
// SMTP as they would any other server.
type Catcher struct {
	listener net.Listener
	server   *smtp.Server

	mu    sync.Mutex // guards mails
	mails []Caught   // oldest first
}

// catcherKeeps is how many mails a catcher keeps, and catcherTakes how many
// bytes of one.
const (
	catcherKeeps = 1000
	catcherTakes = 1 << 20
)

// Caught is a mail in a catcher.
type Caught struct {
	ID      string // the catcher's own
	At      time.Time
	From    string // of the header: name and address
	To      string // of the envelope
	Subject string
	Text    string
	HTML    string
	Raw     []byte
}

// NewCatcher takes a free port of the loopback interface. Mails are caught once
// Serve runs.
func NewCatcher(ctx context.Context) (*Catcher, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("mail catcher: %w", err)
	}
	c := &Catcher{listener: l}
	c.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &catching{c: c}, nil }))
	c.server.Domain = "catcher.localhost"
	c.server.MaxMessageBytes = catcherTakes
	c.server.MaxRecipients = 1
	c.server.ReadTimeout = time.Minute
	c.server.WriteTimeout = time.Minute
	return c, nil
}

// Addr is where the catcher listens, as host:port.
func (c *Catcher) Addr() string { return c.listener.Addr().String() }

// URL is the catcher's address for [NewSender].
func (c *Catcher) URL() string { return "smtp://" + c.Addr() }

// Serve catches mails until the catcher is closed.
func (c *Catcher) Serve() error {
	if err := c.server.Serve(c.listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("mail catcher: %w", err)
	}
	return nil
}

// Close ends Serve and hangs up.
func (c *Catcher) Close() error {
	if err := c.server.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("mail catcher: %w", err)
	}
	// A server that never served does not know its listener.
	if err := c.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("mail catcher: %w", err)
	}
	return nil
}

// Mails returns the mails there are, newest first.
func (c *Catcher) Mails() []Caught {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Caught, len(c.mails))
	for i, m := range c.mails {
		list[len(list)-1-i] = m
	}
	return list
}

// Mail returns one mail by its ID.
func (c *Catcher) Mail(id string) (Caught, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.mails {
		if m.ID == id {
			return m, true
		}
	}
	return Caught{}, false
}

func (c *Catcher) keep(m Caught) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.mails) == catcherKeeps {
		c.mails = append(c.mails[:0], c.mails[1:]...)
	}
	c.mails = append(c.mails, m)
}

// catching is one connection's conversation.
type catching struct {
	c  *Catcher
	to string
}

func (s *catching) Mail(string, *smtp.MailOptions) error { return nil }

func (s *catching) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *catching) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := Caught{ID: rand.Text(), At: time.Now(), To: s.to, Raw: raw}
	if err := m.read(); err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "this mail cannot be read"}
	}
	s.c.keep(m)
	return nil
}

func (s *catching) Reset()        { s.to = "" }
func (s *catching) Logout() error { return nil }

// read fills in what the raw mail says.
func (m *Caught) read() error {
	p, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return err
	}
	words := new(mime.WordDecoder)
	if m.Subject, err = words.DecodeHeader(p.Header.Get("Subject")); err != nil {
		return err
	}
	if m.From, err = words.DecodeHeader(p.Header.Get("From")); err != nil {
		return err
	}
	return m.part(p.Header.Get, p.Body)
}

func (m *Caught) part(header func(string) string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.part(p.Header.Get, p); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(header("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	switch kind {
	case "text/plain":
		m.Text = text
	case "text/html":
		m.HTML = text
	}
	return nil
}
