package admin

import (
	"net/http"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/command"
	"involt/internal/core/locallist"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestAChargersPageShowsItsLocalList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h := k.charger(k.location(k.north.ID, "Yard"), "CP1")
		at := "/chargers/" + string(h.ID)
		k.update(func(tx *db.Tx) error { return site.Connected(tx, k.north.ID, h.ID, "a/1", "ocpp1.6") })
		if p := k.get(at, http.StatusOK); !p.Has("Local list") || !p.Has("Off, as the workspace says") || p.Has("Send list anew") {
			t.Errorf("without lists the page says %q", p.Text())
		}

		// Switched on for this charger.
		f := k.get(at+"/list/mode", http.StatusOK).Form("Save").Values()
		f.Set("mode", "sometimes")
		p, _ := k.post(at+"/list/mode", f, http.StatusUnprocessableEntity)
		if !p.Has("Choose whether this charger holds a local list") {
			t.Errorf("a strange choice gives %q", p.Text())
		}
		f.Set("mode", "on")
		_, to := k.post(at+"/list/mode", f, http.StatusSeeOther)
		if p = k.get(to, http.StatusOK); !p.Has("On, for this charger") || !p.Has("was not sent a list yet") || !p.Has("Send list anew") {
			t.Errorf("switched on, the page says %q", p.Text())
		}

		// One is in it, one leaves, one is to come, all as this charger spells them.
		all := k.people(k.north.ID, person.Active, 3)
		stays, comes := k.card(all[0], "04A2B3C4D5E680"), k.card(all[1], "04A2B3C4D5E681")
		gone := k.card(all[2], "04A2B3C4D5E682")
		k.charging(h, all[0], stays, time.Hour)
		k.charging(h, all[1], comes, time.Hour)
		k.update(func(tx *db.Tx) error {
			l := locallist.List{Workspace: k.north.ID, Charger: h.ID, Support: locallist.Supported, Size: 40, PerMessage: 20, Version: 17, Known: true, Confirmed: tx.Now}
			return locallist.Apply(tx, &l, true, nil, []locallist.Entry{{Token: stays.UID, Card: stays.ID}, {Token: "04a2b3c4d5e682", Card: gone.ID}})
		})
		p = k.get(at, http.StatusOK)
		for _, want := range []string{
			"17", "2 of 40", "1 to put in, 1 to take out", all[0].Name(), all[1].Name(), all[2].Name(), "04a2b3c4d5e682", "To be put in", "To be taken out", "In the list", "waiting for the charger",
		} {
			if !p.Has(want) {
				t.Errorf("the page does not say %q: %q", want, p.Text())
			}
		}
		_, to = k.post(at+"/list/send", form(), http.StatusSeeOther)
		if p = k.get(to, http.StatusOK); !p.Has("The whole list is on its way") || !p.Has("The whole list") {
			t.Errorf("sent anew, the page says %q", p.Text())
		}
		k.update(func(tx *db.Tx) error {
			var n int
			err := tx.Row(`SELECT COUNT(*) FROM command WHERE workspace = ? AND kind = 'local-list' AND option = ?`, []any{k.north.ID, command.Anew}, &n)
			if n != 1 {
				t.Errorf("%d commands to send it anew", n)
			}
			l := locallist.List{Workspace: k.north.ID, Charger: h.ID, Support: locallist.Supported, Version: 17, Trouble: "The charger answered Failed.", Tried: tx.Now}
			if err == nil {
				err = locallist.Save(tx, &l)
			}
			return err
		})
		if p = k.get(at+"/list", http.StatusOK); !p.Has("The list could not be sent") || !p.Has("The charger answered Failed.") || !p.Has("the whole list, ") || !p.Has(all[0].Name()) {
			t.Errorf("after a failure the list's page says %q", p.Text())
		}

		// Who may not see cards sees how it stands, and nobody's name.
		k.perms = access.PlacesRead
		for _, page := range []string{at, at + "/list"} {
			if p = k.get(page, http.StatusOK); !p.Has("On, for this charger") || p.Has(all[0].Name()) || p.Has(stays.UID) || p.Has("Send list anew") || p.Has("Switch on or off") {
				t.Errorf("who may only look reads %q", p.Text())
			}
		}
		k.get(at+"/list/mode", http.StatusForbidden)
		k.post(at+"/list/mode", f, http.StatusForbidden)
		k.post(at+"/list/send", form(), http.StatusForbidden)
	})
}
