package intake_test

import (
	"testing"
	"time"

	"involt/internal/core/invite"
	"involt/internal/kit/db"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

func TestACorrectedAddressEndsTheInvitation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.apply("email,external_id,last_name,status\nwrong@a.example,E1,Lee,active\nother@a.example,E2,Vos,active\n")
		ring := seal.Random()
		open := func(email string) invite.Invite {
			p := w.byEmail(email)
			v := invite.Invite{Workspace: p.Workspace, Person: p.ID, Channel: invite.ByMail, Email: email, InvitedBy: "person:ann", Life: time.Hour}
			w.update(func(tx *db.Tx) error { return invite.Open(tx, ring, &v) })
			return v
		}
		wrong, other := open("wrong@a.example"), open("other@a.example")
		if rep := w.apply("email,external_id,info_1\nright@a.example,E1,\nother@a.example,E2,Berlin\n"); rep.Change != 2 {
			t.Fatalf("%s %v", sums(rep), rep.Refused)
		}
		for _, v := range []invite.Invite{wrong, other} {
			w.view(func(tx *db.Tx) error {
				now, err := invite.ByID(tx, v.Workspace, v.ID)
				if err == nil && now.Revoked.IsZero() != (v.Email == "other@a.example") {
					t.Errorf("the invitation for %s is %s", v.Email, now.State(tx.Now))
				}
				return err
			})
		}
	})
}
