package roster

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"

	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/kit/db"

	"github.com/RoaringBitmap/roaring/v2"
)

const entryColumns = `SELECT id, status, sort_name, email, external_id, cost_center, account, sessions, last_charge_at, created_at FROM person WHERE workspace = ? AND deleted_at = 0`

func scanEntry(row db.Scanner) (e Entry, err error) {
	var who, status, account string // not of their own types: database/sql is twice as quick with plain ones
	err = row.Scan(&who, &status, &e.Name, &e.Email, &e.External, &e.Cost, &account, &e.Sessions, &e.Last, &e.Created)
	e.ID, e.Status, e.Account = id.RawOf(who), person.Status(status), id.Account(account)
	return e, err
}

type member struct {
	person id.Raw
	group  id.Group
}

func scanMember(row db.Scanner) (m member, err error) {
	var who, group string
	err = row.Scan(&who, &group)
	return member{id.RawOf(who), id.Group(group)}, err
}

func scanRaw(row db.Scanner) (id.Raw, error) {
	var who string
	err := row.Scan(&who)
	return id.RawOf(who), err
}

// builder fills a roster with many people at once.
type builder struct {
	*Roster
	words loader
}

func (b *builder) add(e *Entry) {
	r := b.Roster
	at := r.row()
	r.texts.put(at, e.Name, e.Email, e.External)
	b.words.add(at, r.texts.all(at))
	r.fill(at, e)
	r.find.put(r.ids, at)
}

// done puts everybody into order, and leads to them by their words. It touches
// neither groups nor cards.
func (b *builder) done() {
	var work sync.WaitGroup
	work.Go(func() {
		b.words.into(&b.Roster.words)
		b.sort(BySessions)
		b.sort(ByCharged)
	})
	b.sort(ByName)
	b.sort(ByCreated)
	work.Wait()
}

// atOnceLoaded is how many people are handed over from the database's side.
const atOnceLoaded = 1000

// load reads a whole workspace. While the database gives the next people, the last
// ones are put in; while it gives groups and cards, they are put into order.
func load(tx *db.Tx, ws id.Workspace) (*Roster, error) {
	b := &builder{Roster: newRoster()}
	r := b.Roster
	var work sync.WaitGroup
	feed := make(chan []Entry, 4)
	work.Go(func() {
		for list := range feed {
			for i := range list {
				b.add(&list[i])
			}
		}
	})
	err := readAll(tx, ws, feed)
	close(feed)
	work.Wait()
	if err != nil {
		return nil, err
	}
	work.Go(b.done)
	err = r.loadBelongings(tx, ws)
	work.Wait()
	if err != nil {
		return nil, err
	}
	r.fit()
	return r, nil
}

// readAll hands over everybody.
func readAll(tx *db.Tx, ws id.Workspace, feed chan<- []Entry) error {
	list := make([]Entry, 0, atOnceLoaded)
	for e, err := range db.Each(tx, scanEntry, entryColumns+` ORDER BY id`, ws) {
		if err != nil {
			return err
		}
		if list = append(list, e); len(list) == atOnceLoaded {
			feed <- list
			list = make([]Entry, 0, atOnceLoaded)
		}
	}
	feed <- list
	return nil
}

// loadBelongings reads who is in which group and who has a card.
func (r *Roster) loadBelongings(tx *db.Tx, ws id.Workspace) error {
	if err := r.loadGroups(tx, ws); err != nil {
		return err
	}
	for who, err := range db.Each(tx, scanRaw, `SELECT COALESCE(person, '') FROM card WHERE workspace = ? AND state <> 'deactivated'`, ws) {
		if err != nil {
			return err
		}
		if at, ok := r.find.get(r.ids, who); ok {
			r.cardless.clear(at)
		}
	}
	return nil
}

// fit gives back the memory that columns were given to grow quickly. They keep
// some, for a few more people.
func (r *Roster) fit() {
	r.ids, r.status = fit(r.ids), fit(r.status)
	r.last, r.created, r.sessions = fit(r.last), fit(r.created), fit(r.sessions)
	r.start, r.set, r.cost, r.payer = fit(r.start), fit(r.set), fit(r.cost), fit(r.payer)
	for _, list := range [][]*roaring.Bitmap{r.groups, r.costs[1:], r.payers[1:]} {
		for i := range list {
			list[i] = list[i].Clone()
		}
	}
	a := &r.texts
	a.bytes, a.rows = fit(a.bytes), fit(a.rows)
}

