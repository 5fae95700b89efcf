package onboard

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// Create adds a person who has not been asked yet: status Imported, or Active
// if they have no e-mail address. Nothing is sent.
func (s *Service) Create(ctx context.Context, by access.Actor, p person.Person) (_ person.Person, err error) {
	defer errs.Wrap(&err, "onboard.Create")
	if err := by.Need(access.PeopleWrite); err != nil {
		return p, err
	}
	if p.Email != "" {
		if p.Email, err = person.CleanEmail(p.Email); err != nil {
			return p, atField("email", err)
		}
	}
	if err := p.Clean(); err != nil {
		return p, err
	}
	p.Workspace, p.ID, p.Status, p.Identity = by.Workspace, "", person.Imported, ""
	if p.Email == "" {
		p.Status = person.Active // there is nobody who could be asked
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := person.Insert(tx, &p); errs.KindOf(err) == errs.Conflict {
			return errs.AtField("email", "A user with this e-mail address or external id is here already.")
		} else if err != nil {
			return err
		}
		if _, err := person.AddCostCenter(tx, p.Workspace, p.CostCenter); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.created", journal.About("person", p.ID), map[string]any{"email": p.Email, "name": p.Name(), "status": p.Status})
	})
	return p, err
}

// Update changes what is written about a person: name, phone, language,
// external id, cost center, info 1 and 2. p.Version must be that of the row the
// change was made on; if somebody else changed it since, that is an
// errs.Conflict.
func (s *Service) Update(ctx context.Context, by access.Actor, p person.Person) (_ person.Person, err error) {
	defer errs.Wrap(&err, "onboard.Update")
	if err := by.Need(access.PeopleWrite); err != nil {
		return p, err
	}
	if err := p.Clean(); err != nil {
		return p, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		old, err := person.ByID(tx, by.Workspace, p.ID)
		if err != nil {
			return err
		}
		changed := old
		changed.FirstName, changed.LastName, changed.Phone, changed.Language = p.FirstName, p.LastName, p.Phone, p.Language
		changed.ExternalID, changed.CostCenter, changed.Info1, changed.Info2 = p.ExternalID, p.CostCenter, p.Info1, p.Info2
		changed.Version = p.Version
		if err := person.Save(tx, &changed); err != nil {
			if errs.KindOf(err) == errs.Conflict && old.Version == p.Version {
				return errs.AtField("external_id", "Another user has this external id already.")
			}
			return err
		}
		if _, err := person.AddCostCenter(tx, by.Workspace, changed.CostCenter); err != nil {
			return err
		}
		values := difference(&old, &changed)
		p = changed
		if len(values) == 0 {
			return nil
		}
		return journal.Record(tx, by, "person.updated", journal.About("person", p.ID), values)
	})
	return p, err
}

// difference lists what changed, as field → [before, after].
func difference(a, b *person.Person) map[string][2]string {
	d := map[string][2]string{}
	for field, v := range map[string][2]string{
		"first_name": {a.FirstName, b.FirstName}, "last_name": {a.LastName, b.LastName}, "phone": {a.Phone, b.Phone},
		"language": {a.Language, b.Language}, "external_id": {a.ExternalID, b.ExternalID}, "cost_center": {a.CostCenter, b.CostCenter},
		"info_1": {a.Info1, b.Info1}, "info_2": {a.Info2, b.Info2},
	} {
		if v[0] != v[1] {
			d[field] = v
		}
	}
	return d
}

// Deactivate ends a person's charging, staff roles and API keys at once. They may
// still sign in and see what was theirs. Only active users can be deactivated;
// a reason is required.
func (s *Service) Deactivate(ctx context.Context, by access.Actor, who id.Person, reason string) (err error) {
	defer errs.Wrap(&err, "onboard.Deactivate")
	if err := by.Need(access.PeopleWrite); err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	if n := len([]rune(reason)); n == 0 || n > 500 {
		return errs.AtField("reason", "Say in a few words why, for instance: left the company.")
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if p.Status != person.Active {
			return errs.New(errs.Conflict, "%s is %s; only active users can be deactivated.", called(by, &p), p.Status.Label())
		}
		if p.ID == by.Person {
			return errs.New(errs.Conflict, "You cannot deactivate yourself. Ask another admin.")
		}
		if err := mayTouch(tx, by, &p); err != nil {
			return err
		}
		if err := p.Become(person.Deactivated, tx.Now); err != nil {
			return err
		}
		p.StatusReason = reason
		if err := person.Save(tx, &p); err != nil {
			return err
		}
		about := journal.About("person", p.ID)
		if err := apikey.RevokeOf(tx, p.Workspace, about); err != nil {
			return err
		}
		if err := invite.Revoke(tx, p.Workspace, p.ID); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.deactivated", about, map[string]any{"from": person.Active, "to": p.Status, "reason": reason})
	})
}

