// Package bounce reads what mail systems say about mails that were taken and did
// not arrive: delivery status notifications (RFC 3464) as they come into a
// mailbox, and what senders of mail as a service post to a webhook.
package bounce

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/textproto"
	"strings"
)

// Kind is what became of a mail.
type Kind string

// The kinds. A delay or a success is nothing that anybody has to act on.
const (
	Failed    Kind = "failed"    // it will never arrive
	Complaint Kind = "complaint" // its reader called it spam
)

// Report is what is said about one mail to one recipient.
type Report struct {
	Kind      Kind
	MessageID string // of the mail that was sent, without angle brackets; "" if it is not told
	Recipient string // "" if it is not told
	Status    string // enhanced status code, RFC 3463: "5.1.1"; "" if there is none
	Words     string // of whoever refused it, in one line
}

// most bounds how much of a part is read: a report is short, and what it brings
// back may be long.
const most = 256 << 10

// errNone says that a mail reports nothing.
var errNone = errors.New("this mail is no delivery report")

// IsNone reports whether err says that a mail was read well and is something else.
func IsNone(err error) bool { return errors.Is(err, errNone) }

// ReadMail reads a mail as it came in. What is no delivery report is an error for
// which [IsNone] holds; so is one that reports delays and successes only.
func ReadMail(r io.Reader) ([]Report, error) {
	m, err := mail.ReadMessage(bufio.NewReader(io.LimitReader(r, 4<<20)))
	if err != nil {
		return nil, err
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || !strings.EqualFold(params["report-type"], "delivery-status") {
		return nil, errNone
	}
	var list []Report
	original := ""
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if len(list) > 0 {
				break // cut off behind what matters
			}
			return nil, err
		}
		kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			continue
		}
		switch kind {
		case "message/delivery-status", "message/global-delivery-status":
			list = append(list, statuses(p)...)
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
			original = messageID(p)
		}
	}
	if original == "" { // some quote it nowhere but here
		original = bare(m.Header.Get("X-Original-Message-ID"))
	}
	named := verpID(m.Header)
	for i := range list {
		list[i].MessageID = original
		if original == "" {
			list[i].MessageID = named
		}
	}
	if len(list) == 0 {
		return nil, errNone
	}
	return list, nil
}

// statuses reads the fields of message/delivery-status: a group about the mail,
// and one about each recipient. RFC 3464 §2.1.
func statuses(r io.Reader) (list []Report) {
	tp := textproto.NewReader(bufio.NewReader(io.LimitReader(r, most)))
	for {
		h, err := tp.ReadMIMEHeader()
		if strings.EqualFold(strings.TrimSpace(h.Get("Action")), "failed") { // §2.3.3
			list = append(list, Report{
				Kind: Failed, Recipient: address(h), Status: strings.Fields(h.Get("Status") + " -")[0], Words: words(h),
			})
			if s := &list[len(list)-1].Status; *s == "-" {
				*s = ""
			}
		}
		if err != nil {
			return list
		}
	}
}

// address is the recipient of a group: as we gave it, if it is told. §2.3.1, §2.3.2.
func address(h textproto.MIMEHeader) string {
	for _, name := range []string{"Original-Recipient", "Final-Recipient"} {
		kind, text, ok := strings.Cut(h.Get(name), ";")
		if ok && strings.EqualFold(strings.TrimSpace(kind), "rfc822") {
			return strings.ToLower(strings.Trim(strings.TrimSpace(text), "<>"))
		}
	}
	return ""
}

// words is the diagnostic code. §2.3.6.
func words(h textproto.MIMEHeader) string {
	_, text, ok := strings.Cut(h.Get("Diagnostic-Code"), ";")
	if !ok {
		text = h.Get("Diagnostic-Code")
	}
	if text = oneLine(text); text == "" {
		text = oneLine(h.Get("Status"))
	}
	return text
}

// messageID finds the Message-ID of the mail that came back.
func messageID(r io.Reader) string {
	h, _ := textproto.NewReader(bufio.NewReader(io.LimitReader(r, most))).ReadMIMEHeader() // as far as it goes
	return bare(h.Get("Message-Id"))
}

// verpID is the name of the mail in the address that the report came to:
// "bounces+NAME@example.com".
func verpID(h mail.Header) string {
	for _, name := range []string{"X-Original-To", "Delivered-To", "To"} {
		list, err := mail.ParseAddressList(h.Get(name))
		if err != nil {
			continue
		}
		for _, a := range list {
			local, _, _ := strings.Cut(a.Address, "@")
			if _, id, ok := strings.Cut(local, "+"); ok && id != "" {
				return id
			}
		}
	}
	return ""
}

func bare(id string) string { return strings.Trim(strings.TrimSpace(id), "<>") }

func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if r := []rune(s); len(r) > 500 {
		s = string(r[:500])
	}
	return s
}

// limited reads a webhook's body.
func limited(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, 4<<20))
	return bytes.TrimSpace(b), err
}
