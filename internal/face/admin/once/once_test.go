package once

import (
	"fmt"
	"testing"
	"time"
)

func TestASecretIsShownToItsOwnerForAWhile(t *testing.T) {
	now := time.Date(2025, 11, 22, 12, 0, 0, 0, time.UTC)
	s := New(func() time.Time { return now })
	want := func(of, key, secret string) {
		t.Helper()
		if got, ok := s.Get(of, key); got != secret || ok != (secret != "") {
			t.Errorf("%s gets %q, %v; want %q", of, got, ok, secret)
		}
	}
	a, b := s.Put("ann", "alpha"), s.Put("ben", "beta")
	want("ann", a, "alpha")
	want("ann", a, "alpha") // loaded again
	want("ben", a, "")
	s.Drop("ben", a)
	want("ann", a, "alpha")
	s.Drop("ann", a)
	want("ann", a, "")
	now = now.Add(life)
	want("ben", b, "beta")
	now = now.Add(time.Millisecond)
	want("ben", b, "")
	if len(s.slots) != 0 {
		t.Error("what is too old stays in memory")
	}

	first := s.Put("ann", "first")
	for i := range most {
		s.Put("ben", fmt.Sprint(i))
	}
	want("ann", first, "")
	if len(s.slots) != most {
		t.Errorf("%d slots", len(s.slots))
	}
}
