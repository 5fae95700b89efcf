package users

import (
	"net/http"
	"net/url"
	"strconv"

	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"

	"github.com/a-h/templ"
)

// resultsShown is how many outcomes a page lists.
const resultsShown = 100

// results reads one page of what became of each user. Where it was not done with
// some, they are shown first: they need somebody.
func (c *Pages) results(r *http.Request, p *bulkPage) error {
	q := r.URL.Query()
	one := p.Bulk.ID
	var err error
	if _, p.not, err = c.People.Outcomes(r.Context(), p.v.By, one, true, 0, 0); err != nil {
		return err
	}
	switch q.Get("show") {
	case "":
		p.failed = p.not > 0
	case "not":
		p.failed = true
	}
	p.from, _ = strconv.Atoi(q.Get("from"))
	p.from = max(0, p.from)
	p.list, p.total, err = c.People.Outcomes(r.Context(), p.v.By, one, p.failed, p.from, resultsShown)
	return err
}

func (p *bulkPage) show(failed bool, from int) string {
	q := url.Values{"show": {"all"}}
	if failed {
		q.Set("show", "not")
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	return p.path() + "?" + q.Encode()
}

func (p *bulkPage) resultTabs() []ui.Tab {
	return []ui.Tab{
		{Label: "Not done", Href: p.show(true, 0), Count: p.rd.Int(int64(p.not)), Current: p.failed},
		{Label: "All", Href: p.show(false, 0), Count: p.rd.Int(p.Bulk.Reached), Current: !p.failed},
	}
}

func (p *bulkPage) resultPager() ui.PagerProps {
	pg := ui.PagerProps{From: int64(p.from + 1), To: int64(p.from + len(p.list)), Total: int64(p.total), Target: "results"}
	if p.from > 0 {
		pg.Prev = p.show(p.failed, max(0, p.from-resultsShown))
	}
	if p.from+len(p.list) < p.total {
		pg.Next = p.show(p.failed, p.from+resultsShown)
	}
	return pg
}

func (p *bulkPage) resultTable() ui.TableProps {
	t := ui.TableProps{
		Caption: "What became of each user", Target: "results", Columns: []ui.Column{{Label: "User", Main: true}, {Label: "Result"}},
		Empty: ui.EmptyState("circle-check", "Nobody here", "It was done with everybody.", nil),
	}
	for _, o := range p.list {
		var cell templ.Component
		switch {
		case o.Undone:
			cell = ui.Badge("Undone", ui.Neutral)
		case o.Done && p.Bulk.State == bulk.Undone:
			cell = outcomeWhy("Not undone", o.Why)
		case o.Done:
			cell = ui.Badge(frame.Upper(p.done), ui.Good)
		default:
			cell = outcomeWhy("Not done", o.Why)
		}
		u, there := p.named.of(o.Person)
		row := ui.Row{ID: string(o.Person), Name: u.name, Cells: []templ.Component{ui.Person(u.name, u.email), cell}}
		if there {
			row.Href, row.Sheet = p.v.To("/users/"+string(o.Person)), true
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// brief is what a page about bulk work says of a user.
type brief struct{ name, email string }

// briefs are users by id.
type briefs map[id.Person]brief

// of returns the user of an id; somebody who is no longer there has no name.
func (b briefs) of(who id.Person) (u brief, there bool) {
	if u, ok := b[who]; ok {
		return u, true
	}
	return brief{name: "Deleted user"}, false
}

func (b briefs) names(list []id.Person) (names []string) {
	for _, who := range list {
		u, _ := b.of(who)
		names = append(names, u.name)
	}
	return names
}

func (c *Pages) named(r *http.Request, v *frame.Visit, list []id.Person) (briefs, error) {
	if len(list) == 0 {
		return briefs{}, nil
	}
	users, err := c.Browse.UsersByID(r.Context(), v.By, list)
	named := briefs{}
	for i := range users {
		named[users[i].ID] = brief{users[i].Name, users[i].Email}
		if users[i].Name == users[i].Email {
			named[users[i].ID] = brief{name: users[i].Name}
		}
	}
	return named, err
}

// bulkWorking is the line above the list that says how far bulk work has come.
// ?of= names work that was under way a moment ago, so that its end is said.
func (c *Pages) bulkWorking(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	line, err := c.working(r, v, id.Bulk(r.URL.Query().Get("of")))
	if err != nil {
		return err
	}
	if ui.IsFragment(r) {
		return ui.Render(w, r, http.StatusOK, workingLine(line))
	}
	shell := v.Shell("Bulk work", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	return ui.Render(w, r, http.StatusOK, workingPage(shell, line))
}

// working is the newest bulk work that is under way, or has just ended.
type working struct {
	v    *frame.Visit
	rd   ui.Reader
	bulk bulk.Bulk // ID "" if there is none
}

func (c *Pages) working(r *http.Request, v *frame.Visit, of id.Bulk) (working, error) {
	line := working{v: v, rd: ui.ReaderOf(r.Context())}
	recent, err := c.People.Recent(r.Context(), v.By, 10)
	for _, b := range recent {
		if line.bulk.ID == "" && (!b.State.Over() || b.ID == of) {
			line.bulk = b
		}
	}
	return line, err
}

// progress is how far work has come: of how many, and with how many it was dealt.
func progress(b *bulk.Bulk) (done, total int64) {
	if b.State == bulk.Undoing {
		return b.UndoReached, b.Total
	}
	return b.Reached, b.Total
}

// recentShown is how much of the bulk work of the last months is listed.
const recentShown = 50

// bulkRecent lists the bulk work of the last months.
func (c *Pages) bulkRecent(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	list, err := c.People.Recent(r.Context(), v.By, recentShown)
	if err != nil {
		return err
	}
	var askers []id.Person
	for _, b := range list {
		if b.Person != "" {
			askers = append(askers, b.Person)
		}
	}
	named, err := c.named(r, v, askers)
	if err != nil {
		return err
	}
	offer, err := c.Browse.UserChoices(r.Context(), v.By)
	if err != nil {
		return err
	}
	groups := map[id.Group]string{"": ""}
	for _, g := range offer.Groups {
		groups[id.Group(g.ID)] = g.Name
	}
	shell := v.Shell("Recent bulk work", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	return ui.Render(w, r, http.StatusOK, recentBulk(shell, recentTable(v, list, named, groups)))
}

func recentTable(v *frame.Visit, list []bulk.Bulk, named briefs, groups map[id.Group]string) ui.TableProps {
	t := ui.TableProps{
		Caption: "Recent bulk work", Columns: []ui.Column{{Label: "What", Main: true}, {Label: "State"}, {Label: "Selected", Num: true}, {Label: "Done", Num: true}, {Label: "By"}, {Label: "Started"}},
		Empty: ui.EmptyState("history", "No bulk work yet", "Select users in the list and choose an action: what became of each is kept here for 90 days.",
			ui.LinkButton(ui.ButtonProps{Label: "Go to the list", Variant: "outline", Href: v.To("/users")})),
	}
	for _, b := range list {
		what, about := spoken[b.Action].name, b.Args.CostCenter
		if g, ok := groups[b.Args.Group]; !ok {
			about = deletedGroup
		} else if g != "" {
			about = g
		}
		by, _ := named.of(b.Person)
		if b.Key != "" {
			by.name = "An API key"
		}
		t.Rows = append(t.Rows, ui.Row{
			ID: string(b.ID), Name: what, Href: v.To("/bulk/" + string(b.ID)),
			Cells: []templ.Component{ui.Two(what, about), stateBadge(&b), ui.Number(b.Total), ui.Number(b.Done), ui.Text(by.name), ui.Ago(b.Started)},
		})
	}
	return t
}

func stateBadge(b *bulk.Bulk) templ.Component {
	switch b.State {
	case bulk.Planned, bulk.Running:
		return ui.Badge("Working", ui.Info)
	case bulk.Undoing:
		return ui.Badge("Undoing", ui.Info)
	case bulk.Stopped:
		return ui.Badge("Stopped", ui.Warn)
	case bulk.Undone:
		return ui.Badge("Undone", ui.Neutral)
	case bulk.Done:
	}
	if b.Done < b.Total {
		return ui.Badge("Done with some", ui.Warn)
	}
	return ui.Badge("Done", ui.Good)
}
