// Package mail sends mail by SMTP, and tells "later" from "never".
package mail

import (
	"errors"
	"regexp"
)

// Message is one mail to one person.
type Message struct {
	To      string // one bare address
	From    string // display name of the sender; the address is the configured one
	Subject string
	Text    string
	HTML    string
	ID      string // becomes the Message-ID: the same for every try of one mail

	ReplyTo     string // a bare address that answers go to; "" for the sender's
	Unsubscribe string // https address of RFC 8058; only where a mail may be unsubscribed from

	Files []File // attached
}

// File is a file in a mail.
type File struct {
	Name string // "northgrid-sessions-2026-11-22.csv"
	Type string // "text/csv; charset=utf-8"
	Data []byte
}

// Refused is an error by which the mail server said that it will never take
// this mail.
type Refused struct {
	Code    int    // SMTP reply code, 5xx
	Reply   string // the server's words
	Address bool   // said of the recipient, before the mail was shown
}

func (r *Refused) Error() string { return r.Reply }

// enhancedRE finds an enhanced status code, RFC 3463.
var enhancedRE = regexp.MustCompile(`\b5\.(\d{1,3})\.(\d{1,3})\b`)

// OfAddress reports whether the refusal is about the address and not about this
// one mail: there is no such mailbox, or it is closed. RFC 3463 §3.2, §3.3; where
// the server gives no enhanced code, RFC 5321 §4.2.3.
func (r *Refused) OfAddress() bool {
	return AboutAddress(r.Reply, r.Address && (r.Code == 550 || r.Code == 551 || r.Code == 553))
}

// AboutAddress reports whether a server's words mean that an address takes no
// mail. otherwise is the answer for words without an enhanced status code.
func AboutAddress(words string, otherwise bool) bool {
	m := enhancedRE.FindStringSubmatch(words)
	switch {
	case m == nil || m[1] == "0":
		return otherwise
	case m[1] == "1": // addressing; 7 and 8 are about the sender's
		return m[2] != "7" && m[2] != "8"
	default:
		return m[1] == "2" && m[2] == "1" // mailbox disabled
	}
}

// IsRefused returns the server's words if err says "never".
func IsRefused(err error) (reply string, ok bool) {
	r, ok := errors.AsType[*Refused](err)
	if !ok {
		return "", false
	}
	return r.Reply, true
}

// errDown is in the chain of errors that are about the mail server and not about
// any mail.
var errDown = errors.New("no mail can be handed over")

// IsDown reports whether err says that the mail server takes no mail at all now:
// it cannot be reached, is not safe, or does not know us.
func IsDown(err error) bool { return errors.Is(err, errDown) }
