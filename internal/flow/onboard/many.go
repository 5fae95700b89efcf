package onboard

import (
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
)

// lifeOf is how long the link of an offer works in the workspace.
func lifeOf(ws *workspace.Workspace, o *invite.Offer) time.Duration {
	owner := func(g access.Given) bool { return g.Role == access.AccountOwner }
	switch {
	case len(o.Roles) == 0:
		return ws.InviteLife
	case slices.ContainsFunc(o.Roles, func(g access.Given) bool { return !owner(g) }):
		return ws.StaffInviteLife
	default:
		return ws.CustomerInviteLife
	}
}

// InviteManyIn invites people within a transaction that has locked them, as part
// of bulk work: whoever has no open invitation gets one,
// whoever has one gets a new link. It takes a handful of statements, however many
// they are. why says of those who cannot be invited why not.
func (s *Service) InviteManyIn(tx *db.Tx, by access.Actor, ws workspace.Workspace, of id.Bulk, list []id.Person) (why map[id.Person]string, err error) {
	people, err := person.ByIDs(tx, ws.ID, list)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	going, err := invite.OpenOfMany(tx, ws.ID, padded(list))
	if err != nil {
		return nil, err
	}
	var anew []id.Person
	for _, p := range list {
		if going[p] == nil {
			anew = append(anew, p)
		}
	}
	last := map[id.Person]*invite.Invite{}
	if len(anew) > 0 {
		if last, err = invite.NewestOfMany(tx, ws.ID, padded(anew)); err != nil {
			return nil, err
		}
	}
	c := calling{by: by, ws: &ws, of: of}
	why = map[id.Person]string{}
	for i := range people {
		if p := &people[i]; mayInvite(p) != "" {
			why[p.ID] = mayInvite(p)
		} else {
			c.call(p, going[p.ID], last[p.ID])
		}
	}
	return why, c.carryOut(tx, s)
}

// calling is many people being invited.
type calling struct {
	by access.Actor
	ws *workspace.Workspace
	of id.Bulk

	renewed, fresh []invite.Invite
	superseded     []id.Person // their open invitation is for an address that was corrected
	invited        []id.Person // they take the status
	wanted         []id.Person // they had been declined, and are not erased after all
}

// call decides what p gets, who has that open invitation and, without one, that
// last one; each may be nil.
func (c *calling) call(p *person.Person, going, last *invite.Invite) {
	if p.May(person.Invited) {
		c.invited = append(c.invited, p.ID)
		if p.Status == person.Declined {
			c.wanted = append(c.wanted, p.ID)
		}
	}
	v := invite.Invite{Workspace: p.Workspace, Person: p.ID, Channel: invite.ByMail, Email: p.Email, InvitedBy: c.by.Name}
	switch {
	case going != nil && going.Email == p.Email:
		going.Life = lifeOf(c.ws, &going.Offer)
		c.renewed = append(c.renewed, *going)
		return
	case going != nil:
		// The address was corrected: another link, for the reader of another mailbox.
		c.superseded = append(c.superseded, p.ID)
		v.Offer, v.Message = going.Offer, going.Message
	case last != nil && onlyCorrected(last, p):
		v.Offer, v.Message = last.Offer, last.Message
	}
	v.Life = lifeOf(c.ws, &v.Offer)
	c.fresh = append(c.fresh, v)
}

// onlyCorrected reports whether the last invitation of somebody ended only
// because the address was corrected: then what it offered is offered again. Not
// so if their status changed with it or since: then staff meant to end it.
func onlyCorrected(last *invite.Invite, p *person.Person) bool {
	return !last.Revoked.IsZero() && last.Email != p.Email && p.StatusAt.Before(last.Revoked)
}

