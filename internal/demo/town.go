// Package demo is a believable operator to look at: a workspace with people,
// groups, locations, chargers and the history of some months, and chargers that
// speak real OCPP to the server.
//
// Everything comes from one seed, so that two demos look alike.
package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/equip"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Slug is the demo's workspace.
const Slug = "northgrid"

// The two people who can sign in with a password, which the demo prints.
const (
	AdminEmail  = "sofia.martin@northgrid.example"
	DriverEmail = "emma.visser@northgrid.example"
	Password    = "green electric morning"
)

// Town is a workspace as it was filled, with what is not in the database.
type Town struct {
	Workspace workspace.Workspace
	Admin     login.Identity
	APIKey    string
	Chargers  []Charger
	Cards     []string // of active users: what the simulated chargers tap
}

// Charger is one simulated charger.
type Charger struct {
	Identity, Key, Protocol string
	EVSEs                   int
}

// Size says how much there is.
type Size struct {
	Users    int // 500 unless said otherwise
	Chargers int // 12 unless said otherwise
}

// builder fills a workspace.
type builder struct {
	d         *db.DB
	keys      *seal.Ring
	passwords *login.Hasher
	rnd       *rand.Rand
	now       time.Time
	size      Size

	town      Town
	by        access.Actor
	locations []site.Location
	chargers  []site.Charger
	groups    []group.Group
	people    []*person.Person
	cards     []*card.Card
	members   []group.Membership
	sessions  []charge.Charge
	special   []*person.Person // as specials has them; nil in a workspace too small to have any
}

// Fill makes the workspace. If there is one already it only makes new keys for
// its chargers and API, which are kept nowhere.
func Fill(ctx context.Context, d *db.DB, keys *seal.Ring, passwords *login.Hasher, now time.Time, size Size) (t Town, err error) {
	defer errs.Wrap(&err, "demo.Fill")
	if size.Users == 0 {
		size.Users = 500
	}
	if size.Chargers == 0 {
		size.Chargers = 12
	}
	b := &builder{d: d, keys: keys, passwords: passwords, now: now, size: size, special: make([]*person.Person, len(specials))}
	b.rnd = rand.New(rand.NewPCG(2026, 11)) //nolint:gosec // the same demo every time is what is wanted
	hash, err := passwords.Hash(ctx, Password)
	if err != nil {
		return t, err
	}
	known := false
	err = d.View(ctx, func(tx *db.Tx) error {
		b.town.Workspace, err = workspace.BySlug(tx, Slug)
		known = err == nil
		return nil
	})
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return t, err
	}
	if known {
		return b.again(ctx)
	}
	for _, step := range []func(*db.Tx) error{
		b.makeWorkspace, b.makePlaces,
		func(tx *db.Tx) error { return b.makePeople(tx, hash) },
	} {
		if err := b.on(ctx, now.Add(-120*24*time.Hour), step); err != nil {
			return t, err
		}
	}
	if err := b.makePast(ctx); err != nil {
		return t, err
	}
	for _, step := range []func(*db.Tx) error{b.makeHistory, b.makeVehicles, b.makeTerms, b.makeApplicants, b.makeOdds, b.makePayers, b.makeKey} {
		if err := d.Update(ctx, step); err != nil {
			return t, err
		}
	}
	return b.town, nil
}

func (b *builder) makeWorkspace(tx *db.Tx) error {
	w := workspace.New(Slug, "Northgrid Charging")
	w.LocalLists = true
	w.Demo, w.Info1Label, w.Info2Label = true, "Department", "Parking space"
	w.InviteLife = workspace.DefaultInviteLife
	if err := workspace.Insert(tx, &w); err != nil {
		return err
	}
	b.town.Workspace, b.by = w, access.System(w.ID, "demo")
	return journal.Record(tx, b.by, "workspace.created", journal.About("workspace", w.ID), map[string]any{"slug": w.Slug})
}

var sites = []site.Location{
	{Name: "Harbour Garage", Address: "Wilhelminakade 12", City: "Rotterdam", Country: "NL", TimeZone: "Europe/Amsterdam"},
	{Name: "Station Nord", Address: "Kirchenallee 57", City: "Hamburg", Country: "DE", TimeZone: "Europe/Berlin"},
	{Name: "Depot West", Address: "12 rue de Gerland", City: "Lyon", Country: "FR", TimeZone: "Europe/Paris", MembersOnly: true},
}

