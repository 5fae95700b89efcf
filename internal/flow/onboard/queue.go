package onboard

import (
	"involt/internal/core/invite"
	"involt/internal/core/notice"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
)

// queueMails queues the mails of many invitations of one workspace, as queueMail
// does of one.
func queueMails(tx *db.Tx, list []invite.Invite) error {
	notices := make([]*notice.Notice, len(list))
	for i := range list {
		v := &list[i]
		notices[i] = &notice.Notice{Workspace: v.Workspace, Person: v.Person, Channel: "mail", Kind: "invitation", Recipient: v.Email}
	}
	if err := notice.InsertMany(tx, notices); err != nil {
		return err
	}
	return mailInvite.AddMany(tx, func(yield func(inviteMail) bool) {
		for i := range list {
			v := &list[i]
			if !yield(inviteMail{v.Workspace, v.ID, v.Generation, notices[i].ID}) {
				return
			}
		}
	}, job.For(list[0].Workspace))
}
