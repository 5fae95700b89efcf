// Package crowd is what is done with many users at once: a selection is planned,
// started, goes on as a job chunk by chunk, and can be undone for a while.
//
// Everybody is judged again when their turn comes, by the rules that hold for one
// user too. A chunk is one transaction and a handful of statements.
package crowd

import (
	"context"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/application"
	"involt/internal/core/bulk"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/people/rule"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// mostAtOnce is how many users one piece of bulk work may have.
const mostAtOnce = 1_000_000

// View is bulk work as its page shows it. Who and how many it will touch is
// filled in while it is planned; why others were skipped, whenever it is known.
type View struct {
	Bulk      bulk.Bulk
	Will      int         // with how many it would be done now, as far as that is known before the form is filled in
	WillFirst []id.Person // some of them
	Skips     []Skip      // why others would be, or were, skipped; the most frequent reason first
	Undoable  bool        // can be undone at this moment
}

// Skip is one reason for which people are skipped.
type Skip struct {
	Why   string // goes after a name: "is deactivated; …"
	N     int
	First []id.Person // some of them
}

// Outcome is what bulk work did with one person.
type Outcome struct {
	Person id.Person
	Done   bool
	Undone bool   // it was done, and undone later
	Why    string // why it was not done, or why undoing left it; goes after a name
}

// someFirst is how many people stand for all in a view.
const someFirst = 5

// Plan keeps a selection of users for an action, in the order given. Nothing else
// happens until [Service.Start]; a plan is forgotten after a day. back is the
// query of the list it came from.
func (s *Service) Plan(ctx context.Context, by access.Actor, action bulk.Action, list []id.Person, back string) (one id.Bulk, err error) {
	defer errs.Wrap(&err, "crowd.Plan(%s, %d people)", action, len(list))
	if err := s.mayBulk(by, action); err != nil {
		return "", err
	}
	seen := make(map[id.Person]bool, len(list))
	list = slices.DeleteFunc(slices.Clone(list), func(p id.Person) bool {
		again := seen[p] || !id.Valid(string(p))
		seen[p] = true
		return again
	})
	switch {
	case len(list) == 0:
		return "", errs.New(errs.Invalid, "Select at least one user first.")
	case len(list) > mostAtOnce:
		return "", errs.New(errs.Invalid, "These are %d users; at most %d can be changed at once. Narrow the list with a filter.", len(list), mostAtOnce)
	case len(back) > 4000:
		back = ""
	}
	b := bulk.Bulk{Workspace: by.Workspace, Action: action, Asker: askerOf(by), Back: strings.ToValidUTF8(back, "")}
	err = s.DB.Update(ctx, func(tx *db.Tx) error { return bulk.Insert(tx, &b, list) })
	return b.ID, err
}

// mayBulk refuses who may not do an action with many, and actions that this
// server cannot do.
func (s *Service) mayBulk(by access.Actor, action bulk.Action) error {
	if err := by.Need(access.PeopleWrite); err != nil {
		return err
	}
	switch {
	case askerOf(by) == bulk.Asker{}:
		// It runs with somebody's permissions, which are looked up as it goes on.
		return errs.New(errs.Denied, "Only a signed-in person or an API key can start bulk work.")
	case !slices.Contains(bulk.Actions, action):
		return errs.New(errs.Invalid, "There is no bulk action called %q.", action)
	case s.Inviter == nil && aboutInvites(action), s.Approver == nil && (action == bulk.Approve || action == bulk.Decline):
		return errs.New(errs.Unavailable, "This server cannot do that with many users at once.")
	}
	return nil
}

// aboutInvites reports whether an action is the inviter's.
func aboutInvites(a bulk.Action) bool {
	return a == bulk.Invite || a == bulk.Reinvite || a == bulk.RevokeInvites || a == bulk.ExtendInvites
}

// askerOf is who asks, as far as their permissions can be looked up later.
func askerOf(by access.Actor) bulk.Asker {
	if key, ok := strings.CutPrefix(by.Name, journal.About("key", "")); ok && by.Person == "" {
		return bulk.Asker{Key: id.APIKey(key)}
	}
	return bulk.Asker{Person: by.Person}
}

// Start begins planned work. It goes on as a job, with the permissions that by
// has at each step. Starting what runs or has run already does nothing. What is
// wrong with args is an error at "group", "cost_center", "reason" or "message".
func (s *Service) Start(ctx context.Context, by access.Actor, one id.Bulk, args bulk.Args) (err error) {
	defer errs.Wrap(&err, "crowd.Start")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		b, err := bulk.Lock(tx, by.Workspace, one)
		if err != nil {
			return errs.Or(by.Need(access.PeopleWrite), err)
		}
		if err := s.mayBulk(by, b.Action); err != nil || b.State != bulk.Planned {
			return err
		}
		value := map[string]any{"action": b.Action, "total": b.Total}
		if b.Args, err = cleanArgs(tx, by.Workspace, b.Action, args, value); err != nil {
			return err
		}
		b.State, b.Asker, b.Started = bulk.Running, askerOf(by), tx.Now
		if err := bulk.Save(tx, &b); err != nil {
			return err
		}
		if err := queue(tx, &b); err != nil {
			return err
		}
		return journal.Record(tx, by, "bulk.started", journal.About("bulk", b.ID), value)
	})
}

