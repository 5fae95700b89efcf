package dispatch

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/schedule"
	"involt/internal/core/suppress"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/export"
	"involt/internal/flow/tell"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/outward"
	"involt/internal/kit/seal"
	"involt/internal/kit/table"
	"involt/internal/testkit/dbtest"
)

// files writes users, as the server has it.
type files struct{ of *export.Service }

func (f files) Need(what string) (access.Perm, error) {
	w, err := export.ParseWhat(what)
	return w.Need(), err
}

func (f files) Write(ctx context.Context, by access.Actor, what string, q url.Values, _ time.Time, o table.Output, w io.Writer) (int64, error) {
	return f.of.Write(ctx, by, &export.Request{What: export.What(what), Users: browse.UserFilter{CostCenter: q.Get("cost")}}, o, w)
}

// post keeps mails.
type post struct {
	mu    sync.Mutex
	mails []mail.Message
	fail  error
	gone  string // an address that is refused for good
}

func (p *post) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	if m.To == p.gone {
		return &mail.Refused{Code: 550, Reply: "550 5.1.1 no such mailbox", Address: true}
	}
	p.mails = append(p.mails, m)
	return nil
}

// office is a workspace with an admin and a viewer.
type office struct {
	t      *testing.T
	d      *db.DB
	s      *Service
	jobs   *job.Pool
	post   *post
	ws     workspace.Workspace
	admin  person.Person
	viewer person.Person
	by     access.Actor
	ahead  atomic.Int64
}

func offices(t *testing.T, story func(t *testing.T, o *office)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := &office{t: t, d: d, post: &post{}}
		d.Clock = func(time.Time) time.Time {
			return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(time.Duration(o.ahead.Load()))
		}
		o.s = &Service{DB: d, Keys: seal.Random(), Files: files{&export.Service{DB: d, Browse: &browse.Service{DB: d}}}, Mail: o.post, Web: outward.Client(5 * time.Second), PublicURL: "https://charge.example"}
		o.jobs = &job.Pool{DB: d}
		o.s.Jobs(o.jobs)
		o.update(func(tx *db.Tx) error {
			o.ws = workspace.New("north", "North")
			if err := workspace.Insert(tx, &o.ws); err != nil {
				return err
			}
			o.admin = person.Person{Workspace: o.ws.ID, Email: "ann@north.example", FirstName: "Ann", LastName: "Admin", Status: person.Active}
			o.viewer = person.Person{Workspace: o.ws.ID, Email: "vic@north.example", FirstName: "Vic", LastName: "Viewer", Status: person.Active}
			driver := person.Person{Workspace: o.ws.ID, Email: "dora@north.example", FirstName: "Dora", LastName: "Driver", Status: person.Active}
			for _, p := range []*person.Person{&o.admin, &o.viewer, &driver} {
				if err := person.Insert(tx, p); err != nil {
					return err
				}
			}
			if err := person.GiveRole(tx, o.ws.ID, o.admin.ID, access.Given{Role: "admin"}); err != nil {
				return err
			}
			if err := person.GiveRole(tx, o.ws.ID, o.viewer.ID, access.Given{Role: "viewer"}); err != nil {
				return err
			}
			var err error
			o.by, _, err = o.admin.Actor(tx)
			return err
		})
		story(t, o)
	})
}

func (o *office) update(do func(*db.Tx) error) {
	o.t.Helper()
	if err := o.d.Update(o.t.Context(), do); err != nil {
		o.t.Fatal(err)
	}
}

// pass lets time pass, and the jobs do what is due.
func (o *office) pass(d time.Duration) {
	o.t.Helper()
	o.ahead.Add(int64(d))
	for idle := 0; idle < 2; { // the first look may but add what is periodic
		n, err := o.jobs.RunDue(o.t.Context())
		if err != nil {
			o.t.Fatal(err)
		}
		if idle++; n > 0 {
			idle = 0
		}
	}
}

func (o *office) save(change func(*schedule.Schedule)) schedule.Schedule {
	o.t.Helper()
	v := schedule.Schedule{Name: "People", What: "users", Format: "csv", Every: schedule.Daily, Hour: 6, Emails: []string{"Ann@north.example"}}
	if change != nil {
		change(&v)
	}
	made, err := o.s.Save(o.t.Context(), o.by, v)
	if err != nil {
		o.t.Fatal(err)
	}
	return made
}

