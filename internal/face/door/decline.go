package door

import (
	"net/http"

	"involt/internal/face/ui"
	"involt/internal/kit/errs"
)

// declinePage asks whether the reader means it. Like every page behind a link it
// changes nothing.
func (d *Door) declinePage(w http.ResponseWriter, r *http.Request) error {
	return d.showAs(w, r, http.StatusOK, nil, declining)
}

// decline takes the answer. It has to be chosen: a scanner that presses every button
// and sends every form empty says no for nobody.
func (d *Door) decline(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	token := r.PathValue("token")
	home := inLanguage(r, "/i/"+token)
	if !d.fresh(r, token) {
		return d.showAs(w, r, http.StatusUnprocessableEntity, ui.Errors{"": staleForm.in(r.Context())}, declining)
	}
	switch r.PostFormValue("answer") {
	case "keep":
		lead(w, r, home)
		return nil
	case "decline":
		err := d.Onboard.DeclineInvitation(r.Context(), token)
		if k := errs.KindOf(err); err != nil && k != errs.Gone && k != errs.NotFound {
			return err
		}
		// Whatever it has become, its page says so.
		lead(w, r, home)
		return nil
	}
	return d.showAs(w, r, http.StatusUnprocessableEntity, ui.Errors{"answer": declineChoose.in(r.Context())}, declining)
}
