package admin

import (
	"net/http"
	"net/url"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestAnAccessReviewOnItsPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		g := k.group(k.north.ID, "Night shift")
		two := k.people(k.north.ID, person.Active, 2)
		k.join(g, two...)
		k.reload()
		at := "/groups/" + string(g.ID)
		if p := k.get(at, http.StatusOK); !p.Has("Access review") || !p.Has("Never reviewed.") {
			t.Errorf("the group's page: %q", p.Text())
		}
		_, to := k.post(at+"/review/plan", url.Values{"months": {"3"}}, http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); !p.Has("The first review begins on") {
			t.Errorf("planned: %q", p.Text())
		}
		if p, _ := k.post(at+"/review/plan", url.Values{"months": {"often"}}, http.StatusUnprocessableEntity); !p.Has("Choose one of the list.") {
			t.Errorf("planned wrongly: %q", p.Text())
		}
		_, to = k.post(at+"/review", form(), http.StatusSeeOther)
		p := k.get(to, http.StatusOK)
		if !p.Has("Review begun.") || !p.Has("2 of 2 members wait for an answer") {
			t.Errorf("begun: %q", p.Text())
		}
		p.Find("button", "Remove "+two[1].Name())
		if p, _ := k.post(at+"/review/members/"+string(two[0].ID), form(), http.StatusUnprocessableEntity); !p.Has("Say whether they stay") {
			t.Errorf("no answer: %q", p.Text())
		}
		_, to = k.post(at+"/review/members/"+string(two[0].ID), url.Values{"answer": {"keep"}}, http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); !p.Has("1 of 2 members wait for an answer") || !p.Has("Kept") {
			t.Errorf("one kept: %q", p.Text())
		}
		if p := k.get(at, http.StatusOK); !p.Has("1 of 2 members wait for an answer") {
			t.Errorf("the group's page meanwhile: %q", p.Text())
		}
		_, to = k.post(at+"/review/members/"+string(two[1].ID), url.Values{"answer": {"remove"}}, http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); !p.Has("The review is done.") || !p.Has("Last reviewed on") {
			t.Errorf("done: %q", p.Text())
		}
		if p := k.get("/activity", http.StatusOK); !p.Has("Access review begun") || !p.Has("Answered in an access review") || !p.Has("Access review done") || !p.Has("Removed from a group") {
			t.Errorf("activity: %q", p.Text())
		}
		if p, _ := k.post(at+"/review/rest", form(), http.StatusUnprocessableEntity); !p.Has("This review is over.") {
			t.Errorf("when it is over: %q", p.Text())
		}
		k.perms = access.PeopleRead
		if p := k.get(at+"/review", http.StatusOK); p.Has("Begin review now") || p.Has("How often") {
			t.Errorf("to a reader: %q", p.Text())
		}
		k.post(at+"/review", form(), http.StatusForbidden)
	})
}
