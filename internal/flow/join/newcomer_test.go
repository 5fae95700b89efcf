package join_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/equip"
	"involt/internal/flow/join"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

type zoneCode = zones.Code

func (k *town) equip() *equip.Service { return &equip.Service{DB: k.d} }

func recordGroup(tx *db.Tx, k *town, who id.Person) error {
	return journal.Record(tx, k.admin, "group.member-added", journal.About("person", who), nil)
}

func TestANewcomerComesInByACode(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		c, _ := k.code(func(c *joincode.Code) { c.Questions = []string{"Flat number?"} })
		if err := k.apply(c, "nia@example.com", "12 b"); err != nil {
			t.Fatal(err)
		}
		m := k.mailsTo("nia@example.com")
		if len(m) != 1 || m[0].Subject != "Join Harbour" || !strings.Contains(m[0].Text, "Then you may charge at Harbour") {
			t.Fatalf("%+v", m)
		}
		if k.again(c).Uses != 0 {
			t.Error("counted before the mailbox was proven")
		}
		token := k.token("nia@example.com")
		pg, err := k.onboard.LookApplication(t.Context(), k.ws.Slug, token)
		if err != nil || pg.State != "open" || !pg.AtOnce {
			t.Fatalf("%+v, %v", pg, err)
		}
		p, err := k.confirm(token)
		if err != nil || p.Status != person.Active {
			t.Fatalf("%+v, %v", p, err)
		}
		if r := k.tap(k.card(p.ID), k.harbour); r != decision.Allowed {
			t.Errorf("%s", r)
		}
		if k.again(c).Uses != 1 {
			t.Errorf("%d uses", k.again(c).Uses)
		}
		_, err = k.confirm(token)
		wantKind(t, err, errs.Gone, "the link a second time")
		if got := strings.Join(k.events(p.ID), " "); got != "application.received person.approved zone.joined" {
			t.Errorf("the journal: %s", got)
		}
		k.runJobs()
		k.ahead.Store(int64(time.Hour))
		k.runJobs()
		if m := k.mailsTo("anna@north.example"); len(m) != 0 {
			t.Errorf("approvers were told of somebody who needs no approval: %+v", m)
		}
	})
}

func TestANewcomerWaitsWhereTheCodeSaysSo(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		c, _ := k.code(func(c *joincode.Code) { c.Approval, c.Questions = true, []string{"Flat number?"} })
		for _, email := range []string{"nia@example.com", "bob@example.com"} {
			if err := k.apply(c, email, "12 b"); err != nil {
				t.Fatal(err)
			}
		}
		nia, err := k.confirm(k.token("nia@example.com"))
		if err != nil || nia.Status != person.ToBeApproved {
			t.Fatalf("%+v, %v", nia, err)
		}
		bob, err := k.confirm(k.token("bob@example.com"))
		if err != nil {
			t.Fatal(err)
		}
		uid := k.card(nia.ID)
		if r := k.tap(uid, k.harbour); r != decision.UserNotActive {
			t.Errorf("while waiting: %s", r)
		}
		wants, err := k.zones.RequestsOf(t.Context(), k.admin, nia.ID)
		if err != nil || len(wants) != 1 || wants[0].Place != "Harbour" || !reflect.DeepEqual(wants[0].Answers, []joincode.Answer{{Question: "Flat number?", Answer: "12 b"}}) {
			t.Fatalf("%+v, %v", wants, err)
		}
		_, err = k.svc.Answer(t.Context(), k.admin, []id.Joining{wants[0].ID}, true, "")
		wantKind(t, err, errs.Conflict, "the zone before the user")
		masked := k.admin
		masked.Perms &^= access.PersonalData
		if wants, err = k.zones.RequestsOf(t.Context(), masked, nia.ID); err != nil || len(wants[0].Answers) != 0 || strings.Contains(wants[0].Name, "Nia") {
			t.Errorf("without personal data: %+v, %v", wants, err)
		}
		if err := k.onboard.Approve(t.Context(), k.admin, nia.ID, "Welcome"); err != nil {
			t.Fatal(err)
		}
		if err := k.onboard.Decline(t.Context(), k.admin, bob.ID, "No"); err != nil {
			t.Fatal(err)
		}
		if r := k.tap(uid, k.harbour); r != decision.Allowed {
			t.Errorf("after the approval: %s", r)
		}
		if c = k.again(c); c.Uses != 1 {
			t.Errorf("%d uses", c.Uses)
		}
		// Who was declined asks again, and waits again.
		if err := k.apply(c, "bob@example.com", "13"); err != nil {
			t.Fatal(err)
		}
		if p, err := k.confirmAs(k.token("bob@example.com"), "bob@example.com"); err != nil || p.Status != person.ToBeApproved {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestLinksUnderWayEndWithTheirCode(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		for name, end := range map[string]func(c joincode.Code) error{
			"rotated": func(c joincode.Code) error { _, err := k.svc.Rotate(t.Context(), k.admin, c.ID); return err },
			"off":     func(c joincode.Code) error { return k.svc.Enable(t.Context(), k.admin, c.ID, false) },
			"full": func(c joincode.Code) error {
				c.MaxUses = 1
				if _, err := k.svc.Change(t.Context(), k.admin, c); err != nil {
					return err
				}
				_, err := k.join(k.driver("quick-"+string(c.ID)+"@example.com", person.Active), c.Secret(k.svc.Keys))
				return err
			},
			"another domain": func(c joincode.Code) error {
				c.Domains = mail.Domains{"north.example"}
				_, err := k.svc.Change(t.Context(), k.admin, c)
				return err
			},
		} {
			c, _ := k.code(nil)
			email := strings.ReplaceAll(name, " ", "-") + "@example.com"
			if err := k.apply(c, email); err != nil {
				t.Fatal(err)
			}
			token := k.token(email)
			if err := end(k.again(c)); err != nil {
				t.Fatal(err)
			}
			_, err := k.confirm(token)
			wantKind(t, err, errs.NotFound, name)
			k.update(func(tx *db.Tx) error {
				if _, err := person.ByEmail(tx, k.ws.ID, email); errs.KindOf(err) != errs.NotFound {
					t.Errorf("%s: somebody came in: %v", name, err)
				}
				return nil
			})
		}
	})
}

