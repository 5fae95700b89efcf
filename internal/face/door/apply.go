package door

import (
	"net/http"
	"net/url"
	"strings"

	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/face/ui"
	"involt/internal/flow/enter"
	"involt/internal/flow/onboard"
	"involt/internal/kit/errs"
)

// applying is the page where somebody asks to come in.
type applying struct {
	ws     workspace.Workspace
	Action string
	Nonce  string
	In     onboard.Applying
	Errors ui.Errors
	Links  []ui.LanguageLink
}

// applyFor is what the nonce of a registration page is about.
func applyFor(slug string) string { return "apply " + slug }

func (d *Door) applyPage(w http.ResponseWriter, r *http.Request) error {
	ws, err := d.Onboard.Registration(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	if done, _ := ui.Done(r); done == "sent" {
		return ui.Render(w, r, http.StatusOK, message(plain(r, ws.Name), sentLook.in(r.Context()), appliedText.in(r.Context()), &ui.Link{Label: noMail.in(r.Context()), Href: "/i"}))
	}
	return d.showApply(w, r, http.StatusOK, applying{ws: ws, In: onboard.Applying{Language: ui.ReaderOf(r.Context()).Lang}})
}

func (d *Door) showApply(w http.ResponseWriter, r *http.Request, status int, p applying) error {
	p.Action, p.Nonce, p.Links = here(r), d.nonce(applyFor(p.ws.Slug)), languages(r)
	return ui.Render(w, r, status, applyForm(p))
}

// apply takes a request to come in. What it answers does not depend on whose
// address was typed.
func (d *Door) apply(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	ws, err := d.Onboard.Registration(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	p := applying{ws: ws, In: onboard.Applying{
		Email: r.PostFormValue("email"), FirstName: r.PostFormValue("first_name"), LastName: r.PostFormValue("last_name"),
		Message: r.PostFormValue("message"), Language: r.PostFormValue("language"),
	}}
	if !d.fresh(r, applyFor(ws.Slug)) {
		p.Errors = ui.Errors{"": staleForm.in(r.Context())}
		return d.showApply(w, r, http.StatusUnprocessableEntity, p)
	}
	err = d.Onboard.Apply(r.Context(), ws.Slug, p.In, d.Client(r))
	if e, status, ok := problems(r, err); ok {
		p.Errors = e
		return d.showApply(w, r, status, p)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, here(r), "sent", -1)
	return nil
}

// confirming is the page of the link that proves an applicant's mailbox.
type confirming struct {
	onboard.ApplicationPage
	Action      string
	Nonce       string
	Path        string
	First, Last string
	Errors      ui.Errors
	Here        *enter.Visitor // who is signed in, nil for nobody
	Links       []ui.LanguageLink
}

func (c *confirming) hidden(do string) []ui.Hidden {
	return []ui.Hidden{{Name: "nonce", Value: c.Nonce}, {Name: "do", Value: do}}
}

// confirmPage shows an application and changes nothing: mail scanners come
// first.
func (d *Door) confirmPage(w http.ResponseWriter, r *http.Request) error {
	if done, _ := ui.Done(r); done == "sent" {
		return ui.Render(w, r, http.StatusOK, message(plain(r, ""), sentLook.in(r.Context()), appliedText.in(r.Context()), &ui.Link{Label: noMail.in(r.Context()), Href: "/i"}))
	}
	return d.showConfirm(w, r, http.StatusOK, nil)
}

func (d *Door) showConfirm(w http.ResponseWriter, r *http.Request, status int, wrong ui.Errors) error {
	slug, token := r.PathValue("slug"), r.PathValue("token")
	pg, err := d.Onboard.LookApplication(r.Context(), slug, token)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return ui.Render(w, r, http.StatusNotFound, message(plain(r, ""), noSuchLink.in(r.Context()), noSuchText.in(r.Context()), &ui.Link{Label: haveCode.in(r.Context()), Href: "/i"}))
	}
	if err != nil {
		return err
	}
	language := ""
	if r.Header.Get("Accept-Language") == "" {
		language = pg.Language
	}
	r = r.WithContext(ui.WithReader(r.Context(), reader(r, language, pg.Zone)))
	ctx := r.Context()
	doc, signIn := plain(r, pg.Workspace.Name), &ui.Link{Label: signInVerb.in(ctx), Href: "/sign-in?next=" + url.QueryEscape("/my?w="+slug)}
	switch pg.State {
	case "used":
		return ui.Render(w, r, http.StatusGone, message(doc, applyUsed.in(ctx), applyUsedText.in(ctx), signIn))
	case "known":
		return ui.Render(w, r, http.StatusGone, message(doc, applyKnown.in(ctx), knownText.in(ctx, pg.Workspace.Name), signIn))
	case "expired":
		c := confirming{ApplicationPage: pg, Action: here(r), Nonce: d.nonce(token), Errors: wrong, Links: languages(r)}
		if status == http.StatusOK {
			status = http.StatusGone
		}
		return ui.Render(w, r, status, expiredForm(c, until(ctx, pg.Expires)))
	}
	c := confirming{ApplicationPage: pg, Action: here(r), Nonce: d.nonce(token), Path: r.URL.Path, First: pg.FirstName, Last: pg.LastName, Errors: wrong, Links: languages(r)}
	if wrong != nil {
		c.First, c.Last = r.PostFormValue("first_name"), r.PostFormValue("last_name")
	}
	v, ok, err := d.visitor(r)
	if err != nil {
		return err
	}
	if ok {
		c.Here = &v
	}
	return ui.Render(w, r, status, confirmForm(c))
}

// confirm is everything the forms of the link's page do.
func (d *Door) confirm(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	slug, token := r.PathValue("slug"), r.PathValue("token")
	if !d.fresh(r, token) {
		return d.showConfirm(w, r, http.StatusUnprocessableEntity, ui.Errors{"": staleForm.in(r.Context())})
	}
	switch r.PostFormValue("do") {
	case "accept":
		return d.confirmAs(w, r, slug, token)
	case "again":
		return d.confirmAgain(w, r, slug, token)
	}
	session, p, err := d.Onboard.Confirm(r.Context(), slug, token, onboard.Entering{
		FirstName: r.PostFormValue("first_name"), LastName: r.PostFormValue("last_name"),
		Password: r.PostFormValue("password"), Language: ui.ReaderOf(r.Context()).Lang,
	})
	if k := errs.KindOf(err); err != nil && (k == errs.Gone || k == errs.NotFound) {
		return d.showConfirm(w, r, http.StatusOK, nil) // it has become another page
	}
	if e, status, ok := problems(r, err); ok {
		return d.showConfirm(w, r, status, e)
	}
	if err != nil {
		return err
	}
	if err := d.begin(w, r, session); err != nil {
		return err
	}
	cameIn(w, r, slug, &p)
	return nil
}

// cameIn leads on who has proven their mailbox: they are in, or wait.
func cameIn(w http.ResponseWriter, r *http.Request, slug string, p *person.Person) {
	done := "asked"
	if p.Status == person.Active {
		done = "welcome"
	}
	ui.RedirectDone(w, r, "/my?w="+url.QueryEscape(slug), done, -1)
}

// confirmAgain mails the reader of an expired link a new one. What it answers
// does not depend on who has the address.
func (d *Door) confirmAgain(w http.ResponseWriter, r *http.Request, slug, token string) error {
	err := d.Onboard.Again(r.Context(), slug, token, d.Client(r))
	if e, status, ok := problems(r, err); ok {
		return d.showConfirm(w, r, status, e)
	}
	if k := errs.KindOf(err); err != nil && k == errs.NotFound {
		return d.showConfirm(w, r, http.StatusOK, nil)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, here(r), "sent", -1)
	return nil
}

func (d *Door) confirmAs(w http.ResponseWriter, r *http.Request, slug, token string) error {
	v, ok, err := d.visitor(r)
	if err != nil {
		return err
	}
	if !ok {
		http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.Path), http.StatusSeeOther)
		return nil
	}
	p, err := d.Onboard.ConfirmAs(r.Context(), slug, token, v.Identity)
	if err != nil {
		if k := errs.KindOf(err); k == errs.Gone || k == errs.NotFound || k == errs.Denied {
			return d.showConfirm(w, r, http.StatusOK, nil)
		}
		return err
	}
	cameIn(w, r, slug, &p)
	return nil
}

