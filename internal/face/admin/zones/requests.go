package zones

import (
	"net/http"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse/zones"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// requestsPage is everybody who entered a code and waits.
type requestsPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	list  []zones.Request
	typed string
	wrong ui.Errors
}

func (c *Pages) requests(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showRequests(w, r, v, http.StatusOK, "", nil)
}

func (c *Pages) showRequests(w http.ResponseWriter, r *http.Request, v *frame.Visit, status int, typed string, wrong ui.Errors) error {
	p := requestsPage{v: v, typed: typed, wrong: wrong}
	var err error
	if p.list, err = c.Zones.Requests(r.Context(), v.By, ""); err != nil {
		return err
	}
	p.shell = v.Shell("Zone requests", ui.Link{Label: "People"}, ui.Link{Label: "Approvals", Href: v.To("/approvals")})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, status, requests(p))
}

func (c *Pages) requestsAnswer(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	var list []id.Joining
	for _, one := range r.PostForm["id"] {
		if id.Valid(one) {
			list = append(list, id.Joining(one))
		}
	}
	message, what, yes := r.PostFormValue("message"), "declined", false
	switch r.PostFormValue("do") {
	case "approve":
		what, yes = "approved", true
	case "decline":
	default:
		return errs.New(errs.Invalid, "Choose Approve or Decline.")
	}
	n, err := c.Join.Answer(r.Context(), v.By, list, yes, message)
	if wrong, ok := ui.ErrorsOf(err); ok {
		return c.showRequests(w, r, v, http.StatusUnprocessableEntity, message, wrong)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		what = "answered"
	}
	back := "/zone-requests"
	if zone := r.PostFormValue("zone"); id.Valid(zone) {
		back = "/locations/" + zone + "/zone"
	}
	ui.RedirectDone(w, r, v.To(back), what, n)
	return nil
}

// requestTable lists requests; those that can be answered can be selected.
func requestTable(v *frame.Visit, list []zones.Request) ui.TableProps {
	t := ui.TableProps{Caption: "Requests", Columns: []ui.Column{{Label: "User", Main: true}, {Label: "Zone or group"}, {Label: "Answers"}, {Label: "Waiting since"}}}
	t.Empty = ui.EmptyState("badge-check", "Nobody waits to come into a zone", "Whoever enters a joining code that asks for approval is listed here.", nil)
	if len(list) > 0 && answerable(v, list) {
		t.Select = &ui.Selection{Form: "zone-requests", Matching: int64(len(list))}
	}
	for _, q := range list {
		row := ui.Row{ID: string(q.ID), Name: q.Name, Cells: []templ.Component{
			ui.Person(q.Name, q.Email), ui.Text(q.Place), answers(q), ui.Ago(q.Since),
		}}
		switch {
		case q.Status != person.Active && q.Decides:
			row.Href, row.Sheet = v.To("/approvals/"+string(q.Person)), true
		case q.Status == person.Active && v.Whole(access.PeopleRead):
			row.Href, row.Sheet = v.To("/users/"+string(q.Person)), true // who is outside of a part is not there for those who have it
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// answerable reports whether the visitor may answer any of the requests: those of
// users who are in already. Of the others it is decided under Approvals.
func answerable(v *frame.Visit, list []zones.Request) bool {
	in, err := v.By.Within(access.PeopleWrite)
	if err != nil {
		return false
	}
	for _, q := range list {
		if q.Status == person.Active && q.Wants.Within(&in) {
			return true
		}
	}
	return false
}

func said(q zones.Request) string {
	var b strings.Builder
	for i, a := range q.Answers {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(a.Question + " " + a.Answer)
	}
	return b.String()
}
