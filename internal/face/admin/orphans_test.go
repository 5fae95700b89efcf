package admin

import (
	"net/http"
	"testing"
	"time"

	"involt/internal/core/charge"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestEndsWithoutAStartAreListed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		if p := k.get("/sessions/orphans", http.StatusOK); !p.Has("No end waits for its start") {
			t.Errorf("an empty list: %q", p.Text())
		}
		h := k.charger(k.location(k.north.ID, "Yard"), "CP-1")
		k.update(func(tx *db.Tx) error {
			return charge.Park(tx, charge.Orphan{Workspace: k.north.ID, Charger: h.ID, TxID: "-1", MeterStop: 12345, At: time.Now(), CardUID: "04A1B2C3", StopReason: "PowerLoss"})
		})
		p := k.get("/sessions/orphans", http.StatusOK)
		for _, says := range []string{"CP-1", "-1", "04A1B2C3", "PowerLoss", "waits for its start", "12.3"} {
			if !p.Has(says) {
				t.Errorf("the list does not say %q: %q", says, p.Text())
			}
		}
		k.update(func(tx *db.Tx) error {
			list, err := charge.Orphans(tx, k.north.ID, false, 1)
			if err == nil {
				_, err = charge.Adopt(tx, &list[0], "01kamb5nzh0q4t8v6w2y3x5z7c")
			}
			return err
		})
		if p := k.get("/sessions/orphans", http.StatusOK); p.Has("04A1B2C3") {
			t.Errorf("it still waits: %q", p.Text())
		}
		if p := k.get("/sessions/orphans?list=all", http.StatusOK); !p.Has("04A1B2C3") || !p.Has("Open session") {
			t.Errorf("all: %q", p.Text())
		}
	})
}
