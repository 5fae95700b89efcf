package back

import (
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/core/vehicle"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// back is a chunk being taken back.
type back struct {
	r       *Order
	tx      *db.Tx
	u       *Undo
	left    map[string][]string // subjects by why they stay
	changed []string            // subjects of those who were known and become again what they were
	removed []string            // subjects of those who are gone
	done    int
}

// TakeBack undoes what was done with a chunk, but for what depends on it by now:
// that is left, and u.Left says why. It returns how many users and cards were
// dealt with.
func (u *Undo) TakeBack(tx *db.Tx, r *Order) (done, left int, err error) {
	b := &back{r: r, tx: tx, u: u, left: map[string][]string{}}
	for _, do := range []func() error{b.members, b.known, b.cards, b.cars, b.people, b.rates, b.accounts, b.groups} {
		if err := do(); err != nil {
			return 0, 0, err
		}
	}
	for what, list := range map[string][]string{"person.removed": b.removed, "person.updated": b.changed} {
		if len(list) == 0 {
			continue
		}
		n := r.Note()
		n.Rows = len(list)
		if err := journal.RecordMany(tx, r.By, what, r.About(), list, n); err != nil {
			return 0, 0, err
		}
	}
	*u = Undo{Left: b.left}
	for _, list := range b.left {
		left += len(list)
	}
	return b.done, left, nil
}

func (b *back) leave(why, subject string) { b.left[why] = append(b.left[why], subject) }

// members takes those who were known out of the groups they were put into.
func (b *back) members() error {
	for _, m := range b.u.Members {
		was, err := group.Remove(b.tx, b.r.By.Workspace, m.Group, m.Person)
		if err != nil {
			return err
		}
		if about := journal.About("person", m.Person); was && !slices.Contains(b.changed, about) {
			b.changed = append(b.changed, about)
		}
	}
	return nil
}

// known makes those who were known what they were.
func (b *back) known() error {
	now, err := b.u.changed(b.tx, b.r.By.Workspace)
	if err != nil {
		return err
	}
	dates, err := b.u.spans(b.tx, b.r.By.Workspace)
	if err != nil {
		return err
	}
	for i := range b.u.Changed {
		w := &b.u.Changed[i]
		p, here := now[w.Person]
		about := journal.About("person", w.Person)
		why := w.since(&p, here)
		if why == "" {
			why = dates.since(w)
		}
		if why == "" {
			if why, err = b.restore(w, &p); err != nil {
				return err
			}
		}
		if why != "" {
			b.leave(why, about)
			continue
		}
		b.done++
		if !slices.Contains(b.changed, about) {
			b.changed = append(b.changed, about)
		}
	}
	return nil
}

// restore writes back what somebody was, or says why that cannot be.
func (b *back) restore(w *Was, p *person.Person) (why string, err error) {
	ws := b.r.By.Workspace
	for _, role := range w.Roles {
		if r, ok := access.RoleByKey(role); !ok || !b.r.By.Delegable(r, access.Scope{}) {
			return "was given a role that you may not take", nil
		}
	}
	before := p.Email
	for _, c := range w.Fields {
		if why, err := b.taken(c, p.ID); err != nil || why != "" {
			return why, err
		}
		sheet.Set(p, c.Column, c.Old)
	}
	if w.Payer != nil {
		p.Account = w.Payer.From
	}
	if w.Status != "" {
		p.Status, p.StatusReason, p.StatusAt = w.From, w.Reason, b.tx.Now
	}
	if len(w.Fields) > 0 || w.Status != "" {
		if err := person.Save(b.tx, p); err != nil {
			return "", err
		}
	}
	if p.Email != before {
		if err := Readdressed(b.tx, ws, p.ID, before); err != nil {
			return "", err
		}
	}
	if err := b.redate(w); err != nil {
		return "", err
	}
	for _, c := range w.Fields {
		if err := source.Drop(b.tx, ws, p.ID, string(c.Column)); err != nil {
			return "", err
		}
	}
	for _, s := range w.Hand {
		if err := source.Set(b.tx, ws, s); err != nil {
			return "", err
		}
	}
	for _, role := range w.Roles {
		if err := person.TakeRole(b.tx, ws, p.ID, access.Given{Role: role}); err != nil {
			return "", err
		}
	}
	return "", nil
}

// redate lets somebody begin and leave when they were to before.
func (b *back) redate(w *Was) error {
	ws := b.r.By.Workspace
	if w.Begins != nil {
		if err := person.SetArrival(b.tx, person.Arrival{Workspace: ws, Person: w.Person, At: timeOf(w.Begins.From)}); err != nil {
			return err
		}
	}
	switch l := w.Leaves; {
	case l == nil:
		return nil
	case l.From == 0:
		_, err := person.DropDeparture(b.tx, ws, w.Person)
		return err
	default:
		return person.PlanDeparture(b.tx, &person.Departure{Workspace: ws, Person: w.Person, At: timeOf(l.From), Reason: l.Reason, PlannedBy: l.PlannedBy})
	}
}

// taken says that an address or external id that is to be given back is
// another's by now.
func (b *back) taken(c sheet.Change, who id.Person) (why string, err error) {
	var list []person.Person
	switch {
	case c.Old == "":
	case c.Column == sheet.Email:
		list, err = person.ByEmails(b.tx, b.r.By.Workspace, []string{c.Old})
	case c.Column == sheet.ExternalID:
		list, err = person.ByExternalIDs(b.tx, b.r.By.Workspace, []string{c.Old})
	}
	if err == nil && len(list) > 0 && list[0].ID != who {
		why = "had another " + c.Column.Label() + ", which is somebody else's by now"
	}
	return why, err
}

// cards removes cards that were added to those who were known, and makes known
// ones what they were. Those of added people go with them.
func (b *back) cards() error {
	ws := b.r.By.Workspace
	why, err := b.u.cards(b.tx, ws)
	if err != nil {
		return err
	}
	added := map[id.Person]bool{}
	for _, p := range b.u.People {
		added[p] = true
	}
	var gone []id.Card
	for _, c := range b.u.Cards {
		w := why[c]
		switch {
		case added[w.holder], w.erased:
		case w.why != "":
			b.leave(w.why, journal.About("card", c))
		default:
			gone = append(gone, c)
			b.done++
			if about := journal.About("person", w.holder); w.holder != "" && !slices.Contains(b.changed, about) {
				b.changed = append(b.changed, about)
			}
			if w.holder == "" {
				b.removed = append(b.removed, journal.About("card", c))
			}
		}
	}
	if len(gone) > 0 {
		if err := card.Remove(b.tx, ws, gone); err != nil {
			return err
		}
	}
	for i := range b.u.Took {
		w := &b.u.Took[i]
		about := journal.About("card", w.Card)
		if why[w.Card].erased {
			continue
		}
		if why := why[w.Card].why; why != "" {
			b.leave(why, about)
			continue
		}
		c, err := card.ByID(b.tx, ws, w.Card)
		if err != nil {
			return err
		}
		holder := c.Person
		c.Printed, c.Business, c.ValidFrom, c.ValidTo = w.Printed, w.Business, timeOf(w.ValidFrom), timeOf(w.ValidTo)
		if w.Holder != "" {
			c.Person = ""
		}
		if err := card.Save(b.tx, &c); err != nil {
			return err
		}
		b.done++
		for _, about := range []string{about, journal.About("person", holder)} {
			if about != "person:" && !slices.Contains(b.changed, about) {
				b.changed = append(b.changed, about)
			}
		}
	}
	return nil
}

func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// people removes those who were added, with their cards and memberships.
func (b *back) people() error {
	ws := b.r.By.Workspace
	if len(b.u.People) == 0 {
		return nil
	}
	if len(b.u.Staff) > 0 && b.r.By.Need(access.StaffWrite) != nil {
		for _, p := range b.u.Staff {
			b.leave("was given a role that you may not take", journal.About("person", p))
		}
		b.u.People = slices.DeleteFunc(b.u.People, func(p id.Person) bool { return slices.Contains(b.u.Staff, p) })
	}
	why, err := b.u.people(b.tx, ws, b.r.Import, nil)
	if err != nil {
		return err
	}
	var gone []id.Person
	for _, p := range b.u.People {
		if why := why[p]; why != "" {
			b.leave(why, journal.About("person", p))
			continue
		}
		gone = append(gone, p)
		b.removed = append(b.removed, journal.About("person", p))
	}
	if len(gone) == 0 {
		return nil
	}
	b.done += len(gone)
	among, arg := db.Among(b.tx, "person", gone)
	cards, err := db.All(b.tx, db.Text[id.Card], `SELECT id FROM card WHERE workspace = ? AND `+among, ws, arg)
	if err != nil {
		return err
	}
	if len(cards) > 0 {
		if err := card.Remove(b.tx, ws, cards); err != nil {
			return err
		}
	}
	for _, do := range []func(*db.Tx, id.Workspace, []id.Person) error{group.Empty, source.Erase, removeCars, person.Remove} {
		if err := do(b.tx, ws, gone); err != nil {
			return err
		}
	}
	return nil
}

func removeCars(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	among, arg := db.Among(tx, "person", list)
	cars, err := db.All(tx, db.Text[id.Vehicle], `SELECT id FROM vehicle WHERE workspace = ? AND `+among, ws, arg)
	if err != nil || len(cars) == 0 {
		return err
	}
	return vehicle.Remove(tx, ws, cars)
}

// groups removes groups and cost centers that were made and that nobody uses.
func (b *back) groups() error {
	ws := b.r.By.Workspace
	for _, g := range b.u.Groups {
		var used bool
		err := b.tx.Row(`SELECT EXISTS (SELECT 1 FROM group_member WHERE workspace = ? AND user_group = ?)
			OR EXISTS (SELECT 1 FROM access_grant WHERE workspace = ? AND user_group = ?)
			OR EXISTS (SELECT 1 FROM user_group WHERE workspace = ? AND id = ? AND is_default)`, []any{ws, g, ws, g, ws, g}, &used)
		if err != nil {
			return err
		}
		if used {
			b.leave("is used since", journal.About("group", g))
			continue
		}
		err = group.Delete(b.tx, ws, g)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		if err := journal.Record(b.tx, b.r.By, "group.deleted", journal.About("group", g), b.r.Note()); err != nil {
			return err
		}
	}
	for _, c := range b.u.CostCenters {
		if _, err := person.DropCostCenter(b.tx, ws, c); err != nil {
			return err
		}
	}
	return nil
}
