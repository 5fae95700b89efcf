package admit

import (
	"involt/internal/core/card"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
)

// loadWorld reads a whole workspace.
func loadWorld(tx *db.Tx, ws id.Workspace) (*world, error) {
	w := newWorld()
	for _, step := range []func(*db.Tx, id.Workspace) error{w.loadSettings, w.loadPlaces, w.loadRules} {
		if err := step(tx, ws); err != nil {
			return nil, err
		}
	}
	return w, w.loadPeople(tx, ws, nil)
}

func (w *world) loadSettings(tx *db.Tx, ws id.Workspace) error {
	v, err := workspace.ByID(tx, ws)
	w.setMode(v.AccessMode)
	return err
}

func (w *world) loadPlaces(tx *db.Tx, ws id.Workspace) error {
	locations, err := site.Locations(tx, ws)
	if err != nil {
		return err
	}
	chargers, err := site.Chargers(tx, ws)
	if err != nil {
		return err
	}
	w.locations = make(map[id.Raw]location, len(locations))
	for _, l := range locations {
		w.locations[id.RawOf(l.ID)] = location{l.Name, l.MembersOnly}
	}
	w.chargers = make(map[hashed]place, len(chargers))
	for _, c := range chargers {
		at := id.RawOf(c.Location)
		w.chargers[hashOf(c.ID)] = place{id.RawOf(c.ID), at, w.locations[at].membersOnly}
	}
	return nil
}

// loadRules reads the grants to groups.
func (w *world) loadRules(tx *db.Tx, ws id.Workspace) error {
	list, err := grant.OfGroups(tx, ws)
	if err != nil {
		return err
	}
	clear(w.groups)
	for _, g := range list {
		i := w.group(id.RawOf(g.Group))
		w.groups[i] = append(w.groups[i], ruleOf(g))
	}
	for _, r := range w.groups {
		r.sort()
	}
	return nil
}

func ruleOf(g grant.Grant) rule {
	r := rule{place: id.RawOf(g.Location)}
	if g.Charger != "" {
		r.place = id.RawOf(g.Charger)
	}
	if !g.From.IsZero() {
		r.from = g.From.UnixMilli()
	}
	if !g.Until.IsZero() {
		r.until = g.Until.UnixMilli()
	}
	return r
}

// loadPeople reads people with their groups, grants and cards: all of them, or
// those of list.
func (w *world) loadPeople(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	if list != nil {
		const atOnce = 400
		for len(list) > atOnce {
			if err := w.loadPeople(tx, ws, list[:atOnce]); err != nil {
				return err
			}
			list = list[atOnce:]
		}
		if len(list) == 0 {
			return nil
		}
	}
	groups, err := memberships(tx, ws, list)
	if err != nil {
		return err
	}
	query, args := only(`SELECT id, status, cards_until FROM person WHERE workspace = ?`, "id", ws, list)
	for p, err := range db.Each(tx, scanPerson, query, args...) {
		if err != nil {
			return err
		}
		p.set = w.set(groups[p.id])
		w.putPerson(p)
	}
	if err := w.loadDirect(tx, ws, list); err != nil {
		return err
	}
	return w.loadCards(tx, ws, list)
}

func scanPerson(row db.Scanner) (p personRec, err error) {
	var who id.Person
	var status person.Status
	err = row.Scan(&who, &status, &p.cardsUntil)
	p.id, p.status = id.RawOf(who), statusIndex(status)
	return p, err
}

// only narrows a query to some people, or to none in particular if list is nil.
func only(query, column string, ws id.Workspace, list []id.Person) (string, []any) {
	if list == nil {
		return query, []any{ws}
	}
	return query + ` AND ` + column + ` IN ` + db.In(len(list)), db.Args(list, any(ws))
}

func memberships(tx *db.Tx, ws id.Workspace, list []id.Person) (map[id.Raw][]id.Raw, error) {
	groups := map[id.Raw][]id.Raw{}
	query, args := only(`SELECT person, user_group FROM group_member WHERE workspace = ?`, "person", ws, list)
	for m, err := range db.Each(tx, func(row db.Scanner) (m [2]id.Raw, err error) {
		var p id.Person
		var g id.Group
		err = row.Scan(&p, &g)
		return [2]id.Raw{id.RawOf(p), id.RawOf(g)}, err
	}, query, args...) {
		if err != nil {
			return nil, err
		}
		groups[m[0]] = append(groups[m[0]], m[1])
	}
	return groups, nil
}

// loadDirect reads the grants to people by name.
func (w *world) loadDirect(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	var all []grant.Grant
	var err error
	if list == nil {
		all, err = grant.OfPeople(tx, ws)
	}
	for i := 0; err == nil && i < len(list); i++ {
		var some []grant.Grant
		some, err = grant.OfPerson(tx, ws, list[i])
		all = append(all, some...)
	}
	if err != nil {
		return err
	}
	by := map[int32]rules{}
	for _, g := range all {
		if i, ok := w.who[id.RawOf(g.Person)]; ok {
			by[i] = append(by[i], ruleOf(g))
		}
	}
	for i, r := range by {
		r.sort()
		w.name(i, r)
	}
	return nil
}

type cardRow struct {
	uid    string
	person id.Raw
	cardRec
}

const cardColumns = `SELECT id, uid, state, COALESCE(person, ''), valid_from, valid_to FROM card WHERE workspace = ?`

func scanCard(row db.Scanner) (c cardRow, err error) {
	var card0 id.Card
	var state card.State
	var who id.Person
	err = row.Scan(&card0, &c.uid, &state, &who, &c.from, &c.to)
	c.id, c.person, c.state = id.RawOf(card0), id.RawOf(who), stateIndex(state)
	return c, err
}

func (w *world) loadCards(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	query, args := only(cardColumns+` AND state <> 'deactivated'`, "person", ws, list)
	for c, err := range db.Each(tx, scanCard, query, args...) {
		if err != nil {
			return err
		}
		w.addCard(c)
	}
	return nil
}

func (w *world) addCard(c cardRow) {
	rec := c.cardRec
	rec.person = -1
	if i, ok := w.who[c.person]; ok {
		rec.person = i
	}
	w.putCard(hash([]byte(c.uid)), rec)
}
