package user

import (
	"net/http"
	"strings"
	"time"

	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/kit/errs"
)

// leavePage is the form of a departure, or its preview.
type leavePage struct {
	userPage
	day, reason string
	at          time.Time // the first moment they are no longer here
	ends        []string
	preview     bool
	wrong       ui.Errors
}

func (c *Pages) leaveOf(r *http.Request, v *frame.Visit) (p leavePage, err error) {
	if p.userPage, err = c.userOf(r, v); err != nil {
		return p, err
	}
	if p.leaves() {
		p.day, p.reason = dayField(lastDay(p.d.Departure.At), p.rd.Zone), p.d.Departure.Reason
		if !v.May(mayName) {
			p.reason = ""
		}
	}
	p.ends, err = c.People.DepartureEnds(r.Context(), v.By, p.d.Person.ID)
	return p, err
}

func (c *Pages) leave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.leaveOf(r, v)
	if err != nil {
		return err
	}
	return p.showLeave(w, r, http.StatusOK)
}

func (p leavePage) showLeave(w http.ResponseWriter, r *http.Request, status int) error {
	return p.showPart(w, r, sprintf("%s leaves", p.d.Name), "/leave", status, leaveInside(p))
}

// leavePlan shows what the departure would end and, once that was seen, plans it.
func (c *Pages) leavePlan(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.leaveOf(r, v)
	if err != nil {
		return err
	}
	p.day, p.reason = strings.TrimSpace(r.PostFormValue("day")), strings.TrimSpace(r.PostFormValue("reason"))
	last, err := day(p.day, p.rd.Zone)
	switch {
	case err != nil:
		err = errs.AtField("day", "Write their last day as 2026-11-30.")
	case r.PostFormValue("do") == "plan":
		err = c.People.PlanDeparture(r.Context(), v.By, p.d.Person.ID, after(last), p.reason)
		if err == nil {
			ui.RedirectDone(w, r, p.base, "leaves", -1)
			return nil
		}
	default:
		err = c.People.CheckDeparture(r.Context(), v.By, p.d.Person.ID, after(last), p.reason)
	}
	wrong, ok := ui.ErrorsOf(err)
	if err != nil && !ok {
		return err
	}
	if err != nil {
		p.wrong = wrong
		return p.showLeave(w, r, http.StatusUnprocessableEntity)
	}
	p.preview, p.at = true, after(last)
	return p.showLeave(w, r, http.StatusOK)
}

// after is the beginning of the day after a last day; zero of none.
func after(last time.Time) time.Time {
	if last.IsZero() {
		return last
	}
	return last.AddDate(0, 0, 1)
}
