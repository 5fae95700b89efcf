package smtptest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Message is one mail as it came in.
type Message struct {
	From string   // of the envelope
	To   []string // of the envelope
	Raw  []byte   // as sent, headers included

	Header  mail.Header
	Subject string // decoded
	Text    string // the text/plain part, decoded; empty if there is none
	HTML    string // the text/html part, decoded; empty if there is none

	// Links holds every http address of the text part and then of the HTML part,
	// each once.
	Links []string
}

// Link returns the first link that contains part; there must be one.
func (m *Message) Link(t testing.TB, part string) string {
	t.Helper()
	for _, l := range m.Links {
		if strings.Contains(l, part) {
			return l
		}
	}
	t.Fatalf("the mail %q to %v has no link with %q; it has %q", m.Subject, m.To, part, m.Links)
	return ""
}

func (m *Message) isTo(address string) bool {
	return slices.ContainsFunc(m.To, func(to string) bool { return strings.EqualFold(to, address) })
}

// linkRE finds addresses in plain text and in attributes alike: neither blanks
// nor quotes nor angle brackets belong to one.
var linkRE = regexp.MustCompile(`https?://[^\s"'<>]+`)

// read parses a mail.
func read(from string, to []string, raw []byte) (*Message, error) {
	p, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	m := &Message{From: from, To: to, Raw: raw, Header: p.Header}
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(p.Header.Get("Subject")); err != nil {
		return nil, fmt.Errorf("subject: %w", err)
	}
	if err := m.part(p.Header.Get, p.Body); err != nil {
		return nil, err
	}
	for _, text := range []string{m.Text, strings.ReplaceAll(m.HTML, "&amp;", "&")} {
		for _, l := range linkRE.FindAllString(text, -1) {
			l = strings.TrimRight(l, ".,;:!?)") // the sentence's, not the address's
			if !slices.Contains(m.Links, l) {
				m.Links = append(m.Links, l)
			}
		}
	}
	return m, nil
}

// part reads one part, or the parts within it.
func (m *Message) part(header func(string) string, body io.Reader) error {
	contentType := header("Content-Type")
	if contentType == "" {
		contentType = "text/plain"
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Errorf("content type %q: %w", contentType, err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		for parts := multipart.NewReader(body, params["boundary"]); ; {
			p, err := parts.NextRawPart()
			if err == io.EOF {
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
		return fmt.Errorf("%s: %w", kind, err)
	}
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	switch {
	case kind == "text/plain" && m.Text == "":
		m.Text = text
	case kind == "text/html" && m.HTML == "":
		m.HTML = text
	}
	return nil
}
