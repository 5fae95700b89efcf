package steer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"involt/internal/core/command"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/locallist"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
)

// Lists are looked at again when somebody has charged, when rights may have changed, and
// once an hour for what changes by the clock. Only a charger whose list should be another one is sent
// anything, and one that has an update waiting gets no second.

var (
	review    = job.Define[reviewing]("steer.lists")
	reviewAll = job.Define[struct{}]("steer.lists.all")
)

type reviewing struct {
	Workspace id.Workspace
	Charger   id.Charger // "" for all
}

// How long changes are waited for, so that many of them are one update: of those who
// charged at one charger, and of rights. What was taken from a card does not wait for this.
const (
	afterSession = time.Minute
	afterRights  = 2 * time.Minute
)

// patientFor is how long a list that a charger would not take is left alone.
const patientFor = 24 * time.Hour

// gives are the entries after which lists may hold more, or something else, beside takes.
var gives = []string{
	"card.assigned", "card.unblocked", "person.activated", "person.reactivated", "person.begun", "person.restored", "person.erased",
	"person.departure-planned", "person.departure-cancelled", "group.member-added", "grant.created", "group.moved", "import.applied",
}

// ListReader returns what is to be subscribed to the journal so that lists follow.
func ListReader() journal.Reader {
	return journal.Reader{Name: "steer-lists", What: append(append([]string{"session.ended"}, takes...), gives...), Do: heardForLists}
}

func heardForLists(tx *db.Tx, e journal.Entry) error {
	if e.What != "session.ended" {
		some, err := locallist.Some(tx, e.Workspace)
		if err != nil || !some {
			return err
		}
		wait := afterRights
		if e.What == "settings.changed" {
			wait = 0
		}
		return review.Add(tx, reviewing{Workspace: e.Workspace}, job.For(e.Workspace), job.Unique(string(e.Workspace)), job.At(tx.Now.Add(wait)))
	}
	var s struct {
		Charger id.Charger `json:"charger"`
	}
	if e.Value == "" {
		return nil // erased with the person
	}
	if err := json.Unmarshal([]byte(e.Value), &s); err != nil {
		return fmt.Errorf("steer: entry %s: %w", e.ID, err)
	}
	l, on, err := listOf(tx, e.Workspace, s.Charger)
	if err != nil || !on || l.Support == locallist.Unsupported {
		return err
	}
	return review.Add(tx, reviewing{e.Workspace, s.Charger}, job.For(e.Workspace), job.Unique(string(e.Workspace)+"/"+string(s.Charger)), job.At(tx.Now.Add(afterSession)))
}

// afterBoot is how long a charger that has started is left in peace.
const afterBoot = 5 * time.Second

// Booted has the list of a charger looked at that has started: it may have lost it, or be
// another device.
func Booted(tx *db.Tx, ws id.Workspace, charger id.Charger) error {
	l, on, err := listOf(tx, ws, charger)
	if err != nil || !on && l.Version == 0 {
		return err
	}
	return review.Add(tx, reviewing{ws, charger}, job.For(ws), job.Unique(string(ws)+"/"+string(charger)), job.At(tx.Now.Add(afterBoot)))
}

// listOf returns what is known of a charger's list, and whether it is to hold one.
func listOf(tx *db.Tx, ws id.Workspace, charger id.Charger) (l locallist.List, on bool, err error) {
	w, err := workspace.ByID(tx, ws)
	if err != nil {
		return l, false, err
	}
	l, err = locallist.Of(tx, ws, charger)
	return l, l.Wanted(w.LocalLists), err
}

// reviewEverywhere looks at all workspaces that have lists.
func (s *Service) reviewEverywhere(ctx context.Context, _ struct{}) error {
	var all []workspace.Workspace
	some := map[id.Workspace]bool{}
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if all, err = workspace.All(tx); err != nil {
			return err
		}
		for i := range all {
			if some[all[i].ID], err = locallist.Some(tx, all[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range all {
		if some[all[i].ID] {
			err = errors.Join(err, s.reviewLists(ctx, reviewing{Workspace: all[i].ID}))
		}
	}
	return err
}

// reviewLists has chargers sent their lists whose lists should be others.
func (s *Service) reviewLists(ctx context.Context, r reviewing) error {
	if err := s.Decide.Refresh(ctx); err != nil {
		return err
	}
	var all []site.Charger
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if r.Charger == "" {
			all, err = site.Chargers(tx, r.Workspace)
			return err
		}
		one, err := site.ChargerByID(tx, r.Workspace, r.Charger)
		all = []site.Charger{one}
		return err
	}); err != nil {
		return err
	}
	for i := range all {
		needs := false
		err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
			needs, err = s.listNeeds(tx, &all[i])
			return err
		})
		if err == nil && needs {
			err = s.DB.Update(ctx, func(tx *db.Tx) error { return askForList(tx, r.Workspace, all[i].ID) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// askForList has a charger sent its list, unless it is about to be.
func askForList(tx *db.Tx, ws id.Workspace, charger id.Charger) error {
	_, waits, err := command.WaitsOf(tx, ws, charger, command.LocalList)
	if err != nil || waits {
		return err
	}
	due, err := notBefore(tx, ws, charger)
	if err != nil {
		return err
	}
	return command.Insert(tx, &command.Command{Workspace: ws, Charger: charger, Kind: command.LocalList, AskedBy: system(ws).Name, Why: command.Review, Due: due})
}

// apart is how long a charger is left alone between two updates of its list that nobody
// asked for: while thousands of cards are blocked one by one, the first leaves at once, and
// the others in a few updates.
const apart = 3 * time.Second

// notBefore is when a charger may be sent its list again.
func notBefore(tx *db.Tx, ws id.Workspace, charger id.Charger) (time.Time, error) {
	l, err := locallist.Of(tx, ws, charger)
	if l.Tried.IsZero() {
		return time.Time{}, err
	}
	return l.Tried.Add(apart), err
}

// listNeeds reports whether a charger's list should be another one than it is.
func (s *Service) listNeeds(tx *db.Tx, h *site.Charger) (bool, error) {
	l, on, err := listOf(tx, h.Workspace, h.ID)
	if err != nil || h.Connected.IsZero() || !on && l.Version == 0 {
		return false, err
	}
	if l.Support == locallist.Unsupported && !l.Asked.Before(h.Booted) { // it may be another after a start
		return false, nil
	}
	if l.Trouble != "" && tx.Now.Sub(l.Tried) < patientFor && !l.Tried.Before(h.Booted) {
		return false, nil
	}
	is, err := locallist.Entries(tx, h.Workspace, h.ID)
	if err != nil {
		return false, err
	}
	if !l.Known || l.Confirmed.Before(h.Booted) {
		return on || len(is) > 0 || !l.Known, nil
	}
	var should []locallist.Entry
	if on {
		if should, err = s.wanted(tx, &l); err != nil {
			return false, err
		}
	}
	drop, put := locallist.Diff(is, should)
	return len(drop)+len(put) > 0, nil
}
