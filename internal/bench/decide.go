package bench

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/flow/admit"
	"involt/internal/flow/people"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Decide measures decisions: how long the memory takes to fill, how much it
// holds, what a decision costs beside one lookup in a map of the same size, and
// how soon a change refuses.
func Decide(ctx context.Context, o Options) (list []Figure, err error) {
	defer errs.Wrap(&err, "bench.Decide")
	d, remove, err := o.scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	o.say("filling %s with %d cards", o.engine(), o.Rows)
	t, err := fill(ctx, d, o.Rows, 0)
	if err != nil {
		return nil, err
	}
	r := &report{o: o}
	service := &admit.Service{DB: d}
	o.say("reading them into memory")
	if err := r.load(ctx, t, service); err != nil {
		return nil, err
	}
	o.say("deciding")
	r.decide(t, service)
	o.say("changing")
	if err := r.change(ctx, t, service); err != nil {
		return nil, err
	}
	return r.list, nil
}

// held is the live heap in bytes, and the resident memory in bytes, with as much
// given back as can be.
func held() (heap, resident float64) {
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc), rss() * (1 << 20)
}

// load fills the memory. Its floor is reading the same cards, people and
// memberships and keeping nothing.
func (r *report) load(ctx context.Context, t *town, s *admit.Service) error {
	began := time.Now()
	if err := scan(ctx, t, s.DB); err != nil {
		return err
	}
	floor := time.Since(began)
	heap, resident := held()
	began = time.Now()
	if err := s.Load(ctx); err != nil {
		return err
	}
	took := time.Since(began)
	heap2, resident2 := held()
	if n := s.Size().Cards; n != t.rows {
		return fmt.Errorf("%d of %d cards are in memory", n, t.rows)
	}
	n := float64(t.rows)
	r.add("decide.load", "from the database into memory; floor: reading the rows", "s", floor.Seconds(), took.Seconds(), 10)
	r.add("decide.heap", "bytes of live heap per card with its person", "B/card", 0, (heap2-heap)/n, 400)
	r.add("decide.rss", "bytes of resident memory per card", "B/card", 0, max(0, resident2-resident)/n, 400)
	return nil
}

