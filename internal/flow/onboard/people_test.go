package onboard_test

import (
	"slices"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

func TestDeactivateAndReactivate(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		who, token := k.invite("lena@example.com", invite.Offer{Roles: access.Give("admin")})
		wantKind(t, k.desk.Deactivate(t.Context(), k.admin, who, "left"), errs.Conflict, "deactivating somebody invited")
		session, p := k.mustActivate(token)
		lena := access.Actor{Workspace: k.ws.ID, Name: "person:" + string(who), Person: who, Perms: roleOf("admin").Perms}
		key, _, err := k.enter.NewKey(t.Context(), lena, "export", access.PeopleRead)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.enter.ByKey(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		for _, none := range []string{"", "  \n", strings.Repeat("x", 501)} {
			if fields(k.desk.Deactivate(t.Context(), k.admin, who, none))["reason"] == "" {
				t.Errorf("the reason %q did", none)
			}
		}
		wantKind(t, k.desk.Deactivate(t.Context(), lena, who, "left"), errs.Conflict, "oneself")
		wantKind(t, k.desk.Deactivate(t.Context(), lena, k.admin.Person, "left"), errs.Denied, "somebody who may more")
		manager := k.staff("mia@north.example", "fleet-manager")
		wantKind(t, k.desk.Deactivate(t.Context(), manager, who, "left"), errs.Denied, "staff, by somebody who may not give roles")
		top := access.System(k.ws.ID, "test")
		wantKind(t, k.desk.Deactivate(t.Context(), top, k.admin.Person, "left"), errs.Conflict, "the last super-admin")

		if err := k.desk.Deactivate(t.Context(), k.admin, who, " left the company "); err != nil {
			t.Fatal(err)
		}
		if p := k.person(who); p.Status != person.Deactivated || p.StatusReason != "left the company" {
			t.Errorf("%+v", p)
		}
		wantKind(t, k.desk.Deactivate(t.Context(), k.admin, who, "left"), errs.Conflict, "deactivating twice")
		_, err = k.enter.ByKey(t.Context(), key)
		wantKind(t, err, errs.SignedOut, "their API key")
		v, err := k.enter.Who(t.Context(), session)
		if err != nil || v.Staff() || len(v.Seats) != 1 || v.Seats[0].Actor.Perms != 0 || v.Seats[0].RoleLabels() != "Driver" {
			t.Errorf("they may still look: %+v, %v", v, err)
		}
		if _, _, err := k.enter.SignIn(t.Context(), p.Email, good, "client"); err != nil {
			t.Errorf("they may still sign in: %v", err)
		}
		wantKind(t, k.desk.Reactivate(t.Context(), manager, who), errs.Denied, "bringing a staff role back without the right to give it")
		if err := k.desk.Reactivate(t.Context(), k.admin, who); err != nil {
			t.Fatal(err)
		}
		if p := k.person(who); p.Status != person.Active || p.StatusReason != "" {
			t.Errorf("%+v", p)
		}
		_, err = k.enter.ByKey(t.Context(), key)
		wantKind(t, err, errs.SignedOut, "their old API key")
		wantKind(t, k.desk.Reactivate(t.Context(), k.admin, who), errs.Conflict, "reactivating twice")
		if got := k.events(who); !slices.Contains(got, "person.deactivated") || got[len(got)-1] != "person.reactivated" {
			t.Errorf("journal: %v", got)
		}
		n := k.neighbour()
		wantKind(t, k.desk.Deactivate(t.Context(), n.admin, who, "x"), errs.NotFound, "from another workspace")
		wantKind(t, k.desk.Reactivate(t.Context(), n.admin, who), errs.NotFound, "from another workspace")
	})
}

func TestAnInvitationDoesNotUndoADeactivation(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		who, token := k.invite("lena@example.com", invite.Offer{})
		k.update(func(tx *db.Tx) error { // as an import does: the link stays open
			p, err := person.ByID(tx, k.ws.ID, who)
			if err == nil {
				err = p.Become(person.Deactivated, tx.Now)
			}
			if err == nil {
				err = person.Save(tx, &p)
			}
			return err
		})
		_, _, err := k.activate(token)
		wantKind(t, err, errs.Gone, "the link of somebody deactivated")
		if pg := k.look(token); pg.Usable || pg.State != "revoked" {
			t.Errorf("their page: %s", pg.State)
		}
		if k.person(who).Status != person.Deactivated {
			t.Error("active again")
		}
	})
}

