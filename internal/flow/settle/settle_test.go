package settle_test

import (
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/settle"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/testkit/dbtest"
)

type office struct {
	t      *testing.T
	d      *db.DB
	ws     id.Workspace
	who    id.Person
	broken bool // the next entry cannot be dealt with, after it was
	ended  time.Time
}

func each(t *testing.T, f func(t *testing.T, o *office)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := &office{t: t, d: d, ended: time.UnixMilli(1_780_000_000_000).UTC()}
		o.do(func(tx *db.Tx) error {
			ws := workspace.New("north", "")
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			p := person.Person{Workspace: ws.ID, FirstName: "Anna", Status: person.Active}
			err := person.Insert(tx, &p)
			o.ws, o.who = ws.ID, p.ID
			return err
		})
		f(t, o)
	})
}

func (o *office) do(f func(*db.Tx) error) {
	o.t.Helper()
	if err := o.d.Update(o.t.Context(), f); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) tell(what string, value map[string]any) {
	o.t.Helper()
	value["ended_at"] = o.ended.UnixMilli()
	o.do(func(tx *db.Tx) error {
		return journal.Record(tx, access.Actor{Workspace: o.ws, Name: "charger:x"}, what, "session:"+id.New[string](), value)
	})
}

// post returns a worker that brings entries to settle. While o is broken its
// work is undone.
func (o *office) post() (*journal.Post, *job.Pool) {
	p, pool := &journal.Post{DB: o.d}, &job.Pool{DB: o.d}
	r := settle.Reader()
	do := r.Do
	r.Do = func(tx *db.Tx, e journal.Entry) error {
		if err := do(tx, e); err != nil {
			return err
		}
		if o.broken {
			return errors.New("the power went")
		}
		return nil
	}
	p.Subscribe(r)
	p.Jobs(pool)
	return p, pool
}

func (o *office) deliver(p *journal.Post, pool *job.Pool) {
	o.t.Helper()
	if err := p.SealNow(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	_, _ = pool.RunDue(o.t.Context()) // a job that failed comes again
}

func (o *office) expect(sessions, wh int64) {
	o.t.Helper()
	o.do(func(tx *db.Tx) error {
		p, err := person.ByID(tx, o.ws, o.who)
		if p.Sessions != sessions || p.Wh != wh || sessions > 0 && !p.LastCharge.Equal(o.ended) {
			o.t.Errorf("%d sessions, %d Wh, last at %v; want %d, %d, %v", p.Sessions, p.Wh, p.LastCharge, sessions, wh, o.ended)
		}
		return err
	})
}

func TestEndCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p, pool := o.post()
		o.tell("session.started", map[string]any{"person": o.who})
		o.tell("session.ended", map[string]any{"person": o.who, "wh": 7000})
		o.tell("session.ended", map[string]any{"person": "", "wh": 500})
		o.tell("session.corrected", map[string]any{"person": o.who, "wh": 500, "was_person": ""})
		o.tell("session.corrected", map[string]any{"person": o.who, "wh": 700, "was_wh": 500, "was_person": o.who})
		o.deliver(p, pool)
		o.expect(2, 7700)
		o.deliver(p, pool)
		o.expect(2, 7700)
	})
}

func TestEntryThatIsDeliveredAgainCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p, pool := o.post()
		o.tell("session.ended", map[string]any{"person": o.who, "wh": 7000})
		o.broken = true
		o.deliver(p, pool)
		o.expect(0, 0)
		o.broken = false
		o.d.Clock = func(engine time.Time) time.Time { return engine.Add(time.Hour) } // the job's next try
		o.deliver(p, pool)
		o.expect(1, 7000)
	})
}

func TestTwoWorkersCountOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for range 20 {
			o.tell("session.ended", map[string]any{"person": o.who, "wh": 100})
		}
		var wg sync.WaitGroup
		p, pool := o.post()
		if err := p.SealNow(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, other := o.post()
		for _, pool := range []*job.Pool{pool, other} {
			wg.Go(func() {
				// Whichever comes second is told that another one reads.
				_, _ = pool.RunDue(t.Context())
			})
		}
		wg.Wait()
		o.expect(20, 2000)
	})
}

// A sum that cannot be is neither a broken number nor an error that holds up
// everybody else's.
func TestEnergySaturates(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		p, pool := o.post()
		const most = 1_000_000_000_000
		add := func(what string, wh, was int64) {
			o.tell(what, map[string]any{"person": o.who, "wh": wh, "was_wh": was, "was_person": o.who})
			o.deliver(p, pool)
		}
		add("session.ended", 7000, 0)
		add("session.corrected", 0, math.MaxInt64)
		o.expect(1, 0)
		add("session.ended", math.MaxInt64, 0)
		o.expect(2, most)
		add("session.ended", math.MaxInt64, 0)
		add("session.corrected", math.MaxInt64, 0)
		o.expect(3, most)
		add("session.corrected", 0, 1000)
		o.expect(3, most-1000)
		add("session.ended", 1000, 0)
		o.expect(4, most)
		add("session.corrected", math.MinInt64, 0)
		o.expect(4, 0)
	})
}
