package crowd

import (
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/flow/people/rule"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// gather reads what the rules want to know of some people. With lock they stay
// so until tx ends.
func gather(tx *db.Tx, b *bulk.Bulk, list []id.Person, lock bool) ([]rule.Facts, error) {
	withRoles := b.Action == bulk.Deactivate || b.Action == bulk.Reactivate || b.Action == bulk.Delete
	all, err := rule.AboutMany(tx, b.Workspace, list, withRoles, b.Args.Group, lock)
	if err != nil || b.Action != bulk.Invite {
		return all, err
	}
	saidNo, err := invite.SaidNo(tx, b.Workspace, list)
	for i := range all {
		all[i].SaidNo = saidNo[all[i].ID]
	}
	return all, err
}

// judged says why something would not be done with somebody, "" if it would.
// While it is planned, not everything is known.
func (s *Service) judged(t *rule.Terms, b *bulk.Bulk, chosen bool, f *rule.Facts) string {
	if r := t.Judge(b.Action, &b.Args, chosen, f); r != nil {
		return r.Why
	}
	if (b.Action == bulk.Invite || b.Action == bulk.Reinvite) && s.Inviter != nil {
		return s.Inviter.WhyNotInvited(f.HasEmail, f.Identity, f.Status)
	}
	return ""
}

const odd = "could not be done because of an unexpected error, which was logged"

// do does the action with those of the chunk with whom it may be done.
func (w *work) do() error {
	tx, b, c := w.tx, w.b, &w.c
	c.Outcome = bulk.Outcome{At: tx.NowMS()}
	all, err := gather(tx, b, c.People, true)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(f rule.Facts) bool { return access.Holds(f.Roles, rule.SuperAdmin) }) {
		if w.t.Supers, err = rule.Supers(tx, b.Workspace); err != nil {
			return err
		}
	}
	done := make([]int, 0, len(all))
	for i := range all {
		f := &all[i]
		why := w.s.judged(&w.t, b, true, f)
		if w.odd[f.ID] {
			why = odd
		}
		if why != "" {
			skip(&c.Outcome, why, i)
			continue
		}
		w.t.Passed(b.Action, f)
		done = append(done, i)
	}
	if len(done) > 0 {
		if done, err = w.act(all, done); err != nil {
			return err
		}
	}
	b.Reached += int64(len(c.People))
	b.Done += int64(len(done))
	return nil
}

func skip(o *bulk.Outcome, why string, i int) {
	if o.Skip == nil {
		o.Skip = map[string]bulk.Places{}
	}
	o.Skip[why] = append(o.Skip[why], i)
}

func leave(o *bulk.Outcome, why string, i int) {
	if o.Left == nil {
		o.Left = map[string]bulk.Places{}
	}
	o.Left[why] = append(o.Left[why], i)
}

func pick(all []rule.Facts, places []int) []id.Person {
	list := make([]id.Person, len(places))
	for i, p := range places {
		list[i] = all[p].ID
	}
	return list
}

// act changes those of the chunk at the places of done, and returns those with
// whom it was done after all.
func (w *work) act(all []rule.Facts, done []int) ([]int, error) {
	tx, b, ws := w.tx, w.b, w.b.Workspace
	list := pick(all, done)
	many := rule.Pad(list)
	value := map[string]any{"bulk": b.ID}
	what := ""
	switch b.Action {
	case bulk.GroupAdd:
		what, value["group"], value["name"] = "group.member-added", w.to.ID, w.to.Name
		if err := join(tx, ws, w.to.ID, list); err != nil {
			return nil, err
		}
	case bulk.GroupRemove:
		what, value["group"], value["name"] = "group.member-removed", w.to.ID, w.to.Name
		if err := group.RemoveMany(tx, ws, w.to.ID, many); err != nil {
			return nil, err
		}
	case bulk.CostCenter:
		what, value["cost_center"] = "person.updated", []any{nil, b.Args.CostCenter} // before, each had their own
		w.remember(all, done, func(f *rule.Facts) string { return f.CostCenter })
		if _, err := person.AddCostCenter(tx, ws, b.Args.CostCenter); err != nil {
			return nil, err
		}
		if err := person.SetCostCenterMany(tx, ws, many, b.Args.CostCenter); err != nil {
			return nil, err
		}
		if err := source.SetMany(tx, w.by, list, costCenter); err != nil {
			return nil, err
		}
	case bulk.Deactivate:
		// The reason may be personal: it stands with the people, not here.
		what, value["from"], value["to"] = "person.deactivated", person.Active, person.Deactivated
		if err := person.MoveMany(tx, ws, many, person.Deactivated, b.Args.Reason); err != nil {
			return nil, err
		}
		if err := rule.EndMeans(tx, ws, many); err != nil {
			return nil, err
		}
	case bulk.Reactivate:
		what, value["from"], value["to"] = "person.reactivated", person.Deactivated, person.Active
		w.remember(all, done, func(f *rule.Facts) string { return f.Reason })
		if err := person.MoveMany(tx, ws, many, person.Active, ""); err != nil {
			return nil, err
		}
	case bulk.Delete:
		what = "person.deleted"
		people, err := person.ByIDs(tx, ws, list)
		if err == nil {
			err = rule.Delete(tx, ws, people)
		}
		if err != nil {
			return nil, err
		}
	case bulk.Invite, bulk.Reinvite, bulk.RevokeInvites, bulk.ExtendInvites:
		return w.invite(done)
	case bulk.Approve, bulk.Decline:
		return w.each(done)
	}
	return done, journal.RecordMany(tx, w.by, what, journal.About("bulk", b.ID), subjects(list), value)
}

