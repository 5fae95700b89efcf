// Package exports is the console's pages about files that leave it: what of a
// list, in which format.
package exports

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/export"
	"involt/internal/flow/browse/invited"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Browse  *browse.Service
	Invited *invited.Service
	Export  *export.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() (list []frame.Route) {
	for _, what := range export.All {
		with := func(do func(http.ResponseWriter, *http.Request, *frame.Visit, export.What) error) func(http.ResponseWriter, *http.Request, *frame.Visit) error {
			return func(w http.ResponseWriter, r *http.Request, v *frame.Visit) error { return do(w, r, v, what) }
		}
		at := "GET /" + string(what) + "/export"
		list = append(list,
			frame.Route{Pattern: at, Need: what.Need(), Part: true, Do: with(c.ask)},
			frame.Route{Pattern: at + "/file", Need: what.Need(), Part: true, Do: with(c.file)})
	}
	return list
}

// askPage asks how the file shall be.
type askPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	what  export.What
	keep  url.Values // what is meant
	count string     // "1,204 sessions"
	comma bool       // the reader's spreadsheet expects semicolons, and commas in decimals
	cols  []ui.CheckItem
}

func (p *askPage) path() string { return p.v.To("/" + string(p.what)) }

func (p *askPage) back() string {
	q := url.Values{}
	for name, values := range p.keep {
		if name != "all" && name != "id" {
			q[name] = values
		}
	}
	if len(q) == 0 {
		return p.path()
	}
	return p.path() + "?" + q.Encode()
}

func (p *askPage) hidden() (list []ui.Hidden) {
	for _, name := range append([]string{"id", "all"}, filters[p.what]...) {
		for _, value := range p.keep[name] {
			list = append(list, ui.Hidden{Name: name, Value: value})
		}
	}
	return list
}

func (p *askPage) masked() bool { return !p.v.May(access.PersonalData) }

// personal are the columns of users that are empty without personal data.
var personal = []string{"phone", "first_name", "last_name", "info_1", "info_2", "vehicle_plate"}

// columns are those of users that may be chosen.
func columns(v *frame.Visit) (list []ui.CheckItem) {
	labels := map[string]string{"info_1": v.Workspace.Info1Label, "info_2": v.Workspace.Info2Label}
	for _, c := range export.Users.Columns() {
		switch {
		case slices.Contains(personal, c) && !v.May(access.PersonalData), c == "account" && !v.May(access.AccountsRead), c == "card_uid" && !v.May(access.CardsRead):
			continue
		}
		label := frame.Upper(strings.ReplaceAll(c, "_", " "))
		if l := labels[c]; l != "" {
			label = l
		}
		for _, w := range [][2]string{{" id", " ID"}, {"uid", "UID"}, {"Kwh", "Energy, kWh"}, {"User ID", "ID"}, {"Email", "E-mail"}} {
			label = strings.ReplaceAll(label, w[0], w[1])
		}
		list = append(list, ui.CheckItem{Value: c, Label: label, Checked: true})
	}
	return list
}

func (c *Pages) ask(w http.ResponseWriter, r *http.Request, v *frame.Visit, what export.What) error {
	rd := ui.ReaderOf(r.Context())
	p := &askPage{v: v, what: what, keep: kept(what, r.URL.Query()), comma: wantsSemicolons(r)}
	ask, err := meant(r, what)
	if err != nil {
		return err
	}
	if what == export.Users && ask.People == nil && p.keep.Get("all") == "" {
		ui.RedirectDone(w, r, v.To("/users"), "none-selected", -1)
		return nil
	}
	if p.count, err = c.count(r.Context(), v, &ask, rd); err != nil {
		return err
	}
	if what == export.Users {
		p.cols = columns(v)
	}
	p.shell = v.Shell("Export "+strings.ToLower(what.Label()), ui.Link{Label: what.Label(), Href: p.path()})
	return ui.Render(w, r, http.StatusOK, askFor(p))
}

// meant reads what is exported: what the filter of the address means, or the
// users who were ticked.
func meant(r *http.Request, what export.What) (export.Request, error) {
	q := r.URL.Query()
	ask, err := Of(what, q, ui.ReaderOf(r.Context()))
	if what == export.Users && q.Get("all") != "1" && len(q["id"]) > 0 {
		ask.People = []id.Person{}
		for _, one := range q["id"] {
			if id.Valid(one) && !slices.Contains(ask.People, id.Person(one)) {
				ask.People = append(ask.People, id.Person(one))
			}
		}
	}
	return ask, err
}

