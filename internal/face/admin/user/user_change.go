package user

import (
	"net/http"
	"slices"
	"strings"

	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/wallet"
	"involt/internal/kit/errs"
)

// change answers a change made in a user's sidebar: back to it with a sentence
// if it worked; else the sidebar again, with show having put what went wrong
// where it belongs.
func (c *Pages) change(w http.ResponseWriter, r *http.Request, v *frame.Visit, done string, err error, show func(*userPage, ui.Errors)) error {
	if err == nil {
		ui.RedirectDone(w, r, v.To("/users/"+r.PathValue("user")), done, -1)
		return nil
	}
	wrong, ok := ui.ErrorsOf(err)
	if !ok {
		return err
	}
	p, err := c.userOf(r, v)
	if err != nil {
		return err
	}
	show(&p, wrong)
	return c.showUser(w, r, p, http.StatusUnprocessableEntity)
}

// asNotice shows what went wrong at the top.
func asNotice(p *userPage, wrong ui.Errors) {
	for _, text := range wrong {
		p.notice = text
	}
}

// userInvite invites the user, or takes the invitation back: the two buttons of
// one place.
func (c *Pages) userInvite(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	who := id.Person(r.PathValue("user"))
	if r.PostFormValue("do") == "revoke" {
		return c.change(w, r, v, "revoked", c.Onboard.RevokeInvitation(r.Context(), v.By, who), asNotice)
	}
	if _, err := c.Browse.User(r.Context(), v.By, who); err != nil {
		return err
	}
	out, err := c.Onboard.InviteAgain(r.Context(), v.By, []id.Person{who})
	if err == nil && len(out) == 1 && !out[0].Done {
		err = errs.New(errs.Conflict, "%s %s.", out[0].Name, out[0].Why)
	}
	return c.change(w, r, v, "resent", err, asNotice)
}

// userAsk is the question before deactivating as a page, for those without
// scripts.
func (c *Pages) userAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.userOf(r, v)
	if err != nil {
		return err
	}
	p.ask = true
	return c.showUser(w, r, p, http.StatusOK)
}

func (c *Pages) userDeactivate(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	reason := r.PostFormValue("reason")
	err := c.People.Deactivate(r.Context(), v.By, id.Person(r.PathValue("user")), reason)
	return c.change(w, r, v, "deactivated", err, func(p *userPage, wrong ui.Errors) {
		if wrong.Of("reason") == "" {
			asNotice(p, wrong)
			return
		}
		p.ask, p.askWrong, p.askSaid = true, wrong, reason
	})
}

func (c *Pages) userReactivate(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	err := c.People.Reactivate(r.Context(), v.By, id.Person(r.PathValue("user")))
	return c.change(w, r, v, "reactivated", err, asNotice)
}

func (c *Pages) userGroupAdd(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	who, g := id.Person(r.PathValue("user")), id.Group(r.PostFormValue("group"))
	if _, err := c.Browse.User(r.Context(), v.By, who); err != nil {
		return err
	}
	if g == "" {
		return c.change(w, r, v, "", errs.New(errs.Invalid, "Choose the group first."), asNotice)
	}
	err := c.People.AddToGroup(r.Context(), v.By, g, who)
	return c.change(w, r, v, "group-added", err, asNotice)
}

func (c *Pages) userGroupRemove(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	err := c.People.RemoveFromGroup(r.Context(), v.By, id.Group(r.PathValue("group")), id.Person(r.PathValue("user")))
	return c.change(w, r, v, "group-removed", err, asNotice)
}

func (c *Pages) userCardAdd(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	number := strings.TrimSpace(r.PostFormValue("number"))
	_, twin, err := c.Wallet.Assign(r.Context(), v.By, wallet.NewCard{Number: number, Person: id.Person(r.PathValue("user"))})
	done := "card-added"
	if twin != "" {
		done = "card-twin"
	}
	return c.change(w, r, v, done, err, func(p *userPage, wrong ui.Errors) {
		uid, err := card.Canonical(number)
		if err == nil && slices.ContainsFunc(p.d.CardList, func(k card.Card) bool { return k.UID == uid }) {
			wrong = ui.Errors{"number": "This is already their card."}
		}
		p.cardWrong, p.cardTyped = wrong, number
	})
}

func (c *Pages) userCardChange(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	which := id.Card(r.PathValue("card"))
	k, err := c.Browse.Card(r.Context(), v.By, which)
	if err != nil {
		return err
	}
	if k.Person != id.Person(r.PathValue("user")) {
		return errs.New(errs.NotFound, "This user has no such card.")
	}
	to := card.State(r.PostFormValue("to"))
	done, ok := map[card.State]string{card.Active: "card-free", card.Blocked: "card-blocked", card.Deactivated: "card-removed"}[to]
	if !ok {
		return errs.New(errs.Invalid, "A card can be blocked, unblocked or removed here.")
	}
	_, err = c.Wallet.Change(r.Context(), v.By, which, to, r.PostFormValue("reason"))
	return c.change(w, r, v, done, err, asNotice)
}
