package account

import (
	"cmp"
	"slices"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Path returns an account and those above it up to the top, with their places,
// or an errs.NotFound.
func Path(tx *db.Tx, ws id.Workspace, acc id.Account) ([]Account, error) {
	type step struct {
		Account
		depth int64
	}
	// UNION, not UNION ALL: rows that were damaged into a circle end the walk.
	steps, err := db.All(tx, func(row db.Scanner) (s step, err error) {
		s.Account, err = Scan(row, &s.depth)
		return s, err
	}, `WITH RECURSIVE up (id, parent, depth) AS (
			SELECT id, parent, 0 FROM account WHERE workspace = ? AND id = ?
			UNION SELECT a.id, a.parent, up.depth + 1 FROM account a JOIN up ON a.id = up.parent WHERE a.workspace = ? AND up.depth < ?)
		SELECT `+Columns+`, up.depth FROM up JOIN account ON account.id = up.id WHERE account.workspace = ?`, ws, acc, ws, MaxDepth, ws)
	if err == nil && len(steps) == 0 {
		err = NotHere()
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.depth, b.depth) })
	path := make([]Account, len(steps))
	for i, s := range steps {
		path[i] = s.Account
		if path[i].Places, err = places(tx, ws, s.ID); err != nil {
			return nil, err
		}
	}
	return path, nil
}

// Lock keeps the tree that an account belongs to as it is until tx ends: nothing
// is added, closed or limited in it. It takes one row, the top one, so that two
// who lock different parts of one tree wait for each other and nobody waits in a
// circle. Read the accounts after it.
func Lock(tx *db.Tx, ws id.Workspace, acc id.Account) error {
	path, err := Path(tx, ws, acc)
	if err != nil {
		return err
	}
	_, err = db.All(tx, db.Text[id.Account], `SELECT id FROM account WHERE workspace = ? AND id = ?`+tx.ForUpdate(), ws, path[len(path)-1].ID)
	return err
}

// tree selects the ids of an account, to be given with the workspace before and
// after it, and of all below it.
const tree = `WITH RECURSIVE tree (id) AS (
		SELECT id FROM account WHERE workspace = ? AND id = ?
		UNION SELECT a.id FROM account a JOIN tree t ON a.parent = t.id WHERE a.workspace = ?) `

// Below returns an account and all below it, by name; nothing if there is no
// such account. It leaves the places out.
func Below(tx *db.Tx, ws id.Workspace, top id.Account) ([]Account, error) {
	return db.All(tx, scan, tree+`SELECT `+Columns+` FROM account JOIN tree ON account.id = tree.id WHERE account.workspace = ? ORDER BY account.name_key, account.id`, ws, top, ws, ws)
}

// Users counts the people of an account and of all below it. Everybody counts
// who is not deleted, deactivated ones too: so nobody comes back beyond a limit.
func Users(tx *db.Tx, ws id.Workspace, top id.Account) (n int64, err error) {
	err = tx.Row(tree+`SELECT COUNT(*) FROM person p JOIN tree ON p.account = tree.id AND p.account <> '' WHERE p.workspace = ? AND p.deleted_at = 0`, []any{ws, top, ws, ws}, &n)
	return n, err
}

// Room refuses one more user where an account, or one above it, has no room for
// them, is closed or has ended: an errs.Conflict. from is the account that they are
// in now, "" for none: above both they count already. The tree must be locked.
func Room(tx *db.Tx, ws id.Workspace, acc, from id.Account) error {
	path, err := Path(tx, ws, acc)
	if err != nil {
		return err
	}
	counted := map[id.Account]bool{}
	if from != "" {
		before, err := Path(tx, ws, from)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		for _, a := range before {
			counted[a.ID] = true
		}
	}
	for i := range path {
		a := &path[i]
		switch {
		case a.State == Closed:
			return errs.New(errs.Conflict, "%s is closed. Reopen it first.", a.Called(i == 0))
		case !a.Until.IsZero() && !a.Until.After(tx.Now):
			return errs.New(errs.Conflict, "%s has ended. Change its end first.", a.Called(i == 0))
		case a.UserLimit == 0 || counted[a.ID]:
			continue
		}
		n, err := Users(tx, ws, a.ID)
		if err != nil {
			return err
		}
		if n >= a.UserLimit {
			return errs.New(errs.Conflict, "%s has no room: it may have %d users, with all below it, and has %d. Delete some, or raise the limit.", a.Called(i == 0), a.UserLimit, n)
		}
	}
	return nil
}

// Close closes an account and all below it that is open, and returns whom it
// closed. The tree must be locked. A closed one is an errs.Conflict.
func Close(tx *db.Tx, ws id.Workspace, top id.Account, reason string) ([]Account, error) {
	all, err := Below(tx, ws, top)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(a Account) bool { return a.ID == top })
	switch {
	case i < 0:
		return nil, NotHere()
	case all[i].State == Closed:
		return nil, errs.New(errs.Conflict, "This account is closed already.")
	}
	all = slices.DeleteFunc(all, func(a Account) bool { return a.State == Closed })
	return all, become(tx, ws, all, Closed, reason, top)
}

