package admin

import (
	"net/http"
	"net/url"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/decision"
	"involt/internal/flow/admit"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestAChargerIsOpenedToAnyoneAndClosedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h := k.charger(k.location(k.north.ID, "Yard"), "CP-1")
		at := "/chargers/" + string(h.ID)
		tapped := func(want decision.Reason) {
			t.Helper()
			k.reload()
			if got := k.c.Admit.Decide(&admit.Ask{Workspace: k.north.ID, Charger: h.ID, Token: "04FFFFFF", Now: k.c.Now()}).Reason; got != want {
				t.Errorf("an unknown card: %s, want %s", got, want)
			}
		}
		k.get(at, http.StatusOK).Find("menuitem", "Options …")
		if k.get(at+"/options", http.StatusOK).Find("checkbox", "Open to anyone").Attr("checked") != "" {
			t.Error("open from the beginning")
		}
		tapped(decision.UnknownCard)
		k.unproven = true
		if p, _ := k.post(at+"/options", url.Values{"open": {"on"}}, http.StatusUnprocessableEntity); !p.Has("password") {
			t.Errorf("without a password: %q", p.Text())
		}
		tapped(decision.UnknownCard)
		k.unproven = false
		_, to := k.post(at+"/options", url.Values{"open": {"on"}}, http.StatusSeeOther)
		if p := k.get(to, http.StatusOK); !p.Has("Options saved.") || !p.Has("Open to anyone") || !p.Has("also one that nobody knows") {
			t.Errorf("opened: %q", p.Text())
		}
		tapped(decision.Allowed)
		k.post(at+"/options", form(), http.StatusSeeOther)
		tapped(decision.UnknownCard)
		k.post(at+"/options", url.Values{"key_ok": {"on"}}, http.StatusSeeOther)
		if p := k.get("/activity", http.StatusOK); !p.Has("Charger opened to anyone") || !p.Has("Charger no longer open to anyone") || !p.Has("Its key is enough") {
			t.Errorf("activity: %q", p.Text())
		}
		k.perms = access.PlacesRead
		for _, l := range k.get(at, http.StatusOK).All("menuitem") {
			if l.Has("Options") {
				t.Error("a reader is offered the options")
			}
		}
		k.post(at+"/options", form(), http.StatusForbidden)
	})
}
