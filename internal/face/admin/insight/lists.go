package insight

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	sums "involt/internal/flow/browse/insight"

	"github.com/a-h/templ"
)

// listPage is a list behind a picture.
type listPage struct {
	shell       ui.ConsoleProps
	url         *url.URL
	title, text string
	tabs        []ui.Tab
	table       ui.TableProps
	page        browse.Page
	stats       []ui.Stat
}

func (c *Pages) show(w http.ResponseWriter, r *http.Request, v *frame.Visit, p listPage) error {
	p.url = r.URL
	p.shell = v.Shell(p.title, ui.Link{Label: "Overview", Href: v.To("/")})
	return ui.Render(w, r, http.StatusOK, list(p))
}

// steps are the words for the steps of the funnel.
var steps = []struct {
	step sums.Step
	tab  string
	text string
}{
	{sums.StepInvited, "Invited", "Users who were ever invited and are still here."},
	{sums.StepOpened, "Opened", "Of those invited: users who opened their invitation, or came in."},
	{sums.StepActive, "Active", "Of those invited: users who came in."},
}

// invited lists who reached a step of the funnel.
func (c *Pages) invited(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	step := sums.Step(r.URL.Query().Get("step"))
	if step == "" {
		step = sums.StepInvited
	}
	found, err := c.Sums.Invitees(r.Context(), v.By, step, frame.Paging(r.URL.Query()))
	if err != nil {
		return err
	}
	p := listPage{title: "From invited to active", page: found.Page, table: ui.TableProps{
		Caption: "Users who were invited", Target: "list", Columns: []ui.Column{{Label: "User", Main: true}, {Label: "Status"}, {Label: "Invited"}, {Label: "Opened"}, {Label: "Came in"}},
		Empty: ui.EmptyState("mail", "Nobody came this far yet", "As soon as somebody opens an invitation and comes in, they are listed here.", nil),
	}}
	for _, s := range steps {
		t := ui.Tab{Label: s.tab, Href: ui.WithQuery(r.URL, "step", string(s.step)), Current: s.step == step}
		if t.Current {
			p.text, t.Count = s.text, ui.ReaderOf(r.Context()).Int(found.Total)
		}
		p.tabs = append(p.tabs, t)
	}
	for _, u := range found.Rows {
		p.table.Rows = append(p.table.Rows, ui.Row{ID: string(u.ID), Name: u.Name, Href: v.To("/users/" + string(u.ID)), Sheet: true, Cells: []templ.Component{
			ui.Person(u.Name, otherThan(u.Email, u.Name)), ui.Status(frame.StateKey(u.Status)), dayOr(u.Invited), dayOr(u.Opened), dayOr(u.Active),
		}})
	}
	return c.show(w, r, v, p)
}

func dayOr(at time.Time) templ.Component {
	if at.IsZero() {
		return ui.Dash()
	}
	return ui.Time(at)
}

func otherThan(text, name string) string {
	if text == name {
		return ""
	}
	return text
}

// charged lists who charged on a day, in a week, or in a group's last 30 days.
func (c *Pages) charged(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	rd, q := ui.ReaderOf(r.Context()), r.URL.Query()
	f := sums.ChargedFilter{Paging: frame.Paging(q)}
	var p listPage
	if day, ok := frame.DayOf(q.Get("week"), rd); ok {
		p.title, f.From, f.To = "Week of "+rd.Date(day), day, day.AddDate(0, 0, 7)
		p.text = "Users who charged in that week."
	} else if day, ok := frame.DayOf(q.Get("day"), rd); ok {
		p.title, f.From, f.To = rd.Date(day), day, day.AddDate(0, 0, 1)
		p.text = "Users who charged on that day."
		f.Unknown = true
	} else {
		f.From, _ = frame.Span("30d", rd)
		f.Group, p.text = id.Group(q.Get("group")), "Energy that its members charged in the last 30 days."
		if f.NoGroup = f.Group == "none"; f.NoGroup {
			p.title, p.text = "In no group", "Energy that users in no group, and unknown cards, charged in the last 30 days."
		} else if f.Group == "" {
			p.title, p.text = "Who charged", "Users who charged in the last 30 days."
		}
	}
	found, err := c.Sums.Charged(r.Context(), v.By, f)
	if err != nil {
		return err
	}
	p.page, p.title = found.Page, cmp.Or(found.Group, p.title)
	p.stats = []ui.Stat{
		{Label: "Users", Value: rd.Int(found.Total)}, {Label: "Sessions", Value: rd.Int(found.Sessions)}, {Label: "Energy", Value: rd.Decimal(found.Wh, 3, 0), Unit: "kWh"},
	}
	p.table = ui.TableProps{
		Caption: "Who charged", Target: "list", Columns: []ui.Column{{Label: "User", Main: true}, {Label: "Sessions", Num: true}, {Label: "Energy", Num: true}},
		Empty: ui.EmptyState("zap", "Nobody charged then", "Choose another column or bar on the overview.", ui.LinkButton(ui.ButtonProps{Label: "Overview", Variant: "outline", Href: v.To("/")})),
	}
	for _, u := range found.Rows {
		row := ui.Row{ID: string(u.ID), Name: u.Name, Cells: []templ.Component{ui.Person(u.Name, otherThan(u.Email, u.Name)), ui.Number(u.Sessions), ui.Energy(u.Wh, 1)}}
		switch {
		case u.Name == "":
			row.ID, row.Name, row.Cells[0] = "unknown", "No user known", ui.Quiet("No user known")
		case u.ID == "":
			row.ID = "gone"
		case v.May(access.PeopleRead):
			row.Href, row.Sheet = v.To("/users/"+string(u.ID)), true
		}
		p.table.Rows = append(p.table.Rows, row)
	}
	return c.show(w, r, v, p)
}
