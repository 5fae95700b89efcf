package door

import (
	"net/http"
	"net/url"

	"involt/internal/face/ui"
	"involt/internal/flow/enter"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// home leads everybody to where they belong.
func (d *Door) home(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := d.visitor(r)
	if err != nil {
		return err
	}
	if !ok {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return nil
	}
	if to := start(&v); to != "" {
		lead(w, r, to)
		return nil
	}
	r = r.WithContext(ui.WithReader(r.Context(), reader(r, known(&v), nil)))
	return ui.Render(w, r, http.StatusOK, chooser(r, v))
}

// start is the page a visitor begins with, "" if they have to choose.
func start(v *enter.Visitor) string {
	staff := 0
	slug := ""
	for _, s := range v.Seats {
		if s.Staff() {
			staff++
			slug = s.Workspace.Slug
		}
	}
	switch {
	case staff == 0:
		return "/my"
	case staff == 1 && len(v.Seats) == 1:
		return "/w/" + slug
	}
	return ""
}

// signingIn is the sign-in page.
type signingIn struct {
	Action    string
	Email     string
	Next      string
	Errors    ui.Errors
	Out       bool // just signed out
	Languages []ui.LanguageLink
}

func (d *Door) signInPage(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := d.visitor(r)
	if err != nil {
		return err
	}
	if ok {
		to := next(r)
		if to == "" {
			to = "/"
			if begin := start(&v); begin != "" {
				to = begin
			}
		}
		lead(w, r, to)
		return nil
	}
	done, _ := ui.Done(r)
	return ui.Render(w, r, http.StatusOK, signInForm(signingIn{Action: here(r), Next: next(r), Out: done == "signed-out", Languages: languages(r)}))
}

func (d *Door) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	to := next(r)
	session, v, err := d.Enter.SignIn(r.Context(), r.PostFormValue("email"), r.PostFormValue("password"), d.Client(r))
	if e, status, ok := problems(r, err); ok {
		return ui.Render(w, r, status, signInForm(signingIn{Action: here(r), Email: r.PostFormValue("email"), Next: to, Errors: e, Languages: languages(r)}))
	}
	if err != nil {
		return err
	}
	if err := d.begin(w, r, session); err != nil {
		return err
	}
	if to == "" {
		if to = start(&v); to == "" {
			to = "/"
		}
	}
	lead(w, r, to)
	return nil
}

func (d *Door) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	if token := Cookie(r); token != "" {
		if err := d.Enter.SignOut(r.Context(), token); err != nil {
			return err
		}
	}
	setCookie(w, "")
	// Nothing that was on the screen comes back with the browser's back button.
	w.Header().Set("Clear-Site-Data", `"cache"`)
	to := "/sign-in?done=signed-out"
	if back := next(r); back != "" {
		to += "&next=" + url.QueryEscape(back)
	}
	lead(w, r, to)
	return nil
}

// linkPage shows a sign-in link that the program has printed, and does not use
// it.
func (d *Door) linkPage(w http.ResponseWriter, r *http.Request) error {
	return ui.Render(w, r, http.StatusOK, linkForm(here(r), d.nonce(r.PathValue("token")), languages(r)))
}

func (d *Door) followLink(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	token := r.PathValue("token")
	if !d.fresh(r, token) {
		return ui.Render(w, r, http.StatusUnprocessableEntity, linkForm(here(r), d.nonce(token), languages(r)))
	}
	session, v, err := d.Enter.FollowLink(r.Context(), token)
	if errs.KindOf(err) == errs.Gone && err != nil {
		return ui.Render(w, r, http.StatusGone, message(plain(r, ""), linkGone.in(r.Context()), linkGoneText.in(r.Context()), &ui.Link{Label: signInVerb.in(r.Context()), Href: "/sign-in"}))
	}
	if err != nil {
		return err
	}
	if err := d.begin(w, r, session); err != nil {
		return err
	}
	to := start(&v)
	if to == "" {
		to = "/"
	}
	lead(w, r, to)
	return nil
}

// plain is the document of a page of the door.
func plain(r *http.Request, workspace string) ui.PlainProps {
	return ui.PlainProps{Workspace: workspace, Languages: languages(r)}
}

// errorPage is an error as a page of the door.
func errorPage(_ *http.Request, p ui.ErrorProps) templ.Component {
	if p.Status == http.StatusUnauthorized && p.Back == nil {
		p.Back = &ui.Link{Label: ui.English.ErrorTitles[errs.SignedOut], Href: "/sign-in"}
	}
	return ui.PlainError(p)
}
