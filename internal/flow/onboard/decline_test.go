package onboard_test

import (
	"slices"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

func (k *desk) decline(token string) {
	k.t.Helper()
	if err := k.svc.DeclineInvitation(k.t.Context(), token); err != nil {
		k.t.Fatal(err)
	}
}

func TestWhoDeclinesIsNotLetIn(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		crew := group.Group{Workspace: k.ws.ID, Name: "Crew"}
		k.update(func(tx *db.Tx) error { return group.Insert(tx, &crew) })
		who, token := k.invite("lena@example.com", invite.Offer{Groups: []id.Group{crew.ID}, Roles: access.Give("support")})
		for range 3 { // a second click says the same
			k.decline(token)
		}
		if got := k.events(who); !slices.Equal(got, []string{"person.invited", "invitation.sent", "invitation.declined"}) {
			t.Errorf("the journal says %v", got)
		}
		if pg := k.look(token); pg.Usable || pg.State != "declined" {
			t.Errorf("the page: %+v", pg)
		}
		if p := k.person(who); p.Status != person.Imported || p.Identity != "" {
			t.Errorf("they are %s, login %q", p.Status, p.Identity)
		}
		_, _, err := k.activate(token)
		wantKind(t, err, errs.Gone, "coming in all the same")

		// Whoever changes their mind gets another link, once, to the same address.
		for range 2 {
			if err := k.svc.SendAgain(t.Context(), token, "client"); err != nil {
				t.Fatal(err)
			}
			k.runJobs()
		}
		if n := len(k.mailsTo("lena@example.com")); n != 2 {
			t.Fatalf("%d mails", n)
		}
		if p := k.person(who); p.Status != person.Invited {
			t.Errorf("asked again they are %s", p.Status)
		}
		again := k.token("lena@example.com")
		if again == token {
			t.Fatal("the same link again")
		}
		k.mustActivate(again)
		wantKind(t, k.svc.DeclineInvitation(t.Context(), again), errs.Gone, "declining what was accepted")
		k.decline(token) // it was; nothing more comes of it
		k.update(func(tx *db.Tx) error {
			have, err := group.Of(tx, k.ws.ID, who)
			if len(have) != 1 {
				t.Errorf("in groups %v: what was offered first is offered again", have)
			}
			return err
		})
		if p := k.person(who); p.Status != person.Active {
			t.Errorf("in the end they are %s", p.Status)
		}
	})
}

func TestOnlyALinkThatWorksIsDeclined(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		for name, end := range map[string]func(who id.Person, token string) errs.Kind{
			"expired": func(id.Person, string) errs.Kind { k.later(25 * time.Hour); return errs.Gone },
			"revoked": func(who id.Person, _ string) errs.Kind {
				if err := k.svc.RevokeInvitation(t.Context(), k.admin, who); err != nil {
					t.Fatal(err)
				}
				return errs.Gone
			},
			"replaced":  func(who id.Person, _ string) errs.Kind { k.inviteAgain(who); return errs.NotFound },
			"corrected": func(who id.Person, _ string) errs.Kind { k.readdress(who, "other@example.com"); return errs.Gone },
			"deleted": func(who id.Person, _ string) errs.Kind {
				if err := k.desk.Delete(t.Context(), k.admin, who); err != nil {
					t.Fatal(err)
				}
				return errs.NotFound
			},
		} {
			who, token := k.invite(name+"@example.com", invite.Offer{})
			want := end(who, token)
			before := k.all()
			wantKind(t, k.svc.DeclineInvitation(t.Context(), token), want, name)
			if k.all() != before {
				t.Errorf("%s: something changed", name)
			}
		}
		wantKind(t, k.svc.DeclineInvitation(t.Context(), "nothing"), errs.NotFound, "no link")
	})
}

func TestAUserWhoDeclinesARoleStaysAsTheyAre(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		// A colleague's link from the server's console, for somebody who charges here.
		who, token := k.invite("lena@example.com", invite.Offer{})
		k.mustActivate(token)
		v := invite.Invite{Workspace: k.ws.ID, Person: who, Channel: invite.ByMail, Email: "lena@example.com", Offer: invite.Offer{Roles: access.Give("support")}, InvitedBy: k.admin.Name, Life: time.Hour}
		k.update(func(tx *db.Tx) error { return invite.Open(tx, k.svc.Keys, &v) })
		k.decline(v.Token(k.svc.Keys))
		if p := k.person(who); p.Status != person.Active {
			t.Errorf("they are %s", p.Status)
		}
		k.update(func(tx *db.Tx) error {
			roles, err := person.Roles(tx, k.ws.ID, who)
			if len(roles) != 0 {
				t.Errorf("roles %v", roles)
			}
			return err
		})
	})
}

func TestStaffHaveTheLastWordOnWhatWasDeclined(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		who, token := k.invite("lena@example.com", invite.Offer{})
		k.decline(token)
		// Staff invite again: a new link. Asking by the old one brings no third.
		k.inviteAgain(who)
		mails := len(k.mailsTo("lena@example.com"))
		ask := func() {
			t.Helper()
			if err := k.svc.SendAgain(t.Context(), token, "client"); err != nil {
				t.Fatal(err)
			}
			k.runJobs()
			if n := len(k.mailsTo("lena@example.com")); n != mails {
				t.Errorf("%d mails, want %d", n, mails)
			}
		}
		ask()
		if err := k.svc.RevokeInvitation(t.Context(), k.admin, who); err != nil {
			t.Fatal(err)
		}
		ask()
		// Deactivated since: nothing is sent.
		other, declined := k.invite("ben@example.com", invite.Offer{})
		k.decline(declined)
		k.update(func(tx *db.Tx) error {
			p, err := person.ByID(tx, k.ws.ID, other)
			if err == nil {
				err = p.Become(person.Deactivated, tx.Now)
			}
			return errs.Or(err, person.Save(tx, &p))
		})
		if err := k.svc.SendAgain(t.Context(), declined, "client"); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		if n := len(k.mailsTo("ben@example.com")); n != 1 {
			t.Errorf("somebody deactivated got %d mails", n)
		}
	})
}

func TestAMailThatWaitsIsNotSentToWhoDeclined(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		g := k.guests("waits", 1, invite.Offer{})[0] // its mail has not gone out
		k.decline(g.token)
		k.runJobs()
		if n := len(k.mailsTo(g.login.Email)); n != 0 {
			t.Errorf("%d mails", n)
		}
		_, err := k.svc.Accept(t.Context(), g.token, login.Identity{ID: g.login.ID, Email: g.login.Email})
		wantKind(t, err, errs.Gone, "accepting what was declined")
	})
}