func TestWhoIsHereAlreadyIsToldToSignIn(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		c, code := k.code(nil)
		k.driver("lena@example.com", person.Active)
		if err := k.apply(c, "lena@example.com"); err != nil {
			t.Fatal(err)
		}
		m := k.mailsTo("lena@example.com")
		if len(m) != 1 || !strings.Contains(m[0].Text, "https://charge.example/j/"+code) || strings.Contains(m[0].Text, "/r/northgrid/") {
			t.Errorf("%+v", m)
		}
	})
}

func TestADomainNeedsNoApproval(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		k.register(mail.Domains{"north.example"})
		for email, want := range map[string]person.Status{"in@north.example": person.Active, "out@sub.north.example": person.ToBeApproved} {
			if err := k.apply(joincode.Code{}, email); err != nil {
				t.Fatal(err)
			}
			p, err := k.confirm(k.token(email))
			if err != nil || p.Status != want {
				t.Errorf("%s: %+v, %v", email, p, err)
			}
			if want == person.Active && !strings.Contains(strings.Join(k.events(p.ID), " "), "person.approved") {
				t.Errorf("the journal: %v", k.events(p.ID))
			}
		}
		// Whom somebody has declined, no domain lets in.
		p := k.byEmail("out@sub.north.example")
		if err := k.onboard.Decline(t.Context(), k.admin, p.ID, ""); err != nil {
			t.Fatal(err)
		}
		k.register(mail.Domains{"north.example", "sub.north.example"})
		if err := k.apply(joincode.Code{}, p.Email); err != nil {
			t.Fatal(err)
		}
		if p, err := k.confirmAs(k.token(p.Email), p.Email); err != nil || p.Status != person.ToBeApproved {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// confirmAs is the link followed by somebody who has a login with that address.
func (k *town) confirmAs(token, email string) (person.Person, error) {
	k.t.Helper()
	var who login.Identity
	k.update(func(tx *db.Tx) (err error) {
		who, err = login.ByEmail(tx, email)
		return err
	})
	return k.onboard.ConfirmAs(k.t.Context(), k.ws.Slug, token, who)
}

// register lets people register themselves; those of some domains need no
// approval.
func (k *town) register(domains mail.Domains) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		w, err := workspace.ByID(tx, k.ws.ID)
		if err != nil {
			return err
		}
		w.SelfRegistration, w.AutoApprove = true, domains
		return workspace.Save(tx, &w)
	})
}

