package steer

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/lane"
)

// Wire is the connections of chargers to this process.
type Wire interface {
	// Link names the connection of a charger, among those of all processes; ""
	// without one here.
	Link(ws id.Workspace, charger id.Charger) string
	// Send asks a charger and waits for its answer. Errors: a *No if it will not;
	// errs.Invalid if it cannot be asked; errs.Unavailable if no answer came.
	Send(ctx context.Context, ws id.Workspace, charger id.Charger, o Order) (word string, err error)
}

// Order is a command in the terms of a charger.
type Order struct {
	Kind      command.Kind
	EVSE      int64
	Option    string
	Token     string // of a start
	TokenType string // as OCPP 2.0.1 names it
	Tx        string // of a stop: the transaction, as the charger knows it
}

// No is a charger's refusal, in its own word.
type No struct{ Word string }

func (n *No) Error() string { return n.Word }

// again is how long a command waits that got no answer, the first time; then twice
// as long each time, to an hour.
const again = 15 * time.Second

// look is how often commands are looked for that nobody rang for.
const look = time.Second

// Run delivers commands to the chargers of this process until ctx is done.
func (s *Service) Run(ctx context.Context) error {
	rung, end := s.DB.Watch(command.Topic)
	defer end()
	tick := time.NewTicker(look)
	defer tick.Stop()
	r := &round{Service: s, busy: map[command.At]bool{}}
	for ctx.Err() == nil {
		plan := lane.Plan[*task]{
			Most: 64, PerLane: 1, Slow: 10 * time.Second, Parked: 1000, Beat: command.Lease / 4,
			Take: r.take, Do: r.do, Done: r.done, Keep: r.keep, Free: r.free, More: rung,
		}
		if err := plan.Run(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "commands to chargers wait", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-rung:
		case <-tick.C:
		}
	}
	return nil
}

// sweep ends what waited too long, and what a dead server left.
func (s *Service) sweep(ctx context.Context) error {
	var stale bool
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		stale, err = command.Stale(tx)
		return err
	})
	if err != nil || !stale {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		over, err := command.Sweep(tx)
		for i := range over {
			if err == nil {
				err = recordEnd(tx, &over[i], over[i].State, over[i].Word)
			}
		}
		return err
	})
}

// round is the delivery of one process.
type round struct {
	*Service

	mu   sync.Mutex // guards busy
	busy map[command.At]bool
}

// task is one command on its way.
type task struct {
	c     command.Command
	word  string
	order Order
	over  *over // it need not be said, or cannot be
}

func at(c *command.Command) command.At { return command.At{Workspace: c.Workspace, Charger: c.Charger} }

