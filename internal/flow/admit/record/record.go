// Package record keeps the answers that were given until the database takes them: in
// memory, and on this server's disk while the database is away.
package record

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/spool"
)

// keepAtMost bounds how many decisions wait while the database is away; the
// oldest are lost then.
const keepAtMost = 200_000

// keepSpare is how long a list may have grown and still be used again.
const keepSpare = 40_000

// Recorder keeps decisions until they are stored, in batches. The zero one works.
type Recorder struct {
	// Taps keeps decisions on this server's disk that the database does not take; nil
	// to keep them in memory only.
	Taps *spool.Spool

	mu      sync.Mutex // guards what follows
	list    []Given
	storing int     // how many are being written
	spare   []Given // an emptied list, to be used again
}

// Waiting is how many decisions are neither in the database yet nor on the disk.
func (r *Recorder) Waiting() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.list) + r.storing
}

// longestSpelt is how much of a spelling is kept: OCPP 2.0.1 has 36 characters at most.
const longestSpelt = 64

// plainText is a text that every database takes, or "".
func plainText(s string, most int) string {
	if len(s) > most {
		return ""
	}
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	return s
}

// Given is a decision as it is kept: without text, so that keeping it is cheap.
type Given struct {
	Workspace    id.Workspace
	Charger      id.Charger
	EVSE         int64
	Source       string
	TokenType    string // as OCPP 2.0.1 names it; "" if not said
	At           int64  // milliseconds since 1970, as AwaySince
	Reason       decision.Reason
	Card, Person id.Raw
	AwaySince    int64
	Speculative  bool

	token [40]byte // the canonical UID, or what was tapped, cut to size
	len   uint8
	spelt string // as it was asked; "" if that is the token
}

// Add keeps a decision about a token, whose number it is looked up by.
func (r *Recorder) Add(g Given, number, token string) {
	var buf [64]byte
	key, _ := card.AppendKey(buf[:0], number)
	g.len = uint8(copy(g.token[:], key)) //nolint:gosec // at most 40
	if string(key) != token {
		g.spelt = plainText(token, longestSpelt)
	}
	g.TokenType = plainText(g.TokenType, 36)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) >= keepAtMost {
		r.shed()
	}
	r.list = append(r.list, g)
}

// shed makes room by forgetting the oldest. r must be locked.
func (r *Recorder) shed() {
	r.list = slices.Delete(r.list, 0, len(r.list)-keepAtMost+keepAtMost/10)
}

// storeAtOnce bounds how many decisions one transaction stores: on SQLite every
// other change waits for it. Many smaller transactions would write each page of
// the index by person many times.
const storeAtOnce = 20_000

// store writes what waits in memory. What cannot be written now waits on; a decision that
// the database refuses for itself is given up, so that it holds nobody else's
// back. Only one may store at a time.
func (r *Recorder) store(ctx context.Context, d *db.DB) (err error) {
	r.mu.Lock()
	list := r.list
	r.list, r.spare, r.storing = r.spare, nil, len(list)
	r.mu.Unlock()
	left := list
	for err == nil && len(left) > 0 {
		var done int
		done, err = keep(ctx, d, left[:min(len(left), storeAtOnce)])
		left = left[done:]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.storing = 0
	switch {
	case err != nil:
		r.list = append(left, r.list...)
		if len(r.list) >= keepAtMost {
			r.shed()
		}
	case cap(list) <= keepSpare:
		r.spare = list[:0]
	}
	return err
}

// keep stores a list, and returns how many from its beginning need not come
// again. If the database takes decisions but not these, it halves the list until
// the bad one is found, and gives that up.
func keep(ctx context.Context, d *db.DB, list []Given) (done int, err error) {
	err = d.Update(ctx, func(tx *db.Tx) error { return load(tx, list) })
	switch {
	case err == nil:
		return len(list), nil
	case errs.KindOf(err) == errs.Unavailable || !takes(ctx, d):
		return 0, err
	case len(list) == 1:
		g, text := &list[0], err.Error()
		if g.len > 0 {
			text = strings.ReplaceAll(text, string(g.token[:g.len]), "…") // a card's number stays out of logs
		}
		if g.spelt != "" {
			text = strings.ReplaceAll(text, g.spelt, "…")
		}
		slog.ErrorContext(ctx, "a decision is not recorded: the database does not take it",
			"workspace", g.Workspace, "charger", g.Charger, "reason", g.Reason, "source", g.Source, "err", text)
		return 1, nil
	}
	half := len(list) / 2
	if done, err = keep(ctx, d, list[:half]); err != nil {
		return done, err
	}
	more, err := keep(ctx, d, list[half:])
	return done + more, err
}

var errUndo = errors.New("only a trial")

// takes reports whether the database takes a decision that nothing can be wrong
// with. It stores none.
func takes(ctx context.Context, d *db.DB) bool {
	err := d.Update(ctx, func(tx *db.Tx) error {
		if err := load(tx, []Given{{Source: "trial"}}); err != nil {
			return err
		}
		return errUndo
	})
	return errors.Is(err, errUndo)
}

func load(tx *db.Tx, list []Given) error {
	_, err := decision.Load(tx, func(yield func(decision.Decision) bool) {
		for i := range list {
			if !yield(list[i].decision()) {
				return
			}
		}
	})
	tx.Notify("decision")
	return err
}

func (g *Given) decision() decision.Decision {
	d := decision.Decision{
		Workspace: g.Workspace, ID: id.New[id.Decision](), At: time.UnixMilli(g.At).UTC(), Charger: g.Charger, EVSE: g.EVSE,
		CardUID: string(g.token[:g.len]), Card: id.Text[id.Card](g.Card), Person: id.Text[id.Person](g.Person), Allowed: g.Reason == decision.Allowed, Reason: g.Reason, Source: g.Source,
		Spelt: g.spelt, TokenType: g.TokenType, Speculative: g.Speculative,
	}
	if g.AwaySince != 0 {
		d.AwaySince = time.UnixMilli(g.AwaySince).UTC()
	}
	return d
}
