package admin

import (
	"net/http"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

// invited opens an invitation for each of some people, by k's admin.
func (k *desk) invited(list []person.Person, change func(*db.Tx, *invite.Invite) error) (all []invite.Invite) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		all = nil
		for _, p := range list {
			v := invite.Invite{Workspace: p.Workspace, Person: p.ID, Channel: invite.ByMail, Email: p.Email, InvitedBy: "person:" + string(k.admin.ID), Life: k.north.InviteLife}
			if err := invite.Open(tx, seal.Random(), &v); err != nil {
				return err
			}
			if change != nil {
				if err := change(tx, &v); err != nil {
					return err
				}
			}
			all = append(all, v)
		}
		return nil
	})
	return all
}

func TestInvitationsAreListedByState(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Invited, 8)
		states := map[string]func(*db.Tx, *invite.Invite) error{
			"queued":   nil,
			"sent":     invite.WasSent,
			"bounced":  func(tx *db.Tx, v *invite.Invite) error { return invite.WasBounced(tx, v, "550 no such mailbox") },
			"opened":   invite.Opens,
			"accepted": invite.Redeem,
			"revoked":  func(tx *db.Tx, v *invite.Invite) error { return invite.Revoke(tx, v.Workspace, v.Person) },
			"expired": func(tx *db.Tx, v *invite.Invite) error {
				_, err := tx.Exec(`UPDATE invite SET expires_at = ? WHERE id = ?`, tx.NowMS()-1, v.ID)
				return err
			},
			"declined": func(tx *db.Tx, v *invite.Invite) error {
				_, err := tx.Exec(`UPDATE invite SET declined_at = ? WHERE id = ?`, tx.NowMS(), v.ID)
				return err
			},
		}
		i := 0
		who := map[string]person.Person{}
		for state, change := range states {
			k.invited(people[i:i+1], change)
			who[state] = people[i]
			i++
		}
		theirs := k.people(k.south.ID, person.Invited, 1)
		k.invited(theirs, nil)
		all := k.get("/invitations", http.StatusOK)
		all.Find("link", "All 8")
		if all.Has(theirs[0].Email) {
			t.Error("the list shows another workspace")
		}
		if !all.Has("550 no such mailbox") || !all.Has("Ann Admin") {
			t.Errorf("the list does not say who invited, or what the mail server said: %s", all.Text())
		}
		for state, p := range who {
			page := k.get("/invitations?state="+state, http.StatusOK)
			if rows := page.All("row"); len(rows) != 2 || !page.Has(p.Name()) {
				t.Errorf("%s: %d rows: %s", state, len(rows), page.Text())
			}
		}
		if page := k.get("/invitations?q="+who["sent"].Email, http.StatusOK); len(page.All("row")) != 2 {
			t.Errorf("found by address: %s", page.Text())
		}
		if page := k.get("/invitations?by=person:"+string(people[0].ID), http.StatusOK); !page.Has("No invitation matches") {
			t.Errorf("invited by somebody who invited nobody: %s", page.Text())
		}
		k.perms = access.PeopleRead
		masked := k.get("/invitations", http.StatusOK)
		if masked.Has(who["sent"].Email) || masked.Has("550 no such mailbox") {
			t.Errorf("without the permission to see personal data: %s", masked.Text())
		}
		if page := k.get("/invitations?q="+who["sent"].Email, http.StatusOK); len(page.All("row")) != 0 {
			t.Error("without the permission to see personal data addresses can be tried out")
		}
	})
}

func TestSelectedInvitationsAreRevokedAndResent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.working()
		people := k.people(k.north.ID, person.Invited, 4)
		open := k.invited(people, invite.WasSent)
		// An older one of somebody who has a newer one means nobody.
		k.update(func(tx *db.Tx) error { return invite.Revoke(tx, k.north.ID, people[3].ID) })
		newer := k.invited(people[3:], nil)[0]
		selected := func(list ...id.Invite) []string {
			var f []string
			for _, v := range list {
				f = append(f, "id", string(v))
			}
			return append(f, "state", "sent")
		}
		form := func(list []string) map[string][]string {
			f := map[string][]string{}
			for i := 0; i < len(list); i += 2 {
				f[list[i]] = append(f[list[i]], list[i+1])
			}
			return f
		}
		_, to := k.post("/invitations/bulk/revoke", form(selected(open[0].ID, open[3].ID)), http.StatusSeeOther)
		q := k.get(to, http.StatusOK)
		q.Find("heading", "Revoke the invitations of 1 user?")
		if href := q.Find("link", "Cancel").Attr("href"); href != "/w/north/invitations?state=sent" {
			t.Errorf("Cancel leads to %s", href)
		}
		k.post(to+"/start", nil, http.StatusSeeOther)
		k.over(to).Find("heading", "1 user no longer invited")
		if k.statusOf(people[0]) != person.Imported || k.statusOf(people[3]) != person.Invited {
			t.Error("not exactly the selected invitation was revoked")
		}
		_, to = k.post("/invitations/bulk/resend", map[string][]string{"all": {"1"}}, http.StatusSeeOther)
		k.get(to, http.StatusOK).Find("heading", "Re-invite 3 users?")
		k.post(to+"/start", nil, http.StatusSeeOther)
		k.over(to).Find("heading", "3 users invited again")
		k.update(func(tx *db.Tx) error {
			v, err := invite.ByID(tx, k.north.ID, newer.ID)
			if v.Generation != 2 {
				t.Errorf("the link was not renewed: %+v", v)
			}
			return err
		})
		if _, to := k.post("/invitations/bulk/extend", form(selected(open[0].ID)), http.StatusSeeOther); !strings.Contains(to, "done=none-open") {
			t.Errorf("extending what is not open leads to %s", to)
		}
		if _, to := k.post("/invitations/bulk/extend", nil, http.StatusSeeOther); !strings.Contains(to, "done=none") {
			t.Errorf("without a selection: %s", to)
		}
	})
}
