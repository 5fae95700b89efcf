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
		"another place":             {rules{{place: [16]byte{9}}}, judge.NoRule},
		"everywhere":                {rules{{}}, judge.GrantNow},
		"the charger":               {rules{{place: spot.id}}, judge.GrantNow},
		"the location":              {rules{{place: spot.location}}, judge.GrantNow},
		"the location, until now":   {rules{{place: spot.location, until: noon}}, judge.NotNow},
		"the location, from soon":   {rules{{place: spot.location, from: noon + 1}}, judge.NotNow},
		"ended, and another begun":  {rules{{place: spot.id, until: noon}, {place: spot.id, from: noon}}, judge.GrantNow},
		"ended here, now elsewhere": {rules{{place: spot.id, until: noon}, {place: [16]byte{9}}}, judge.NotNow},
	} {
		many := append(rules{}, tc.r...)
		for i := range byte(3 * few) {
			many = append(many, rule{place: [16]byte{100 + i}})
		}
		many.sort()
		if few, many := tc.r.match(&spot, noon), many.match(&spot, noon); few != tc.want || many != tc.want {
			t.Errorf("%s: %d among few, %d among many, want %d", name, few, many, tc.want)
		}
	}
}
