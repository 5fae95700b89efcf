package bench

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
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
	Sizes []int // how many users, one after the other; the last is compared with the first
	// Serve runs the whole server on a database until ctx is done.
	Serve func(ctx context.Context, database, keyFile string, ready func(net.Addr)) error
	// Requests is how many pages each kind asks for per round; 0 means 100.
	Requests int
}

// Users measures the list of users as HTML over HTTP: every tab, every filter in
// every order, combinations of filters, deep pages, and searches. The floor of a
// page is the bare query for its rows by their ids.
func Users(ctx context.Context, o Options, desk Desk) (list []Figure, err error) {
	defer errs.Wrap(&err, "bench.Users")
	if desk.Requests == 0 {
		desk.Requests = 100
	}
	var first map[string]float64
	for i, rows := range desk.Sizes {
		o.Rows = rows
		r := &report{o: o}
		p50, err := r.users(ctx, desk)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			first = p50
		} else if i == len(desk.Sizes)-1 {
			for _, name := range slices.Sorted(maps.Keys(p50)) {
				what := fmt.Sprintf("middle page at %d users to that at %d", rows, desk.Sizes[0])
				r.add("users."+name+".growth", what, "times", 0, p50[name]/first[name], 1.5)
			}
		}
		list = append(list, r.list...)
	}
	return list, nil
}

