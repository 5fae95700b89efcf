package accounts

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/reimburse"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/past"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// cut splits a label into the name and what stands behind it.
func cut(label string) (name, rest string, found bool) {
	name, rest, found = strings.Cut(strings.TrimSpace(label), " · ")
	return strings.TrimSpace(name), rest, found
}

// Detail is one account with all that belongs to it, as far as it may be seen.
type Detail struct {
	Row
	Path     []Row           // those above it, the top first, as far as they may be seen
	Below    []Row           // right below it
	People   []Person        // of the account itself, the first few
	Of       int64           // how many people there are in the account itself
	Limits   account.Limits  // with those above
	Limiters map[string]Name // whose limits hold, where not its own: "until", "places", "shut"
	Places   []past.Choice   // those of its own, by name
	Offer    []past.Choice   // the locations that it can be limited to
	Rates    *reimburse.Agreement
	VAT      *account.Registration // what the register of VAT ids says; nil if it is not asked about this one
	Today    reimburse.Day
	Activity []past.Activity
	Top      bool        // it is the top of the visitor's own part: what limits it is not theirs
	Perms    access.Perm // what is allowed with it
	Now      time.Time
}

// Name is an account by name; one above the visitor's part has none.
type Name struct {
	ID   id.Account
	Name string
}

// How many of each an account's page shows.
const (
	peopleShown   = 50
	activityShown = 20
	offerShown    = 500
)

// One returns one account with all that belongs to it.
func (s *Service) One(ctx context.Context, by access.Actor, acc id.Account) (d Detail, err error) {
	defer errs.Wrap(&err, "accounts.One")
	v, err := see(by, access.AccountsRead)
	if err != nil {
		return d, err
	}
	if !v.sees(acc) {
		return d, account.NotHere()
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		d, err = one(tx, &v, acc)
		return err
	})
	return d, err
}

func one(tx *db.Tx, v *sight, acc id.Account) (d Detail, err error) {
	ws := v.by.Workspace
	path, err := account.Path(tx, ws, acc)
	if err != nil {
		return d, err
	}
	d.Now, d.Perms, d.Limits, d.Limiters = tx.Now, v.reach.Perms, account.Effective(path), map[string]Name{}
	d.Top = !v.reach.Whole && (path[0].Parent == "" || !v.sees(path[0].Parent))
	for what, whose := range map[string]id.Account{"until": d.Limits.EndsBy, "places": d.Limits.PlaceBy, "shut": d.Limits.ShutBy} {
		if whose == "" || whose == acc {
			continue
		}
		for i := range path {
			if path[i].ID == whose {
				d.Limiters[what] = Name{}
				if v.sees(whose) {
					d.Limiters[what] = Name{whose, look.AccountName(v.by, path[i].Billing, path[i].Name)}
				}
			}
		}
	}
	rows := []Row{{Account: path[0]}}
	for i := len(path) - 1; i > 0; i-- {
		if v.sees(path[i].ID) {
			d.Path = append(d.Path, Row{Account: path[i]})
			v.mask(&d.Path[len(d.Path)-1].Account)
		}
	}
	if err := v.fill(tx, rows); err != nil {
		return d, err
	}
	d.Row = rows[0]
	children, err := account.Children(tx, ws, acc)
	if err != nil {
		return d, err
	}
	for _, c := range children {
		d.Below = append(d.Below, Row{Account: c})
	}
	if err := v.fill(tx, d.Below); err != nil {
		return d, err
	}
	if d.Row.Owners, err = owners(tx, v, acc, peopleShown); err != nil {
		return d, err
	}
	return d, d.rest(tx, v, path)
}

// rest reads what needs a permission of its own, and the limits.
func (d *Detail) rest(tx *db.Tx, v *sight, path []account.Account) (err error) {
	ws, acc := v.by.Workspace, d.ID
	if v.by.Perms.Has(access.PeopleRead) {
		order := "person.sort_name, person.id"
		if !v.open() {
			order = "person.id"
		}
		if d.People, err = db.All(tx, v.person, `SELECT `+personColumns+` FROM person WHERE person.workspace = ? AND person.account = ? AND person.account <> '' AND person.deleted_at = 0 ORDER BY `+order+` LIMIT ?`,
			ws, acc, peopleShown); err != nil {
			return err
		}
	}
	if err := tx.Row(`SELECT COUNT(*) FROM person WHERE workspace = ? AND account = ? AND account <> '' AND deleted_at = 0`, []any{ws, acc}, &d.Of); err != nil {
		return err
	}
	choice := func(row db.Scanner) (c past.Choice, err error) {
		err = row.Scan(&c.ID, &c.Name)
		return c, err
	}
	if d.Places, err = db.All(tx, choice, `SELECT l.id, l.name FROM account_place p JOIN location l ON l.workspace = p.workspace AND l.id = p.location
		WHERE p.workspace = ? AND p.account = ? ORDER BY l.name_key, l.id`, ws, acc); err != nil {
		return err
	}
	// What the accounts above allow is offered. Where they allow everything, the
	// workspace's locations are for those who may see them.
	above := account.Effective(path[1:])
	switch {
	case !above.Any && len(above.Places) > 0:
		d.Offer, err = db.All(tx, choice, `SELECT id, name FROM location WHERE workspace = ? AND id IN `+db.In(len(above.Places))+` ORDER BY name_key, id`, db.Args(above.Places, any(ws))...)
	case above.Any && v.by.Perms.Has(access.PlacesRead):
		d.Offer, err = db.All(tx, choice, `SELECT id, name FROM location WHERE workspace = ? ORDER BY name_key, id LIMIT ?`, ws, offerShown)
	}
	if err != nil {
		return err
	}
	if r, there, err := account.RegistrationOf(tx, ws, acc); err != nil {
		return err
	} else if there {
		d.VAT = &r
	}
	if err := d.rates(tx, v); err != nil {
		return err
	}
	if v.by.Perms.Has(access.ActivityRead) {
		d.Activity, err = past.Of(tx, v.by, v.reach, journal.About("account", acc), activityShown)
	}
	return err
}