var models = []struct{ vendor, model, protocol string }{
	{"Alturo", "Wall 22", "ocpp1.6"}, {"Alturo", "Duo 44", "ocpp2.0.1"}, {"Kempo", "Street 22", "ocpp1.6"}, {"Nordlade", "DC 150", "ocpp2.0.1"},
}

func (b *builder) makePlaces(tx *db.Tx) error {
	for _, l := range sites {
		l.Workspace = b.by.Workspace
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		b.locations = append(b.locations, l)
		if err := journal.Record(tx, b.by, "location.created", journal.About("location", l.ID), map[string]any{"name": l.Name}); err != nil {
			return err
		}
	}
	for i := range b.size.Chargers {
		l, m := b.locations[i%len(b.locations)], models[i/len(b.locations)%len(models)]
		key, hash := equip.NewKey()
		evses := 1 + i%2
		c := site.Charger{
			Workspace: b.by.Workspace, Identity: fmt.Sprintf("%s-%03d", strings.ToUpper(l.City[:3]), i/len(b.locations)+1),
			Name: fmt.Sprintf("%s %d", l.Name, i/len(b.locations)+1), Location: l.ID, KeyHash: hash, Vendor: m.vendor, Model: m.model,
		}
		if err := site.InsertCharger(tx, &c, evses); err != nil {
			return err
		}
		b.chargers = append(b.chargers, c)
		b.town.Chargers = append(b.town.Chargers, Charger{c.Identity, key, m.protocol, evses})
		if err := journal.Record(tx, b.by, "charger.created", journal.About("charger", c.ID), map[string]any{"identity": c.Identity, "location": l.ID}); err != nil {
			return err
		}
	}
	return b.makeGroups(tx)
}

func (b *builder) makeGroups(tx *db.Tx) error {
	for i, g := range []struct {
		name, about string
		at          []int // locations
	}{
		{"Northgrid Staff", "Everyone who works here", []int{0, 1, 2}},
		{"Stadtwerke Fleet", "Company cars of the Stadtwerke", []int{1, 2}},
		{"Residents · Block A", "Harbourside, block A", []int{0}},
		{"Residents · Block C", "Harbourside, block C", []int{0}},
		{"Visitors", "Guests with a day card", []int{1}},
	} {
		v := group.Group{Workspace: b.by.Workspace, Name: g.name, Description: g.about, Default: i == 4}
		if err := group.Insert(tx, &v); err != nil {
			return err
		}
		b.groups = append(b.groups, v)
		for _, at := range g.at {
			if err := grant.Insert(tx, &grant.Grant{Workspace: b.by.Workspace, Group: v.ID, Location: b.locations[at].ID}); err != nil {
				return err
			}
		}
		if err := journal.Record(tx, b.by, "group.created", journal.About("group", v.ID), map[string]any{"name": v.Name}); err != nil {
			return err
		}
	}
	return nil
}

// statusOf spreads people over the statuses as a running operator has them.
func statusOf(i int) person.Status {
	switch n := i * 37 % 100; {
	case n < 80:
		return person.Active
	case n < 87:
		return person.Invited
	case n < 93:
		return person.Imported
	case n < 96:
		return person.ToBeApproved
	default:
		return person.Deactivated
	}
}