// called is how a sentence names a person to by: without the permission to see
// personal data it does not.
func called(by access.Actor, p *person.Person) string {
	if by.Perms.Has(access.PersonalData) {
		return p.Name()
	}
	return "This user"
}

// mayTouch refuses to end somebody's access who holds permissions that by does
// not have, or who is the last super-admin.
func mayTouch(tx *db.Tx, by access.Actor, p *person.Person) error {
	roles, err := person.Roles(tx, p.Workspace, p.ID)
	if err != nil || len(roles) == 0 {
		return err
	}
	if !mayGive(by, roles) {
		return errs.New(errs.Denied, "%s holds a staff role. Only someone who may give that role can do this.", called(by, p))
	}
	for _, r := range roles {
		if r != "super-admin" {
			continue
		}
		// Two who take the last but one away at the same moment must see each other.
		if err := workspace.Lock(tx, p.Workspace); err != nil {
			return err
		}
		if n, err := person.CountRole(tx, p.Workspace, r); err != nil || n <= 1 {
			return errs.Or(err, errs.New(errs.Conflict, "%s is the last super-admin. Make somebody else super-admin first.", called(by, p)))
		}
	}
	return nil
}

// mayGive reports whether by could give all of these roles.
func mayGive(by access.Actor, roles []string) bool {
	theirs := access.PermsOf(roles).Whole()
	return by.Perms.Whole()&theirs == theirs && by.Perms.Has(access.StaffWrite)
}

// Reactivate lets a deactivated person charge again.
func (s *Service) Reactivate(ctx context.Context, by access.Actor, who id.Person) (err error) {
	defer errs.Wrap(&err, "onboard.Reactivate")
	if err := by.Need(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if p.Status != person.Deactivated {
			return errs.New(errs.Conflict, "%s is %s; only deactivated users can be reactivated.", called(by, &p), p.Status.Label())
		}
		// Staff roles come back with the person.
		roles, err := person.Roles(tx, p.Workspace, p.ID)
		if err != nil {
			return err
		}
		if len(roles) > 0 && !mayGive(by, roles) {
			return errs.New(errs.Denied, "%s holds a staff role, which would come back. Only someone who may give that role can do this.", called(by, &p))
		}
		if err := p.Become(person.Active, tx.Now); err != nil {
			return err
		}
		if err := person.Save(tx, &p); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.reactivated", journal.About("person", p.ID), map[string]any{"from": person.Deactivated, "to": p.Status})
	})
}

// AddToGroup puts people into a group. Whoever is in it already is skipped.
func (s *Service) AddToGroup(ctx context.Context, by access.Actor, g id.Group, list []id.Person) (out []Outcome, err error) {
	defer errs.Wrap(&err, "onboard.AddToGroup(%d people)", len(list))
	if err := by.Need(access.PeopleWrite); err != nil {
		return nil, err
	}
	return s.each(ctx, by, list, func(tx *db.Tx, ws workspace.Workspace, p *person.Person) (string, error) {
		to, err := group.ByID(tx, ws.ID, g)
		if err != nil {
			return "", err
		}
		added, err := group.Add(tx, ws.ID, g, p.ID)
		if err != nil || !added {
			return "is in this group already", err
		}
		return "", journal.Record(tx, by, "group.member-added", journal.About("person", p.ID), map[string]any{"group": g, "name": to.Name})
	})
}

// RemoveFromGroup takes one person out of a group. In access mode "By user
// group" nobody leaves their last group.
func (s *Service) RemoveFromGroup(ctx context.Context, by access.Actor, g id.Group, who id.Person) (err error) {
	defer errs.Wrap(&err, "onboard.RemoveFromGroup")
	if err := by.Need(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		have, err := group.Of(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if ws.AccessMode == workspace.ByGroup && p.Status == person.Active && len(have) == 1 && have[0].ID == g {
			return errs.New(errs.Conflict, "%s is the only group of %s. In this workspace the groups decide where people may charge, so every active user needs one. Add another group first.", have[0].Name, called(by, &p))
		}
		removed, err := group.Remove(tx, by.Workspace, g, who)
		if err != nil || !removed {
			return err
		}
		return journal.Record(tx, by, "group.member-removed", journal.About("person", who), map[string]any{"group": g, "name": nameOf(have, g)})
	})
}

