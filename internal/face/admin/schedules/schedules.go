// Package schedules is the console's pages about exports that go out by
// themselves.
package schedules

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/schedule"
	"involt/internal/core/view"
	"involt/internal/face/admin/exports"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse/export"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/dispatch"
	"involt/internal/flow/people"
	"involt/internal/kit/table"

	"github.com/a-h/templ"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Sending *dispatch.Service
	Export  *export.Service
	People  *people.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /exports", Need: access.SettingsWrite, Do: c.list},
		{Pattern: "GET /exports/new", Need: access.SettingsWrite, Do: c.form},
		{Pattern: "POST /exports", Need: access.SettingsWrite, Do: c.save},
		{Pattern: "GET /exports/{export}", Need: access.SettingsWrite, Do: c.one},
		{Pattern: "GET /exports/{export}/change", Need: access.SettingsWrite | access.PersonalData, Do: c.change}, // it has addresses and searches in it,
		{Pattern: "POST /exports/{export}", Need: access.SettingsWrite | access.PersonalData, Do: c.save},
		{Pattern: "POST /exports/{export}/run", Need: access.SettingsWrite, Do: c.run},
		{Pattern: "POST /exports/{export}/pause", Need: access.SettingsWrite, Do: c.pause},
		{Pattern: "GET /exports/{export}/remove", Need: access.SettingsWrite, Do: c.removeAsk},
		{Pattern: "POST /exports/{export}/remove", Need: access.SettingsWrite, Do: c.remove},
		{Pattern: "POST /export-runs/{run}/retry", Need: access.SettingsWrite, Do: c.retry},
		{Pattern: "GET /export-runs/{run}", Need: 0, Part: true, Do: c.file},
	}
}

// done are the sentences of what was done here.
var done = map[string]string{
	"changed": "Changed. It goes out like this from now on.",
	"saved":   "Saved. It goes out by itself from now on.", "run": "It goes out now. Look again in a moment.", "paused": "Paused.", "resumed": "It goes out again.",
	"removed": "Removed. Nothing goes out any more.", "retried": "It is tried again.",
}

// listPage is the scheduled exports.
type listPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	list  []schedule.Schedule
	rd    ui.Reader
}

func (c *Pages) list(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := listPage{v: v, rd: ui.ReaderOf(r.Context()), shell: v.Shell("Scheduled exports", ui.Link{Label: "Settings"})}
	var err error
	if p.list, err = c.Sending.List(r.Context(), v.By); err != nil {
		return err
	}
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, list(p))
}

func (p listPage) table() ui.TableProps {
	t := ui.TableProps{
		Caption: "Scheduled exports", Columns: []ui.Column{{Label: "Export", Main: true}, {Label: "What"}, {Label: "When"}, {Label: "To"}, {Label: "Next"}},
		Empty: ui.EmptyState("calendar", "Nothing goes out by itself", "A list can be sent every day, week or month: by mail to people who work here, or to an address that takes files.", ui.LinkButton(ui.ButtonProps{Label: "Schedule an export", Icon: "plus", Href: p.v.To("/exports/new")})),
	}
	for i := range p.list {
		s := &p.list[i]
		next := ui.Time(s.NextAt)
		if s.Paused {
			next = ui.Quiet("Paused")
		}
		t.Rows = append(t.Rows, ui.Row{ID: string(s.ID), Name: s.Name, Href: p.v.To("/exports/" + string(s.ID)), Cells: []templ.Component{
			ui.Two(s.Name, strings.ToUpper(s.Format)), ui.Text(meaning(s)), ui.Text(when(s)), ui.Text(whereTo(p.v, s)), next,
		}})
	}
	return t
}

func meaning(s *schedule.Schedule) string {
	for _, o := range usual {
		if o.Value == s.What+"?"+s.Query {
			return o.Label
		}
	}
	label := export.What(s.What).Label()
	if s.Query != "" {
		label += ", narrowed down"
	}
	return label
}

var weekdays = []ui.Option{
	{Value: "1", Label: "Monday"},
	{Value: "2", Label: "Tuesday"},
	{Value: "3", Label: "Wednesday"},
	{Value: "4", Label: "Thursday"},
	{Value: "5", Label: "Friday"},
	{Value: "6", Label: "Saturday"},
	{Value: "7", Label: "Sunday"},
}

