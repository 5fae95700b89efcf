package onboard_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
)

func fields(err error) map[string]string {
	found := map[string]string{}
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) { //nolint:errorlint // the tree is walked here
		case nil:
		case *errs.Error:
			found[e.Field] = e.Text
		case interface{ Unwrap() []error }:
			for _, e := range e.Unwrap() {
				walk(e)
			}
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		}
	}
	walk(err)
	return found
}

func TestAllOrNobodyIsInvited(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.invite("here@example.com", invite.Offer{})
		if _, err := k.svc.Invite(t.Context(), k.admin, []onboard.Invitee{{Email: "card@example.com", Card: "04A1B2C3"}}, invite.Offer{}, ""); err != nil {
			t.Fatal(err)
		}
		before := k.all()
		_, err := k.svc.Invite(t.Context(), k.admin, []onboard.Invitee{
			{Email: "good@example.com"},
			{Email: "no address"},
			{Email: "here@example.com"},
			{Email: "GOOD@example.com"},
			{Email: "d@example.com", Card: "04:a1:b2:c3"},
			{Email: "e@example.com", Card: "nonsense"},
			{Email: "f@example.com", Card: "04112233"},
			{Email: "g@example.com", Card: "04-11-22-33"},
		}, invite.Offer{}, "")
		got := fields(err)
		for _, f := range []string{"people.1.email", "people.2.email", "people.3.email", "people.4.card", "people.5.card", "people.7.card"} {
			if got[f] == "" {
				t.Errorf("%s has no error", f)
			}
			delete(got, f)
		}
		if len(got) > 0 {
			t.Errorf("fields that are right: %v", got)
		}
		for _, c := range []struct {
			field string
			by    access.Actor
			list  []onboard.Invitee
			offer invite.Offer
			text  string
		}{
			{"people", k.admin, nil, invite.Offer{}, ""},
			{"people", k.admin, make([]onboard.Invitee, onboard.MaxInvitees+1), invite.Offer{}, ""},
			{"message", k.admin, []onboard.Invitee{{Email: "a@example.com"}}, invite.Offer{}, strings.Repeat("ä", 1001)},
			{"role", k.admin, []onboard.Invitee{{Email: "a@example.com"}}, invite.Offer{Roles: access.Give("king")}, ""},
			{"groups", k.admin, []onboard.Invitee{{Email: "a@example.com"}}, invite.Offer{Groups: []id.Group{id.New[id.Group]()}}, ""},
			{"locations", k.admin, []onboard.Invitee{{Email: "a@example.com"}}, invite.Offer{Locations: []id.Location{id.New[id.Location]()}}, ""},
			{"chargers", k.admin, []onboard.Invitee{{Email: "a@example.com"}}, invite.Offer{Chargers: []id.Charger{id.New[id.Charger]()}}, ""},
		} {
			_, err := k.svc.Invite(t.Context(), c.by, c.list, c.offer, c.text)
			if fields(err)[c.field] == "" {
				t.Errorf("%s: %v", c.field, err)
			}
		}
		if k.all() != before {
			t.Error("a refused invitation left something behind")
		}
	})
}

func TestNobodyInvitesWithoutPermission(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		before := k.all()
		someone := access.Actor{Workspace: k.ws.ID, Name: "person:x", Perms: access.All &^ access.PeopleWrite}
		_, err := k.svc.Invite(t.Context(), someone, []onboard.Invitee{{Email: "a@example.com"}}, invite.Offer{}, "")
		wantKind(t, err, errs.Denied, "Invite")
		_, err = k.svc.InviteAgain(t.Context(), someone, nil)
		wantKind(t, err, errs.Denied, "InviteAgain")
		_, err = k.desk.Create(t.Context(), someone, person.Person{Email: "a@example.com"})
		wantKind(t, err, errs.Denied, "Create")
		_, err = k.desk.Update(t.Context(), someone, person.Person{ID: k.admin.Person})
		wantKind(t, err, errs.Denied, "Update")
		wantKind(t, k.desk.Deactivate(t.Context(), someone, k.admin.Person, "x"), errs.Denied, "Deactivate")
		wantKind(t, k.desk.Reactivate(t.Context(), someone, k.admin.Person), errs.Denied, "Reactivate")
		manager := access.Actor{Workspace: k.ws.ID, Name: "person:m", Perms: roleOf("fleet-manager").Perms}
		_, err = k.svc.Invite(t.Context(), manager, []onboard.Invitee{{Email: "a@example.com"}}, invite.Offer{Roles: access.Give("admin")}, "")
		if fields(err)["role"] == "" {
			t.Errorf("a fleet manager gave the role of an admin: %v", err)
		}
		if k.all() != before {
			t.Error("something was changed without permission")
		}
	})
}

