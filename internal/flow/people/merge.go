package people

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/application"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/claim"
	"involt/internal/core/decision"
	"involt/internal/core/device"
	"involt/internal/core/doubt"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/invite"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/lesson"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/core/vehicle"
	"involt/internal/core/view"
	"involt/internal/flow/people/rule"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// ChooseLogin is the choice that must be made when both records have a login: it
// decides the e-mail address too. true keeps the login of the record that goes.
const ChooseLogin = "login"

// MergeField is something that the two records say differently.
type MergeField struct {
	Name string // as in choices: "first_name", "email", "status"
	Keep string
	Gone string
	// Chosen is what stays unless the choice says otherwise: true is Gone's.
	Chosen bool
}

// Merging is what a merge of two records would do.
type Merging struct {
	Keep, Gone person.Person
	// Fields are those that differ and can be chosen; one that only one of the two
	// has anything in is not asked about: what there is stays.
	Fields []MergeField
	Logins int // how many of the two have a login
}

// mergeable are the fields that can be chosen one by one.
var mergeable = []struct {
	name string
	of   func(*person.Person) *string
}{
	{"first_name", func(p *person.Person) *string { return &p.FirstName }},
	{"last_name", func(p *person.Person) *string { return &p.LastName }},
	{"email", func(p *person.Person) *string { return &p.Email }},
	{"phone", func(p *person.Person) *string { return &p.Phone }},
	{"language", func(p *person.Person) *string { return &p.Language }},
	{"external_id", func(p *person.Person) *string { return &p.ExternalID }},
	{"cost_center", func(p *person.Person) *string { return &p.CostCenter }},
	{"info_1", func(p *person.Person) *string { return &p.Info1 }},
	{"info_2", func(p *person.Person) *string { return &p.Info2 }},
}

// MergePreview says what merging gone into keep would do. It needs personal data:
// nobody can tell two records of one person without it.
func (s *Service) MergePreview(ctx context.Context, by access.Actor, keep, gone id.Person) (m Merging, err error) {
	defer errs.Wrap(&err, "people.MergePreview")
	if err := by.NeedSome(access.PeopleWrite | access.PersonalData); err != nil {
		return m, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		m, err = merging(tx, by, keep, gone)
		return err
	})
	return m, err
}

// merging reads the two records and compares them.
func merging(tx *db.Tx, by access.Actor, keep, gone id.Person) (m Merging, err error) {
	if keep == gone {
		return m, errs.AtField("with", "This is the same user. Choose the other record.")
	}
	if err := person.Reach(tx, by, access.PeopleWrite|access.PersonalData, keep, gone); err != nil {
		return m, err
	}
	if m.Keep, err = person.ByID(tx, by.Workspace, keep); err != nil {
		return m, err
	}
	if m.Gone, err = person.ByID(tx, by.Workspace, gone); err != nil {
		return m, err
	}
	a, b := &m.Keep, &m.Gone
	for _, has := range []bool{a.Identity != "", b.Identity != ""} {
		if has {
			m.Logins++
		}
	}
	for _, f := range mergeable {
		x, y := *f.of(a), *f.of(b)
		if x == y || x == "" || y == "" || f.name == "email" && m.Logins > 0 {
			continue // the address goes with the login
		}
		m.Fields = append(m.Fields, MergeField{Name: f.name, Keep: x, Gone: y})
	}
	if m.Logins == 2 {
		m.Fields = append(m.Fields, MergeField{Name: ChooseLogin, Keep: a.Email, Gone: b.Email})
	}
	if a.Status != b.Status {
		m.Fields = append(m.Fields, MergeField{Name: "status", Keep: string(a.Status), Gone: string(b.Status), Chosen: further(b.Status, a.Status)})
	}
	return m, nil
}

// further reports whether a stands for more than b: who came in has, whatever a
// file says of them.
func further(a, b person.Status) bool {
	order := []person.Status{person.Declined, person.Imported, person.Invited, person.ToBeApproved, person.Deactivated, person.Active}
	return slices.Index(order, a) > slices.Index(order, b)
}

