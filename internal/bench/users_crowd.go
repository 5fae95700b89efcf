package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"involt/internal/core/access"

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
		l := site.Location{Workspace: c.workspace.ID, Name: fmt.Sprintf("%s %d", cities[i%len(cities)], i+1), City: cities[i%len(cities)], Country: "NL", TimeZone: "Europe/Amsterdam", MembersOnly: i%10 == 0}
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		c.places = append(c.places, l.ID)
	}
	for i := range 60 {
		g := group.Group{Workspace: c.workspace.ID, Name: fmt.Sprintf("%s %d", lastNames[i%len(lastNames)], i+1)}
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

// costAt is the number of somebody's cost center: six in ten have one of the four
// large ones.
func costAt(r *rand.Rand) int {
	if r.IntN(10) < 6 {
		return r.IntN(4)
	}
	return 4 + r.IntN(36)
}

// clans are family names that nobody else bears, clan the number of those who do.
var clans = [20]string{
	"Quaedvlieg", "Abendroth", "Przybylski", "Szczepański", "Oyelaran", "Dumoulin", "Etxeberria", "Ngo-Thanh", "Þorvaldsson", "Zubizarreta",
	"Uythoven", "Wojciechowicz", "Kirchgässner", "Fjällräv", "Delacroix", "Boekhoudt", "Iglesias", "Grünwald-Mayr", "Lefèbvre", "Hammerschmidt",
}

const clan = 60

// person makes up somebody. One in a hundred is somebody that lists like to trip
// over.
func (c *crowd) person(r *rand.Rand, i int) person.Person {
	p := person.Person{
		Workspace: c.workspace.ID, ID: id.New[id.Person](), FirstName: firstNames[r.IntN(len(firstNames))], LastName: surname(r),
		Language: languages[r.IntN(len(languages))], ExternalID: fmt.Sprintf("E-%07d", i), CostCenter: c.costs[costAt(r)], Status: person.Active,
	}
	if every := c.rows / (clan * len(clans)); every > 0 && i%every == 1%every && i/every < clan*len(clans) {
		p.LastName = clans[i/every%len(clans)]
	}
	if r.IntN(3) == 0 {
		p.FirstName += " " + firstNames[r.IntN(len(firstNames))]
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
	p.Email = fmt.Sprintf("%s.%d@fleet-%d.example", mailName(p.LastName), i, i%97)
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

// surname makes some thousands of different ones.
func surname(r *rand.Rand) string {
	first, second := roots[r.IntN(len(roots))], endings[r.IntN(len(endings))]
	switch n := r.IntN(20); {
	case n < 4:
		return lastNames[r.IntN(len(lastNames))]
	case n < 6:
		return particles[r.IntN(len(particles))] + " " + first + second
	case n < 7:
		return first + second + "-" + lastNames[r.IntN(len(lastNames))]
	}
	return first + second
}

func mailName(last string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, person.Fold(last))
}

var (
	roots = []string{
		"Ahl", "Alt", "Bach", "Barr", "Bauer", "Ber", "Blanch", "Bram", "Brück", "Carp", "Castel", "Clav", "Dahl", "Darn", "Dijk", "Dorn", "Eich", "Fern", "Fisch", "Gar", "Gonz", "Grün",
		"Haag", "Hart", "Hill", "Holl", "Jans", "Kap", "Kirch", "Kloos", "Laval", "Lind", "Mart", "Meul", "Mont", "Nav", "Neu", "Orte", "Pell", "Quint", "Ram", "Rich", "Rous", "Sand", "Schön",
		"Stein", "Tann", "Tor", "Utter", "Vald", "Verm", "Wald", "West", "Wint", "York", "Zand",
	}
	endings = []string{
		"mann", "er", "berg", "stein", "feld", "bach", "inger", "ez", "ado", "ón", "illo", "eau", "ier", "ard", "el", "in", "stra", "ma", "sen", "huis", "ink", "well", "ton", "ford", "by", "ley",
	}
	particles = []string{"van", "de", "von", "van der", "du", "del"}
)