// count says how much is meant: "1,204 sessions".
func (c *Pages) count(ctx context.Context, v *frame.Visit, ask *export.Request, rd ui.Reader) (string, error) {
	var page browse.Page
	one := browse.Paging{Limit: 1}
	switch ask.What {
	case export.Users:
		if ask.People != nil {
			page.Total = int64(len(ask.People))
			break
		}
		all, err := c.Browse.Matching(ctx, v.By, ask.Users)
		if err != nil {
			return "", err
		}
		page.Total = int64(len(all))
	case export.Cards:
		f := ask.Cards
		f.Paging = one
		found, err := c.Browse.Cards(ctx, v.By, f)
		if err != nil {
			return "", err
		}
		page = found.Page
	case export.Sessions:
		f := ask.Sessions
		f.Paging = one
		found, err := c.Browse.Sessions(ctx, v.By, f)
		if err != nil {
			return "", err
		}
		page = found.Page
	case export.Activity:
		f := ask.Activity
		f.Paging = one
		found, err := c.Browse.Activity(ctx, v.By, f)
		if err != nil {
			return "", err
		}
		page = found.Page
	case export.Invitations:
		f := ask.Invitations
		f.Paging = one
		found, err := c.Invited.List(ctx, v.By, f)
		if err != nil {
			return "", err
		}
		page = found.Page
	}
	n := rd.Int(page.Total)
	if page.About {
		n += "+"
	}
	noun := map[export.What]string{export.Users: "users", export.Cards: "cards", export.Sessions: "sessions", export.Activity: "entries", export.Invitations: "invitations"}[ask.What]
	if page.Total == 1 {
		noun = map[export.What]string{export.Users: "user", export.Cards: "card", export.Sessions: "session", export.Activity: "entry", export.Invitations: "invitation"}[ask.What]
	}
	return n + " " + noun, nil
}

// OutputOf reads from a form or an address how a file shall be written.
func OutputOf(q url.Values, zone *time.Location) (o table.Output, err error) {
	o = table.Output{Zone: zone, Mark: q.Get("bom") != "", Comma: q.Get("decimal") == "comma"}
	if q.Get("separator") == "semicolon" {
		o.Delimiter = ';'
	}
	o.Format, err = table.ParseFormat(q.Get("format"))
	return o, err
}

// file sends the file. Names and addresses stand in it as the visitor may see
// them on the page.
func (c *Pages) file(w http.ResponseWriter, r *http.Request, v *frame.Visit, what export.What) error {
	q, rd := r.URL.Query(), ui.ReaderOf(r.Context())
	ask, err := meant(r, what)
	if err != nil {
		return err
	}
	o, err := OutputOf(q, rd.Zone)
	if err != nil {
		return err
	}
	ask.Columns = q["col"]
	return Send(w, r, v.Workspace.Slug+"-"+string(what)+"-"+rd.Now.In(rd.Zone).Format(time.DateOnly), o, func(w http.ResponseWriter) error {
		_, err := c.Export.Write(r.Context(), v.By, &ask, o, w)
		return err
	})
}

// Send answers with a file that write writes. What fails before the file begins
// is an error to show; what fails later ends the connection, which is the only way
// left to say that the file is not whole.
func Send(w http.ResponseWriter, r *http.Request, name string, o table.Output, write func(http.ResponseWriter) error) error {
	to := &begun{ResponseWriter: w, name: name + o.Format.Extension(), kind: o.Format.ContentType()}
	err := write(to)
	if err == nil || !to.begun {
		return err
	}
	if r.Context().Err() == nil {
		slog.ErrorContext(r.Context(), "an export broke off", "err", errs.Text(err))
	}
	panic(http.ErrAbortHandler)
}

// begun sets the headers of a file with its first byte.
type begun struct {
	http.ResponseWriter
	name, kind string
	begun      bool
}

func (b *begun) Write(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		h := b.Header()
		h.Set("Content-Type", b.kind)
		h.Set("Content-Disposition", `attachment; filename="`+b.name+`"`)
		h.Set("Cache-Control", "no-store")
	}
	return b.ResponseWriter.Write(p)
}

// wantsSemicolons reports whether the spreadsheets of the reader's language take
// semicolons, and commas in decimals. The console speaks English to everybody;
// the browser knows better.
func wantsSemicolons(r *http.Request) bool {
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	lang, _, _ := strings.Cut(strings.TrimSpace(first), ";")
	lang, region, _ := strings.Cut(strings.ToLower(lang), "-")
	switch lang {
	case "de", "nl", "fr", "es", "it", "pt", "da", "sv", "nb", "nn", "no", "fi", "pl", "cs", "sk", "sl", "hr", "hu", "ro", "bg", "el", "et", "lv", "lt", "tr", "ru", "uk":
		return region != "mx" && region != "ch" && region != "li"
	}
	return false
}
