package onboard_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// readdress changes a person's address and leaves the invitation as it is.
func (k *desk) readdress(who id.Person, email string) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		p, err := person.ByID(tx, k.ws.ID, who)
		if err != nil {
			return err
		}
		p.Email = email
		return person.Save(tx, &p)
	})
}

func (k *desk) inviteAgain(who id.Person) {
	k.t.Helper()
	out, err := k.svc.InviteAgain(k.t.Context(), k.admin, []id.Person{who})
	if err != nil || len(out) != 1 || !out[0].Done {
		k.t.Fatal(out, err)
	}
	k.runJobs()
}

func TestACorrectedAddressGetsALinkOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		crew := group.Group{Workspace: k.ws.ID, Name: "Crew"}
		k.update(func(tx *db.Tx) error { return group.Insert(tx, &crew) })
		for i, revoked := range []bool{false, true} { // whether the correction ended the older one, as an import's does
			wrong, right := fmt.Sprintf("wrong%d@example.com", i), fmt.Sprintf("right%d@example.com", i)
			who, old := k.invite(wrong, invite.Offer{Groups: []id.Group{crew.ID}})
			k.readdress(who, right)

			_, _, err := k.activate(old)
			wantKind(t, err, errs.Gone, "the link in the older mailbox")
			if pg := k.look(old); pg.Usable || k.person(who).Status != person.Invited {
				t.Errorf("its page: %s, the person %s", pg.State, k.person(who).Status)
			}
			reader := login.Identity{Email: wrong, Hash: "x"}
			k.update(func(tx *db.Tx) error { return login.Insert(tx, &reader) })
			_, err = k.svc.Accept(t.Context(), old, reader)
			wantKind(t, err, errs.Gone, "the older link, signed in")
			if revoked {
				k.update(func(tx *db.Tx) error { return invite.Revoke(tx, k.ws.ID, who) })
			}

			k.inviteAgain(who)
			if len(k.mailsTo(wrong)) != 1 || len(k.mailsTo(right)) != 1 {
				t.Fatalf("%d mails to the wrong address, %d to the right one", len(k.mailsTo(wrong)), len(k.mailsTo(right)))
			}
			_, _, err = k.activate(old)
			if kind := errs.KindOf(err); kind != errs.Gone {
				t.Errorf("the older link: %v", err)
			}
			k.mustActivate(k.token(right))
			k.update(func(tx *db.Tx) error {
				have, err := group.Of(tx, k.ws.ID, who)
				if err == nil && len(have) != 1 {
					err = fmt.Errorf("in %d groups", len(have))
				}
				return err
			})
		}
	})
}

func TestAnOfferThatStaffEndedIsNotMadeAgain(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		become := func(tx *db.Tx, who id.Person, s person.Status) error {
			p, err := person.ByID(tx, k.ws.ID, who)
			if err == nil {
				err = p.Become(s, tx.Now)
			}
			if err == nil {
				err = person.Save(tx, &p)
			}
			return err
		}
		for name, end := range map[string]func(id.Person){
			"revoked": func(who id.Person) {
				k.update(func(tx *db.Tx) error { return invite.Revoke(tx, k.ws.ID, who) })
			},
			"deactivated": func(who id.Person) {
				k.update(func(tx *db.Tx) error {
					if err := become(tx, who, person.Deactivated); err != nil {
						return err
					}
					return invite.Revoke(tx, k.ws.ID, who)
				})
				k.readdress(who, "deactivated@example.org")
				k.update(func(tx *db.Tx) error { return become(tx, who, person.Active) })
			},
		} {
			who, _ := k.invite(name+"@example.com", invite.Offer{Roles: access.Give("admin")})
			end(who)
			k.inviteAgain(who)
			k.mustActivate(k.token(k.person(who).Email))
			k.update(func(tx *db.Tx) error {
				roles, err := person.Roles(tx, k.ws.ID, who)
				if len(roles) > 0 {
					t.Errorf("%s: roles %v", name, roles)
				}
				return err
			})
		}
	})
}

