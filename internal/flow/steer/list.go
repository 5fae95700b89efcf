package steer

import (
	"context"
	"errors"
	"strings"
	"time"

	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/locallist"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Local lists. A charger that is offline lets the cards of its list charge, and no
// others if its settings say so. What should be in it is worked out anew whenever it is
// sent ([wanted]); what is in it is what the charger confirmed (core/locallist). The command
// local-list makes the one the other, in as many messages as it takes.

// Lists is what a charger's local list is asked and told, by its connection to this
// process. Errors are as those of Wire.Send.
type Lists interface {
	// Limits asks whether there is a list, and how much it holds.
	Limits(ctx context.Context, ws id.Workspace, charger id.Charger) (ListLimits, error)
	// Version asks for the list's version: 0 if it is empty, below that if there is none.
	Version(ctx context.Context, ws id.Workspace, charger id.Charger) (int64, error)
	// Tell sends one message about the list.
	Tell(ctx context.Context, ws id.Workspace, charger id.Charger, u ListUpdate) error
}

// ListLimits is what a charger says of its list.
type ListLimits struct {
	Support          locallist.Support
	Size, PerMessage int64 // 0 if it does not say
}

// ListUpdate is one message about a list.
type ListUpdate struct {
	Version   int64
	Whole     bool // Put is all that the list is to hold
	Drop, Put []locallist.Entry
}

// Standing is a right to charge at a charger, apart from what goes on at the moment.
type Standing struct {
	Reason decision.Reason
	Hours  bool      // it holds at certain hours only, which chargers cannot be told
	Until  time.Time // when it ends, as far as is known; zero if it does not
	Parent string    // an id that the holder's cards share; "" for none
}

// lasts reports whether a charger may rely on s while it cannot ask.
func (s *Standing) lasts() bool { return s.Reason == decision.Allowed && !s.Hours }

// why is the reason for which a card is not, or no longer, in a list.
func (s *Standing) why() decision.Reason {
	if s.Reason == decision.Allowed && s.Hours {
		return decision.NotThisTime
	}
	return s.Reason
}

// lastCame is how far back somebody charged at a charger to be in its list.
const lastCame = 90 * 24 * time.Hour

// perTurn is how many messages about a list a charger is sent before other commands
// have their turn.
const perTurn = 20

// askAgain is how long what a charger said of its list is believed; it is asked anew, too, after
// it has started anew.
const askAgain = 24 * time.Hour

// errMore says that a list is on its way, and the rest comes when other commands have had
// their turn.
var errMore = errors.New("steer: the rest of the list is to come")

// errSwitchedOff is an errs.Invalid: saying it again changes nothing.
var errSwitchedOff = errs.New(errs.Invalid, "The charger's own settings have its list switched off. Set LocalAuthListEnabled to true in it.")

// listing is one list on its way.
type listing struct {
	*Service
	c        *command.Command
	list     locallist.List
	now      time.Time
	on       bool
	booted   time.Time
	is       []locallist.Entry
	should   []locallist.Entry
	resynced bool // the charger's version was asked for once more, and all is sent
}

// sendList brings a charger's list up to date.
func (s *Service) sendList(ctx context.Context, c *command.Command) error {
	if err := s.Decide.Refresh(ctx); err != nil {
		return err
	}
	l := &listing{Service: s, c: c}
	if err := s.DB.View(ctx, l.read); err != nil {
		return err
	}
	if !l.on && l.list.Version == 0 {
		return &over{command.Accepted, "There was no list to take away."}
	}
	if err := l.limits(ctx); err != nil {
		return err
	}
	if err := s.DB.View(ctx, l.plan); err != nil { // now that it is known how many fit
		return err
	}
	if err := l.compare(ctx); err != nil {
		return err
	}
	for range perTurn {
		done, err := l.step(ctx)
		if done || err != nil {
			return err
		}
	}
	return errMore
}

func (l *listing) read(tx *db.Tx) error {
	w, err := workspace.ByID(tx, l.c.Workspace)
	if err != nil {
		return err
	}
	h, err := site.ChargerByID(tx, l.c.Workspace, l.c.Charger)
	if err != nil {
		return err
	}
	l.booted, l.now = h.Booted, tx.Now
	if l.list, err = locallist.Of(tx, l.c.Workspace, l.c.Charger); err != nil {
		return err
	}
	l.on = l.list.Wanted(w.LocalLists)
	l.is, err = locallist.Entries(tx, l.c.Workspace, l.c.Charger)
	return err
}

func (l *listing) plan(tx *db.Tx) (err error) {
	l.should = nil
	if l.on {
		l.should, err = l.wanted(tx, &l.list)
	}
	return err
}

// limits asks the charger about its list, unless it was asked lately.
func (l *listing) limits(ctx context.Context) error {
	v := &l.list
	if v.Asked.IsZero() || v.Asked.Before(l.booted) || l.now.Sub(v.Asked) > askAgain || v.Support != locallist.Supported || l.c.Option == command.Anew && l.c.Tries == 1 {
		said, err := l.Lists.Limits(ctx, l.c.Workspace, l.c.Charger)
		if err != nil {
			return err
		}
		v.Support, v.Size, v.PerMessage, v.Asked = said.Support, said.Size, said.PerMessage, l.now
		if err := l.DB.Update(ctx, func(tx *db.Tx) error { return locallist.Save(tx, v) }); err != nil {
			return err
		}
	}
	switch v.Support {
	case locallist.SwitchedOff:
		return l.trouble(ctx, errSwitchedOff)
	case locallist.Unsupported:
		return l.trouble(ctx, &No{Word: "NotSupported"})
	case locallist.Supported, locallist.Unasked:
	}
	return nil
}

// compare finds out whether the charger holds what it held: over a new connection it may be
// another device, and after a message without an answer nobody knows.
func (l *listing) compare(ctx context.Context) error {
	v := &l.list
	anew := l.c.Option == command.Anew && l.c.Tries == 1
	if v.Known && !anew && v.Link == l.c.Holder && l.c.Tries == 1 {
		return nil
	}
	said, err := l.version(ctx)
	if err != nil {
		return err
	}
	v.Known = v.Known && !anew && (said == v.Version || said == 0 && len(l.is) == 0)
	v.Version, v.Link = max(v.Version, said), l.c.Holder
	return l.DB.Update(ctx, func(tx *db.Tx) error { return locallist.Save(tx, v) })
}

// version asks for the list's version. A charger that will not tell has none.
func (l *listing) version(ctx context.Context) (int64, error) {
	said, err := l.Lists.Version(ctx, l.c.Workspace, l.c.Charger)
	if _, no := errors.AsType[*No](err); no {
		return 0, nil
	}
	return said, err
}

// step sends one message, if one is needed, and writes down what the charger made of it.
func (l *listing) step(ctx context.Context) (done bool, err error) {
	v := &l.list
	drop, put := locallist.Diff(l.is, l.should)
	u := ListUpdate{Version: v.Version + 1, Whole: !v.Known}
	switch {
	case !v.Known:
		u.Put = l.should[:min(len(l.should), v.AtOnce())]
	case len(drop)+len(put) == 0:
		return true, l.settled(ctx)
	default:
		u.Drop, u.Put = locallist.Chunk(drop, put, v.AtOnce())
	}
	err = l.Lists.Tell(ctx, l.c.Workspace, l.c.Charger, u)
	if no, ok := errors.AsType[*No](err); ok {
		if l.resynced || strings.HasPrefix(no.Word, "Not") {
			return false, l.trouble(ctx, no)
		}
		// It holds something else than we think: begin again from what it says.
		said, err := l.version(ctx)
		if err != nil {
			return false, err
		}
		l.resynced, v.Known, v.Version = true, false, max(u.Version, said)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	v.Version, v.Known, v.Link, v.Trouble = u.Version, true, l.c.Holder, ""
	return false, l.DB.Update(ctx, func(tx *db.Tx) error {
		v.Confirmed, v.Tried = tx.Now, tx.Now
		if err := locallist.Apply(tx, v, u.Whole, u.Drop, u.Put); err != nil {
			return err
		}
		l.is, err = locallist.Entries(tx, l.c.Workspace, l.c.Charger)
		return err
	})
}

// settled notes that the charger holds what it should.
func (l *listing) settled(ctx context.Context) error {
	return l.DB.Update(ctx, func(tx *db.Tx) error {
		l.list.Confirmed, l.list.Tried, l.list.Trouble = tx.Now, tx.Now, ""
		return locallist.Save(tx, &l.list)
	})
}

// trouble notes why the list is not what it should be, and returns that.
func (l *listing) trouble(ctx context.Context, why error) error {
	err := l.DB.Update(ctx, func(tx *db.Tx) error {
		l.list.Tried, l.list.Trouble = tx.Now, errs.Text(why)
		if no, ok := errors.AsType[*No](why); ok {
			l.list.Trouble = "The charger answered " + no.Word + "."
		}
		return locallist.Save(tx, &l.list)
	})
	return errs.Or(err, why)
}
