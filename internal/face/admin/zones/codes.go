package zones

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/join"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"

	"github.com/a-h/templ"
)

// codesPage is every joining code of the workspace.
type codesPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	list  []zones.Code
}

func (c *Pages) codes(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := codesPage{v: v}
	var err error
	if p.list, err = c.Zones.Codes(r.Context(), v.By, ""); err != nil {
		return err
	}
	p.shell = v.Shell("Joining codes", crumbs(v)...)
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, http.StatusOK, codes(p))
}

// newCode is the way to a new code for a zone.
func newCode(p zonePage) templ.Component {
	if !p.may(access.PeopleWrite) {
		return nil
	}
	return ui.LinkButton(ui.ButtonProps{Label: "Make a joining code", Icon: "plus", Href: p.v.To("/joining-codes/new?location=" + string(p.d.ID))})
}

func codeTable(v *frame.Visit, list []zones.Code, first templ.Component) ui.TableProps {
	t := ui.TableProps{Caption: "Joining codes", Columns: []ui.Column{{Label: "Code", Main: true}, {Label: "Zone or group"}, {Label: "State"}, {Label: "Members"}, {Label: "Options"}, {Label: "Made"}}}
	t.Empty = ui.EmptyState("ticket", "No joining code yet", "Whoever holds a code comes into a zone or a group by it: from a poster, a link or word of mouth.", first)
	for _, k := range list {
		row := ui.Row{ID: string(k.ID), Name: codeName(k.Name), Cells: []templ.Component{
			ui.Text(codeName(k.Name)), ui.Two(place(k)), codeState(k.State), members(k), ui.Quiet(optionsInWords(&k.Code)), ui.Ago(k.Created),
		}}
		if manages(v, &k.Code) {
			row.Href = v.To("/joining-codes/" + string(k.ID))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// place says what a code is for.
func place(k zones.Code) (text, sub string) {
	switch {
	case k.Location == "" && k.Group == "":
		return "Nothing any more", "Its group was deleted"
	case k.Zone == "":
		return k.GroupIs, "Group"
	case k.Group == "":
		return k.Zone, "Zone"
	case k.GroupIs == "": // not the reader's to know
		return k.Zone, "Zone, and a group"
	}
	return k.Zone, "Zone, and group " + k.GroupIs
}

func codeState(s joincode.Closed) templ.Component {
	if s == joincode.Open {
		return ui.Badge("Lets people in", ui.Good)
	}
	return ui.Badge(closed[s], ui.Neutral)
}

// optionsInWords sums a code's options up in a line.
func optionsInWords(k *joincode.Code) string {
	var list []string
	if k.Approval {
		list = append(list, "approval")
	}
	if k.MaxUses > 0 {
		list = append(list, strconv.FormatInt(k.Uses, 10)+" of "+strconv.FormatInt(k.MaxUses, 10)+" uses")
	}
	if !k.Expires.IsZero() {
		list = append(list, "ends")
	}
	if len(k.Domains) > 0 {
		list = append(list, strings.Join(k.Domains, ", "))
	}
	if n := len(k.Questions); n > 0 {
		list = append(list, "asks questions")
	}
	if !k.From.IsZero() || !k.Until.IsZero() {
		list = append(list, "dated access")
	}
	if len(list) == 0 {
		return "Access at once"
	}
	return frame.Upper(strings.Join(list, ", "))
}

// form is the options of a code as they stand in a form.
type form struct {
	name, expires, uses, domains, from, until, questions string
	approval                                             bool
	location, group                                      string // of a new code
	version                                              string
	wrong                                                ui.Errors
}

func formOf(k *joincode.Code, rd ui.Reader) form {
	f := form{
		name: k.Name, approval: k.Approval, expires: dayField(lastDay(k.Expires), rd), domains: strings.Join(k.Domains, ", "), from: dayField(k.From, rd), until: dayField(lastDay(k.Until), rd),
		questions: strings.Join(k.Questions, "\n"), version: strconv.FormatInt(k.Version, 10), location: string(k.Location), group: string(k.Group),
	}
	if k.MaxUses > 0 {
		f.uses = strconv.FormatInt(k.MaxUses, 10)
	}
	return f
}

// order is the order of the fields, for the summary of what is wrong.
var order = []string{"location", "group", "name", "approval", "expires", "max_uses", "domains", "access_from", "access_until", "questions"}

// readForm takes what was typed, and puts it into k as far as it is right.
func readForm(r *http.Request, rd ui.Reader, k *joincode.Code) (f form) {
	typed := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	f = form{
		name: typed("name"), expires: typed("expires"), uses: typed("max_uses"), domains: typed("domains"), from: typed("access_from"), until: typed("access_until"),
		questions: strings.ReplaceAll(typed("questions"), "\r\n", "\n"), approval: typed("approval") != "", location: typed("location"), group: typed("group"), version: typed("version"), wrong: ui.Errors{},
	}
	day := func(field, text string, shift int) time.Time {
		if text == "" {
			return time.Time{}
		}
		t, ok := frame.DayOf(text, rd)
		if !ok || t.Year() < 2000 || t.Year() > 2200 {
			f.wrong[field] = "Write the day as year, month and day, for instance 2027-03-31."
		}
		return t.AddDate(0, 0, shift)
	}
	k.Name, k.Approval = f.name, f.approval
	k.Expires, k.From, k.Until = day("expires", f.expires, 1), day("access_from", f.from, 0), day("access_until", f.until, 1)
	if k.MaxUses = 0; f.uses != "" {
		n, err := strconv.ParseInt(f.uses, 10, 64)
		if err != nil || n < 1 {
			f.wrong["max_uses"] = "Write a whole number from 1 to 1,000,000, or leave it empty."
		}
		k.MaxUses = n
	}
	var err error
	if k.Domains, err = mail.ParseDomains("domains", f.domains); err != nil {
		f.wrong["domains"] = errs.Text(err)
	}
	k.Questions = strings.Split(f.questions, "\n")
	k.Version, _ = strconv.ParseInt(f.version, 10, 64)
	return f
}

// newPage is the form of a new code.
type newPage struct {
	v      *frame.Visit
	shell  ui.ConsoleProps
	f      form
	places []ui.Option
	groups []ui.Option
	back   string
}

func (c *Pages) codeNew(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if !makes(v) { // a customer's people come by no code
		return v.By.Need(access.PeopleWrite)
	}
	return c.showNew(w, r, v, http.StatusOK, form{location: r.URL.Query().Get("location"), group: r.URL.Query().Get("group")})
}

func (c *Pages) showNew(w http.ResponseWriter, r *http.Request, v *frame.Visit, status int, f form) error {
	p := newPage{v: v, f: f, back: v.To("/joining-codes")}
	if v.Somewhere(access.PlacesRead | access.PeopleWrite) {
		list, err := c.Browse.Locations(r.Context(), v.By, "")
		if err != nil {
			return err
		}
		p.places = append(p.places, ui.Option{Label: "No zone"})
		for _, l := range list {
			if v.Holds(access.PlacesRead|access.PeopleWrite, access.AtLocation, string(l.ID)) {
				p.places = append(p.places, ui.Option{Value: string(l.ID), Label: l.Name})
			}
		}
		if id.Valid(f.location) && v.Holds(access.PlacesRead|access.PeopleRead, access.AtLocation, f.location) {
			p.back = v.To("/locations/" + f.location + "/zone/codes")
		}
	}
	groups, err := c.Zones.Groups(r.Context(), v.By)
	if err != nil {
		return err
	}
	p.groups = append(p.groups, ui.Option{Label: "No group"})
	for _, g := range groups {
		p.groups = append(p.groups, ui.Option{Value: string(g.ID), Label: g.Name})
	}
	p.shell = v.Shell("Make a joining code", crumbs(v, ui.Link{Label: "Joining codes", Href: v.To("/joining-codes")})...)
	return ui.Render(w, r, status, codeNew(p))
}

func (c *Pages) codeMake(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	k := joincode.Code{Location: id.Location(r.PostFormValue("location")), Group: id.Group(r.PostFormValue("group"))}
	f := readForm(r, ui.ReaderOf(r.Context()), &k)
	var made joincode.Code
	var err error
	if len(f.wrong) == 0 {
		made, err = c.Join.Make(r.Context(), v.By, k)
	} else {
		err = k.Check()
	}
	if again, err := spoilt(&f, err); again || err != nil {
		if err != nil {
			return err
		}
		return c.showNew(w, r, v, http.StatusUnprocessableEntity, f)
	}
	ui.RedirectDone(w, r, v.To("/joining-codes/"+string(made.ID)), "code-made", -1)
	return nil
}

// spoilt adds what a flow found wrong to a form; again says that it has to be
// shown again.
func spoilt(f *form, err error) (again bool, _ error) {
	wrong, ok := ui.ErrorsOf(err)
	if err != nil && !ok {
		return false, err
	}
	for field, text := range wrong {
		if f.wrong[field] == "" {
			f.wrong[field] = text
		}
	}
	return len(f.wrong) > 0, nil
}

// codePage is one code: how it is shown and shared, its options, its switch.
type codePage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	rd    ui.Reader
	k     zones.Code
	o     join.Offer
	link  string
	enter string // where the code can be typed
	qr    string // SVG
	f     form
	base  string
}

func (c *Pages) one(r *http.Request, v *frame.Visit, which id.JoinCode) (p codePage, err error) {
	p = codePage{v: v, rd: ui.ReaderOf(r.Context())}
	if p.k, err = c.Zones.Code(r.Context(), v.By, which); err != nil {
		return p, err
	}
	if p.o, err = c.Join.Show(r.Context(), v.By, which); err != nil {
		return p, err
	}
	p.f, p.base = formOf(&p.k.Code, p.rd), v.To("/joining-codes/"+string(which))
	p.link, p.enter = c.Join.PublicURL+"/j/"+joincode.Grouped(p.o.Secret), c.Join.PublicURL+"/j"
	p.qr, err = qrOf(p.link, p.o.Place())
	return p, err
}

func (c *Pages) code(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.one(r, v, id.JoinCode(r.PathValue("code")))
	if err != nil {
		return err
	}
	return c.showCode(w, r, http.StatusOK, p)
}

func (c *Pages) showCode(w http.ResponseWriter, r *http.Request, status int, p codePage) error {
	trail := crumbs(p.v, ui.Link{Label: "Joining codes", Href: p.v.To("/joining-codes")})
	if p.k.Location != "" && p.v.Holds(access.PlacesRead|access.PeopleRead, access.AtLocation, string(p.k.Location)) {
		at := "/locations/" + string(p.k.Location)
		trail = crumbs(p.v, ui.Link{Label: p.k.Zone, Href: p.v.To(at)}, ui.Link{Label: "Zone profile", Href: p.v.To(at + "/zone/codes")})
	}
	p.shell = p.v.Shell(codeName(p.k.Name), trail...)
	p.shell.Toast = frame.Toast(r, done)
	return ui.Render(w, r, status, code(p))
}

func (c *Pages) codeSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.one(r, v, id.JoinCode(r.PathValue("code")))
	if err != nil {
		return err
	}
	k := p.k.Code
	p.f = readForm(r, p.rd, &k)
	if len(p.f.wrong) == 0 {
		_, err = c.Join.Change(r.Context(), v.By, k)
	} else {
		err = k.Check()
	}
	if again, err := spoilt(&p.f, err); again || err != nil {
		if err != nil {
			return err
		}
		return c.showCode(w, r, http.StatusUnprocessableEntity, p)
	}
	ui.RedirectDone(w, r, p.base, "code-saved", -1)
	return nil
}

// back is where a form leads that stands on several pages: a page of the console
// that it names itself.
func back(r *http.Request, v *frame.Visit, otherwise string) string {
	if to := r.PostFormValue("back"); strings.HasPrefix(to, v.Base+"/") && !strings.ContainsAny(to, "\\\r\n") {
		if u, err := url.Parse(to); err == nil && u.Host == "" && u.Scheme == "" {
			return to
		}
	}
	return otherwise
}

func (c *Pages) enable(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	which, on, key := r.PathValue("code"), r.PostFormValue("enabled") != "", "code-off"
	if on {
		key = "code-on"
	}
	if err := c.Join.Enable(r.Context(), v.By, id.JoinCode(which), on); err != nil {
		return err
	}
	ui.RedirectDone(w, r, back(r, v, v.To("/joining-codes/"+which)), key, -1)
	return nil
}

func (c *Pages) rotateAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.one(r, v, id.JoinCode(r.PathValue("code")))
	if err != nil {
		return err
	}
	p.shell = v.Shell("Make a new code", crumbs(v, ui.Link{Label: "Joining codes", Href: v.To("/joining-codes")}, ui.Link{Label: codeName(p.k.Name), Href: p.base})...)
	return ui.Render(w, r, http.StatusOK, rotation(p))
}

