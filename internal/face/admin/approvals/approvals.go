package approvals

import (
	"net/http"
	"net/url"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/zones"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// approvalsPage is the list of who waits, or of who was declined.
type approvalsPage struct {
	v        *frame.Visit
	shell    ui.ConsoleProps
	url      *url.URL
	declined bool
	page     browse.ApprovalPage
	requests int64 // active users who wait to come into a zone
	rd       ui.Reader
}

func (c *Pages) approvals(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	q := r.URL.Query()
	p := approvalsPage{v: v, url: r.URL, declined: q.Get("tab") == "declined", rd: ui.ReaderOf(r.Context())}
	at := q.Get("after")
	if at == "" {
		at = q.Get("before")
	}
	var err error
	if p.page, err = c.Browse.Approvals(r.Context(), v.By, p.declined, browse.Paging{At: at}); err != nil {
		return err
	}
	if p.requests, err = c.Zones.Waiting(r.Context(), v.By); err != nil {
		return err
	}
	p.shell = v.Shell("Approvals", ui.Link{Label: "People"})
	p.shell.Toast = frame.Toast(r, Done)
	return ui.Render(w, r, http.StatusOK, approvals(p))
}

func (p approvalsPage) tabs() []ui.Tab {
	waiting := ui.Tab{Label: person.ToBeApproved.Label(), Href: p.v.To("/approvals"), Count: p.rd.Int(p.page.Waiting), Current: !p.declined}
	declined := ui.Tab{Label: person.Declined.Label(), Href: p.v.To("/approvals?tab=declined"), Current: p.declined}
	if p.declined {
		declined.Count = p.rd.Int(p.page.Total)
	}
	list := []ui.Tab{waiting, declined}
	if p.requests > 0 {
		list = append(list, ui.Tab{Label: "Zone requests", Href: p.v.To("/zone-requests"), Count: p.rd.Int(p.requests)})
	}
	return list
}

// status is what the list is narrowed down to, as the list of users says it:
// bulk work asks that list who is meant.
func (p approvalsPage) status() person.Status {
	if p.declined {
		return person.Declined
	}
	return person.ToBeApproved
}

func (p approvalsPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "People who asked to come in", Target: "list", Columns: []ui.Column{{Label: "Person", Main: true}, {Label: "Message"}, {Label: "Waiting since"}}}
	switch {
	case p.declined:
		t.Columns[1].Label, t.Columns[2].Label = "What you wrote to them", "Erased on"
		t.Empty = ui.EmptyState("user-x", "Nobody was declined", "Whoever asked and was declined is kept here for 30 days and then erased.", nil)
	case !p.v.Whole(access.PeopleRead):
		t.Empty = ui.EmptyState("badge-check", "Nobody waits for approval", "Newcomers who enter a joining code of yours that asks for approval are listed here.", nil)
	case p.v.Workspace.SelfRegistration:
		t.Empty = ui.EmptyState("badge-check", "Nobody waits for approval", "Whoever registers is listed here until somebody decides.", nil)
	default:
		t.Empty = ui.EmptyState("badge-check", "Nobody waits for approval", "Self-registration is off: nobody can ask to come in.", p.toRegistration())
	}
	if !p.declined && p.v.Whole(access.PeopleWrite) && len(p.page.Rows) > 0 {
		t.Select = &ui.Selection{Form: "sel", Matching: p.page.Total}
	}
	for _, a := range p.page.Rows {
		cells := []templ.Component{ui.Person(a.Name, a.Email), words(a.Message), ui.Ago(a.Since)}
		if p.declined {
			cells[1], cells[2] = words(a.Answer), ui.Dash()
			if !a.EraseAt.IsZero() {
				cells[2] = ui.Day(a.EraseAt)
			}
		}
		t.Rows = append(t.Rows, ui.Row{ID: string(a.ID), Name: a.Name, Href: p.v.To("/approvals/" + string(a.ID)), Sheet: true, Cells: cells})
	}
	return t
}

func (p approvalsPage) toRegistration() templ.Component {
	if !p.v.May(access.SettingsWrite) {
		return nil
	}
	return ui.LinkButton(ui.ButtonProps{Label: "Set up self-registration", Icon: "settings", Variant: "outline", Href: p.v.To("/registration")})
}

func (p approvalsPage) actions() ui.ActionsMenuProps {
	const why = "Select people in the list first."
	item := func(label, icon, action string, danger bool) ui.ActionItem {
		return ui.ActionItem{Label: label, Icon: icon, Action: p.v.To("/bulk/" + action), Danger: danger, Attrs: templ.Attributes{"data-needs-selection": "sel"}}
	}
	items := []ui.ActionItem{item("Approve selected", "badge-check", "approve", false), item("Decline selected", "ban", "decline", true)}
	items[0].Attrs["data-why"] = why
	return ui.ActionsMenuProps{ID: "act", Form: "sel", Blocks: []ui.ActionBlock{{Label: "Selected people", Items: items}}}
}

func (p approvalsPage) pager() ui.PagerProps {
	pg := ui.PagerProps{From: p.page.From, To: p.page.To, Total: p.page.Total, About: p.page.About, Target: "list"}
	if p.page.Prev != "" {
		pg.Prev = ui.WithQuery(p.url, "before", p.page.Prev, "after", "")
	}
	if p.page.Next != "" {
		pg.Next = ui.WithQuery(p.url, "after", p.page.Next, "before", "")
	}
	return pg
}

// approvalPage is one person with the form of the answer.
type approvalPage struct {
	v     *frame.Visit
	a     browse.Approval
	wants []zones.Request // zones and groups whose codes they entered
	base  string
	typed string
	wrong ui.Errors
}

func (c *Pages) approval(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showApproval(w, r, v, http.StatusOK, "", nil)
}

func (c *Pages) showApproval(w http.ResponseWriter, r *http.Request, v *frame.Visit, status int, typed string, wrong ui.Errors) error {
	a, err := c.Browse.Approval(r.Context(), v.By, id.Person(r.PathValue("user")))
	if err != nil {
		return err
	}
	wants, err := c.Zones.RequestsOf(r.Context(), v.By, a.ID)
	if err != nil {
		return err
	}
	p := approvalPage{v: v, a: a, wants: wants, base: v.To("/approvals/" + string(a.ID)), typed: typed, wrong: wrong}
	sheet := ui.SheetProps{Title: a.Name, Sub: a.Email, Avatar: true, Badge: ui.Status(frame.StateKey(a.Status)), Href: p.base, Back: ui.Link{Label: "Approvals", Href: v.To("/approvals")}}
	if ui.WantsSheet(r) {
		return ui.Render(w, r, status, approvalSheet(sheet, p))
	}
	return ui.Render(w, r, status, approvalWhole(v.Shell(a.Name, ui.Link{Label: "People"}, ui.Link{Label: "Approvals", Href: v.To("/approvals")}), sheet, p))
}

// answer approves or declines one person.
func (c *Pages) answer(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	who, message := id.Person(r.PathValue("user")), r.PostFormValue("message")
	done := "approved"
	var err error
	switch r.PostFormValue("do") {
	case "approve":
		err = c.Onboard.Approve(r.Context(), v.By, who, message)
	case "decline":
		done, err = "declined", c.Onboard.Decline(r.Context(), v.By, who, message)
	default:
		err = errs.New(errs.Invalid, "Choose Approve or Decline.")
	}
	if wrong, ok := ui.ErrorsOf(err); ok {
		return c.showApproval(w, r, v, http.StatusUnprocessableEntity, message, wrong)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/approvals"), done, -1)
	return nil
}