func TestLastGroupStaysWhereGroupsDecide(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		crew := group.Group{Workspace: k.ws.ID, Name: "Crew", Default: true}
		k.update(func(tx *db.Tx) error {
			k.ws.AccessMode = workspace.ByGroup
			if err := workspace.Save(tx, &k.ws); err != nil {
				return err
			}
			return group.Insert(tx, &crew)
		})
		who, token := k.invite("lena@example.com", invite.Offer{})
		k.mustActivate(token) // into the default group
		wantKind(t, k.desk.RemoveFromGroup(t.Context(), k.admin, crew.ID, who), errs.Conflict, "leaving the last group")
		wantKind(t, k.desk.AddToGroup(t.Context(), k.admin, crew.ID, who), errs.Conflict, "adding twice")
		more := group.Group{Workspace: k.ws.ID, Name: "More"}
		k.update(func(tx *db.Tx) error { return group.Insert(tx, &more) })
		if err := k.desk.AddToGroup(t.Context(), k.admin, more.ID, who); err != nil {
			t.Fatal(err)
		}
		if err := k.desk.RemoveFromGroup(t.Context(), k.admin, crew.ID, who); err != nil {
			t.Error(err)
		}
	})
}

func TestFirstSuperAdminComesInFromTheConsole(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		link, err := k.svc.InviteStaff(t.Context(), "westgrid", "wim@west.example", "super-admin", false)
		if err != nil || !strings.HasPrefix(link, "https://charge.example/i/") {
			t.Fatal(link, err)
		}
		token := strings.TrimPrefix(link, "https://charge.example/i/")
		k.runJobs()
		if len(k.post.mails) > 0 {
			t.Error("a printed link was mailed as well")
		}
		if err := k.svc.SendAgain(t.Context(), token, "client"); err != nil {
			t.Error(err)
		}
		session, _ := k.mustActivate(token)
		v, err := k.enter.Who(t.Context(), session)
		if err != nil || !v.Staff() || !v.Seats[0].Actor.Perms.Has(access.All) || v.Seats[0].Workspace.Slug != "westgrid" {
			t.Fatalf("%+v, %v", v, err)
		}
		k.update(func(tx *db.Tx) error {
			id, err := login.ByEmail(tx, "wim@west.example")
			if !id.Verified.IsZero() {
				t.Error("a printed link proves no mailbox")
			}
			return err
		})
		again, err := k.svc.InviteStaff(t.Context(), "westgrid", "wim@west.example", "admin", false)
		if err != nil || again != "" {
			t.Errorf("a second role for somebody who is in: %q, %v", again, err)
		}
		_, err = k.svc.InviteStaff(t.Context(), "westgrid", "wim@west.example", "king", false)
		wantKind(t, err, errs.Invalid, "a role that is none")
		_, err = k.svc.InviteStaff(t.Context(), "West Grid!", "wim@west.example", "admin", false)
		wantKind(t, err, errs.Invalid, "a short name that is none")
		if _, err := k.svc.InviteStaff(t.Context(), "westgrid", "wil@west.example", "admin", true); err != nil {
			t.Fatal(err)
		}
		k.runJobs()
		k.mustActivate(k.token("wil@west.example"))
	})
}

func TestTwoEditorsDoNotOverwriteEachOther(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		p, err := k.desk.Create(t.Context(), k.admin, person.Person{Email: "lena@example.com", FirstName: "Lena", ExternalID: "7"})
		if err != nil {
			t.Fatal(err)
		}
		mine, theirs := p, p
		mine.CostCenter = "4711"
		if mine, err = k.desk.Update(t.Context(), k.admin, mine); err != nil || mine.Version == p.Version {
			t.Fatal(err)
		}
		theirs.FirstName = "Helena"
		_, err = k.desk.Update(t.Context(), k.admin, theirs)
		wantKind(t, err, errs.Conflict, "a change on an older row")
		if got := k.person(p.ID); got.FirstName != "Lena" || got.CostCenter != "4711" {
			t.Errorf("%+v", got)
		}
		q, err := k.desk.Create(t.Context(), k.admin, person.Person{Email: "q@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		q.ExternalID = "7"
		if _, err = k.desk.Update(t.Context(), k.admin, q); fields(err)["external_id"] == "" {
			t.Errorf("somebody else's external id: %v", err)
		}
		if _, err := k.desk.Create(t.Context(), k.admin, person.Person{Email: "LENA@example.com"}); fields(err)["email"] == "" {
			t.Errorf("an address that is here: %v", err)
		}
	})
}