func scan(ctx context.Context, t *town, d *db.DB) error {
	var a, b, c string
	var x, y int64
	return d.View(ctx, func(tx *db.Tx) error {
		for _, q := range []struct {
			text string
			dest []any
		}{
			{`SELECT id, uid, state, valid_from, valid_to FROM card WHERE workspace = ?`, []any{&a, &b, &c, &x, &y}},
			{`SELECT id, status, cards_until FROM person WHERE workspace = ?`, []any{&a, &b, &x}},
			{`SELECT person, user_group FROM group_member WHERE workspace = ?`, []any{&a, &b}},
		} {
			for _, err := range db.Each(tx, func(row db.Scanner) (struct{}, error) { return struct{}{}, row.Scan(q.dest...) }, q.text, t.workspace.ID) {
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// question is a tap, and the key under which the floor finds the card.
type question struct {
	ask admit.Ask
	key [16]byte
}

// questions are taps at random chargers, one in ten with a card nobody knows.
func questions(t *town, n int, now time.Time) []question {
	r := dice("questions")
	list := make([]question, n)
	for i := range list {
		canonical := uid(known(r, t.rows))
		list[i].key = key(canonical)
		list[i].ask = admit.Ask{
			Workspace: t.workspace.ID, Charger: t.chargers[r.IntN(len(t.chargers))].id, EVSE: 1, Token: spelling(r, canonical), Now: now, Source: "ocpp1.6",
		}
	}
	return list
}

// known is the index of a card: nine in ten of one that is in the workspace.
func known(r *rand.Rand, rows int) int {
	i := r.IntN(rows)
	if r.IntN(10) == 0 {
		i += rows
	}
	return i
}

func key(canonical string) (k [16]byte) {
	b, err := hex.DecodeString(canonical)
	if err != nil {
		panic(err) // uid makes nothing but hex
	}
	copy(k[:], b)
	return k
}

// entry is what the floor finds: of the size of what is kept about a card.
type entry [40]byte

func (r *report) decide(t *town, s *admit.Service) {
	floor := make(map[[16]byte]entry, t.rows)
	for i := range t.rows {
		floor[key(uid(i))] = entry{byte(i)}
	}
	list := questions(t, 1<<18, t.now)
	ops := 1 << 20
	if t.rows < 100_000 {
		ops = 1 << 17
	}
	allowed, hits := 0, 0
	look := func(q *question) {
		if e, ok := floor[q.key]; ok && e[0] < 255 {
			hits++
		}
	}
	decide := func(q *question) {
		if v := s.Decide(&q.ask); v.Allowed() {
			allowed++
		}
	}
	var f, g struct{ wall, cpu, allocs []float64 }
	for i := range r.o.rounds() + 1 {
		w1, c1, a1 := cost(list, ops, look)
		allowed = 0
		w2, c2, a2 := cost(list, ops, decide)
		if i == 0 {
			continue // both have warmed up
		}
		f.wall, f.cpu, f.allocs = append(f.wall, w1), append(f.cpu, c1), append(f.allocs, a1)
		g.wall, g.cpu, g.allocs = append(g.wall, w2), append(g.cpu, c2), append(g.allocs, a2)
	}
	what := fmt.Sprintf("one decision, %d %% allowed; floor: one lookup in a map", 100*allowed/ops)
	if hits == 0 {
		what += " (which found nothing)"
	}
	r.add("decide.wall", what, "ns", median(f.wall), median(g.wall), 1000)
	r.add("decide.cpu", "CPU time of the same", "ns", median(f.cpu), median(g.cpu), 1000)
	r.add("decide.allocations", "per decision", "allocations", 0, median(g.allocs), 0)
}

// cost runs do ops times over list and returns wall and CPU nanoseconds and
// allocations per time.
func cost(list []question, ops int, do func(*question)) (wall, used, allocs float64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	c, began := cpu(), time.Now()
	for i := range ops {
		do(&list[i%len(list)])
	}
	took, c2 := time.Since(began), cpu()
	runtime.ReadMemStats(&after)
	n := float64(ops)
	// What the runtime itself allocates meanwhile is some dozens in a million.
	per := float64((after.Mallocs - before.Mallocs) / uint64(ops)) //nolint:gosec // positive
	return float64(took.Nanoseconds()) / n, float64((c2 - c).Nanoseconds()) / n, per
}

// changes is how many changes are followed.
const changes = 200

// change blocks cards and deactivates people and waits until they are refused.
func (r *report) change(ctx context.Context, t *town, s *admit.Service) (err error) {
	stop := background(ctx, s.Run, (&journal.Post{DB: s.DB}).Run)
	defer func() { err = errors.Join(err, stop()) }()
	cards, desk := &wallet.Service{DB: s.DB}, &people.Service{DB: s.DB}
	by := access.System(t.workspace.ID, "bench")
	var whole, after []float64
	i := 0
	for n := range changes {
		ask, err := nextAllowed(t, s, &i)
		if err != nil {
			return err
		}
		v := s.Decide(&ask)
		began := time.Now()
		if n%2 == 0 {
			_, err = cards.Change(ctx, by, v.Card(), card.Blocked, "bench")
		} else {
			err = desk.Deactivate(ctx, by, v.Person(), "bench")
		}
		if errs.KindOf(err) == errs.Conflict { // an imported person cannot be deactivated; their card can be blocked
			_, err = cards.Change(ctx, by, v.Card(), card.Blocked, "bench")
		}
		if err != nil {
			return err
		}
		committed := time.Now()
		if err := untilRefused(ctx, s, &ask); err != nil {
			return err
		}
		whole, after = append(whole, ms(time.Since(began))), append(after, ms(time.Since(committed)))
	}
	r.add("decide.change.p50", "from asking for a change until it refuses", "ms", 0, percentile(whole, .5), 0)
	r.add("decide.change.p99", "the same; goal: 1 s", "ms", 0, percentile(whole, .99), 1000)
	r.add("decide.follow.p99", "from the commit until it refuses", "ms", 0, percentile(after, .99), 1000)
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// nextAllowed finds the next card that may charge if it is not asked where.
func nextAllowed(t *town, s *admit.Service, i *int) (admit.Ask, error) {
	for *i < t.rows {
		ask := admit.Ask{Workspace: t.workspace.ID, Token: uid(*i), Now: t.now, Charger: id.Charger("")}
		*i++
		if s.Decide(&ask).Allowed() {
			return ask, nil
		}
	}
	return admit.Ask{}, errors.New("too few rows: no card is left to block")
}

func untilRefused(ctx context.Context, s *admit.Service, ask *admit.Ask) error {
	tick := time.NewTicker(100 * time.Microsecond)
	defer tick.Stop()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	for s.Decide(ask).Allowed() {
		select {
		case <-tick.C:
		case <-late.C:
			return errors.New("a change was not followed within 30 seconds")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
