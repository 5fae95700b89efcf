package admin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/command"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestAChargerIsAskedFromItsPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h := k.charger(k.location(k.north.ID, "Yard"), "CP1")
		who := k.people(k.north.ID, person.Active, 1)[0]
		c := k.card(who, "04A2B3C4D5E680")
		at := "/chargers/" + string(h.ID)
		p := k.get(at, http.StatusOK)
		for _, item := range []string{"Start charging …", "Unlock connector …", "Take out of service …", "Restart …", "Clear cache …"} {
			if !p.Has(item) {
				t.Errorf("the page does not offer %q", item)
			}
		}
		p = k.get(at+"/ask/start", http.StatusOK)
		if !p.Has("The charger is offline") || !p.Has("within a minute") {
			t.Errorf("nothing says that the charger is away: %q", p.Text())
		}
		f := p.Form("Start charging").Values()
		p, _ = k.post(at+"/ask/start", f, http.StatusUnprocessableEntity)
		p.Field("Card or user").WantError("Say for whom")
		f.Set("card", "00 <b>")
		f.Set("evse", "9")
		p, _ = k.post(at+"/ask/start", f, http.StatusUnprocessableEntity)
		p.Field("Card or user").WantError("No card and no user is found")
		p.Field("EVSE").WantError("1 to 2")
		if got := p.Field("Card or user").Value(); got != "00 <b>" {
			t.Errorf("what was typed came back as %q", got)
		}
		f.Set("card", "04:a2:b3:c4:d5:e6:80")
		f.Set("evse", "2")
		_, to := k.post(at+"/ask/start", f, http.StatusSeeOther)
		if p = k.get(to, http.StatusOK); !p.Has("appears under Commands") || !p.Has("card "+c.UID) || !p.Has("Ann Admin") || !p.Has("Waiting") {
			t.Errorf("the charger's page says %q", p.Text())
		}
		f = k.get(at+"/ask/reset", http.StatusOK).Form("Restart").Values()
		f.Set("option", "later")
		p, _ = k.post(at+"/ask/reset", f, http.StatusUnprocessableEntity)
		if !p.Has("soft, once it is idle, or hard, at once") {
			t.Errorf("a strange option gives %q", p.Text())
		}
		f.Set("option", "hard")
		k.post(at+"/ask/reset", f, http.StatusSeeOther)
		if p = k.get(at+"/commands", http.StatusOK); !p.Has("Restart") || !p.Has("At once") || !p.Has("Start charging") {
			t.Errorf("the list says %q", p.Text())
		}

		s := k.charging(h, who, c, 0)
		if p = k.get("/sessions", http.StatusOK); !p.Has("Stop …") {
			t.Error("the list of sessions offers no stop")
		}
		f = k.get("/sessions/"+string(s.ID)+"/stop", http.StatusOK).Form("Stop session").Values()
		k.post("/sessions/"+string(s.ID)+"/stop", f, http.StatusSeeOther)
		if p, _ = k.post("/sessions/"+string(s.ID)+"/stop", f, http.StatusUnprocessableEntity); !p.Has("is asked to stop this session already") {
			t.Errorf("a second stop gives %q", p.Text())
		}
		if p = k.get(at, http.StatusOK); !p.Has("Stop session") {
			t.Errorf("the charger's page does not show the stop: %q", p.Text())
		}
		over := k.charging(h, who, c, time.Hour)
		k.post("/sessions/"+string(over.ID)+"/stop", form(), http.StatusUnprocessableEntity)

		k.perms = access.PlacesRead | access.SessionsRead
		if p = k.get(at, http.StatusOK); p.Has("Restart …") || p.Has("card "+c.UID) || p.Has("Stop …") {
			t.Error("who may only look is offered to act, or sees cards")
		}
		k.get(at+"/ask/reset", http.StatusForbidden)
		k.post(at+"/ask/reset", f, http.StatusForbidden)
		k.post("/sessions/"+string(s.ID)+"/stop", f, http.StatusForbidden)
	})
}

func TestACommandSaysWhatBecameOfIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h := k.charger(k.location(k.north.ID, "Yard"), "CP1")
		for _, c := range []struct {
			state command.State
			word  string
			says  string
		}{
			{command.Waiting, "", "for the charger to be there"},
			{command.Waiting, "The charger did not answer in time.", "did not answer in time. It is tried again."},
			{command.Refused, "Rejected", "The charger answered Rejected."},
			{command.Failed, command.Unanswered, "Whether it obeyed is not known."},
			{command.Expired, "", "did not answer in time."},
			{command.Accepted, "Scheduled", "Scheduled"},
		} {
			one := command.Command{Workspace: k.north.ID, Charger: h.ID, Kind: command.Availability, Option: "off", AskedBy: "system:steer", Why: "card-blocked"}
			k.update(func(tx *db.Tx) error {
				if err := command.Insert(tx, &one); err != nil {
					return err
				}
				taken, err := command.Take(tx, command.At{Workspace: k.north.ID, Charger: h.ID}, "a/1", 100)
				if err != nil {
					return err
				}
				for _, mine := range taken {
					if mine.ID == one.ID && c.state == command.Waiting {
						err = command.Release(tx, mine, tx.Now, c.word)
					} else if mine.ID == one.ID {
						_, err = command.Finish(tx, mine, c.state, c.word)
					}
				}
				return err
			})
			p := k.get("/chargers/"+string(h.ID), http.StatusOK)
			if !p.Has(c.says) || !p.Has("Involt") || !strings.Contains(p.Text(), "Card blocked") {
				t.Errorf("%s %q: the page says %q", c.state, c.word, p.Text())
			}
			k.update(func(tx *db.Tx) error { _, err := command.Finish(tx, one, command.Accepted, ""); return err })
		}
	})
}

func TestACardsPageSaysWhichChargersKnow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		l := k.location(k.north.ID, "Yard")
		c := k.card(k.people(k.north.ID, person.Active, 1)[0], "04A2B3C4D5E680")
		at := "/cards/" + string(c.ID)
		if p := k.get(at, http.StatusOK); p.Has("Told to chargers") {
			t.Error("a receipt of nothing")
		}
		told := func(identity string, state command.State, word string, connected, gone bool) {
			t.Helper()
			h := k.charger(l, identity)
			k.update(func(tx *db.Tx) error {
				one := command.Command{Workspace: k.north.ID, Charger: h.ID, Kind: command.ClearCache, Card: c.ID, AskedBy: "system:steer", Why: "card-blocked"}
				if err := command.Insert(tx, &one); err != nil {
					return err
				}
				if connected {
					if err := site.Connected(tx, k.north.ID, h.ID, "a/1", "ocpp1.6"); err != nil {
						return err
					}
				}
				if gone {
					if err := site.Disconnected(tx, k.north.ID, h.ID, "a/1"); err != nil {
						return err
					}
				}
				if state != command.Waiting {
					taken, err := command.Take(tx, command.At{Workspace: k.north.ID, Charger: h.ID}, "a/1", 1)
					if err != nil {
						return err
					}
					if _, err := command.Finish(tx, taken[0], state, word); err != nil {
						return err
					}
				}
				if _, err := tx.Exec(`UPDATE revocation SET revoked_at = ? WHERE workspace = ?`, tx.NowMS(), k.north.ID); err != nil {
					return err
				}
				return command.Revoke(tx, &one, c.ID)
			})
		}
		told("A1", command.Accepted, "", true, false)
		if p := k.get(at, http.StatusOK); !p.Has("1 of 1 charger confirmed.") {
			t.Errorf("one of one: %q", p.Text())
		}
		told("B2", command.Accepted, "", true, false)
		told("C3", command.Waiting, "", true, true)
		told("D4", command.Waiting, "", false, false)
		told("E5", command.Refused, "Rejected", true, false)
		told("F6", command.Waiting, "", true, false)
		p := k.get(at, http.StatusOK)
		for _, want := range []string{
			"2 of 6 chargers confirmed; two are offline, one is being told, one will not.",
			"Charger C3", "offline since", "Charger D4", "never connected", "Charger E5", "answered Rejected: it clears no cache", "Charger F6", "is being told",
		} {
			if !p.Has(want) {
				t.Errorf("the card's page does not say %q: %q", want, p.Text())
			}
		}
		if p.Has("Charger A1") {
			t.Error("a charger that confirmed is listed")
		}
		k.perms = access.CardsRead
		if p = k.get(at, http.StatusOK); p.Has("Charger C3") || !p.Has("a charger elsewhere") {
			t.Errorf("who may not see chargers reads their names: %q", p.Text())
		}
	})
}
