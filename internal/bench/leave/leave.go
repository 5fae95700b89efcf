// Package leave measures the files that leave: exports of charging sessions.
package leave

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"involt/internal/bench"
	"involt/internal/bench/gauge"
	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/export"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// Exports measures files of charging sessions: CSV, XLSX and JSON lines, beside
// the bare query, which reads the same sessions with the names that are joined to
// them in one statement, and scans each row. The user groups and plates that the
// files have besides are no part of the floor.
func Exports(ctx context.Context, o bench.Options) (list []bench.Figure, err error) {
	defer errs.Wrap(&err, "bench.Exports")
	d, remove, err := bench.ScratchOf(&o, ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	say(&o, "filling the database with %d sessions of %d users", o.Rows, o.Rows/10)
	t := &town{}
	if err := t.fill(ctx, d, o.Rows); err != nil {
		return nil, err
	}
	return measure(ctx, &o, d, t.ws)
}

// drain counts what it is given, and looks at the memory now and then.
type drain struct {
	bytes  int64
	writes int
	peak   float64 // MiB in RAM
}

func (s *drain) Write(p []byte) (int, error) {
	s.bytes += int64(len(p))
	if s.writes%32 == 0 {
		s.peak = max(s.peak, bench.RSS())
	}
	s.writes++
	return len(p), nil
}

func measure(ctx context.Context, o *bench.Options, d *db.DB, ws id.Workspace) (list []bench.Figure, err error) {
	by := access.Actor{Workspace: ws, Name: "system:bench", Perms: access.All}
	service := &export.Service{DB: d, Browse: &browse.Service{DB: d}}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return nil, err
	}
	timed := func(do func() error) (wall, used float64, err error) {
		before, err := gauge.Read(ctx, d)
		if err != nil {
			return 0, 0, err
		}
		began := time.Now()
		err = do()
		wall = time.Since(began).Seconds()
		if err != nil {
			return wall, 0, err
		}
		after, err := gauge.Read(ctx, d)
		return wall, after.Since(before), err
	}
	bare := func() error {
		n := 0
		err := d.View(ctx, func(tx *db.Tx) error {
			for _, err := range db.Each(tx, scanBare, bareSessions, ws) {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err == nil && n != o.Rows {
			err = fmt.Errorf("the bare query gave %d rows of %d", n, o.Rows)
		}
		return err
	}
	formats := []table.Format{table.CSV, table.XLSX, table.Lines}
	write := func(f table.Format, to *drain) error {
		n, err := service.Write(ctx, by, &export.Request{What: export.Sessions}, table.Output{Format: f, Zone: zone}, to)
		if err == nil && n != int64(o.Rows) {
			err = fmt.Errorf("%d rows of %d", n, o.Rows)
		}
		return err
	}
	// The warm-up fills the caches of the database's connections, which are there
	// whether anything is exported or not.
	if err := errors.Join(bare(), write(table.CSV, &drain{})); err != nil {
		return nil, err
	}
	var floors, floorsCPU []float64
	walls, used, grown, sizes := map[table.Format][]float64{}, map[table.Format][]float64{}, map[table.Format]float64{}, map[table.Format]float64{}
	for round := range cmp.Or(o.Rounds, 5) {
		say(o, "round %d", round+1)
		wall, c, err := timed(bare)
		if err != nil {
			return nil, err
		}
		floors, floorsCPU = append(floors, wall), append(floorsCPU, c)
		for _, f := range formats {
			debug.FreeOSMemory()
			before, to := bench.RSS(), &drain{}
			wall, c, err := timed(func() error { return write(f, to) })
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f, err)
			}
			walls[f], used[f] = append(walls[f], wall), append(used[f], c)
			grown[f], sizes[f] = max(grown[f], to.peak-before), float64(to.bytes)/(1<<20)
		}
	}
	add := func(name, what, unit string, floor, figure, goal float64) {
		list = append(list, bench.Measured(*o, name, what, unit, floor, figure, goal))
	}
	goals := map[table.Format]float64{table.CSV: 2, table.XLSX: 3}
	for _, f := range formats {
		name := "export." + string(f)
		add(name, fmt.Sprintf("all sessions as a file of %.0f MiB; floor: the bare query and scan", sizes[f]), "s (goal: ratio)", bench.Median(floors), bench.Median(walls[f]), goals[f])
		add(name+".cpu", "the same, as the CPU has it, PostgreSQL's backends included", "s (goal: ratio)", bench.Median(floorsCPU), bench.Median(used[f]), goals[f])
		add(name+".memory", "what the process grows by meanwhile", "MiB", 0, grown[f], 64)
	}
	return list, nil
}

// bareSessions is the query of the floor: what stands in a row of the files and in
// one row of the database each.
const bareSessions = `SELECT c.id, c.started_at, COALESCE(c.ended_at, 0), c.connector, c.wh, l.name, h.identity, COALESCE(e.evse_id, ''), COALESCE(p.first_name, ''),
	COALESCE(p.last_name, ''), COALESCE(p.email, ''), COALESCE(p.external_id, ''), COALESCE(p.cost_center, ''), COALESCE(p.info_1, ''), COALESCE(p.info_2, ''),
	COALESCE(a.name, ''), c.card_uid, COALESCE(k.printed, ''), c.status, c.stop_reason
	FROM charge c JOIN charger h ON h.workspace = c.workspace AND h.id = c.charger
	JOIN location l ON l.workspace = h.workspace AND l.id = h.location
	LEFT JOIN evse e ON e.workspace = c.workspace AND e.charger = c.charger AND e.number = c.evse
	LEFT JOIN person p ON p.workspace = c.workspace AND p.id = c.person
	LEFT JOIN account a ON a.workspace = p.workspace AND a.id = p.account
	LEFT JOIN card k ON k.workspace = c.workspace AND k.id = c.card
	WHERE c.workspace = ? ORDER BY c.started_at DESC, c.id DESC`

func scanBare(row db.Scanner) (texts [16]string, err error) {
	var numbers [4]int64
	to := []any{&texts[0], &numbers[0], &numbers[1], &numbers[2], &numbers[3]}
	for i := range texts[1:] {
		to = append(to, &texts[i+1])
	}
	return texts, row.Scan(to...)
}

func say(o *bench.Options, format string, args ...any) {
	if o.Progress != nil {
		fmt.Fprintf(o.Progress, format+"\n", args...)
	}
}