func (b *builder) makePeople(tx *db.Tx, hash string) error {
	staff := []person.Person{
		{Email: AdminEmail, FirstName: "Sofia", LastName: "Martín"},
		{Email: DriverEmail, FirstName: "Emma", LastName: "Visser"},
		{Email: "jan.petersen@northgrid.example", FirstName: "Jan", LastName: "Petersen"},
		{Email: "ruth.keller@northgrid.example", FirstName: "Ruth", LastName: "Keller"},
	}
	roles := []string{"super-admin", "", "fleet-manager", "technician"}
	for i := range b.size.Users {
		p := &person.Person{Status: statusOf(i)}
		if i < len(staff) {
			*p = staff[i]
			p.Status = person.Active
		} else {
			b.christen(p, i)
		}
		unusual := b.christenSpecial(p, i)
		p.Workspace, p.ID, p.Language = b.by.Workspace, id.New[id.Person](), []string{"en", "de", "nl", "fr", "es"}[b.rnd.IntN(5)]
		p.Created = b.now.Add(-time.Duration(30+b.rnd.IntN(400)) * 24 * time.Hour)
		p.StatusAt = p.Created.Add(time.Duration(b.rnd.IntN(20*24)) * time.Hour)
		p.CostCenter, p.Info1, p.Info2 = pick(b.rnd, costCenters), pick(b.rnd, departments), fmt.Sprintf("P%d", 100+b.rnd.IntN(300))
		if !unusual {
			p.ExternalID = fmt.Sprintf("NG-%05d", 10000+i)
		}
		if p.Status == person.Deactivated {
			p.StatusReason = pick(b.rnd, []string{"Left the company", "Contract ended", "Card lost, no answer"})
		}
		if p.Email != "" && (p.Status == person.Active || p.Status == person.Deactivated) {
			who := login.Identity{Email: p.Email, Verified: p.StatusAt, Language: p.Language}
			if i < 2 {
				who.Hash = hash
			}
			if err := login.Insert(tx, &who); err != nil {
				return err
			}
			p.Identity = who.ID
			if i == 0 {
				b.town.Admin = who
			}
		}
		b.people = append(b.people, p)
		b.equip(p, i)
	}
	b.charges()
	if _, err := person.Load(tx, each(b.people)); err != nil {
		return err
	}
	if _, err := card.Load(tx, each(b.cards)); err != nil {
		return err
	}
	if _, err := group.Load(tx, b.by.Workspace, each(b.members)); err != nil {
		return err
	}
	for _, name := range costCenters {
		if _, err := person.AddCostCenter(tx, b.by.Workspace, name); err != nil {
			return err
		}
	}
	for i, role := range roles {
		if role == "" || i >= len(b.people) {
			continue
		}
		if err := person.GiveRole(tx, b.by.Workspace, b.people[i].ID, access.Given{Role: role}); err != nil {
			return err
		}
	}
	subjects := make([]string, len(b.people))
	for i, p := range b.people {
		subjects[i] = journal.About("person", p.ID)
	}
	return journal.RecordMany(tx, b.by, "person.imported", "import:demo", subjects, map[string]any{"people": len(b.people)})
}

// christen gives a person a name that is theirs alone, and an address.
func (b *builder) christen(p *person.Person, i int) {
	p.FirstName = firstNames[i*7%len(firstNames)]
	p.LastName = lastNames[(i*13+i/len(lastNames))%len(lastNames)]
	local := strings.NewReplacer(" ", "", "'", "").Replace(person.Fold(p.FirstName) + "." + person.Fold(p.LastName))
	local = strings.Map(func(r rune) rune {
		if r < 128 {
			return r
		}
		return 'x'
	}, local)
	if i >= len(firstNames) {
		local = fmt.Sprintf("%s%d", local, i)
	}
	p.Email = local + "@" + domains[i%len(domains)]
}

// equip gives a person cards and groups.
func (b *builder) equip(p *person.Person, i int) {
	b.members = append(b.members, group.Membership{Group: b.groups[i%len(b.groups)].ID, Person: p.ID})
	if i%9 == 0 {
		b.members = append(b.members, group.Membership{Group: b.groups[(i+1)%len(b.groups)].ID, Person: p.ID})
	}
	if p.Status == person.ToBeApproved || p.Status == person.Declined || p.Email != "" && i%11 == 10 {
		return
	}
	c := &card.Card{
		Workspace: p.Workspace, ID: id.New[id.Card](), UID: fmt.Sprintf("04%012X", b.rnd.Int64N(1<<48)), Kind: card.RFID,
		Printed: fmt.Sprintf("NL-NGR-C%06d", 100000+i), State: card.Active, Person: p.ID, Business: i%3 == 0, Created: p.Created,
	}
	c.Typed = c.UID
	if i%41 == 40 {
		c.State = card.Blocked
	}
	b.cards = append(b.cards, c)
}

