package steer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/locallist"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/steer"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// shelf is the list of one charger, as chargers keep them, with their faults.
type shelf struct {
	mu       sync.Mutex
	limits   steer.ListLimits
	version  int64
	list     map[string]locallist.Entry
	sent     []steer.ListUpdate
	fault    func() string // of the next message: "", an answer, or lost: it is obeyed and nobody hears
	failures int
}

const lost = "lost"

func newShelf(size, perMessage int64) *shelf {
	return &shelf{limits: steer.ListLimits{Support: locallist.Supported, Size: size, PerMessage: perMessage}, list: map[string]locallist.Entry{}}
}

func (s *shelf) Limits(context.Context, id.Workspace, id.Charger) (steer.ListLimits, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limits, nil
}

func (s *shelf) Version(context.Context, id.Workspace, id.Charger) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version, nil
}

func (s *shelf) Tell(_ context.Context, _ id.Workspace, _ id.Charger, u steer.ListUpdate) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, u)
	word := ""
	if s.fault != nil {
		word = s.fault()
	}
	if word != "" {
		s.failures++
	}
	if word != "" && word != lost {
		return &steer.No{Word: word}
	}
	if len(u.Drop)+len(u.Put) > int(s.limits.PerMessage) {
		return &steer.No{Word: "Failed"}
	}
	if !u.Whole && u.Version <= s.version {
		return &steer.No{Word: "VersionMismatch"}
	}
	next := map[string]locallist.Entry{}
	if !u.Whole {
		for k, v := range s.list {
			next[k] = v
		}
	}
	for _, e := range u.Drop {
		delete(next, e.Token)
	}
	for _, e := range u.Put {
		next[e.Token] = e
	}
	if len(next) > int(s.limits.Size) {
		return &steer.No{Word: "Failed"}
	}
	s.list, s.version = next, u.Version
	if word == lost {
		return errs.New(errs.Unavailable, "The charger has disconnected.")
	}
	return nil
}

func (s *shelf) tokens() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.list {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

func (s *shelf) messages() []steer.ListUpdate {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// lists switches lists on, and serves the charger's.
func (k *crew) lists(s *shelf) *steer.Service {
	k.t.Helper()
	k.do(func(tx *db.Tx) error {
		w, err := workspace.ByID(tx, k.ws)
		if err != nil {
			return err
		}
		w.LocalLists = true
		if err := workspace.Save(tx, &w); err != nil {
			return err
		}
		return site.Connected(tx, k.ws, k.h.ID, "a/1", "ocpp1.6")
	})
	run := k.service(&socket{link: "a/1"})
	run.Lists = s
	k.run(run)
	return run
}

// came has somebody new charge at a charger, so long ago.
func (k *crew) came(h site.Charger, n int, ago time.Duration) card.Card {
	k.t.Helper()
	c := card.Card{Workspace: k.ws, UID: fmt.Sprintf("04DD%010X", n), Kind: card.RFID, State: card.Active}
	k.do(func(tx *db.Tx) error {
		p := person.Person{Workspace: k.ws, ExternalID: fmt.Sprint("N-", n), FirstName: "N", Status: person.Active}
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		c.Person = p.ID
		if err := card.Insert(tx, &c); err != nil {
			return err
		}
		_, err := charge.Insert(tx, &charge.Charge{
			Workspace: k.ws, Charger: h.ID, EVSE: 1, Connector: 1, Protocol: "ocpp1.6", TxID: fmt.Sprint("T", n), StartKey: fmt.Sprint("T", n), CardUID: c.UID, Card: c.ID, Person: c.Person,
			Reason: string(decision.Allowed), Status: charge.Ended, Started: tx.Now.Add(-ago), Ended: tx.Now.Add(-ago),
		})
		return err
	})
	return c
}

// update has the charger take its list and returns how that ended.
func (k *crew) update(option string) command.Command {
	k.t.Helper()
	return k.until(k.ask(steer.Ask{Kind: command.LocalList, Option: option}), "over", over)
}

func (k *crew) listed() (l locallist.List, tokens []string) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		if l, err = locallist.Of(tx, k.ws, k.h.ID); err != nil {
			return err
		}
		all, err := locallist.Entries(tx, k.ws, k.h.ID)
		tokens = nil
		for _, e := range all {
			tokens = append(tokens, e.Token)
		}
		return err
	})
	return l, tokens
}

