package onboard_test

import (
	"fmt"
	"testing"
	"time"

	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// carry does bulk work with people and returns it when it has ended.
func (k *desk) carry(action bulk.Action, list ...id.Person) people.BulkView {
	k.t.Helper()
	k.desk.Inviter = k.svc
	k.desk.Jobs(k.pool)
	one, err := k.desk.Plan(k.t.Context(), k.admin, action, list, "")
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.desk.Start(k.t.Context(), k.admin, one, bulk.Args{}); err != nil {
		k.t.Fatal(err)
	}
	k.runJobs()
	v, err := k.desk.Bulk(k.t.Context(), k.admin, one)
	if err != nil || v.Bulk.State != bulk.Done {
		k.t.Fatal(v.Bulk, err)
	}
	return v
}

func (k *desk) imported(email string) person.Person {
	k.t.Helper()
	p := person.Person{Workspace: k.ws.ID, Email: email, Status: person.Imported}
	k.update(func(tx *db.Tx) error { return person.Insert(tx, &p) })
	return p
}

// newest returns the newest invitation of somebody, and whether there is one.
func (k *desk) newestOf(who id.Person) (v invite.Invite, found bool) {
	k.t.Helper()
	k.update(func(tx *db.Tx) (err error) {
		v, err = invite.NewestOf(tx, k.ws.ID, who)
		if errs.KindOf(err) == errs.NotFound {
			return nil
		}
		found = err == nil
		return err
	})
	return v, found
}

// Many at once are invited exactly as one is: two people in the same situation,
// of whom one is invited alone and one with the crowd, end up alike.
func TestManyAreInvitedAsOneIs(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		offer := invite.Offer{Locations: []id.Location{k.office}}
		correct := func(who id.Person, email string) {
			k.update(func(tx *db.Tx) error {
				p, err := person.ByID(tx, k.ws.ID, who)
				if err != nil {
					return err
				}
				p.Email = email
				return person.Save(tx, &p)
			})
		}
		become := func(s person.Status) func(string) id.Person {
			return func(email string) id.Person {
				p := person.Person{Workspace: k.ws.ID, Email: email, Status: s}
				k.update(func(tx *db.Tx) error { return person.Insert(tx, &p) })
				return p.ID
			}
		}
		situations := map[string]func(email string) id.Person{
			"imported": become(person.Imported), "deactivated": become(person.Deactivated), "waiting": become(person.ToBeApproved),
			"active, not in yet": become(person.Active),
			"declined": func(email string) id.Person {
				who := become(person.Declined)(email)
				k.update(func(tx *db.Tx) error { return person.EraseAt(tx, k.ws.ID, who, tx.Now.Add(time.Hour)) })
				return who
			},
			"without e-mail": func(string) id.Person { return become(person.Active)("") },
			"invited":        func(email string) id.Person { who, _ := k.invite(email, offer); return who },
			"expired": func(email string) id.Person {
				who, _ := k.invite(email, offer)
				k.later(25 * time.Hour)
				return who
			},
			"came in": func(email string) id.Person {
				who, token := k.invite(email, offer)
				k.mustActivate(token)
				return who
			},
			"address corrected": func(email string) id.Person {
				who, _ := k.invite("wrong."+email, offer)
				correct(who, email)
				return who
			},
			"address corrected, link ended": func(email string) id.Person {
				who, _ := k.invite("wrong."+email, offer)
				k.later(time.Second)
				k.update(func(tx *db.Tx) error { return invite.Revoke(tx, k.ws.ID, who) })
				correct(who, email)
				return who
			},
			"taken back": func(email string) id.Person {
				who, _ := k.invite(email, offer)
				k.later(time.Second)
				if err := k.svc.RevokeInvitation(t.Context(), k.admin, who); err != nil {
					t.Fatal(err)
				}
				return who
			},
		}
		var crowd []id.Person
		alone := map[string]id.Person{}
		name := map[id.Person]string{}
		before := map[id.Person]int{}
		i := 0
		for what, make := range situations {
			i++
			alone[what] = make(fmt.Sprintf("one.%d@example.com", i))
			many := make(fmt.Sprintf("many.%d@example.com", i))
			crowd, name[many] = append(crowd, many), what
			before[many], before[alone[what]] = len(k.mailsTo(k.person(many).Email)), len(k.mailsTo(k.person(alone[what]).Email))
		}
		why := map[string]string{}
		for what, who := range alone {
			out, err := k.svc.InviteAgain(t.Context(), k.admin, []id.Person{who})
			if err != nil || len(out) != 1 {
				t.Fatal(out, err)
			}
			why[what] = out[0].Why
		}
		v := k.carry(bulk.Invite, crowd...)
		outcomes, _, err := k.desk.Outcomes(t.Context(), k.admin, v.Bulk.ID, false, 0, 100)
		if err != nil || len(outcomes) != len(crowd) {
			t.Fatal(outcomes, err)
		}
		for _, o := range outcomes {
			what := name[o.Person]
			if o.Why != why[what] {
				t.Errorf("%s: skipped because %q, alone because %q", what, o.Why, why[what])
			}
			one, many := k.person(alone[what]), k.person(o.Person)
			if one.Status != many.Status {
				t.Errorf("%s: %s, alone %s", what, many.Status, one.Status)
			}
			a, foundA := k.newestOf(one.ID)
			b, foundB := k.newestOf(many.ID)
			if foundA != foundB || a.Generation != b.Generation || len(a.Offer.Locations) != len(b.Offer.Locations) || a.Revoked.IsZero() != b.Revoked.IsZero() || a.Life != b.Life || a.InvitedBy != b.InvitedBy {
				t.Errorf("%s: %+v, alone %+v", what, b, a)
			}
			if m, n := len(k.mailsTo(many.Email))-before[many.ID], len(k.mailsTo(one.Email))-before[one.ID]; many.Email != "" && m != n {
				t.Errorf("%s: %d mails, alone %d", what, m, n)
			}
			if o.Done {
				k.mustActivate(k.token(many.Email))
			}
		}
		k.update(func(tx *db.Tx) error {
			var erase int64
			err := tx.Row(`SELECT COUNT(*) FROM person WHERE erase_at <> 0`, nil, &erase)
			if erase != 0 {
				t.Errorf("%d are still to be erased", erase)
			}
			return err
		})
	})
}

