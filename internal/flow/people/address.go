package people

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/claim"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// CorrectEmail gives a person who has not come in yet another address. An open
// invitation went to the old one, so it is revoked and they are Imported again.
// The old address is told, and the new one is nobody's until its reader has come in by
// a link that was mailed to it.
// Whoever has a login changes the address themselves: that is an errs.Conflict.
// An address that another user has is a [Taken]. version must be that of the row
// the change was made on.
func (s *Service) CorrectEmail(ctx context.Context, by access.Actor, who id.Person, version int64, email string) (p person.Person, err error) {
	defer errs.Wrap(&err, "people.CorrectEmail")
	if err := by.NeedSome(access.PeopleWrite | access.PersonalData); err != nil {
		return p, err
	}
	if email, err = person.CleanEmail(email); err != nil {
		return p, errs.AtField("email", "%s", errs.Text(err))
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		// Whoever follows the old link at this moment is either in, or finds it revoked.
		if err := invite.LockPeople(tx, by.Workspace, who); err != nil {
			return err
		}
		see, err := person.Sight(tx, by, access.PeopleWrite|access.PersonalData, who)
		if err != nil {
			return err
		}
		if p, err = person.ByID(tx, by.Workspace, who); err != nil {
			return err
		}
		old := p.Email
		switch {
		case p.Identity != "":
			return errs.AtField("email", "They sign in with this address, so only they can change it.")
		case email == old:
			return nil
		}
		// Whoever reads the mailbox comes in with the staff roles that wait for them.
		roles, err := person.Roles(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if len(roles) > 0 && !by.MayGive(roles) {
			return errs.New(errs.Denied, "%s holds a staff role, which whoever reads this address would get. Only someone who may give that role can do this.", p.CalledBy(see))
		}
		if other, err := person.ByEmail(tx, by.Workspace, email); err == nil {
			return taken(tx, by, "email", "This address", other.ID)
		} else if errs.KindOf(err) != errs.NotFound {
			return err
		}
		p.Email, p.Version = email, version
		values := map[string]any{"email": [2]string{old, email}}
		if p.Status == person.Invited {
			if err := invite.Revoke(tx, p.Workspace, p.ID); err != nil {
				return err
			}
			if err := p.Become(person.Imported, tx.Now); err != nil {
				return err
			}
			values["from"], values["to"] = person.Invited, person.Imported
		}
		if err := claim.Revoke(tx, p.Workspace, p.ID); err != nil { // a printed code is for those without an address
			return err
		}
		if err := person.Save(tx, &p); err != nil {
			return err
		}
		if err := outbox.TellOld(tx, p.Workspace, who, old, false); err != nil {
			return err
		}
		if err := source.Note(tx, by, who, "email"); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.updated", journal.About("person", who), values)
	})
	return p, err
}