func TestMailGoesOutByJob(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		made, err := k.svc.Invite(t.Context(), k.admin, []onboard.Invitee{{Email: "Lena@Example.com", FirstName: "Lena", Card: "04A1B2C3"}},
			invite.Offer{Locations: []id.Location{k.office}}, "See you at http://evil.example")
		if err != nil {
			t.Fatal(err)
		}
		if len(k.post.mails) != 0 {
			t.Fatal("mail was sent before the transaction was done")
		}
		if p := k.person(made[0]); p.Status != person.Invited || p.Email != "Lena@example.com" && p.Email != "lena@example.com" {
			t.Errorf("after inviting: %+v", p)
		}
		k.runJobs()
		m := k.newest(k.person(made[0]).Email)
		for _, want := range []string{"Hello Lena,", "Anna Berg", "Northgrid", "Office", "04A1B2C3", "(CET)"} {
			if !strings.Contains(m.Text, want) || !strings.Contains(m.HTML, want) {
				t.Errorf("the mail does not say %q:\n%s", want, m.Text)
			}
		}
		if strings.Contains(m.Text+m.HTML, "evil.example") || m.ID == "" {
			t.Errorf("mail %q:\n%s", m.ID, m.Text)
		}
		var list []notice.Notice
		k.update(func(tx *db.Tx) (err error) {
			list, err = notice.Of(tx, k.ws.ID, made[0], 10)
			return err
		})
		if len(list) != 1 || list[0].State != notice.Sent || list[0].Subject != m.Subject || list[0].Tries != 1 {
			t.Errorf("notices: %+v", list)
		}
		if got := k.events(made[0]); !slices.Equal(got, []string{"person.invited", "invitation.sent"}) {
			t.Errorf("journal: %v", got)
		}
		// Nobody but the mailbox sees the link or the code.
		code := k.code(m.To)
		for _, secret := range []string{k.token(m.To), code, seal.CleanCode(code)} {
			if strings.Contains(k.all(), secret) {
				t.Errorf("the database holds %q", secret)
			}
		}
	})
}

func TestACrashAfterTheServersYesSendsTheSameLink(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		// The server has taken the mail, but its answer never came.
		k.post.say = []error{errors.New("connection lost"), &job.Later{Wait: time.Minute, Err: errors.New("451 later")}}
		made, token := k.invite("lena@example.com", invite.Offer{})
		if st := k.look(token).State; st != "queued" {
			t.Errorf("without an answer the invitation is %s", st)
		}
		k.later(10 * time.Second)
		k.runJobs()
		k.later(2 * time.Minute)
		k.runJobs()
		mails := k.mailsTo("lena@example.com")
		if len(mails) != 3 {
			t.Fatalf("%d mails", len(mails))
		}
		for _, m := range mails {
			if tokenIn(t, m) != token || m.ID != mails[0].ID {
				t.Error("another try carried another link, or another Message-ID")
			}
		}
		if st := k.look(token).State; st != "sent" {
			t.Errorf("after the answer the invitation is %s", st)
		}
		k.mustActivate(token)
		if k.person(made).Status != person.Active {
			t.Error("not active")
		}
	})
}

func TestLifeBeginsWhenTheServerTookTheMail(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.post.say = []error{errors.New("451 later"), errors.New("451 later")}
		_, token := k.invite("lena@example.com", invite.Offer{})
		k.later(30 * time.Hour)
		k.runJobs()
		k.later(30 * time.Hour)
		k.runJobs()
		k.later(23 * time.Hour)
		if pg := k.look(token); !pg.Usable || pg.State != "sent" {
			t.Errorf("23 h after the mail went out, 83 h after inviting: %s", pg.State)
		}
		k.mustActivate(token)
	})
}

func TestABounceIsFinal(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.post.say = []error{&mail.Refused{Code: 550, Reply: "550 no such user"}}
		who, token := k.invite("gone@example.com", invite.Offer{})
		k.later(48 * time.Hour)
		k.runJobs()
		if n := len(k.mailsTo("gone@example.com")); n != 1 {
			t.Errorf("%d tries after a final refusal", n)
		}
		if st := k.look(token).State; st != "bounced" {
			t.Errorf("state %s", st)
		}
		if got := k.events(who); !slices.Equal(got, []string{"person.invited", "invitation.bounced"}) {
			t.Errorf("journal: %v", got)
		}
	})
}

