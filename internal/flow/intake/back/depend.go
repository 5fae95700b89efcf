package back

import (
	"time"

	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
)

// whyNot are the sentences of what may have happened to somebody; each goes after
// a name.
var whyNot = map[string]string{
	"charged": "has charged since", "in": "has come in since", "invited": "was invited since", "told": "was written to since",
	"status": "has another status since", "gone": "was deleted since", "edited": "was changed by hand since", "card": "was given a card since",
	"group": "was put into a group since", "vehicle": "has a vehicle since", "grant": "was let in at a place since", "role": "holds a staff role since",
	"claim": "has a printed code since", "leave": "is to leave on a date", "merged": "was merged with another user since", "view": "has saved a view since",
}

// Depends says what depends on a chunk that was applied: what happened since to
// those whom it added, and to what it changed.
//
// given are the cards that the import gave to people in this chunk and in later
// ones, to which Depends adds those of this one: look at the last chunk first.
func (u *Undo) Depends(tx *db.Tx, r *Order, later *Later) (list []imports.Dependent, err error) {
	later.note(u)
	ws := r.By.Workspace
	people, err := u.people(tx, ws, r.Import, later.given)
	if err != nil {
		return nil, err
	}
	for _, p := range u.People {
		if why := people[p]; why != "" {
			list = append(list, imports.Dependent{Subject: journal.About("person", p), Why: why})
		}
	}
	cards, err := u.cards(tx, ws)
	if err != nil {
		return nil, err
	}
	added := map[id.Person]bool{}
	for _, p := range u.People {
		added[p] = true
	}
	for _, c := range u.Cards {
		if d := cards[c]; d.why != "" && !added[d.holder] {
			list = append(list, imports.Dependent{Subject: journal.About("card", c), Why: d.why})
		}
	}
	for _, c := range u.Took {
		if d := cards[c.Card]; d.why != "" {
			list = append(list, imports.Dependent{Subject: journal.About("card", c.Card), Why: d.why})
		}
	}
	changed, err := u.changed(tx, ws)
	if err != nil {
		return nil, err
	}
	dates, err := u.spans(tx, ws)
	if err != nil {
		return nil, err
	}
	for i := range u.Changed {
		w := &u.Changed[i]
		p, here := changed[w.Person]
		why := w.since(&p, here)
		if why == "" {
			why = dates.since(w)
		}
		if why != "" {
			list = append(list, imports.Dependent{Subject: journal.About("person", w.Person), Why: why})
		}
	}
	cars, err := u.dependOnCars(tx, ws, added)
	if err != nil {
		return nil, err
	}
	payers, err := u.dependOnPayers(tx, r, later)
	return append(append(list, cars...), payers...), err
}

// since says why a known user cannot become again what they were.
func (w *Was) since(p *person.Person, here bool) string {
	if !here {
		return whyNot["gone"]
	}
	if w.Status != "" && p.Status != w.Status {
		return whyNot["status"]
	}
	if w.Payer != nil && p.Account != w.Payer.To {
		return "was changed since: " + sheet.Account.Label()
	}
	for _, c := range w.Fields {
		if now, ok := sheet.Get(p, c.Column); ok && now != c.New {
			return "was changed since: " + c.Column.Label()
		}
	}
	return ""
}

// changed are those who were known before, as they are now.
func (u *Undo) changed(tx *db.Tx, ws id.Workspace) (map[id.Person]person.Person, error) {
	var ids []id.Person
	for _, w := range u.Changed {
		ids = append(ids, w.Person)
	}
	list, err := person.ByIDs(tx, ws, ids)
	all := make(map[id.Person]person.Person, len(list))
	for _, p := range list {
		all[p.ID] = p
	}
	return all, err
}

