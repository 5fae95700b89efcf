package onboard_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/application"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// register lets people ask to come in, or not.
func (k *desk) register(on bool) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		if k.ws, err = workspace.ByID(tx, k.ws.ID); err != nil {
			return err
		}
		k.ws.SelfRegistration = on
		return workspace.Save(tx, &k.ws)
	})
}

func asking(email string) onboard.Applying {
	return onboard.Applying{Email: email, FirstName: "Lena", LastName: "Vos", Message: "I park on level 2.", Language: "de"}
}

// ask applies for an address and returns the token in the mail.
func (k *desk) ask(email string) string {
	k.t.Helper()
	if err := k.svc.Apply(k.t.Context(), k.ws.Slug, asking(email), email); err != nil {
		k.t.Fatal(err)
	}
	k.runJobs()
	return k.askToken(email)
}

func (k *desk) askToken(email string) string {
	k.t.Helper()
	m := k.newest(email)
	_, rest, ok := strings.Cut(m.Text, "https://charge.example/r/northgrid/")
	if !ok || len(rest) < application.TokenLen {
		k.t.Fatalf("no link in the mail:\n%s", m.Text)
	}
	return rest[:application.TokenLen]
}

func (k *desk) confirm(token string) (string, person.Person, error) {
	return k.svc.Confirm(k.t.Context(), k.ws.Slug, token, onboard.Entering{FirstName: "Lena", LastName: "Vos", Password: good, Language: "de"})
}

// waiting is somebody who waits for approval.
func (k *desk) waiting(email string) person.Person {
	k.t.Helper()
	_, p, err := k.confirm(k.ask(email))
	if err != nil {
		k.t.Fatal(err)
	}
	return p
}

// eraseAt is when somebody is to be erased, in milliseconds; 0 for never.
func (k *desk) eraseAt(who id.Person) (at int64) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		return tx.Row(`SELECT erase_at FROM person WHERE workspace = ? AND id = ?`, []any{k.ws.ID, who}, &at)
	})
	return at
}

