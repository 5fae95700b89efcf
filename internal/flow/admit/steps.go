package admit

import (
	"fmt"
	"strings"

	"involt/internal/core/card"
	"involt/internal/flow/admit/judge"
)

// steps gathers the facts of a question and looks at each check, with hours, dates
// and numbers where they matter.
func (s *Service) steps(a *Ask) []judge.Step {
	w := s.world(a.Workspace)
	if w == nil {
		return judge.Steps(judge.Facts{Placed: a.Charger != ""})
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	f, _, who := w.look(hashText(a.number()), a.Charger, a.EVSE, a.Now.UnixMilli())
	f.Tried = f.Code && s.wrong.TooOften(a.Charger, f.Now)
	list := judge.Steps(f)
	spot, here := w.chargers[hashOf(a.Charger)]
	index := w.person(who)
	for i := range list {
		switch one := &list[i]; {
		case one.Name == "access" && one.Outcome != judge.NotSeen && here && index != none:
			if f.Grant == judge.NoRule && one.Outcome == judge.Passed {
				one.Text = "Every active user may charge here."
			} else if said := w.whens(index, &spot, f.Now); said != "" {
				one.Text = strings.TrimSuffix(one.Text, ".") + ": " + said + "."
			}
		case one.Name == "sessions" && one.Outcome != judge.NotSeen:
			one.Text += countText(&f)
		}
	}
	return list
}

func countText(f *judge.Facts) string {
	var parts []string
	add := func(n, most int64, whose string) {
		if most > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d of the %s", n, most, whose))
		}
	}
	add(f.CardRuns, f.CardMost, "card")
	add(f.UserRuns, f.UserMost, "user")
	if len(parts) == 0 {
		return ""
	}
	return " Elsewhere run " + strings.Join(parts, " and ") + "."
}

func hashText(token string) hashed {
	var buf [64]byte
	key, _ := card.AppendKey(buf[:0], token)
	return hash(key)
}
