package users

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/kit/table"
)

// exportPage asks what a sheet of users shall have in it.
type exportPage struct {
	v    *frame.Visit
	rd   ui.Reader
	size int
	cols []string   // that are chosen, by key
	keep url.Values // who is meant
	back string
}

// whoIsMeant leaves of q what says who is meant: those who were ticked, or the
// filter that all of them match.
func whoIsMeant(q url.Values) url.Values {
	if q.Get("all") == "1" {
		keep := asked(q, filters)
		keep.Set("all", "1")
		return keep
	}
	return url.Values{"id": q["id"]}
}

// export asks for the columns of the sheet.
func (c *Pages) export(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	ids, err := c.sheetOf(r, v)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	back := atQuery(v, asked(q, lists).Encode())
	if len(ids) == 0 {
		ui.RedirectDone(w, r, back, "none-selected", -1)
		return nil
	}
	p := &exportPage{v: v, rd: ui.ReaderOf(r.Context()), size: len(ids), keep: whoIsMeant(q), back: back, cols: []string{"email", "external"}}
	status, err := person.ParseStatus(q.Get("status"))
	if err != nil {
		status = "" // of a list without a tab
	}
	for _, col := range chosen(v, q, status) {
		p.cols = append(p.cols, col.key)
	}
	shell := v.Shell("Export users", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	return ui.Render(w, r, http.StatusOK, exportAsk(shell, p))
}

// sheetOf returns the users that the address means.
func (c *Pages) sheetOf(r *http.Request, v *frame.Visit) ([]id.Person, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	return c.meant(r, v)
}

func (p *exportPage) hidden() (list []ui.Hidden) {
	for _, name := range append([]string{"id", "all"}, filters...) {
		for _, value := range p.keep[name] {
			list = append(list, ui.Hidden{Name: name, Value: value})
		}
	}
	return list
}

func (p *exportPage) choice() (list []ui.CheckItem) {
	for _, c := range columns(p.v) {
		list = append(list, ui.CheckItem{Value: c.key, Label: c.label, Checked: slices.Contains(p.cols, c.key)})
	}
	return list
}

// exportFile writes the sheet as it reads the users, some hundred at a time.
// Names and addresses stand in it as the visitor may see them on the page.
func (c *Pages) exportFile(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	ids, err := c.sheetOf(r, v)
	if err != nil {
		return err
	}
	var cols []column
	for _, col := range columns(v) {
		if slices.Contains(r.Form["col"], col.key) {
			cols = append(cols, col)
		}
	}
	rd := ui.ReaderOf(r.Context())
	first, ids, err := c.nextRows(r, v, ids)
	if err != nil {
		return err
	}
	name := v.Workspace.Slug + "-users-" + rd.Now.In(rd.Zone).Format("2006-01-02") + ".csv"
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	out := table.NewWriter(w, ',', true)
	head := []string{"ID", "User"}
	for _, col := range cols {
		head = append(head, col.label)
	}
	out.Write(head...)
	for rows := first; len(rows) > 0; {
		for i := range rows {
			out.Write(line(&rows[i], cols, rd.Zone)...)
		}
		if err := out.Flush(); err != nil {
			return nil //nolint:nilerr // whoever asked has gone; nobody is left to tell
		}
		if rows, ids, err = c.nextRows(r, v, ids); err != nil {
			// Half a sheet must not look like a whole one: the download fails.
			panic(http.ErrAbortHandler)
		}
	}
	_ = out.Flush() // whoever asked may have gone; nobody is left to tell
	return nil
}

// nextRows reads the first of ids that are still there; rest are those behind
// them. No rows mean that there is nobody more.
func (c *Pages) nextRows(r *http.Request, v *frame.Visit, ids []id.Person) (rows []browse.UserRow, rest []id.Person, err error) {
	for len(ids) > 0 && len(rows) == 0 && err == nil {
		n := min(len(ids), browse.RowsAtMost)
		rows, err = c.Browse.UserRows(r.Context(), v.By, ids[:n])
		ids = ids[n:]
	}
	return rows, ids, err
}

func line(u *browse.UserRow, cols []column, zone *time.Location) []string {
	cells := []string{string(u.ID), u.Name}
	for _, col := range cols {
		cells = append(cells, col.text(u, zone))
	}
	return cells
}
