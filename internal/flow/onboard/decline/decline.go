// Package decline is saying no to an invitation, and wanting it after all.
package decline

import (
	"involt/internal/core/access"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Now ends an invitation as its reader wants it. Its person must be locked. Whoever
// was Invited is Imported again, as after a withdrawal: they are no longer asked, and
// staff may still invite them. A user who is Active already stays so.
func Now(tx *db.Tx, v *invite.Invite) error {
	p, err := person.ByID(tx, v.Workspace, v.Person)
	if err != nil {
		return err
	}
	if !v.Fits(p.Email) {
		// The address was corrected since: this mailbox is somebody else's.
		return errs.New(errs.Gone, "This invitation no longer works.")
	}
	if err := invite.Decline(tx, v); err != nil {
		return err
	}
	before := p.Status
	if p.Status == person.Invited {
		if err := p.Become(person.Imported, tx.Now); err != nil {
			return err
		}
		if err := person.Save(tx, &p); err != nil {
			return err
		}
	}
	self := access.Actor{Workspace: v.Workspace, Name: journal.About("person", p.ID), Person: p.ID}
	return journal.Record(tx, self, "invitation.declined", journal.About("person", p.ID), map[string]any{"email": v.Email, "invitation": v.ID, "from": before, "to": p.Status})
}

// TakeBack makes an invitation that was declined anew, for the same address and with
// the same offer: v becomes the new one. Its person must be locked. again is false,
// and nothing happens, if it is not the last one of its person: then staff have
// invited or revoked since, and theirs holds.
func TakeBack(tx *db.Tx, keys *seal.Ring, v *invite.Invite, p *person.Person) (again bool, err error) {
	if p.Status == person.Deactivated || p.Status == person.Declined {
		return false, nil // staff have ended it
	}
	last, err := invite.NewestOf(tx, v.Workspace, v.Person)
	if err != nil || last.ID != v.ID {
		return false, err
	}
	if p.Status == person.Imported && v.Claim == "" {
		if err := p.Become(person.Invited, tx.Now); err != nil {
			return false, err
		}
		if err := person.Save(tx, p); err != nil {
			return false, err
		}
	}
	*v = invite.Invite{
		Workspace: v.Workspace, Person: v.Person, Channel: v.Channel, Email: v.Email, Offer: v.Offer, Message: v.Message,
		InvitedBy: v.InvitedBy, Life: v.Life, Claim: v.Claim,
	}
	return true, invite.Open(tx, keys, v)
}
