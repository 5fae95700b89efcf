package admin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// What was answered while the database was away is marked wherever it shows, and the
// activity says how long that was.
func TestWhatWasAnsweredFromMemoryIsMarked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		h := k.charger(k.location(k.north.ID, "Yard"), "CP1")
		since := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
		var known, spec charge.Charge
		k.update(func(tx *db.Tx) error {
			for i, c := range []*charge.Charge{&known, &spec} {
				*c = charge.Charge{
					Workspace: k.north.ID, Charger: h.ID, EVSE: 1, Connector: 1, Protocol: "ocpp1.6", TxID: []string{"1", "2"}[i], StartKey: []string{"a", "b"}[i], CardUID: "04A1B2C3D4E5F6",
					Reason: string(decision.Allowed), Started: since.Add(time.Minute), Status: charge.Running, AwaySince: since, Speculative: i == 1,
				}
				if _, err := charge.Insert(tx, c); err != nil {
					return err
				}
				if err := charge.Save(tx, c); err != nil { // what is marked is saved with the rest
					return err
				}
			}
			if err := decision.Keep(tx, []decision.Decision{
				{Workspace: k.north.ID, ID: id.New[id.Decision](), At: tx.Now, Charger: h.ID, CardUID: "04A1B2C3D4E5F6", Allowed: true, Reason: decision.Allowed, Source: "ocpp1.6", AwaySince: since},
				{Workspace: k.north.ID, ID: id.New[id.Decision](), At: tx.Now, Charger: h.ID, CardUID: "04FFFFFFFFFFFF", Allowed: true, Reason: decision.Allowed, Source: "ocpp1.6", AwaySince: since, Speculative: true},
			}); err != nil {
				return err
			}
			by := access.System(k.north.ID, "server")
			return journal.Record(tx, by, "server.outage-ended", journal.About("workspace", k.north.ID), map[string]any{
				"server": "abc", "from": since.UnixMilli(), "to": since.Add(90 * time.Second).UnixMilli(), "taps": 12, "messages": 1,
			})
		})
		taps := k.get("/taps", http.StatusOK)
		for _, says := range []string{"From memory", "Answered from memory: the database was away.", "Speculative", "Let charge only because the database was away"} {
			if !taps.Has(says) {
				t.Errorf("the taps do not say %q: %q", says, taps.Text())
			}
		}
		if p := k.get("/sessions", http.StatusOK); !p.Has("From memory") || !p.Has("Speculative") {
			t.Errorf("the sessions say %q", p.Text())
		}
		if p := k.get("/sessions/"+string(known.ID), http.StatusOK); !p.Has("Answered from memory") || !p.Has("The answer was given by what was known last") {
			t.Errorf("the session says %q", p.Text())
		}
		if p := k.get("/sessions/"+string(spec.ID), http.StatusOK); !p.Has("Let charge only because the database was away") {
			t.Errorf("the speculative session says %q", p.Text())
		}
		p := k.get("/activity", http.StatusOK)
		if !p.Has("The database was away") || !strings.Contains(p.Text(), "12 taps answered from memory, 1 message of chargers kept and booked since") {
			t.Errorf("the activity says %q", p.Text())
		}
	})
}