func (o *office) runs(v schedule.Schedule) []schedule.Run {
	o.t.Helper()
	_, runs, err := o.s.One(o.t.Context(), o.by, v.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	return runs
}

func (o *office) happened(what string) bool {
	found := false
	o.update(func(tx *db.Tx) error {
		list, err := journal.Newest(tx, o.ws.ID, "", 100)
		for _, e := range list {
			found = found || e.What == what
		}
		return err
	})
	return found
}

func TestExportsGoOutByMailEachAsItsReaderMaySee(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		v := o.save(func(v *schedule.Schedule) { v.Emails = []string{"ann@north.example", "vic@north.example"} })
		o.pass(0)
		if len(o.post.mails) != 0 {
			t.Fatal("it went out before its time")
		}
		o.pass(18 * time.Hour) // 6 o'clock in Berlin is 5 in UTC
		o.pass(time.Hour)
		if len(o.post.mails) != 2 {
			t.Fatalf("%d mails", len(o.post.mails))
		}
		for i, want := range []string{"dora@north.example", "d…@…"} {
			m := o.post.mails[i]
			if len(m.Files) != 1 || !strings.Contains(string(m.Files[0].Data), want) || m.Files[0].Name != "north-users-2026-11-23-0600.csv" {
				t.Errorf("%s got %+v", m.To, m)
			}
		}
		if text := string(o.post.mails[1].Files[0].Data); strings.Contains(text, "dora") || strings.Contains(text, "Dora") {
			t.Errorf("whoever may not see names got %s", text)
		}
		runs := o.runs(v)
		if len(runs) != 1 || runs[0].State != schedule.Done || runs[0].Rows != 3 || len(runs[0].SentTo) != 2 || !o.happened("export.delivered") {
			t.Errorf("%+v", runs)
		}
		o.pass(24 * time.Hour)
		if len(o.post.mails) != 4 || len(o.runs(v)) != 2 {
			t.Errorf("the day after: %d mails", len(o.post.mails))
		}
		// Days that were missed are made up for once.
		o.pass(5 * 24 * time.Hour)
		if len(o.runs(v)) != 3 {
			t.Errorf("%d runs", len(o.runs(v)))
		}
		if err := o.s.Pause(t.Context(), o.by, v.ID, true); err != nil {
			t.Fatal(err)
		}
		o.pass(48 * time.Hour)
		if len(o.runs(v)) != 3 {
			t.Error("it went out while it was paused")
		}
	})
}

// Two readers who may both see names, and not both who pays, get two files.
func TestAFileIsMadeForEachThatSeesOtherThings(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		o.update(func(tx *db.Tx) error {
			r := role.Role{Workspace: o.ws.ID, Role: access.Role{Label: "Names", Perms: access.PeopleRead | access.PersonalData}}
			if err := role.Insert(tx, &r); err != nil {
				return err
			}
			a := account.Account{Workspace: o.ws.ID, Kind: account.Customer, Name: "Secret payer", Billing: account.Consumer}
			if err := account.Insert(tx, &a); err != nil {
				return err
			}
			paul := person.Person{Workspace: o.ws.ID, Email: "paul@north.example", FirstName: "Paul", Account: a.ID, Status: person.Active}
			if err := person.Insert(tx, &paul); err != nil {
				return err
			}
			return person.GiveRole(tx, o.ws.ID, paul.ID, access.Given{Role: r.Key})
		})
		o.save(func(v *schedule.Schedule) { v.Emails = []string{"ann@north.example", "paul@north.example"} })
		o.pass(24 * time.Hour)
		if len(o.post.mails) != 2 {
			t.Fatalf("%d mails", len(o.post.mails))
		}
		for i, want := range []bool{true, false} {
			m := o.post.mails[i]
			if text := string(m.Files[0].Data); strings.Contains(text, "Secret payer") != want || !strings.Contains(text, "dora@north.example") {
				t.Errorf("%s got %s", m.To, text)
			}
		}
	})
}

