package admit

import (
	"involt/internal/core/decision"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/flow/admit/judge"
	"involt/internal/kit/db"
)

// budget is what a guest may charge in all, and what they have charged.
type budget struct {
	most guest.Guest
	used guest.Used
}

// strangers is a group without rules, in which guests are: they charge where grants by
// name say and nowhere else, whatever the default group may.
var strangers = id.Raw{0xff}

// loadGuests reads which of the people stand for guests, and what these have used.
func (w *world) loadGuests(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	all, err := guest.OfPeople(tx, ws, list)
	if err != nil || len(all) == 0 {
		return err
	}
	who := make([]id.Person, len(all))
	for i := range all {
		who[i] = all[i].Person
	}
	used := map[id.Person]guest.Used{}
	for len(who) > 0 {
		const atOnce = 400
		some, err := guest.UsedBy(tx, ws, who[:min(len(who), atOnce)])
		if err != nil {
			return err
		}
		for p, u := range some {
			used[p] = u
		}
		who = who[min(len(who), atOnce):]
	}
	for i := range all {
		if at := w.person(id.RawOf(all[i].Person)); at != none {
			w.host(at, budget{all[i], used[all[i].Person]})
		}
	}
	return nil
}

// host notes that a person stands for a guest.
func (w *world) host(at int32, b budget) {
	w.guests[at] = b
	w.people[at].guest = true
	w.people[at].set = w.set([]int32{w.group(strangers)})
}

// lookAtBudget gathers the facts about a guest's budget. It allocates nothing.
func (w *world) lookAtBudget(f *judge.Facts, index int32, card, charger id.Raw, evse int64) {
	b := w.guests[index]
	f.Wh, f.WhMost, f.Began, f.BeganMost = b.used.Wh, b.most.Wh, b.used.Charges, b.most.Charges
	f.Continues = f.Continues || w.running.Here(card, charger, evse)
}

// guess notes a code that was wrong, or wrong here.
func (s *Service) guess(a *Ask, v Verdict) {
	if wrong := v.Reason == decision.UnknownCard || v.Reason == decision.NotThisPlace; wrong && a.Charger != "" && (a.typed() || guest.IsCode(a.Token)) {
		s.wrong.Note(a.Charger, a.Now.UnixMilli())
	}
}
