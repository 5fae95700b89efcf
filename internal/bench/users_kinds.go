package bench

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"

	"involt/internal/bench/names"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
)

// kind is pages that are measured together.
type kind struct {
	name, what string
	goal       float64 // milliseconds, at p99
	make       func(r *rand.Rand, i int) url.Values
	seldom     bool // there may be nobody to show
}

const (
	listGoal   = 15
	searchGoal = 50
)

var tabs = []person.Status{"", person.Active, person.Invited, person.ToBeApproved, person.Deactivated, person.Imported}

var userOrders = []browse.UserSort{browse.ByName, browse.ByCharged, browse.BySessions, browse.ByCreated, "-" + browse.ByName, "-" + browse.ByCharged, "-" + browse.BySessions, "-" + browse.ByCreated}

// filters are those that a list has, each with one of its values.
func (c *crowd) filters() []func(*rand.Rand, url.Values) {
	return []func(*rand.Rand, url.Values){
		func(*rand.Rand, url.Values) {},
		func(r *rand.Rand, q url.Values) { q.Set("group", string(c.groups[r.IntN(len(c.groups))])) },
		func(_ *rand.Rand, q url.Values) { q.Set("group", "none") },
		func(r *rand.Rand, q url.Values) { q.Set("cost", c.costs[r.IntN(len(c.costs))]) },
		func(r *rand.Rand, q url.Values) { q.Set("account", string(c.payers[r.IntN(len(c.payers))])) },
		func(r *rand.Rand, q url.Values) { q.Set("location", string(c.places[r.IntN(len(c.places))])) },
		func(_ *rand.Rand, q url.Values) { q.Set("never", "1") },
		func(_ *rand.Rand, q url.Values) { q.Set("nocard", "1") },
	}
}

// combination is the number of one, which says the same of a crowd of any size.
type combination int

// query is a combination of two or three filters, a tab and an order.
func (c *crowd) query(n combination) url.Values {
	q, singles, dies := url.Values{}, c.filters(), dice("combination"+strconv.Itoa(int(n)))
	for n := range 2 + dies.IntN(2) {
		singles[1+(dies.IntN(len(singles)-1)+n)%(len(singles)-1)](dies, q)
	}
	q.Set("status", string(tabs[dies.IntN(2)]))
	q.Set("sort", string(userOrders[dies.IntN(len(userOrders))]))
	return q
}

// combine chooses combinations: those that fill a page, as far as there are any.
func (v *visitor) combine() (list []combination, err error) {
	const wanted, looked, full = 20, 1000, 50
	var rest []combination
	for n := combination(0); n < looked && len(list) < wanted; n++ {
		body, err := v.get(v.c.query(n))
		if err != nil {
			return nil, err
		}
		if len(rowsOf(body)) >= full {
			list = append(list, n)
		} else {
			rest = append(rest, n)
		}
	}
	return append(list, rest[:max(0, wanted-len(list))]...), nil
}

// kinds are the pages that are asked for. Where a list begins is at random: half
// of the pages are first ones.
func (c *crowd) kinds() []kind {
	singles := c.filters()
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
		{name: "combinations", what: "20 seeded combinations of filters that fill a page, any page", goal: listGoal, make: func(r *rand.Rand, i int) url.Values {
			q := c.query(c.combinations[i%len(c.combinations)])
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
			p, family := somebody(r), names.Clans[r.IntN(len(names.Clans))]
			return []string{p.FirstName + " " + p.LastName, p.LastName, person.Fold(p.LastName), family, person.Fold(family), names.First[r.IntN(len(names.First))] + " " + family}[r.IntN(6)]
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