func fit[T any](list []T) []T {
	return append(make([]T, 0, len(list)+len(list)/32), list...)
}

// loadGroups reads who is in which group.
func (r *Roster) loadGroups(tx *db.Tx, ws id.Workspace) error {
	var who id.Raw
	var groups []uint32
	known := map[string]uint32{}
	settle := func() {
		if at, ok := r.find.get(r.ids, who); ok && len(groups) > 0 {
			r.join(at, r.setOfIndices(groups))
		}
		groups = groups[:0]
	}
	var person, group string
	for _, err := range db.Each(tx, func(row db.Scanner) (struct{}, error) { return struct{}{}, row.Scan(&person, &group) },
		`SELECT person, user_group FROM group_member WHERE workspace = ? ORDER BY person`, ws) {
		if err != nil {
			return err
		}
		if raw := id.RawOf(person); raw != who {
			settle()
			who = raw
		}
		g, ok := known[group]
		if !ok {
			g = r.group(id.Group(group))
			known[group] = g
		}
		groups = append(groups, g)
	}
	settle()
	return nil
}

// place is a row with what its place in an order mostly depends on: sorting a
// million of these does not wait for memory at every comparison.
type place struct {
	first, then uint64
	at          uint32
}

// sort puts everybody into one of the orders.
func (r *Roster) sort(s Sort) {
	places := make([]place, len(r.ids))
	column := r.number(s)
	for i := range places {
		p := &places[i]
		p.at = uint32(i)
		if column != nil {
			p.first = uint64(column[i]) ^ 1<<63 //nolint:gosec // compares as the number does
			continue
		}
		var b [16]byte
		copy(b[:], r.texts.name(p.at))
		p.first, p.then = binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
	}
	compare := r.compare(s)
	slices.SortFunc(places, func(a, b place) int {
		if n := cmp.Compare(a.first, b.first); n != 0 {
			return n
		}
		if n := cmp.Compare(a.then, b.then); n != 0 {
			return n
		}
		return compare(a.at, b.at)
	})
	list := make([]uint32, len(places))
	for i := range places {
		list[i] = places[i].at
	}
	r.orders[s] = makeOrder(list)
}

// readAtOnce is how many people are read again by one statement.
const readAtOnce = 400

// read reads some people again. Those who are not in the answer are gone.
func read(tx *db.Tx, ws id.Workspace, list []id.Raw) (all []Entry, err error) {
	for part := range slices.Chunk(list, readAtOnce) {
		ids := make([]string, 0, readAtOnce)
		for _, who := range part {
			ids = append(ids, id.Text[string](who))
		}
		for _, size := range []int{1, 20, atOnceCome, readAtOnce} { // few lengths: each is a statement of its own
			if len(ids) <= size {
				for len(ids) < size {
					ids = append(ids, ids[0])
				}
				break
			}
		}
		in, args := db.In(len(ids)), db.Args(ids, any(ws))
		some, err := db.All(tx, scanEntry, entryColumns+` AND id IN `+in, args...)
		if err != nil {
			return nil, err
		}
		at := make(map[id.Raw]*Entry, len(some))
		for i := range some {
			at[some[i].ID] = &some[i]
		}
		for m, err := range db.Each(tx, scanMember, `SELECT person, user_group FROM group_member WHERE workspace = ? AND person IN `+in, args...) {
			if err != nil {
				return nil, err
			}
			if e := at[m.person]; e != nil {
				e.Groups = append(e.Groups, m.group)
			}
		}
		for who, err := range db.Each(tx, scanRaw, `SELECT person FROM card WHERE workspace = ? AND state <> 'deactivated' AND person IN `+in, args...) {
			if err != nil {
				return nil, err
			}
			if e := at[who]; e != nil {
				e.Card = true
			}
		}
		all = append(all, some...)
	}
	return all, nil
}
