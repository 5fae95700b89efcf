package inviting

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/onboard"
)

// emptyRows is how many rows the form begins with.
const emptyRows = 2

func lineField(i int, field string) string { return fmt.Sprintf("people.%d.%s", i, field) }

// readPeople takes the rows, and what was pasted or stands in a file as further
// ones.
func (c *Pages) readPeople(p *page, r *http.Request) error {
	file, err := readForm(r)
	if err != nil {
		return err
	}
	f := r.PostForm
	if g := id.Group(f.Get("group")); g != "" && p.draft == "" { // whoever came from a group invites into it
		p.Method, p.Group = byGroup, g
	}
	p.People = nil
	n, _ := strconv.Atoi(f.Get("rows"))
	for i := range min(n, onboard.MaxInvitees+1) {
		p.People = append(p.People, lineOf(f.Get, i))
	}
	p.paste, p.Seen = f.Get("paste"), f.Get("seen")
	do := f.Get("do")
	if pasted := fromPaste(p.paste); len(pasted) > 0 && do != "add" {
		if n := len(filled(p.People)) + len(pasted); n > onboard.MaxInvitees {
			// What does not fit stays in the field, so that nothing of it gets lost.
			p.wrong = ui.Errors{"paste": fmt.Sprintf("With these there would be more than %d people, and one form takes no more. %s", onboard.MaxInvitees, instead(p))}
			return nil
		}
		p.People, p.paste = append(filled(p.People), pasted...), ""
	}
	switch {
	case file != nil:
		return c.fill(p, r, file)
	case do == "file":
		p.wrong = ui.Errors{"file": "Choose a file first."}
	case do == "add":
		p.focus = lineField(len(p.People), "email")
		p.People = append(p.People, onboard.Invitee{})
	}
	return nil
}

func lineOf(get func(string) string, i int) onboard.Invitee {
	said := func(field string) string { return strings.TrimSpace(get(lineField(i, field))) }
	in := onboard.Invitee{Email: said("email"), Card: said("card")}
	name := strings.Join(strings.Fields(said("name")), " ")
	if at := strings.LastIndexByte(name, ' '); at > 0 && in.Email != "" {
		in.FirstName, in.LastName = name[:at], name[at+1:]
	} else {
		in.LastName = name // what a pool car is called is one name
	}
	return in
}

func nameOf(in onboard.Invitee) string { return strings.TrimSpace(in.FirstName + " " + in.LastName) }

// filled are the rows in which something stands.
func filled(all []onboard.Invitee) []onboard.Invitee {
	return slices.DeleteFunc(slices.Clone(all), func(p onboard.Invitee) bool { return p.Email == "" && p.Card == "" && nameOf(p) == "" })
}

// wrongPeople says what stops the rows, and what is odd about them until that was
// read.
func (c *Pages) wrongPeople(p *page, r *http.Request) (ui.Errors, error) {
	p.People = filled(p.People)
	switch n := len(p.People); {
	case n == 0:
		p.People = make([]onboard.Invitee, emptyRows)
		return ui.Errors{lineField(0, "email"): "Add at least one person."}, nil
	case n > onboard.MaxInvitees:
		return ui.Errors{lineField(0, "email"): fmt.Sprintf("One form takes up to %d people; this one has %d. Import a file instead.", onboard.MaxInvitees, n)}, nil
	}
	notes, err := c.Onboard.Check(r.Context(), p.v.By, p.People)
	if err != nil {
		return nil, err
	}
	wrong := p.noted(notes)
	if seen := odd(notes); seen != "" && seen != p.Seen && len(wrong) == 0 {
		// Read once: whoever goes on with the same rows means them.
		p.Seen = seen
		return ui.Errors{"": "Look at the rows that are marked. If they are right as they are, continue."}, nil
	}
	return wrong, nil
}

// noted sorts notes by their fields and returns those that stop.
func (p *page) noted(notes []onboard.Note) ui.Errors {
	wrong := ui.Errors{}
	p.notes = map[string]onboard.Note{}
	for _, n := range notes {
		if _, have := p.notes[n.Field]; !have || n.Stops {
			p.notes[n.Field] = n
		}
		if n.Stops && wrong[n.Field] == "" {
			wrong[n.Field] = n.Text
		}
	}
	return wrong
}

// odd names the warnings among notes, "" if there are none.
func odd(notes []onboard.Note) string {
	var b strings.Builder
	for _, n := range notes {
		if !n.Stops {
			b.WriteString(n.Field + "|" + n.Text + "\n")
		}
	}
	if b.Len() == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:8])
}

// check says what is to be known of one row while it is typed. The row is named by
// its number, and its fields are sent as the form has them.
func (c *Pages) check(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	q := r.URL.Query()
	i, err := strconv.Atoi(q.Get("row"))
	if err != nil || i < 0 || i > onboard.MaxInvitees {
		i = 0
	}
	p := &page{v: v}
	var list []noteLine
	if in := lineOf(q.Get, i); in.Email != "" || in.Card != "" {
		notes, err := c.Onboard.Check(r.Context(), v.By, []onboard.Invitee{in})
		if err != nil {
			return err
		}
		for _, n := range notes {
			if strings.HasSuffix(n.Field, ".name") && in.Email == "" {
				continue // it is still being typed
			}
			list = append(list, p.line(n))
		}
	}
	return ui.Render(w, r, http.StatusOK, rowNotes(i, list))
}

// noteLine is a note as it is drawn.
type noteLine struct {
	text  string
	stops bool
	href  string // of who is meant; "" for nobody
}

func (p *page) line(n onboard.Note) noteLine {
	l := noteLine{text: n.Text, stops: n.Stops}
	if n.Person != "" {
		l.href = p.v.To("/users/" + string(n.Person))
	}
	return l
}

// lines are the notes of a row that its fields do not show themselves.
func (p *page) lines(i int) (list []noteLine) {
	for _, field := range []string{"email", "name", "card"} {
		n, ok := p.notes[lineField(i, field)]
		switch {
		case !ok, n.Stops && n.Person == "":
		case n.Stops:
			list = append(list, noteLine{href: p.v.To("/users/" + string(n.Person)), stops: true})
		default:
			list = append(list, p.line(n))
		}
	}
	return list
}

// order is the fields of the rows from top to bottom, for the summary of errors.
func (p *page) order() (list []string) {
	for i := range p.People {
		list = append(list, lineField(i, "email"), lineField(i, "name"), lineField(i, "card"))
	}
	return append(list, "paste", "file")
}