// makeKey makes an API key that may do everything a program may.
func (b *builder) makeKey(tx *db.Tx) (err error) {
	k := apikey.Key{Workspace: b.by.Workspace, Name: "Demo", Perms: access.All &^ (access.WorkspaceDelete | access.StaffWrite), CreatedBy: b.by.Name}
	b.town.APIKey, err = apikey.Insert(tx, &k)
	return err
}

// again takes up a demo that was begun before: keys that are not stored are made
// anew.
func (b *builder) again(ctx context.Context) (Town, error) {
	b.by = access.System(b.town.Workspace.ID, "demo")
	err := b.d.Update(ctx, func(tx *db.Tx) error {
		admin, err := login.ByEmail(tx, AdminEmail)
		if err != nil {
			return err
		}
		b.town.Admin = admin
		chargers, err := site.Chargers(tx, b.by.Workspace)
		if err != nil {
			return err
		}
		b.town.Chargers = nil
		for _, c := range chargers {
			key, hash := equip.NewKey()
			if err := site.SetKey(tx, b.by.Workspace, c.ID, hash); err != nil {
				return err
			}
			evses, err := site.EVSEs(tx, b.by.Workspace, c.ID)
			if err != nil {
				return err
			}
			protocol := c.Protocol
			if protocol == "" {
				protocol = "ocpp1.6"
			}
			b.town.Chargers = append(b.town.Chargers, Charger{c.Identity, key, protocol, len(evses)})
		}
		if b.town.Cards, err = activeCards(tx, b.by.Workspace); err != nil {
			return err
		}
		return b.makeKey(tx)
	})
	return b.town, err
}

// activeCards lists cards that may charge, for the simulated chargers to tap.
func activeCards(tx *db.Tx, ws id.Workspace) ([]string, error) {
	return db.All(tx, db.Text[string], `SELECT c.uid FROM card c JOIN person p ON p.workspace = c.workspace AND p.id = c.person
		WHERE c.workspace = ? AND c.state = 'active' AND p.status = 'active' ORDER BY c.id LIMIT 200`, ws)
}

// invites gives somebody an invitation, and what became of it. Each is one thing
// that happened.
func (b *builder) invites(tx *db.Tx, p *person.Person, n int) error {
	v := invite.Invite{
		Workspace: p.Workspace, Person: p.ID, Channel: invite.ByMail, Email: p.Email, Life: b.town.Workspace.InviteLife, InvitedBy: b.admin(),
	}
	if err := invite.Open(tx, b.keys, &v); err != nil {
		return err
	}
	m := notice.Notice{Workspace: p.Workspace, Person: p.ID, Channel: "mail", Kind: "invitation", Recipient: p.Email, Subject: "Northgrid Charging invites you to charge"}
	if err := notice.Insert(tx, &m); err != nil {
		return err
	}
	about := journal.About("person", p.ID)
	if err := journal.Record(tx, b.actor(0), "person.invited", about, map[string]any{"email": p.Email, "from": person.Imported, "by": "mail"}); err != nil {
		return err
	}
	if err := b.fate(tx, &v, m.ID, n); err != nil || p.Status != person.Active {
		return err
	}
	self := access.Actor{Workspace: p.Workspace, Name: about, Person: p.ID}
	return journal.Record(tx, self, "person.activated", about, map[string]any{"from": person.Invited, "to": p.Status})
}

// fate makes of an invitation what became of it: accepted by those who are
// active, opened or not by the others, and now and then bounced.
func (b *builder) fate(tx *db.Tx, v *invite.Invite, m id.Notice, n int) error {
	if n%11 == 10 && b.statusOf(v.Person) != person.Active {
		const reply = "550 5.1.1 No such mailbox here"
		return errs.Or(invite.WasBounced(tx, v, reply), notice.Became(tx, v.Workspace, m, notice.Bounced, reply, ""))
	}
	if err := errs.Or(invite.WasSent(tx, v), notice.Became(tx, v.Workspace, m, notice.Sent, "", "")); err != nil {
		return err
	}
	active := b.statusOf(v.Person) == person.Active
	if !active && n%3 > 0 {
		return nil
	}
	tx.Now = tx.Now.Add(time.Duration(3+n%50) * time.Minute) // nobody is that quick
	if err := invite.Opens(tx, v); err != nil || !active {
		return err
	}
	tx.Now = tx.Now.Add(90 * time.Second)
	return invite.Redeem(tx, v)
}
