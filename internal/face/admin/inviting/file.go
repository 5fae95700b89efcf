package inviting

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/face/ui"
	"involt/internal/flow/intake/brief"
	"involt/internal/flow/onboard"
	"involt/internal/kit/errs"
)

// FormMost is how long the form of the first step may be with a file in it, in
// bytes. Only brief.MostBytes of the file are kept: of a longer one it is said that
// it is for the import, and nothing that was typed gets lost over it.
const FormMost = 64 << 20

// FileRoutes are where that form is sent to, below the workspace.
var FileRoutes = []string{"/users/invite", "/invitations/drafts/{draft}/people"}

// mostFields is how long the fields beside the file may be.
const mostFields = 1 << 20

// upload is a file that was sent with the rows.
type upload struct {
	name string
	text []byte
	long bool // it is longer than brief.MostBytes, and text is nothing
}

// readForm reads the rows and the file that came with them, if one did. The rows
// are put where other forms have theirs.
func readForm(r *http.Request) (f *upload, err error) {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(kind), "multipart/form-data") {
		return nil, nil // a form without a file, which was read already
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, unread(err)
	}
	r.PostForm = url.Values{}
	left := int64(mostFields)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, unread(err)
		}
		if part.FileName() != "" && part.FormName() == "file" {
			if f, err = receive(part); err != nil {
				return nil, err
			}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return nil, unread(err)
		}
		if left -= int64(len(text)); left < 0 {
			return nil, errs.New(errs.Invalid, "This is too much for one form. Import a file instead.")
		}
		r.PostForm.Add(part.FormName(), string(text))
	}
}

func receive(part *multipart.Part) (*upload, error) {
	f := &upload{name: path.Base(strings.ReplaceAll(part.FileName(), `\`, "/"))}
	text, err := io.ReadAll(io.LimitReader(part, brief.MostBytes+1))
	if err != nil {
		return nil, unread(err)
	}
	if f.text = text; len(text) > brief.MostBytes {
		f.text, f.long = nil, true
		// To its end, so that the fields behind it are read, and the browser its answer.
		if _, err := io.Copy(io.Discard, part); err != nil {
			return nil, unread(err)
		}
	}
	return f, nil
}

// unread is for a form that ended before its end. One that is longer than it may be
// keeps its own error.
func unread(err error) error {
	if long, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return long
	}
	return errs.New(errs.Invalid, "This form could not be read. Load the page again.")
}

// fill puts what a file says into rows, behind those that were typed, and says what
// is to be known of all of them. A file that does not fit changes nothing.
func (c *Pages) fill(p *page, r *http.Request, f *upload) error {
	refuse := func(format string, args ...any) {
		p.wrong = ui.Errors{"file": fmt.Sprintf(format, args...)}
	}
	typed := filled(p.People)
	if f.long {
		refuse("%s is too large for this form. %s", f.name, instead(p))
		return nil
	}
	got, err := brief.Read(f.text, onboard.MaxInvitees)
	if errs.KindOf(err) == errs.Invalid {
		refuse("%s: %s", f.name, errs.Text(err))
		return nil
	}
	if err != nil {
		return err
	}
	switch n := len(got.Rows); {
	case got.More:
		refuse("%s has more than %d people, and one form takes no more. %s", f.name, onboard.MaxInvitees, instead(p))
		return nil
	case len(typed)+n > onboard.MaxInvitees:
		refuse("%s has %d people. With those in the rows there would be %d; one form takes up to %d. %s", f.name, n, len(typed)+n, onboard.MaxInvitees, instead(p))
		return nil
	case n == 0 && len(got.Skipped) > 0:
		refuse("%s has nobody in it who can be invited. Line %d: %s", f.name, got.Skipped[0].Line, got.Skipped[0].Why)
		return nil
	case n == 0:
		refuse("%s has nobody in it.", f.name)
		return nil
	}
	p.People = typed
	for _, row := range got.Rows {
		p.People = append(p.People, onboard.Invitee{Email: row.Email, FirstName: row.FirstName, LastName: row.LastName, Card: row.Card})
	}
	p.filled = &filling{name: f.name, rows: len(got.Rows), ignored: got.Ignored, skipped: got.Skipped}
	p.focus = ""
	notes, err := c.Onboard.Check(r.Context(), p.v.By, p.People)
	if err != nil {
		return err
	}
	p.wrong, p.Seen = p.noted(notes), odd(notes)
	return nil
}

// instead says what to do with a file that is too much for the form.
func instead(p *page) string {
	if p.v.Whole(access.PeopleWrite | access.PersonalData) {
		return "Import it instead, and invite them afterwards."
	}
	return "Take a part of them."
}

// filling is what came of a file that has filled rows.
type filling struct {
	name    string
	rows    int
	ignored []string
	skipped []brief.Skipped
}

// namesShown is how many columns or lines a sentence names before it says "and 2 more".
const namesShown = 8

func (f *filling) title(rd ui.Reader) string {
	return count(rd, f.rows, "person", "people") + " from " + f.name
}

// columns says which columns were passed over, "" if none.
func (f *filling) columns(rd ui.Reader) string {
	if len(f.ignored) == 0 {
		return ""
	}
	return "Only e-mail addresses, names and RFID numbers are taken. Passed over: " + someOf(f.ignored, namesShown, rd) + "."
}

// lines says which lines gave no row, "" if all did.
func (f *filling) lines(rd ui.Reader) string {
	if len(f.skipped) == 0 {
		return ""
	}
	var list []string
	same := !slices.ContainsFunc(f.skipped, func(s brief.Skipped) bool { return s.Why != f.skipped[0].Why })
	for _, s := range f.skipped {
		list = append(list, rd.Int(int64(s.Line)))
	}
	text := "Left out: line " + list[0]
	if len(list) > 1 {
		text = "Left out: lines " + someOf(list, namesShown, rd)
	}
	if same {
		return text + ". " + f.skipped[0].Why
	}
	return text + ". They could not be read, or name nobody."
}
