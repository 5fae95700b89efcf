package browse_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
	"involt/internal/flow/settle"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/testkit/dbtest"

	"pgregory.net/rapid"
)

// changed does something in one transaction with its entry in the journal.
func (a *town) changed(t testing.TB, d *db.DB, what, subject string, f func(*db.Tx) error) {
	t.Helper()
	if err := d.Update(t.Context(), func(tx *db.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		return journal.Record(tx, a.staff, what, subject, nil)
	}); err != nil {
		t.Fatal(err)
	}
}

func about(p *person.Person) string { return journal.About("person", p.ID) }

// Whoever changes something finds it changed in the list they see next, whether
// the entry has its place in the journal yet or not.
func TestListHasWhatWasJustDone(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		total := func(f browse.UserFilter) int64 {
			t.Helper()
			return must[browse.UserPage](t)(s.Users(t.Context(), a.staff, f)).Total
		}
		post := &journal.Post{DB: s.DB}
		same(t, "all", total(browse.UserFilter{}), 3)
		for i, seal := range []bool{false, true} {
			end := func() {
				if seal {
					must[struct{}](t)(struct{}{}, post.SealNow(t.Context()))
				}
			}
			n := int64(i)
			p := &person.Person{Workspace: a.ws, FirstName: "Zoé", LastName: "Neu", Status: person.Active, Email: fmt.Sprintf("zoe%d@x.example", i)}
			a.changed(t, s.DB, "person.created", "person:later", func(tx *db.Tx) error {
				if err := person.Insert(tx, p); err != nil {
					return err
				}
				return journal.Record(tx, a.staff, "person.created", about(p), nil)
			})
			end()
			same(t, "with one more", total(browse.UserFilter{Q: "zoe neu"}), 1)
			same(t, "card missing", total(browse.UserFilter{Q: "neu", CardMissing: true}), 1)
			c := &card.Card{Workspace: a.ws, Person: p.ID, UID: fmt.Sprintf("04AA00%02d", i), Kind: card.RFID, State: card.Active}
			a.changed(t, s.DB, "card.assigned", "card:x", func(tx *db.Tx) error {
				if err := card.Insert(tx, c); err != nil {
					return err
				}
				return journal.Record(tx, a.staff, "card.assigned", journal.About("card", c.ID), nil)
			})
			end()
			same(t, "card missing no longer", total(browse.UserFilter{Q: "neu", CardMissing: true}), 0)
			a.changed(t, s.DB, "group.member-added", about(p), func(tx *db.Tx) error {
				_, err := group.Add(tx, a.ws, a.fleet.ID, p.ID)
				return err
			})
			end()
			same(t, "in the group", total(browse.UserFilter{Group: a.fleet.ID}), n+2)
			a.changed(t, s.DB, "person.updated", about(p), func(tx *db.Tx) error {
				p.LastName, p.CostCenter = "Alt", fmt.Sprint("cc", i)
				return person.Save(tx, p)
			})
			end()
			same(t, "under the old name", total(browse.UserFilter{Q: "neu"}), 0)
			same(t, "under the cost center", total(browse.UserFilter{CostCenter: p.CostCenter}), 1)
			must[struct{}](t)(struct{}{}, s.DB.Update(t.Context(), func(tx *db.Tx) error {
				if err := p.Become(person.Deactivated, tx.Now); err != nil {
					return err
				}
				if err := person.Save(tx, p); err != nil {
					return err
				}
				return journal.RecordMany(tx, a.staff, "person.deactivated", "bulk:1", []string{about(p)}, nil)
			}))
			end()
			same(t, "deactivated", total(browse.UserFilter{Status: person.Deactivated}), n+1)
		}
		a.changed(t, s.DB, "group.deleted", journal.About("group", a.fleet.ID), func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM group_member WHERE workspace = ? AND user_group = ?`, a.ws, a.fleet.ID)
			return err
		})
		same(t, "in no group", total(browse.UserFilter{NoGroup: true}), 5)
		a.changed(t, s.DB, "person.deleted", about(&a.anna), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE person SET deleted_at = 1 WHERE workspace = ? AND id = ?`, a.ws, a.anna.ID)
			return err
		})
		same(t, "without who was deleted", total(browse.UserFilter{}), 4)
		same(t, "nor by id", len(must[[]browse.User](t)(s.UsersByID(t.Context(), a.staff, []id.Person{a.anna.ID}))), 0)
	})
}

