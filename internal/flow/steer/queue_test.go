package steer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"involt/internal/core/command"
	"involt/internal/flow/steer"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestWhatWasAskedLastHolds(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		off, one := k.ask(steer.Ask{Kind: command.Availability, Option: "off"}), k.ask(steer.Ask{Kind: command.Availability, Option: "off", EVSE: 2})
		on := k.ask(steer.Ask{Kind: command.Availability, Option: "on"})
		w := &socket{link: "a/1"}
		k.serve(w)
		if on = k.until(on, "over", over); on.State != command.Accepted {
			t.Errorf("the last is %s %s", on.State, on.Word)
		}
		for _, c := range []command.Command{off, one} {
			if c = k.until(c, "over", over); c.State != command.Failed || c.Word != command.Outdated {
				t.Errorf("the one before is %s %q", c.State, c.Word)
			}
		}
		if got := w.heard(); len(got) != 1 || got[0].Option != "on" {
			t.Errorf("the charger heard %+v", got)
		}
	})
}

// Another card's revocation does not hang on a command that is about to expire.
func TestACommandOfLastMonthIsNotShared(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		c := k.ask(steer.Ask{Kind: command.ClearCache})
		for _, days := range []int{0, 14, 16, 29} {
			k.ahead.Store(int64(time.Duration(days)*24*time.Hour + time.Minute))
			k.do(func(tx *db.Tx) error {
				got, there, err := command.WaitsOf(tx, k.ws, k.h.ID, command.ClearCache)
				if there != (days < 15) || there && got.ID != c.ID {
					t.Errorf("after %d days: %v", days, there)
				}
				return err
			})
		}
	})
}

// Looking for work must cost the same however many commands there have been.
func TestOpenCommandsAreFoundByTheirIndex(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	var seen []string
	d.Inspect = func(q string) { seen = append(seen, q) }
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		_, err1 := command.Open(tx)
		_, err2 := command.Stale(tx)
		_, err3 := command.Sweep(tx)
		return errors.Join(err1, err2, err3)
	}); err != nil {
		t.Fatal(err)
	}
	d.Inspect = nil
	if len(seen) != 5 {
		t.Fatalf("%d statements", len(seen))
	}
	for _, q := range seen {
		var plan string
		if err := d.View(t.Context(), func(tx *db.Tx) error {
			all, err := db.All(tx, func(row db.Scanner) (step string, err error) {
				var a, b, c int64
				err = row.Scan(&a, &b, &c, &step)
				return step, err
			}, `EXPLAIN QUERY PLAN `+q, make([]any, strings.Count(q, "?"))...)
			plan = strings.Join(all, "; ")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, "command_open") {
			t.Errorf("%s\n%s", q, plan)
		}
	}
}
