package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Desk says how to measure the list of users.
type Desk struct {
	Sizes []int // how many users; the last is compared with the first
	// Serve runs the whole server on a database until ctx is done.
	Serve func(ctx context.Context, database, keyFile string, ready func(net.Addr)) error
	// Requests is how many pages each kind asks for per round; 0 means 100.
	Requests int
}

// Users measures the list of users as HTML over HTTP: every tab, every filter in
// every order, combinations of filters, deep pages, and searches. The floor of a
// page is the bare query for its rows by their ids. How much a page costs more with
// many users than with few is measured with pages that show as many rows at both.
func Users(ctx context.Context, o Options, desk Desk) (list []Figure, err error) {
	defer errs.Wrap(&err, "bench.Users")
	if desk.Requests == 0 {
		desk.Requests = 100
	}
	var sizes []*size
	defer func() {
		for _, s := range slices.Backward(sizes) {
			err = errors.Join(err, s.close())
		}
	}()
	for _, rows := range desk.Sizes {
		o.Rows = rows
		s := &size{r: &report{o: o}}
		sizes = append(sizes, s)
		if err := s.open(ctx, desk); err != nil {
			return nil, err
		}
	}
	if err := takeTurns(&o, sizes, desk.Requests); err != nil {
		return nil, err
	}
	for i, s := range sizes {
		s.figures()
		if i > 0 && i == len(sizes)-1 {
			s.growth(sizes[0])
		}
		list = append(list, s.r.list...)
	}
	return list, nil
}

// size is a number of users, in a database with a server of its own.
type size struct {
	r      *report
	v      *visitor
	kinds  []kind
	seen   [][][]seen // by kind and round
	floors [][]floor  // likewise
	undo   []func() error
}

// floor is what the bare queries of one round took.
type floor struct{ p99, cpu float64 }

func (s *size) close() (err error) {
	for _, f := range slices.Backward(s.undo) {
		err = errors.Join(err, f())
	}
	return err
}

// open fills a database, measures how it is read into memory, and serves it.
func (s *size) open(ctx context.Context, desk Desk) error {
	r := s.r
	url, drop, err := r.o.empty(ctx)
	if err != nil {
		return err
	}
	s.undo = append(s.undo, drop)
	d, err := db.Open(ctx, url)
	if err != nil {
		return err
	}
	s.undo = append(s.undo, d.Close)
	r.o.say("filling %s with %d users", r.o.engine(), r.o.Rows)
	c, err := gatherCrowd(ctx, d, r.o.Rows)
	if err != nil {
		return err
	}
	if err := r.loadList(ctx, d, c); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "involt-bench-key-")
	if err != nil {
		return err
	}
	s.undo = append(s.undo, func() error { return os.RemoveAll(dir) })
	ready := make(chan net.Addr, 1)
	ended := make(chan error, 1)
	serving, stop := context.WithCancel(ctx)
	go func() {
		ended <- desk.Serve(serving, url, filepath.Join(dir, "involt.key"), func(a net.Addr) { ready <- a })
	}()
	s.undo = append(s.undo, func() error {
		stop()
		return <-ended
	})
	select {
	case a := <-ready:
		s.v = &visitor{ctx: ctx, d: d, c: c, address: a.String()}
		s.undo = append(s.undo, s.v.hangUp)
		return s.v.await()
	case err := <-ended:
		ended <- nil
		return err
	}
}

// loadList measures how long the roster takes to fill, and how much it holds. Its
// floor is reading the same rows and keeping nothing.
func (r *report) loadList(ctx context.Context, d *db.DB, c *crowd) error {
	r.o.say("reading them into memory")
	began := time.Now()
	if err := d.View(ctx, c.scan); err != nil {
		return err
	}
	floor := time.Since(began)
	heap, resident := held()
	s := &browse.Service{DB: d}
	by := access.System(c.workspace.ID, "bench")
	by.Perms = access.All
	began = time.Now()
	p, err := s.Users(ctx, by, browse.UserFilter{})
	took := time.Since(began)
	if err != nil {
		return err
	}
	if n := p.All(); n != int64(c.rows)+1 { // and the admin
		return fmt.Errorf("%d of %d users are in the list", n, c.rows)
	}
	heap2, resident2 := held()
	goal := 0.0
	if c.rows >= 1_000_000 {
		goal = 200
	}
	r.add("users.load", "from the database into memory; floor: reading the rows", "s", floor.Seconds(), took.Seconds(), 10)
	r.add("users.heap", "live heap that the lists take", "MiB", 0, (heap2-heap)/(1<<20), goal)
	r.add("users.rss", "resident memory that they take", "MiB", 0, max(0, resident2-resident)/(1<<20), 0)
	runtime.KeepAlive(s)
	return nil
}

