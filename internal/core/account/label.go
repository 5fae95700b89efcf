package account

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Label is an account with those above it, the top one first: "Fleet / Berlin".
// path is as [Path] returns it.
func Label(path []Account) (text string) {
	for i := range path {
		if i > 0 {
			text = " / " + text
		}
		text = path[i].Name + text
	}
	return text
}

// Labels returns the labels of those of the accounts that exist. Each account on the
// way is called as name says; a nil name is its own.
func Labels(tx *db.Tx, ws id.Workspace, list []id.Account, name func(*Account) string) (map[id.Account]string, error) {
	labels, known := map[id.Account]string{}, map[id.Account]Account{}
	for ask := list; len(ask) > 0; { // level by level; none is deeper than MaxDepth
		some, err := ByIDs(tx, ws, ask)
		if err != nil {
			return nil, err
		}
		ask = nil
		for one, a := range some {
			if name != nil {
				a.Name = name(&a)
			}
			known[one] = a
			if _, there := known[a.Parent]; a.Parent != "" && !there {
				known[a.Parent] = Account{}
				ask = append(ask, a.Parent)
			}
		}
	}
	for _, one := range list {
		a, there := known[one]
		if !there {
			continue
		}
		path := []Account{a}
		for a.Parent != "" && len(path) < MaxDepth {
			a = known[a.Parent]
			path = append(path, a)
		}
		labels[one] = Label(path)
	}
	return labels, nil
}
