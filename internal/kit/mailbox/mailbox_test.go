package mailbox_test

import (
	"errors"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"testing"

	"involt/internal/kit/mailbox"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// literal is a mail to put into a mailbox.
type literal struct {
	*strings.Reader
}

func (l literal) Size() int64 { return l.Reader.Size() }

// serve starts a server with one mailbox, and returns its address and what puts
// mails into it.
func serve(t *testing.T) (address string, put func(string)) {
	t.Helper()
	user := imapmemserver.NewUser("bounces", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		InsecureAuth: true, Logger: log.New(io.Discard, "", 0),
	})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close(); <-done })
	return l.Addr().String(), func(text string) {
		if _, err := user.Append("INBOX", literal{strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n"))}, &imap.AppendOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMailsAreReadOnce(t *testing.T) {
	address, put := serve(t)
	box, err := mailbox.New("imap://bounces:secret@" + address + "/INBOX")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	read := func(fail string) error {
		_, err := box.Read(t.Context(), func(raw []byte) error {
			_, body, _ := strings.Cut(string(raw), "\r\n\r\n")
			if body == fail {
				return errors.New("the database is away")
			}
			got = append(got, body)
			return nil
		})
		return err
	}
	put("Subject: one\n\nfirst")
	put("Subject: two\n\nsecond")
	if err := read("second"); err == nil {
		t.Error("a mail that could not be taken was no error")
	}
	for range 2 {
		if err := read(""); err != nil {
			t.Fatal(err)
		}
	}
	put("Subject: three\n\nthird")
	if err := read(""); err != nil || !slices.Equal(got, []string{"first", "second", "third"}) {
		t.Errorf("read %q, %v", got, err)
	}
	wrong, err := mailbox.New("imap://bounces:wrong@" + address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Read(t.Context(), nil); err == nil || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for address, fine := range map[string]bool{
		"imaps://a%40b.example:p@mail.example.com/INBOX": true, "imaps://a:p@mail.example.com": true, "imap://a:p@127.0.0.1:143": true, "imap://a:p@localhost": true,
		"imap://a:p@mail.example.com": false, "pop3://a:p@mail.example.com": false, "imaps://mail.example.com": false, "": false, "imaps://a:p@mail.example.com?x=y": false,
	} {
		if _, err := mailbox.New(address); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
	}
}
