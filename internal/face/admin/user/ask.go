package user

import (
	"net/http"
	"path"

	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/kit/errs"
)

// question is asked before something that ends something of a user's.
type question struct {
	path   string // of the page below the user's, and of the answer
	title  string // with the user's name at %s
	text   string
	ends   []string // what it does, each a sentence
	reason bool     // asks for one
	said   string   // as the reason
	wrong  ui.Errors
	submit ui.ButtonProps
}

var questions = map[string]question{
	"deactivate": {
		title: "Deactivate %s?", reason: true, submit: ui.ButtonProps{Label: "Deactivate", Icon: "user-x", Variant: "destructive"},
	},
	"reactivate": {
		title: "Reactivate %s?", submit: ui.ButtonProps{Label: "Reactivate", Icon: "user-check"},
	},
	"delete": {
		title:  "Delete %s?",
		submit: ui.ButtonProps{Label: "Delete user", Icon: "trash-2", Variant: "destructive"},
	},
	"revoke": {
		title: "Revoke the invitation of %s?", ends: []string{"The link in their e-mail stops working at once.", "They stay in the list as Imported, and can be invited again."},
		submit: ui.ButtonProps{Label: "Revoke invitation", Icon: "x", Variant: "destructive"},
	},
	"stay": {
		title: "Does %s stay?", ends: []string{"The planned departure is cancelled. Nothing of theirs ends."},
		submit: ui.ButtonProps{Label: "Cancel departure", Icon: "undo-2"},
	},
	"begin": {
		title: "May %s charge from now on?", ends: []string{"Their first day is no longer waited for: their cards work within a second, where they may charge."},
		submit: ui.ButtonProps{Label: "Let them charge", Icon: "check"},
	},
}

// questionOf is the question of an address, with what it would do.
func (c *Pages) questionOf(r *http.Request, v *frame.Visit) (q question, err error) {
	key := path.Base(r.URL.Path)
	q = questions[key]
	q.path = "/" + key
	switch key {
	case "deactivate", "reactivate", "delete":
		q.ends, err = c.People.Consequences(r.Context(), v.By, id.Person(r.PathValue("user")), key)
	}
	return q, err
}

func (c *Pages) ask(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.userOf(r, v)
	if err != nil {
		return err
	}
	q, err := c.questionOf(r, v)
	if err != nil {
		return err
	}
	return p.showQuestion(w, r, q, http.StatusOK)
}

func (p userPage) showQuestion(w http.ResponseWriter, r *http.Request, q question, status int) error {
	return p.showPart(w, r, sprintf(q.title, p.d.Name), q.path, status, questionInside(p, q))
}

func (c *Pages) answer(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	who, ctx := id.Person(r.PathValue("user")), r.Context()
	reason := r.PostFormValue("reason")
	key, done := path.Base(r.URL.Path), ""
	switch key {
	case "deactivate":
		done, err = "deactivated", c.People.Deactivate(ctx, v.By, who, reason)
	case "reactivate":
		done, err = "reactivated", c.People.Reactivate(ctx, v.By, who)
	case "delete":
		done, err = "deleted", c.People.Delete(ctx, v.By, who)
	case "revoke":
		done, err = "revoked", c.Onboard.RevokeInvitation(ctx, v.By, who)
	case "stay":
		done, err = "stays", c.People.CancelDeparture(ctx, v.By, who)
	case "begin":
		done, err = "begun", c.People.Begin(ctx, v.By, who)
	}
	if wrong, ok := ui.ErrorsOf(err); ok && wrong.Of("reason") != "" {
		p, err := c.userOf(r, v)
		if err != nil {
			return err
		}
		q, err := c.questionOf(r, v)
		if err != nil {
			return err
		}
		q.said, q.wrong = reason, wrong
		return p.showQuestion(w, r, q, http.StatusUnprocessableEntity)
	}
	return c.change(w, r, v, done, "", err, asNotice)
}

// gone answers for a user who is not here any more: one who was merged leads to
// the record that took them over, one who was deleted can be brought back for a
// while.
func (c *Pages) gone(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	g, err := c.Browse.GoneUser(r.Context(), v.By, id.Person(r.PathValue("user")))
	if err != nil {
		return err
	}
	if g.Into != "" {
		v.SeeOther(w, r, "/users/"+string(g.Into))
		return nil
	}
	base := "/users/" + r.PathValue("user")
	sheet := ui.SheetProps{Title: g.Name, Href: v.To(base), Back: ui.Link{Label: "Users", Href: v.To("/users")}, Badge: ui.Badge("Deleted", ui.Bad)}
	if sheet.Title == "" {
		sheet.Title, sheet.Badge = "Deleted user", nil
	}
	return show(w, r, v, sheet, http.StatusOK, goneInside(v, v.To(base), g))
}

func (c *Pages) undoDelete(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	who := r.PathValue("user")
	err := c.People.UndoDelete(r.Context(), v.By, id.Person(who))
	if errs.KindOf(err) == errs.Gone {
		v.SeeOther(w, r, "/users/"+who) // which says that it is too late, or that they are here
		return nil
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/users/"+who), "restored", -1)
	return nil
}
