package user

import (
	"net/http"
	"strings"

	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"

	"github.com/a-h/templ"
)

// payerText is the account that pays; nil for none.
func (p userPage) payerText() templ.Component {
	if p.payer == "" {
		return nil
	}
	return own(p.payer)
}

// payerLink is the account that pays, as a link to its page; nil for none.
func (p userPage) payerLink() templ.Component {
	if p.payer == "" {
		return nil
	}
	return ui.A(p.payer, p.v.To("/accounts/"+string(p.d.Person.Account)))
}

// accountSave says who pays for the user. What was typed and not touched stays.
func (c *Pages) accountSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	typed := strings.TrimSpace(r.PostFormValue("account"))
	if typed == r.PostFormValue("was") {
		return c.change(w, r, v, "saved", "account", nil, nil)
	}
	var acc id.Account
	var err error
	if typed != "" {
		acc, err = c.Accounts.Typed(r.Context(), v.By, typed)
	}
	if err == nil {
		err = c.Clients.SetAccount(r.Context(), v.By, id.Person(r.PathValue("user")), acc)
	}
	return c.change(w, r, v, "saved", "account", err, func(p *userPage, wrong ui.Errors) {
		p.wrong, p.account = wrong, typed
	})
}
