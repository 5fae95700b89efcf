package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"involt/internal/bench/names"
	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/card"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/vehicle"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// crowd is a workspace of many users as an operator has them: people of five
// languages, pool cars, some dozens of groups, cost centers and places, a few of
// them large and most of them small. It is the same for every run of a seed. Some
// family names are borne by as many people in a small crowd as in a large one, so
// that what is found by them can be compared.
type crowd struct {
	rows      int
	now       time.Time
	workspace workspace.Workspace
	groups    []id.Group
	costs     []string
	payers    []id.Account
	places    []id.Location
	token     string // of the admin's session
	sample    []person.Person
	plates    []string // some of them

	combinations []combination // of filters, which are looked at
}

// Of so many users some are remembered, to look for.
const sampled = 4000

func gatherCrowd(ctx context.Context, d *db.DB, rows int) (c *crowd, err error) {
	defer errs.Wrap(&err, "bench.gatherCrowd(%d)", rows)
	c = &crowd{rows: rows}
	if err := d.Update(ctx, c.found); err != nil {
		return nil, err
	}
	return c, quickly(ctx, d, func() error { return d.Update(ctx, c.people) })
}

func (c *crowd) found(tx *db.Tx) error {
	c.now = tx.Now
	c.workspace = workspace.New("bench", "Bench")
	c.workspace.AccessMode = workspace.ByGroup
	if err := workspace.Insert(tx, &c.workspace); err != nil {
		return err
	}
	for i := range 30 {
		l := site.Location{Workspace: c.workspace.ID, Name: fmt.Sprintf("%s %d", names.Cities[i%len(names.Cities)], i+1), City: names.Cities[i%len(names.Cities)], Country: "NL", TimeZone: "Europe/Amsterdam", MembersOnly: i%10 == 0}
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		c.places = append(c.places, l.ID)
	}
	for i := range 60 {
		g := group.Group{Workspace: c.workspace.ID, Name: fmt.Sprintf("%s %d", names.Last[i%len(names.Last)], i+1)}
		if err := group.Insert(tx, &g); err != nil {
			return err
		}
		c.groups = append(c.groups, g.ID)
		v := grant.Grant{Workspace: c.workspace.ID, Group: g.ID, Location: c.places[i%len(c.places)]}
		if err := grant.Insert(tx, &v); err != nil {
			return err
		}
	}
	for i := range 40 {
		c.costs = append(c.costs, fmt.Sprint(4000+10*i))
		if _, err := person.AddCostCenter(tx, c.workspace.ID, c.costs[i]); err != nil {
			return err
		}
	}
	for i := range 120 { // of three, two are below the first
		a := account.Account{Workspace: c.workspace.ID, Kind: account.Customer, Name: fmt.Sprintf("%s %d", names.Last[i%len(names.Last)], i+1), Billing: account.Business, LegalName: "Company " + fmt.Sprint(i+1), Country: "NL"}
		if i%3 > 0 {
			a.Kind, a.Parent = account.Subsidiary, c.payers[i/3*3]
		}
		if err := account.Insert(tx, &a); err != nil {
			return err
		}
		c.payers = append(c.payers, a.ID)
	}
	return c.admin(tx)
}

// admin makes somebody who may see everything, and signs them in.
func (c *crowd) admin(tx *db.Tx) error {
	who := login.Identity{Email: "admin@bench.example", Language: "en"}
	if err := login.Insert(tx, &who); err != nil {
		return err
	}
	p := person.Person{Workspace: c.workspace.ID, Email: who.Email, FirstName: "Ada", LastName: "Admin", Status: person.Active, Identity: who.ID, Language: "en"}
	if err := person.Insert(tx, &p); err != nil {
		return err
	}
	if err := person.GiveRole(tx, c.workspace.ID, p.ID, access.Given{Role: "super-admin"}); err != nil {
		return err
	}
	var err error
	c.token, err = login.Start(tx, who, login.Begin{Staff: true, Method: login.ByPassword})
	return err
}