func when(s *schedule.Schedule) string {
	hour := fmt.Sprintf(" at %02d:00", s.Hour)
	switch s.Every {
	case schedule.Weekly:
		return "Every " + weekdays[s.Day-1].Label + hour
	case schedule.Monthly:
		return fmt.Sprintf("Every month on day %d", s.Day) + hour
	default:
		return "Every day" + hour
	}
}

// heard is a sentence about a run, without the addresses in it where they are not
// for the visitor.
func heard(v *frame.Visit, note string) string {
	words := strings.Fields(note)
	for i, w := range words {
		if strings.Contains(w, "@") {
			words[i] = look.Email(v.By, w)
		}
	}
	return strings.Join(words, " ")
}

func whereTo(v *frame.Visit, s *schedule.Schedule) string {
	if s.ByMail() {
		var to []string
		for _, e := range s.Emails {
			to = append(to, look.Email(v.By, e))
		}
		return strings.Join(to, ", ")
	}
	if u, err := url.Parse(s.URL); err == nil {
		return u.Host
	}
	return s.URL
}

// usual are the things that are exported most, as the addresses of their lists.
var usual = []ui.Option{
	{Value: "sessions?period=yesterday", Label: "Sessions of the day before"},
	{Value: "sessions?period=7d", Label: "Sessions of the last 7 days"},
	{Value: "sessions?period=last-month", Label: "Sessions of the month before"},
	{Value: "sessions?", Label: "All sessions"},
	{Value: "users?", Label: "All users"},
	{Value: "users?status=active", Label: "Active users"},
	{Value: "cards?", Label: "All cards"},
	{Value: "invitations?", Label: "All invitations"},
	{Value: "activity?period=yesterday", Label: "Activity of the day before"},
	{Value: "activity?period=last-month", Label: "Activity of the month before"},
}

// formPage asks for a new scheduled export. It holds what was typed.
type formPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	offer []ui.Option
	f     url.Values
	wrong ui.Errors
	id    id.Schedule // of one that is changed; "" for a new one
}

func (p *formPage) title() string {
	if p.id != "" {
		return "Change the export"
	}
	return "Schedule an export"
}

func (p *formPage) action() string {
	if p.id != "" {
		return p.v.To("/exports/" + string(p.id))
	}
	return p.v.To("/exports")
}

// offered are the exports that can be chosen: the usual ones and the visitor's
// saved views.
func (c *Pages) offered(r *http.Request, v *frame.Visit) (list []ui.Option, err error) {
	for _, o := range usual {
		what, _, _ := strings.Cut(o.Value, "?")
		if v.Whole(export.What(what).Need()) {
			list = append(list, o)
		}
	}
	var views []view.View
	if v.Whole(access.PeopleRead) {
		views, err = c.People.Views(r.Context(), v.By, "users")
	}
	for _, one := range views {
		if q, err := url.ParseQuery(one.Query); err != nil || q.Has("q") && !v.May(access.PersonalData) {
			continue // what was searched for is personal
		}
		list = append(list, ui.Option{Value: "users?" + one.Query, Label: "Users: view “" + one.Name + "”, as it is now"})
	}
	return list, err
}

func (c *Pages) form(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f := url.Values{"format": {"csv"}, "every": {"day"}, "weekday": {"1"}, "monthday": {"1"}, "hour": {"6"}, "by": {"mail"}, "method": {"POST"}}
	return c.show(w, r, http.StatusOK, &formPage{v: v, f: f})
}

// change asks for another setting of one that there is.
func (c *Pages) change(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	s, _, err := c.Sending.One(r.Context(), v.By, idOf(r))
	if err != nil {
		return err
	}
	f := url.Values{
		"name": {s.Name}, "what": {s.What + "?" + s.Query}, "format": {s.Format}, "every": {string(s.Every)}, "weekday": {"1"}, "monthday": {"1"}, "hour": {strconv.Itoa(s.Hour)},
		"by": {"mail"}, "method": {"POST"}, "emails": {strings.Join(s.Emails, ", ")}, "version": {strconv.FormatInt(s.Version, 10)},
	}
	if s.Semicolons {
		f.Set("semicolons", "1")
	}
	if s.Every == schedule.Weekly {
		f.Set("weekday", strconv.Itoa(s.Day))
	}
	if s.Every == schedule.Monthly {
		f.Set("monthday", strconv.Itoa(s.Day))
	}
	if !s.ByMail() {
		f.Set("by", "web")
		f.Set("method", s.Method)
		f.Set("url", s.URL)
	}
	return c.show(w, r, http.StatusOK, &formPage{v: v, f: f, id: s.ID})
}

