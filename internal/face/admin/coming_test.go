package admin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/application"
	"involt/internal/core/claim"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/paper"
)

// wrote lets somebody have written what those who decide read.
func (k *desk) wrote(p person.Person, message string) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		a := application.Application{Workspace: p.Workspace, Email: p.Email, FirstName: "X", Message: message, Language: "en"}
		if err := application.Insert(tx, seal.Random(), &a, application.LongestLife); err != nil {
			return err
		}
		return application.Confirm(tx, &a, p.ID)
	})
}

func TestApprovalsPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.get("/approvals", http.StatusOK).Find("heading", "Nobody waits for approval")
		two := k.people(k.north.ID, person.ToBeApproved, 2)
		k.wrote(two[0], "I park on level 2.")
		p := k.get("/approvals", http.StatusOK)
		for _, want := range []string{two[0].Name(), two[0].Email, "I park on level 2.", two[1].Name()} {
			if !p.Has(want) {
				t.Errorf("the list lacks %q", want)
			}
		}
		if !strings.Contains(p.Find("link", "Approvals 2").Attr("href"), "/approvals") {
			t.Error("the menu does not count who waits")
		}

		k.perms = access.All &^ access.PersonalData
		for _, path := range []string{"/approvals", "/approvals/" + string(two[0].ID)} {
			if p := k.get(path, http.StatusOK); p.Has("I park") || p.Has(two[0].Email) || p.Has(two[0].Name()) {
				t.Errorf("%s shows personal data to somebody without the permission", path)
			}
		}
		k.perms = access.PeopleRead
		if p := k.get("/approvals/"+string(two[0].ID), http.StatusOK); p.Has("Message to them") {
			t.Error("who may only read is offered to answer")
		}
		k.perms = access.All

		one := "/approvals/" + string(two[0].ID)
		k.get(one, http.StatusOK)
		page, _ := k.post(one, form("do", "approve", "message", strings.Repeat("ä", 1001)), http.StatusUnprocessableEntity)
		page.Field("Message to them").WantError("1001 characters")
		k.post(one, form("message", "x"), http.StatusUnprocessableEntity)
		if k.statusOf(two[0]) != person.ToBeApproved {
			t.Error("a form without an answer counted")
		}
		if _, to := k.post(one, form("do", "approve", "message", "Hello"), http.StatusSeeOther); !k.get(to, http.StatusOK).Has("Approved. They may charge") || k.statusOf(two[0]) != person.Active {
			t.Error("not approved")
		}
		if page, _ := k.post(one, form("do", "decline"), http.StatusUnprocessableEntity); !page.Has("is Active already") {
			t.Error("who comes second is not told")
		}
		k.post("/approvals/"+string(two[1].ID), form("do", "decline", "message", "Only tenants."), http.StatusSeeOther)
		if p := k.get("/approvals?tab=declined", http.StatusOK); !p.Has(two[1].Name()) || !p.Has("Only tenants.") || p.Has(two[0].Name()) || k.statusOf(two[1]) != person.Declined {
			t.Error("the declined are not listed")
		}
		them := k.people(k.south.ID, person.ToBeApproved, 1)[0]
		k.get("/approvals/"+string(them.ID), http.StatusNotFound)
		k.post("/approvals/"+string(them.ID), form("do", "approve"), http.StatusNotFound)
		if k.get("/approvals", http.StatusOK).Has(them.Email) {
			t.Error("the list shows another workspace")
		}
	})
}

func TestRegistrationSetting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		p := k.get("/registration", http.StatusOK)
		values := p.Form("Save").Values()
		values.Set("self_registration", "1")
		values.Set("welcome", strings.Repeat("ä", 501))
		page, _ := k.post("/registration", values, http.StatusUnprocessableEntity)
		page.Field("Welcome text").WantError("501 characters")
		values.Set("welcome", "For tenants.")
		_, to := k.post("/registration", values, http.StatusSeeOther)
		if !k.get(to, http.StatusOK).Has("Self-registration saved.") {
			t.Error("nothing says that it was saved")
		}
		k.update(func(tx *db.Tx) error {
			w, err := workspace.ByID(tx, k.north.ID)
			if !w.SelfRegistration || w.Welcome != "For tenants." || w.Name != "North" {
				t.Errorf("%+v", w)
			}
			return err
		})
		if page, _ := k.post("/registration", values, http.StatusUnprocessableEntity); !page.Has("Someone else changed these settings") {
			t.Error("an older form wins over a newer one")
		}
	})
}

func TestUserWithoutEmailAndLetter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		page, _ := k.post("/users/add", form("last_name", "Pool car 7"), http.StatusUnprocessableEntity)
		page.Field("Card number").WantError("A user without e-mail needs a card")
		if page.Field("Name").Value() != "Pool car 7" {
			t.Error("what was typed did not come back")
		}
		_, to := k.post("/users/add", form("last_name", "Pool car 7", "card_number", "04:a2:9f:1b\n04A29F1C, ", "cost_center", "Fleet"), http.StatusSeeOther)
		who := strings.TrimPrefix(to[strings.Index(to, "/users/"):], "/users/")
		if p := k.get("/letters", http.StatusOK); !p.Has("Pool car 7") || !p.Has("04A29F1B") || !p.Has("None") {
			t.Error("the list of letters lacks it")
		}
		if p := k.get("/users/"+who+"/letter", http.StatusOK); p.Has("stops working") || !p.Has("Download the letter") {
			t.Error("a first letter ends nothing")
		}
		with := k.people(k.north.ID, person.Active, 1)[0]
		them := k.people(k.south.ID, person.Active, 1)[0]
		k.get("/users/"+string(with.ID)+"/letter", http.StatusConflict)
		if p, _ := k.post("/letters/ask", form("id", who, "id", string(with.ID), "id", string(them.ID)), http.StatusOK); !p.Has("Make a letter for 1 user") || !p.Has("2 users get none") {
			t.Error("the question does not say who gets none")
		}
		k.post("/letters/ask", form(), http.StatusSeeOther)

		r := httptest.NewRequest(http.MethodPost, "/w/north/letters", strings.NewReader(form("id", who, "id", string(with.ID)).Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		k.headers = nil
		res, body := k.ask(r)
		pages, err := paper.Pages([]byte(body))
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/pdf" || res.Header.Get("Cache-Control") != "no-store" || !strings.Contains(res.Header.Get("Content-Disposition"), "letter.pdf") || err != nil || len(pages) != 1 {
			t.Fatalf("%d %v, %d pages, %v", res.StatusCode, res.Header, len(pages), err)
		}
		if !strings.Contains(pages[0], "Pool car 7") || !strings.Contains(pages[0], "04A29F1B") {
			t.Errorf("the letter: %s", pages[0])
		}
		if p := k.get("/users/"+who+"/letter", http.StatusOK); !p.Has("stops working") || !p.Has("There is a letter already") {
			t.Error("nothing says that the older code ends")
		}
		var open int64
		k.update(func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(*) FROM claim WHERE used_at IS NULL AND revoked_at IS NULL`, nil, &open)
		})
		if open != 1 || claim.Life.Hours() != 90*24 {
			t.Errorf("%d codes that work", open)
		}
		k.post("/users/"+string(them.ID)+"/letter", nil, http.StatusConflict)
	})
}
