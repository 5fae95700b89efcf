package letter

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	Account   string    // who pays for them; "" for the operator itself
	Rate      string    // what they are paid back for private charging: "0.2500 EUR / kWh"; "" for nothing
	Everyone  bool      // all locations are open to every active user
	Expires   time.Time // until when the link works
	Life      time.Duration
	Zone      *time.Location
	Link      string
	Code      string
	CodeLink  string // where the code is typed
	Look      workspace.Look
}

// Mail renders the mail.
func (l *Letter) Mail() (m mail.Message, err error) {
	m = mail.Message{To: l.To, From: cmp.Or(l.Look.Sender, l.Workspace), ReplyTo: l.Look.ReplyTo}
	if m.Subject, m.Text, m.HTML, err = render(l); err != nil {
		return m, fmt.Errorf("rendering the invitation: %w", err)
	}
	return m, nil
}

// Gatherer reads what invitations of one workspace say, and nothing twice: the
// mails of a campaign differ in little.
type Gatherer struct {
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

// Gather reads people of a workspace.
func Gather(tx *db.Tx, ws id.Workspace, list []id.Person) (g *Gatherer, err error) {
	g = &Gatherer{
		tx: tx, people: make(map[id.Person]person.Person, len(list)), inviters: map[string]string{},
		locations: map[id.Location]string{}, chargers: map[id.Charger]string{},
	}
	if g.ws, err = workspace.ByID(tx, ws); err != nil {
		return nil, err
	}
	g.zone = ZoneOf(&g.ws)
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
	if g.groups, err = names(tx, ws, g.in); err != nil {
		return nil, err
	}
	g.cards, err = card.OfMany(tx, ws, list)
	return g, err
}

// Describe is what may be shown on an invitation's page.
func (g *Gatherer) Describe(v *invite.Invite) (l Letter, err error) {
	p, ok := g.people[v.Person]
	if !ok {
		return l, errs.New(errs.NotFound, "There is no such user.")
	}
	l = Letter{
		Workspace: g.ws.Name, To: v.Email, Language: cmp.Or(p.Language, g.ws.Language), Message: v.Message, Expires: v.Expires, Life: v.Life, Zone: g.zone, Look: g.ws.Look,
		Everyone: g.ws.AccessMode == workspace.Everyone || v.Offer.Everywhere,
	}
	if p.FirstName != "" || p.LastName != "" {
		l.Name = p.Name()
	}
	if l.Inviter, ok = g.inviters[v.InvitedBy]; !ok {
		if l.Inviter, err = InviterName(g.tx, v); err != nil {
			return l, err
		}
		g.inviters[v.InvitedBy] = l.Inviter
	}
	return l, g.Grants(&l, v)
}

// Grants adds what the invitee gets, or has.
func (g *Gatherer) Grants(l *Letter, v *invite.Invite) error {
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
	if err := g.payer(l, v); err != nil {
		return err
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
			l.Cards = append(l.Cards, cmp.Or(c.Printed, c.UID))
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

// names reads at once how the groups are called that people are in.
func names(tx *db.Tx, ws id.Workspace, in map[id.Person][]id.Group) (map[id.Group]string, error) {
	known := map[id.Group]string{}
	for _, of := range in {
		for _, one := range of {
			known[one] = ""
		}
	}
	all, err := group.ByIDs(tx, ws, slices.Collect(maps.Keys(known)))
	for _, one := range all {
		known[one.ID] = one.Name
	}
	return known, err
}

// group is the name of a group, "" if it was deleted since.
func (g *Gatherer) group(which id.Group) (string, error) {
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
func (g *Gatherer) defaultGroup() (string, error) {
	if g.byDefault == nil {
		one, err := group.TheDefault(g.tx, g.ws.ID)
		if err != nil {
			return "", err
		}
		name := ""
		if one != "" {
			if name, err = g.group(one); err != nil {
				return "", err
			}
		}
		g.byDefault = &name
	}
	return *g.byDefault, nil
}

// Now is the moment at which it was read.
func (g *Gatherer) Now() time.Time { return g.tx.Now }

// Put takes somebody as they are not stored, for a preview.
func (g *Gatherer) Put(p person.Person) { g.people[p.ID] = p }

// Describe gathers what may be shown on the invitation's page.
func Describe(tx *db.Tx, v *invite.Invite) (l Letter, err error) {
	g, err := Gather(tx, v.Workspace, []id.Person{v.Person})
	if err != nil {
		return l, err
	}
	return g.Describe(v)
}

// CardNumbers are the numbers of the cards that somebody has, as they are printed.
func CardNumbers(tx *db.Tx, ws id.Workspace, who id.Person) (list []string, err error) {
	cards, err := card.Of(tx, ws, who)
	for _, c := range cards {
		if c.State != card.Deactivated {
			list = append(list, cmp.Or(c.Printed, c.UID))
		}
	}
	return list, err
}

// NameOf is somebody's own name in a form in which it is no link.
func NameOf(p *person.Person) string {
	return Unlinked(strings.TrimSpace(p.FirstName+" "+p.LastName), true)
}