// Merge makes one of two records of a person: keep takes over everything of gone,
// which is emptied and leads to keep from then on. choices says, by the names of
// [MergeField], where gone's value stays instead of keep's; a field that is not
// there stays as the preview says. Of two logins one has to be chosen
// ([ChooseLogin]); the other's seat ends. It cannot be undone.
func (s *Service) Merge(ctx context.Context, by access.Actor, keep, gone id.Person, choices map[string]bool) (err error) {
	defer errs.Wrap(&err, "people.Merge")
	if err := by.NeedSome(access.PeopleWrite | access.PersonalData | access.CardsWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := invite.LockPeople(tx, by.Workspace, keep, gone); err != nil {
			return err
		}
		if err := person.Reach(tx, by, access.PeopleWrite|access.PersonalData|access.CardsWrite, keep, gone); err != nil {
			return err
		}
		m, err := merging(tx, by, keep, gone)
		if err != nil {
			return err
		}
		if err := mayMerge(tx, by, &m); err != nil {
			return err
		}
		if _, chosen := choices[ChooseLogin]; m.Logins == 2 && !chosen {
			return errs.AtField(ChooseLogin, "Both have a login. Choose which one stays; with the other they can no longer sign in here.")
		}
		became, err := merged(&m, choices)
		if err != nil {
			return err
		}
		if err := mayBecome(tx, by, &m, &became); err != nil {
			return err
		}
		return mergeIn(tx, by, &m, &became)
	})
}

// mayMerge refuses a merge that would give away, or end, more than by could.
func mayMerge(tx *db.Tx, by access.Actor, m *Merging) error {
	if m.Gone.ID == by.Person {
		return errs.New(errs.Conflict, "This record is you, and you are signed in with it. Open it and merge the other one into it.")
	}
	var all []access.Held
	for _, p := range []*person.Person{&m.Keep, &m.Gone} {
		roles, err := person.Roles(tx, p.Workspace, p.ID)
		if err != nil {
			return err
		}
		all = append(all, roles...)
	}
	if len(all) > 0 && !by.MayGive(all) {
		return errs.New(errs.Denied, "One of the two holds a staff role. Only someone who may give that role can merge them.")
	}
	return nil
}

// mayBecome refuses a merge that would end the access of whoever asks for it, or
// leave no super-admin.
func mayBecome(tx *db.Tx, by access.Actor, m *Merging, p *person.Person) error {
	if p.ID == by.Person && (p.Status != m.Keep.Status || p.Identity != m.Keep.Identity) {
		return errs.New(errs.Conflict, "This record is you, and you are signed in with it. Keep its login and its status.")
	}
	if p.Status == person.Active {
		return nil
	}
	ends := int64(0)
	for _, one := range []*person.Person{&m.Keep, &m.Gone} {
		roles, err := person.Roles(tx, one.Workspace, one.ID)
		if err != nil {
			return err
		}
		if f := (rule.Facts{Status: one.Status, Roles: roles}); f.Super() {
			ends++
		}
	}
	if ends == 0 {
		return nil
	}
	n, err := rule.Supers(tx, by.Workspace)
	if err == nil && n <= ends {
		err = errs.AtField("status", "This user is the last super-admin, and would no longer be active. Make somebody else super-admin first, or keep them Active.")
	}
	return err
}

// merged returns keep as it will be.
func merged(m *Merging, choices map[string]bool) (person.Person, error) {
	p := m.Keep
	take := func(name string) bool {
		if yes, said := choices[name]; said {
			return yes
		}
		i := slices.IndexFunc(m.Fields, func(f MergeField) bool { return f.Name == name })
		return i >= 0 && m.Fields[i].Chosen
	}
	for _, f := range mergeable {
		have, other := f.of(&p), *f.of(&m.Gone)
		differ := slices.ContainsFunc(m.Fields, func(d MergeField) bool { return d.Name == f.name })
		if *have == "" || differ && take(f.name) {
			*have = other
		}
	}
	switch {
	case m.Logins == 2 && take(ChooseLogin), m.Logins == 1 && m.Gone.Identity != "":
		p.Identity, p.Email = m.Gone.Identity, m.Gone.Email
	case m.Logins > 0:
		p.Email = m.Keep.Email
	}
	if m.Keep.Status != m.Gone.Status && take("status") {
		p.Status, p.StatusAt, p.StatusReason = m.Gone.Status, m.Gone.StatusAt, m.Gone.StatusReason
	}
	if p.Identity != "" && p.Status != person.Active && p.Status != person.Deactivated {
		return p, errs.AtField("status", "Whoever has a login came in already: they are Active, or Deactivated. Choose one of these.")
	}
	if p.Account == "" { // of two that differ, keep's stays
		p.Account = m.Gone.Account
	}
	if m.Gone.CardsUntil.After(p.CardsUntil) {
		p.CardsUntil = m.Gone.CardsUntil
	}
	return p, nil
}