func TestEachMomentMakesOneRunWhateverTheServers(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		v := o.save(nil)
		o.ahead.Add(int64(24 * time.Hour))
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := o.s.tick(t.Context(), struct{}{}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		o.pass(0)
		if runs := o.runs(v); len(runs) != 1 || len(o.post.mails) != 1 {
			t.Errorf("%d runs, %d mails", len(runs), len(o.post.mails))
		}
	})
}

func TestWhatFailsIsTriedAgainAndNobodyGetsItTwice(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		v := o.save(nil)
		o.post.fail = errors.New("the mail server is away")
		o.pass(24 * time.Hour)
		if r := o.runs(v)[0]; r.State != schedule.Retrying || r.Tries != 1 || !strings.Contains(r.Note, "the mail server is away") {
			t.Errorf("%+v", r)
		}
		for range mostTries {
			o.pass(time.Hour)
		}
		r := o.runs(v)[0]
		if r.State != schedule.Failed || r.Tries != mostTries || !o.happened("export.failed") {
			t.Errorf("%+v", r)
		}
		o.post.fail = nil
		if err := o.s.Retry(t.Context(), o.by, r.ID); err != nil {
			t.Fatal(err)
		}
		o.pass(0)
		if got := o.runs(v); got[len(got)-1].State != schedule.Done {
			t.Errorf("tried again: %+v", got)
		}
		n := len(o.post.mails)
		if err := o.s.run(t.Context(), task{r.Workspace, r.ID}); err != nil || len(o.post.mails) != n {
			t.Errorf("a job that runs twice: %v, %d mails", err, len(o.post.mails)-n)
		}
	})
}

func TestAnAddressThatTakesNoMailGetsNoMore(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		o.s.Guard = tell.Guard{}
		o.post.gone = "vic@north.example"
		v := o.save(func(v *schedule.Schedule) { v.Emails = []string{"ann@north.example", "vic@north.example"} })
		o.pass(19 * time.Hour)
		r := o.runs(v)[0]
		if len(o.post.mails) != 1 || len(r.SentTo) != 1 || !strings.Contains(r.Note, "vic@north.example could not be reached: 550 5.1.1") {
			t.Errorf("%d mails; %+v", len(o.post.mails), r)
		}
		o.post.gone = "" // and if the server took it now: they are on the list
		o.pass(24 * time.Hour)
		r = o.runs(v)[0]
		if len(o.post.mails) != 2 || !strings.Contains(r.Note, "vic@north.example got nothing: not sent: the address is on the list of those that get no mail") {
			t.Errorf("the day after: %d mails; %+v", len(o.post.mails), r)
		}
		o.update(func(tx *db.Tx) error { return suppress.Remove(tx, o.ws.ID, "vic@north.example") })
		o.pass(24 * time.Hour)
		if len(o.post.mails) != 4 {
			t.Errorf("off the list: %d mails; %+v", len(o.post.mails), o.runs(v)[0])
		}
	})
}

func TestItRunsWithTheMakersPermissionsAtThatTime(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		v := o.save(nil)
		o.update(func(tx *db.Tx) error { return person.TakeRoles(tx, o.ws.ID, o.admin.ID) })
		o.pass(24 * time.Hour)
		if r := o.runs(v)[0]; r.State != schedule.Failed || !strings.Contains(r.Note, "no longer") || len(o.post.mails) != 0 {
			t.Errorf("%+v, %d mails", r, len(o.post.mails))
		}
	})
}

