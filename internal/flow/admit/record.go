package admit

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
)

// keepAtMost bounds how many decisions wait while the database is away; the
// oldest are lost then.
const keepAtMost = 200_000

// keepSpare is how long a list may have grown and still be used again.
const keepSpare = 40_000

// recorder keeps decisions until they are stored, in batches.
type recorder struct {
	mu      sync.Mutex // guards what follows
	list    []given
	storing int     // how many are being written
	spare   []given // an emptied list, to be used again
}

// Waiting is how many decisions are not in the database yet.
func (s *Service) Waiting() int {
	s.record.mu.Lock()
	defer s.record.mu.Unlock()
	return len(s.record.list) + s.record.storing
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

// given is a decision as it is kept: without text, so that keeping it is cheap.
type given struct {
	workspace id.Workspace
	charger   id.Charger
	evse      int64
	source    string
	at        int64
	token     [40]byte // the canonical UID, or what was tapped, cut to size
	len       uint8
	spelt     string // as it was asked; "" if that is the token
	tokenType string
	Verdict
}

func (r *recorder) add(a *Ask, v Verdict) {
	g := given{workspace: a.Workspace, charger: a.Charger, evse: a.EVSE, source: a.Source, at: a.Now.UnixMilli(), tokenType: plainText(a.TokenType, 36), Verdict: v}
	var buf [64]byte
	key, _ := card.AppendKey(buf[:0], a.number())
	g.len = uint8(copy(g.token[:], key)) //nolint:gosec // at most 40
	if string(key) != a.Token {
		g.spelt = plainText(a.Token, longestSpelt)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) >= keepAtMost {
		r.shed()
	}
	r.list = append(r.list, g)
}

// shed makes room by forgetting the oldest. r must be locked.
func (r *recorder) shed() {
	r.list = slices.Delete(r.list, 0, len(r.list)-keepAtMost+keepAtMost/10)
}

// decisionOf is the record of an answer.
func decisionOf(a *Ask, v Verdict) decision.Decision {
	uid, err := card.Canonical(a.number())
	if err != nil {
		uid = a.Token
	}
	return decision.Decision{
		Workspace: a.Workspace, At: a.Now, Charger: a.Charger, EVSE: a.EVSE, CardUID: uid,
		Card: v.Card(), Person: v.Person(), Allowed: v.Allowed(), Reason: v.Reason, Source: a.Source, TokenType: a.TokenType,
	}
}

// storeAtOnce bounds how many decisions one transaction stores: on SQLite every
// other change waits for it. Many smaller transactions would write each page of
// the index by person many times.
const storeAtOnce = 20_000

// store writes what waits. What cannot be written now waits on; a decision that
// the database refuses for itself is given up, so that it holds nobody else's
// back. Only one may store at a time.
func (r *recorder) store(ctx context.Context, d *db.DB) (err error) {
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
func keep(ctx context.Context, d *db.DB, list []given) (done int, err error) {
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
			"workspace", g.workspace, "charger", g.charger, "reason", g.Reason, "source", g.source, "err", text)
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
		if err := load(tx, []given{{source: "trial"}}); err != nil {
			return err
		}
		return errUndo
	})
	return errors.Is(err, errUndo)
}

func load(tx *db.Tx, list []given) error {
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

func (g *given) decision() decision.Decision {
	return decision.Decision{
		Workspace: g.workspace, ID: id.New[id.Decision](), At: time.UnixMilli(g.at).UTC(), Charger: g.charger, EVSE: g.evse,
		CardUID: string(g.token[:g.len]), Card: g.Card(), Person: g.Person(), Allowed: g.Allowed(), Reason: g.Reason, Source: g.source,
		Spelt: g.spelt, TokenType: g.tokenType,
	}
}
