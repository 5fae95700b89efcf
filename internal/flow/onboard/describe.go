package onboard

import (
	"fmt"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/core/role"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

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
	Look      workspace.Look
}

// mail renders the mail.
func (l *Letter) mail() (m mail.Message, err error) {
	m = mail.Message{To: l.To, From: firstOf(l.Look.Sender, l.Workspace), ReplyTo: l.Look.ReplyTo}
	if m.Subject, m.Text, m.HTML, err = render(l); err != nil {
		return m, fmt.Errorf("rendering the invitation: %w", err)
	}
	return m, nil
}

// letter is what the mail of an invitation says.
func (s *Service) letter(g *gatherer, v *invite.Invite) (l Letter, err error) {
	if l, err = g.describe(v); err != nil {
		return l, err
	}
	l.Link = s.PublicURL + "/i/" + v.Token(s.Keys)
	code := v.Code(s.Keys)
	l.Code = code[:4] + "-" + code[4:]
	l.CodeLink = s.PublicURL + "/i"
	l.Expires = g.tx.Now.Add(v.Life)
	return l, nil
}

// describe gathers what may be shown on the invitation's page.
func describe(tx *db.Tx, v *invite.Invite) (l Letter, err error) {
	g, err := gather(tx, v.Workspace, []id.Person{v.Person})
	if err != nil {
		return l, err
	}
	return g.describe(v)
}

// gatherer reads what invitations of one workspace say, and nothing twice: the
// mails of a campaign differ in little.
type gatherer struct {
	tx     *db.Tx
	ws     workspace.Workspace
	zone   *time.Location
	people map[id.Person]person.Person
	in     map[id.Person][]id.Group
	cards  map[id.Person][]card.Card

	inviters  map[string]string // names by actor
	groups    map[id.Group]string
	locations map[id.Location]string
	chargers  map[id.Charger]string
	byDefault *string // the default group's name; nil until somebody needs it
}

// gather reads people of a workspace.
func gather(tx *db.Tx, ws id.Workspace, list []id.Person) (g *gatherer, err error) {
	g = &gatherer{
		tx: tx, people: make(map[id.Person]person.Person, len(list)), inviters: map[string]string{},
		groups: map[id.Group]string{}, locations: map[id.Location]string{}, chargers: map[id.Charger]string{},
	}
	if g.ws, err = workspace.ByID(tx, ws); err != nil {
		return nil, err
	}
	g.zone = zoneOf(&g.ws)
	all, err := person.ByIDs(tx, ws, list)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		g.people[p.ID] = p
	}
	if g.in, err = group.OfMany(tx, ws, list); err != nil {
		return nil, err
	}
	g.cards, err = card.OfMany(tx, ws, list)
	return g, err
}

// describe is what may be shown on an invitation's page.
func (g *gatherer) describe(v *invite.Invite) (l Letter, err error) {
	p, ok := g.people[v.Person]
	if !ok {
		return l, errs.New(errs.NotFound, "There is no such user.")
	}
	l = Letter{
		Workspace: g.ws.Name, To: v.Email, Language: firstOf(p.Language, g.ws.Language), Message: v.Message, Expires: v.Expires, Life: v.Life, Zone: g.zone, Look: g.ws.Look,
		Everyone: g.ws.AccessMode == workspace.Everyone || v.Offer.Everywhere,
	}
	if p.FirstName != "" || p.LastName != "" {
		l.Name = p.Name()
	}
	if l.Inviter, ok = g.inviters[v.InvitedBy]; !ok {
		if l.Inviter, err = inviterName(g.tx, v); err != nil {
			return l, err
		}
		g.inviters[v.InvitedBy] = l.Inviter
	}
	return l, g.grants(&l, v)
}

// grants adds what the invitee gets, or has.
func (g *gatherer) grants(l *Letter, v *invite.Invite) error {
	seen := map[id.Group]bool{}
	for _, list := range [][]id.Group{g.in[v.Person], v.Offer.Groups} {
		for _, one := range list {
			name, err := g.group(one)
			if err != nil {
				return err
			}
			if name != "" && !seen[one] {
				l.Groups = append(l.Groups, name)
			}
			seen[one] = true
		}
	}
	if len(l.Groups) == 0 { // as acceptance will do
		name, err := g.defaultGroup()
		if err != nil {
			return err
		}
		if name != "" {
			l.Groups = append(l.Groups, name)
		}
	}
	for _, at := range v.Offer.Locations {
		if err := placed(l, g.locations, at, func() (string, error) {
			loc, err := site.LocationByID(g.tx, v.Workspace, at)
			return loc.Name, err
		}); err != nil {
			return err
		}
	}
	for _, at := range v.Offer.Chargers {
		if err := placed(l, g.chargers, at, func() (string, error) {
			c, err := site.ChargerByID(g.tx, v.Workspace, at)
			return c.Name, err
		}); err != nil {
			return err
		}
	}
	for _, given := range v.Offer.Roles {
		r, err := role.ByKey(g.tx, v.Workspace, given.Role)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		if err == nil {
			l.Roles = append(l.Roles, r.Label)
		}
	}
	for _, c := range g.cards[v.Person] {
		if c.State != card.Deactivated {
			l.Cards = append(l.Cards, firstOf(c.Printed, c.UID))
		}
	}
	return nil
}

// placed adds the name of a place, if the place is still there.
func placed[K comparable](l *Letter, known map[K]string, at K, read func() (string, error)) error {
	name, ok := known[at]
	if !ok {
		var err error
		if name, err = read(); err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		known[at] = name
	}
	if name != "" {
		l.Places = append(l.Places, name)
	}
	return nil
}

// group is the name of a group, "" if it was deleted since.
func (g *gatherer) group(which id.Group) (string, error) {
	name, ok := g.groups[which]
	if !ok {
		one, err := group.ByID(g.tx, g.ws.ID, which)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return "", err
		}
		name = one.Name
		g.groups[which] = name
	}
	return name, nil
}

// defaultGroup is the name of the group that takes everyone who has none.
func (g *gatherer) defaultGroup() (string, error) {
	if g.byDefault == nil {
		one, _, err := theDefault(g.tx, g.ws.ID)
		if err != nil {
			return "", err
		}
		g.byDefault = &one.Name
	}
	return *g.byDefault, nil
}
