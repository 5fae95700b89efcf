package steer

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/command"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/locallist"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Listed is a charger's list: what it holds, and what is on its way.
type Listed struct {
	locallist.List
	Name     string            // of the charger
	Protocol string            // of its last connection
	Usual    bool              // what the workspace says of chargers that say nothing
	On       bool              // this charger is to hold one
	Held     []locallist.Entry // as it last confirmed, those who came last first
	Adding   []locallist.Entry // should be in it, or be otherwise in it
	Leaving  []locallist.Entry // should not be in it any more
	Open     *command.Command  // the update that waits or was sent; nil if there is none
}

// LocalList returns the list of a charger. Whose cards these are is for those to know who
// may see cards (browse/commands).
func (s *Service) LocalList(ctx context.Context, by access.Actor, charger id.Charger) (v Listed, err error) {
	defer errs.Wrap(&err, "steer.LocalList")
	in, err := by.Within(access.PlacesRead)
	if err != nil {
		return v, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		v = Listed{}
		h, err := within(tx, by, in, charger)
		if err != nil {
			return err
		}
		w, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		v.Usual, v.Name, v.Protocol = w.LocalLists, h.Name, h.Protocol
		if v.List, err = locallist.Of(tx, by.Workspace, charger); err != nil {
			return err
		}
		if v.Held, err = locallist.Entries(tx, by.Workspace, charger); err != nil {
			return err
		}
		var should []locallist.Entry
		if v.On = v.Wanted(v.Usual); v.On && v.Support != locallist.Unsupported && !h.Connected.IsZero() {
			if should, err = s.wanted(tx, &v.List); err != nil {
				return err
			}
		}
		v.Leaving, v.Adding = locallist.Diff(v.Held, should)
		byTime(v.Held, should)
		v.Open, err = command.OpenOf(tx, by.Workspace, charger, command.LocalList)
		return err
	})
	return v, err
}

// byTime puts what a charger holds into the order of what it should.
func byTime(held, should []locallist.Entry) {
	place := map[string]int{}
	for i := range should {
		place[should[i].Token] = i + 1 - len(should)
	}
	slices.SortStableFunc(held, func(a, b locallist.Entry) int { return orLast(place, a.Token) - orLast(place, b.Token) })
}

func orLast(place map[string]int, token string) int {
	if at, ok := place[token]; ok {
		return at
	}
	return 1
}

// within returns a charger that is in reach.
func within(tx *db.Tx, by access.Actor, in access.Reach, charger id.Charger) (site.Charger, error) {
	h, err := site.ChargerByID(tx, by.Workspace, charger)
	if err == nil && !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(h.Location)}) {
		err = errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
	}
	return h, err
}

// SetListMode says whether a charger holds a list, and has it sent or taken away.
func (s *Service) SetListMode(ctx context.Context, by access.Actor, charger id.Charger, m locallist.Mode) (err error) {
	defer errs.Wrap(&err, "steer.SetListMode(%s)", m)
	in, err := by.Within(access.PlacesWrite)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		h, err := within(tx, by, in, charger)
		if err != nil {
			return err
		}
		was, err := locallist.Of(tx, by.Workspace, charger)
		if err != nil {
			return err
		}
		changed, err := locallist.SetMode(tx, by.Workspace, charger, m)
		if err != nil || !changed {
			return err
		}
		if err := journal.Record(tx, by, "charger.list-changed", journal.About("charger", charger), map[string]any{"mode": [2]string{string(was.Mode), string(m)}}); err != nil {
			return err
		}
		needs, err := s.listNeeds(tx, &h)
		if err != nil || !needs {
			return err
		}
		return askForList(tx, by.Workspace, charger)
	})
}

// listOn says that a charger has no list to be sent.
func listOn(tx *db.Tx, h *site.Charger) error {
	l, on, err := listOf(tx, h.Workspace, h.ID)
	if err == nil && !on && l.Version == 0 {
		err = errs.New(errs.Conflict, "This charger is not to hold a local list. Switch it on first.")
	}
	return err
}