func (c *Pages) rotate(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	which := r.PathValue("code")
	if _, err := c.Join.Rotate(r.Context(), v.By, id.JoinCode(which)); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/joining-codes/"+which), "code-rotated", -1)
	return nil
}

// invitePage is how somebody is let into a zone: its code, ready to be shared.
type invitePage struct {
	zonePage
	codes []zones.Code
	p     *codePage // the one that is shown; nil if there is none
}

func (c *Pages) invite(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.zone(r, v, "")
	if err != nil {
		return err
	}
	at := "/locations/" + string(p.d.ID)
	p.base = v.To(at + "/zone")
	p.shell = v.Shell("Invite user", crumbs(v, ui.Link{Label: p.d.Name, Href: v.To(at)}, ui.Link{Label: "Zone profile", Href: p.base})...)
	p.shell.Toast = frame.Toast(r, done)
	i := invitePage{zonePage: p}
	if i.codes, err = c.Zones.Codes(r.Context(), v.By, p.d.ID); err != nil {
		return err
	}
	if len(i.codes) > 0 {
		i.codes = slices.DeleteFunc(i.codes, func(k zones.Code) bool { return !manages(v, &k.Code) })
	}
	if len(i.codes) > 0 {
		which := i.codes[0].ID
		for _, k := range i.codes {
			if string(k.ID) == r.URL.Query().Get("code") {
				which = k.ID
				break
			}
			if k.State == joincode.Open && i.codes[0].State != joincode.Open {
				which = k.ID
			}
		}
		one, err := c.one(r, v, which)
		if err != nil {
			return err
		}
		i.p = &one
	}
	return ui.Render(w, r, http.StatusOK, invite(i))
}
