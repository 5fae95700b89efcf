package browse

import (
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/vehicle"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/roster"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// cardsAtMost is how many users a page finds by how a card number or a plate
// begins. Whoever types on finds fewer.
const cardsAtMost = 1000

// rosterFilter makes of f what the roster is asked. Cards, plates and places are
// looked up here; more says that most users found by card or plate were too few.
func rosterFilter(tx *db.Tx, by access.Actor, in access.Reach, f *UserFilter, most int) (r roster.Filter, more bool, err error) {
	r = roster.Filter{
		Status: f.Status, Group: f.Group, NoGroup: f.NoGroup, Cost: f.CostCenter, NeverCharged: f.NeverCharged, CardMissing: f.CardMissing,
	}
	if r.Within, err = look.Roster(tx, by.Workspace, in); err != nil {
		return r, false, err
	}
	if f.Account != "" {
		if r.Accounts, err = payers(tx, by, f.Account); err != nil {
			return r, false, err
		}
	}
	if f.Location != "" {
		if r.Place, err = mayCharge(tx, by.Workspace, f.Location); err != nil {
			return r, false, err
		}
	}
	text := look.Searched(f.Q)
	if text == "" {
		return r, false, nil
	}
	r.Words = roster.Words(text)
	r.Nothing = len(r.Words) == 0 // nothing but accents
	if !by.Perms.Has(access.PersonalData) {
		// A card or a plate that is found would tell whose it is.
		r.External = true
		return r, false, nil
	}
	if by.Perms.Has(access.CardsRead) {
		if r.Also, err = holders(tx, by.Workspace, text, most+1); err != nil {
			return r, false, err
		}
	}
	if key := vehicle.Key(text); len(key) >= 2 {
		some, err := db.All(tx, scanRaw, `SELECT v.person FROM vehicle v WHERE v.workspace = ? AND v.plate_key <> '' AND v.plate_key >= ? AND v.plate_key < ? LIMIT ?`,
			by.Workspace, key, key+"\U0010FFFF", most+1)
		if err != nil {
			return r, false, err
		}
		r.Also = append(r.Also, some...)
	}
	if more = len(r.Also) > most; more {
		r.Also = r.Also[:most]
	}
	return r, more, nil
}

// payers are an account and all below it; none without the right to see accounts,
// since who pays for somebody would show.
func payers(tx *db.Tx, by access.Actor, top id.Account) ([]id.Account, error) {
	list := []id.Account{}
	if !by.Perms.Has(access.AccountsRead) {
		return list, nil
	}
	all, err := account.Below(tx, by.Workspace, top)
	for _, a := range all {
		list = append(list, a.ID)
	}
	return list, err
}

// holders returns whose the cards are that text finds, at most so many.
func holders(tx *db.Tx, ws id.Workspace, text string, most int) (all []id.Raw, err error) {
	exact, begins, args := look.WhereCards("k.uid", text)
	for _, cond := range []string{exact, begins} {
		if cond == look.None {
			continue
		}
		n := strings.Count(cond, "?")
		some, err := db.All(tx, scanRaw, `SELECT COALESCE(k.person, '') FROM card k WHERE k.workspace = ? AND k.state <> 'deactivated' AND `+cond+` LIMIT ?`,
			append(append([]any{ws}, args[:n]...), most)...)
		if err != nil {
			return nil, err
		}
		all, args = append(all, some...), args[n:]
	}
	return all, nil
}

func scanRaw(row db.Scanner) (id.Raw, error) {
	var text string
	err := row.Scan(&text)
	return id.RawOf(text), err
}

// mayCharge says who may charge at a location, at least at one of its chargers
// and at some time of the day: by the rules of a tap, of those who are active.
func mayCharge(tx *db.Tx, ws id.Workspace, where id.Location) (*roster.Place, error) {
	var mode workspace.Mode
	var membersOnly bool
	err := tx.Row(`SELECT w.access_mode, l.members_only FROM workspace w JOIN location l ON l.workspace = w.id WHERE l.workspace = ? AND l.id = ?`, []any{ws, where}, &mode, &membersOnly)
	if errs.KindOf(err) == errs.NotFound {
		return &roster.Place{}, nil // nobody, at a place that is not there
	}
	if err != nil {
		return nil, err
	}
	p := &roster.Place{Everyone: mode == workspace.Everyone && !membersOnly}
	if p.Everyone {
		return p, nil
	}
	type rule struct {
		group  id.Group
		person string
	}
	rules, err := db.All(tx, func(row db.Scanner) (r rule, err error) {
		err = row.Scan(&r.group, &r.person)
		return r, err
	}, `SELECT COALESCE(g.user_group, ''), COALESCE(g.person, '') FROM access_grant g WHERE g.workspace = ? AND g.from_at <= ? AND (g.until_at = 0 OR g.until_at > ?)
		AND (g.location = ? OR g.location IS NULL AND g.charger IS NULL OR g.charger IN (SELECT c.id FROM charger c WHERE c.workspace = ? AND c.location = ?))`,
		ws, tx.NowMS(), tx.NowMS(), where, ws, where)
	for _, r := range rules {
		if r.group != "" {
			p.Groups = append(p.Groups, r.group)
		} else {
			p.People = append(p.People, id.RawOf(r.person))
		}
	}
	slices.Sort(p.Groups)
	p.Groups = slices.Compact(p.Groups)
	if err != nil {
		return nil, err
	}
	refuge, err := group.TheDefault(tx, ws)
	p.NoGroup = refuge != "" && slices.Contains(p.Groups, refuge) // it takes everyone who has none
	return p, err
}
