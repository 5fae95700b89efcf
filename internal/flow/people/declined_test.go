package people_test

import (
	"testing"
	"time"

	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/seal"
)

// Whoever said no is not asked again with all the others.
func TestWhoDeclinedIsPassedOverWhenManyAreInvited(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		list := o.people(4, person.Imported)
		o.Inviter = &inviter{}
		o.jobs()
		keys := seal.Random()
		open := func(tx *db.Tx, who id.Person) (*invite.Invite, error) {
			v := invite.Invite{Workspace: o.ws.ID, Person: who, Channel: invite.ByMail, Email: "a@x.example", InvitedBy: o.boss.Name, Life: time.Hour}
			return &v, invite.Open(tx, keys, &v)
		}
		o.update(func(tx *db.Tx) error {
			for _, who := range list[:3] {
				v, err := open(tx, who)
				if err != nil {
					return err
				}
				if err := invite.Decline(tx, v); err != nil {
					return err
				}
			}
			return nil
		})
		o.update(func(tx *db.Tx) error { // asked again by hand since, which staff then withdrew
			if _, err := open(tx, list[1]); err != nil {
				return err
			}
			return invite.RevokeMany(tx, o.ws.ID, list[1:2])
		})
		const no = "has declined the last invitation; to ask once more, invite them on their own page"
		one := o.plan(o.boss, bulk.Invite, list...)
		o.skips(o.bulk(one), people.Skip{Why: no, N: 2})
		if err := o.Start(t.Context(), o.boss, one, bulk.Args{}); err != nil {
			t.Fatal(err)
		}
		o.work()
		o.want(one, bulk.Done, 2, people.Skip{Why: no, N: 2})
	})
}
