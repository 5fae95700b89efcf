package back

import (
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/notice/outbox"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Readdressed ends the link in the mailbox that somebody had before their address
// was changed, which is not for this user, and tells its reader. Who was never
// written to is told nothing: a file writes to nobody.
func Readdressed(tx *db.Tx, ws id.Workspace, who id.Person, before string) error {
	last, err := invite.NewestOf(tx, ws, who)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if err := invite.Revoke(tx, ws, who); err != nil {
		return err
	}
	if last.Sent.IsZero() || last.Email != before {
		return nil
	}
	return outbox.TellOld(tx, ws, who, last.Email, true)
}