func (c *crowd) people(tx *db.Tx) error {
	r := dice("crowd")
	ids := make([]id.Raw, 0, c.rows)
	every := max(1, c.rows/sampled)
	if _, err := person.Load(tx, func(yield func(*person.Person) bool) {
		for i := range c.rows {
			p := c.person(r, i)
			ids = append(ids, id.RawOf(p.ID))
			more := yield(&p)
			if i%every == 0 {
				c.sample = append(c.sample, p)
			}
			if !more {
				return
			}
		}
	}); err != nil {
		return err
	}
	if _, err := group.Load(tx, c.workspace.ID, func(yield func(group.Membership) bool) {
		for i, who := range ids {
			for n := range ofGroups[i%20] {
				m := group.Membership{Group: c.groups[(groupAt(i)+n*31)%len(c.groups)], Person: id.Text[id.Person](who)}
				if !yield(m) {
					return
				}
			}
		}
	}); err != nil {
		return err
	}
	if _, err := card.Load(tx, func(yield func(*card.Card) bool) {
		for i, who := range ids {
			if i%12 == 5 {
				continue // card missing
			}
			k := card.Card{Workspace: c.workspace.ID, UID: uid(i), Typed: uid(i), Kind: card.RFID, State: card.Active, Person: id.Text[id.Person](who)}
			if i%40 == 7 {
				k.State = card.Deactivated
			}
			if !yield(&k) {
				return
			}
		}
	}); err != nil {
		return err
	}
	for i := 0; i < len(ids); i += max(5, len(ids)/20_000) {
		v := vehicle.Vehicle{Workspace: c.workspace.ID, Person: id.Text[id.Person](ids[i]), Country: "NL", Plate: fmt.Sprintf("%c%c-%03d-%c", 'A'+i%23, 'B'+i/23%20, i/460%1000, 'F'+i/460_000%10)}
		if err := vehicle.Insert(tx, &v); err != nil {
			return err
		}
		c.plates = append(c.plates, v.Plate)
	}
	return nil
}

// ofGroups is in how many groups people are: of 20 one in none and three in two.
var ofGroups = [20]int{1, 1, 1, 1, 2, 1, 1, 0, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1}

// groupAt is the group of person i: six in ten are in one of the six large ones.
func groupAt(i int) int {
	if i%10 < 6 {
		return i % 10
	}
	return 6 + i/10*4%54 + i%4
}

// payerAt is the number of somebody's account: half have one of the six of the two
// large customers.
func payerAt(i int) int {
	if i%2 == 0 {
		return i / 4 % 6
	}
	return 6 + i/4%114
}

// costAt is the number of somebody's cost center: six in ten have one of the four
// large ones.
func costAt(r *rand.Rand) int {
	if r.IntN(10) < 6 {
		return r.IntN(4)
	}
	return 4 + r.IntN(36)
}

// person makes up somebody. One in a hundred is somebody that lists like to trip
// over.
func (c *crowd) person(r *rand.Rand, i int) person.Person {
	p := person.Person{
		Workspace: c.workspace.ID, ID: id.New[id.Person](), FirstName: names.First[r.IntN(len(names.First))], LastName: names.Family(r),
		Language: names.Languages[r.IntN(len(names.Languages))], ExternalID: fmt.Sprintf("E-%07d", i), CostCenter: c.costs[costAt(r)], Status: person.Active,
	}
	if every := c.rows / (names.Clan * len(names.Clans)); every > 0 && i%every == 1%every && i/every < names.Clan*len(names.Clans) {
		p.LastName = names.Clans[i/every%len(names.Clans)]
	}
	if i%4 > 0 { // the operator pays for one in four itself
		p.Account = c.payers[payerAt(i)]
	}
	if r.IntN(3) == 0 {
		p.FirstName += " " + names.First[r.IntN(len(names.First))]
	}
	p.Created = c.now.Add(-time.Duration(r.Int64N(int64(3 * 365 * 24 * time.Hour)))).Truncate(time.Millisecond)
	p.StatusAt = p.Created
	switch n := r.IntN(1000); {
	case n < 50:
		p.Status = person.Invited
	case n < 90:
		p.Status = person.Imported
	case n < 100:
		p.Status = person.ToBeApproved
	case n < 140:
		p.Status, p.StatusReason = person.Deactivated, "Left the company"
	case n < 142:
		p.Status = person.Declined
	}
	if (p.Status == person.Active || p.Status == person.Deactivated) && r.IntN(8) > 0 {
		p.Sessions = 1 + int64(r.ExpFloat64()*40)
		p.Wh = p.Sessions * 20_000
		p.LastCharge = c.now.Add(-time.Duration(r.ExpFloat64() * float64(60*24*time.Hour))).Truncate(time.Millisecond)
	}
	p.Email = fmt.Sprintf("%s.%d@fleet-%d.example", names.Mail(p.LastName), i, i%97)
	switch i % 400 {
	case 100: // a pool car
		p.Email, p.FirstName, p.LastName = "", "", fmt.Sprintf("GX-%03d-%c", i%1000, 'A'+rune(i%26))
	case 200:
		p.LastName = strings.TrimSpace(strings.Repeat("Wolfeschlegelsteinhausen ", 4))
	case 300:
		p.FirstName, p.LastName = "O\u2019Něill-Đặng", "van den Īśvara"
	case 0:
		p.FirstName = ""
	}
	return p
}
