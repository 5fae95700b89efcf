package admit

import (
	"slices"
	"strings"
	"time"

	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/flow/admit/judge"
)

// String is "Mon–Fri 07:00–19:00, Europe/Berlin", or "" for always.
func (h *hours) String() string {
	if h.zone == nil {
		return ""
	}
	said := h.said()
	said.Zone = h.zone.String()
	return said.String()
}

// when says at which times a rule holds that is not for ever: its hours, and the
// dates that matter now. home is where dates are days.
func (r *rule) when(now int64, home *time.Location) string {
	var parts []string
	if said := r.hours.String(); said != "" {
		parts = append(parts, said)
	}
	if now < r.from {
		parts = append(parts, "from "+time.UnixMilli(r.from).In(home).Format("2 Jan 2006"))
	}
	if r.until != 0 {
		// The last day is the one before the first moment that is no longer in it.
		parts = append(parts, "until "+time.UnixMilli(r.until-1).In(home).Format("2 Jan 2006"))
	}
	return strings.Join(parts, ", ")
}

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
			if r.place != spot.location && r.place != spot.id && r.place != (id.Raw{}) || r.at(now) != f.Grant {
				continue
			}
			said := r.when(now, w.home)
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
