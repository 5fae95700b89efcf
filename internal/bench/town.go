package bench

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"involt/internal/bench/names"
	"involt/internal/core/card"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/equip"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// town is a workspace of a given size, the same for every run of a seed: a card
// and a person per row, an EVSE per ten rows, two EVSEs per charger, a user
// group per hundred rows but at most 10,000.
type town struct {
	rows      int
	workspace workspace.Workspace
	locations []id.Location
	chargers  []station
	groups    []id.Group
	people    []id.Raw
	now       time.Time
}

// station is a charger that may connect.
type station struct {
	id       id.Charger
	identity string
	key      string // "" unless it was asked for
}

const (
	evsesPerCharger = 2
	maxGroups       = 10_000
	wideGroups      = 10 // user groups that many people are in beside their own
)

// uid is the canonical number of card i. Multiplying by an odd number is one to
// one, so no two cards meet; from rows on nobody knows the card.
func uid(i int) string {
	const odd = 0x9E3779B97F4A7C15
	return fmt.Sprintf("04%012X", (uint64(i)*odd+0x2545F4914F6C)&(1<<48-1)) //nolint:gosec // an index
}

func dice(what string) *rand.Rand {
	seed := uint64(2026)
	for _, c := range what {
		seed = seed*31 + uint64(c) //nolint:gosec // a letter
	}
	return rand.New(rand.NewPCG(seed, 11)) //nolint:gosec // the same town every time is what is wanted
}

