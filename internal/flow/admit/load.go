package admit

import (
	"strings"

	"involt/internal/core/card"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
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
	w.chargers = make(map[id.Raw]place, len(chargers))
	for _, c := range chargers {
		w.chargers[id.RawOf(c.ID)] = place{id.RawOf(c.Location)}
	}
	return nil
}

// loadRules reads the grants to groups.
func (w *world) loadRules(tx *db.Tx, ws id.Workspace) error {
	list, err := grant.OfGroups(tx, ws)
	if err != nil {
		return err
	}
	w.rules = map[id.Raw]rules{}
	for _, g := range list {
		key := id.RawOf(g.Group)
		w.rules[key] = append(w.rules[key], ruleOf(g))
	}
	for _, r := range w.rules {
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
// those of list. People of list who are gone are forgotten.
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
	gone := map[id.Raw]bool{}
	for _, p := range list {
		gone[id.RawOf(p)] = true
		if i, ok := w.who[id.RawOf(p)]; ok {
			w.dropCards(i)
			delete(w.direct, i)
		}
	}
	query, args := only(`SELECT id, status, cards_until FROM person WHERE workspace = ?`, "id", ws, list)
	for p, err := range db.Each(tx, scanPerson, query, args...) {
		if err != nil {
			return err
		}
		p.set = w.set(groups[p.id])
		w.putPerson(p)
		delete(gone, p.id)
	}
	for p := range gone {
		w.dropPerson(p)
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
	touched := map[int32]bool{}
	for _, g := range all {
		if i, ok := w.who[id.RawOf(g.Person)]; ok {
			w.direct[i] = append(w.direct[i], ruleOf(g))
			touched[i] = true
		}
	}
	for i := range touched {
		w.direct[i].sort()
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
		w.holds[i] = append(w.holds[i], c.id)
	}
	w.putCard(keyOf([]byte(c.uid)), rec)
}

// change is what a batch of journal entries says may have changed.
type change struct {
	people        map[id.Person]bool
	cards         map[id.Card]bool
	rules, places bool
	settings, all bool
	entries       int
}

// note adds an entry's subject to the change.
func (c *change) note(subject string) {
	noun, key, _ := strings.Cut(subject, ":")
	switch noun {
	case "person":
		c.people[id.Person(key)] = true
	case "card":
		c.cards[id.Card(key)] = true
	case "group":
		c.rules = true
	case "location", "charger":
		c.places = true
	case "workspace":
		c.settings = true
	}
}

// apply reads anew what a change names. w must be locked.
func (w *world) apply(tx *db.Tx, ws id.Workspace, c *change) error {
	if c.settings {
		if err := w.loadSettings(tx, ws); err != nil {
			return err
		}
	}
	if c.places {
		if err := w.loadPlaces(tx, ws); err != nil {
			return err
		}
	}
	if c.rules {
		if err := w.loadRules(tx, ws); err != nil {
			return err
		}
	}
	for one := range c.cards {
		if err := w.rereadCard(tx, ws, one, c); err != nil {
			return err
		}
	}
	list := make([]id.Person, 0, len(c.people))
	for p := range c.people {
		list = append(list, p)
	}
	return w.loadPeople(tx, ws, list)
}

// rereadCard forgets a card and has its holder, the former one too, read anew.
func (w *world) rereadCard(tx *db.Tx, ws id.Workspace, one id.Card, c *change) error {
	raw := id.RawOf(one)
	if key, ok := w.where[raw]; ok {
		if i := w.cards[key].person; i >= 0 {
			c.people[id.Text[id.Person](w.people[i].id)] = true
		}
		w.dropCard(raw)
	}
	v, err := card.ByID(tx, ws, one)
	switch {
	case errs.KindOf(err) == errs.NotFound, err == nil && v.State == card.Deactivated:
		return nil
	case err != nil:
		return err
	case v.Person != "":
		c.people[v.Person] = true
		return nil
	}
	row := cardRow{uid: v.UID}
	row.id, row.state = raw, stateIndex(v.State)
	w.addCard(row)
	return nil
}

// changesAfter gathers what entries behind a place of the chain, and those that
// have no place yet, say may have changed. It returns the newest place.
func changesAfter(tx *db.Tx, ws id.Workspace, seq int64, seen map[id.Entry]bool) (c change, last int64, err error) {
	c = change{people: map[id.Person]bool{}, cards: map[id.Card]bool{}}
	last = seq
	list, err := journal.Since(tx, ws, seq)
	if err != nil {
		return c, last, err
	}
	for _, e := range list {
		last = max(last, e.Seq)
		if seen[e.ID] {
			if e.Seq > 0 {
				delete(seen, e.ID) // it has its place now and will not come again
			}
			continue
		}
		if e.Seq == 0 {
			seen[e.ID] = true
		}
		c.entries++
		c.note(e.Subject)
		subjects, err := journal.Subjects(tx, ws, e.ID)
		if err != nil {
			return c, last, err
		}
		for _, s := range subjects {
			c.note(s)
		}
	}
	c.all = len(c.people) > reloadAbove
	return c, last, nil
}

// reloadAbove is how many changed people make it quicker to read everyone.
const reloadAbove = 50_000