func nameOf(list []group.Group, g id.Group) string {
	for _, one := range list {
		if one.ID == g {
			return one.Name
		}
	}
	return ""
}

// consoleLife is how long a link works that is printed on the console.
const consoleLife = 24 * time.Hour

// InviteStaff invites somebody to run a workspace, from the command line of the
// server. It makes the workspace if there is none of that short name. With
// mailed false the link is not sent but returned, to be printed: it proves that
// its reader runs the server, not that they own the mailbox.
func (s *Service) InviteStaff(ctx context.Context, slug, email, role string, mailed bool) (link string, err error) {
	defer errs.Wrap(&err, "onboard.InviteStaff")
	r, ok := access.RoleByKey(role)
	if !ok {
		return "", errs.AtField("role", "There is no role called %q. There are: %s.", role, roleKeys())
	}
	if email, err = person.CleanEmail(email); err != nil {
		return "", err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		link = ""
		ws, err := findOrMake(tx, slug)
		if err != nil {
			return err
		}
		by := access.System(ws.ID, "command-line")
		p, err := person.ByEmail(tx, ws.ID, email)
		if errs.KindOf(err) == errs.NotFound {
			p = person.Person{Workspace: ws.ID, Email: email, Status: person.Imported}
			err = person.Insert(tx, &p)
		} else if err == nil {
			if err = invite.LockPeople(tx, ws.ID, p.ID); err == nil {
				p, err = person.ByID(tx, ws.ID, p.ID)
			}
		}
		if err != nil {
			return err
		}
		if ended(&p) {
			return errs.New(errs.Conflict, "%s is %s in this workspace. Reactivate them in the console first.", email, p.Status.Label())
		}
		if p.Identity != "" {
			if err := person.GiveRole(tx, ws.ID, p.ID, role); err != nil {
				return err
			}
			return journal.Record(tx, by, "person.role-given", journal.About("person", p.ID), map[string]any{"role": r.Key})
		}
		if mailed {
			return s.inviteOne(tx, by, ws, &p, invite.Offer{Roles: []string{role}}, "")
		}
		if p.May(person.Invited) {
			if err := p.Become(person.Invited, tx.Now); err != nil {
				return err
			}
			if err := person.Save(tx, &p); err != nil {
				return err
			}
		}
		v := invite.Invite{
			Workspace: ws.ID, Person: p.ID, Channel: invite.ByConsole, Email: email,
			Offer: invite.Offer{Roles: []string{role}}, InvitedBy: by.Name, Life: consoleLife,
		}
		if err := invite.Open(tx, s.Keys, &v); err != nil {
			return err
		}
		link = s.PublicURL + "/i/" + v.Token(s.Keys)
		return journal.Record(tx, by, "person.invited", journal.About("person", p.ID), map[string]any{"email": email, "invitation": v.ID, "role": r.Key, "by": "console"})
	})
	return link, err
}

func findOrMake(tx *db.Tx, slug string) (workspace.Workspace, error) {
	ws, err := workspace.BySlug(tx, slug)
	if errs.KindOf(err) != errs.NotFound {
		return ws, err
	}
	ws = workspace.New(slug, "")
	if err := workspace.CheckSlug(slug); err != nil {
		return ws, err
	}
	if err := workspace.Insert(tx, &ws); err != nil {
		return ws, err
	}
	return ws, journal.Record(tx, access.System(ws.ID, "command-line"), "workspace.created", journal.About("workspace", ws.ID), map[string]any{"slug": slug})
}

func roleKeys() string {
	keys := make([]string, len(access.Roles))
	for i, r := range access.Roles {
		keys[i] = r.Key
	}
	return strings.Join(keys, ", ")
}

var sweep = job.Define[struct{}]("onboard.sweep")

// Sweeping lets pool remove sessions, links and answers that ended long ago,
// every hour.
func (s *Service) Sweeping(pool *job.Pool) {
	job.Handle(pool, sweep, func(ctx context.Context, _ struct{}) error {
		return s.DB.Update(ctx, func(tx *db.Tx) error {
			if err := login.Sweep(tx); err != nil {
				return err
			}
			return apikey.Sweep(tx)
		})
	})
	job.Every(pool, sweep, struct{}{}, time.Hour)
}
