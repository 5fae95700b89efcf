package steer_test

import (
	"testing"

	"involt/internal/core/journal"
	"involt/internal/flow/steer"
	"involt/internal/kit/db"
)

// A session that began by what one server knew is decided about again once the
// database is back: the card may have been blocked on another meanwhile.
func TestASessionOfAnOutageIsDecidedAboutAgain(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		for _, c := range []struct {
			value string
			want  int64
		}{{`{"reason":"allowed","card":"one"}`, 0}, {`{"reason":"allowed","card":"one","away_since":1700000000000}`, 1}} {
			k.do(func(tx *db.Tx) error {
				if err := steer.Reader().Do(tx, journal.Entry{Workspace: k.ws, What: "session.started", Subject: "session:x", Value: c.value, At: tx.Now}); err != nil {
					return err
				}
				var n int64
				if err := tx.Row(`SELECT COUNT(*) FROM job WHERE kind = 'steer.check'`, nil, &n); err != nil || n != c.want {
					t.Errorf("%s: %d checks wait, want %d, %v", c.value, n, c.want, err)
				}
				return nil
			})
		}
	})
}
