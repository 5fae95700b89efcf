package export

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/flow/browse/look"
	"involt/internal/kit/db"
)

// holder is what a file says of the person who charged. Its texts are parts of
// one.
type holder struct {
	First, Last, Email, External, CostCenter, Info1, Info2, Account string
	Groups                                                          string // names, in the groups' order, joined by "; "
	Cars                                                            string // plates and MAC addresses, packed, the oldest first
	Deleted                                                         bool
}

// place is what a file says of a charger.
type place struct {
	Identity, Location string
	evses              []evse
}

type evse struct {
	number int64
	id     string
}

func (p *place) evse(number int64) string {
	for _, e := range p.evses {
		if e.number == number {
			return e.id
		}
	}
	return ""
}

// plate is of the vehicle that a session is of: the one by whose MAC address it
// began, else the person's oldest one that has a plate.
func (h *holder) plate(uid string) string {
	mac, byMAC := strings.CutPrefix(uid, "VID:")
	first := ""
	for rest := h.Cars; rest != ""; {
		var plate, of string
		plate, rest = unpack(rest)
		of, rest = unpack(rest)
		if first == "" {
			first = plate
		}
		if byMAC && of == mac {
			return plate
		}
	}
	return first
}

// known remembers from one part of a file to the next what its rows name by id:
// the same people charge at the same chargers again and again, and a database that
// joins them to each row looks each of them up as often.
//
// Of a person it keeps one text, so that a hundred thousand fit into some twenty
// MiB.
type known struct {
	ws                                id.Workspace
	by                                access.Actor // who sees the rows, as they stand within their reach
	groups, plates, accounts, printed bool         // what is read

	names  map[id.Group]ranked
	people memory[id.Raw, string] // packed
	cards  memory[id.Raw, string] // the numbers printed on them
	places memory[id.Charger, place]
}

// memory is what is known under keys; a row finds it by its number, without
// looking the key up again.
type memory[K comparable, V any] struct {
	at   map[K]int32
	list []V
}

// forget empties a memory that is full.
func (m *memory[K, V]) forget() {
	if m.at == nil || len(m.list) > mostKept {
		m.at, m.list = map[K]int32{}, nil
	}
}

// number returns under what number a key's value is, and whether it is to be read.
func (m *memory[K, V]) number(key K) (n int32, missing bool) {
	n, ok := m.at[key]
	if !ok {
		n = int32(len(m.list)) //nolint:gosec // mostKept and one part more
		m.at[key] = n
		var nothing V
		m.list = append(m.list, nothing)
	}
	return n, !ok
}

func (m *memory[K, V]) of(key K) *V { return &m.list[m.at[key]] }

type ranked struct {
	name string
	rank int64
	id   id.Group
}

// mostKept is of how many people, cards and chargers it is remembered.
const mostKept = 120_000

// read sees to it that all is known that the rows name, and fills it in.
func (k *known) read(tx *db.Tx, rows []session) error {
	if k.groups && k.names == nil {
		if err := k.readNames(tx); err != nil {
			return err
		}
	}
	k.people.forget()
	k.cards.forget()
	k.places.forget()
	var people []id.Person
	var cards []id.Card
	var chargers []id.Charger
	type numbers struct{ person, card, place int32 }
	found := make([]numbers, len(rows))
	for i := range rows {
		r, n := &rows[i], &found[i]
		var missing bool
		if r.Person != "" {
			if n.person, missing = k.people.number(id.RawOf(r.Person)); missing {
				people = append(people, r.Person)
			}
		}
		if k.printed && r.CardID != "" {
			if n.card, missing = k.cards.number(id.RawOf(r.CardID)); missing {
				cards = append(cards, r.CardID)
			}
		}
		if n.place, missing = k.places.number(r.Charger); missing {
			chargers = append(chargers, r.Charger)
		}
	}
	if err := inParts(people, func(some []id.Person) error { return k.readPeople(tx, some) }); err != nil {
		return err
	}
	if err := inParts(cards, func(some []id.Card) error { return k.readCards(tx, some) }); err != nil {
		return err
	}
	if err := inParts(chargers, func(some []id.Charger) error { return k.readPlaces(tx, some) }); err != nil {
		return err
	}
	for i := range rows {
		r, n := &rows[i], &found[i]
		r.place = k.places.list[n.place]
		if r.Person != "" {
			r.holder = held(k.people.list[n.person])
		}
		if k.printed && r.CardID != "" {
			r.Printed = k.cards.list[n.card]
		}
	}
	return nil
}

func (k *known) readNames(tx *db.Tx) error {
	k.names = map[id.Group]ranked{}
	for g, err := range db.Each(tx, func(row db.Scanner) (g ranked, err error) {
		err = row.Scan(&g.id, &g.name, &g.rank)
		return g, err
	}, `SELECT id, name, rank FROM user_group WHERE workspace = ?`, k.ws) {
		if err != nil {
			return err
		}
		k.names[g.id] = g
	}
	return nil
}