// Sessions are counted on users without an entry about them.
func TestListHasSessionsOnceTheyAreCounted(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		first := func() browse.User {
			t.Helper()
			return must[browse.UserPage](t)(s.Users(t.Context(), a.staff, browse.UserFilter{Sort: "-" + browse.BySessions})).Rows[0]
		}
		first()
		ended := a.noon.Add(time.Minute)
		for range 9 {
			must[struct{}](t)(struct{}{}, s.DB.Update(t.Context(), func(tx *db.Tx) error {
				return journal.Record(tx, a.staff, "session.ended", "session:x", map[string]any{"person": a.pool.ID, "wh": 1000, "ended_at": ended.UnixMilli()})
			}))
		}
		post, pool := &journal.Post{DB: s.DB}, &job.Pool{DB: s.DB}
		post.Subscribe(settle.Reader())
		post.Jobs(pool)
		first() // hears of the entries before they are counted
		must[struct{}](t)(struct{}{}, post.SealNow(t.Context()))
		first()
		must[int](t)(pool.RunDue(t.Context()))
		u := first()
		same(t, "who charged most", u.ID, a.pool.ID)
		same(t, "how often", u.Sessions >= 9, true)
		p := must[browse.UserPage](t)(s.Users(t.Context(), a.staff, browse.UserFilter{Sort: "-" + browse.ByCharged}))
		same(t, "who charged last", p.Rows[0].ID, a.pool.ID)
	})
}

// Another process on the same database, be it the command line or a replica.
func TestListHasWhatAnotherProcessDid(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		here, there := dbtest.Open(t, url), dbtest.Open(t, url)
		a := &town{}
		must[struct{}](t)(struct{}{}, here.Update(t.Context(), func(tx *db.Tx) error { return a.build(tx, "north") }))
		s := &browse.Service{DB: there}
		list := func(f browse.UserFilter) int64 {
			t.Helper()
			return must[browse.UserPage](t)(s.Users(t.Context(), a.staff, f)).Total
		}
		same(t, "active", list(browse.UserFilter{Status: person.Active}), 2)
		a.changed(t, here, "person.deactivated", about(&a.anna), func(tx *db.Tx) error {
			if err := a.anna.Become(person.Deactivated, tx.Now); err != nil {
				return err
			}
			return person.Save(tx, &a.anna)
		})
		same(t, "active, after", list(browse.UserFilter{Status: person.Active}), 1)
	})
}