// mergeIn moves everything and writes both records.
func mergeIn(tx *db.Tx, by access.Actor, m *Merging, p *person.Person) error {
	ws, keep, gone := by.Workspace, m.Keep.ID, m.Gone.ID
	if err := mergeInvites(tx, m, p); err != nil {
		return err
	}
	if err := mergeDeparture(tx, m); err != nil {
		return err
	}
	if err := person.Empty(tx, ws, gone, keep); err != nil { // first, since its address is free then
		return err
	}
	if err := person.Save(tx, p); err != nil {
		return err
	}
	if err := source.Erase(tx, ws, []id.Person{gone}); err != nil {
		return err
	}
	if err := source.Note(tx, by, keep, slices.Sorted(maps.Keys(difference(&m.Keep, p)))...); err != nil {
		return err
	}
	if err := mergeEnds(tx, m, p); err != nil {
		return err
	}
	if err := person.Absorb(tx, ws, keep, m.Gone.Sessions, m.Gone.Wh, m.Gone.LastCharge, m.Gone.Created); err != nil {
		return err
	}
	moved, err := moveAll(tx, ws, gone, keep)
	if err != nil {
		return err
	}
	// What was under way while this was done, such as a decision that waits to be
	// stored, is fetched after it.
	for _, wait := range []time.Duration{10 * time.Second, 5 * time.Minute} {
		if err := mergeRest.Add(tx, mergeOf{ws, gone, keep}, job.At(tx.Now.Add(wait)), job.For(ws)); err != nil {
			return err
		}
	}
	values := map[string]any{"merged": gone}
	for k, n := range moved {
		values[k] = n
	}
	for field, pair := range difference(&m.Keep, p) {
		values[field] = pair
	}
	if m.Keep.Email != p.Email {
		values["email"] = [2]string{m.Keep.Email, p.Email}
		if err := outbox.TellOld(tx, ws, keep, m.Keep.Email, false); err != nil {
			return err
		}
	}
	if m.Keep.Status != p.Status {
		values["from"], values["to"] = m.Keep.Status, p.Status
	}
	if err := journal.Record(tx, by, "person.merged", journal.About("person", keep), values); err != nil {
		return err
	}
	return journal.Record(tx, by, "person.merged", journal.About("person", gone), map[string]any{"into": keep})
}

// mergeEnds sees to what hangs on the status that stays: who is no longer
// declined is not erased for it, and who is deactivated acts by no key.
func mergeEnds(tx *db.Tx, m *Merging, p *person.Person) error {
	switch {
	case p.Status == person.Declined && m.Keep.Status != person.Declined:
		return person.EraseAt(tx, p.Workspace, p.ID, p.StatusAt.Add(person.KeepDeclined))
	case p.Status != person.Declined && m.Keep.Status == person.Declined:
		return person.EraseAt(tx, p.Workspace, p.ID, time.Time{})
	case p.Status == person.Deactivated:
		return rule.EndMeans(tx, p.Workspace, []id.Person{m.Keep.ID, m.Gone.ID})
	}
	return nil
}