func subjects(list []id.Person) []string {
	s := make([]string, len(list))
	for i, p := range list {
		s[i] = journal.About("person", p)
	}
	return s
}

func join(tx *db.Tx, ws id.Workspace, g id.Group, list []id.Person) error {
	_, err := group.Load(tx, ws, func(yield func(group.Membership) bool) {
		for _, p := range list {
			if !yield(group.Membership{Group: g, Person: p}) {
				return
			}
		}
	})
	return err
}

// remember keeps what undoing restores. What is empty need not be kept.
func (w *work) remember(all []rule.Facts, done []int, value func(*rule.Facts) string) {
	w.c.Before = bulk.Before{}
	for _, i := range done {
		if v := value(&all[i]); v != "" {
			w.c.Before[v] = append(w.c.Before[v], i)
		}
	}
}

// picked are the people of the chunk at the places of done, and where each stands.
func (w *work) picked(done []int) (list []id.Person, at map[id.Person]int) {
	list = make([]id.Person, len(done))
	at = make(map[id.Person]int, len(done))
	for i, p := range done {
		list[i] = w.c.People[p]
		at[list[i]] = p
	}
	return list, at
}

// invite does what is the inviter's, with all at once.
func (w *work) invite(done []int) (left []int, err error) {
	list, at := w.picked(done)
	do := w.s.Inviter.InviteManyIn
	switch w.b.Action { //nolint:exhaustive // the others invite
	case bulk.RevokeInvites:
		do = w.s.Inviter.RevokeManyIn
	case bulk.ExtendInvites:
		do = w.s.Inviter.ExtendManyIn
	}
	why, err := do(w.tx, w.by, w.ws, w.b.ID, list)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if why[p] != "" {
			skip(&w.c.Outcome, why[p], at[p])
			continue
		}
		left = append(left, at[p])
	}
	for _, places := range w.c.Outcome.Skip {
		slices.Sort(places)
	}
	return left, nil
}

// each does the actions that are another flow's, person by person.
func (w *work) each(done []int) (left []int, err error) {
	list, at := w.picked(done)
	people, err := person.ByIDs(w.tx, w.b.Workspace, list)
	if err != nil {
		return nil, err
	}
	for i := range people {
		p := &people[i]
		var why string
		switch w.b.Action {
		case bulk.Approve:
			why, err = w.s.Approver.ApproveIn(w.tx, w.by, w.ws, p, w.b.Args.Message)
		default:
			why, err = w.s.Approver.DeclineIn(w.tx, w.by, w.ws, p, w.b.Args.Message)
		}
		if err != nil {
			return nil, err
		}
		if why != "" {
			skip(&w.c.Outcome, why, at[p.ID])
			continue
		}
		left = append(left, at[p.ID])
	}
	for _, places := range w.c.Outcome.Skip {
		slices.Sort(places)
	}
	return left, nil
}

// takeBack undoes a chunk with those who still are as the work left them.
func (w *work) takeBack() error {
	tx, b, c := w.tx, w.b, &w.c
	all, err := gather(tx, b, c.People, true)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(f rule.Facts) bool { return access.Holds(f.Roles, rule.SuperAdmin) }) {
		if w.t.Supers, err = rule.Supers(tx, b.Workspace); err != nil {
			return err
		}
	}
	skipped := c.Outcome.Why(len(c.People))
	var back []int
	for i := range all {
		if skipped[i] != "" {
			continue
		}
		why := w.changed(&all[i])
		if w.odd[all[i].ID] {
			why = odd
		}
		if why != "" {
			leave(&c.Outcome, why, i)
			continue
		}
		back = append(back, i)
	}
	if len(back) > 0 {
		if back, err = w.revert(all, back); err != nil {
			return err
		}
	}
	for _, places := range c.Outcome.Left {
		slices.Sort(places)
	}
	c.Outcome.Undone, c.Before = true, nil
	b.UndoReached += int64(len(c.People))
	b.UndoDone += int64(len(back))
	return nil
}

const changedSince = "was changed since"

