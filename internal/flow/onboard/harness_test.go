package onboard_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/enter"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

const good = "four quiet volts"

// desk is a workspace with an admin, a place, and a post that is watched.
type desk struct {
	t      *testing.T
	d      *db.DB
	svc    *onboard.Service
	desk   *people.Service
	enter  *enter.Service
	pool   *job.Pool
	post   *post
	ahead  atomic.Int64 // of the wall
	ws     workspace.Workspace
	admin  access.Actor // super-admin
	office id.Location
}

// post is a mail server that keeps what it takes.
type post struct {
	mu    sync.Mutex
	mails []mail.Message
	say   []error // what it says to the next mails, after taking them; nil entries say yes
}

func (p *post) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mails = append(p.mails, m)
	if len(p.say) == 0 {
		return nil
	}
	err := p.say[0]
	p.say = p.say[1:]
	return err
}

var passwords = login.NewHasher()

func each(t *testing.T, story func(*testing.T, *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { story(t, open(t, d)) })
}

func open(t *testing.T, d *db.DB) *desk {
	t.Helper()
	k := &desk{t: t, d: d, post: &post{}}
	d.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(k.ahead.Load())) }
	k.svc = &onboard.Service{DB: d, Keys: seal.Random(), Mail: k.post, Passwords: passwords, PublicURL: "https://charge.example"}
	k.desk = &people.Service{DB: d}
	k.enter = &enter.Service{DB: d, Passwords: passwords}
	k.pool = &job.Pool{DB: d}
	k.svc.Jobs(k.pool)
	k.ws = workspace.New("northgrid", "Northgrid")
	k.update(func(tx *db.Tx) error { return workspace.Insert(tx, &k.ws) })
	k.admin = k.staff("anna@north.example", "super-admin")
	k.update(func(tx *db.Tx) error {
		l := site.Location{Workspace: k.ws.ID, Name: "Office", TimeZone: "Europe/Berlin", Country: "DE"}
		err := site.InsertLocation(tx, &l)
		k.office = l.ID
		return err
	})
	return k
}

func (k *desk) update(do func(*db.Tx) error) {
	k.t.Helper()
	if err := k.d.Update(k.t.Context(), do); err != nil {
		k.t.Fatal(err)
	}
}

// staff makes an active person with a role, without a login.
func (k *desk) staff(email, role string) access.Actor {
	k.t.Helper()
	p := person.Person{Workspace: k.ws.ID, Email: email, FirstName: "Anna", LastName: "Berg", Status: person.Active}
	k.update(func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		return person.GiveRole(tx, k.ws.ID, p.ID, access.Given{Role: role})
	})
	return access.Actor{Workspace: k.ws.ID, Name: journal.About("person", p.ID), Person: p.ID, Perms: roleOf(role).Perms}
}

func (k *desk) later(d time.Duration) { k.ahead.Add(int64(d)) }

// runJobs does what is due.
func (k *desk) runJobs() {
	k.t.Helper()
	if _, err := k.pool.RunDue(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

// invite invites one person and returns who it is and the token in their mail.
func (k *desk) invite(email string, offer invite.Offer) (id.Person, string) {
	k.t.Helper()
	made, err := k.svc.Invite(k.t.Context(), k.admin, []onboard.Invitee{{Email: email}}, offer, "")
	if err != nil {
		k.t.Fatal(err)
	}
	k.runJobs()
	return made[0], k.token(email)
}

// mailsTo returns the mails to an address, oldest first.
func (k *desk) mailsTo(email string) (list []mail.Message) {
	k.post.mu.Lock()
	defer k.post.mu.Unlock()
	for _, m := range k.post.mails {
		if m.To == email {
			list = append(list, m)
		}
	}
	return list
}

func (k *desk) newest(email string) mail.Message {
	k.t.Helper()
	list := k.mailsTo(email)
	if len(list) == 0 {
		k.t.Fatalf("no mail to %s", email)
	}
	return list[len(list)-1]
}

// token returns the token of the newest mail to an address.
func (k *desk) token(email string) string {
	k.t.Helper()
	return tokenIn(k.t, k.newest(email))
}

func tokenIn(t *testing.T, m mail.Message) string {
	t.Helper()
	_, rest, ok := strings.Cut(m.Text, "https://charge.example/i/")
	if !ok || len(rest) < invite.TokenLen {
		t.Fatalf("no link in the mail:\n%s", m.Text)
	}
	return rest[:invite.TokenLen]
}

// code returns the short code of the newest mail to an address.
func (k *desk) code(email string) string {
	k.t.Helper()
	for line := range strings.Lines(k.newest(email).Text) {
		if s := strings.TrimSpace(line); len(s) == 9 && s[4] == '-' {
			return s
		}
	}
	k.t.Fatalf("no code in the mail to %s", email)
	return ""
}

func (k *desk) activate(token string) (session string, p person.Person, err error) {
	return k.svc.Activate(k.t.Context(), token, onboard.Entering{FirstName: "Lena", LastName: "Vos", Password: good, Language: "de"})
}

func (k *desk) mustActivate(token string) (string, person.Person) {
	k.t.Helper()
	session, p, err := k.activate(token)
	if err != nil {
		k.t.Fatal(err)
	}
	return session, p
}

func (k *desk) person(who id.Person) (p person.Person) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		p, err = person.ByID(tx, k.ws.ID, who)
		return err
	})
	return p
}

func (k *desk) look(token string) onboard.Page {
	k.t.Helper()
	pg, err := k.svc.Look(k.t.Context(), token)
	if err != nil {
		k.t.Fatal(err)
	}
	return pg
}

func wantKind(t *testing.T, err error, k errs.Kind, what string) {
	t.Helper()
	if err == nil || errs.KindOf(err) != k {
		t.Errorf("%s: %v, want kind %v", what, err, k)
	}
}

// all spells every row of every table.
func (k *desk) all() string {
	k.t.Helper()
	var b strings.Builder
	k.update(func(tx *db.Tx) error {
		list := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`
		if k.d.Postgres {
			list = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name`
		}
		tables, err := db.All(tx, db.Text[string], list)
		if err != nil || len(tables) < 15 {
			return fmt.Errorf("%d tables: %w", len(tables), err)
		}
		for _, table := range tables {
			row := "t::text"
			if !k.d.Postgres {
				columns, err := db.All(tx, db.Text[string], `SELECT name FROM pragma_table_info(?)`, table)
				if err != nil {
					return err
				}
				row = "quote(" + strings.Join(columns, ") || quote(") + ")"
			}
			rows, err := db.All(tx, db.Text[string], `SELECT `+row+` FROM `+table+` t ORDER BY 1`)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%s\n%s\n", table, strings.Join(rows, "\n"))
		}
		return nil
	})
	return b.String()
}

// events lists what the journal says of a person, oldest first.
func (k *desk) events(who id.Person) (list []string) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		all, err := journal.Of(tx, k.ws.ID, journal.About("person", who), 50)
		for i := len(all) - 1; i >= 0; i-- {
			list = append(list, all[i].What)
		}
		return err
	})
	return list
}

func roleOf(key string) access.Role {
	r, _ := access.RoleByKey(key)
	return r
}
