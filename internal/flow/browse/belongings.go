package browse

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Belongings is how much hangs on a user's record.
type Belongings struct {
	Cards, Vehicles, Groups, Grants, Sessions, Invitations, Messages, Roles, Keys, Views int64
	Wh                                                                                   int64 // of the sessions that ended
	Login, Leaves                                                                        bool  // has one; leaves on a day that is planned
}

// Belongings counts what hangs on a user's record.
func (s *Service) Belongings(ctx context.Context, by access.Actor, who id.Person) (b Belongings, err error) {
	defer errs.Wrap(&err, "browse.Belongings")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return b, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		b = Belongings{}
		if err := person.Reach(tx, by, access.PeopleRead, who); err != nil {
			return err
		}
		if err := tx.Row(`SELECT wh, identity IS NOT NULL, EXISTS (SELECT 1 FROM departure d WHERE d.workspace = person.workspace AND d.person = person.id AND d.done_at = 0)
			FROM person WHERE workspace = ? AND id = ? AND deleted_at = 0`, []any{by.Workspace, who}, &b.Wh, &b.Login, &b.Leaves); err != nil {
			return err
		}
		for query, to := range map[string]*int64{
			`SELECT COUNT(*) FROM card WHERE workspace = ? AND person = ? AND state <> 'deactivated'`: &b.Cards,
			`SELECT COUNT(*) FROM vehicle WHERE workspace = ? AND person = ?`:                         &b.Vehicles,
			`SELECT COUNT(*) FROM group_member WHERE workspace = ? AND person = ?`:                    &b.Groups,
			`SELECT COUNT(*) FROM access_grant WHERE workspace = ? AND person = ?`:                    &b.Grants,
			`SELECT COUNT(*) FROM charge WHERE workspace = ? AND person = ?`:                          &b.Sessions,
			`SELECT COUNT(*) FROM invite WHERE workspace = ? AND person = ?`:                          &b.Invitations,
			`SELECT COUNT(*) FROM notice WHERE workspace = ? AND person = ?`:                          &b.Messages,
			`SELECT COUNT(*) FROM person_role WHERE workspace = ? AND person = ?`:                     &b.Roles,
			`SELECT COUNT(*) FROM saved_view WHERE workspace = ? AND person = ?`:                      &b.Views,
		} {
			if err := tx.Row(query, []any{by.Workspace, who}, to); err != nil {
				return err
			}
		}
		return tx.Row(`SELECT COUNT(*) FROM api_key WHERE workspace = ? AND root = ? AND revoked_at IS NULL`, []any{by.Workspace, "person:" + string(who)}, &b.Keys)
	})
	return b, err
}
