package admit

import (
	"slices"
	"strings"

	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/flow/admit/judge"
)

// whens says when somebody may charge at a place by their rules: by those that
// hold now if one does, else by all for the place. "" means at any time, or that
// no rule says anything.
func (w *world) whens(index int32, spot *place, now int64) string {
	f := judge.Facts{Now: now, Here: true}
	p := &w.people[index]
	w.lookAround(&f, index, p, spot)
	var all []string
	for _, list := range w.rulesOf(index) {
		for i := range list {
			r := &list[i]
			if r.Place != spot.location && r.Place != spot.id && r.Place != (id.Raw{}) || r.At(now) != f.Grant {
				continue
			}
			said := r.When(now, w.home)
			if said == "" {
				return "" // one that knows no limits
			}
			if !slices.Contains(all, said) {
				all = append(all, said)
			}
		}
	}
	const most = 3 // that somebody reads
	if len(all) > most {
		all = append(all[:most], "…")
	}
	return strings.Join(all, "; ")
}

// rulesOf are the rules that open places to a person.
func (w *world) rulesOf(index int32) (list []rules) {
	p := &w.people[index]
	if p.named {
		list = append(list, w.direct[index])
	}
	for _, g := range w.groupsOf(p.set) {
		list = append(list, w.groups[g])
	}
	return list
}

// sentence puts a verdict into words for staff; what depends on hours or dates
// says them.
func (s *Service) sentence(a *Ask, v Verdict) string {
	text := v.Reason.Sentence()
	w := s.world(a.Workspace)
	if w == nil || a.Charger == "" || v.Reason != decision.NotThisTime && v.Reason != decision.Allowed {
		return text
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	index := w.person(v.person)
	spot, here := w.chargers[hashOf(a.Charger)]
	if index == none || !here || v.Reason == decision.Allowed && w.everyone && !spot.membersOnly {
		return text
	}
	said := w.whens(index, &spot, a.Now.UnixMilli())
	if said == "" {
		return text
	}
	return strings.TrimSuffix(text, ".") + ": " + said + "."
}
