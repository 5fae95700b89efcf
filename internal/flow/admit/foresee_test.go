package admit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit/ruling"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// What is foretold of a change is what happens: the same people, counted by
// asking at every charger for each of them, before and after, every half hour of
// the weeks that are looked at.
func TestWhatIsForetoldHappens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for seed := range uint64(3) {
			c := &crowd{house: newHouse(t, d, fmt.Sprintf("fore-%d", seed), workspace.ByGroup), r: rand.New(rand.NewPCG(seed, 7))}
			p := newPlan(c)
			for round := range 6 {
				p.shake()
				s := loaded(t, d)
				change, make1 := p.change()
				e, err := s.Foresee(t.Context(), c.by, change)
				c.must(err)
				before := p.look(s)
				c.must(make1(e.Seen()))
				after := p.look(loaded(t, d))
				var lose, gain int64
				for _, who := range c.who {
					if exceeds(before[who], after[who]) {
						lose++
					}
					if exceeds(after[who], before[who]) {
						gain++
					}
				}
				if e.Lose != lose || e.Gain != gain {
					t.Errorf("seed %d, round %d, %+v: foretold %d lose and %d gain, and %d and %d do: %+v", seed, round, change, e.Lose, e.Gain, lose, gain, e.Places)
				}
				if len(e.Losers) != int(min(lose, fewPeople)) && e.Lose == lose && lose <= 2 {
					t.Errorf("%d lose, and %v are named", lose, e.Losers)
				}
			}
		}
	})
}

// plan is a crowd with a few places, and rules whose hours and dates are whole
// half hours.
type plan struct {
	*crowd
	now time.Time
}

func newPlan(c *crowd) *plan {
	for i := range 3 {
		l := c.location(i == 0)
		c.locations = append(c.locations, l)
		for range 1 + c.r.IntN(2) {
			c.chargers = append(c.chargers, c.charger(l))
		}
	}
	for range 4 {
		c.groups = append(c.groups, c.group())
	}
	for range 7 {
		who := c.person()
		c.who = append(c.who, who)
		number, _ := c.card(who)
		c.numbers = append(c.numbers, number)
	}
	return &plan{c, time.Now()}
}

// date is a whole half hour within two weeks, or none.
func (p *plan) date() (at time.Time) {
	if p.r.IntN(3) == 0 {
		at = p.now.Truncate(30 * time.Minute).Add(time.Duration(p.r.IntN(28*24)-14*24) * 30 * time.Minute)
	}
	return at
}

func (p *plan) rule() grant.Grant {
	g := grant.Grant{From: p.date(), Until: p.date(), Hours: p.hours()}
	switch p.r.IntN(5) {
	case 0:
	case 1:
		g.Charger = any1(p.crowd, p.chargers)
	default:
		g.Location = any1(p.crowd, p.locations)
	}
	return g
}

// shake changes rules and memberships.
func (p *plan) shake() {
	ctx := p.t.Context()
	for range 4 {
		g := p.rule()
		if g.Group = any1(p.crowd, p.groups); p.r.IntN(4) == 0 {
			g.Group, g.Person = "", any1(p.crowd, p.who)
		}
		if v, err := p.places.Open(ctx, p.by, g); p.could(err) {
			p.grants = append(p.grants, v)
		}
		p.could(p.people.AddToGroup(ctx, p.by, any1(p.crowd, p.groups), any1(p.crowd, p.who)))
	}
	if p.r.IntN(2) == 0 {
		p.could(p.places.MakeDefault(ctx, p.by, any1(p.crowd, append([]id.Group{""}, p.groups...)), ""))
	}
	if p.r.IntN(2) == 0 {
		p.settle()
	}
	if len(p.groups) < 3 {
		p.groups = append(p.groups, p.group())
	}
}