// A key that invited gives at acceptance what whoever answers for it may give
// then.
func TestAKeysInvitationGivesWhatItsMakerMayGive(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		top := k.admin
		for name, lose := range map[string]bool{"demoted": true, "": false} {
			maker := k.staff("maker-"+name+"@north.example", "super-admin")
			var program access.Actor
			for by, i := maker, 0; i < 2; i++ { // a key, and one made with it
				plain, _, err := k.enter.NewKey(t.Context(), by, "hr", access.All)
				if err != nil {
					t.Fatal(err)
				}
				if program, err = k.enter.ByKey(t.Context(), plain); err != nil {
					t.Fatal(err)
				}
				by = program
			}
			k.admin = program
			who, token := k.invite("new-"+name+"@example.com", invite.Offer{Roles: access.Give("super-admin")})
			k.admin = top
			if lose {
				k.update(func(tx *db.Tx) error { return person.TakeRoles(tx, k.ws.ID, maker.Person) })
			}
			k.mustActivate(token)
			k.update(func(tx *db.Tx) error {
				roles, err := person.Roles(tx, k.ws.ID, who)
				if given := access.Holds(roles, "super-admin"); err == nil && given == lose {
					t.Errorf("maker %q: roles %v", name, roles)
				}
				return err
			})
		}
	})
}

func TestDeactivatingEndsTheKeysOfOnesKeys(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		boss := k.staff("boss@north.example", "super-admin")
		plain, _, err := k.enter.NewKey(t.Context(), boss, "one", access.All)
		if err != nil {
			t.Fatal(err)
		}
		program, err := k.enter.ByKey(t.Context(), plain)
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := k.enter.NewKey(t.Context(), program, "two", access.All)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.desk.Deactivate(t.Context(), k.admin, boss.Person, "left"); err != nil {
			t.Fatal(err)
		}
		_, err = k.enter.ByKey(t.Context(), second)
		wantKind(t, err, errs.SignedOut, "a key made with a key of somebody deactivated")
		if err := k.desk.Reactivate(t.Context(), k.admin, boss.Person); err != nil {
			t.Fatal(err)
		}
		_, err = k.enter.ByKey(t.Context(), second)
		wantKind(t, err, errs.SignedOut, "the same after they came back")
	})
}

// Two replicas: one invites a person again while the other lets them in. SQLite
// has one writer, so this is about PostgreSQL.
func TestNobodyWhoCameInHasAnOpenInvitation(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		k := open(t, dbtest.Open(t, url))
		if !k.d.Postgres {
			return
		}
		who, token := k.invite("lena@example.com", invite.Offer{})
		reader := login.Identity{Email: "lena@example.com", Hash: "x"}
		k.update(func(tx *db.Tx) error { return login.Insert(tx, &reader) })
		d, err := db.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		replica := *k.svc
		replica.DB = d

		// Between its look at the person and its look at their invitation they
		// come in, or wait for it.
		var once sync.Once
		var in error
		done, waits := make(chan struct{}), make(chan struct{})
		d.Inspect = func(query string) {
			if !strings.Contains(query, "FROM invite WHERE workspace") {
				return
			}
			once.Do(func() {
				go func() {
					defer close(done)
					_, in = k.svc.Accept(t.Context(), token, reader)
				}()
				select {
				case <-done:
				case <-waits:
				}
			})
		}
		was := k.d.Inspect
		var first sync.Once
		k.d.Inspect = func(query string) {
			was(query)
			if strings.Contains(query, "FROM person") && strings.HasSuffix(query, "FOR UPDATE") {
				first.Do(func() { close(waits) })
			}
		}
		out, err := replica.InviteAgain(t.Context(), k.admin, []id.Person{who})
		if err != nil || !out[0].Done {
			t.Fatal(out, err)
		}
		<-done
		k.d.Inspect = was
		wantKind(t, in, errs.NotFound, "the older link, when the newer one was made first")
		if s := k.person(who).Status; s != person.Invited {
			t.Errorf("the person is %s, with an open invitation", s)
		}
		k.runJobs()
		if _, err := k.svc.Accept(t.Context(), k.token("lena@example.com"), reader); err != nil {
			t.Errorf("the newer link: %v", err)
		}
	})
}