// Those who came last are in it, as many as fit, in messages as long as the charger
// takes; first a whole list and then what changes.
func TestAListIsCutAndSplitToWhatTheChargerTakes(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		s := newShelf(7, 3)
		k.lists(s)
		var want []string
		for n := range 10 {
			c := k.came(k.h, n, time.Duration(n)*time.Hour)
			if n < 7 {
				want = append(want, c.UID)
			}
		}
		if c := k.update(""); c.State != command.Accepted {
			t.Fatalf("%s %s", c.State, c.Word)
		}
		if got := s.tokens(); !slices.Equal(got, want) {
			t.Errorf("it holds %q, want %q", got, want)
		}
		sent := s.messages()
		if len(sent) != 3 || !sent[0].Whole || sent[1].Whole || sent[2].Whole || sent[2].Version != 3 || len(sent[2].Put) != 1 {
			t.Errorf("sent %+v", sent)
		}
		l, says := k.listed()
		if !slices.Equal(says, want) || l.Version != 3 || !l.Known || l.Confirmed.IsZero() || l.Size != 7 {
			t.Errorf("%+v holds %q", l, says)
		}
		// Asked again, nothing is sent: it is what it should be.
		if k.update(""); len(s.messages()) != 3 {
			t.Errorf("sent %+v", s.messages()[3:])
		}
		// Somebody new takes the place of who came first.
		k.came(k.h, 20, time.Minute)
		k.update("")
		if sent = s.messages(); len(sent) != 4 || len(sent[3].Drop) != 1 || sent[3].Drop[0].Token != want[6] || len(sent[3].Put) != 1 {
			t.Errorf("sent %+v", sent[3:])
		}
		// Asked for anew, all of it is.
		k.update(command.Anew)
		if sent = s.messages(); len(sent) != 7 || !sent[4].Whole || sent[4].Version <= sent[3].Version {
			t.Errorf("sent %+v", sent[4:])
		}
	})
}

// Whatever goes wrong on the way, in the end the charger holds what it should, and what is
// known of it is what it holds.
func TestAListComesTrueWhateverGoesWrong(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		s := newShelf(30, 4)
		rng := rand.New(rand.NewPCG(7, 7))
		k.lists(s)
		for round := range 10 {
			for n := range 3 {
				k.came(k.h, round*10+n, time.Duration(100-round)*time.Hour)
			}
			s.mu.Lock()
			s.fault = func() string {
				return []string{0: lost, 1: "VersionMismatch", 2: "VersionMismatch", 11: ""}[rng.IntN(12)]
			}
			if rng.IntN(3) == 0 { // it was replaced, or somebody else has written to it
				s.list, s.version = map[string]locallist.Entry{"04FFFFFFFFFFFF": {Token: "04FFFFFFFFFFFF"}}, int64(1000*round+500*rng.IntN(2))
			}
			s.mu.Unlock()
			c := k.ask(steer.Ask{Kind: command.LocalList})
			k.until(c, "over", func(c command.Command) bool {
				k.ahead.Add(int64(time.Second)) // what was not answered waits for some seconds
				return over(c)
			})
		}
		s.mu.Lock()
		failures := s.failures
		s.fault = nil
		s.list["04EEEEEEEEEEEE"] = locallist.Entry{Token: "04EEEEEEEEEEEE"} // and somebody did so unseen
		s.mu.Unlock()
		if c := k.update(command.Anew); c.State != command.Accepted {
			t.Fatalf("%s %s", c.State, c.Word)
		}
		l, says := k.listed()
		if got := s.tokens(); !slices.Equal(got, says) || len(got) != 30 || l.Version != s.version {
			t.Errorf("it holds %d: %q at %d, and is known to hold %q at %d", len(got), got, s.version, says, l.Version)
		}
		if failures < 5 {
			t.Errorf("only %d things went wrong", failures)
		}
	})
}

// What the charger says it will not do is asked no more than once, and said.
func TestAChargerWithoutAListIsLeftAlone(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		s := newShelf(7, 3)
		run := k.lists(s)
		k.came(k.h, 1, time.Hour)
		for _, tc := range []struct {
			support locallist.Support
			state   command.State
		}{{locallist.Unsupported, command.Refused}, {locallist.SwitchedOff, command.Failed}} {
			s.mu.Lock()
			s.limits.Support = tc.support
			s.mu.Unlock()
			if c := k.update(""); c.State != tc.state || c.Word == "" {
				t.Errorf("%s: %s %q", tc.support, c.State, c.Word)
			}
			v, err := run.LocalList(t.Context(), k.by, k.h.ID)
			if err != nil || v.Support != tc.support || v.Trouble == "" || v.Open != nil {
				t.Errorf("%s: %+v, %v", tc.support, v, err)
			}
		}
		if len(s.messages()) != 0 {
			t.Errorf("sent %+v", s.messages())
		}
	})
}

// Commands that people wait for do not wait for a long list.
func TestALongListLetsOthersPass(t *testing.T) {
	each(t, func(t *testing.T, k *crew) {
		s := newShelf(100, 1)
		for n := range 60 {
			k.came(k.h, n, time.Duration(n)*time.Hour)
		}
		hold := make(chan struct{})
		first := make(chan struct{})
		var once sync.Once
		s.fault = func() string {
			once.Do(func() { close(first); <-hold })
			return ""
		}
		k.lists(s)
		list := k.ask(steer.Ask{Kind: command.LocalList})
		<-first
		unlock := k.ask(steer.Ask{Kind: command.Unlock, EVSE: 1})
		close(hold)
		unlock = k.until(unlock, "over", over)
		list = k.until(list, "over", over)
		if unlock.State != command.Accepted || list.State != command.Accepted || len(s.tokens()) != 60 {
			t.Errorf("unlock %s, list %s, %d entries", unlock.State, list.State, len(s.tokens()))
		}
		if !unlock.Ended.Before(list.Ended) || list.Tries < 3 {
			t.Errorf("the unlock ended at %v, the list at %v after %d turns", unlock.Ended, list.Ended, list.Tries)
		}
	})
}