func TestAnExpiredLinkIsSentAnew(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		k.register(nil)
		if err := k.apply(joincode.Code{}, "nia@example.com"); err != nil {
			t.Fatal(err)
		}
		old := k.token("nia@example.com")
		k.ahead.Store(int64(25 * time.Hour))
		again := func() error {
			err := k.onboard.Again(t.Context(), k.ws.Slug, old, "192.0.2.9")
			k.runJobs()
			return err
		}
		if err := again(); err != nil {
			t.Fatal(err)
		}
		fresh := k.token("nia@example.com")
		if fresh == old || len(k.mailsTo("nia@example.com")) != 2 {
			t.Fatal("no new link was mailed")
		}
		_, err := k.confirm(old)
		wantKind(t, err, errs.Gone, "the expired link")
		if p, err := k.confirm(fresh); err != nil || p.Status != person.ToBeApproved {
			t.Errorf("%+v, %v", p, err)
		}
		for range 6 { // its holder cannot fill the mailbox, and is told nothing of it
			if err := again(); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(k.mailsTo("nia@example.com")); n > 4 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestApproversAreToldInOneMail(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		k.staff("fay@north.example", "fleet-manager")
		k.staff("vera@north.example", "viewer")
		k.register(nil)
		_, code := k.code(func(c *joincode.Code) { c.Approval = true })
		for _, email := range []string{"a@example.com", "b@example.com"} {
			if err := k.apply(joincode.Code{}, email); err != nil {
				t.Fatal(err)
			}
			if _, err := k.confirm(k.token(email)); err != nil {
				t.Fatal(err)
			}
		}
		k.mustJoin(k.driver("lena@example.com", person.Active), code)
		k.runJobs()
		if len(k.mailsTo("fay@north.example")) != 0 {
			t.Fatal("told before anything was gathered")
		}
		k.ahead.Store(int64(join.DigestWait + time.Second))
		k.runJobs()
		m := k.mailsTo("fay@north.example")
		if len(m) != 1 || m[0].Subject != "3 people wait for approval at Northgrid" || !strings.Contains(m[0].Text, "Lena Vogel (Harbour)") || !strings.Contains(m[0].Text, "https://charge.example/w/northgrid/approvals") {
			t.Fatalf("%+v", m)
		}
		if len(k.mailsTo("anna@north.example")) != 1 || len(k.mailsTo("vera@north.example")) != 0 {
			t.Error("the wrong people were told")
		}
		// Later requests come in another mail, with what is new.
		if err := k.apply(joincode.Code{}, "c@example.com"); err != nil {
			t.Fatal(err)
		}
		if _, err := k.confirm(k.token("c@example.com")); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		k.ahead.Store(int64(3 * join.DigestWait))
		k.runJobs()
		if m = k.mailsTo("fay@north.example"); len(m) != 2 || m[1].Subject != "Somebody waits for approval at Northgrid" || strings.Contains(m[1].Text, "Lena") {
			t.Errorf("%+v", m)
		}
		// Whoever was answered meanwhile is nobody to be told of.
		if err := k.apply(joincode.Code{}, "d@example.com"); err != nil {
			t.Fatal(err)
		}
		p, err := k.confirm(k.token("d@example.com"))
		if err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		if err := k.onboard.Approve(t.Context(), k.admin, p.ID, ""); err != nil {
			t.Fatal(err)
		}
		k.ahead.Store(int64(6 * join.DigestWait))
		k.runJobs()
		if n := len(k.mailsTo("fay@north.example")); n != 2 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestErasingAndMergingTakeJoiningsAlong(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		_, code := k.code(nil)
		_, other := k.code(func(c *joincode.Code) { c.Location = k.yard.ID })
		lena, twin := k.driver("lena@example.com", person.Active), k.driver("twin@example.com", person.Active)
		k.mustJoin(lena, code)
		k.mustJoin(twin, code)
		k.mustJoin(twin, other)
		k.update(func(tx *db.Tx) error {
			if _, err := joincode.MoveTo(tx, k.ws.ID, twin.by.Person, lena.by.Person); err != nil {
				return err
			}
			all, err := joincode.JoiningsOf(tx, k.ws.ID, lena.by.Person)
			if len(all) != 2 {
				t.Errorf("%+v", all)
			}
			if err != nil {
				return err
			}
			if err := joincode.Erase(tx, k.ws.ID, []id.Person{lena.by.Person}); err != nil {
				return err
			}
			if all, err = joincode.JoiningsOf(tx, k.ws.ID, lena.by.Person); len(all) != 0 {
				t.Errorf("%+v", all)
			}
			return err
		})
	})
}
