package inviting

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/onboard"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

// preview is the very mail that one of the people will get.
type preview struct {
	to      string
	subject string
	text    string
}

// lines are the people as they are invited: in the language that was chosen.
func (p *page) invitees() []onboard.Invitee {
	list := slices.Clone(p.People)
	for i := range list {
		list[i].Language = p.Language
	}
	return list
}

// first is the first of the people who gets a mail; ok is false if nobody does.
func (p *page) first() (in onboard.Invitee, ok bool) {
	for _, in := range p.invitees() {
		if in.Email != "" {
			return in, true
		}
	}
	return in, false
}

// compose makes the mail that the first of the people will get.
func (c *Pages) compose(r *http.Request, p *page) (m mail.Message, err error) {
	in, ok := p.first()
	if !ok {
		return m, nil
	}
	return c.Onboard.PreviewInvitation(r.Context(), p.v.By, in, p.offered(), p.Message)
}

// preview makes the mail for the summary. What would be wrong with the invitations
// is said there too, before they are sent.
func (c *Pages) preview(r *http.Request, p *page) error {
	if p.wrong == nil {
		notes, err := c.Onboard.Check(r.Context(), p.v.By, p.People)
		if err != nil {
			return err
		}
		if p.wrong = p.noted(notes); len(p.wrong) > 0 {
			return nil
		}
		why, err := c.still(p, r)
		if err != nil {
			return err
		}
		if why != "" {
			p.wrong["account"] = why
			return nil
		}
	}
	m, err := c.compose(r, p)
	if err != nil {
		wrong, err := problems(err)
		if err == nil && len(p.wrong) == 0 {
			p.wrong = wrong
		}
		return err
	}
	p.mail = preview{to: m.To, subject: m.Subject, text: m.Text}
	return nil
}

// mail is the HTML part of the mail, for the frame in the summary: without scripts,
// forms and pictures from elsewhere.
func (c *Pages) mail(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, sent, err := c.load(r, v)
	if err != nil {
		return err
	}
	if sent {
		return errs.New(errs.Gone, "These invitations were sent.")
	}
	if why, err := c.still(p, r); err != nil || why != "" {
		return errs.Or(err, errs.AtField("account", "%s", why))
	}
	m, err := c.compose(r, p)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'")
	h.Set("Referrer-Policy", "no-referrer")
	// The reader may have gone; there is nobody left to tell.
	_, _ = io.WriteString(w, m.HTML)
	return nil
}

// send invites everybody, once.
func (c *Pages) send(p *page, r *http.Request) (wrong ui.Errors, err error) {
	why, err := c.still(p, r)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return ui.Errors{"account": why}, nil
	}
	made, err := c.Onboard.SendDraft(r.Context(), p.v.By, p.draft, p.invitees(), p.offered(), p.Message)
	if err != nil {
		return problems(err)
	}
	p.made = made
	return nil, nil
}

// sumLine is a line of the summary: what was chosen on a step.
type sumLine struct {
	label string
	text  string
	step  string
}

// sums are what was chosen so far, for the summary beside the steps.
func (p *page) sums() (list []sumLine) {
	people := filled(p.People)
	if p.draft == "" || len(people) == 0 {
		return nil
	}
	add := func(label, text, step string) {
		if stepNamed(step) < p.Reached || stepNamed(step) < p.at {
			list = append(list, sumLine{label, text, step})
		}
	}
	add("People", p.whom(people), "people")
	add("Role", p.roleLine(), "role")
	if p.Account != "" {
		text := p.Account
		if p.Rate != "" {
			text += ", pays back " + p.Rate + " per kWh of private charging"
		}
		add("Account", text, "role")
	}
	step := "method"
	if !p.skips(stepNamed("chargers")) {
		step = "chargers"
	}
	add("May charge", p.where(), step)
	add("Subscription", "Free", "subscription")
	add("Message", p.messageLine(), "message")
	return list
}

func (p *page) whom(people []onboard.Invitee) string {
	const shown = 4
	var names []string
	for _, in := range people[:min(shown, len(people))] {
		switch {
		case in.Email != "":
			names = append(names, in.Email)
		default:
			names = append(names, nameOf(in))
		}
	}
	text := strings.Join(names, ", ")
	if more := len(people) - shown; more > 0 {
		text += " and " + p.rd.Int(int64(more)) + " more"
	}
	return text
}

func (p *page) roleLine() string {
	if p.Role == "" {
		return "Driver"
	}
	i := slices.IndexFunc(p.roles, func(r access.Role) bool { return r.Key == p.Role })
	if i < 0 {
		return p.Role
	}
	text := p.roles[i].Label
	if p.Role == access.AccountOwner {
		return text
	}
	for _, o := range p.scopeOptions() {
		if o.Value == p.Scope {
			return text + ", limited to: " + o.Label
		}
	}
	return text
}

func (p *page) where() string {
	var names []string
	switch p.Method {
	case byAll:
		return "All chargers"
	case byLocations:
		for _, l := range p.Locations {
			names = append(names, nameIn(p.offer.Locations, string(l)))
		}
	case byChargers:
		for _, h := range p.Chargers {
			names = append(names, nameIn(p.offer.Chargers, string(h)))
		}
	case byGroup:
		return "User group: " + p.groupName()
	default:
		return p.methods()[0].Label
	}
	return someOf(slices.DeleteFunc(names, func(s string) bool { return s == "" }), placesShown, p.rd)
}

func nameIn(list []browse.Choice, of string) string {
	for _, c := range list {
		if c.ID == of {
			return c.Name
		}
	}
	return ""
}

func (p *page) messageLine() string {
	language := p.Language
	if language == "" {
		language = p.v.Workspace.Language
	}
	text := "In " + frame.LanguageLabel(language)
	if p.Message == "" {
		return text + ", without words of yours"
	}
	return text + ": “" + short(p.Message) + "”"
}

func short(s string) string {
	r := []rune(s)
	if len(r) <= 80 {
		return s
	}
	return string(r[:80]) + "…"
}

// lifeText says how long the links will work.
func (p *page) lifeText() string {
	o := p.offered()
	h := onboard.Life(&p.v.Workspace, &o)
	switch {
	case h == 1:
		return "an hour"
	case h < 48:
		return fmt.Sprintf("%d hours", h)
	default:
		return fmt.Sprintf("%d days", h/24)
	}
}

// mails counts the people who get a mail, and those who do not.
func (p *page) mails() (with, without int) {
	for _, in := range filled(p.People) {
		if in.Email != "" {
			with++
		} else {
			without++
		}
	}
	return with, without
}

func (p *page) sendLabel() string {
	with, without := p.mails()
	switch {
	case with == 0:
		return fmt.Sprintf("Add %s", count(p.rd, without, "user", "users"))
	default:
		return fmt.Sprintf("Send %s", count(p.rd, with, "invitation", "invitations"))
	}
}

func count(rd ui.Reader, n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return rd.Int(int64(n)) + " " + many
}