// changed says why somebody is not as the work left them, or may not be changed
// back.
func (w *work) changed(f *rule.Facts) string {
	at := w.c.Outcome.At
	if w.b.Action == bulk.Delete {
		if f.DeletedAt != at {
			return changedSince
		}
		if r := w.t.Restore(f); r != nil {
			return r.Why
		}
		return ""
	}
	if !f.Here {
		return rule.NotHere.Why
	}
	var r *rule.Refusal
	same := false
	switch w.b.Action { //nolint:exhaustive // the others cannot be undone
	case bulk.GroupAdd:
		if same = f.Member && f.Since == at; same {
			r = w.t.GroupRemove(f)
		}
	case bulk.GroupRemove:
		same = !f.Member
	case bulk.CostCenter:
		same = f.CostCenter == w.b.Args.CostCenter
	case bulk.Deactivate:
		if same = f.Status == person.Deactivated && f.StatusAt == at; same {
			r = w.t.Reactivate(f)
			w.count(r, bulk.Reactivate, f)
		}
	case bulk.Reactivate:
		if same = f.Status == person.Active && f.StatusAt == at; same {
			r = w.t.Deactivate(f)
			w.count(r, bulk.Deactivate, f)
		}
	}
	switch {
	case !same:
		return changedSince
	case r != nil:
		return r.Why
	}
	return ""
}

func (w *work) count(r *rule.Refusal, a bulk.Action, f *rule.Facts) {
	if r == nil {
		w.t.Passed(a, f)
	}
}

// revert changes people back, and returns with whom that was done.
func (w *work) revert(all []rule.Facts, back []int) ([]int, error) {
	tx, b, ws := w.tx, w.b, w.b.Workspace
	list := pick(all, back)
	many := rule.Pad(list)
	value := map[string]any{"bulk": b.ID, "undo": true}
	what := ""
	switch b.Action { //nolint:exhaustive // the others cannot be undone
	case bulk.GroupAdd:
		what, value["group"], value["name"] = "group.member-removed", w.to.ID, w.to.Name
		if err := group.RemoveMany(tx, ws, w.to.ID, many); err != nil {
			return nil, err
		}
	case bulk.GroupRemove:
		what, value["group"], value["name"] = "group.member-added", w.to.ID, w.to.Name
		if err := join(tx, ws, w.to.ID, list); err != nil {
			return nil, err
		}
	case bulk.CostCenter:
		what = "person.updated"
		if err := w.byValue(all, back, func(list []id.Person, was string) error { return person.SetCostCenterMany(tx, ws, list, was) }); err != nil {
			return nil, err
		}
		// Who had written it before is not known any more: it counts as what they came with.
		if err := source.DropMany(tx, ws, list, costCenter); err != nil {
			return nil, err
		}
	case bulk.Deactivate:
		what, value["from"], value["to"] = "person.reactivated", person.Deactivated, person.Active
		if err := person.MoveMany(tx, ws, many, person.Active, ""); err != nil {
			return nil, err
		}
	case bulk.Reactivate:
		what, value["from"], value["to"] = "person.deactivated", person.Active, person.Deactivated
		if err := w.byValue(all, back, func(list []id.Person, was string) error {
			return person.MoveMany(tx, ws, list, person.Deactivated, was)
		}); err != nil {
			return nil, err
		}
		if err := rule.EndMeans(tx, ws, many); err != nil {
			return nil, err
		}
	case bulk.Delete:
		what = "person.restored"
		var err error
		if back, err = w.restore(all, back); err != nil || len(back) == 0 {
			return back, err
		}
		list = pick(all, back)
	}
	return back, journal.RecordMany(tx, w.by, what, journal.About("bulk", b.ID), subjects(list), value)
}

// byValue calls do once for each value that people had before.
func (w *work) byValue(all []rule.Facts, back []int, do func([]id.Person, string) error) error {
	was := w.c.Before.Of(len(all))
	groups := map[string][]id.Person{}
	for _, i := range back {
		groups[was[i]] = append(groups[was[i]], all[i].ID)
	}
	for value, list := range groups {
		if err := do(rule.Pad(list), value); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) restore(all []rule.Facts, back []int) (done []int, err error) {
	for _, i := range back {
		g, err := person.LockGone(w.tx, w.b.Workspace, all[i].ID)
		if err == nil {
			err = person.Restore(w.tx, &g)
		}
		switch errs.KindOf(err) { //nolint:exhaustive // the others are faults
		case errs.Gone:
			leave(&w.c.Outcome, "was erased already", i)
			continue
		case errs.Conflict:
			leave(&w.c.Outcome, "has an e-mail address or external id that is another user's by now", i)
			continue
		}
		if err != nil {
			return nil, err
		}
		done = append(done, i)
	}
	return done, nil
}

// costCenter is the field that bulk work changes.
const costCenter = "cost_center"