// A change between reading and renewing is a conflict of the whole chunk, and
// leaves nothing half done.
func TestLinksOfManyAreRenewedAllOrNone(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		var list []invite.Invite
		for i := range 3 {
			who, _ := k.invite(fmt.Sprintf("a%d@example.com", i), invite.Offer{})
			v, _ := k.newestOf(who)
			list = append(list, v)
		}
		k.update(func(tx *db.Tx) error { return invite.Revoke(tx, k.ws.ID, list[1].Person) })
		before := k.all()
		err := k.d.Update(t.Context(), func(tx *db.Tx) error {
			return invite.RenewMany(tx, k.svc.Keys, list, "system:test")
		})
		wantKind(t, err, errs.Conflict, "one of three was revoked")
		if k.all() != before {
			t.Error("something was changed")
		}
	})
}

func TestInvitationsOfManyAreRevokedAndExtended(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		a, tokenA := k.invite("a@example.com", invite.Offer{})
		b, tokenB := k.invite("b@example.com", invite.Offer{})
		idle := k.imported("idle@example.com")
		k.later(23 * time.Hour)
		v := k.carry(bulk.ExtendInvites, a, idle.ID)
		if v.Bulk.Done != 1 || len(v.Skips) != 1 || v.Skips[0].Why != "has no open invitation" {
			t.Errorf("extending: %+v", v)
		}
		if n := len(k.mailsTo("a@example.com")); n != 1 {
			t.Errorf("%d mails; extending sends none", n)
		}
		k.later(2 * time.Hour)
		if pg := k.look(tokenB); pg.State != "expired" {
			t.Errorf("the link that was not extended is %s", pg.State)
		}
		if v := k.carry(bulk.ExtendInvites, b); v.Bulk.Done != 0 || len(v.Skips) != 1 {
			t.Errorf("extending an expired link: %+v", v)
		}
		k.mustActivate(tokenA)
		if v := k.carry(bulk.RevokeInvites, a, b, idle.ID); v.Bulk.Done != 1 || k.person(b).Status != person.Imported || k.person(a).Status != person.Active {
			t.Errorf("revoking: %+v", v)
		}
		if pg := k.look(tokenB); pg.Usable || pg.State != "revoked" {
			t.Errorf("the revoked link: %+v", pg)
		}
		_, err := k.svc.Invite(t.Context(), k.admin, []onboard.Invitee{{Email: "c@example.com"}}, invite.Offer{}, "")
		if err != nil {
			t.Fatal(err)
		}
		c, _ := k.newestOf(func() (who id.Person) {
			k.update(func(tx *db.Tx) error {
				p, err := person.ByEmail(tx, k.ws.ID, "c@example.com")
				who = p.ID
				return err
			})
			return who
		}())
		if v := k.carry(bulk.ExtendInvites, c.Person); v.Bulk.Done+int64(len(v.Skips)) != 1 {
			t.Errorf("extending what waits: %+v", v)
		}
	})
}
