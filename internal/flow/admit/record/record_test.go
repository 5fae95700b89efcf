package record

import (
	"testing"

	"involt/internal/core/decision"
)

func TestOldestDecisionsGoWhenTooManyWait(t *testing.T) {
	var r Recorder
	for i := range keepAtMost + 1 {
		r.Add(Given{EVSE: int64(i), Reason: decision.UnknownCard}, "04AABBCCDDEEFF", "04AABBCCDDEEFF")
	}
	if n := len(r.list); n > keepAtMost || n < keepAtMost/2 || r.list[n-1].EVSE != keepAtMost || r.list[0].EVSE == 0 {
		t.Errorf("%d are kept, from %d to %d", n, r.list[0].EVSE, r.list[n-1].EVSE)
	}
}
