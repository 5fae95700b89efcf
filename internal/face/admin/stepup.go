package admin

import (
	"errors"
	"net/http"
	"slices"

	"involt/internal/face/ui"
	"involt/internal/kit/errs"
)

// proofField is the field in which the password is given again.
const proofField = "proof.password"

// proofPage asks for the password before something dangerous. The form that was
// sent goes on when it is right.
type proofPage struct {
	v     *visit
	shell ui.ConsoleProps
	at    string
	kept  []ui.Hidden // the form as it was sent
	wrong ui.Errors
}

// proven reports whether the visitor gave their password a short while ago, or
// gives it now. Else it has asked for it: nothing else is to be done then.
func (c *Console) proven(w http.ResponseWriter, r *http.Request, v *visit) (yes bool, err error) {
	if v.Visitor.Proven {
		return true, nil
	}
	p := &proofPage{v: v, at: r.URL.RequestURI()}
	if password := r.PostForm.Get(proofField); r.PostForm.Has(proofField) {
		if c.Renewed == nil {
			return false, errs.New(errs.Unavailable, "The password cannot be asked for here. Sign in again, and repeat this within ten minutes.")
		}
		session, renewed, err := c.Enter.Prove(r.Context(), v.Visitor, password)
		if err == nil {
			c.Renewed(w, session)
			v.Visitor = renewed
			r.PostForm.Del(proofField)
			r.Form.Del(proofField)
			return true, nil
		}
		var ok bool
		if p.wrong, ok = ui.ErrorsOf(err); !ok {
			one, is := errors.AsType[*errs.Error](err)
			if !is || one.Kind != errs.Unavailable {
				return false, err
			}
			p.wrong = ui.Errors{"": one.Text}
		}
		return false, c.askProof(w, r, p, http.StatusUnprocessableEntity)
	}
	return false, c.askProof(w, r, p, http.StatusUnprocessableEntity)
}

func (c *Console) askProof(w http.ResponseWriter, r *http.Request, p *proofPage, status int) error {
	names := make([]string, 0, len(r.PostForm))
	for name := range r.PostForm {
		if name != proofField {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range r.PostForm[name] {
			p.kept = append(p.kept, ui.Hidden{Name: name, Value: value})
		}
	}
	if text := p.wrong.Of("password"); text != "" {
		delete(p.wrong, "password")
		p.wrong[proofField] = text
	}
	w.Header().Set("Cache-Control", "no-store")
	const title = "Confirm that it is you"
	if ui.WantsSheet(r) {
		return ui.Render(w, r, status, sheetOf(ui.SheetProps{Title: title, Href: p.v.path("/")}, proofInside(p)))
	}
	p.shell = c.shell(p.v, title)
	return ui.Render(w, r, status, proof(p, title))
}