func (c *Pages) show(w http.ResponseWriter, r *http.Request, status int, p *formPage) (err error) {
	if p.offer, err = c.offered(r, p.v); err != nil {
		return err
	}
	if now := p.f.Get("what"); p.id != "" && !slices.ContainsFunc(p.offer, func(o ui.Option) bool { return o.Value == now }) {
		what, query, _ := strings.Cut(now, "?") // a view that was changed or removed since
		p.offer = append([]ui.Option{{Value: now, Label: meaning(&schedule.Schedule{What: what, Query: query}) + ", as it was set up"}}, p.offer...)
	}
	p.shell = p.v.Shell(p.title(), ui.Link{Label: "Settings"}, ui.Link{Label: "Scheduled exports", Href: p.v.To("/exports")})
	return ui.Render(w, r, status, form(p))
}

func (c *Pages) save(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f := r.PostForm
	number := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(f.Get(name)))
		if err != nil {
			return -1
		}
		return n
	}
	what, query, _ := strings.Cut(f.Get("what"), "?")
	s := schedule.Schedule{
		ID: idOf(r), Version: int64(number("version")), Name: f.Get("name"), What: what, Query: query, Format: f.Get("format"), Semicolons: f.Get("semicolons") != "", Every: schedule.Every(f.Get("every")), Hour: number("hour"),
	}
	switch s.Every {
	case schedule.Weekly:
		s.Day = number("weekday")
	case schedule.Monthly:
		s.Day = number("monthday")
	default:
	}
	if f.Get("by") == "web" {
		s.Method, s.URL = f.Get("method"), strings.TrimSpace(f.Get("url"))
		if s.URL == "" {
			s.URL = "-" // it was not left out on purpose
		}
	} else {
		s.Emails = strings.FieldsFunc(f.Get("emails"), func(r rune) bool { return strings.ContainsRune(" ,;\r\n\t", r) })
	}
	made, err := c.Sending.Save(r.Context(), v.By, s)
	if wrong, ok := ui.ErrorsOf(err); ok {
		if of := wrong.Of("day"); of != "" {
			wrong["monthday"] = of
		}
		return c.show(w, r, http.StatusUnprocessableEntity, &formPage{v: v, f: f, wrong: wrong, id: s.ID})
	}
	if err != nil {
		return err
	}
	said := "saved"
	if s.ID != "" {
		said = "changed"
	}
	ui.RedirectDone(w, r, v.To("/exports/"+string(made.ID)), said, -1)
	return nil
}

// onePage is one scheduled export with its history.
type onePage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	s      schedule.Schedule
	runs   []schedule.Run
	secret string
	rd     ui.Reader
}

func idOf(r *http.Request) id.Schedule { return id.Schedule(r.PathValue("export")) }

func (c *Pages) one(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := onePage{v: v, rd: ui.ReaderOf(r.Context())}
	var err error
	if p.s, p.runs, err = c.Sending.One(r.Context(), v.By, idOf(r)); err != nil {
		return err
	}
	if !p.s.ByMail() {
		p.secret = c.Sending.Secret(&p.s)
	}
	p.shell = v.Shell(p.s.Name, ui.Link{Label: "Settings"}, ui.Link{Label: "Scheduled exports", Href: v.To("/exports")})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, one(p))
}

func (p onePage) path() string { return p.v.To("/exports/" + string(p.s.ID)) }

func (p onePage) terms() []ui.Term {
	next := ui.Time(p.s.NextAt)
	if p.s.Paused {
		next = ui.Quiet("Paused")
	}
	to := whereTo(p.v, &p.s)
	if !p.s.ByMail() {
		to = p.s.Method + " " + p.s.URL
	}
	return []ui.Term{
		{Label: "What", Value: ui.Text(meaning(&p.s))},
		{Label: "Format", Value: ui.Text(strings.ToUpper(p.s.Format))},
		{Label: "When", Value: ui.Text(when(&p.s))},
		{Label: "Next", Value: next},
		{Label: "To", Value: ui.Text(to)},
	}
}

// tones are how states look.
var tones = map[schedule.State]ui.Tone{schedule.Queued: ui.Info, schedule.Retrying: ui.Warn, schedule.Done: ui.Good, schedule.Failed: ui.Bad}

