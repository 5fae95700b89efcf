package admit

import (
	"slices"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/core/lesson"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit/judge"
	"involt/internal/flow/admit/ruling"
	"involt/internal/kit/db"
)

// loadWorld reads a whole workspace.
func loadWorld(tx *db.Tx, ws id.Workspace) (*world, error) {
	w := newWorld()
	for _, step := range []func(*db.Tx, id.Workspace) error{w.loadSettings, w.loadPlaces, w.loadRules, w.loadAllPayers, w.loadRunning, w.loadSights} {
		if err := step(tx, ws); err != nil {
			return nil, err
		}
	}
	return w, w.loadPeople(tx, ws, nil)
}

func (w *world) loadAllPayers(tx *db.Tx, ws id.Workspace) error { return w.payers.Load(tx, ws, nil) }

func (w *world) loadSettings(tx *db.Tx, ws id.Workspace) error {
	v, err := workspace.ByID(tx, ws)
	w.setMode(v.AccessMode)
	w.cardMost, w.userMost = v.CardSessions, v.UserSessions
	w.home, w.language, w.slug = w.zone(v.TimeZone), v.Language, v.Slug
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
		w.locations[id.RawOf(l.ID)] = location{l.Name, l.MembersOnly, l.Where, l.Away, l.AwayCap}
	}
	w.chargers = make(map[hashed]place, len(chargers))
	w.doors = make(map[string]Door, len(chargers))
	for _, c := range chargers {
		at := id.RawOf(c.Location)
		w.chargers[hashOf(c.ID)] = place{id: id.RawOf(c.ID), location: at, membersOnly: w.locations[at].membersOnly, open: c.Open}
		w.doors[c.Identity] = doorOf(&c)
	}
	evses, err := site.EVSEs(tx, ws, "")
	if err != nil {
		return err
	}
	for _, e := range evses {
		at := hashOf(e.Charger)
		spot := w.chargers[at]
		spot.evses++ // 64 at most
		w.chargers[at] = spot
	}
	lessons, err := lesson.AllOpen(tx, ws)
	for i := range lessons {
		at := hashOf(lessons[i].Charger)
		if spot, ok := w.chargers[at]; ok {
			spot.lesson, spot.until = id.RawOf(lessons[i].ID), lessons[i].Until.UnixMilli()
			w.chargers[at] = spot
		}
	}
	return err
}

// loadRules reads the grants to groups, and which group is the default one.
func (w *world) loadRules(tx *db.Tx, ws id.Workspace) error {
	list, err := grant.OfGroups(tx, ws)
	if err != nil {
		return err
	}
	refuge, err := group.TheDefault(tx, ws)
	if err != nil {
		return err
	}
	clear(w.groups)
	w.refuge = nil
	if refuge != "" {
		w.refuge = groupSet{w.group(id.RawOf(refuge))}
	}
	for _, g := range list {
		i := w.group(id.RawOf(g.Group))
		w.groups[i] = append(w.groups[i], w.ruleOf(&g))
	}
	for _, r := range w.groups {
		r.sort()
	}
	return nil
}

func (w *world) ruleOf(g *grant.Grant) rule {
	r := rule{Place: id.RawOf(g.Location)}
	if g.Charger != "" {
		r.Place = id.RawOf(g.Charger)
	}
	if !g.From.IsZero() {
		r.From = g.From.UnixMilli()
	}
	if !g.Until.IsZero() {
		r.Until = g.Until.UnixMilli()
	}
	if !g.Hours.Always() {
		r.Hours = ruling.Hours{Zone: w.zone(g.Hours.Zone), From: int16(g.Hours.From), To: int16(g.Hours.To), Days: g.Hours.Days} //nolint:gosec // minutes of a day
	}
	return r
}

