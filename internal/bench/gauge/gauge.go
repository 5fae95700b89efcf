// Package gauge reads what a benchmark costs beside time: the CPU of this process
// and of the database's, and the most memory.
package gauge

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime/metrics"
	"strconv"
	"time"

	"involt/internal/bench"
	"involt/internal/kit/db"
)

// CPU is how much CPU time was used so far: by this process, and by the
// PostgreSQL backends that serve d, if the server is on this machine and lets
// itself be looked at. What such a server does in the background, checkpoints
// above all, is in neither.
type CPU struct {
	Process time.Duration
	Server  map[int64]time.Duration // by process
}

// Read reads the CPU time so far.
func Read(ctx context.Context, d *db.DB) (c CPU, err error) {
	c.Process = bench.CPU()
	if !d.Postgres {
		return c, nil
	}
	var pids []int64
	if err := d.View(ctx, func(tx *db.Tx) (err error) {
		pids, err = db.All(tx, func(row db.Scanner) (pid int64, err error) { return pid, row.Scan(&pid) },
			`SELECT CAST(pid AS BIGINT) FROM pg_stat_activity WHERE application_name = 'involt' AND datname = current_database()`)
		return err
	}); err != nil {
		return c, fmt.Errorf("the server does not tell its processes: %w", err)
	}
	c.Server = make(map[int64]time.Duration, len(pids))
	for _, pid := range pids {
		c.Server[pid] = ofProcess(pid)
	}
	return c, nil
}

// Since is what was used since an earlier reading, in seconds. What a backend used
// that has ended meanwhile is not in it.
func (c CPU) Since(before CPU) (all float64) {
	return (c.Process - before.Process + c.server(before)).Seconds()
}

func (c CPU) server(before CPU) (all time.Duration) {
	for pid, used := range c.Server {
		all += used - before.Server[pid]
	}
	return all
}

// ofProcess is the CPU time of another process, as far as /proc tells it. Its
// ticks are a hundredth of a second on every Linux there is.
func ofProcess(pid int64) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0 // another machine, or it has ended
	}
	_, rest, _ := bytes.Cut(text, []byte(") ")) // behind the name, which may hold anything else
	fields := bytes.Fields(rest)
	const user, system = 11, 12 // counted from the state
	if len(fields) <= system {
		return 0
	}
	ticks := int64(0)
	for _, f := range fields[user : system+1] {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / 100)
}

// Memory is the most that there was, in MiB: of objects in the heap, those that
// nobody needs any more included until they are found, and of the whole process
// in RAM, SQLite's cache included.
type Memory struct{ Heap, RSS float64 }

// Beyond is how much more it was than before.
func (m Memory) Beyond(before Memory) Memory { return Memory{m.Heap - before.Heap, m.RSS - before.RSS} }

// Now is how much there is now.
func Now() Memory {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return Memory{Heap: float64(s[0].Value.Uint64()) / (1 << 20), RSS: bench.RSS()}
}

// Watch looks at the memory until the returned function is called, which says what
// the most was.
func Watch() (most func() Memory) {
	stop, seen := make(chan struct{}), make(chan Memory)
	go func() {
		look := time.NewTicker(25 * time.Millisecond)
		defer look.Stop()
		var m Memory
		for over := false; !over; {
			select {
			case <-stop:
				over = true
			case <-look.C:
			}
			now := Now()
			m = Memory{Heap: max(m.Heap, now.Heap), RSS: max(m.RSS, now.RSS)}
		}
		seen <- m
	}()
	return func() Memory {
		close(stop)
		return <-seen
	}
}