func (c *crowd) scan(tx *db.Tx) error {
	var a, b, e, f, g, h string
	var x, y, z int64
	for _, q := range []struct {
		text string
		dest []any
	}{
		{`SELECT id, status, sort_name, email, external_id, cost_center, sessions, last_charge_at, created_at FROM person WHERE workspace = ?`, []any{&a, &b, &e, &f, &g, &h, &x, &y, &z}},
		{`SELECT person, user_group FROM group_member WHERE workspace = ?`, []any{&a, &b}},
		{`SELECT person, state FROM card WHERE workspace = ? AND person IS NOT NULL`, []any{&a, &b}},
	} {
		for _, err := range db.Each(tx, func(row db.Scanner) (struct{}, error) { return struct{}{}, row.Scan(q.dest...) }, q.text, c.workspace.ID) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// seen is one page that was looked at.
type seen struct {
	shown int     // how many users it shows
	took  float64 // milliseconds
	cpu   float64 // milliseconds
	ids   []id.Person
}

// takeTurns looks at pages of every kind in rounds, each kind at one size after the
// other: what else the machine has to do slows all sizes down. Page i at one size
// asks for the same as page i at another.
func takeTurns(o *Options, sizes []*size, requests int) error {
	combinations, err := sizes[0].v.combine()
	if err != nil {
		return err
	}
	for _, s := range sizes {
		s.v.c.combinations = combinations
		s.kinds = s.v.c.kinds()
		s.seen, s.floors = make([][][]seen, len(s.kinds)), make([][]floor, len(s.kinds))
	}
	for round := range o.rounds() + 1 {
		o.say("round %d of %d", round, o.rounds())
		for i := range sizes[0].kinds {
			for _, s := range sizes {
				list, f, err := s.look(i, round, requests)
				if err != nil {
					return err
				}
				if round > 0 { // before that everything warms up
					s.seen[i], s.floors[i] = append(s.seen[i], list), append(s.floors[i], f)
				}
			}
		}
	}
	return nil
}

// look asks for pages of a kind, and then for their rows alone.
func (s *size) look(i, round, requests int) (list []seen, f floor, err error) {
	k := &s.kinds[i]
	if list, err = s.v.look(k, round, requests); err != nil {
		return nil, f, err
	}
	c := cpu()
	took := make([]float64, 0, len(list))
	for _, one := range list {
		began := time.Now()
		if err := s.v.bare(one.ids); err != nil {
			return nil, f, err
		}
		took = append(took, ms(time.Since(began)))
	}
	return list, floor{percentile(took, .99), ms(cpu()-c) / float64(len(list))}, nil
}

// figures adds what the pages took.
func (s *size) figures() {
	for i, k := range s.kinds {
		var p50, p99, cpus, floors, floorsCPU []float64
		for n, round := range s.seen[i] {
			took := make([]float64, len(round))
			sum := 0.0
			for i, one := range round {
				took[i] = one.took
				sum += one.cpu
			}
			p50, p99, cpus = append(p50, percentile(took, .5)), append(p99, percentile(took, .99)), append(cpus, sum/float64(len(round)))
			f := s.floors[i][n]
			floors, floorsCPU = append(floors, f.p99), append(floorsCPU, f.cpu)
		}
		s.r.add("users."+k.name+".p50", k.what, "ms", 0, median(p50), 0)
		s.r.add("users."+k.name+".p99", "the same; floor: its rows by id", "ms", median(floors), median(p99), k.goal)
		s.r.add("users."+k.name+".cpu", "CPU time of the same, the browser's side included", "ms", median(floorsCPU), median(cpus), 0)
	}
}

// look asks for pages of a kind, as many as one round has.
func (v *visitor) look(k *kind, round, requests int) (list []seen, err error) {
	dies := dice(k.name + strconv.Itoa(round))
	for n := range requests {
		q := k.make(dies, n)
		c, began := cpu(), time.Now()
		body, err := v.get(q)
		if err != nil {
			return nil, fmt.Errorf("%s, ?%s: %w", k.name, q.Encode(), err)
		}
		one := seen{took: ms(time.Since(began)), cpu: ms(cpu() - c), ids: rowsOf(body)}
		if one.shown = len(one.ids); one.shown == 0 && !k.seldom {
			return nil, fmt.Errorf("%s, ?%s: nobody is shown", k.name, q.Encode())
		}
		list = append(list, one)
	}
	return list, nil
}

// growth adds how much more a page costs than with the fewest users. A full page
// costs more than a half empty one at any size: only pages that show as many users at
// both are compared.
func (s *size) growth(small *size) {
	for i, k := range s.kinds {
		var cpus, took []float64
		same, total := 0, 0
		for round := range s.seen[i] {
			var spent, times [2][]float64
			for n, a := range small.seen[i][round] {
				b := s.seen[i][round][n]
				total++
				if a.shown != b.shown {
					continue
				}
				same++
				spent[0], spent[1] = append(spent[0], a.cpu), append(spent[1], b.cpu)
				times[0], times[1] = append(times[0], a.took), append(times[1], b.took)
			}
			if len(times[0]) > 0 {
				cpus, took = append(cpus, percentile(spent[1], .5)/percentile(spent[0], .5)), append(took, percentile(times[1], .5)/percentile(times[0], .5))
			}
		}
		if same == 0 {
			continue
		}
		what := fmt.Sprintf("at %d users to that at %d; %d of %d pages show as many at both", s.r.o.Rows, small.r.o.Rows, same, total)
		s.r.add("users."+k.name+".growth", "CPU time of the middle page "+what, "times", 0, median(cpus), 1.5)
		s.r.add("users."+k.name+".growth.p50", "the same by the clock", "times", 0, median(took), 1.5)
	}
}

// cookie is the one that face/door hands to browsers.
const cookie = "__Host-involt"

// visitor asks for pages as a browser does, over one connection.
type visitor struct {
	ctx     context.Context
	d       *db.DB
	c       *crowd
	address string
	conn    net.Conn
	in      *bufio.Reader
	used    time.Time // when it was used last
}

func (v *visitor) hangUp() error {
	if v.conn != nil {
		_ = v.conn.Close()
		v.conn = nil
	}
	return nil
}

// await waits until the server has read the list into memory.
func (v *visitor) await() error {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(5 * time.Minute); ; <-again.C {
		body, err := v.get(url.Values{})
		if err == nil && !strings.Contains(body, "still being read into memory") || time.Now().After(deadline) {
			return err
		}
	}
}

func (v *visitor) get(q url.Values) (body string, err error) {
	if time.Since(v.used) > time.Second { // the server hangs up on who is silent for long
		_ = v.hangUp()
	}
	defer func() { v.used = time.Now() }()
	if v.conn == nil {
		var dialer net.Dialer
		if v.conn, err = dialer.DialContext(v.ctx, "tcp", v.address); err != nil {
			return "", err
		}
		v.in = bufio.NewReaderSize(v.conn, 64<<10)
	}
	_, err = fmt.Fprintf(v.conn, "GET /w/bench/users?%s HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAccept-Language: en\r\nSec-Fetch-Site: same-origin\r\nCookie: %s=%s\r\n\r\n",
		q.Encode(), cookie, v.c.token)
	if err != nil {
		return "", err
	}
	res, err := http.ReadResponse(v.in, nil)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(res.Body)
	err = errors.Join(err, res.Body.Close())
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", res.Status, b)
	}
	return string(b), err
}

// rowsOf are the users that a page lists.
func rowsOf(body string) (ids []id.Person) {
	const link = `/w/bench/users/`
	for rest := body; ; {
		_, after, found := strings.Cut(rest, link)
		if !found {
			return slices.Compact(ids)
		}
		if rest = after; len(rest) > 26 && id.Valid(rest[:26]) {
			ids = append(ids, id.Person(rest[:26]))
		}
	}
}

// bare reads the rows of a page and does nothing with them.
func (v *visitor) bare(ids []id.Person) error {
	if len(ids) == 0 {
		ids = []id.Person{v.c.sample[0].ID}
	}
	return v.d.View(v.ctx, func(tx *db.Tx) error {
		_, err := person.ByIDs(tx, v.c.workspace.ID, ids)
		return err
	})
}