// take takes one command for each charger that is here and does nothing else.
func (r *round) take(ctx context.Context, n int, _ []string) (list []lane.Task[*task], err error) {
	if err := r.sweep(ctx); err != nil {
		return nil, err
	}
	var open []command.At
	if err := r.DB.View(ctx, func(tx *db.Tx) (err error) {
		open, err = command.Open(tx)
		return err
	}); err != nil {
		return nil, err
	}
	links := map[command.At]string{}
	r.mu.Lock()
	for _, a := range open {
		if link := r.Wire.Link(a.Workspace, a.Charger); link != "" && !r.busy[a] && len(links) < n {
			links[a] = link
		}
	}
	r.mu.Unlock()
	if len(links) == 0 {
		return nil, nil
	}
	err = r.DB.Update(ctx, func(tx *db.Tx) error {
		list = nil
		for _, a := range slices.SortedFunc(maps.Keys(links), byID) {
			if elsewhere, err := site.HeldElsewhere(tx, a.Workspace, a.Charger, links[a]); err != nil || elsewhere {
				if err != nil {
					return err
				}
				continue
			}
			taken, err := command.Take(tx, a, links[a], 1)
			if err != nil {
				return err
			}
			for _, c := range taken {
				t := &task{c: c}
				if err := t.spell(tx); err != nil {
					return err
				}
				list = append(list, lane.Task[*task]{Lane: string(a.Workspace) + "/" + string(a.Charger), What: t})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range list {
		r.busy[at(&one.What.c)] = true
	}
	return list, nil
}

func byID(a, b command.At) int {
	switch {
	case a == b:
		return 0
	case a.Workspace < b.Workspace, a.Workspace == b.Workspace && a.Charger < b.Charger:
		return -1
	default:
		return 1
	}
}

// over is how a command ended without being said.
type over struct {
	state command.State
	word  string
}

func (o *over) Error() string { return o.word }

// spell puts a command into the terms of its charger.
func (t *task) spell(tx *db.Tx) error {
	c := &t.c
	t.order = Order{Kind: c.Kind, EVSE: c.EVSE, Option: c.Option}
	switch c.Kind {
	case command.Start:
		k, err := card.ByID(tx, c.Workspace, c.Card)
		if errs.KindOf(err) == errs.NotFound || err == nil && k.Erased() {
			t.over = &over{command.Failed, "The card was removed meanwhile."}
			return nil
		}
		if err != nil {
			return err
		}
		t.order.Token, t.order.TokenType = k.UID, tokenType(&k)
		said, there, err := decision.SpellingOf(tx, c.Workspace, c.Charger, k.UID)
		if err != nil {
			return err
		}
		if there { // firmware compares with case
			t.order.Token, t.order.TokenType = said.Token, cmp.Or(said.TokenType, t.order.TokenType)
		}
	case command.Stop:
		one, err := charge.ByID(tx, c.Workspace, c.Session)
		if errs.KindOf(err) == errs.NotFound || err == nil && one.Status != charge.Running {
			t.over = &over{command.Accepted, "The session had ended already."}
			return nil
		}
		if err != nil {
			return err
		}
		t.order.Tx = one.TxID
	case command.Unlock, command.Reset, command.Availability, command.ClearCache, command.LocalList:
	}
	return nil
}

// tokenType is how OCPP 2.0.1 names a kind of card (part 2, IdTokenEnumType).
func tokenType(k *card.Card) string {
	switch k.Kind {
	case card.RFID:
		return "ISO14443"
	case card.MAC:
		return "MacAddress"
	case card.EMAID:
		return "eMAID"
	case card.App:
	}
	return "Central"
}

// do sends one command.
func (r *round) do(ctx context.Context, t *task) error {
	if t.over != nil {
		return t.over
	}
	if t.c.Kind == command.LocalList {
		return r.sendList(ctx, &t.c)
	}
	word, err := r.Wire.Send(ctx, t.c.Workspace, t.c.Charger, t.order)
	t.word = word
	return err
}

// done writes down what became of some.
func (r *round) done(ctx context.Context, list []lane.Outcome[*task]) error {
	r.idle(list)
	return r.DB.Update(ctx, func(tx *db.Tx) error {
		for _, o := range list {
			c := &o.What.c
			gone := r.Wire.Link(c.Workspace, c.Charger) != c.Holder
			if err := end(tx, c, o.What.word, gone, o.Err); err != nil {
				return err
			}
		}
		return nil
	})
}

// end writes down what became of one. gone says that the connection by which it
// was sent is no more: then it waits for the next one, and not for a time.
func end(tx *db.Tx, c *command.Command, word string, gone bool, failed error) error {
	state := command.Accepted
	if done, ok := errors.AsType[*over](failed); ok {
		state, word = done.state, done.word
	} else if no, ok := errors.AsType[*No](failed); ok {
		state, word = command.Refused, no.Word
	} else if errors.Is(failed, errMore) {
		return command.Release(tx, *c, tx.Now, "")
	} else if failed != nil {
		state, word = command.Failed, errs.Text(failed)
		if errs.KindOf(failed) != errs.Invalid && c.Kind.Repeats() && c.Expires.After(tx.Now) {
			due := tx.Now
			if !gone {
				due = due.Add(min(again<<min(c.Tries-1, 8), time.Hour))
			}
			return command.Release(tx, *c, due, word)
		}
	}
	held, err := command.Finish(tx, *c, state, word)
	if err != nil || !held {
		return err
	}
	return recordEnd(tx, c, state, word)
}

// idle lets the chargers of tasks that ended be served again.
func (r *round) idle(list []lane.Outcome[*task]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range list {
		delete(r.busy, at(&o.What.c))
	}
}

func (r *round) keep(ctx context.Context, list []*task) error {
	return r.DB.Update(ctx, func(tx *db.Tx) error {
		all := make([]command.Command, len(list))
		for i, t := range list {
			all[i] = t.c
		}
		return command.Keep(tx, all)
	})
}

// free gives back what was not begun.
func (r *round) free(ctx context.Context, list []*task) error {
	err := r.DB.Update(ctx, func(tx *db.Tx) error {
		for _, t := range list {
			if err := command.Release(tx, t.c, tx.Now, ""); err != nil {
				return err
			}
		}
		return nil
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range list {
		delete(r.busy, at(&t.c))
	}
	return err
}