// fill makes a town. keyed chargers get a key that is known here.
func fill(ctx context.Context, d *db.DB, rows, keyed int) (t *town, err error) {
	defer errs.Wrap(&err, "bench.fill(%d)", rows)
	t = &town{rows: rows}
	for _, step := range []func(*db.Tx) error{t.found, func(tx *db.Tx) error { return t.build(tx, keyed) }, t.gather, t.populate, t.join, t.handOut, t.open} {
		if err := d.Update(ctx, step); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *town) found(tx *db.Tx) error {
	t.now = tx.Now
	t.workspace = workspace.New("bench", "Bench")
	t.workspace.AccessMode = workspace.ByGroup
	return workspace.Insert(tx, &t.workspace)
}

func (t *town) build(tx *db.Tx, keyed int) error {
	r := dice("places")
	for i := range min(300, max(3, t.rows/100)) {
		l := site.Location{
			Workspace: t.workspace.ID, Name: fmt.Sprintf("%s %d", names.Cities[r.IntN(len(names.Cities))], i+1), Address: fmt.Sprintf("%s %d", names.Streets[r.IntN(len(names.Streets))], 1+r.IntN(200)),
			City: names.Cities[r.IntN(len(names.Cities))], Country: "NL", TimeZone: "Europe/Amsterdam", MembersOnly: i%20 == 0,
		}
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		t.locations = append(t.locations, l.ID)
	}
	_, lost := equip.NewKey()
	for i := range max(keyed, t.rows/10/evsesPerCharger, 1) {
		s, hash := station{identity: fmt.Sprintf("BENCH-%06d", i)}, lost
		if i < keyed {
			s.key, hash = equip.NewKey()
		}
		c := site.Charger{Workspace: t.workspace.ID, Identity: s.identity, Location: t.locations[r.IntN(len(t.locations))], KeyHash: hash, Vendor: "Alturo", Model: "Duo 44"}
		if err := site.InsertCharger(tx, &c, evsesPerCharger); err != nil {
			return err
		}
		s.id = c.ID
		t.chargers = append(t.chargers, s)
	}
	return nil
}

// gather makes the user groups.
func (t *town) gather(tx *db.Tx) error {
	for i := range min(maxGroups, max(2, t.rows/100)) {
		g := group.Group{Workspace: t.workspace.ID, Name: fmt.Sprintf("%s %d", names.Last[i%len(names.Last)], i+1)}
		if err := group.Insert(tx, &g); err != nil {
			return err
		}
		t.groups = append(t.groups, g.ID)
	}
	return nil
}

func (t *town) populate(tx *db.Tx) error {
	r := dice("people")
	t.people = make([]id.Raw, 0, t.rows)
	_, err := person.Load(tx, func(yield func(*person.Person) bool) {
		for i := range t.rows {
			p := t.person(r, i)
			more := yield(&p)
			t.people = append(t.people, id.RawOf(p.ID))
			if !more {
				return
			}
		}
	})
	return err
}

// person makes up somebody. One in a hundred is somebody that lists like to
// trip over.
func (t *town) person(r *rand.Rand, i int) person.Person {
	p := person.Person{
		Workspace: t.workspace.ID, ID: id.New[id.Person](), FirstName: names.First[r.IntN(len(names.First))], LastName: names.Last[r.IntN(len(names.Last))],
		Language: names.Languages[r.IntN(len(names.Languages))], ExternalID: fmt.Sprintf("E-%07d", i), CostCenter: fmt.Sprintf("%d", 4000+r.IntN(40)*10),
		Status: person.Active, StatusAt: t.now.Add(-time.Duration(r.IntN(500)) * 24 * time.Hour),
	}
	p.Email = fmt.Sprintf("person.%d@fleet-%d.example", i, i%97)
	p.Created = p.StatusAt.Add(-time.Duration(r.IntN(100)) * time.Hour)
	switch n := r.IntN(100); {
	case n < 5:
		p.Status = person.Invited
	case n < 9:
		p.Status = person.Imported
		p.CardsUntil = t.now.Add(time.Duration(r.IntN(60)-30) * 24 * time.Hour)
	case n < 10:
		p.Status = person.ToBeApproved
	case n < 13:
		p.Status, p.StatusReason = person.Deactivated, "Left the company"
	}
	switch i % 400 {
	case 100: // a pool car
		p.Email, p.FirstName, p.LastName = "", "", fmt.Sprintf("GX-%03d-%c", i%1000, 'A'+rune(i%26))
	case 200:
		p.LastName = strings.TrimSpace(strings.Repeat("Wolfeschlegelsteinhausen ", 4))
	case 300:
		p.FirstName, p.LastName = "O\u2019Něill-Đặng", "van den Īśvara"
	case 0:
		p.FirstName = ""
	}
	return p
}

// ofGroups yields the groups that person i is in: most people are in one, some
// in none, some in one that many are in too.
func (t *town) ofGroups(i int) iter.Seq[id.Group] {
	return func(yield func(id.Group) bool) {
		if i%20 == 7 {
			return
		}
		own := i * 7919 % len(t.groups)
		if !yield(t.groups[own]) || i%4 != 1 {
			return
		}
		if wide := own % min(wideGroups, len(t.groups)); wide != own {
			yield(t.groups[wide])
		}
	}
}

func (t *town) join(tx *db.Tx) error {
	_, err := group.Load(tx, t.workspace.ID, func(yield func(group.Membership) bool) {
		for i := range t.people {
			who := id.Text[id.Person](t.people[i])
			for g := range t.ofGroups(i) {
				if !yield(group.Membership{Group: g, Person: who}) {
					return
				}
			}
		}
	})
	return err
}

// handOut gives each person a card.
func (t *town) handOut(tx *db.Tx) error {
	r := dice("cards")
	_, err := card.Load(tx, func(yield func(*card.Card) bool) {
		for i := range t.people {
			c := card.Card{Workspace: t.workspace.ID, UID: uid(i), Kind: card.RFID, State: card.Active, Person: id.Text[id.Person](t.people[i])}
			c.Typed = c.UID
			switch n := r.IntN(100); {
			case n < 3:
				c.State = card.Blocked
			case n < 4:
				c.State = card.Suspended
			case n < 6:
				c.State = card.Inactive
			case n < 16:
				c.ValidTo = t.now.Add(time.Duration(r.IntN(700)-100) * 24 * time.Hour)
			}
			if !yield(&c) {
				return
			}
		}
	})
	return err
}

// open says where the groups, and some people by name, may charge.
func (t *town) open(tx *db.Tx) error {
	r := dice("grants")
	for _, g := range t.groups {
		for range 1 + r.IntN(4) {
			v := grant.Grant{Workspace: t.workspace.ID, Group: g}
			switch n := r.IntN(10); {
			case n < 2: // everywhere
			case n < 8:
				v.Location = t.locations[r.IntN(len(t.locations))]
			default:
				v.Charger = t.chargers[r.IntN(len(t.chargers))].id
			}
			if r.IntN(10) == 0 {
				v.From = t.now.Add(time.Duration(r.IntN(60)-30) * 24 * time.Hour)
				v.Until = v.From.Add(30 * 24 * time.Hour)
			}
			if err := grant.Insert(tx, &v); err != nil {
				return err
			}
		}
	}
	for range t.rows / 1000 {
		v := grant.Grant{Workspace: t.workspace.ID, Person: id.Text[id.Person](t.people[r.IntN(len(t.people))]), Location: t.locations[r.IntN(len(t.locations))]}
		if err := grant.Insert(tx, &v); err != nil {
			return err
		}
	}
	return nil
}

// spelling writes a card number as one reader or another would.
func spelling(r *rand.Rand, canonical string) string {
	switch n := r.IntN(20); {
	case n < 14:
		return canonical
	case n < 19:
		return strings.ToLower(canonical)
	default:
		var b strings.Builder
		for i := 0; i < len(canonical); i += 2 {
			if i > 0 {
				b.WriteByte(':')
			}
			b.WriteString(canonical[i : i+2])
		}
		return b.String()
	}
}