func TestUsersAreFoundByPlaceCostAndPlate(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		must[struct{}](t)(struct{}{}, s.DB.Update(t.Context(), func(tx *db.Tx) error {
			if err := vehicle.Insert(tx, &vehicle.Vehicle{Workspace: a.ws, Person: a.bo.ID, Plate: "KI-AB 123", Country: "DE", MAC: "007DFA010203"}); err != nil {
				return err
			}
			for _, g := range []grant.Grant{
				{Group: a.fleet.ID, Location: a.dock.ID},
				{Person: a.pool.ID, Charger: a.cp[0].ID}, // in the yard
				{Person: a.bo.ID},                        // everywhere, but not active
				{Group: a.fleet.ID, Location: a.yard.ID, Until: a.noon.Add(-24 * time.Hour)}, // over
			} {
				g.Workspace = a.ws
				if err := grant.Insert(tx, &g); err != nil {
					return err
				}
			}
			_, err := tx.Exec(`UPDATE workspace SET access_mode = ? WHERE id = ?`, workspace.ByGroup, a.ws)
			return err
		}))
		names := func(by access.Actor, f browse.UserFilter) string {
			t.Helper()
			var list []string
			for _, u := range must[browse.UserPage](t)(s.Users(t.Context(), by, f)).Rows {
				list = append(list, u.Name)
			}
			var plain []string // before the list is in memory
			for _, u := range must[browse.UserPage](t)(s.PlainUsers(t.Context(), by, f)).Rows {
				plain = append(plain, u.Name)
			}
			same(t, "the plain list", strings.Join(plain, ", "), strings.Join(list, ", "))
			return strings.Join(list, ", ")
		}
		for _, tc := range []struct {
			about  string
			filter browse.UserFilter
			want   string
		}{
			{"at the dock", browse.UserFilter{Location: a.dock.ID}, "Änna Berg"},
			{"in the yard", browse.UserFilter{Location: a.yard.ID}, "POOL_7"},
			{"nowhere", browse.UserFilter{Location: "0"}, ""},
			{"a plate", browse.UserFilter{Q: "ki-ab 123"}, "bo@x.example"},
			{"a plate's beginning", browse.UserFilter{Q: "KIAB"}, "bo@x.example"},
			{"a part of an address", browse.UserFilter{Q: "berg.ex"}, "Änna Berg"},
			{"two letters begin a word", browse.UserFilter{Q: "be an"}, "Änna Berg"},
			{"and stand nowhere else", browse.UserFilter{Q: "er"}, ""},
			{"never charged", browse.UserFilter{NeverCharged: true}, "Änna Berg, bo@x.example, POOL_7"},
			{"card missing", browse.UserFilter{CardMissing: true}, "bo@x.example"},
			{"a cost center that nobody has", browse.UserFilter{CostCenter: "4000"}, ""},
			{"accents alone", browse.UserFilter{Q: "\u0301"}, ""},
		} {
			same(t, tc.about, names(a.staff, tc.filter), tc.want)
		}
		must[struct{}](t)(struct{}{}, s.DB.Update(t.Context(), func(tx *db.Tx) error {
			if err := group.SetDefault(tx, a.ws, a.fleet.ID); err != nil {
				return err
			}
			return journal.Record(tx, access.System(a.ws, "test"), "group.updated", journal.About("group", a.fleet.ID), nil)
		}))
		same(t, "at the dock, by the default group too", names(a.staff, browse.UserFilter{Location: a.dock.ID}), "Änna Berg, POOL_7")
		for by, want := range map[*access.Actor]string{&a.staff: "007DFA010203", &a.masked: "…"} {
			same(t, "the MAC address of a car", must[browse.UserDetail](t)(s.User(t.Context(), *by, a.bo.ID)).Vehicles[0].MAC, want)
		}
		same(t, "a plate, masked", names(a.masked, browse.UserFilter{Q: "KIAB123"}), "")
		must[struct{}](t)(struct{}{}, s.DB.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE workspace SET access_mode = ? WHERE id = ?`, workspace.Everyone, a.ws)
			return err
		}))
		same(t, "in the yard, open to everyone", names(a.staff, browse.UserFilter{Location: a.yard.ID}), "Änna Berg, POOL_7")
	})
}

// Whatever happens to people, in whatever order, the list is what the tables say.
func TestListsAreWhatTheTablesSay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, n := &browse.Service{DB: d}, 0
		rapid.Check(t, func(r *rapid.T) {
			n++
			m := &model{t: t, r: r, s: s, known: map[id.Person]bool{}}
			m.found(fmt.Sprintf("ws-%d", n))
			for range rapid.IntRange(1, 6).Draw(r, "changes") {
				m.change()
				m.compare()
			}
		})
	})
}

// model changes a workspace of its own and reads its tables.
type model struct {
	t      *testing.T
	r      *rapid.T
	s      *browse.Service
	by     access.Actor
	groups []id.Group
	people []person.Person
	known  map[id.Person]bool
	cards  int // made so far: a drawn number may come twice
}

func (m *model) update(f func(*db.Tx) error) {
	if err := m.s.DB.Update(m.t.Context(), f); err != nil {
		m.r.Fatal(err)
	}
}

func (m *model) found(slug string) {
	m.update(func(tx *db.Tx) error {
		ws := workspace.New(slug, "")
		if err := workspace.Insert(tx, &ws); err != nil {
			return err
		}
		m.by = access.Actor{Workspace: ws.ID, Name: "person:x", Perms: access.All}
		m.groups, m.people = nil, nil
		for _, name := range []string{"one", "two"} {
			g := group.Group{Workspace: ws.ID, Name: name}
			if err := group.Insert(tx, &g); err != nil {
				return err
			}
			m.groups = append(m.groups, g.ID)
		}
		return nil
	})
}

func (m *model) change() {
	draw := func(label string, n int) int { return rapid.IntRange(0, n-1).Draw(m.r, label) }
	m.update(func(tx *db.Tx) error {
		what := draw("what", 6)
		if what == 0 || len(m.people) == 0 {
			var subjects []string
			for i := range 1 + draw("how many", 4) {
				p := person.Person{
					Workspace: m.by.Workspace, LastName: []string{"Berg", "Älg", ""}[draw("name", 3)], Status: person.Statuses[draw("status", 6)],
					ExternalID: fmt.Sprintf("X%d-%d", len(m.people), i), CostCenter: []string{"", "4000"}[draw("cost", 2)], Sessions: int64(draw("sessions", 2)),
				}
				if err := person.Insert(tx, &p); err != nil {
					return err
				}
				m.people = append(m.people, p)
				subjects = append(subjects, about(&p))
			}
			return journal.RecordMany(tx, m.by, "person.imported", "import:1", subjects, nil)
		}
		p := &m.people[draw("whom", len(m.people))]
		var err error
		switch what {
		case 1:
			_, err = group.Add(tx, m.by.Workspace, m.groups[draw("group", 2)], p.ID)
		case 2:
			_, err = tx.Exec(`DELETE FROM group_member WHERE workspace = ? AND person = ?`, m.by.Workspace, p.ID)
		case 3:
			_, err = tx.Exec(`UPDATE person SET last_name = 'Zz', sort_name = 'zz', status = 'invited', cost_center = '4010' WHERE workspace = ? AND id = ?`, m.by.Workspace, p.ID)
		case 4:
			_, err = tx.Exec(`UPDATE person SET deleted_at = 1 - deleted_at WHERE workspace = ? AND id = ?`, m.by.Workspace, p.ID)
		case 5:
			m.cards++
			c := card.Card{Workspace: m.by.Workspace, Person: p.ID, UID: string(p.ID[12:26]) + fmt.Sprint(m.cards), Kind: card.App, State: []card.State{card.Active, card.Deactivated}[draw("state", 2)]}
			c.UID = strings.ToUpper(c.UID)
			err = card.Insert(tx, &c)
		}
		if err != nil {
			return err
		}
		return journal.Record(tx, m.by, "person.updated", about(p), nil)
	})
	if rapid.Bool().Draw(m.r, "sealed") {
		if err := (&journal.Post{DB: m.s.DB}).SealNow(m.t.Context()); err != nil {
			m.r.Fatal(err)
		}
	}
}

func (m *model) compare() {
	f := browse.UserFilter{
		NoGroup: rapid.Bool().Draw(m.r, "no group"), CardMissing: rapid.Bool().Draw(m.r, "cardless"), NeverCharged: rapid.IntRange(0, 3).Draw(m.r, "never") == 0,
		Q: rapid.SampledFrom([]string{"", "", "berg", "alg", "x1", "x1-"}).Draw(m.r, "q"), Sort: rapid.SampledFrom([]browse.UserSort{"name", "-name", "created", "-sessions"}).Draw(m.r, "sort"),
	}
	f.Limit = 2
	where, args := `p.workspace = ? AND p.deleted_at = 0`, []any{m.by.Workspace}
	if f.NoGroup {
		where += ` AND NOT EXISTS (SELECT 1 FROM group_member m WHERE m.workspace = p.workspace AND m.person = p.id)`
	}
	if f.CardMissing {
		where += ` AND NOT EXISTS (SELECT 1 FROM card k WHERE k.workspace = p.workspace AND k.person = p.id AND k.state <> 'deactivated')`
	}
	if f.NeverCharged {
		where += ` AND p.last_charge_at = 0`
	}
	switch {
	case len(f.Q) == 2: // begins a word
		where += ` AND LOWER(p.external_id) LIKE ?`
		args = append(args, f.Q+"%")
	case f.Q != "":
		where += ` AND (p.sort_name LIKE ? OR LOWER(p.external_id) LIKE ?)`
		args = append(args, "%"+f.Q+"%", "%"+f.Q+"%")
	}
	order := map[browse.UserSort]string{"name": "p.sort_name, p.id", "-name": "p.sort_name DESC, p.id DESC", "created": "p.created_at, p.id", "-sessions": "p.sessions DESC, p.id DESC"}[f.Sort]
	var want []id.Person
	if err := m.s.DB.View(m.t.Context(), func(tx *db.Tx) (err error) {
		want, err = db.All(tx, db.Text[id.Person], `SELECT p.id FROM person p WHERE `+where+` ORDER BY `+order, args...)
		return err
	}); err != nil {
		m.r.Fatal(err)
	}
	var got []id.Person
	for more := true; more; {
		p, err := m.s.Users(m.t.Context(), m.by, f)
		if err != nil {
			m.r.Fatal(err)
		}
		if p.Total != int64(len(want)) || p.All() != p.Total || len(p.Rows) > 0 && p.From != int64(len(got))+1 {
			m.r.Fatalf("%+v: %d in all, from %d; want %d", f, p.Total, p.From, len(want))
		}
		for _, u := range p.Rows {
			got = append(got, u.ID)
		}
		f.At, more = p.Next, p.Next != ""
	}
	if !slices.Equal(got, want) {
		m.r.Fatalf("%+v: the list is %v, the tables say %v", f, got, want)
	}
	m.plain(f, want)
	f.At = ""
	all, err := m.s.Matching(m.t.Context(), m.by, f)
	slices.Sort(want)
	if err != nil || !slices.Equal(all, want) {
		m.r.Fatalf("%+v: matching are %v, %v; the tables say %v", f, all, err, want)
	}
}

// Lists are asked for while many people are being changed. None fails, none shows
// somebody twice, and in the end all is as it should be.
func TestListsWhileManyAreChanged(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		const people, rounds = 300, 8
		var ids []string
		must[struct{}](t)(struct{}{}, s.DB.Update(t.Context(), func(tx *db.Tx) error {
			for i := range people {
				p := person.Person{Workspace: a.ws, LastName: fmt.Sprintf("Many %03d", i), Status: person.Active}
				if err := person.Insert(tx, &p); err != nil {
					return err
				}
				ids = append(ids, about(&p))
			}
			return journal.RecordMany(tx, a.staff, "person.imported", "import:1", ids, nil)
		}))
		done := make(chan struct{})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					p, err := s.Users(t.Context(), a.staff, browse.UserFilter{Q: "many", Paging: browse.Paging{Limit: 500}})
					seen := map[id.Person]bool{}
					for _, u := range p.Rows {
						seen[u.ID] = true
					}
					if err != nil || p.Total != people || len(seen) != people {
						t.Errorf("%d of %d, %d different: %v", p.Total, people, len(seen), err)
						return
					}
				}
			})
		}
		for i := range rounds {
			must[struct{}](t)(struct{}{}, s.DB.Update(t.Context(), func(tx *db.Tx) error {
				if _, err := tx.Exec(`UPDATE person SET cost_center = ?, sessions = sessions + 1 WHERE workspace = ? AND last_name LIKE 'Many%'`, fmt.Sprint(i), a.ws); err != nil {
					return err
				}
				return journal.RecordMany(tx, a.staff, "person.updated", fmt.Sprint("bulk:", i), ids, nil)
			}))
		}
		close(done)
		wg.Wait()
		same(t, "with the last cost center", must[browse.UserPage](t)(s.Users(t.Context(), a.staff, browse.UserFilter{CostCenter: fmt.Sprint(rounds - 1)})).Total, people)
		same(t, "with the one before", must[browse.UserPage](t)(s.Users(t.Context(), a.staff, browse.UserFilter{CostCenter: fmt.Sprint(rounds - 2)})).Total, 0)
	})
}
