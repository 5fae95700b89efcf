package onboard

import (
	"context"
	"fmt"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
)

var mailInvite = job.Define[inviteMail]("onboard.mail-invite")

type inviteMail struct {
	Workspace  id.Workspace
	Invite     id.Invite
	Generation int64
	Notice     id.Notice
}

// sendInvite makes the mail of an invitation and hands it to the mail server.
// If the server's answer is lost, the mail goes out again with the same link.
func (s *Service) sendInvite(ctx context.Context, m inviteMail) error {
	var v invite.Invite
	var letter Letter
	stale := false
	err := s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		if v, err = invite.ByID(tx, m.Workspace, m.Invite); err != nil {
			return err
		}
		if stale = v.Generation != m.Generation || !v.Accepted.IsZero() || !v.Revoked.IsZero() || !v.Declined.IsZero(); stale {
			return notice.Became(tx, m.Workspace, m.Notice, notice.Dropped, "no longer wanted", "")
		}
		// Only now: a mail that waited for days must not bring a dead link.
		if err := invite.Extend(tx, &v); err != nil {
			return err
		}
		letter, err = s.letter(tx, &v)
		return err
	})
	if err != nil || stale {
		return err
	}
	msg, err := letter.Mail()
	if err != nil {
		return job.Stop(err)
	}
	msg.ID = string(m.Notice)
	return s.sent(ctx, m, &v, msg.Subject, s.Mail.Send(ctx, msg))
}

// sent writes down what the mail server said.
func (s *Service) sent(ctx context.Context, m inviteMail, v *invite.Invite, subject string, failed error) error {
	// The mail is out: that must be written down even if the server stops now.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	by := access.System(m.Workspace, "mail")
	about := journal.About("person", v.Person)
	err := s.DB.Update(ctx, func(tx *db.Tx) error {
		reply, refused := mail.IsRefused(failed)
		switch {
		case failed == nil:
			if err := invite.WasSent(tx, v); err != nil {
				return err
			}
			if err := notice.Became(tx, m.Workspace, m.Notice, notice.Sent, "", subject); err != nil {
				return err
			}
			return journal.Record(tx, by, "invitation.sent", about, map[string]any{"invitation": v.ID, "to": v.Email})
		case refused:
			if err := invite.WasBounced(tx, v, reply); err != nil {
				return err
			}
			if err := notice.Became(tx, m.Workspace, m.Notice, notice.Bounced, reply, subject); err != nil {
				return err
			}
			return journal.Record(tx, by, "invitation.bounced", about, map[string]any{"invitation": v.ID, "to": v.Email, "reply": reply})
		default:
			return notice.Became(tx, m.Workspace, m.Notice, notice.Retrying, failed.Error(), subject)
		}
	})
	if _, refused := mail.IsRefused(failed); err != nil || failed == nil || refused {
		return err
	}
	return failed
}

// Letter is what an invitation says, in mail and on its page. Of the two only
// the mail holds Link and Code.
type Letter struct {
	Workspace string    // who invites: the operator's name
	Inviter   string    // who of them; "" if it was not a person
	To        string    // the address
	Name      string    // of the invitee, "" if unknown
	Language  string    // two letters
	Message   string    // the inviter's own words
	Places    []string  // where they may charge: names of locations and chargers; empty: see Everywhere
	Groups    []string  // the user groups they get or have
	Cards     []string  // the cards they have
	Roles     []string  // staff roles, as shown
	Everyone  bool      // all locations are open to every active user
	Expires   time.Time // until when the link works
	Life      time.Duration
	Zone      *time.Location
	Link      string
	Code      string
	CodeLink  string // where the code is typed
}

// letter gathers what an invitation says.
func (s *Service) letter(tx *db.Tx, v *invite.Invite) (l Letter, err error) {
	if l, err = describe(tx, v); err != nil {
		return l, err
	}
	l.Link = s.PublicURL + "/i/" + v.Token(s.Keys)
	code := v.Code(s.Keys)
	l.Code = code[:4] + "-" + code[4:]
	l.CodeLink = s.PublicURL + "/i"
	l.Expires = tx.Now.Add(v.Life)
	return l, nil
}

// describe gathers what may be shown on the invitation's page.
func describe(tx *db.Tx, v *invite.Invite) (l Letter, err error) {
	ws, err := workspace.ByID(tx, v.Workspace)
	if err != nil {
		return l, err
	}
	p, err := person.ByID(tx, v.Workspace, v.Person)
	if err != nil {
		return l, err
	}
	l = Letter{
		Workspace: ws.Name, To: v.Email, Language: p.Language, Message: v.Message, Expires: v.Expires, Life: v.Life,
		Everyone: ws.AccessMode == workspace.Everyone || v.Offer.Everywhere,
	}
	if l.Language == "" {
		l.Language = ws.Language
	}
	if l.Zone, err = time.LoadLocation(ws.TimeZone); err != nil {
		l.Zone = time.UTC
	}
	if p.FirstName != "" || p.LastName != "" {
		l.Name = p.Name()
	}
	if l.Inviter, err = inviterName(tx, v); err != nil {
		return l, err
	}
	return l, l.grants(tx, v)
}

// grants adds what the invitee gets, or has.
func (l *Letter) grants(tx *db.Tx, v *invite.Invite) error {
	have, err := group.Of(tx, v.Workspace, v.Person)
	if err != nil {
		return err
	}
	for _, g := range v.Offer.Groups {
		more, err := group.ByID(tx, v.Workspace, g)
		if errs.KindOf(err) == errs.NotFound {
			continue // deleted since
		}
		if err != nil {
			return err
		}
		have = append(have, more)
	}
	if len(have) == 0 { // as acceptance will do
		g, found, err := theDefault(tx, v.Workspace)
		if err != nil {
			return err
		}
		if found {
			have = append(have, g)
		}
	}
	seen := map[id.Group]bool{}
	for _, g := range have {
		if !seen[g.ID] {
			l.Groups = append(l.Groups, g.Name)
		}
		seen[g.ID] = true
	}
	for _, at := range v.Offer.Locations {
		loc, err := site.LocationByID(tx, v.Workspace, at)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		if err == nil {
			l.Places = append(l.Places, loc.Name)
		}
	}
	for _, at := range v.Offer.Chargers {
		c, err := site.ChargerByID(tx, v.Workspace, at)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		if err == nil {
			l.Places = append(l.Places, c.Name)
		}
	}
	for _, given := range v.Offer.Roles {
		r, err := role.ByKey(tx, v.Workspace, given.Role)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		if err == nil {
			l.Roles = append(l.Roles, r.Label)
		}
	}
	l.Cards, err = cardNumbers(tx, v.Workspace, v.Person)
	return err
}

// Mail renders the mail.
func (l *Letter) Mail() (mail.Message, error) {
	m := mail.Message{To: l.To, From: l.Workspace}
	var err error
	if m.Subject, m.Text, m.HTML, err = render(l); err != nil {
		return m, fmt.Errorf("rendering the invitation: %w", err)
	}
	return m, nil
}
