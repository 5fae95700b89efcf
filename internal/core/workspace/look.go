package workspace

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Look is how the mails of a workspace look, and what they say in place of our
// own words.
type Look struct {
	Sender  string              `json:"sender,omitempty"`   // whom mails come from, as their readers see it; "" for the workspace's name
	ReplyTo string              `json:"reply_to,omitempty"` // where answers go; "" for the sender's address
	Colour  string              `json:"colour,omitempty"`   // #rrggbb of the button and of the name above; "" for ours, and no name
	Footer  string              `json:"footer,omitempty"`   // stands below every mail: a postal address
	Texts   map[string]MailText `json:"texts,omitempty"`    // by TextKey
}

// MailText is what a kind of mail says in one language, where it is not what we
// say. It is plain text; "" leaves a part as it is.
type MailText struct {
	Subject string `json:"subject,omitempty"`
	Title   string `json:"title,omitempty"`
	Text    string `json:"text,omitempty"`    // the sentences below the greeting
	Closing string `json:"closing,omitempty"` // stands before the last line; we say nothing there
}

// The kinds of mails whose words may be changed.
const (
	MailInvitation = "invitation"
	MailStaff      = "staff"
	MailConfirm    = "confirm"
	MailApproved   = "approved"
	MailDeclined   = "declined"
)

// MailKinds are all of them.
var MailKinds = []string{MailInvitation, MailStaff, MailConfirm, MailApproved, MailDeclined}

// Placeholders are what stands in braces in a text and is replaced.
var Placeholders = []string{"name", "operator", "inviter", "until"}

// TextKey names a kind of mail in a language.
func TextKey(kind, language string) string { return kind + " " + language }

// TextOf is what is said in place of our words; the zero one if nothing is.
func (l *Look) TextOf(kind, language string) MailText { return l.Texts[TextKey(kind, language)] }

// How much a text may say, in characters.
const (
	maxSender  = 60
	maxFooter  = 300
	maxSubject = 120
	maxTitle   = 80
	maxText    = 1000
)

var (
	colourRE = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	braceRE  = regexp.MustCompile(`\{([^{}]*)\}`)
	linkRE   = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://|www\.|[\pL\pN@][.。]\pL{2,}`)
)

// Check says what is wrong with a look, at its fields. Whether ReplyTo is an
// address is for the caller to say.
func (l *Look) Check() error {
	var wrong errs.List
	plain(&wrong, "sender", l.Sender, maxSender, true)
	plain(&wrong, "footer", l.Footer, maxFooter, false)
	if l.Colour != "" && !colourRE.MatchString(l.Colour) {
		wrong.Add(errs.AtField("colour", "Write the colour as # and six digits, for instance #0a7a4b."))
	}
	return wrong.Err()
}

// Check says what is wrong with a text, at its fields.
func (t *MailText) Check() error {
	var wrong errs.List
	for _, f := range []struct {
		name, text string
		most       int
		line       bool
	}{{"subject", t.Subject, maxSubject, true}, {"title", t.Title, maxTitle, true}, {"text", t.Text, maxText, false}, {"closing", t.Closing, maxText, false}} {
		plain(&wrong, f.name, f.text, f.most, f.line)
		for _, m := range braceRE.FindAllStringSubmatch(f.text, -1) {
			if !isPlaceholder(m[1]) {
				wrong.Add(errs.AtField(f.name, "{%s} is not one of the words that are filled in. There are {%s}.", m[1], strings.Join(Placeholders, "}, {")))
				break
			}
		}
		if rest := braceRE.ReplaceAllString(f.text, ""); strings.ContainsAny(rest, "{}") {
			wrong.Add(errs.AtField(f.name, "A brace is open. Write words that are filled in as {name}, and no other braces."))
		}
	}
	return wrong.Err()
}

func isPlaceholder(s string) bool {
	for _, p := range Placeholders {
		if p == s {
			return true
		}
	}
	return false
}

func plain(wrong *errs.List, field, text string, most int, line bool) {
	switch n := len([]rune(text)); {
	case n > most:
		wrong.Add(errs.AtField(field, "This has %d characters; at most %d fit.", n, most))
	case line && strings.ContainsAny(text, "\r\n"):
		wrong.Add(errs.AtField(field, "This must be one line."))
	case linkRE.MatchString(text):
		wrong.Add(errs.AtField(field, "Leave out web and mail addresses: mail programs make links of them, and a mail of ours carries its own link and no other."))
	}
}

// SaveLook writes how the workspace's mails look, after its checks. If someone
// else changed the workspace since version was read, that is an errs.Conflict.
func SaveLook(tx *db.Tx, ws id.Workspace, l *Look, version int64) error {
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("how mails look: %w", err)
	}
	n, err := tx.Exec(`UPDATE workspace SET mail_look = ?, version = version + 1 WHERE id = ? AND version = ?`, string(text), ws, version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed these settings. Load them again and repeat your change.")
	}
	return err
}

func (w *Workspace) readLook(text string) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &w.Look); err != nil {
		return fmt.Errorf("how mails look: %w", err)
	}
	return nil
}
