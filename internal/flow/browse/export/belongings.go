package export

import (
	"cmp"
	"slices"
	"strings"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// belongings remembers what people own from one part of a file to the next: the
// same people charge again and again.
type belongings struct {
	ws             id.Workspace
	groups, plates bool // what is read

	of    map[id.Person]owned
	names map[id.Group]ranked
}

type ranked struct {
	name string
	rank int64
	id   id.Group
}

// mostKept is of how many people it is remembered.
const mostKept = 50_000

// read makes sure that what the people of the rows own is in b.of.
func (b *belongings) read(tx *db.Tx, rows []Session) (err error) {
	if !b.groups && !b.plates {
		return nil
	}
	if b.groups && b.names == nil {
		if err := b.readNames(tx); err != nil {
			return err
		}
	}
	if b.of == nil || len(b.of) > mostKept {
		b.of = map[id.Person]owned{}
	}
	var missing []id.Person
	for i := range rows {
		r := &rows[i]
		if r.Person == "" || r.Deleted {
			continue
		}
		if _, ok := b.of[r.Person]; !ok {
			b.of[r.Person] = owned{}
			missing = append(missing, r.Person)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if b.groups {
		if err := inParts(missing, func(some []id.Person) error { return b.readGroups(tx, some) }); err != nil {
			return err
		}
	}
	if b.plates {
		return inParts(missing, func(some []id.Person) error { return b.readCars(tx, some) })
	}
	return nil
}

func (b *belongings) readNames(tx *db.Tx) error {
	b.names = map[id.Group]ranked{}
	for g, err := range db.Each(tx, func(row db.Scanner) (g ranked, err error) {
		err = row.Scan(&g.id, &g.name, &g.rank)
		return g, err
	}, `SELECT id, name, rank FROM user_group WHERE workspace = ?`, b.ws) {
		if err != nil {
			return err
		}
		b.names[g.id] = g
	}
	return nil
}

func (b *belongings) readGroups(tx *db.Tx, some []id.Person) error {
	type member struct {
		who   id.Person
		group id.Group
	}
	in := map[id.Person][]ranked{}
	for m, err := range db.Each(tx, func(row db.Scanner) (m member, err error) {
		err = row.Scan(&m.who, &m.group)
		return m, err
	}, `SELECT person, user_group FROM group_member WHERE workspace = ? AND person IN `+db.In(len(some)), db.Args(some, any(b.ws))...) {
		if err != nil {
			return err
		}
		if g, ok := b.names[m.group]; ok {
			in[m.who] = append(in[m.who], g)
		}
	}
	for who, groups := range in {
		slices.SortFunc(groups, func(a, b ranked) int {
			return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(string(a.id), string(b.id)))
		})
		names := make([]string, len(groups))
		for i, g := range groups {
			names[i] = g.name
		}
		o := b.of[who]
		o.groups = strings.Join(names, "; ")
		b.of[who] = o
	}
	return nil
}

func (b *belongings) readCars(tx *db.Tx, some []id.Person) error {
	type line struct {
		who id.Person
		car
	}
	in := map[id.Person][]car{}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.who, &l.id, &l.plate, &l.mac)
		return l, err
	}, `SELECT person, id, plate, mac FROM vehicle WHERE workspace = ? AND plate <> '' AND person IN `+db.In(len(some)), db.Args(some, any(b.ws))...) {
		if err != nil {
			return err
		}
		in[l.who] = append(in[l.who], l.car)
	}
	for who, cars := range in {
		slices.SortFunc(cars, func(a, b car) int { return strings.Compare(a.id, b.id) })
		o := b.of[who]
		o.cars = cars
		b.of[who] = o
	}
	return nil
}