func (k *known) readPeople(tx *db.Tx, some []id.Person) error {
	groups, err := k.groupsOf(tx, some)
	if err != nil {
		return err
	}
	cars, err := k.carsOf(tx, some)
	if err != nil {
		return err
	}
	type line struct {
		who id.Person
		holder
		billing account.Billing
	}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.who, &l.First, &l.Last, &l.Email, &l.External, &l.CostCenter, &l.Info1, &l.Info2, &l.Account, &l.billing, &l.Deleted)
		return l, err
	}, `SELECT p.id, p.first_name, p.last_name, p.email, p.external_id, p.cost_center, p.info_1, p.info_2, COALESCE(a.name, ''), COALESCE(a.billing, ''), p.deleted_at <> 0
		FROM person p LEFT JOIN account a ON a.workspace = p.workspace AND a.id = p.account WHERE p.workspace = ? AND p.id IN `+db.In(len(some)), db.Args(some, any(k.ws))...) {
		if err != nil {
			return err
		}
		if !k.accounts {
			l.Account = ""
		}
		l.Account = look.AccountName(k.by, l.billing, l.Account)
		l.Groups, l.Cars = groups[l.who], cars[l.who]
		*k.people.of(id.RawOf(l.who)) = l.packed()
	}
	return nil
}

func (k *known) groupsOf(tx *db.Tx, some []id.Person) (map[id.Person]string, error) {
	if !k.groups {
		return nil, nil
	}
	type member struct {
		who   id.Person
		group id.Group
	}
	in := map[id.Person][]ranked{}
	for m, err := range db.Each(tx, func(row db.Scanner) (m member, err error) {
		err = row.Scan(&m.who, &m.group)
		return m, err
	}, `SELECT person, user_group FROM group_member WHERE workspace = ? AND person IN `+db.In(len(some)), db.Args(some, any(k.ws))...) {
		if err != nil {
			return nil, err
		}
		if g, ok := k.names[m.group]; ok {
			in[m.who] = append(in[m.who], g)
		}
	}
	all := make(map[id.Person]string, len(in))
	for who, groups := range in {
		slices.SortFunc(groups, func(a, b ranked) int {
			return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(string(a.id), string(b.id)))
		})
		names := make([]string, len(groups))
		for i, g := range groups {
			names[i] = g.name
		}
		all[who] = strings.Join(names, "; ")
	}
	return all, nil
}

func (k *known) carsOf(tx *db.Tx, some []id.Person) (map[id.Person]string, error) {
	if !k.plates {
		return nil, nil
	}
	type car struct {
		who            id.Person
		id, plate, mac string
	}
	list, err := db.All(tx, func(row db.Scanner) (c car, err error) {
		err = row.Scan(&c.who, &c.id, &c.plate, &c.mac)
		return c, err
	}, `SELECT person, id, plate, mac FROM vehicle WHERE workspace = ? AND plate <> '' AND person IN `+db.In(len(some)), db.Args(some, any(k.ws))...)
	// Put into order here: asked to, SQLite may walk all vehicles in the order of ids.
	slices.SortFunc(list, func(a, b car) int { return strings.Compare(a.id, b.id) })
	all := map[id.Person]string{}
	for _, c := range list {
		all[c.who] += pack(c.plate, c.mac)
	}
	return all, err
}

func (k *known) readCards(tx *db.Tx, some []id.Card) error {
	type line struct {
		card    id.Card
		printed string
	}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.card, &l.printed)
		return l, err
	}, `SELECT id, printed FROM card WHERE workspace = ? AND id IN `+db.In(len(some)), db.Args(some, any(k.ws))...) {
		if err != nil {
			return err
		}
		*k.cards.of(id.RawOf(l.card)) = l.printed
	}
	return nil
}

func (k *known) readPlaces(tx *db.Tx, some []id.Charger) error {
	type line struct {
		charger id.Charger
		place
		evse
	}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.charger, &l.Identity, &l.Location, &l.number, &l.id)
		return l, err
	}, `SELECT h.id, h.identity, l.name, COALESCE(e.number, 0), COALESCE(e.evse_id, '') FROM charger h JOIN location l ON l.workspace = h.workspace AND l.id = h.location
		LEFT JOIN evse e ON e.workspace = h.workspace AND e.charger = h.id WHERE h.workspace = ? AND h.id IN `+db.In(len(some)), db.Args(some, any(k.ws))...) {
		if err != nil {
			return err
		}
		p := k.places.of(l.charger)
		p.Identity, p.Location, p.evses = l.Identity, l.Location, append(p.evses, l.evse)
	}
	return nil
}

// packed is h as one text.
func (h *holder) packed() string {
	gone := ""
	if h.Deleted {
		gone = "1"
	}
	return pack(h.First, h.Last, h.Email, h.External, h.CostCenter, h.Info1, h.Info2, h.Account, h.Groups, gone) + h.Cars
}

// held reads what packed wrote.
func held(text string) (h holder) {
	if text == "" {
		return h // they are gone
	}
	gone := ""
	for _, to := range []*string{&h.First, &h.Last, &h.Email, &h.External, &h.CostCenter, &h.Info1, &h.Info2, &h.Account, &h.Groups, &gone} {
		*to, text = unpack(text)
	}
	h.Cars, h.Deleted = text, gone != ""
	return h
}

// pack joins texts, each behind its length.
func pack(list ...string) string {
	var b []byte
	for _, s := range list {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return string(b)
}

// unpack returns the first of texts that were packed, and the others.
func unpack(text string) (first, rest string) {
	n, shift := 0, 0
	for i := range len(text) {
		c := text[i]
		if n |= int(c&0x7f) << shift; c < 0x80 {
			return text[i+1 : i+1+n], text[i+1+n:]
		}
		shift += 7
	}
	return "", ""
}
