package tell

import (
	"context"

	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Wants reports whether a person wants a class of mails that nobody has to get:
// inbox.News, inbox.Approvals.
func (s *Service) Wants(ctx context.Context, ws id.Workspace, who id.Person, class string) (yes bool, err error) {
	defer errs.Wrap(&err, "tell.Wants(%s)", class)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		off, err := inbox.Unwanted(tx, ws, who, class)
		yes = !off
		return err
	})
	return yes, err
}

// SetWanted takes a person's choice about a class of mails.
func (s *Service) SetWanted(ctx context.Context, ws id.Workspace, who id.Person, class string, yes bool) (err error) {
	defer errs.Wrap(&err, "tell.SetWanted(%s)", class)
	return s.DB.Update(ctx, func(tx *db.Tx) error { return inbox.Unsubscribe(tx, ws, who, class, !yes) })
}

// Stopping is what the link in a mail offers to end.
type Stopping struct {
	inbox.Stop
	Operator workspace.Workspace
	Language string // of the person; "" if unknown
	Off      bool   // ended already
}

// LookStop says what the link of a mail ends, and changes nothing. A link that
// nobody was mailed, or whose reader is not known any more, is an errs.NotFound.
func (s *Service) LookStop(ctx context.Context, token string) (p Stopping, err error) {
	defer errs.Wrap(&err, "tell.LookStop")
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = s.stopping(tx, token)
		return err
	})
	return p, err
}

// Stop ends what the link of a mail ends. Whoever holds the link may: mail
// programs do it for their reader. RFC 8058 §3.2. It can be repeated.
func (s *Service) Stop(ctx context.Context, token string) (p Stopping, err error) {
	defer errs.Wrap(&err, "tell.Stop")
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if p, err = s.stopping(tx, token); err != nil || p.Off {
			return err
		}
		p.Off = true
		return inbox.Unsubscribe(tx, p.Workspace, p.Person, p.Class, true)
	})
	return p, err
}

func (s *Service) stopping(tx *db.Tx, token string) (p Stopping, err error) {
	if p.Stop, err = inbox.ReadStop(s.Keys, token); err != nil {
		return p, err
	}
	who, err := person.ByID(tx, p.Workspace, p.Person)
	if err != nil {
		return p, err
	}
	p.Language = who.Language
	if p.Operator, err = workspace.ByID(tx, p.Workspace); err != nil {
		return p, err
	}
	p.Off, err = inbox.Unwanted(tx, p.Workspace, p.Person, p.Class)
	return p, err
}