// mergeInvites lets one open invitation stand, the one for the address that
// stays, and moves the others with what became of them.
func mergeInvites(tx *db.Tx, m *Merging, p *person.Person) error {
	if err := claim.Revoke(tx, p.Workspace, m.Gone.ID); err != nil {
		return err
	}
	if p.Email != "" { // a printed code is for those without an address
		if err := claim.Revoke(tx, p.Workspace, m.Keep.ID); err != nil {
			return err
		}
	}
	if err := invite.Revoke(tx, p.Workspace, m.Gone.ID); err != nil {
		return err
	}
	open, err := invite.OpenOf(tx, p.Workspace, m.Keep.ID)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	stands := err == nil && open.Email == p.Email && p.Status == person.Invited
	if !stands {
		if err := invite.Revoke(tx, p.Workspace, m.Keep.ID); err != nil {
			return err
		}
		if p.Status == person.Invited { // by a link that no longer works
			p.Status, p.StatusAt = person.Imported, tx.Now
		}
	}
	return nil
}

// mergeDeparture keeps the departure of the record that stays, else takes the
// other's.
func mergeDeparture(tx *db.Tx, m *Merging) error {
	ws := m.Keep.Workspace
	// Whoever has begun by one of the two records has begun.
	if err := person.SetArrival(tx, person.Arrival{Workspace: ws, Person: m.Gone.ID}); err != nil {
		return err
	}
	d, err := person.DepartureOf(tx, ws, m.Gone.ID)
	if errs.KindOf(err) == errs.NotFound || err == nil && !d.Done.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := person.DropDeparture(tx, ws, m.Gone.ID); err != nil {
		return err
	}
	mine, err := person.DepartureOf(tx, ws, m.Keep.ID)
	if err == nil && mine.Done.IsZero() {
		return nil
	}
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return err
	}
	d.Person = m.Keep.ID
	if err := person.PlanDeparture(tx, &d); err != nil {
		return err
	}
	return depart.Add(tx, departing{ws, d.Person}, job.At(d.At), job.For(ws))
}

// moveAll gives keep everything that names gone in other tables, and says how
// many of what.
func moveAll(tx *db.Tx, ws id.Workspace, gone, keep id.Person) (map[string]int64, error) {
	moved := map[string]int64{}
	for name, move := range map[string]func(*db.Tx, id.Workspace, id.Person, id.Person) (int64, error){
		"cards": card.MoveTo, "vehicles": vehicle.MoveTo, "sessions": charge.MoveTo, "decisions": decision.MoveTo,
		"messages": notice.MoveTo, "invitations": invite.MoveTo, "codes": claim.MoveTo, "applications": application.MoveTo, "joinings": joincode.MoveTo,
	} {
		n, err := move(tx, ws, gone, keep)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if n > 0 {
			moved[name] = n
		}
	}
	for _, move := range []func(*db.Tx, id.Workspace, id.Person, id.Person) (int64, error){device.MoveTo, inbox.MoveTo, doubt.MoveTo, lesson.MoveTo} {
		if _, err := move(tx, ws, gone, keep); err != nil {
			return nil, err
		}
	}
	for _, move := range []func(*db.Tx, id.Workspace, id.Person, id.Person) error{group.MoveTo, grant.MoveTo, view.MoveTo} {
		if err := move(tx, ws, gone, keep); err != nil {
			return nil, err
		}
	}
	_, err := apikey.MoveTo(tx, ws, journal.About("person", gone), journal.About("person", keep))
	return moved, err
}

// mergeOf names a merge that was made.
type mergeOf struct {
	Workspace id.Workspace `json:"workspace"`
	Gone      id.Person    `json:"gone"`
	Keep      id.Person    `json:"keep"`
}

var mergeRest = job.Define[mergeOf]("people.merge-rest")

// moveRest moves what still named the emptied record when it was merged.
func (s *Service) moveRest(ctx context.Context, m mergeOf) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		keep, err := person.Heir(tx, m.Workspace, m.Gone)
		if err != nil || keep == "" {
			return err
		}
		moved, err := moveAll(tx, m.Workspace, m.Gone, keep)
		if err != nil {
			return err
		}
		late, err := person.AbsorbRest(tx, m.Workspace, m.Gone, keep)
		if err != nil || !late && moved["cards"] == 0 {
			return err
		}
		// Decisions and lists follow the journal: it has to name whose cards and
		// sessions these are.
		return journal.Record(tx, access.System(m.Workspace, "merges"), "person.merged", journal.About("person", keep), map[string]any{"merged": m.Gone, "cards": moved["cards"]})
	})
}
