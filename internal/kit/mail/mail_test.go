package mail

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"involt/internal/testkit/smtptest"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

func letter(to string) Message {
	return Message{
		To: to, From: "Nörthgrid, Inc.", Subject: "Grüße aus Köln", ID: "n-1",
		Text: "Hallo,\n.\nein Punkt allein.\n", HTML: "<p>Hällo</p>",
	}
}

func newSender(t *testing.T, address string) *Sender {
	t.Helper()
	s, err := NewSender(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestAMailArrivesAsItWasWritten(t *testing.T) {
	srv := smtptest.Start(t)
	s := newSender(t, srv.URL()+"?from=charge@example.com")
	for range 3 { // over one connection
		if err := s.Send(t.Context(), letter("lena@example.com")); err != nil {
			t.Fatal(err)
		}
		m := srv.Wait("lena@example.com")
		if m.From != "charge@example.com" || len(m.To) != 1 || m.To[0] != "lena@example.com" || m.Subject != "Grüße aus Köln" {
			t.Errorf("envelope and subject: %q → %q, %q", m.From, m.To, m.Subject)
		}
		if strings.TrimSpace(m.Text) != "Hallo,\n.\nein Punkt allein." || strings.TrimSpace(m.HTML) != "<p>Hällo</p>" {
			t.Errorf("parts: %q, %q", m.Text, m.HTML)
		}
		for header, want := range map[string]string{
			"Message-Id": "<n-1@example.com>", "To": "<lena@example.com>", "Auto-Submitted": "auto-generated",
			"X-Mailer": "", "User-Agent": "",
		} {
			if got := m.Header.Get(header); !strings.EqualFold(got, want) {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
		if from, err := m.Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Name != "Nörthgrid, Inc." || from[0].Address != "charge@example.com" {
			t.Errorf("From: %v, %v", from, err)
		}
	}
}

func TestReplies(t *testing.T) {
	srv := smtptest.Start(t)
	s := newSender(t, srv.URL())
	for _, c := range []struct {
		name    string
		reply   smtptest.Reply
		refused string // the server's words; "" for: try again
	}{
		{"full", smtptest.Refuse(451, "mailbox is full"), ""},
		{"busy", smtptest.RefuseAfterData(451, "come back later"), ""},
		{"unknown", smtptest.Refuse(550, "no such user here"), "550 no such user here"},
		{"spam", smtptest.RefuseAfterData(554, "looks like spam"), "554 looks like spam"},
		{"sign-in", smtptest.Refuse(530, "sign in first"), ""},
		{"drop", smtptest.Drop(), ""},
	} {
		to := c.name + "@example.com"
		srv.Script(to, c.reply)
		err := s.Send(t.Context(), letter(to))
		reply, refused := IsRefused(err)
		if err == nil || refused != (c.refused != "") || reply != c.refused {
			t.Errorf("%s: %v (refused: %v, %q)", c.name, err, refused, reply)
		}
		if strings.Contains(c.name, "drop") && len(srv.Unconfirmed(to)) != 1 {
			t.Errorf("%s: the server has %d mails of it", c.name, len(srv.Unconfirmed(to)))
		}
		// The next try is taken, whatever became of the connection.
		if err := s.Send(t.Context(), letter(to)); err != nil {
			t.Errorf("%s: the next try: %v", c.name, err)
		}
	}
}

func TestAServerThatHangsIsLeft(t *testing.T) {
	srv := smtptest.Start(t)
	s := newSender(t, srv.URL())
	srv.Script("slow@example.com", smtptest.Hang())
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := s.Send(ctx, letter("slow@example.com"))
	if _, refused := IsRefused(err); !errors.Is(err, context.DeadlineExceeded) || refused {
		t.Errorf("a server that hangs: %v", err)
	}
}

func TestAConnectionThatDiedMeanwhileIsReplaced(t *testing.T) {
	srv := smtptest.Start(t)
	s := newSender(t, srv.URL())
	if err := s.Send(t.Context(), letter("a@example.com")); err != nil {
		t.Fatal(err)
	}
	s.idle[0].conn.Close()
	if err := s.Send(t.Context(), letter("b@example.com")); err != nil {
		t.Error(err)
	}
	s.idle[0].since = time.Now().Add(-time.Hour)
	if err := s.Send(t.Context(), letter("c@example.com")); err != nil {
		t.Error(err)
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	err = newSender(t, "smtp://"+l.Addr().String()).Send(t.Context(), letter("a@example.com"))
	if _, refused := IsRefused(err); err == nil || refused {
		t.Errorf("a server that is not there: %v", err)
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	srv := smtptest.Start(t)
	s := newSender(t, srv.URL())
	for _, to := range []string{
		"", "a", "a@b\r\nRCPT TO:<c@d>", "a@example.com,b@example.com", "A <a@example.com>", `"a b"@example.com`, "<a@example.com>", "a@example.com ", "a@example.com\n",
		`"toto@evil.example> "@example.com`, "a(comment)@example.com", "a@[127.0.0.1]", "a@example.com\x00", "a;b@example.com",
	} {
		if _, refused := IsRefused(s.Send(t.Context(), letter(to))); !refused {
			t.Errorf("%q was sent to", to)
		}
	}
	m := letter("a@example.com")
	m.Subject, m.From, m.ID = "x\r\nBcc: b@example.com", "North\r\nBcc: b@example.com", "n\r\nBcc: b@example.com"
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := srv.Wait("a@example.com")
	if got.Header.Get("Bcc") != "" || got.Subject != "x Bcc: b@example.com" || len(got.To) != 1 {
		t.Errorf("headers from a subject: %q", got.Raw)
	}
}

func TestSettings(t *testing.T) {
	for address, want := range map[string]string{
		"smtp://mail.example.com?from=a@example.com":                    "587 starttls",
		"smtp://mail.example.com:25?from=a@example.com&tls=required":    "25 starttls",
		"smtp://mail.example.com:465?from=a@example.com":                "465 tls",
		"smtps://mail.example.com?from=a@example.com":                   "465 tls",
		"smtp://a%40example.com:p@mail.example.com":                     "587 starttls",
		"smtp://mail.example.com?tls=none&from=a@example.com":           "587 clear",
		"smtp://127.0.0.1:2525":                                         "2525 clear",
		"smtp://localhost:2525?tls=required":                            "2525 starttls",
		"smtp://u:p@localhost":                                          "587 clear",
		"smtp://mail.example.com":                                       "error",
		"smtp://u:p@mail.example.com?tls=none&from=a@example.com":       "error",
		"smtps://mail.example.com?tls=none&from=a@example.com":          "error",
		"smtps://mail.example.com?tls=starttls&from=a@example.com":      "error",
		"smtp://mail.example.com?tls=maybe&from=a@example.com":          "error",
		"smtp://mail.example.com?from=Name+%3Ca@example.com%3E":         "error",
		"smtp://mail.example.com?form=a@example.com&from=a@example.com": "error",
		"http://mail.example.com?from=a@example.com":                    "error",
		"mail.example.com":                                              "error",
		"":                                                              "error",
	} {
		s, err := NewSender(address)
		got := "error"
		if err == nil {
			got = s.port + " " + map[security]string{startTLS: "starttls", fromTLS: "tls", inClear: "clear"}[s.security]
		}
		if got != want {
			t.Errorf("%q: %s (%v), want %s", address, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "u:p") {
			t.Errorf("%q: the error tells the password: %v", address, err)
		}
	}
}

// locked is a server with a certificate that asks for a password.
type locked struct {
	t     *testing.T
	mails int
}

func (l *locked) NewSession(*smtp.Conn) (smtp.Session, error) { return l, nil }
func (l *locked) AuthMechanisms() []string                    { return []string{sasl.Plain} }
func (l *locked) Mail(string, *smtp.MailOptions) error        { return nil }
func (l *locked) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (l *locked) Reset()                                      {}
func (l *locked) Logout() error                               { return nil }
func (l *locked) Data(r io.Reader) error {
	l.mails++
	_, err := io.Copy(io.Discard, r)
	return err
}

func (l *locked) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "us" || password != "secret" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func TestEncryptionIsRequiredAndChecked(t *testing.T) {
	cert, pool := certificate(t)
	start := func(config *tls.Config) (*locked, string) {
		back := &locked{t: t}
		srv := smtp.NewServer(back)
		srv.TLSConfig = config
		srv.ErrorLog = quiet{}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { defer close(done); srv.Serve(l) }()
		t.Cleanup(func() { srv.Close(); <-done })
		_, port, _ := net.SplitHostPort(l.Addr().String())
		return back, port
	}
	plain, plainPort := start(nil)
	safe, safePort := start(&tls.Config{Certificates: []tls.Certificate{cert}})

	fails := func(name, address string, trust *x509.CertPool, want string) {
		t.Helper()
		s := newSender(t, address)
		s.tls.RootCAs = trust
		err := s.Send(t.Context(), letter("a@example.com"))
		if _, refused := IsRefused(err); err == nil || refused || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fails("no STARTTLS", "smtp://127.0.0.1:"+plainPort+"?tls=required", pool, "STARTTLS")
	fails("unknown authority", "smtp://127.0.0.1:"+safePort+"?tls=required", nil, "certificate")
	fails("other name", "smtp://localhost:"+safePort+"?tls=required", pool, "certificate")
	fails("wrong password", "smtp://us:wrong@127.0.0.1:"+safePort+"?tls=required", pool, "535")
	if plain.mails+safe.mails != 0 {
		t.Errorf("%d mails went out over connections that are not safe", plain.mails+safe.mails)
	}
	s := newSender(t, "smtp://us:secret@127.0.0.1:"+safePort+"?tls=required")
	s.tls.RootCAs = pool
	if err := s.Send(t.Context(), letter("a@example.com")); err != nil || safe.mails != 1 {
		t.Errorf("a safe connection: %v, %d mails", err, safe.mails)
	}
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	what := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, what, what, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestCatcherKeepsTheNewestMails(t *testing.T) {
	c, err := NewCatcher(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- c.Serve() }()
	s := newSender(t, c.URL())
	if err := s.Send(t.Context(), letter("lena@example.com")); err != nil {
		t.Fatal(err)
	}
	list := c.Mails()
	if len(list) != 1 || list[0].To != "lena@example.com" || list[0].Subject != "Grüße aus Köln" || !strings.Contains(list[0].HTML, "Hällo") || !strings.HasPrefix(list[0].Text, "Hallo,\n.\n") || !strings.Contains(list[0].From, "Nörthgrid") {
		t.Fatalf("caught: %+v", list)
	}
	first := list[0].ID
	if m, ok := c.Mail(first); !ok || m.To != "lena@example.com" {
		t.Errorf("by its ID: %+v, %v", m, ok)
	}
	for i := range catcherKeeps {
		c.keep(Caught{ID: strconv.Itoa(i)})
	}
	if _, ok := c.Mail(first); ok || len(c.Mails()) != catcherKeeps || c.Mails()[0].ID != strconv.Itoa(catcherKeeps-1) {
		t.Errorf("%d mails, newest %q", len(c.Mails()), c.Mails()[0].ID)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// A mail that may be unsubscribed from says how in one line, however long the
// address is. RFC 8058 §3.1.
func TestAMailSaysHowItsLikesEndByOneClick(t *testing.T) {
	srv := smtptest.Start(t)
	s := newSender(t, srv.URL()+"?from=charge@example.com")
	link := "https://charge.example.com/u/" + strings.Repeat("approvals.06h1qkprx4001w3anehzmb1e6w-", 5)
	m := letter("lena@example.com")
	m.Unsubscribe = link
	for _, want := range []string{"<" + link + ">", ""} {
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		got := srv.Wait("lena@example.com")
		if h := got.Header.Get("List-Unsubscribe"); h != want {
			t.Errorf("List-Unsubscribe: %q, want %q", h, want)
		}
		if h := got.Header.Get("List-Unsubscribe-Post"); (h == "List-Unsubscribe=One-Click") != (want != "") {
			t.Errorf("List-Unsubscribe-Post: %q", h)
		}
		m.Unsubscribe = ""
	}
}