func (d *Detail) rates(tx *db.Tx, v *sight) error {
	w, err := workspace.ByID(tx, v.by.Workspace)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(w.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	d.Today = reimburse.DayOf(tx.Now.In(zone))
	g, err := reimburse.Of(tx, v.by.Workspace, d.ID)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	d.Rates = &g
	return nil
}

// Ending is what ends when an account is closed.
type Ending struct {
	Account  account.Account
	Below    []account.Account // those below that are open, by name, the first few
	Accounts int64             // how many they are
	People   []Person          // of all of them, the first few
	Users    int64             // how many may charge now
	Cards    int64             // how many work now
	Invited  int64             // invitations whose links stop working
	Rates    int64             // agreements on reimbursement that go on until they are ended
	Running  int64             // sessions that are running; they go on
}

// endingShown is how many of each are named.
const endingShown = 25

// Ends says what ends when an account is closed.
func (s *Service) Ends(ctx context.Context, by access.Actor, acc id.Account) (e Ending, err error) {
	defer errs.Wrap(&err, "accounts.Ends")
	v, err := see(by, access.AccountsWrite)
	if err != nil {
		return e, err
	}
	if !v.sees(acc) {
		return e, account.NotHere()
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		e, err = ends(tx, &v, acc)
		return err
	})
	return e, err
}

// tree selects an account and all below it that are open, to be given with the
// workspace before and after it.
const tree = `WITH RECURSIVE tree (id) AS (
		SELECT id FROM account WHERE workspace = ? AND id = ? AND state = 'open'
		UNION SELECT a.id FROM account a JOIN tree t ON a.parent = t.id WHERE a.workspace = ? AND a.state = 'open') `

func ends(tx *db.Tx, v *sight, acc id.Account) (e Ending, err error) {
	ws := v.by.Workspace
	if e.Account, err = account.ByID(tx, ws, acc); err != nil {
		return e, err
	}
	all, err := account.Below(tx, ws, acc)
	if err != nil {
		return e, err
	}
	for _, a := range all {
		if a.ID == acc || a.State == account.Closed {
			continue
		}
		if e.Accounts++; len(e.Below) < endingShown {
			v.mask(&a)
			e.Below = append(e.Below, a)
		}
	}
	v.mask(&e.Account)
	args := []any{ws, acc, ws, ws}
	for _, c := range []struct {
		to   *int64
		text string
	}{
		{&e.Users, `SELECT COUNT(*) FROM person p JOIN tree ON p.account = tree.id AND p.account <> '' WHERE p.workspace = ? AND p.deleted_at = 0 AND p.status = 'active'`},
		{&e.Cards, `SELECT COUNT(*) FROM card k JOIN person p ON p.workspace = k.workspace AND p.id = k.person JOIN tree ON p.account = tree.id AND p.account <> ''
			WHERE k.workspace = ? AND k.state = 'active' AND p.deleted_at = 0 AND p.status = 'active'`},
		{&e.Invited, `SELECT COUNT(*) FROM invite v JOIN person p ON p.workspace = v.workspace AND p.id = v.person JOIN tree ON p.account = tree.id AND p.account <> ''
			WHERE v.workspace = ? AND p.deleted_at = 0 AND v.accepted_at IS NULL AND v.revoked_at IS NULL AND v.declined_at IS NULL`},
		{&e.Rates, `SELECT COUNT(*) FROM reimbursement g JOIN tree ON g.account = tree.id WHERE g.workspace = ? AND g.state <> 'ended'`},
		{&e.Running, `SELECT COUNT(*) FROM charge c JOIN person p ON p.workspace = c.workspace AND p.id = c.person JOIN tree ON p.account = tree.id AND p.account <> ''
			WHERE c.workspace = ? AND c.ended_at IS NULL`},
	} {
		if err := tx.Row(tree+c.text, args, c.to); err != nil {
			return e, err
		}
	}
	if v.by.Perms.Has(access.PeopleRead) {
		e.People, err = db.All(tx, v.person, tree+`SELECT `+personColumns+` FROM person JOIN tree ON person.account = tree.id AND person.account <> ''
			WHERE person.workspace = ? AND person.deleted_at = 0 AND person.status = 'active' ORDER BY person.id LIMIT ?`, append(args, endingShown)...)
	}
	return e, err
}
