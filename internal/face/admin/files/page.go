package files

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/intake"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// shown is how many rows a page lists.
const shown = 100

// view is an import as its page shows it now.
type view struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	rd    ui.Reader
	now   time.Time
	imports.Import
	counts imports.Counts // of what was done if it was applied, else of the preview
	filter intake.Filter
	from   int
	rows   []intake.Outcome
	names  map[string]string // of who did something, and of what depends on it, by subject
	wrong  ui.Errors
	said   intake.Answers
	mayInv bool // those who are added can be invited
}

func (p *view) self() string { return p.v.To("/imports/" + string(p.ID)) }

// open reads the import of the address.
func (c *Pages) open(r *http.Request, v *frame.Visit) (*view, error) {
	one := id.Import(r.PathValue("import"))
	if !id.Valid(string(one)) {
		return nil, errs.New(errs.NotFound, "There is no such page.")
	}
	im, err := c.Intake.ByID(r.Context(), v.By, one)
	if err != nil {
		return nil, err
	}
	p := &view{v: v, rd: ui.ReaderOf(r.Context()), now: c.Now(), Import: im, counts: im.Counts, mayInv: c.Intake.Inviter != nil}
	if im.State.Applied() {
		p.counts = im.Applied
	}
	p.shell = v.Shell(p.title(), ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")}, ui.Link{Label: "Imports", Href: v.To("/imports")})
	return p, nil
}

func (p *view) title() string {
	switch p.State {
	case imports.Previewing, imports.Previewed:
		return "Preview of " + p.Name
	case imports.Applying:
		return "Importing " + p.Name
	case imports.Done, imports.Stopped:
		return "Imported " + p.Name
	case imports.Undoing:
		return "Undoing the import of " + p.Name
	case imports.Undone:
		return "Import of " + p.Name + " undone"
	case imports.Uploading, imports.Failed:
	}
	return p.Name
}

// page is the preview, how far applying has come, or what became of it.
func (c *Pages) page(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p.filter = intake.Filter(q.Get("show"))
	if p.filter == intake.All && !q.Has("show") && p.State.Applied() && p.counts.Refuse > 0 {
		p.filter = intake.Refused // they need somebody
	}
	if p.filter == "all" {
		p.filter = intake.All
	}
	p.from, _ = strconv.Atoi(q.Get("from"))
	p.from = max(0, p.from)
	if p.Kept {
		if p.rows, err = c.Intake.Rows(r.Context(), v.By, p.ID, p.filter, p.from, shown); err != nil {
			return err
		}
	}
	if p.names, err = c.names(r, v, p.Import); err != nil {
		return err
	}
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, importPage(p))
}

var done = map[string]string{
	"discarded": "The file was forgotten. Nothing of it was written.",
	"mapped":    "The file was read with these columns. Files with the same headings are read so from now on.",
}

// names says what people are called who are named in imports: who asked, and
// what something depends on.
func (c *Pages) names(r *http.Request, v *frame.Visit, list ...imports.Import) (map[string]string, error) {
	names := map[string]string{}
	var people []id.Person
	var payers []id.Account
	note := func(subject string) {
		noun, key, _ := strings.Cut(subject, ":")
		switch {
		case names[subject] != "":
		case noun == "person":
			names[subject] = "Someone who is no longer there"
			people = append(people, id.Person(key))
		case noun == "key":
			names[subject] = "An API key"
		case noun == "system":
			names[subject] = "The command line"
		case noun == "card":
			names[subject] = "A card"
		case noun == "group":
			names[subject] = "A user group"
		case noun == "account":
			names[subject] = "An account"
			payers = append(payers, id.Account(key))
		}
	}
	for _, im := range list {
		note(im.Asker)
		note(im.Undoer)
		for _, d := range im.Back.Depends {
			note(d.Subject)
		}
	}
	if len(payers) > 0 && v.Whole(access.AccountsRead) {
		called, err := c.Browse.AccountLabels(r.Context(), v.By, payers)
		if err != nil {
			return nil, err
		}
		for a, name := range called {
			names["account:"+string(a)] = name
		}
	}
	if len(people) == 0 {
		return names, nil
	}
	users, err := c.Browse.UsersByID(r.Context(), v.By, people)
	for _, u := range users {
		names["person:"+string(u.ID)] = u.Name
	}
	return names, err
}