func TestSomebodyAsksAndIsApproved(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.register(true)
		g := group.Group{Workspace: k.ws.ID, Name: "Everybody", Default: true}
		k.update(func(tx *db.Tx) error { return group.Insert(tx, &g) })
		token := k.ask("lena@example.com")
		code := k.code("lena@example.com")
		if rows := k.all(); strings.Contains(rows, token) || strings.Contains(rows, strings.ReplaceAll(code, "-", "")) {
			t.Error("the database holds the link or the code in the clear")
		}
		if path, err := k.svc.FindByCode(t.Context(), "lena@example.com", code, "c"); err != nil || path != "/r/northgrid/"+token {
			t.Errorf("the code leads to %q, %v", path, err)
		}
		before := k.all()
		for range 3 { // scanners
			if pg, err := k.svc.LookApplication(t.Context(), "northgrid", token); err != nil || pg.State != "open" || pg.Email != "lena@example.com" || pg.HasLogin {
				t.Fatalf("%+v, %v", pg, err)
			}
		}
		for _, junk := range []string{"", "short", "password"} {
			if _, _, err := k.svc.Confirm(t.Context(), "northgrid", token, onboard.Entering{FirstName: "L", Password: junk}); fields(err)["password"] == "" {
				t.Errorf("password %q: %v", junk, err)
			}
		}
		for _, wrong := range []string{token[:42], token + "x", strings.ToLower(token), ""} {
			if _, _, err := k.svc.Confirm(t.Context(), "northgrid", wrong, onboard.Entering{FirstName: "L", Password: good}); wrong != token && errs.KindOf(err) != errs.NotFound {
				t.Errorf("token %q: %v", wrong, err)
			}
		}
		if k.all() != before {
			t.Error("looking, or a form without a password, changed something")
		}
		session, p, err := k.confirm(token)
		if err != nil || p.Status != person.ToBeApproved || p.Email != "lena@example.com" || p.Identity == "" || p.Language != "de" {
			t.Fatalf("%+v, %v", p, err)
		}
		v, err := k.enter.Who(t.Context(), session)
		if err != nil || len(v.Seats) != 1 || v.Seats[0].Staff() || v.Seats[0].Person.Status != person.ToBeApproved {
			t.Errorf("signed in as %+v, %v", v, err)
		}
		if _, _, err := k.confirm(token); errs.KindOf(err) != errs.Gone {
			t.Errorf("the link a second time: %v", err)
		}
		other := access.Actor{Workspace: id.New[id.Workspace](), Name: "person:x", Perms: access.All}
		wantKind(t, k.svc.Approve(t.Context(), other, p.ID, ""), errs.NotFound, "an admin of another workspace")
		reader := access.Actor{Workspace: k.ws.ID, Name: "person:x", Perms: access.All &^ access.PeopleWrite}
		wantKind(t, k.svc.Approve(t.Context(), reader, p.ID, ""), errs.Denied, "without the permission")
		wantKind(t, k.svc.Decline(t.Context(), reader, p.ID, ""), errs.Denied, "without the permission")
		if err := k.svc.Approve(t.Context(), k.admin, p.ID, strings.Repeat("ä", 1001)); fields(err)["message"] == "" {
			t.Errorf("a message of 1,001 characters: %v", err)
		}
		if k.person(p.ID).Status != person.ToBeApproved {
			t.Error("a refused answer counted")
		}
		if err := k.svc.Approve(t.Context(), k.admin, p.ID, "Welcome, Lena"); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		if m := k.newest("lena@example.com"); !strings.Contains(m.Text, "Sie sind dabei") && !strings.Contains(m.Text, "zugestimmt") || !strings.Contains(m.Text, "Welcome, Lena") || !strings.Contains(m.Text, "https://charge.example/my?w=northgrid") || !strings.Contains(m.HTML, "Welcome, Lena") {
			t.Errorf("the mail: %s", m.Text)
		}
		k.update(func(tx *db.Tx) error {
			have, err := group.Of(tx, k.ws.ID, p.ID)
			if len(have) != 1 || have[0].ID != g.ID {
				t.Errorf("groups %+v", have)
			}
			return err
		})
		if got := k.person(p.ID); got.Status != person.Active || k.eraseAt(p.ID) != 0 {
			t.Errorf("%+v", got)
		}
		wantKind(t, k.svc.Approve(t.Context(), k.admin, p.ID, ""), errs.Conflict, "approving twice")
		wantKind(t, k.svc.Decline(t.Context(), k.admin, p.ID, ""), errs.Conflict, "declining who is in")
		if got := k.events(p.ID); !slices.Equal(got, []string{"application.received", "person.approved"}) {
			t.Errorf("the journal: %v", got)
		}
	})
}

func TestSomebodyIsDeclinedAndAsksAgain(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.register(true)
		p := k.waiting("lena@example.com")
		if err := k.svc.Decline(t.Context(), k.admin, p.ID, "Only for tenants. See https://evil.example"); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		m := k.newest("lena@example.com")
		if !strings.Contains(m.Text, "Only for tenants.") || !strings.Contains(m.Text, "abgelehnt") || strings.Contains(m.Text, "https://") {
			t.Errorf("the mail: %s", m.Text)
		}
		var now time.Time
		k.update(func(tx *db.Tx) error { now = tx.Now; return nil })
		at := time.UnixMilli(k.eraseAt(p.ID))
		if got := k.person(p.ID); got.Status != person.Declined || at.Before(now.Add(30*24*time.Hour-time.Minute)) || at.After(now.Add(30*24*time.Hour)) {
			t.Errorf("%s, erased at %s", got.Status, at)
		}
		k.later(2 * time.Hour)
		pg, err := k.svc.LookApplication(t.Context(), "northgrid", k.ask("lena@example.com"))
		if err != nil || !pg.HasLogin {
			t.Fatalf("%+v, %v", pg, err)
		}
		// They have a login now: a link alone must not set its password anew.
		if _, _, err := k.confirm(k.askToken("lena@example.com")); errs.KindOf(err) != errs.Conflict {
			t.Errorf("another password by link: %v", err)
		}
		session, v, err := k.enter.SignIn(t.Context(), "lena@example.com", good, "c")
		if err != nil || session == "" {
			t.Fatal(err)
		}
		again, err := k.svc.ConfirmAs(t.Context(), "northgrid", k.askToken("lena@example.com"), v.Identity)
		if err != nil || again.ID != p.ID || again.Status != person.ToBeApproved || k.eraseAt(p.ID) != 0 {
			t.Errorf("asking again: %+v, erased at %d, %v", again, k.eraseAt(p.ID), err)
		}
	})
}

