package users

import (
	"slices"
	"testing"
	"time"

	"involt/internal/kit/errs"
)

func TestWhatIsKeptStaysWhileItIsInUse(t *testing.T) {
	now := time.Now()
	var gone []int
	k := kept[int]{now: func() time.Time { return now }, life: time.Hour, most: 3, gone: func(n int) { gone = append(gone, n) }}
	put := func(n int) string {
		t.Helper()
		key, err := k.put("here", n)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	first := put(1)
	if _, _, err := k.hold("elsewhere", first); errs.KindOf(err) != errs.Gone {
		t.Errorf("another workspace got it: %v", err)
	}
	_, release, err := k.hold("here", first)
	if err != nil {
		t.Fatal(err)
	}
	for n := 2; n <= 5; n++ {
		put(n)
	}
	if !slices.Equal(gone, []int{2, 3}) {
		t.Errorf("gone are %v, want 2 and 3", gone)
	}
	now = now.Add(2 * time.Hour)
	last := put(6)
	if !slices.Equal(gone, []int{2, 3, 4, 5}) {
		t.Errorf("gone are %v, want all that are old and not in use", gone)
	}
	release()
	if _, _, err := k.hold("here", first); errs.KindOf(err) != errs.Gone || len(k.items) != 1 {
		t.Errorf("it is still there: %v", err)
	}
	if got, _, err := k.hold("here", last); got != 6 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

func TestWhatIsInUseMakesNoRoom(t *testing.T) {
	k := kept[int]{now: time.Now, life: time.Hour, most: 10, weight: func(n int) int { return n }}
	for range 2 {
		key, err := k.put("here", 4)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.hold("here", key); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.put("here", 3); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("kept beyond the limit: %v", err)
	}
	if _, err := k.put("here", 2); err != nil {
		t.Error(err)
	}
}
