package mail

import (
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// line is a connection that has said hello, and proven itself if it must.
type line struct {
	smtp  *smtp.Client
	conn  net.Conn
	since time.Time // when it was last used; zero if it is new

	together bool // commands may be sent without waiting for each answer, RFC 2920
	eightBit bool // RFC 6152
}

// errStale says of a connection that was kept that the server had left it before
// anything was said about the mail.
var errStale = errors.New("the mail server has left the connection")

// send speaks the dialogue of one mail. Where the server allows it the envelope is
// sent in one piece, so that a mail takes two journeys and not four.
func (l *line) send(from, to string, msg *gomail.Msg, p Patience) error {
	first := p.Send
	if !l.since.IsZero() {
		first = min(first, p.Dial) // a server that is gone should not be waited for as one that thinks
	}
	if err := l.smtp.UpdateDeadline(first); err != nil {
		return l.stale(err)
	}
	commands := []string{"MAIL FROM:<" + from + ">", "RCPT TO:<" + to + ">", "DATA"}
	if l.eightBit {
		commands[0] += " BODY=8BITMIME"
	}
	answers := []func() error{
		func() error { return l.mailed(from, p) },
		func() error { return verdict(l.answer(25), true) },
		func() error { return verdict(l.answer(354), false) },
	}
	// A refusal leaves the rest of the envelope unanswered, and its connection is
	// given up: so a server that would take the mail for nobody gets none.
	if l.together {
		if err := l.say(commands...); err != nil {
			return l.stale(err)
		}
	}
	for i, answer := range answers {
		if !l.together {
			if err := l.say(commands[i]); err != nil && i == 0 {
				return l.stale(err)
			} else if err != nil {
				return verdict(err, false)
			}
		}
		if err := answer(); err != nil {
			return err
		}
	}
	w := l.smtp.Text.DotWriter()
	if _, err := msg.WriteTo(w); err != nil {
		return fmt.Errorf("sending the mail: %w", err)
	}
	if err := l.smtp.UpdateDeadline(p.Last); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return verdict(err, false)
	}
	return verdict(l.answer(250), false)
}

// say sends commands in one piece.
func (l *line) say(commands ...string) error {
	w := l.smtp.Text.W
	for _, c := range commands {
		if _, err := w.WriteString(c + "\r\n"); err != nil {
			return err
		}
	}
	return w.Flush()
}

// answer reads an answer, which must have a code that begins with want.
func (l *line) answer(want int) error {
	_, _, err := l.smtp.Text.ReadResponse(want)
	return err
}

// mailed reads the answer to the sender's address.
func (l *line) mailed(from string, p Patience) error {
	err := l.answer(250)
	if err == nil {
		if !l.since.IsZero() {
			return l.smtp.UpdateDeadline(p.Send)
		}
		return nil
	}
	reply, said := errors.AsType[*textproto.Error](err)
	if !said || reply.Code < 500 { // many servers take a few mails over one connection and no more
		err = l.stale(err)
	}
	// What the server says against the sender is about the configuration and not
	// about this mail: a wrong setting must not bounce everybody's mail.
	if said && reply.Code >= 500 {
		err = down{err}
	}
	return fmt.Errorf("the mail server does not take mail from %s: %w", from, err)
}

// stale marks an error of a connection that was kept.
func (l *line) stale(err error) error {
	if l.since.IsZero() {
		return err
	}
	return fmt.Errorf("%w: %w", errStale, err)
}

// verdict tells the server's "never" from its "later". That we should prove who
// we are is not about the mail. address says that the recipient was asked about,
// and nothing else.
func verdict(err error, address bool) error {
	reply, ok := errors.AsType[*textproto.Error](err)
	switch {
	case err == nil:
		return nil
	case ok && reply.Code >= 500 && reply.Code <= 599 && reply.Code != 503 && reply.Code != 530 && reply.Code != 535 && reply.Code != 538:
		return &Refused{Code: reply.Code, Reply: oneLine(fmt.Sprintf("%d %s", reply.Code, reply.Msg)), Address: address}
	default:
		return fmt.Errorf("the mail server does not take the mail now: %w", err)
	}
}
