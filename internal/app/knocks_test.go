package app

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"

	"github.com/coder/websocket"
)

// Whoever wants in and is not here is turned away as ever, and waits to be added.
func TestAStrangerWaitsToBeAdded(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		y := newYard(t, url)
		a := y.apps[0]
		dial := func(path string) {
			t.Helper()
			c, res, err := websocket.Dial(t.Context(), "ws://"+a.Config.Listen+"/ocpp/"+path, &websocket.DialOptions{Subprotocols: []string{"ocpp1.6"}, HTTPHeader: http.Header{"Authorization": {"Basic eDp5"}}})
			if err == nil {
				_ = c.CloseNow()
				t.Fatalf("%s was let in", path)
			}
			if res == nil || res.StatusCode != http.StatusUnauthorized {
				t.Fatalf("%s: %v", path, err)
			}
		}
		known := site.Charger{Workspace: y.ws.ID, Identity: "HERE", Location: y.loc.ID, KeyHash: fmt.Sprintf("%064d", 1)}
		y.update(func(tx *db.Tx) error { return site.InsertCharger(tx, &known, 1) })
		for _, path := range []string{"north/CP-9", "north/CP-9", "north/HERE", "nobody/CP-9", "north/with%20space"} {
			dial(path)
		}
		waiting := func() (list []site.Knock) {
			t.Helper()
			list, err := a.Equip.Knocks(t.Context(), y.by)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		late, again := time.After(30*time.Second), time.NewTicker(20*time.Millisecond)
		defer again.Stop()
		for len(waiting()) == 0 {
			select {
			case <-again.C:
			case <-late:
				t.Fatal("nobody waits")
			}
		}
		if list := waiting(); len(list) != 1 || list[0].Identity != "CP-9" || list[0].Times < 1 || list[0].Times > 2 {
			t.Errorf("these wait: %+v", list)
		}
		if _, _, err := a.Equip.AddCharger(t.Context(), y.by, site.Charger{Identity: "CP-9", Location: y.loc.ID}, 1); err != nil {
			t.Fatal(err)
		}
		if list := waiting(); len(list) != 0 {
			t.Errorf("after it was added these wait: %+v", list)
		}
	})
}

// A flood of names takes no more room than a few of them.
func TestAFloodOfStrangersIsForgotten(t *testing.T) {
	var k knocks
	for i := range 10_000 {
		k.add("w", fmt.Sprintf("CP-%d", i))
		k.add("w", "CP-0")
	}
	if len(k.times) != knocksAtOnce {
		t.Errorf("%d are remembered", len(k.times))
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		y := &yard{t: t, apps: []*App{{DB: d}}}
		ws := id.Workspace("")
		y.update(func(tx *db.Tx) error {
			w := workspace.New("flood", "Flood")
			if err := workspace.Insert(tx, &w); err != nil {
				return err
			}
			ws = w.ID
			for i := range 200 {
				tx.Now = tx.Now.Add(time.Millisecond)
				if err := site.Knocked(tx, ws, fmt.Sprintf("CP-%03d", i), 1); err != nil {
					return err
				}
			}
			list, err := site.Knocks(tx, ws)
			if len(list) != 50 || list[0].Identity != "CP-199" {
				t.Errorf("%d wait", len(list))
			}
			var rows int64
			if err := tx.Row(`SELECT COUNT(*) FROM knock WHERE workspace = ?`, []any{ws}, &rows); err != nil {
				return err
			}
			if rows != 50 {
				t.Errorf("%d are kept", rows)
			}
			return err
		})
	})
}
