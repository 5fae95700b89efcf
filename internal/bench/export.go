package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/core/vehicle"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/export"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// Export measures files of charging sessions: CSV, XLSX and JSON lines, beside
// the bare query, which reads the same sessions with the names that are joined to
// them in one statement, and scans each row. The user groups and plates that the
// files have besides are no part of the floor.
func Export(ctx context.Context, o Options) (list []Figure, err error) {
	defer errs.Wrap(&err, "bench.Export")
	d, remove, err := o.scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	o.say("filling %s with %d sessions of %d users", o.engine(), o.Rows, o.Rows/10)
	t, err := fill(ctx, d, max(200, o.Rows/10), 0)
	if err != nil {
		return nil, err
	}
	if err := t.charged(ctx, d, o.Rows); err != nil {
		return nil, err
	}
	r := &report{o: o}
	err = r.exports(ctx, d, t)
	return r.list, err
}

// charged fills the town's past: sessions of everybody, spread over two years,
// and a vehicle for every other one.
func (t *town) charged(ctx context.Context, d *db.DB, rows int) error {
	r, cards := dice("sessions"), make(map[id.Raw]id.Card, len(t.people))
	type pair struct {
		card id.Card
		who  id.Person
	}
	err := d.View(ctx, func(tx *db.Tx) error {
		for p, err := range db.Each(tx, func(row db.Scanner) (p pair, err error) {
			err = row.Scan(&p.card, &p.who)
			return p, err
		}, `SELECT id, COALESCE(person, '') FROM card WHERE workspace = ?`, t.workspace.ID) {
			if err != nil {
				return err
			}
			cards[id.RawOf(p.who)] = p.card
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := d.Update(ctx, func(tx *db.Tx) error {
		for i := 0; i < len(t.people); i += 2 {
			v := vehicle.Vehicle{Workspace: t.workspace.ID, Person: id.Text[id.Person](t.people[i]), Plate: fmt.Sprintf("NL-%06d", i), Country: "NL", Make: "Kia", Model: "EV6"}
			if err := vehicle.Insert(tx, &v); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	const atOnce = 20_000
	for from := 0; from < rows; from += atOnce {
		list := make([]charge.Charge, 0, atOnce)
		for i := from; i < min(rows, from+atOnce); i++ {
			who := r.IntN(len(t.people))
			began := t.now.Add(-time.Duration(r.IntN(2*365*24*3600)) * time.Second)
			wh := int64(1000 + r.IntN(60_000))
			list = append(list, charge.Charge{
				Workspace: t.workspace.ID, ID: id.New[id.Charge](), Charger: t.chargers[r.IntN(len(t.chargers))].id, EVSE: int64(1 + i%evsesPerCharger), Connector: 1, Protocol: "ocpp1.6",
				TxID: fmt.Sprint(i), StartKey: fmt.Sprint(i), CardUID: uid(who), Card: cards[t.people[who]], Person: id.Text[id.Person](t.people[who]), Reason: "allowed",
				Started: began, Ended: began.Add(time.Duration(600+r.IntN(20_000)) * time.Second), MeterNow: wh, Wh: wh, Status: charge.Ended, StopReason: "Local",
			})
		}
		if err := d.Update(ctx, func(tx *db.Tx) error { return charge.Load(tx, list) }); err != nil {
			return err
		}
	}
	// What a server learns about its tables within minutes, this one has to be told.
	return d.Update(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`ANALYZE`)
		return err
	})
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
		s.peak = max(s.peak, rss())
	}
	s.writes++
	return len(p), nil
}

func (r *report) exports(ctx context.Context, d *db.DB, t *town) error {
	by := access.Actor{Workspace: t.workspace.ID, Name: "system:bench", Perms: access.All}
	service := &export.Service{DB: d, Browse: &browse.Service{DB: d}}
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return err
	}
	timed := func(do func() error) (wall, used float64, err error) {
		c, began := cpu(), time.Now()
		err = do()
		return time.Since(began).Seconds(), (cpu() - c).Seconds(), err
	}
	bare := func() error {
		n := 0
		err := d.View(ctx, func(tx *db.Tx) error {
			for _, err := range db.Each(tx, scanBare, bareSessions, t.workspace.ID) {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		})
		if err == nil && n != r.o.Rows {
			err = fmt.Errorf("the bare query gave %d rows of %d", n, r.o.Rows)
		}
		return err
	}
	formats := []table.Format{table.CSV, table.XLSX, table.Lines}
	write := func(f table.Format, to *drain) error {
		n, err := service.Write(ctx, by, &export.Request{What: export.Sessions}, table.Output{Format: f, Zone: zone}, to)
		if err == nil && n != int64(r.o.Rows) {
			err = fmt.Errorf("%d rows of %d", n, r.o.Rows)
		}
		return err
	}
	// The warm-up fills the caches of the database's connections, which are there
	// whether anything is exported or not.
	if err := errors.Join(bare(), write(table.CSV, &drain{})); err != nil {
		return err
	}
	var floors, floorsCPU []float64
	walls, used, grown, sizes := map[table.Format][]float64{}, map[table.Format][]float64{}, map[table.Format]float64{}, map[table.Format]float64{}
	for round := range r.o.rounds() {
		r.o.say("round %d", round+1)
		wall, c, err := timed(bare)
		if err != nil {
			return err
		}
		floors, floorsCPU = append(floors, wall), append(floorsCPU, c)
		for _, f := range formats {
			debug.FreeOSMemory()
			before, to := rss(), &drain{}
			wall, c, err := timed(func() error { return write(f, to) })
			if err != nil {
				return fmt.Errorf("%s: %w", f, err)
			}
			walls[f], used[f] = append(walls[f], wall), append(used[f], c)
			grown[f], sizes[f] = max(grown[f], to.peak-before), float64(to.bytes)/(1<<20)
		}
	}
	goals := map[table.Format]float64{table.CSV: 2, table.XLSX: 3}
	for _, f := range formats {
		name := "export." + string(f)
		r.add(name, fmt.Sprintf("all sessions as a file of %.0f MiB; floor: the bare query and scan", sizes[f]), "s"+ofRatio, median(floors), median(walls[f]), goals[f])
		goal := goals[f]
		if r.o.Database != "" {
			goal = 0 // the query is not in it: another process's CPU has that
		}
		r.add(name+".cpu", "the same, as this process's CPU has it", "s"+ofRatio, median(floorsCPU), median(used[f]), goal)
		r.add(name+".memory", "what the process grows by meanwhile", "MiB", 0, grown[f], 64)
	}
	return nil
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