// cleanArgs keeps of args what the action needs, and notes in value what the
// journal says of them.
func cleanArgs(tx *db.Tx, ws id.Workspace, action bulk.Action, args bulk.Args, value map[string]any) (clean bulk.Args, err error) {
	switch action {
	case bulk.GroupAdd, bulk.GroupRemove:
		g, err := group.ByID(tx, ws, args.Group)
		if errs.KindOf(err) == errs.NotFound {
			return clean, errs.AtField("group", "Choose a group of the list. This one may have been deleted.")
		}
		if err != nil {
			return clean, err
		}
		clean.Group, value["group"], value["name"] = g.ID, g.ID, g.Name
	case bulk.CostCenter:
		p := person.Person{CostCenter: args.CostCenter}
		if err := p.Clean(); err != nil {
			return clean, err
		}
		clean.CostCenter, value["cost_center"] = p.CostCenter, p.CostCenter
	case bulk.Deactivate:
		clean.Reason, err = rule.Reason(args.Reason)
	case bulk.Approve, bulk.Decline:
		clean.Message, err = application.CleanMessage("message", args.Message)
	case bulk.Invite, bulk.Reinvite, bulk.Reactivate, bulk.Delete, bulk.RevokeInvites, bulk.ExtendInvites:
	}
	return clean, err
}

// Undo takes back what bulk work did, as far as it still is as the work left it.
// It goes on as a job. It is possible for half an hour after the work ended, and
// an errs.Gone later.
func (s *Service) Undo(ctx context.Context, by access.Actor, one id.Bulk) (err error) {
	defer errs.Wrap(&err, "crowd.Undo")
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		b, err := bulk.Lock(tx, by.Workspace, one)
		if err != nil {
			return errs.Or(by.Need(access.PeopleWrite), err)
		}
		if err := s.mayBulk(by, b.Action); err != nil {
			return err
		}
		switch {
		case b.State == bulk.Undoing || b.State == bulk.Undone:
			return nil
		case !b.Action.Undoable():
			return errs.New(errs.Conflict, "This cannot be undone.")
		case !b.State.Over():
			return errs.New(errs.Conflict, "This has not ended yet. Wait until it has, then undo it.")
		case !b.Undoable(tx.Now):
			return errs.New(errs.Gone, "This can be undone for 30 minutes after its end only.")
		}
		b.State, b.Undoer = bulk.Undoing, askerOf(by)
		if err := bulk.Save(tx, &b); err != nil {
			return err
		}
		if err := queue(tx, &b); err != nil {
			return err
		}
		return journal.Record(tx, by, "bulk.undone", journal.About("bulk", b.ID), map[string]any{"action": b.Action, "done": b.Done})
	})
}

func queue(tx *db.Tx, b *bulk.Bulk) error {
	return goOn.Add(tx, bulkJob{b.Workspace, b.ID}, job.Unique(string(b.ID)), job.For(b.Workspace))
}

