package join_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/join"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

const good = "four quiet volts"

var passwords = login.NewHasher()

// town is a workspace of two zones whose groups decide, with an admin, and a
// post that is watched.
type town struct {
	t       *testing.T
	d       *db.DB
	svc     *join.Service
	onboard *onboard.Service
	zones   *zones.Service
	admit   *admit.Service
	pool    *job.Pool
	post    *journal.Post
	ahead   atomic.Int64 // of the wall
	ws      workspace.Workspace
	admin   access.Actor
	harbour site.Location
	yard    site.Location
	charger map[id.Location]site.Charger

	mu    sync.Mutex
	mails []mail.Message
}

// Send is a mail server that keeps what it takes.
func (k *town) Send(_ context.Context, m mail.Message) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.mails = append(k.mails, m)
	return nil
}

func each(t *testing.T, story func(*testing.T, *town)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { story(t, open(t, d)) })
}

func open(t *testing.T, d *db.DB) *town {
	t.Helper()
	k := &town{t: t, d: d, charger: map[id.Location]site.Charger{}, ws: workspace.New("northgrid", "Northgrid")}
	d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(k.ahead.Load())) }
	keys := seal.Random()
	k.onboard = &onboard.Service{DB: d, Keys: keys, Mail: k, Passwords: passwords, PublicURL: "https://charge.example"}
	k.svc = &join.Service{DB: d, Keys: keys, Letters: k.onboard, PublicURL: "https://charge.example"}
	k.onboard.Codes, k.zones, k.admit = k.svc, &zones.Service{DB: d}, &admit.Service{DB: d}
	k.pool, k.post = &job.Pool{DB: d}, &journal.Post{DB: d}
	k.onboard.Jobs(k.pool)
	k.svc.Outbox = k.onboard.Outbox
	k.svc.Jobs(k.pool)
	k.post.Subscribe(join.Reader())
	k.post.Jobs(k.pool)
	k.ws.AccessMode = workspace.ByGroup
	k.update(func(tx *db.Tx) error { return workspace.Insert(tx, &k.ws) })
	k.admin = k.staff("anna@north.example", "super-admin")
	k.harbour, k.yard = k.location("Harbour"), k.location("Yard")
	return k
}

func (k *town) update(do func(*db.Tx) error) {
	k.t.Helper()
	if err := k.d.Update(k.t.Context(), do); err != nil {
		k.t.Fatal(err)
	}
}

func (k *town) location(name string) site.Location {
	k.t.Helper()
	l := site.Location{Workspace: k.ws.ID, Name: name, TimeZone: "Europe/Berlin", Country: "DE"}
	k.update(func(tx *db.Tx) error {
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		h := site.Charger{Workspace: k.ws.ID, Identity: "C-" + name, Location: l.ID, KeyHash: seal.Hash(name)}
		err := site.InsertCharger(tx, &h, 1)
		k.charger[l.ID] = h
		return err
	})
	return l
}

func (k *town) staff(email, role string) access.Actor {
	k.t.Helper()
	p := person.Person{Workspace: k.ws.ID, Email: email, FirstName: "Anna", LastName: "Berg", Language: "en", Status: person.Active}
	k.update(func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		return person.GiveRole(tx, k.ws.ID, p.ID, access.Given{Role: role})
	})
	r, _ := access.RoleByKey(role)
	return access.Actor{Workspace: k.ws.ID, Name: journal.About("person", p.ID), Person: p.ID, Perms: r.Perms}
}

// driver is somebody with a login, a seat of a status and a card.
type driver struct {
	login login.Identity
	by    access.Actor
	uid   string
}

func (k *town) login(email string) login.Identity {
	k.t.Helper()
	who := login.Identity{Email: email, Hash: "x", Language: "en"}
	k.update(func(tx *db.Tx) error {
		who.Verified = tx.Now
		return login.Insert(tx, &who)
	})
	return who
}

var numbers atomic.Int64

func (k *town) driver(email string, status person.Status) driver {
	k.t.Helper()
	v := driver{login: k.login(email)}
	p := person.Person{Workspace: k.ws.ID, Email: email, FirstName: "Lena", LastName: "Vogel", Language: "en", Status: status, Identity: v.login.ID}
	k.update(func(tx *db.Tx) error { return person.Insert(tx, &p) })
	v.by = access.Actor{Workspace: k.ws.ID, Name: journal.About("person", p.ID), Person: p.ID}
	v.uid = k.card(p.ID)
	return v
}

// card gives somebody a card and returns its number.
func (k *town) card(who id.Person) string {
	k.t.Helper()
	uid := fmt.Sprintf("04A2B3C4%06X", numbers.Add(1))
	k.update(func(tx *db.Tx) error {
		c := card.Card{Workspace: k.ws.ID, UID: uid, Kind: card.RFID, Typed: uid, State: card.Active, Person: who}
		if err := card.Insert(tx, &c); err != nil {
			return err
		}
		return journal.Record(tx, k.admin, "card.assigned", journal.About("card", c.ID), nil)
	})
	return uid
}

