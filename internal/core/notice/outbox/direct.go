package outbox

import (
	"context"
	"errors"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/notice"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
)

// ErrBarred is in the chain of an error of a mail to an address that gets none
// from the workspace.
var ErrBarred = errors.New("the address is on the list of those that get no mail")

// Direct sends one mail to somebody who is no user yet, so that there is nobody to
// keep a row of it for: past the same gates as all mails, the list of addresses
// that get none and the limits of the mailbox. m.ID is the same for each try of
// one mail. It is called by a job: a mailbox that is full is a [job.Later], what
// the mail server refuses for good a [mail.Refused], and an address that gets no
// mail ErrBarred.
func (b *Box) Direct(ctx context.Context, ws id.Workspace, m mail.Message) error {
	n := notice.Notice{ID: id.Notice(m.ID), Recipient: m.To}
	slot := b.slot(&n)
	var wait time.Duration
	err := b.DB.Update(ctx, func(tx *db.Tx) error {
		wait = 0
		if err := notice.Turn(tx); err != nil {
			return err
		}
		if b.Guard != nil {
			why, err := b.Guard.Why(tx, ws, []string{m.To})
			if err != nil {
				return err
			}
			if _, barred := why[m.To]; barred {
				return ErrBarred
			}
		}
		until, err := b.Limits.Reserve(tx, []notice.Slot{slot})
		if err == nil && !until[0].IsZero() {
			wait = until[0].Sub(tx.Now)
		}
		return err
	})
	if err != nil {
		return err
	}
	if wait > 0 {
		return &job.Later{Wait: wait, Err: errors.New("this mailbox has had as many mails as one gets in an hour or a day")}
	}
	sent := b.Sender.Send(ctx, m)
	if sent == nil {
		return nil
	}
	return errors.Join(sent, b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		if slot.Mailbox != "" {
			if err := notice.Release(tx, slot); err != nil {
				return err
			}
		}
		refused, ok := errors.AsType[*mail.Refused](sent)
		if !ok || !refused.OfAddress() || b.Guard == nil {
			return nil
		}
		return b.Guard.Refused(tx, ws, m.To, refused.Reply)
	}))
}