// users measures one size, and returns the middle time of each kind of page.
func (r *report) users(ctx context.Context, desk Desk) (p50 map[string]float64, err error) {
	url, drop, err := r.o.empty(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	d, err := db.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	r.o.say("filling %s with %d users", r.o.engine(), r.o.Rows)
	c, err := gatherCrowd(ctx, d, r.o.Rows)
	if err != nil {
		return nil, err
	}
	if err := r.loadList(ctx, d, c); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "involt-bench-key-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ready := make(chan net.Addr, 1)
	ended := make(chan error, 1)
	serving, stop := context.WithCancel(ctx)
	go func() {
		ended <- desk.Serve(serving, url, filepath.Join(dir, "involt.key"), func(a net.Addr) { ready <- a })
	}()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	select {
	case a := <-ready:
		v := &visitor{ctx: ctx, d: d, c: c, address: a.String()}
		defer v.hangUp()
		if err := v.await(); err != nil {
			return nil, err
		}
		return r.pages(v, desk)
	case err := <-ended:
		ended <- nil
		return nil, err
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

// kind is pages that are measured together.
type kind struct {
	name, what string
	goal       float64 // milliseconds, at p99
	make       func(r *rand.Rand, i int) url.Values
	seldom     bool // there may be nobody to show
}

func (r *report) pages(v *visitor, desk Desk) (map[string]float64, error) {
	p50 := map[string]float64{}
	kinds := v.c.kinds()
	type spent struct{ p50, p99, cpu, floor, floorCPU []float64 }
	all := make([]spent, len(kinds))
	for round := range r.o.rounds() + 1 {
		r.o.say("round %d of %d", round, r.o.rounds())
		for i, k := range kinds {
			dies := dice(k.name + strconv.Itoa(round))
			var floor, took []float64
			var shown [][]id.Person
			c1 := cpu()
			for n := range desk.Requests {
				q := k.make(dies, n)
				began := time.Now()
				body, err := v.get(q)
				if err != nil {
					return nil, fmt.Errorf("%s, ?%s: %w", k.name, q.Encode(), err)
				}
				took = append(took, ms(time.Since(began)))
				ids := rowsOf(body)
				if len(ids) == 0 && !k.seldom {
					return nil, fmt.Errorf("%s, ?%s: nobody is shown", k.name, q.Encode())
				}
				shown = append(shown, ids)
			}
			c2 := cpu()
			for _, ids := range shown {
				began := time.Now()
				if err := v.bare(ids); err != nil {
					return nil, err
				}
				floor = append(floor, ms(time.Since(began)))
			}
			c3 := cpu()
			if round == 0 {
				continue // everything has warmed up
			}
			s, n := &all[i], float64(desk.Requests)
			s.cpu, s.floorCPU = append(s.cpu, ms(c2-c1)/n), append(s.floorCPU, ms(c3-c2)/n)
			s.floor = append(s.floor, percentile(floor, .99))
			s.p50, s.p99 = append(s.p50, percentile(took, .5)), append(s.p99, percentile(took, .99))
		}
	}
	for i, k := range kinds {
		s := &all[i]
		p50[k.name] = median(s.p50)
		r.add("users."+k.name+".p50", k.what, "ms", 0, p50[k.name], 0)
		r.add("users."+k.name+".p99", "the same; floor: its rows by id", "ms", median(s.floor), median(s.p99), k.goal)
		r.add("users."+k.name+".cpu", "CPU time of the same, the browser's side included", "ms", median(s.floorCPU), median(s.cpu), 0)
	}
	return p50, nil
}

const (
	listGoal   = 15
	searchGoal = 50
)

var userOrders = []browse.UserSort{browse.ByName, browse.ByCharged, browse.BySessions, browse.ByCreated, "-" + browse.ByName, "-" + browse.ByCharged, "-" + browse.BySessions, "-" + browse.ByCreated}

// kinds are the pages that are asked for. Where a list begins is at random: half
// of the pages are first ones.
func (c *crowd) kinds() []kind {
	singles := []func(*rand.Rand, url.Values){
		func(*rand.Rand, url.Values) {},
		func(r *rand.Rand, q url.Values) { q.Set("group", string(c.groups[r.IntN(len(c.groups))])) },
		func(_ *rand.Rand, q url.Values) { q.Set("group", "none") },
		func(r *rand.Rand, q url.Values) { q.Set("cost", c.costs[r.IntN(len(c.costs))]) },
		func(r *rand.Rand, q url.Values) { q.Set("location", string(c.places[r.IntN(len(c.places))])) },
		func(_ *rand.Rand, q url.Values) { q.Set("never", "1") },
		func(_ *rand.Rand, q url.Values) { q.Set("nocard", "1") },
	}
	tabs := []person.Status{"", person.Active, person.Invited, person.ToBeApproved, person.Deactivated, person.Imported}
	var combinations []url.Values
	dies := dice("combinations")
	for range 20 {
		q := url.Values{}
		for n := range 2 + dies.IntN(2) {
			singles[1+(dies.IntN(len(singles)-1)+n)%(len(singles)-1)](dies, q)
		}
		q.Set("status", string(tabs[dies.IntN(2)]))
		q.Set("sort", string(userOrders[dies.IntN(len(userOrders))]))
		combinations = append(combinations, q)
	}
	word := func(f func(r *rand.Rand) string) func(*rand.Rand, int) url.Values {
		return func(r *rand.Rand, _ int) url.Values { return url.Values{"q": {f(r)}} }
	}
	somebody := func(r *rand.Rand) *person.Person { return &c.sample[r.IntN(len(c.sample))] }
	return []kind{
		{name: "tabs", what: "a tab, first page or any other", goal: listGoal, make: func(r *rand.Rand, i int) url.Values {
			return c.deep(r, url.Values{"status": {string(tabs[i%len(tabs)])}}, browse.ByName)
		}},
		{name: "filters", what: "one filter in one of the orders, any page", goal: listGoal, make: func(r *rand.Rand, i int) url.Values {
			q := url.Values{}
			order := userOrders[i/len(singles)%len(userOrders)]
			singles[i%len(singles)](r, q)
			q.Set("sort", string(order))
			return c.deep(r, q, order)
		}, seldom: true},
		{name: "combinations", what: "20 seeded combinations of filters, any page", goal: listGoal, make: func(r *rand.Rand, i int) url.Values {
			q := maps.Clone(combinations[i%len(combinations)])
			return c.deep(r, q, browse.UserSort(q.Get("sort")))
		}, seldom: true},
		{name: "first", what: "the first page", goal: listGoal, make: func(*rand.Rand, int) url.Values { return url.Values{} }},
		{name: "deep", what: "a page far down", goal: listGoal, make: func(r *rand.Rand, _ int) url.Values {
			return url.Values{"after": {browse.After(browse.ByName, &c.sample[r.IntN(len(c.sample)*9/10)], 1000)}}
		}, seldom: true},
		{name: "search.rare", what: "a word that finds one or a few", goal: searchGoal, make: word(func(r *rand.Rand) string {
			p := somebody(r)
			return []string{p.ExternalID, cmp.Or(p.Email, p.ExternalID), p.LastName + " " + p.FirstName + " " + p.ExternalID}[r.IntN(3)]
		})},
		{name: "search.common", what: "a word that finds very many", goal: searchGoal, make: word(func(r *rand.Rand) string {
			return []string{"ann", "mar", "stein", "example", "fleet-1", "sa", "b", "van", "berg", "e-00"}[r.IntN(10)]
		})},
		{name: "search.names", what: "first and last name, or a part", goal: searchGoal, make: word(func(r *rand.Rand) string {
			p := somebody(r)
			return []string{p.FirstName + " " + p.LastName, p.LastName, person.Fold(p.LastName)}[r.IntN(3)]
		}), seldom: true},
		{name: "search.filtered", what: "a word under a filter, in any order", goal: searchGoal, make: func(r *rand.Rand, i int) url.Values {
			q := url.Values{"q": {[]string{"ann", "mar", "stein", "example", "neu"}[r.IntN(5)]}, "sort": {string(userOrders[i%len(userOrders)])}}
			singles[r.IntN(len(singles))](r, q)
			return q
		}, seldom: true},
		{name: "search.nobody", what: "a word that finds nobody", goal: searchGoal, make: word(func(r *rand.Rand) string { return fmt.Sprintf("qxz%dv", r.IntN(1000)) }), seldom: true},
		{name: "search.card", what: "a card number, in any spelling or its beginning", goal: searchGoal, make: word(func(r *rand.Rand) string {
			n := uid(12 * r.IntN(max(1, c.rows/12)))
			return []string{n, spelling(r, n), n[:10]}[r.IntN(3)]
		}), seldom: true},
		{name: "search.plate", what: "a plate, or its beginning", goal: searchGoal, make: word(func(r *rand.Rand) string {
			p := c.plates[r.IntN(len(c.plates))]
			return []string{p, strings.ReplaceAll(strings.ToLower(p), "-", ""), p[:5]}[r.IntN(3)]
		})},
	}
}

// deep begins every other list somewhere.
func (c *crowd) deep(r *rand.Rand, q url.Values, sort browse.UserSort) url.Values {
	if r.IntN(2) == 0 {
		p := &c.sample[r.IntN(len(c.sample))]
		if status := q.Get("status"); status == "" || status == string(person.Active) {
			q.Set("after", browse.After(sort, p, int64(1+r.IntN(c.rows))))
		}
	}
	return q
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
}

func (v *visitor) hangUp() {
	if v.conn != nil {
		_ = v.conn.Close()
	}
}

// await waits until the server has read the list into memory.
func (v *visitor) await() error {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(5 * time.Minute); ; <-again.C {
		if _, err := v.get(url.Values{}); err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

func (v *visitor) get(q url.Values) (body string, err error) {
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
