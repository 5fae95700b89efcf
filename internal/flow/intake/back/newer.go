package back

import (
	"time"

	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/core/vehicle"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Later is what chunks further down did, which is no reason to keep what this one
// did. Its zero value knows nothing.
type Later struct {
	given map[id.Card]bool   // cards that were given to somebody
	moved map[id.Person]bool // those who were known and put into an account
}

func (l *Later) note(u *Undo) {
	if l.given == nil {
		l.given, l.moved = map[id.Card]bool{}, map[id.Person]bool{}
	}
	for _, c := range u.Took {
		if c.Holder != "" {
			l.given[c.Card] = true
		}
	}
	for i := range u.Changed {
		if u.Changed[i].Payer != nil {
			l.moved[u.Changed[i].Person] = true
		}
	}
}

// spans are when people begin and leave, as it is now.
type spans struct {
	begins map[id.Person]time.Time
	leaves map[id.Person]person.Departure
}

func (u *Undo) spans(tx *db.Tx, ws id.Workspace) (s spans, err error) {
	list := []id.Person{}
	for i := range u.Changed {
		if w := &u.Changed[i]; w.Begins != nil || w.Leaves != nil {
			list = append(list, w.Person)
		}
	}
	if len(list) == 0 {
		return s, nil
	}
	if s.begins, err = person.Arrivals(tx, ws, list); err == nil {
		s.leaves, err = person.Departures(tx, ws, list)
	}
	return s, err
}

// since says why somebody's dates cannot become again what they were.
func (s *spans) since(w *Was) string {
	if w.Begins != nil && Stamp(s.begins[w.Person]) != w.Begins.To {
		return "begins on another day since"
	}
	if w.Leaves == nil {
		return ""
	}
	d, there := s.leaves[w.Person]
	switch {
	case there && !d.Done.IsZero():
		return "has left since"
	case !there || Stamp(d.At) != w.Leaves.To:
		return "is to leave on another day since"
	}
	return ""
}

// dependOnCars says which users' vehicles are no longer as they were left.
func (u *Undo) dependOnCars(tx *db.Tx, ws id.Workspace, added map[id.Person]bool) (list []imports.Dependent, err error) {
	now, err := u.carsNow(tx, ws)
	for _, w := range u.Cars {
		v, here := now[w.Vehicle]
		if why := w.since(v, here); why != "" && !added[w.Holder] { // of those who were added that is asked with the rest
			list = append(list, imports.Dependent{Subject: journal.About("person", w.Holder), Why: why})
		}
	}
	return list, err
}

// dependOnPayers says what depends on accounts that were made, and on rates that
// were agreed on.
func (u *Undo) dependOnPayers(tx *db.Tx, r *Order, later *Later) (list []imports.Dependent, err error) {
	ws := r.By.Workspace
	for _, acc := range u.Accounts {
		a, err := account.ByID(tx, ws, acc)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		why, err := account.UsedBeside(tx, &a)
		if err != nil {
			return nil, err
		}
		for p, err := range db.Each(tx, db.Text[id.Person], `SELECT id FROM person WHERE workspace = ? AND account = ? AND account <> ''
			AND created_at NOT IN (SELECT applied_at FROM import_chunk WHERE workspace = ? AND import = ?)`, ws, acc, ws, r.Import) {
			if err != nil {
				return nil, err
			}
			if why == "" && !later.moved[p] {
				why = "has other users by now"
			}
		}
		if why != "" {
			list = append(list, imports.Dependent{Subject: journal.About("account", acc), Why: why})
		}
	}
	for i := range u.Rates {
		w := &u.Rates[i]
		why, _, err := w.since(tx, r)
		if err != nil {
			return nil, err
		}
		if why != "" {
			list = append(list, imports.Dependent{Subject: journal.About("account", w.Account), Why: why})
		}
	}
	return list, nil
}

// cars takes vehicles back of those who were known. Those of added people go with
// them.
func (b *back) cars() error {
	ws := b.r.By.Workspace
	now, err := b.u.carsNow(b.tx, ws)
	if err != nil {
		return err
	}
	added := map[id.Person]bool{}
	for _, p := range b.u.People {
		added[p] = true
	}
	for i := range b.u.Cars {
		w := &b.u.Cars[i]
		if added[w.Holder] {
			continue
		}
		v, here := now[w.Vehicle]
		why := w.since(v, here)
		if why == "" && here {
			if why, err = b.returnCar(w, &v); err != nil {
				return err
			}
		}
		about := journal.About("person", w.Holder)
		if why != "" {
			b.leave(why, about)
			continue
		}
		b.touch(about)
		if err := source.Drop(b.tx, ws, w.Holder, source.Vehicle(w.Vehicle)); err != nil {
			return err
		}
	}
	return nil
}

// returnCar removes a vehicle, or makes it what it was, or says why it cannot.
func (b *back) returnCar(w *CarWas, v *vehicle.Vehicle) (why string, err error) {
	ws := b.r.By.Workspace
	mac := v.CardUID()
	if w.Changes == nil {
		v.MAC = ""
	} else {
		w.Restore(v)
	}
	if mac != "" && v.CardUID() == "" { // its card went a moment ago, unless something depends on that
		var stays bool
		if err := b.tx.Row(`SELECT EXISTS (SELECT 1 FROM card WHERE workspace = ? AND uid = ? AND person = ?)`, []any{ws, mac, w.Holder}, &stays); err != nil {
			return "", err
		}
		if stays {
			return "has a vehicle whose MAC address charges still", nil
		}
	}
	if w.Changes == nil {
		return "", vehicle.Delete(b.tx, ws, w.Vehicle)
	}
	if v.Plate != "" {
		other, err := vehicle.ByPlate(b.tx, ws, v.Country, v.Plate)
		switch {
		case err == nil && other.ID != v.ID:
			return "had another plate on a vehicle, which is somebody else's by now", nil
		case err != nil && errs.KindOf(err) != errs.NotFound:
			return "", err
		}
	}
	return "", vehicle.Save(b.tx, v)
}

// touch notes somebody who becomes again what they were.
func (b *back) touch(about string) {
	for _, a := range b.changed {
		if a == about {
			return
		}
	}
	b.changed = append(b.changed, about)
}