func TestALinkIsForItsOwnAddress(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.register(true)
		k.waiting("mallory@example.com")
		_, v, err := k.enter.SignIn(t.Context(), "mallory@example.com", good, "c")
		if err != nil {
			t.Fatal(err)
		}
		token := k.ask("lena@example.com")
		_, err = k.svc.ConfirmAs(t.Context(), "northgrid", token, v.Identity)
		wantKind(t, err, errs.Denied, "somebody else's link")
		south := workspace.New("southgrid", "")
		south.SelfRegistration = true
		k.update(func(tx *db.Tx) error { return workspace.Insert(tx, &south) })
		_, _, err = k.svc.Confirm(t.Context(), "southgrid", token, onboard.Entering{FirstName: "L", Password: good})
		wantKind(t, err, errs.NotFound, "the link of another workspace")
	})
}

func TestThreatR03OneOfManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.register(true)
		first, second := k.ask("lena@example.com"), ""
		if second = k.ask("lena@example.com"); second == first {
			t.Fatal("two requests have one link")
		}
		wins := together(8, func(i int) error {
			_, _, err := k.confirm([]string{first, second}[i%2])
			return err
		})
		if wins.ok != 1 || wins.kinds[errs.Gone]+wins.kinds[errs.Conflict] != 7 {
			t.Errorf("two links of one address by eight at once: %+v", wins)
		}
		p := k.find("lena@example.com")
		k.runJobs()
		mails := len(k.mailsTo("lena@example.com"))
		wins = together(8, func(i int) error {
			if i%2 == 0 {
				return k.svc.Approve(context.Background(), k.admin, p.ID, "")
			}
			return k.svc.Decline(context.Background(), k.admin, p.ID, "")
		})
		k.runJobs()
		if n := len(k.mailsTo("lena@example.com")) - mails; wins.ok != 1 || wins.kinds[errs.Conflict] != 7 || n != 1 {
			t.Errorf("eight answers at once: %+v, %d mails", wins, n)
		}
		p = k.person(p.ID)
		if (p.Status == person.Declined) != (k.eraseAt(p.ID) != 0) {
			t.Errorf("%s, erased at %d", p.Status, k.eraseAt(p.ID))
		}
	})
}

func (k *desk) find(email string) (p person.Person) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		p, err = person.ByEmail(tx, k.ws.ID, email)
		return err
	})
	return p
}

// tally is how many did it and how the others ended.
type tally struct {
	ok    int
	kinds map[errs.Kind]int
}

func together(n int, do func(i int) error) tally {
	var all sync.WaitGroup
	ended := make([]error, n)
	for i := range n {
		all.Go(func() { ended[i] = do(i) })
	}
	all.Wait()
	t := tally{kinds: map[errs.Kind]int{}}
	for _, err := range ended {
		if err == nil {
			t.ok++
		} else {
			t.kinds[errs.KindOf(err)]++
		}
	}
	return t
}

func TestWhereRegistrationIsOffThereIsNothing(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		_, off := k.svc.Registration(t.Context(), "northgrid")
		_, none := k.svc.Registration(t.Context(), "nowhere")
		if errs.KindOf(off) != errs.NotFound || off.Error() != none.Error() {
			t.Errorf("off: %v; none: %v", off, none)
		}
		wantKind(t, k.svc.Apply(t.Context(), "northgrid", asking("lena@example.com"), "c"), errs.NotFound, "applying")
		k.register(true)
		token := k.ask("lena@example.com")
		if err := k.svc.Apply(t.Context(), "northgrid", asking("late@example.com"), "c"); err != nil {
			t.Fatal(err)
		}
		k.register(false)
		k.runJobs()
		if len(k.mailsTo("late@example.com")) != 0 {
			t.Error("a mail went out after registration was closed")
		}
		_, _, err := k.confirm(token)
		wantKind(t, err, errs.NotFound, "a link after registration was closed")
	})
}