func (c *calling) carryOut(tx *db.Tx, s *Service) error {
	if len(c.superseded) > 0 {
		if err := invite.RevokeMany(tx, c.ws.ID, padded(c.superseded)); err != nil {
			return err
		}
	}
	if len(c.wanted) > 0 {
		if err := person.KeepMany(tx, c.ws.ID, padded(c.wanted)); err != nil {
			return err
		}
	}
	if len(c.invited) > 0 {
		if err := person.MoveMany(tx, c.ws.ID, padded(c.invited), person.Invited, ""); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		list  []invite.Invite
		store func() error
		again bool
	}{
		{c.fresh, func() error { return invite.OpenMany(tx, s.Keys, c.fresh) }, false},
		{c.renewed, func() error { return invite.RenewMany(tx, s.Keys, c.renewed, c.by.Name) }, true},
	} {
		if len(part.list) == 0 {
			continue
		}
		if err := part.store(); err != nil {
			return err
		}
		if err := queueMails(tx, part.list); err != nil {
			return err
		}
		value := map[string]any{"bulk": c.of}
		if part.again {
			value["again"] = true
		}
		if err := journal.RecordMany(tx, c.by, "person.invited", journal.About("bulk", c.of), subjectsOf(part.list), value); err != nil {
			return err
		}
	}
	return nil
}

func subjectsOf(list []invite.Invite) []string {
	about := make([]string, len(list))
	for i := range list {
		about[i] = journal.About("person", list[i].Person)
	}
	return about
}

// RevokeManyIn takes the open invitations of people back within a transaction
// that has locked them, as part of bulk work: the links no longer work, mails that
// wait are not sent, and who was Invited is Imported again. why says who had none.
func (s *Service) RevokeManyIn(tx *db.Tx, by access.Actor, ws workspace.Workspace, of id.Bulk, list []id.Person) (why map[id.Person]string, err error) {
	going, err := invite.OpenOfMany(tx, ws.ID, padded(list))
	if err != nil {
		return nil, err
	}
	people, err := person.ByIDs(tx, ws.ID, list)
	if err != nil {
		return nil, err
	}
	why = map[id.Person]string{}
	var ended, back []id.Person
	for i := range people {
		p := &people[i]
		if going[p.ID] == nil {
			why[p.ID] = noneOpen
			continue
		}
		ended = append(ended, p.ID)
		if p.Status == person.Invited {
			back = append(back, p.ID)
		}
	}
	if len(ended) == 0 {
		return why, nil
	}
	if err := invite.RevokeMany(tx, ws.ID, padded(ended)); err != nil {
		return nil, err
	}
	if len(back) > 0 {
		if err := person.MoveMany(tx, ws.ID, padded(back), person.Imported, ""); err != nil {
			return nil, err
		}
	}
	return why, journal.RecordMany(tx, by, "invitation.revoked", journal.About("bulk", of), aboutPeople(ended), map[string]any{"bulk": of})
}

const noneOpen = "has no open invitation"

// ExtendManyIn lets the links that people have work for a whole life from now,
// within a transaction that has locked them. Nobody gets a mail. why says who has
// no link that lives.
func (s *Service) ExtendManyIn(tx *db.Tx, by access.Actor, ws workspace.Workspace, of id.Bulk, list []id.Person) (why map[id.Person]string, err error) {
	going, err := invite.OpenOfMany(tx, ws.ID, padded(list))
	if err != nil {
		return nil, err
	}
	why = map[id.Person]string{}
	var longer []id.Invite
	var who []id.Person
	for _, p := range list {
		switch v := going[p]; {
		case v == nil:
			why[p] = noneOpen
		case !v.Expires.After(tx.Now):
			why[p] = "has a link that has expired; resend the invitation instead"
		case v.Sent.IsZero() && v.Channel == invite.ByMail:
			why[p] = "has not been sent the mail yet; the link's time begins when it is"
		default:
			longer, who = append(longer, v.ID), append(who, p)
		}
	}
	if len(longer) == 0 {
		return why, nil
	}
	if err := invite.ExtendMany(tx, ws.ID, padded(longer)); err != nil {
		return nil, err
	}
	return why, journal.RecordMany(tx, by, "invitation.extended", journal.About("bulk", of), aboutPeople(who), map[string]any{"bulk": of})
}

func aboutPeople(list []id.Person) []string {
	about := make([]string, len(list))
	for i, p := range list {
		about[i] = journal.About("person", p)
	}
	return about
}

// padded repeats the last of a list up to one of a few lengths: each length behind
// IN is a statement of its own.
func padded[T any](list []T) []T {
	for _, n := range []int{1, 10, 100, 1000} {
		if len(list) > 0 && len(list) <= n {
			all := append(make([]T, 0, n), list...)
			for len(all) < n {
				all = append(all, list[len(list)-1])
			}
			return all
		}
	}
	return list
}