// people says of those who were added why they cannot be taken back, one reason
// each. What the import itself did at other moments is no reason.
func (u *Undo) people(tx *db.Tx, ws id.Workspace, one id.Import, given map[id.Card]bool) (map[id.Person]string, error) {
	why := map[id.Person]string{}
	if len(u.People) == 0 {
		return why, nil
	}
	among, list := db.Among(tx, "person", u.People)
	amongID, _ := db.Among(tx, "id", u.People)
	amongHeir, _ := db.Among(tx, "merged_into", u.People)
	const itsOwn = `NOT IN (SELECT applied_at FROM import_chunk WHERE workspace = ? AND import = ?)`
	type line struct {
		who  id.Person
		why  string
		card id.Card // that they were given
	}
	var args []any
	query := ""
	ask := func(from string, more ...any) {
		if query != "" {
			query += ` UNION ALL `
		}
		query += from
		args = append(args, ws, list)
		args = append(args, more...)
	}
	ask(`SELECT person, 'charged', '' FROM charge WHERE workspace = ? AND ` + among)
	ask(`SELECT id, 'in', '' FROM person WHERE workspace = ? AND ` + amongID + ` AND identity IS NOT NULL`)
	ask(`SELECT id, 'gone', '' FROM person WHERE workspace = ? AND ` + amongID + ` AND deleted_at <> 0`)
	ask(`SELECT person, 'invited', '' FROM invite WHERE workspace = ? AND ` + among)
	ask(`SELECT person, 'told', '' FROM notice WHERE workspace = ? AND ` + among)
	ask(`SELECT person, 'edited', '' FROM field_source WHERE workspace = ? AND ` + among + ` AND kind <> 'file'`)
	ask(`SELECT id, 'status', '' FROM person WHERE workspace = ? AND `+amongID+` AND status_at `+itsOwn, ws, one)
	ask(`SELECT person, 'card', id FROM card WHERE workspace = ? AND `+among+` AND created_at `+itsOwn, ws, one)
	ask(`SELECT person, 'group', '' FROM group_member WHERE workspace = ? AND `+among+` AND since `+itsOwn, ws, one)
	ask(`SELECT person, 'vehicle', '' FROM vehicle WHERE workspace = ? AND `+among+` AND created_at `+itsOwn, ws, one)
	ask(`SELECT person, 'grant', '' FROM access_grant WHERE workspace = ? AND ` + among)
	ask(`SELECT person, 'claim', '' FROM claim WHERE workspace = ? AND ` + among)
	ask(`SELECT person, 'leave', '' FROM departure WHERE workspace = ? AND `+among+` AND (done_at <> 0 OR planned_at `+itsOwn+`)`, ws, one)
	ask(`SELECT person, 'view', '' FROM saved_view WHERE workspace = ? AND ` + among)
	ask(`SELECT merged_into, 'merged', '' FROM person WHERE workspace = ? AND merged_into <> '' AND ` + amongHeir)
	ask(`SELECT person, 'role', '' FROM person_role WHERE workspace = ? AND ` + among)
	staff := map[id.Person]bool{}
	for _, p := range u.Staff {
		staff[p] = true
	}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.who, &l.why, &l.card)
		return l, err
	}, query, args...) {
		if err != nil {
			return nil, err
		}
		if why[l.who] == "" && !(l.why == "role" && staff[l.who]) && !given[l.card] {
			why[l.who] = whyNot[l.why]
		}
	}
	if len(u.Cars) == 0 {
		return why, nil
	}
	cars, err := u.carsNow(tx, ws)
	for _, w := range u.Cars {
		v, here := cars[w.Vehicle]
		if since := w.since(v, here); since != "" && why[w.Holder] == "" {
			why[w.Holder] = since
		}
	}
	return why, err
}

// cardWhy is a card's holder, and why it cannot be taken back or become again
// what it was.
type cardWhy struct {
	holder id.Person
	why    string
	erased bool // its holder was: it is nobody's business any more
}

func (u *Undo) cards(tx *db.Tx, ws id.Workspace) (map[id.Card]cardWhy, error) {
	ids := append([]id.Card{}, u.Cards...)
	took := map[id.Card]*CardWas{}
	for i := range u.Took {
		ids = append(ids, u.Took[i].Card)
		took[u.Took[i].Card] = &u.Took[i]
	}
	why := map[id.Card]cardWhy{}
	if len(ids) == 0 {
		return why, nil
	}
	list, err := card.ByIDs(tx, ws, ids)
	if err != nil {
		return nil, err
	}
	here := map[id.Card]bool{}
	for i := range list {
		c := &list[i]
		here[c.ID] = true
		w := cardWhy{holder: c.Person}
		switch was := took[c.ID]; {
		case c.Erased():
			w.erased = true
		case was != nil:
			w.why = was.since(c)
		case c.State != card.Active:
			w.why = "was " + stateSince[c.State] + " since"
		}
		why[c.ID] = w
	}
	among, arg := db.Among(tx, "card", u.Cards)
	for c, err := range db.Each(tx, db.Text[id.Card], `SELECT card FROM charge WHERE workspace = ? AND card IS NOT NULL AND `+among, ws, arg) {
		if err != nil {
			return nil, err
		}
		if !why[c].erased {
			why[c] = cardWhy{holder: why[c].holder, why: "was used to charge since"}
		}
	}
	for c, was := range took {
		if !here[c] {
			why[c] = cardWhy{holder: was.Holder, why: "is no longer there"}
		}
	}
	return why, nil
}

var stateSince = map[card.State]string{
	card.Inactive: "switched off", card.Blocked: "blocked", card.Suspended: "suspended", card.Expired: "ended", card.Deactivated: "removed",
}

// since says why a known card cannot become again what it was.
func (w *CardWas) since(c *card.Card) string {
	if w.Holder != "" && c.Person != w.Holder {
		return "has another holder since"
	}
	for _, ch := range w.Changes {
		now, known := "", true
		switch ch.Column {
		case sheet.CardPrinted:
			now = c.Printed
		default:
			known = false
		}
		if known && now != ch.New {
			return "was changed since: " + ch.Column.Label()
		}
	}
	if w.Holder != "" && c.LastUsed.After(time.Time{}) {
		return "was used since"
	}
	return ""
}