func TestExportsGoToPeopleWhoWorkHereOnly(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		for name, change := range map[string]func(*schedule.Schedule){
			"a driver": func(v *schedule.Schedule) { v.Emails = []string{"dora@north.example"} }, "a stranger": func(v *schedule.Schedule) { v.Emails = []string{"eve@evil.example"} },
			"another list": func(v *schedule.Schedule) { v.What = "secrets" }, "http": func(v *schedule.Schedule) { v.Emails, v.Method, v.URL = nil, "POST", "http://data.example/" },
		} {
			v := schedule.Schedule{Name: "x", What: "users", Format: "csv", Every: schedule.Daily, Emails: []string{"ann@north.example"}}
			change(&v)
			if _, err := o.s.Save(t.Context(), o.by, v); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		weak := o.by
		weak.Perms = access.PeopleRead
		if _, err := o.s.Save(t.Context(), weak, schedule.Schedule{}); errs.KindOf(err) != errs.Denied {
			t.Errorf("without the permission: %v", err)
		}
		if _, err := o.s.List(t.Context(), weak); errs.KindOf(err) != errs.Denied {
			t.Errorf("listing without the permission: %v", err)
		}
		// Who has left by then gets nothing.
		v := o.save(func(v *schedule.Schedule) { v.Emails = []string{"ann@north.example", "vic@north.example"} })
		o.update(func(tx *db.Tx) error { return person.TakeRoles(tx, o.ws.ID, o.viewer.ID) })
		o.pass(24 * time.Hour)
		if r := o.runs(v)[0]; len(o.post.mails) != 1 || r.State != schedule.Done || !strings.Contains(r.Note, "vic@north.example got nothing") {
			t.Errorf("%+v, %d mails", r, len(o.post.mails))
		}
	})
}

func TestExportsGoToAnAddressSigned(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		var answer atomic.Int64
		answer.Store(http.StatusServiceUnavailable)
		var got []string
		secret := ""
		srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
			sum := hmac.New(sha256.New, key)
			fmt.Fprintf(sum, "%s.%s.%s", r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), body)
			signed := r.Header.Get("webhook-signature") == "v1,"+base64.StdEncoding.EncodeToString(sum.Sum(nil))
			got = append(got, fmt.Sprintf("%s %s %s %v %v", r.Method, r.Header.Get("webhook-id"), r.Header.Get("Content-Type"), signed, strings.Contains(string(body), "dora@north.example")))
			if answer.Load() == http.StatusFound {
				w.Header().Set("Location", "https://127.0.0.1/")
			}
			w.WriteHeader(int(answer.Load()))
		}))
		defer srv.Close()
		v := o.save(func(v *schedule.Schedule) { v.Emails, v.Method, v.URL = nil, "PUT", srv.URL+"/in" })
		secret = o.s.Secret(&v)
		o.pass(24 * time.Hour)
		if r := o.runs(v)[0]; len(got) != 0 || r.State != schedule.Retrying || !strings.Contains(r.Note, "not of the public internet") {
			t.Fatalf("our own network was reached: %v, %+v", got, r)
		}
		open := outward.Client(5*time.Second, netip.MustParsePrefix("127.0.0.0/8"))
		open.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}
		o.s.Web = open
		o.pass(time.Hour)
		answer.Store(http.StatusNoContent)
		o.pass(time.Hour)
		r := o.runs(v)
		first := r[len(r)-1]
		if first.State != schedule.Done || len(got) != 2 || got[0] != got[1] || got[0] != "PUT export_"+string(first.ID)+" text/csv; charset=utf-8 true true" {
			t.Errorf("%+v, %v", first, got)
		}
		for code, want := range map[int]string{http.StatusFound: "points elsewhere", http.StatusForbidden: "answered 403"} {
			answer.Store(int64(code))
			o.ahead.Add(int64(time.Second))
			if err := o.s.RunNow(t.Context(), o.by, v.ID); err != nil {
				t.Fatal(err)
			}
			o.pass(0)
			if r := o.runs(v)[0]; r.State != schedule.Failed || !strings.Contains(r.Note, want) {
				t.Errorf("%d: %+v", code, r)
			}
		}
	})
}

func TestALongFileIsALink(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		out := &outing{s: o.s, v: &schedule.Schedule{Name: "People", Emails: []string{"ann@north.example"}}, r: &schedule.Run{ID: "r1"}, ws: &o.ws}
		m := out.letter("ann@north.example", nil)
		if len(m.Files) != 0 || !strings.Contains(m.Text, "https://charge.example/w/north/export-runs/r1") || !strings.Contains(m.HTML, `href="https://charge.example/w/north/export-runs/r1"`) {
			t.Errorf("%+v", m)
		}
		b := &bounded{io.Discard, 3}
		if _, err := b.Write([]byte("1234")); !errors.Is(err, errTooLong) {
			t.Errorf("%v", err)
		}
	})
}
