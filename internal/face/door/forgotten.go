package door

import (
	"net/http"

	"involt/internal/face/ui"
	"involt/internal/kit/errs"
)

// forgetting is the page on which somebody asks for a new password.
type forgetting struct {
	Action string
	Email  string
	Errors ui.Errors
	Links  []ui.LanguageLink
}

func (d *Door) forgottenPage(w http.ResponseWriter, r *http.Request) error {
	return ui.Render(w, r, http.StatusOK, forgottenForm(forgetting{Action: here(r), Links: languages(r)}))
}

// forgotten answers the same whether the address is known or not.
func (d *Door) forgotten(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	email := r.PostFormValue("email")
	err := d.Enter.Forgotten(r.Context(), email, d.Client(r))
	if e, status, ok := problems(r, err); ok {
		return ui.Render(w, r, status, forgottenForm(forgetting{Action: here(r), Email: email, Errors: e, Links: languages(r)}))
	}
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, message(plain(r, ""), mailedTitle.in(r.Context()), mailedText.in(r.Context()), &ui.Link{Label: backToSignIn.in(r.Context()), Href: "/sign-in"}))
}

// resetting is the page on which somebody chooses a new password.
type resetting struct {
	Action string
	Nonce  string
	Email  string
	Errors ui.Errors
	Links  []ui.LanguageLink
}

func (d *Door) resetPage(w http.ResponseWriter, r *http.Request) error {
	return d.showReset(w, r, nil, http.StatusOK)
}

func (d *Door) showReset(w http.ResponseWriter, r *http.Request, wrong ui.Errors, status int) error {
	token := r.PathValue("token")
	email, err := d.Enter.LookReset(r.Context(), token)
	if errs.KindOf(err) == errs.Gone && err != nil {
		return d.resetGone(w, r)
	}
	if err != nil {
		return err
	}
	return ui.Render(w, r, status, resetForm(resetting{Action: here(r), Nonce: d.nonce("password " + token), Email: email, Errors: wrong, Links: languages(r)}))
}

func (d *Door) resetGone(w http.ResponseWriter, r *http.Request) error {
	return ui.Render(w, r, http.StatusGone, message(plain(r, ""), resetGoneTitle.in(r.Context()), resetGoneText.in(r.Context()), &ui.Link{Label: forgottenVerb.in(r.Context()), Href: "/password"}))
}

// reset sets the new password. The link is used up by a password that meets the
// policy, in a form that carries a nonce of its page, and by nothing else.
func (d *Door) reset(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	token := r.PathValue("token")
	if !d.fresh(r, "password "+token) {
		return d.showReset(w, r, ui.Errors{"": staleForm.in(r.Context())}, http.StatusUnprocessableEntity)
	}
	session, v, err := d.Enter.Reset(r.Context(), token, r.PostFormValue("password"))
	if errs.KindOf(err) == errs.Gone && err != nil {
		return d.resetGone(w, r)
	}
	if e, status, ok := problems(r, err); ok {
		return d.showReset(w, r, e, status)
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
