package intake_test

import (
	"slices"
	"testing"
	"time"

	"involt/internal/core/invite"
	"involt/internal/core/notice/outbox"
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
		told := func() (all []string) {
			w.view(func(tx *db.Tx) (err error) {
				all, err = db.All(tx, db.Text[string], `SELECT recipient FROM notice WHERE kind = ?`, outbox.AddressChanged)
				return err
			})
			return all
		}
		w.update(func(tx *db.Tx) error { return invite.WasSent(tx, &wrong) })
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
		if got := told(); !slices.Equal(got, []string{"wrong@a.example"}) {
			t.Errorf("told are %v, want the one that had a mail of ours", got)
		}
		// Who was never written to is not written to by a file.
		if rep := w.apply("email,external_id,last_name,status\nquiet@a.example,E3,Ohm,active\n"); rep.Add != 1 {
			t.Fatal(sums(rep))
		}
		if rep := w.apply("email,external_id\nquiet2@a.example,E3\n"); rep.Change != 1 || len(told()) != 1 {
			t.Errorf("%s, told are %v", sums(rep), told())
		}
	})
}

func TestUndoingACorrectedAddressEndsTheLinkSentToIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		w.apply("email,external_id,last_name,status\nright@a.example,E1,Lee,active\nquiet@a.example,E2,Vos,active\n")
		im := w.applied("email,external_id\nwrong@a.example,E1\nquiet2@a.example,E2\n")
		p := w.byEmail("wrong@a.example")
		v := invite.Invite{Workspace: p.Workspace, Person: p.ID, Channel: invite.ByMail, Email: p.Email, InvitedBy: "person:ann", Life: time.Hour}
		w.update(func(tx *db.Tx) error {
			if err := invite.Open(tx, seal.Random(), &v); err != nil {
				return err
			}
			return invite.WasSent(tx, &v)
		})
		w.undo(im.ID, true)
		w.byEmail("quiet@a.example")
		if back := w.byEmail("right@a.example"); back.ID != p.ID {
			t.Errorf("%s has the address back, want %s", back.ID, p.ID)
		}
		w.view(func(tx *db.Tx) error {
			now, err := invite.ByID(tx, v.Workspace, v.ID)
			if err == nil && now.Revoked.IsZero() {
				t.Errorf("the invitation to the wrong address is %s", now.State(tx.Now))
			}
			told, err := db.All(tx, db.Text[string], `SELECT recipient FROM notice WHERE kind = ?`, outbox.AddressChanged)
			if !slices.Equal(told, []string{"wrong@a.example"}) {
				t.Errorf("told are %v, want the one that had a mail of ours", told)
			}
			return err
		})
	})
}
