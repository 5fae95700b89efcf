package roster

import (
	"testing"
	"testing/synctest"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/errs"
)

// Whoever can do without the roster is told so soon, others are kept waiting.
func TestWhoComesWhileItLoadsIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &Memory{keepers: map[id.Workspace]*keeper{"ws": newKeeper("ws")}} // which somebody else is loading
		for soon, want := range map[bool]time.Duration{true: soonWait, false: loadWait} {
			began := time.Now()
			_, err := m.Of(t.Context(), nil, "ws", soon)
			if !IsLoading(err) || errs.KindOf(err) != errs.Unavailable || time.Since(began) != want {
				t.Errorf("soon %v: %v after %v", soon, err, time.Since(began))
			}
		}
	})
}
