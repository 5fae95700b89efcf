package onboard

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/application"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

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
			if err := person.GiveRole(tx, ws.ID, p.ID, access.Given{Role: role}); err != nil {
				return err
			}
			return journal.Record(tx, by, "person.role-given", journal.About("person", p.ID), map[string]any{"role": r.Key})
		}
		if mailed {
			return s.inviteOne(tx, by, ws, &p, invite.Offer{Roles: access.Give(role)}, "")
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
			Offer: invite.Offer{Roles: access.Give(role)}, InvitedBy: by.Name, Life: consoleLife,
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
			if err := invite.SweepDrafts(tx); err != nil {
				return err
			}
			if err := application.Sweep(tx); err != nil {
				return err
			}
			return apikey.Sweep(tx)
		})
	})
	job.Every(pool, sweep, struct{}{}, time.Hour)
}

// OfferIn invites somebody as part of a change of another flow, in a transaction
// that has locked them: a new invitation takes the place of an open one. The
// caller has seen to what by may offer.
func (s *Service) OfferIn(tx *db.Tx, by access.Actor, p *person.Person, offer invite.Offer, message string) error {
	ws, err := workspace.ByID(tx, by.Workspace)
	if err != nil {
		return err
	}
	return s.inviteOne(tx, by, ws, p, offer, message)
}
