package door

import (
	"net/http"
	"net/url"

	"involt/internal/face/ui"
	"involt/internal/flow/enter"
	"involt/internal/flow/onboard"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// coming is an invitation's page.
type coming struct {
	onboard.Page
	Action  string
	Nonce   string
	Path    string // of the invitation's page
	Decline string // of the question whether to decline it
	First   string
	Last    string
	Errors  ui.Errors
	Here    *enter.Visitor // who is signed in, nil for nobody
	Links   []ui.LanguageLink
}

// invitationPage shows an invitation and changes nothing: mail scanners come
// first, and some run scripts.
func (d *Door) invitationPage(w http.ResponseWriter, r *http.Request) error {
	return d.showInvitation(w, r, http.StatusOK, nil)
}

// showInvitation shows the invitation as it stands. With errors it is a form
// that came back.
func (d *Door) showInvitation(w http.ResponseWriter, r *http.Request, status int, wrong ui.Errors) error {
	return d.showAs(w, r, status, wrong, invitation)
}

// showAs shows a page of an invitation that can be used. Where it cannot, it says
// why and what to do.
func (d *Door) showAs(w http.ResponseWriter, r *http.Request, status int, wrong ui.Errors, usable func(coming) templ.Component) error {
	token := r.PathValue("token")
	if done, _ := ui.Done(r); done == "sent" {
		// The same whatever became of it, so that the answer tells nobody anything.
		return ui.Render(w, r, http.StatusOK, message(plain(r, ""), sentTitle.in(r.Context()), sentText.in(r.Context()), &ui.Link{Label: haveCode.in(r.Context()), Href: "/i"}))
	}
	pg, err := d.Onboard.Look(r.Context(), token)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return ui.Render(w, r, http.StatusNotFound, message(plain(r, ""), unknownTitle.in(r.Context()), unknownText.in(r.Context()), &ui.Link{Label: haveCode.in(r.Context()), Href: "/i"}))
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
	doc, home := plain(r, pg.Workspace), inLanguage(r, "/i/"+token)
	switch {
	case pg.State == "accepted":
		return ui.Render(w, r, http.StatusGone, used(doc, home, d.nonce(token)))
	case pg.State == "declined":
		return ui.Render(w, r, http.StatusGone, declined(doc, home, d.nonce(token), pg))
	case pg.State == "revoked":
		return ui.Render(w, r, http.StatusGone, message(doc, revokedTitle.in(ctx), revokedText.in(ctx, pg.Workspace), nil))
	case !pg.Usable:
		return ui.Render(w, r, http.StatusGone, expired(doc, home, d.nonce(token), pg))
	}
	c := coming{Page: pg, Action: here(r), Nonce: d.nonce(token), Path: "/i/" + token, Decline: inLanguage(r, "/i/"+token+"/decline"), First: pg.FirstName, Last: pg.LastName, Errors: wrong, Links: languages(r)}
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
	return ui.Render(w, r, status, usable(c))
}

// answerInvitation is everything the page's forms do.
func (d *Door) answerInvitation(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	token := r.PathValue("token")
	if !d.fresh(r, token) {
		return d.showInvitation(w, r, http.StatusUnprocessableEntity, ui.Errors{"": staleForm.in(r.Context())})
	}
	if r.PostFormValue("do") == "again" {
		if err := d.Onboard.SendAgain(r.Context(), token, d.Client(r)); err != nil {
			return err
		}
		ui.RedirectDone(w, r, here(r), "sent", -1)
		return nil
	}
	pg, err := d.Onboard.Look(r.Context(), token)
	if err != nil || !pg.Usable {
		return d.showInvitation(w, r, http.StatusOK, nil)
	}
	if err := d.Onboard.Opened(r.Context(), token); err != nil {
		return err
	}
	switch r.PostFormValue("do") {
	case "accept":
		return d.accept(w, r, token, &pg)
	case "activate":
		return d.activate(w, r, token, &pg)
	}
	return d.showInvitation(w, r, http.StatusUnprocessableEntity, ui.Errors{"": staleForm.in(r.Context())})
}

func (d *Door) activate(w http.ResponseWriter, r *http.Request, token string, pg *onboard.Page) error {
	session, _, err := d.Onboard.Activate(r.Context(), token, onboard.Entering{
		FirstName: r.PostFormValue("first_name"), LastName: r.PostFormValue("last_name"),
		Password: r.PostFormValue("password"), Language: ui.ReaderOf(r.Context()).Lang,
	})
	if k := errs.KindOf(err); err != nil && (k == errs.Gone || k == errs.NotFound) {
		return d.showInvitation(w, r, http.StatusOK, nil) // it has become another page
	}
	if e, status, ok := problems(r, err); ok {
		return d.showInvitation(w, r, status, e)
	}
	if err != nil {
		return err
	}
	if err := d.begin(w, r, session); err != nil {
		return err
	}
	return d.arrive(w, r, pg)
}

// accept takes the invitation for somebody who is signed in.
func (d *Door) accept(w http.ResponseWriter, r *http.Request, token string, pg *onboard.Page) error {
	v, ok, err := d.visitor(r)
	if err != nil {
		return err
	}
	if !ok {
		http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.Path), http.StatusSeeOther)
		return nil
	}
	if _, err = d.Onboard.Accept(r.Context(), token, v.Identity); err != nil {
		if k := errs.KindOf(err); k == errs.Gone || k == errs.NotFound || k == errs.Denied {
			return d.showInvitation(w, r, http.StatusOK, nil)
		}
		return err
	}
	// The rights may have grown: the session is changed for another.
	session, _, err := d.Enter.Renew(r.Context(), Cookie(r))
	if err != nil {
		return err
	}
	setCookie(w, session)
	return d.arrive(w, r, pg)
}

// arrive leads to the first page of somebody who has just come in: to the joining
// code that they typed while they were invited, if they did.
func (d *Door) arrive(w http.ResponseWriter, r *http.Request, pg *onboard.Page) error {
	code, err := d.Onboard.Typed(r.Context(), pg.Slug, pg.To)
	switch {
	case err != nil:
		return err
	case code != "":
		lead(w, r, code)
	case pg.Staff:
		ui.RedirectDone(w, r, "/w/"+pg.Slug, "welcome", -1)
	default:
		ui.RedirectDone(w, r, "/my?w="+url.QueryEscape(pg.Slug), "welcome", -1)
	}
	return nil
}

// typing is the page where a short code is typed.
type typing struct {
	Action string
	Email  string
	Code   string
	Errors ui.Errors
	Links  []ui.LanguageLink
}

func (d *Door) codePage(w http.ResponseWriter, r *http.Request) error {
	return ui.Render(w, r, http.StatusOK, codeForm(typing{Action: here(r), Links: languages(r)}))
}

// enterCode leads from the address and the short code of a mail to the page of
// its link.
func (d *Door) enterCode(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	email, code := r.PostFormValue("email"), r.PostFormValue("code")
	to, err := d.Onboard.FindByCode(r.Context(), email, code, d.Client(r))
	if e, status, ok := problems(r, err); ok {
		return ui.Render(w, r, status, codeForm(typing{Action: here(r), Email: email, Code: code, Errors: e, Links: languages(r)}))
	}
	if err != nil {
		return err
	}
	if r.URL.Query().Get("lang") != "" {
		to += "?lang=" + ui.ReaderOf(r.Context()).Lang
	}
	lead(w, r, to)
	return nil
}
