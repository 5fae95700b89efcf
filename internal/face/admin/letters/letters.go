package letters

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/onboard"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// lettersPage is the list of users without an e-mail address.
type lettersPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	url   *url.URL
	page  browse.CardholderPage
}

// done are the sentences of what was not done.
var done = map[string]string{
	"none": "Nobody was selected. Select users in the list first.",
}

func (c *Pages) letters(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	at := r.URL.Query().Get("after")
	if at == "" {
		at = r.URL.Query().Get("before")
	}
	p := lettersPage{v: v, url: r.URL}
	var err error
	if p.page, err = c.Browse.Cardholders(r.Context(), v.By, browse.Paging{At: at, Limit: 100}); err != nil {
		return err
	}
	p.shell = v.Shell("Letters", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, letters(p))
}

func (p lettersPage) table() ui.TableProps {
	t := ui.TableProps{Caption: "Users without e-mail", Target: "list", Columns: []ui.Column{{Label: "User", Main: true}, {Label: "Cards"}, {Label: "Letter that works"}}}
	t.Empty = ui.EmptyState("mail", "Every user has an e-mail address", "Pool cars and guest cards are listed here: users who are known by a card alone.", toAdd(p.v))
	if len(p.page.Rows) > 0 {
		t.Select = &ui.Selection{Form: "sel", Matching: int64(len(p.page.Rows))} // what is on the page: one letter is one sheet of paper
	}
	for _, h := range p.page.Rows {
		letter := ui.Quiet("None")
		if !h.LetterOn.IsZero() {
			letter = madeOn(h)
		}
		t.Rows = append(t.Rows, ui.Row{
			ID: string(h.ID), Name: h.Name, Href: p.v.To("/users/" + string(h.ID) + "/letter"), Sheet: true,
			Cells: []templ.Component{ui.Two(h.Name, external(h)), frame.Some(h.Cards, true), letter},
		})
	}
	return t
}

func external(h browse.Cardholder) string {
	if h.ExternalID == h.Name {
		return ""
	}
	return h.ExternalID
}

func (p lettersPage) pager() ui.PagerProps {
	pg := ui.PagerProps{From: p.page.From, To: p.page.To, Total: p.page.Total, About: p.page.About, Target: "list"}
	if p.page.Prev != "" {
		pg.Prev = ui.WithQuery(p.url, "before", p.page.Prev, "after", "")
	}
	if p.page.Next != "" {
		pg.Next = ui.WithQuery(p.url, "after", p.page.Next, "before", "")
	}
	return pg
}

// askPage says beforehand for whom letters are made, and which codes end.
type askPage struct {
	v       *frame.Visit
	rows    []browse.Cardholder // who gets one
	skipped int                 // who does not: they have an e-mail address, or are not active
	old     []browse.Cardholder // of rows, whose code stops working
	action  string
}

func (c *Pages) ask(r *http.Request, v *frame.Visit, list []id.Person) (p askPage, err error) {
	p = askPage{v: v, skipped: len(list)}
	rows, err := c.Browse.CardholdersByID(r.Context(), v.By, list)
	if err != nil {
		return p, err
	}
	for _, h := range rows {
		if onboard.WhyNoLetter(false, h.Status) != "" {
			continue
		}
		p.skipped--
		p.rows = append(p.rows, h)
		if !h.LetterOn.IsZero() {
			p.old = append(p.old, h)
		}
	}
	return p, nil
}

func selected(r *http.Request) (list []id.Person) {
	for _, one := range r.PostForm["id"] {
		if id.Valid(one) && len(list) <= onboard.MaxLetters {
			list = append(list, id.Person(one))
		}
	}
	return list
}

func (c *Pages) askMany(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	list := selected(r)
	if len(list) == 0 {
		ui.RedirectDone(w, r, v.To("/letters"), "none", -1)
		return nil
	}
	p, err := c.ask(r, v, list)
	if err != nil {
		return err
	}
	p.action = v.To("/letters")
	return ui.Render(w, r, http.StatusOK, askMany(v.Shell("Make letters", ui.Link{Label: "People"}, ui.Link{Label: "Letters", Href: v.To("/letters")}), p))
}

func (c *Pages) makeMany(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	list := selected(r)
	if len(list) == 0 {
		ui.RedirectDone(w, r, v.To("/letters"), "none", -1)
		return nil
	}
	return c.send(w, r, v, list)
}

func (c *Pages) askOne(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	who := id.Person(r.PathValue("user"))
	p, err := c.ask(r, v, []id.Person{who})
	if err != nil {
		return err
	}
	if len(p.rows) == 0 {
		return errs.New(errs.Conflict, "Letters are for active users without an e-mail address. Whoever has an address gets an invitation.")
	}
	p.action = v.To("/users/" + string(who) + "/letter")
	sheet := ui.SheetProps{Title: "Make a letter", Sub: p.rows[0].Name, Href: p.action, Back: ui.Link{Label: p.rows[0].Name, Href: v.To("/users/" + string(who))}}
	if ui.WantsSheet(r) {
		return ui.Render(w, r, http.StatusOK, askSheet(sheet, p))
	}
	return ui.Render(w, r, http.StatusOK, askWhole(v.Shell("Make a letter", ui.Link{Label: "People"}, ui.Link{Label: "Letters", Href: v.To("/letters")}), sheet, p))
}

func (c *Pages) makeOne(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.send(w, r, v, []id.Person{id.Person(r.PathValue("user"))})
}

// send makes the codes and answers with the letters as one PDF. The codes are in
// it and nowhere else.
func (c *Pages) send(w http.ResponseWriter, r *http.Request, v *frame.Visit, list []id.Person) error {
	made, skipped, err := c.Onboard.MakeClaim(r.Context(), v.By, list)
	if err != nil {
		return err
	}
	if len(made) == 0 {
		if len(skipped) == 1 {
			return errs.New(errs.Conflict, "No letter was made: %s %s.", skipped[0].Name, skipped[0].Why)
		}
		return errs.New(errs.Conflict, "No letter was made: none of the selected users can have one.")
	}
	var b bytes.Buffer
	if err := Print(&b, made, c.Now()); err != nil {
		return fmt.Errorf("printing %d letters: %w", len(made), err)
	}
	name := "letters.pdf"
	if len(made) == 1 {
		name = "letter.pdf"
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // whoever is gone makes new ones
	return nil
}

// names lists the first few of some users.
func names(list []browse.Cardholder) string {
	const most = 5
	var first []string
	for i, h := range list {
		if i == most {
			return strings.Join(first, ", ") + fmt.Sprintf(" and %d more", len(list)-most)
		}
		first = append(first, h.Name)
	}
	return strings.Join(first, ", ")
}