var states = map[schedule.State]string{schedule.Queued: "Waiting", schedule.Retrying: "Tried again", schedule.Done: "Sent", schedule.Failed: "Failed"}

func (p onePage) table() ui.TableProps {
	t := ui.TableProps{
		Caption: "Runs", Columns: []ui.Column{{Label: "As of", Main: true}, {Label: "Outcome"}, {Label: "Rows", Num: true}, {Label: "Size", Num: true}, {Label: "Remark"}, {Label: "Action"}},
		Empty: ui.EmptyState("calendar", "It has not gone out yet", "Each time that it does stands here, with what became of it.", nil),
	}
	for i := range p.runs {
		r := &p.runs[i]
		act := ui.Text("")
		switch r.State {
		case schedule.Failed:
			act = ui.PostButton(p.v.To("/export-runs/"+string(r.ID)+"/retry"), ui.ButtonProps{Label: "Try again", Variant: "outline", Size: "sm"})
		case schedule.Done:
			act = ui.LinkButton(ui.ButtonProps{Label: "Download", Variant: "ghost", Size: "sm", Href: p.v.To("/export-runs/" + string(r.ID)), Attrs: templ.Attributes{"download": true}})
		default:
		}
		note := ui.Dash()
		if r.Note != "" {
			note = said(heard(p.v, r.Note))
		}
		t.Rows = append(t.Rows, ui.Row{ID: string(r.ID), Name: p.rd.DateTime(r.Due), Cells: []templ.Component{
			ui.Time(r.Due), ui.Badge(states[r.State], tones[r.State]), ui.Number(r.Rows), ui.Text(size(p.rd, r.Bytes)), note, act,
		}})
	}
	return t
}

func size(rd ui.Reader, bytes int64) string {
	if bytes < 1000 {
		return rd.Int(bytes) + " B"
	}
	return rd.Decimal(bytes, 3, 1) + " kB"
}

func (c *Pages) run(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if err := c.Sending.RunNow(r.Context(), v.By, idOf(r)); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/exports/"+string(idOf(r))), "run", -1)
	return nil
}

func (c *Pages) pause(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	paused, said := r.PostForm.Get("paused") == "1", "resumed"
	if paused {
		said = "paused"
	}
	if err := c.Sending.Pause(r.Context(), v.By, idOf(r), paused); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/exports/"+string(idOf(r))), said, -1)
	return nil
}

func (c *Pages) removeAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := onePage{v: v}
	var err error
	if p.s, _, err = c.Sending.One(r.Context(), v.By, idOf(r)); err != nil {
		return err
	}
	p.shell = v.Shell("Remove “"+p.s.Name+"”", ui.Link{Label: "Settings"}, ui.Link{Label: "Scheduled exports", Href: v.To("/exports")})
	return ui.Render(w, r, http.StatusOK, removal(p))
}

func (c *Pages) remove(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if err := c.Sending.Remove(r.Context(), v.By, idOf(r)); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/exports"), "removed", -1)
	return nil
}

func (c *Pages) retry(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	run := id.ExportRun(r.PathValue("run"))
	_, one, err := c.Sending.RunOf(r.Context(), v.By, run)
	if err == nil {
		err = c.Sending.Retry(r.Context(), v.By, run)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/exports/"+string(one.Schedule)), "retried", -1)
	return nil
}

// file makes the file of a run once more, as of its moment and as the visitor may
// see it: it is what the link in a mail leads to.
func (c *Pages) file(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	s, run, err := c.Sending.RunOf(r.Context(), v.By, id.ExportRun(r.PathValue("run")))
	if err != nil {
		return err
	}
	q, err := url.ParseQuery(s.Query)
	if err != nil {
		return err
	}
	rd := ui.ReaderOf(r.Context())
	rd.Now = run.Due
	ask, err := exports.Of(export.What(s.What), q, rd)
	if err != nil {
		return err
	}
	o := table.Output{Format: table.Format(s.Format), Zone: rd.Zone, Mark: s.Semicolons, Comma: s.Semicolons}
	if s.Semicolons {
		o.Delimiter = ';'
	}
	name := v.Workspace.Slug + "-" + s.What + "-" + run.Due.In(rd.Zone).Format(time.DateOnly)
	return exports.Send(w, r, name, o, func(w http.ResponseWriter) error {
		_, err := c.Export.Write(r.Context(), v.By, &ask, o, w)
		return err
	})
}
