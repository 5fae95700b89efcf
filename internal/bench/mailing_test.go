package bench_test

import (
	"testing"

	"involt/internal/bench"
)

func TestMailingMeasures(t *testing.T) {
	each(t, func(t *testing.T, o bench.Options) {
		list, err := bench.Mailing(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		check(t, list, "invite.sent invite.sent.cpu invite.sent.rate invite.sent.memory")
	})
}