// Recent returns the bulk work of the workspace that was started last.
func (s *Service) Recent(ctx context.Context, by access.Actor, limit int) (list []bulk.Bulk, err error) {
	defer errs.Wrap(&err, "crowd.Recent")
	if err := by.Need(access.PeopleRead); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = bulk.Recent(tx, by.Workspace, limit)
		return err
	})
	for i := range list {
		veil(by, &list[i])
	}
	return list, err
}

// veil hides what may hold personal data: what was searched for, and what
// somebody wrote.
func veil(by access.Actor, b *bulk.Bulk) {
	if !by.Perms.Has(access.PersonalData) {
		b.Args.Reason, b.Args.Message = "", ""
	}
}

// Bulk returns bulk work as it stands. Of planned work it judges everybody
// again each time.
func (s *Service) Bulk(ctx context.Context, by access.Actor, one id.Bulk) (v View, err error) {
	defer errs.Wrap(&err, "crowd.Bulk")
	if err := by.Need(access.PeopleRead); err != nil {
		return v, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		v = View{}
		if v.Bulk, err = bulk.ByID(tx, by.Workspace, one); err != nil {
			return err
		}
		v.Undoable = v.Bulk.Undoable(tx.Now)
		switch v.Bulk.State {
		case bulk.Planned:
			return s.foresee(tx, by, &v)
		case bulk.Running:
			return nil
		default:
			return lookBack(tx, &v)
		}
	})
	veil(by, &v.Bulk)
	return v, err
}

// foresee judges everybody as the work would now.
func (s *Service) foresee(tx *db.Tx, by access.Actor, v *View) error {
	ws, err := workspace.ByID(tx, by.Workspace)
	if err != nil {
		return err
	}
	t := rule.Terms{By: by, Mode: ws.AccessMode}
	if t.Supers, err = person.CountRole(tx, by.Workspace, rule.SuperAdmin); err != nil {
		return err
	}
	skips := map[string]*Skip{}
	for place := int64(0); ; place++ {
		// Chunk by chunk: a million people need not be in memory at once.
		c, err := bulk.ChunkAt(tx, &v.Bulk, place)
		if errs.KindOf(err) == errs.NotFound {
			break
		}
		if err != nil {
			return err
		}
		all, err := gather(tx, &v.Bulk, c.People, false)
		if err != nil {
			return err
		}
		for i, who := range c.People {
			f := &all[i]
			why := s.judged(&t, &v.Bulk, false, f)
			if why == "" {
				t.Passed(v.Bulk.Action, f)
				if v.Will++; v.Will <= someFirst {
					v.WillFirst = append(v.WillFirst, who)
				}
				continue
			}
			note(skips, why, who, 1)
		}
	}
	v.Skips = sorted(skips)
	return nil
}

func note(skips map[string]*Skip, why string, who id.Person, n int) {
	k := skips[why]
	if k == nil {
		k = &Skip{Why: why}
		skips[why] = k
	}
	if k.N += n; len(k.First) < someFirst && who != "" {
		k.First = append(k.First, who)
	}
}

func sorted(skips map[string]*Skip) (list []Skip) {
	for _, k := range skips {
		list = append(list, *k)
	}
	slices.SortFunc(list, func(a, b Skip) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Why, b.Why)
	})
	return list
}

// lookBack counts why people were skipped.
func lookBack(tx *db.Tx, v *View) error {
	list, err := bulk.Outcomes(tx, &v.Bulk)
	skips := map[string]*Skip{}
	for _, c := range list {
		if c.Outcome.All != "" {
			note(skips, c.Outcome.All, "", sizeOf(&v.Bulk, c.Place))
		}
		for why, places := range c.Outcome.Skip {
			note(skips, why, "", len(places))
		}
	}
	v.Skips = sorted(skips)
	return err
}

// sizeOf is how many people the chunk at a place has.
func sizeOf(b *bulk.Bulk, place int64) int {
	n := int64(b.Action.AtOnce())
	return int(min(n, b.Total-place*n))
}