// zone returns a time zone. A name that means nothing cannot be stored; if it
// stands there all the same, UTC is nearer to what was meant than no hours.
func (w *world) zone(name string) *time.Location {
	z, ok := w.zones[name]
	if !ok {
		var err error
		if z, err = time.LoadLocation(name); err != nil {
			z = time.UTC
		}
		w.zones[name] = z
	}
	return z
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
	members, err := w.memberships(tx, ws, list)
	if err != nil {
		return err
	}
	var groups []int32
	query, args := only(`SELECT id, status, cards_until, account FROM person WHERE workspace = ?`, "id", ws, list)
	for p, err := range db.Each(tx, w.scanPerson, query+` ORDER BY id`, args...) {
		if err != nil {
			return err
		}
		// Both lists are in the order of the people's ids.
		for len(members) > 0 && slices.Compare(members[0].person[:], p.id[:]) < 0 {
			members = members[1:]
		}
		groups = groups[:0]
		for ; len(members) > 0 && members[0].person == p.id; members = members[1:] {
			groups = append(groups, members[0].group)
		}
		p.set = w.set(groups)
		w.putPerson(p)
	}
	if err := w.loadDirect(tx, ws, list); err != nil {
		return err
	}
	if err := w.loadGuests(tx, ws, list); err != nil {
		return err
	}
	begin, err := person.Arrivals(tx, ws, list)
	if err != nil {
		return err
	}
	for p, at := range begin {
		if i := w.person(id.RawOf(p)); i != none {
			w.start(i, at.UnixMilli())
		}
	}
	return w.loadCards(tx, ws, list)
}

func (w *world) scanPerson(row db.Scanner) (p personRec, err error) {
	var who, status, acc string
	err = row.Scan(&who, &status, &p.cardsUntil, &acc)
	p.id, p.status, p.account = id.RawOf(who), statusIndex(person.Status(status)), w.payers.At(id.RawOf(acc))
	return p, err
}

// only narrows a query to some people, or to none in particular if list is nil.
func only(query, column string, ws id.Workspace, list []id.Person) (string, []any) {
	if list == nil {
		return query, []any{ws}
	}
	return query + ` AND ` + column + ` IN ` + db.In(len(list)), db.Args(list, any(ws))
}

type member struct {
	person id.Raw
	group  int32
}

// memberships reads who is in which group, ordered by person.
func (w *world) memberships(tx *db.Tx, ws id.Workspace, list []id.Person) ([]member, error) {
	query, args := only(`SELECT person, user_group FROM group_member WHERE workspace = ?`, "person", ws, list)
	return db.All(tx, func(row db.Scanner) (m member, err error) {
		var p, g string
		err = row.Scan(&p, &g)
		return member{id.RawOf(p), w.group(id.RawOf(g))}, err
	}, query+` ORDER BY person`, args...)
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
		if i := w.person(id.RawOf(g.Person)); i != none {
			by[i] = append(by[i], w.ruleOf(&g))
		}
	}
	for i, r := range by {
		r.sort()
		w.name(i, r)
	}
	return nil
}

// cardRow is a card as it was read: its holder is not found yet.
type cardRow struct {
	number string
	holder id.Raw
	cardRec
}

const cardColumns = `SELECT id, uid, state, COALESCE(person, ''), valid_from, valid_to, kind FROM card WHERE workspace = ?`

func scanCard(row db.Scanner) (c cardRow, err error) {
	var one, state, who, kind string // not of their own types: database/sql is twice as quick with plain ones
	err = row.Scan(&one, &c.number, &state, &who, &c.from, &c.to, &kind)
	c.id, c.holder, c.state = id.RawOf(one), id.RawOf(who), stateIndex(card.State(state))
	c.code = kind == string(card.App) && guest.IsCode(c.number)
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
	c.uid = hash([]byte(c.number))
	c.cardRec.person = w.person(c.holder) // none has no id, and so is not found
	w.putCard(c.cardRec)
}

// lookAtSessions gathers the facts about sessions that run while the card at a
// place in cards is tapped. It allocates nothing.
func (w *world) lookAtSessions(f *judge.Facts, at int32, charger id.Raw, evse int64) {
	f.CardMost, f.UserMost = w.cardMost, w.userMost
	if w.running.None() || f.CardMost == 0 && f.UserMost == 0 {
		return
	}
	c := &w.cards[at]
	f.CardRuns = w.running.Elsewhere(c.id, charger, evse, f.Now)
	if f.UserMost == 0 || c.person == none {
		return
	}
	for other := w.people[c.person].first; other != none; other = w.cards[other].next {
		f.UserRuns += w.running.Elsewhere(w.cards[other].id, charger, evse, f.Now)
	}
}

// loadRunning reads the sessions that run.
func (w *world) loadRunning(tx *db.Tx, ws id.Workspace) error {
	list, err := charge.AllRunning(tx, ws)
	for i := range list {
		w.running.Put(id.RawOf(list[i].ID), &list[i])
	}
	return err
}
