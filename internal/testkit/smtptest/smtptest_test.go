package smtptest_test

import (
	"errors"
	"strings"
	"testing"

	"involt/internal/testkit/smtptest"

	"github.com/emersion/go-smtp"
)

const invitation = "From: Involt <no-reply@involt.test>\r\n" +
	"To: ada@example.org\r\n" +
	"Subject: =?utf-8?q?You_are_invited_to_Z=C3=BCrich?=\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"Open http://localhost:8080/i/abc=3D.\r\n" +
	"--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
	"PGEgaHJlZj0iaHR0cDovL2xvY2FsaG9zdDo4MDgwL2kvYWJjPSI+T3BlbjwvYT4=\r\n" +
	"--x--\r\n"

// send delivers the invitation and returns what the server answered.
func send(t *testing.T, s *smtptest.Server, to string) error {
	t.Helper()
	c, err := smtp.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.SendMail("no-reply@involt.test", []string{to}, strings.NewReader(invitation))
}

func TestMailIsReadAsAPersonWould(t *testing.T) {
	s := smtptest.Start(t)
	if !strings.HasPrefix(s.URL(), "smtp://127.0.0.1:") {
		t.Errorf("URL %q", s.URL())
	}
	if err := send(t, s, "Ada@example.org"); err != nil {
		t.Fatal(err)
	}
	m := s.Wait("ada@example.org")
	if m.Subject != "You are invited to Zürich" || !strings.Contains(m.Text, "/i/abc=.") || !strings.Contains(m.HTML, ">Open<") {
		t.Errorf("read %q, %q, %q", m.Subject, m.Text, m.HTML)
	}
	if got := m.Link(t, "/i/"); got != "http://localhost:8080/i/abc=" || len(m.Links) != 1 {
		t.Errorf("link %q of %q", got, m.Links)
	}
}

func TestEachWaitReturnsAnotherMail(t *testing.T) {
	s := smtptest.Start(t)
	for range 2 {
		if err := send(t, s, "ada@example.org"); err != nil {
			t.Fatal(err)
		}
	}
	first, second := s.Wait("ada@example.org"), s.Wait("ada@example.org")
	if first == second {
		t.Error("the same mail was returned twice")
	}
}

func TestScriptedReplies(t *testing.T) {
	s := smtptest.Start(t)
	s.Script("ada@example.org",
		smtptest.Refuse(451, "try later"), smtptest.Refuse(550, "no such person"),
		smtptest.RefuseAfterData(554, "looks like spam"), smtptest.Drop())
	for _, code := range []int{451, 550, 554} {
		err := send(t, s, "ada@example.org")
		if answer, ok := errors.AsType[*smtp.SMTPError](err); !ok || answer.Code != code {
			t.Errorf("answer %v, want %d", err, code)
		}
	}
	if err := send(t, s, "ada@example.org"); err == nil {
		t.Error("a dropped connection was taken for an answer")
	}
	if n := len(s.Unconfirmed("ada@example.org")); n != 1 {
		t.Errorf("%d mails unconfirmed, want 1", n)
	}
	if err := send(t, s, "ada@example.org"); err != nil {
		t.Errorf("after the script: %v", err)
	}
	if n := len(s.Accepted("ada@example.org")); n != 1 {
		t.Errorf("%d mails accepted, want 1", n)
	}
}

func TestAHangingServerLetsGoAtTheEnd(t *testing.T) {
	answer := make(chan error, 1)
	t.Run("hang", func(t *testing.T) {
		s := smtptest.Start(t)
		s.Script("ada@example.org", smtptest.Hang())
		c, err := smtp.Dial(s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer c.Close()
			answer <- c.SendMail("no-reply@involt.test", []string{"ada@example.org"}, strings.NewReader(invitation))
		}()
		s.Script("bob@example.org", smtptest.Accept())
		if err := send(t, s, "bob@example.org"); err != nil { // others are served meanwhile
			t.Error(err)
		}
	})
	if err := <-answer; err == nil {
		t.Error("the sender took silence for an answer")
	}
}
