// Package mail sends mail by SMTP, and tells "later" from "never".
package mail

import "errors"

// Message is one mail to one person.
type Message struct {
	To      string // one bare address
	From    string // display name of the sender; the address is the configured one
	Subject string
	Text    string
	HTML    string
	ID      string // becomes the Message-ID: the same for every try of one mail
}

// Refused is an error by which the mail server said that it will never take
// this mail.
type Refused struct {
	Code  int    // SMTP reply code, 5xx
	Reply string // the server's words
}

func (r *Refused) Error() string { return r.Reply }

// IsRefused returns the server's words if err says "never".
func IsRefused(err error) (reply string, ok bool) {
	r, ok := errors.AsType[*Refused](err)
	if !ok {
		return "", false
	}
	return r.Reply, true
}