// show is the address of the rows of a kind.
func (p *view) show(f intake.Filter, from int) string {
	q := url.Values{"show": {string(f)}}
	if f == intake.All {
		q.Set("show", "all")
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	return p.self() + "?" + q.Encode()
}

// found is how many rows the filter finds.
func (p *view) found() int {
	switch c := &p.counts; p.filter {
	case intake.Adds:
		return c.Add
	case intake.Changes:
		return c.Change
	case intake.Sames:
		return c.Same
	case intake.Refused:
		return c.Refuse
	case intake.Conflicts:
		return c.Conflicts
	case intake.Warned:
		return c.Warnings
	default:
		return c.Rows
	}
}

func (p *view) tabs() (tabs []ui.Tab) {
	for _, t := range []struct {
		f     intake.Filter
		label string
		n     int
		empty bool // shown though there is none
	}{
		{intake.All, "All rows", p.counts.Rows, true},
		{intake.Adds, "Add", p.counts.Add, true},
		{intake.Changes, "Change", p.counts.Change, true},
		{intake.Sames, "The same", p.counts.Same, true},
		{intake.Refused, "Refused", p.counts.Refuse, true},
		{intake.Conflicts, "Corrected by hand", p.counts.Conflicts, false},
		{intake.Warned, "Worth a look", p.counts.Warnings, false},
	} {
		if t.n > 0 || t.empty {
			tabs = append(tabs, ui.Tab{Label: t.label, Href: p.show(t.f, 0), Count: p.rd.Int(int64(t.n)), Current: p.filter == t.f})
		}
	}
	return tabs
}

func (p *view) pager() ui.PagerProps {
	pg := ui.PagerProps{From: int64(p.from + 1), To: int64(p.from + len(p.rows)), Total: int64(p.found()), Target: "rows"}
	if p.from > 0 {
		pg.Prev = p.show(p.filter, max(0, p.from-shown))
	}
	if p.from+len(p.rows) < p.found() {
		pg.Next = p.show(p.filter, p.from+shown)
	}
	return pg
}

// progress is how far the work has come, of how much, in what unit.
func (p *view) progress() (done, total int64) {
	switch p.State {
	case imports.Previewing:
		return p.Counts.Bytes, p.Size
	case imports.Applying:
		return int64(p.Applied.Rows), int64(p.Counts.Rows)
	case imports.Undoing:
		return p.UndoReached, p.Reached
	default:
		return 0, 0
	}
}

// pace says how fast it goes, and how long it will take.
func (p *view) pace() string {
	done, total := p.progress()
	took := p.now.Sub(p.Started)
	if done <= 0 || took < time.Second {
		return ""
	}
	var list []string
	rows := int64(p.Counts.Rows)
	if p.State == imports.Applying {
		rows = int64(p.Applied.Rows)
	}
	if p.State != imports.Undoing && p.Reached <= p.Chunks {
		list = append(list, p.rd.Int(int64(float64(rows)/took.Seconds()))+" rows a second")
	}
	left := time.Duration(float64(took) * float64(total-done) / float64(done)).Round(time.Second)
	switch {
	case left < 2*time.Second:
	case left < 2*time.Minute:
		list = append(list, "about "+p.rd.Int(int64(left.Seconds()))+" seconds left")
	default:
		list = append(list, "about "+p.rd.Int(int64(left.Minutes()))+" minutes left")
	}
	return strings.Join(list, ", ")
}

// apply writes what the preview showed. A second click finds it under way or done.
func (c *Pages) apply(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	if err := c.Intake.Start(r.Context(), v.By, p.ID, r.PostForm.Get("invite") != ""); err != nil {
		return err
	}
	return c.went(w, r, v, p.ID)
}

// went leads to the import, whose work was begun.
func (c *Pages) went(w http.ResponseWriter, r *http.Request, v *frame.Visit, one id.Import) error {
	c.await(r, v, one, func(im *imports.Import) bool { return !im.State.Working() })
	v.SeeOther(w, r, "/imports/"+string(one))
	return nil
}

func (c *Pages) stop(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	if err := c.Intake.Stop(r.Context(), v.By, p.ID); err != nil {
		return err
	}
	v.SeeOther(w, r, "/imports/"+string(p.ID))
	return nil
}

// undo takes the import back; "rest" does so although something depends on it,
// which is left.
func (c *Pages) undo(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	if err := c.Intake.Undo(r.Context(), v.By, p.ID, r.PostForm.Get("rest") != ""); err != nil {
		return err
	}
	return c.went(w, r, v, p.ID)
}

func (c *Pages) discard(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	if err := c.Intake.Discard(r.Context(), v.By, p.ID); err != nil {
		return err
	}
	v.SeeOther(w, r, "/users/import")
	return nil
}

// refused is the refused rows as a sheet with the reasons, to be put right and
// imported again.
func (c *Pages) refused(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	head(w, "involt-refused-rows.csv", table.CSV.ContentType())
	return c.Intake.Refusals(r.Context(), v.By, p.ID, w)
}

// recent lists the imports of the last months.
func (c *Pages) recent(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	list, err := c.Intake.Recent(r.Context(), v.By, id.Import(r.URL.Query().Get("before")), shown)
	if err != nil {
		return err
	}
	names, err := c.names(r, v, list...)
	if err != nil {
		return err
	}
	shell := v.Shell("Imports", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	return ui.Render(w, r, http.StatusOK, recentImports(shell, v, listTable(v, list, names)))
}