// claiming is the page where the code of a printed letter is typed.
type claiming struct {
	Action string
	Nonce  string
	Code   string
	Email  string
	Errors ui.Errors
	Links  []ui.LanguageLink
}

// claimFor is what the nonce of the page for printed codes is about.
const claimFor = "claim"

// claimPage is the page that a letter names, and that its QR code leads to: then
// the code is filled in. Nothing is looked up for it.
func (d *Door) claimPage(w http.ResponseWriter, r *http.Request) error {
	if done, _ := ui.Done(r); done == "sent" {
		return ui.Render(w, r, http.StatusOK, message(plain(r, ""), sentLook.in(r.Context()), claimSent.in(r.Context()), &ui.Link{Label: tryAgain.in(r.Context()), Href: "/c"}))
	}
	return d.showClaim(w, r, http.StatusOK, claiming{Code: r.PathValue("code")})
}

func (d *Door) showClaim(w http.ResponseWriter, r *http.Request, status int, p claiming) error {
	p.Action, p.Nonce, p.Links = "/c", d.nonce(claimFor), languages(r)
	if l := r.URL.Query().Get("lang"); l != "" {
		p.Action += "?lang=" + Language(r, "")
	}
	return ui.Render(w, r, status, claimForm(p))
}

// claim takes a code and an address. What it answers to a code that works does
// not depend on whose address was typed.
func (d *Door) claim(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	p := claiming{Code: strings.TrimSpace(r.PostFormValue("code")), Email: r.PostFormValue("email")}
	if !d.fresh(r, claimFor) {
		p.Errors = ui.Errors{"": staleForm.in(r.Context())}
		return d.showClaim(w, r, http.StatusUnprocessableEntity, p)
	}
	err := d.Onboard.Claim(r.Context(), onboard.Claiming{Code: p.Code, Email: p.Email, Language: ui.ReaderOf(r.Context()).Lang}, d.Client(r))
	if e, status, ok := problems(r, err); ok {
		p.Errors = e
		return d.showClaim(w, r, status, p)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, here(r), "sent", -1)
	return nil
}
