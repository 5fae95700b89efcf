package admit

import (
	"testing"

	"involt/internal/flow/admit/judge"
)

// noon is the moment of every question here, in milliseconds.
const noon = 1_000_000

// Rules of few and of many places are looked through in different ways.
func TestRulesMatchAlikeWhetherFewOrMany(t *testing.T) {
	spot := place{id: [16]byte{7}, location: [16]byte{8}}
	for name, tc := range map[string]struct {
		r    rules
		want judge.Match
	}{
		"none":                      {nil, judge.NoRule},
		"another place":             {rules{{Place: [16]byte{9}}}, judge.NoRule},
		"everywhere":                {rules{{}}, judge.GrantNow},
		"the charger":               {rules{{Place: spot.id}}, judge.GrantNow},
		"the location":              {rules{{Place: spot.location}}, judge.GrantNow},
		"the location, until now":   {rules{{Place: spot.location, Until: noon}}, judge.NotNow},
		"the location, from soon":   {rules{{Place: spot.location, From: noon + 1}}, judge.NotNow},
		"ended, and another begun":  {rules{{Place: spot.id, Until: noon}, {Place: spot.id, From: noon}}, judge.GrantNow},
		"ended here, now elsewhere": {rules{{Place: spot.id, Until: noon}, {Place: [16]byte{9}}}, judge.NotNow},
	} {
		many := append(rules{}, tc.r...)
		for i := range byte(3 * few) {
			many = append(many, rule{Place: [16]byte{100 + i}})
		}
		many.sort()
		if few, many := tc.r.match(&spot, noon), many.match(&spot, noon); few != tc.want || many != tc.want {
			t.Errorf("%s: %d among few, %d among many, want %d", name, few, many, tc.want)
		}
	}
}