func TestInvitingAgainKillsTheOlderLink(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		who, token := k.invite("lena@example.com", invite.Offer{})
		old, oldCode := []string{token}, []string{k.code("lena@example.com")}
		for range 4 {
			out, err := k.svc.InviteAgain(t.Context(), k.admin, []id.Person{who})
			if err != nil || len(out) != 1 || !out[0].Done {
				t.Fatal(out, err)
			}
			k.runJobs()
			old, oldCode = append(old, k.token("lena@example.com")), append(oldCode, k.code("lena@example.com"))
		}
		newest := len(old) - 1
		for i, token := range old[:newest] {
			_, _, err := k.activate(token)
			wantKind(t, err, errs.NotFound, "an older link")
			_, err = k.svc.FindByCode(t.Context(), "lena@example.com", oldCode[i], "client")
			if fields(err)["code"] == "" {
				t.Errorf("an older code: %v", err)
			}
		}
		k.mustActivate(old[newest])
		out, err := k.svc.InviteAgain(t.Context(), k.admin, []id.Person{who})
		if err != nil || out[0].Done || out[0].Why == "" {
			t.Errorf("inviting an active user: %+v, %v", out, err)
		}
	})
}

func TestAMailThatIsNoLongerWantedStays(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		made, err := k.svc.Invite(t.Context(), k.admin, []onboard.Invitee{{Email: "lena@example.com"}}, invite.Offer{}, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.svc.InviteAgain(t.Context(), k.admin, made); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		if n := len(k.mailsTo("lena@example.com")); n != 1 {
			t.Errorf("%d mails; the first invitation was replaced before it went out", n)
		}
	})
}

func TestImportedPeopleAreInvited(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		p, err := k.desk.Create(t.Context(), k.admin, person.Person{Email: "lena@example.com", FirstName: "Lena"})
		if err != nil || p.Status != person.Imported {
			t.Fatal(p.Status, err)
		}
		pool, err := k.desk.Create(t.Context(), k.admin, person.Person{FirstName: "Pool car 7"}, "04A0B0C7")
		if err != nil || pool.Status != person.Active {
			t.Fatal(pool.Status, err)
		}
		k.runJobs()
		if len(k.post.mails) > 0 {
			t.Error("creating somebody sent mail")
		}
		out, err := k.svc.InviteAgain(t.Context(), k.admin, []id.Person{p.ID, pool.ID})
		if err != nil || len(out) != 2 {
			t.Fatal(out, err)
		}
		for _, o := range out {
			if o.Done != (o.Person == p.ID) {
				t.Errorf("%+v", o)
			}
		}
		k.runJobs()
		k.mustActivate(k.token("lena@example.com"))
		if k.person(p.ID).Status != person.Active {
			t.Error("not active")
		}
	})
}

func TestAnExpiredLinkBringsANewOne(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		who, token := k.invite("lena@example.com", invite.Offer{Locations: []id.Location{k.office}})
		ask := func(token string) {
			t.Helper()
			if err := k.svc.SendAgain(t.Context(), token, "client"); err != nil {
				t.Error(err)
			}
			k.runJobs()
		}
		ask(token) // not expired yet
		ask(strings.Repeat("x", invite.TokenLen))
		ask("short")
		if n := len(k.mailsTo("lena@example.com")); n != 1 {
			t.Fatalf("%d mails for a link that works", n)
		}
		k.later(25 * time.Hour)
		ask(token)
		if n := len(k.mailsTo("lena@example.com")); n != 2 {
			t.Fatalf("%d mails after asking for a new link", n)
		}
		ask(token) // the old link is nobody's now
		if n := len(k.mailsTo("lena@example.com")); n != 2 {
			t.Fatalf("%d mails after asking twice", n)
		}
		again := k.token("lena@example.com")
		if again == token {
			t.Fatal("the same link again")
		}
		if pg := k.look(again); !pg.Usable || pg.Inviter != "Anna Berg" || !slices.Equal(pg.Places, []string{"Office"}) {
			t.Errorf("the new link: %+v", pg)
		}
		k.mustActivate(again)
		ask(again)
		// Whoever came in already is told how to sign in, and gets no link.
		if m := k.mailsTo("lena@example.com"); len(m) != 3 || strings.Contains(m[2].Text, "/i/") || !strings.Contains(m[2].Text, "/sign-in") {
			t.Errorf("%d mails after asking with a used link", len(m))
		}
		if k.person(who).Status != person.Active {
			t.Error("not active")
		}
		var err error
		for range 12 {
			err = errors.Join(err, k.svc.SendAgain(t.Context(), token, "client"))
		}
		wantKind(t, err, errs.Unavailable, "asking too often")
	})
}
