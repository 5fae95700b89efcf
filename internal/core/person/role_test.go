package person_test

import (
	"slices"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// TestARoleForAPartReachesNoFurther: somebody who holds roles for an account
// and a group acts on the users of these, of the accounts below, and on nobody
// else.
func TestARoleForAPartReachesNoFurther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			ws := workspace.New("north", "North")
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			for _, a := range [][2]any{{"top", nil}, {"mid", "top"}, {"low", "mid"}, {"other", nil}} {
				if _, err := tx.Exec(`INSERT INTO account (workspace, id, parent, kind, name, name_key, billing, email, legal_name, street, postcode, city, country, vat_id, state, state_at, reason, closed_by, user_limit, until_at, version, created_at)
					VALUES (?, ?, ?, 'customer', '', '', 'consumer', '', '', '', '', '', '', '', 'open', 0, '', '', 0, 0, 1, 0)`, ws.ID, a[0], a[1]); err != nil {
					return err
				}
			}
			named := map[string]id.Person{}
			for name, account := range map[string]id.Account{"boss": "", "of top": "top", "of mid": "mid", "of low": "low", "of other": "other", "of none": "", "member": "other"} {
				p := person.Person{Workspace: ws.ID, LastName: name, Status: person.Active, Account: account}
				if err := person.Insert(tx, &p); err != nil {
					return err
				}
				named[name] = p.ID
			}
			if _, err := tx.Exec(`INSERT INTO user_group (workspace, id, name, name_key, description, rank, is_default, version, created_at) VALUES (?, 'g', 'G', 'g', '', 1, ?, 1, 0)`, ws.ID, false); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO group_member (workspace, user_group, person, since) VALUES (?, 'g', ?, 0)`, ws.ID, named["member"]); err != nil {
				return err
			}
			own := role.Role{Role: access.Role{Label: "Night desk", Perms: access.PeopleRead}, Workspace: ws.ID}
			if err := own.Clean(); err != nil {
				return err
			}
			if err := role.Insert(tx, &own); err != nil {
				return err
			}
			for _, g := range []access.Given{
				{Role: access.AccountOwner, At: access.Scope{Kind: access.InAccount, ID: "mid"}},
				{Role: own.Key, At: access.Scope{Kind: access.InGroup, ID: "g"}},
				{Role: "viewer", At: access.Scope{Kind: access.InAccount, ID: "gone"}},
			} {
				if err := person.GiveRole(tx, ws.ID, named["boss"], g); err != nil {
					return err
				}
			}
			boss, err := person.ByID(tx, ws.ID, named["boss"])
			if err != nil {
				return err
			}
			by, held, err := boss.Actor(tx)
			if err != nil {
				return err
			}
			if by.Perms != 0 || len(held) != 3 || !by.Staff() {
				t.Errorf("%v in the whole workspace, holds %+v", by.Perms.Names(), held)
			}
			for _, c := range []struct {
				p    access.Perm
				want []string
			}{
				{access.PeopleRead, []string{"member", "of low", "of mid"}},
				{access.PeopleWrite, []string{"of low", "of mid"}},
			} {
				var got []string
				for name, who := range named {
					err := person.Reach(tx, by, c.p, who)
					if err == nil {
						got = append(got, name)
					} else if errs.KindOf(err) != errs.NotFound {
						return err
					}
				}
				slices.Sort(got)
				r, err := by.Within(c.p)
				if err != nil {
					return err
				}
				where, args := person.Reached(r)
				listed, err := db.All(tx, db.Text[string], `SELECT last_name FROM person WHERE workspace = ?`+where+` ORDER BY last_name`, append([]any{ws.ID}, args...)...)
				if err != nil {
					return err
				}
				if !slices.Equal(got, c.want) || !slices.Equal(listed, c.want) {
					t.Errorf("%v reaches %v, lists %v, want %v", c.p.Names(), got, listed, c.want)
				}
			}
			if err := person.Reach(tx, by, access.PeopleWrite, named["of mid"], named["of top"]); errs.KindOf(err) != errs.NotFound {
				t.Errorf("two, of whom one is outside: %v", err)
			}
			if err := person.Reach(tx, by, access.SettingsWrite, named["of mid"]); errs.KindOf(err) != errs.Denied {
				t.Errorf("what no role allows: %v", err)
			}
			boss.Status = person.Deactivated
			if by, _, err = boss.Actor(tx); err != nil || by.Staff() {
				t.Errorf("deactivated: %+v, %v", by, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