// change is any change, and how it is made.
func (p *plan) change() (grant.Change, func(seen string) error) {
	ctx := p.t.Context()
	g := any1(p.crowd, p.groups)
	var of []grant.Grant
	p.do(func(tx *db.Tx) (err error) {
		of, err = grant.OfGroup(tx, p.by.Workspace, g)
		return err
	})
	places := *p.places
	places.Effects = foretold{&Service{DB: p.d}}
	switch n := p.r.IntN(5); {
	case n == 0 && len(of) > 0:
		drop := any1(p.crowd, of)
		return grant.Change{Group: g, Drop: drop.ID}, func(seen string) error { return places.Shut(ctx, p.by, drop, seen) }
	case n == 1 && len(of) > 0:
		put := any1(p.crowd, of)
		put.From, put.Until, put.Hours = p.date(), p.date(), p.hours()
		if put.Check() != nil {
			put.From, put.Until, put.Hours = time.Time{}, time.Time{}, grant.Hours{}
		}
		return grant.Change{Group: g, Put: &put}, func(seen string) error {
			_, err := places.ChangeRule(ctx, p.by, put, seen)
			return err
		}
	case n == 2:
		heir := g
		for heir == g {
			heir = any1(p.crowd, p.groups)
		}
		p.groups = without(p.groups, g)
		return grant.Change{Group: g, Gone: true, Heir: heir}, func(seen string) error { return places.DeleteGroup(ctx, p.by, g, heir, seen) }
	case n == 3:
		return grant.Change{Default: &g}, func(seen string) error { return places.MakeDefault(ctx, p.by, g, seen) }
	default:
		var w workspace.Workspace
		p.do(func(tx *db.Tx) (err error) {
			w, err = workspace.ByID(tx, p.by.Workspace)
			return err
		})
		everyone, to := true, workspace.Everyone
		if w.AccessMode == workspace.Everyone {
			everyone, to = false, workspace.ByGroup
		}
		return grant.Change{Everyone: &everyone, Default: &g}, func(seen string) error { return places.SwitchMode(ctx, p.by, to, &g, seen) }
	}
}

// foretold is a service that has just been loaded.
type foretold struct{ *Service }

func without(list []id.Group, g id.Group) (rest []id.Group) {
	for _, o := range list {
		if o != g {
			rest = append(rest, o)
		}
	}
	return rest
}

// look asks for everybody at every charger, every half hour of five weeks: as
// far as any date lies ahead, and the week after.
func (p *plan) look(s *Service) map[id.Person][]bool {
	p.must(s.Load(p.t.Context()))
	seen := map[id.Person][]bool{}
	for i, who := range p.who {
		list := make([]bool, 0, 5*7*48*len(p.chargers))
		for half := range 5 * 7 * 48 {
			// A moment behind the half hour: the first one is now, or later.
			now := p.now.Truncate(30 * time.Minute).Add(time.Duration(half)*30*time.Minute + 29*time.Minute + 59*time.Second)
			for _, at := range p.chargers {
				v := s.Decide(&Ask{Workspace: p.by.Workspace, Charger: at, Token: p.numbers[i], Now: now})
				list = append(list, v.Reason == decision.Allowed)
			}
		}
		seen[who] = list
	}
	return seen
}

func exceeds(a, b []bool) bool {
	for i := range a {
		if a[i] && !b[i] {
			return true
		}
	}
	return false
}

// A million people in a thousand sets of groups: the answer comes while somebody
// waits for a page, and decisions do not wait for it.
func BenchmarkForesee(b *testing.B) {
	w := newWorld()
	r := rand.New(rand.NewPCG(1, 1))
	var locations []id.Raw
	for i := range 200 {
		l := id.RawOf(id.New[id.Location]())
		locations = append(locations, l)
		w.locations[l] = location{name: fmt.Sprint("Location ", i), membersOnly: i%5 == 0}
		for range 10 {
			c := id.New[id.Charger]()
			w.chargers[hashOf(c)] = place{id: id.RawOf(c), location: l, membersOnly: i%5 == 0}
		}
	}
	zone := w.zone("Europe/Berlin")
	for range 200 {
		g := w.group(id.RawOf(id.New[id.Group]()))
		for range 10 {
			w.groups[g] = append(w.groups[g], rule{Place: locations[r.IntN(len(locations))], Hours: ruling.Hours{Zone: zone, From: 7 * 60, To: 19 * 60, Days: 31}})
		}
		w.groups[g].sort()
	}
	for i := range 1_000_000 {
		groups := []int32{int32(i % 200)}
		if i%3 == 0 {
			groups = append(groups, int32((i/200)%200))
		}
		p := personRec{id: id.RawOf(id.New[id.Person]()), set: w.set(groups), status: statusIndex("active")}
		at := w.putPerson(p)
		if i%100 == 0 {
			w.name(at, rules{{Place: locations[r.IntN(len(locations))]}})
		}
	}
	b.ResetTimer()
	for b.Loop() {
		o := w.outline(time.Now().UnixMilli())
		a := *o
		a.everyone = true
		if e := a.compare(o); e.Lose == 0 {
			b.Fatal("nobody loses anything")
		}
	}
	b.ReportMetric(float64(len(w.sets)), "sets")
}