// code makes a code for the harbour; change sets its options.
func (k *town) code(change func(*joincode.Code)) (joincode.Code, string) {
	k.t.Helper()
	c := joincode.Code{Location: k.harbour.ID}
	if change != nil {
		change(&c)
	}
	c, err := k.svc.Make(k.t.Context(), k.admin, c)
	if err != nil {
		k.t.Fatal(err)
	}
	return c, c.Secret(k.svc.Keys)
}

func (k *town) join(v driver, code string, answers ...string) (join.Joined, error) {
	k.t.Helper()
	return k.svc.Join(k.t.Context(), code, answers, v.login, "192.0.2.1")
}

func (k *town) mustJoin(v driver, code string) join.Joined {
	k.t.Helper()
	got, err := k.join(v, code)
	if err != nil {
		k.t.Fatal(err)
	}
	return got
}

// tap is the answer of a charger to a card.
func (k *town) tap(uid string, at site.Location) decision.Reason {
	k.t.Helper()
	if err := k.admit.Refresh(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
	a := k.admit.Decide(&admit.Ask{Workspace: k.ws.ID, Charger: k.charger[at.ID].ID, EVSE: 1, Token: uid, Now: time.Now().Add(time.Duration(k.ahead.Load()))})
	return a.Reason
}

func (k *town) person(who id.Person) (p person.Person) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		p, err = person.ByID(tx, k.ws.ID, who)
		return err
	})
	return p
}

func (k *town) byEmail(email string) (p person.Person) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		p, err = person.ByEmail(tx, k.ws.ID, email)
		return err
	})
	return p
}

func (k *town) again(c joincode.Code) joincode.Code {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		c, err = joincode.ByID(tx, k.ws.ID, c.ID)
		return err
	})
	return c
}

func (k *town) group(name string) group.Group {
	k.t.Helper()
	g := group.Group{Workspace: k.ws.ID, Name: name}
	k.update(func(tx *db.Tx) error { return group.Insert(tx, &g) })
	return g
}

func (k *town) inGroup(g group.Group, who id.Person) (in bool) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		got, err := group.MembersAmong(tx, k.ws.ID, g.ID, []id.Person{who})
		in = got[who]
		return err
	})
	return in
}

// runJobs does everything that is due, what comes of it included.
func (k *town) runJobs() {
	k.t.Helper()
	for range 5 {
		if err := k.post.SealNow(k.t.Context()); err != nil {
			k.t.Fatal(err)
		}
		if _, err := k.pool.RunDue(k.t.Context()); err != nil {
			k.t.Fatal(err)
		}
	}
}

func (k *town) mailsTo(email string) (list []mail.Message) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, m := range k.mails {
		if m.To == email {
			list = append(list, m)
		}
	}
	return list
}

// apply is a newcomer who types their address on a code's page.
func (k *town) apply(c joincode.Code, email string, answers ...string) error {
	k.t.Helper()
	said, err := c.Answers(answers)
	if err != nil {
		return err
	}
	text, err := joincode.WriteAnswers(said)
	if err != nil {
		k.t.Fatal(err)
	}
	err = k.onboard.Apply(k.t.Context(), k.ws.Slug, onboard.Applying{Email: email, FirstName: "Nia", LastName: "New", Language: "en", Code: c.ID, CodeGeneration: c.Generation, Answers: text}, "192.0.2.9")
	k.runJobs()
	return err
}

// token is the secret of the newest link of an application mailed to an address.
func (k *town) token(email string) string {
	k.t.Helper()
	list := k.mailsTo(email)
	for i := len(list) - 1; i >= 0; i-- {
		if _, rest, ok := strings.Cut(list[i].Text, "https://charge.example/r/northgrid/"); ok {
			return strings.Fields(rest)[0]
		}
	}
	k.t.Fatalf("no link was mailed to %s: %+v", email, list)
	return ""
}

func (k *town) confirm(token string) (person.Person, error) {
	k.t.Helper()
	_, p, err := k.onboard.Confirm(k.t.Context(), k.ws.Slug, token, onboard.Entering{FirstName: "Nia", LastName: "New", Password: good, Language: "en"})
	return p, err
}

func (k *town) events(who id.Person) (list []string) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		all, err := journal.Of(tx, k.ws.ID, journal.About("person", who), 100)
		for _, e := range all {
			list = append([]string{e.What}, list...)
		}
		return err
	})
	return list
}

func wantKind(t *testing.T, err error, want errs.Kind, when string) {
	t.Helper()
	if err == nil || errs.KindOf(err) != want {
		t.Errorf("%s: %v, want kind %d", when, err, want)
	}
}

// outcomes counts what came of several callers at once.
type outcomes struct {
	ok    int
	kinds map[errs.Kind]int
}

func together(n int, do func(int) error) (o outcomes) {
	var mu sync.Mutex
	var all sync.WaitGroup
	o.kinds = map[errs.Kind]int{}
	for i := range n {
		all.Go(func() {
			err := do(i)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				o.ok++
			} else {
				o.kinds[errs.KindOf(err)]++
			}
		})
	}
	all.Wait()
	return o
}