func TestThreatR04TheLinkOfARequestEnds(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.register(true)
		early, late := k.ask("early@example.com"), k.ask("late@example.com")
		k.later(24*time.Hour - 10*time.Second)
		if _, _, err := k.confirm(early); err != nil {
			t.Errorf("just before the end: %v", err)
		}
		k.later(11 * time.Second)
		_, _, err := k.confirm(late)
		wantKind(t, err, errs.Gone, "just after the end")
		if pg, err := k.svc.LookApplication(t.Context(), "northgrid", late); err != nil || pg.State != "expired" {
			t.Errorf("%+v, %v", pg, err)
		}
		k.later(25 * time.Hour)
		k.update(application.Sweep)
		if _, err := k.svc.LookApplication(t.Context(), "northgrid", late); errs.KindOf(err) != errs.NotFound {
			t.Errorf("what a stranger typed is kept: %v", err)
		}
		if pg, err := k.svc.LookApplication(t.Context(), "northgrid", early); err != nil || pg.State != "used" {
			t.Errorf("what somebody wrote who waits was swept: %+v, %v", pg, err)
		}
	})
}

func TestLifeOfARequestsLink(t *testing.T) {
	for in, want := range map[time.Duration]time.Duration{0: 15 * time.Minute, time.Hour: time.Hour, 90 * 24 * time.Hour: 24 * time.Hour} {
		if got := application.Life(in); got != want {
			t.Errorf("Life(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestWhatAnApplicantTypesIsChecked(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.register(true)
		before := k.all()
		for name, in := range map[string]onboard.Applying{
			"email":      {Email: "nonsense", FirstName: "L"},
			"first_name": {Email: "a@example.com", FirstName: " ", LastName: ""},
			"last_name":  {Email: "a@example.com", FirstName: "L", LastName: strings.Repeat("x", 201)},
			"message":    {Email: "a@example.com", FirstName: "L", Message: strings.Repeat("ä", 1001)},
		} {
			if err := k.svc.Apply(t.Context(), "northgrid", in, "c"); fields(err)[name] == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if k.all() != before {
			t.Error("a refused form left something behind")
		}
		if err := k.svc.Apply(t.Context(), "northgrid", onboard.Applying{Email: "a@example.com", FirstName: "אבי", LastName: "😀", Language: "xx"}, "c"); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		if m := k.newest("a@example.com"); !strings.Contains(m.Text, "Confirm my address") {
			t.Errorf("an unknown language is not the workspace's: %s", m.Text)
		}
	})
}

// Whoever is to be approved without having a login, as from another operator's
// file, gets an invitation with the approval.
func TestApprovedWithoutALoginIsInvited(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		p := person.Person{Workspace: k.ws.ID, Email: "file@example.com", Status: person.ToBeApproved}
		k.update(func(tx *db.Tx) error { return person.Insert(tx, &p) })
		if err := k.svc.Approve(t.Context(), k.admin, p.ID, "Hello"); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		if got := k.person(p.ID); got.Status != person.Active {
			t.Errorf("%+v", got)
		}
		if _, got, err := k.activate(k.token("file@example.com")); err != nil || got.ID != p.ID || got.Identity == "" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestDeclinedPeopleAreErasedAfter30Days(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.register(true)
		p := k.waiting("lena@example.com")
		if err := k.svc.Decline(t.Context(), k.admin, p.ID, "Sorry, Lena"); err != nil {
			t.Fatal(err)
		}
		k.later(person.KeepDeclined - time.Minute)
		k.runJobs()
		if k.erase(); k.person(p.ID).Status != person.Declined {
			t.Fatal("erased too early")
		}
		k.later(2 * time.Minute)
		k.erase()
		if rows := k.all(); strings.Contains(rows, "lena@example.com") || strings.Contains(rows, "level 2") || strings.Contains(rows, "Sorry, Lena") {
			t.Error("something of her is left")
		}
		if again := k.waiting("lena@example.com"); again.ID == p.ID || again.Status != person.ToBeApproved {
			t.Errorf("asking anew: %+v", again)
		}
	})
}

// erase lets the server look for those who are to be erased.
func (k *desk) erase() {
	k.t.Helper()
	pool := &job.Pool{DB: k.d}
	k.desk.Jobs(pool)
	k.update(func(tx *db.Tx) error { return job.Define[struct{}]("people.erase").Add(tx, struct{}{}) })
	if _, err := pool.RunDue(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}
