// Package join is zones and joining codes: who holds a code comes into a zone or
// a user group by it; staff make codes, decide about those who wait, and remove
// members; members leave.
//
// A zone is a location as its members see it. Who is in it has a grant by name
// for it; how they came is a joining. Newcomers, who have no login yet, are let
// in by another flow, which proves their mailbox first and asks this one by what
// it has of Service: [Service.Welcome], [Service.Came], [Service.Answered].
package join

import (
	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
)

// Letters makes mails of what is to be said, in the form that all mails have.
type Letters interface {
	Compose(ws *workspace.Workspace, t notice.Text) (mail.Message, error)
}

// Teller puts messages into people's apps and onto their devices.
type Teller interface {
	Tell(tx *db.Tx, ws id.Workspace, list []*inbox.Item) error
}

// Service lets people join.
type Service struct {
	DB        *db.DB
	Keys      *seal.Ring
	Outbox    *outbox.Box // sends the mails
	Letters   Letters
	Teller    Teller // optional: without it those who decide are told by mail only
	PublicURL string // "https://charge.example.com", without a slash at the end; the only source of links
}

// Link is the address of a code, for its QR code and for sharing.
func (s *Service) Link(c *joincode.Code) string { return s.PublicURL + "/j/" + c.Secret(s.Keys) }

// Offer is a code as whoever holds it may see it.
type Offer struct {
	Code      joincode.Code
	Secret    string // the code itself
	Workspace workspace.Workspace
	Zone      site.Location // zero if it leads into a group only
	Chargers  int
	State     joincode.Closed
}

// Place is what somebody joins, in the words of its operator.
func (o *Offer) Place() string {
	if o.Zone.Name != "" {
		return o.Zone.Name
	}
	return o.Workspace.Name
}

func (s *Service) offer(tx *db.Tx, c joincode.Code) (o Offer, err error) {
	o = Offer{Code: c, Secret: c.Secret(s.Keys), State: c.State(tx.Now)}
	if o.Workspace, err = workspace.ByID(tx, c.Workspace); err != nil || c.Location == "" {
		return o, err
	}
	if o.Zone, err = site.LocationByID(tx, c.Workspace, c.Location); err != nil {
		return o, err
	}
	all, err := site.Chargers(tx, c.Workspace)
	for _, h := range all {
		if h.Location == c.Location {
			o.Chargers++
		}
	}
	return o, err
}

// enter counts a person's coming by a code that is open, and gives what it gives
// unless they have to wait. Who is in by it already, or waits, stays so. again
// says that they were refused or removed before: then they wait, whatever the
// code says.
func (s *Service) enter(tx *db.Tx, c *joincode.Code, p *person.Person, answers []joincode.Answer, again bool) (j joincode.Joining, err error) {
	all, err := joincode.JoiningsOf(tx, c.Workspace, p.ID)
	if err != nil {
		return j, err
	}
	for _, had := range all {
		if had.Code == c.ID && (had.State == joincode.Waiting || had.State == joincode.Joined) {
			return had, nil
		}
		was, err := joincode.ByID(tx, c.Workspace, had.Code)
		if err != nil {
			return j, err
		}
		same := was.ID == c.ID || c.Location != "" && was.Location == c.Location || c.Location == "" && was.Group == c.Group
		switch {
		case same && had.State == joincode.Removed, same && had.State == joincode.Declined:
			again = true
		case same && had.State == joincode.Joined:
			again = false // staff have let them in since
		}
	}
	if err := joincode.Use(tx, c); err != nil {
		return j, err
	}
	self := itself(p)
	j = joincode.Joining{Workspace: c.Workspace, Code: c.ID, Person: p.ID, State: joincode.Joined, Answers: answers, DecidedBy: "system:joining-code"}
	what := "zone.joined"
	if c.Approval || again {
		j.State, j.DecidedBy, what = joincode.Waiting, "", "zone.requested"
	} else if j.InGroup, err = s.give(tx, self, c, p.ID); err != nil {
		return j, err
	}
	if err := joincode.Enter(tx, &j); err != nil {
		return j, err
	}
	if err := terms(tx, c, &j); err != nil {
		return j, err
	}
	return j, record(tx, self, what, c, p.ID, map[string]any{"joining": j.ID})
}

// give hands out what a code gives: a grant for its zone, a place in its group.
// inGroup says that they were not in that group before.
func (s *Service) give(tx *db.Tx, by access.Actor, c *joincode.Code, who id.Person) (inGroup bool, err error) {
	if c.Location != "" {
		g := grant.Grant{Workspace: c.Workspace, Person: who, Location: c.Location, From: c.From, Until: c.Until}
		if err := grant.Insert(tx, &g); err != nil {
			return false, err
		}
	}
	if c.Group == "" || c.From.After(tx.Now) { // then a job does it at its time
		return false, nil
	}
	return s.intoGroup(tx, by, c, who)
}

// intoGroup puts somebody into a code's group, if it is still there. It reports
// false if they were in it.
func (s *Service) intoGroup(tx *db.Tx, by access.Actor, c *joincode.Code, who id.Person) (bool, error) {
	g, err := group.ByID(tx, c.Workspace, c.Group)
	if errs.KindOf(err) == errs.NotFound {
		return false, nil // deleted since
	}
	if err != nil {
		return false, err
	}
	if in, err := group.Add(tx, c.Workspace, c.Group, who); err != nil || !in {
		return false, err
	}
	return true, journal.Record(tx, by, "group.member-added", journal.About("person", who), map[string]any{"group": g.ID, "name": g.Name, "code": c.ID})
}

func itself(p *person.Person) access.Actor {
	return access.Actor{Workspace: p.Workspace, Name: journal.About("person", p.ID), Person: p.ID}
}

// record notes what somebody's coming or going by a code was, for the person,
// the code and the zone or group that it is about.
func record(tx *db.Tx, by access.Actor, what string, c *joincode.Code, who id.Person, more map[string]any) error {
	subjects := []string{journal.About("join-code", c.ID)}
	values := map[string]any{"code": c.ID}
	if c.Location != "" {
		l, err := site.LocationByID(tx, c.Workspace, c.Location)
		if err != nil {
			return err
		}
		subjects = append(subjects, journal.About("zone", c.Location))
		values["zone"], values["name"] = c.Location, l.Name
	}
	if c.Group != "" {
		values["group"] = c.Group
	}
	for k, v := range more {
		values[k] = v
	}
	return journal.RecordMany(tx, by, what, journal.About("person", who), subjects, values)
}

// defaultGroup puts a newcomer who is in no group into the default one, if the
// workspace has one.
func defaultGroup(tx *db.Tx, p *person.Person) error {
	have, err := group.Of(tx, p.Workspace, p.ID)
	if err != nil || len(have) > 0 {
		return err
	}
	g, err := group.TheDefault(tx, p.Workspace)
	if err != nil || g == "" {
		return err
	}
	_, err = group.Add(tx, p.Workspace, g, p.ID)
	return err
}