// Reopen opens an account that was closed by itself, and those below it that
// were closed by its closing, and returns them. The tree must be locked. One
// that is open, or below a closed one, is an errs.Conflict.
func Reopen(tx *db.Tx, ws id.Workspace, top id.Account) ([]Account, error) {
	path, err := Path(tx, ws, top)
	if err != nil {
		return nil, err
	}
	if path[0].State == Open {
		return nil, errs.New(errs.Conflict, "This account is open.")
	}
	for _, above := range path[1:] {
		if above.State == Closed {
			return nil, errs.New(errs.Conflict, "%s is closed, and so is all below it. Reopen that first.", above.Called(false))
		}
	}
	all, err := Below(tx, ws, top)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a Account) bool { return a.ClosedBy != top })
	return all, become(tx, ws, all, Open, "", "")
}

func become(tx *db.Tx, ws id.Workspace, list []Account, s State, reason string, by id.Account) error {
	for chunk := range slices.Chunk(list, askAtOnce) {
		ids := make([]id.Account, len(chunk))
		for i := range chunk {
			a := &chunk[i]
			ids[i], a.State, a.StateAt, a.Reason, a.ClosedBy = a.ID, s, tx.Now, reason, by
			a.Version++
		}
		if _, err := tx.Exec(`UPDATE account SET state = ?, state_at = ?, reason = ?, closed_by = ?, version = version + 1 WHERE workspace = ? AND id IN `+db.In(len(ids)),
			db.Args(ids, any(s), tx.NowMS(), reason, by, ws)...); err != nil {
			return err
		}
	}
	return nil
}

// Limits are what holds for an account's users: the narrowest of its own and of
// those above it.
type Limits struct {
	Open    bool
	Until   time.Time     // zero: no end
	Places  []id.Location // sorted; only these, unless Any
	Any     bool          // all places
	ShutBy  id.Account    // if not Open: the nearest closed account
	EndsBy  id.Account    // whose end Until is
	PlaceBy id.Account    // the highest account that has places of its own
}

// Effective joins the limits of a path, as [Path] returns it. A parent that was
// narrowed later narrows its children, whatever they say.
func Effective(path []Account) Limits {
	l := Limits{Open: true, Any: true}
	for i := range path {
		a := &path[i]
		if a.State == Closed && l.Open {
			l.Open, l.ShutBy = false, a.ID
		}
		if !a.Until.IsZero() && (l.Until.IsZero() || a.Until.Before(l.Until)) {
			l.Until, l.EndsBy = a.Until, a.ID
		}
		if len(a.Places) == 0 {
			continue
		}
		if l.Any {
			l.Places, l.Any = slices.Clone(a.Places), false
		} else {
			l.Places = slices.DeleteFunc(l.Places, func(p id.Location) bool { return !slices.Contains(a.Places, p) })
		}
		l.PlaceBy = a.ID
	}
	return l
}

// Refuses says why nobody of the account may charge at now; "" if they may.
func (l *Limits) Refuses(now time.Time) string {
	switch {
	case !l.Open:
		return "closed"
	case !l.Until.IsZero() && !l.Until.After(now):
		return "ended"
	}
	return ""
}

// Everything returns accounts with their places, in no order, for what is kept in
// memory: every one of the workspace, or, of a list that is not nil, those of the
// trees that its accounts belong to.
func Everything(tx *db.Tx, ws id.Workspace, list []id.Account) (all []Account, err error) {
	if list == nil {
		all, err = db.All(tx, scan, `SELECT `+Columns+` FROM account WHERE workspace = ?`, ws)
	} else {
		all, err = trees(tx, ws, list)
	}
	if err != nil {
		return nil, err
	}
	index := make(map[id.Account]int, len(all))
	for i := range all {
		index[all[i].ID] = i
	}
	type pair struct {
		acc id.Account
		loc id.Location
	}
	for p, err := range db.Each(tx, func(row db.Scanner) (p pair, err error) {
		err = row.Scan(&p.acc, &p.loc)
		return p, err
	}, `SELECT account, location FROM account_place WHERE workspace = ? ORDER BY account, location`, ws) {
		if err != nil {
			return nil, err
		}
		if i, ok := index[p.acc]; ok {
			all[i].Places = append(all[i].Places, p.loc)
		}
	}
	return all, nil
}

// trees returns the accounts of the trees that those of a list belong to.
func trees(tx *db.Tx, ws id.Workspace, list []id.Account) (all []Account, err error) {
	seen := map[id.Account]bool{}
	for _, acc := range list {
		if seen[acc] {
			continue
		}
		path, err := Path(tx, ws, acc)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		tree, err := Below(tx, ws, path[len(path)-1].ID)
		if err != nil {
			return nil, err
		}
		for _, a := range tree {
			if !seen[a.ID] {
				seen[a.ID] = true
				all = append(all, a)
			}
		}
	}
	return all, nil
}
