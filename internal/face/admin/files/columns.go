package files

import (
	"net/http"
	"strconv"

	"involt/internal/core/imports"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/intake"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/errs"
)

// columns is what each column of the file means, to be put right by hand.
func (c *Pages) columns(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	return c.showColumns(w, r, p, http.StatusOK)
}

func (c *Pages) showColumns(w http.ResponseWriter, r *http.Request, p *view, status int) error {
	if p.State != imports.Previewing && p.State != imports.Previewed {
		return errs.New(errs.Conflict, "This import was applied already. Import the file again to read it in another way.")
	}
	if p.said.Mapping == nil {
		for _, h := range p.Sheet.Headings {
			column := ""
			if h.Read {
				column = h.Column
			}
			p.said.Mapping = append(p.said.Mapping, column)
		}
	}
	return ui.Render(w, r, status, columnsPage(p))
}

// meanings are what a column may mean.
func meanings() (list []ui.Option) {
	list = append(list, ui.Option{Value: "-", Label: "Not read"})
	for _, c := range sheet.Readable() {
		list = append(list, ui.Option{Value: string(c), Label: c.Label()})
	}
	return list
}

func columnField(i int) string { return "column." + strconv.Itoa(i) }

// answers is what was said about the file so far.
func (p *view) answers() intake.Answers {
	a := intake.Answers{NoHeader: p.Options.NoHeader, Overwrite: p.Options.Overwrite}
	if t := p.Options.CardsUntil; !t.IsZero() {
		a.CardsUntil = t.Add(-1).In(p.rd.Zone).Format("2006-01-02")
	}
	return a
}

// mapped reads the file once more with other meanings of its columns.
func (c *Pages) mapped(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	a := p.answers()
	if r.PostForm.Get("forget") != "" {
		a.Forget = true
	} else {
		for i := range p.Sheet.Headings {
			text := r.PostForm.Get(columnField(i))
			if text == "-" {
				text = ""
			}
			a.Mapping = append(a.Mapping, text)
		}
	}
	err = c.Intake.Answer(r.Context(), v.By, p.ID, a)
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong, p.said = wrong, a
		return c.showColumns(w, r, p, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return c.again(w, r, v, p)
}

// again leads to the preview of a file that is read once more.
func (c *Pages) again(w http.ResponseWriter, r *http.Request, v *frame.Visit, p *view) error {
	c.await(r, v, p.ID, func(im *imports.Import) bool { return im.State != imports.Previewing || im.Counts.Rows > 0 })
	v.SeeOther(w, r, "/imports/"+string(p.ID))
	return nil
}

// options is what to do with the file besides.
func (c *Pages) options(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	p.said = p.answers()
	return ui.Render(w, r, http.StatusOK, optionsPage(p))
}

func (c *Pages) chosen(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	a := intake.Answers{NoHeader: r.PostForm.Get("no_header") != "", CardsUntil: r.PostForm.Get("cards_until"), Overwrite: r.PostForm.Get("overwrite") != ""}
	err = c.Intake.Answer(r.Context(), v.By, p.ID, a)
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong, p.said = wrong, a
		return ui.Render(w, r, http.StatusUnprocessableEntity, optionsPage(p))
	}
	if err != nil {
		return err
	}
	return c.again(w, r, v, p)
}
