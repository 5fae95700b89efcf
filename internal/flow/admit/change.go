package admit

import (
	"maps"
	"slices"
	"strings"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/doubt"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// change is what a batch of journal entries says may have changed.
type change struct {
	people        map[id.Person]bool
	cards         map[id.Card]bool
	accounts      map[id.Account]bool
	sessions      map[id.Charge]bool
	rules, places bool
	settings, all bool
}

// note adds an entry's subject to the change.
func (c *change) note(subject string) {
	noun, key, _ := strings.Cut(subject, ":")
	switch noun {
	case "person":
		c.people[id.Person(key)] = true
	case "card":
		c.cards[id.Card(key)] = true
	case "account":
		c.accounts[id.Account(key)] = true
	case "session":
		c.sessions[id.Charge(key)] = true
	case "group":
		c.rules = true
	case "location", "charger":
		c.places = true
	case "workspace":
		c.settings = true
	}
}

// news is what was read anew because of a change, ready to be put into a world
// without asking the database any more.
type news struct {
	change
	read *world                // the people with their cards, the places, the rules, the settings
	mine []id.Raw              // the people who were looked for; those not in read are gone
	lost []id.Raw              // cards to be forgotten before those in read are put in
	runs []charge.Charge       // sessions, also such as have ended
	sure map[id.Card]time.Time // cards whose holders said when that it was them
	now  int64
}

// fetch reads what a change names. Nobody else changes w meanwhile, and nobody
// waits for the database.
func (w *world) fetch(tx *db.Tx, ws id.Workspace, c change) (n news, err error) {
	n = news{change: c, read: newWorld(), now: tx.NowMS()}
	if c.settings {
		if err := n.read.loadSettings(tx, ws); err != nil {
			return n, err
		}
	}
	if c.places {
		if err := n.read.loadPlaces(tx, ws); err != nil {
			return n, err
		}
	}
	if c.rules {
		if err := n.read.loadRules(tx, ws); err != nil {
			return n, err
		}
	}
	if len(c.accounts) > 0 {
		if err := n.read.payers.Load(tx, ws, slices.Collect(maps.Keys(c.accounts))); err != nil {
			return n, err
		}
	}
	if n.runs, err = charge.ByIDs(tx, ws, slices.Collect(maps.Keys(c.sessions))); err != nil {
		return n, err
	}
	used := slices.Collect(maps.Keys(c.cards))
	for i := range n.runs {
		if at := w.person(id.RawOf(n.runs[i].Person)); at != none && w.people[at].guest {
			c.people[n.runs[i].Person] = true // their budget has become less
		}
		used = append(used, n.runs[i].Card)
	}
	if len(used) > 0 {
		if n.sure, err = doubt.Cleared(tx, ws, tx.Now.Add(-doubt.Within), used); err != nil {
			return n, err
		}
	}
	var lone []cardRow
	for one := range c.cards {
		v, err := card.ByID(tx, ws, one)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return n, err
		}
		raw := id.RawOf(one)
		n.lost = append(n.lost, raw)
		if at := w.cardOf(raw); at != none && w.cards[at].person != none {
			c.people[id.Text[id.Person](w.people[w.cards[at].person].id)] = true // who held it so far
		}
		switch {
		case err != nil, v.State == card.Deactivated:
		case v.Person != "":
			c.people[v.Person] = true
		default:
			lone = append(lone, rowOf(&v))
		}
	}
	list := make([]id.Person, 0, len(c.people))
	for p := range c.people {
		list = append(list, p)
		n.mine = append(n.mine, id.RawOf(p))
	}
	if err := n.read.loadPeople(tx, ws, list); err != nil {
		return n, err
	}
	for _, row := range lone {
		n.read.addCard(row)
	}
	return n, nil
}

func rowOf(v *card.Card) cardRow {
	row := cardRow{number: v.UID}
	row.id, row.state, row.code = id.RawOf(v.ID), stateIndex(v.State), v.Kind == card.App && guest.IsCode(v.UID)
	if !v.ValidFrom.IsZero() {
		row.from = v.ValidFrom.UnixMilli()
	}
	if !v.ValidTo.IsZero() {
		row.to = v.ValidTo.UnixMilli()
	}
	return row
}

// take puts news in, all at once. w must be locked.
func (w *world) take(n *news) {
	if n.settings {
		w.everyone, w.home, w.language, w.slug = n.read.everyone, n.read.home, n.read.language, n.read.slug
		w.cardMost, w.userMost = n.read.cardMost, n.read.userMost
	}
	if n.places {
		w.chargers, w.locations, w.doors = n.read.chargers, n.read.locations, n.read.doors
	}
	payer := n.read.payers.Names() // by their indices in read
	w.payers.CopyFrom(&n.read.payers)
	names := make([]id.Raw, len(n.read.groups)) // of the groups by their indices in read
	for g, i := range n.read.groupOf {
		names[i] = g
	}
	if n.rules {
		clear(w.groups)
		w.refuge = nil
		for _, i := range n.read.refuge {
			w.refuge = groupSet{w.group(names[i])}
		}
		for i, r := range n.read.groups {
			if len(r) > 0 {
				g := w.group(names[i]) // may make w.groups longer
				w.groups[g] = r
			}
		}
	}
	for i := range n.runs {
		w.running.Put(id.RawOf(n.runs[i].ID), &n.runs[i])
		w.saw(&n.runs[i])
	}
	for card, at := range n.sure {
		w.clear(id.RawOf(card), at.UnixMilli())
	}
	if n.now-w.pruned > pruneEvery {
		w.forget(n.now)
	}
	for _, c := range n.lost {
		w.dropCard(w.cardOf(c))
	}
	for _, p := range n.mine {
		if n.read.person(p) == none {
			w.dropPerson(p)
		}
	}
	for i, p := range n.read.people {
		var set []int32
		for _, g := range n.read.sets[p.set] {
			set = append(set, w.group(names[g]))
		}
		p.set = w.set(set)
		p.account = w.payers.At(payer[p.account])
		here := w.putPerson(p)
		if r := n.read.direct[int32(i)]; len(r) > 0 {
			w.name(here, r)
		}
		if p.later {
			w.start(here, n.read.begins[int32(i)])
		}
		if p.guest {
			w.host(here, n.read.guests[int32(i)])
		}
	}
	for _, c := range n.read.cards { // nothing was dropped from it: it has no vacant places
		if c.person != none {
			c.person = w.person(n.read.people[c.person].id)
		}
		w.putCard(c)
	}
}

// changeOf gathers what news says may have changed.
func changeOf(n journal.News) change {
	c := change{people: map[id.Person]bool{}, cards: map[id.Card]bool{}, accounts: map[id.Account]bool{}, sessions: map[id.Charge]bool{}}
	for _, h := range n.What {
		c.note(h.Subject)
	}
	c.all = len(c.people)+len(c.accounts)+len(c.sessions) > reloadAbove
	return c
}

// reloadAbove is how many changed people make it quicker to read everyone.
const reloadAbove = 50_000
