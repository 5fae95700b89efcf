package bulk

import (
	"slices"
	"testing"
)

func TestPlacesAreWrittenShort(t *testing.T) {
	for text, p := range map[string]Places{"": nil, "0": {0}, "0-2": {0, 1, 2}, "1,3-4,9": {1, 3, 4, 9}} {
		got, err := p.MarshalText()
		if err != nil || string(got) != text {
			t.Errorf("%v is written %q", p, got)
		}
		var back Places
		if err := back.UnmarshalText([]byte(text)); err != nil || !slices.Equal(back, p) {
			t.Errorf("%q is read %v, %v", text, back, err)
		}
	}
	for _, bad := range []string{"x", "1-", "-1", "3-2", "1-99999999", "1,,2"} {
		if err := new(Places).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestOutcomesSayItOfEach(t *testing.T) {
	o := Outcome{Skip: map[string]Places{"a": {0}, "b": {2, 3}}, Left: map[string]Places{"c": {1}}}
	if got := o.Why(5); !slices.Equal(got, []string{"a", "", "b", "b", ""}) || o.Skipped(5) != 3 || o.Kept() != 1 {
		t.Errorf("%q, %d, %d", got, o.Skipped(5), o.Kept())
	}
	if got := o.WhyLeft(3); !slices.Equal(got, []string{"", "c", ""}) {
		t.Errorf("%q", got)
	}
	all := Outcome{All: "gone"}
	if got := all.Why(2); !slices.Equal(got, []string{"gone", "gone"}) || all.Skipped(2) != 2 {
		t.Errorf("%q", got)
	}
	b := Before{"x": {0, 2}, "y": {1}}
	if !b.without(map[int]bool{1: true, 2: true}) || len(b) != 1 || !slices.Equal(b.Of(3), []string{"x", "", ""}) || b.without(map[int]bool{7: true}) {
		t.Errorf("%v", b)
	}
}
