// Package commands lists what chargers were asked to do, and which of them know
// that a card lost what it was allowed.
package commands

import (
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/command"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/flow/browse/past"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service lists commands.
type Service struct{ DB *db.DB }

// Command is one command as lists show it.
type Command struct {
	command.Command
	ChargerName string
	Asker       string // a user's or key's name, "Involt" for itself, "" for who is gone
	CardUID     string // of a start; "" to those who may not see cards
}

// OfCharger returns the newest commands of a charger, at most limit, behind the
// one called before if that is not "".
func (s *Service) OfCharger(ctx context.Context, by access.Actor, charger id.Charger, before id.Command, limit int) (list []Command, err error) {
	defer errs.Wrap(&err, "browse.OfCharger")
	see, in, err := look.Sight(by, access.PlacesRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		h, err := site.ChargerByID(tx, by.Workspace, charger)
		if err == nil && !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(h.Location)}) {
			err = errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
		}
		if err != nil {
			return err
		}
		q := &paging.Query{}
		q.And("k.workspace = ? AND k.charger = ?", by.Workspace, charger)
		if before != "" {
			q.And("k.id < ?", before)
		}
		list, err = some(tx, see, in, q, limit)
		return err
	})
	return list, err
}

// One returns one command.
func (s *Service) One(ctx context.Context, by access.Actor, which id.Command) (c Command, err error) {
	defer errs.Wrap(&err, "browse.Command")
	see, in, err := look.Sight(by, access.PlacesRead)
	if err != nil {
		return c, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		q := &paging.Query{}
		q.And("k.workspace = ? AND k.id = ?", by.Workspace, which)
		list, err := some(tx, see, in, q, 1)
		if err == nil && len(list) == 1 {
			var h site.Charger
			if h, err = site.ChargerByID(tx, by.Workspace, list[0].Charger); err == nil && !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(h.Location)}) {
				list = nil
			}
		}
		if err == nil && len(list) == 0 {
			err = errs.New(errs.NotFound, "There is no such command.")
		}
		if err != nil {
			return err
		}
		c = list[0]
		return nil
	})
	return c, err
}

func some(tx *db.Tx, by access.Actor, in access.Reach, q *paging.Query, limit int) ([]Command, error) {
	list, err := db.All(tx, func(row db.Scanner) (c Command, err error) {
		c.Command, err = command.Scan(row, &c.ChargerName, &c.CardUID)
		if !in.Whole || !by.Perms.Has(access.CardsRead) || c.Kind != command.Start {
			c.CardUID = ""
		}
		return c, err
	}, `SELECT `+command.Columns+`, h.name, COALESCE(d.uid, '') FROM command k
		JOIN charger h ON h.workspace = k.workspace AND h.id = k.charger
		LEFT JOIN card d ON d.workspace = k.workspace AND d.id = k.card
		WHERE `+q.Where.String()+` ORDER BY k.id DESC LIMIT ?`, append(q.Args, limit)...)
	if err != nil {
		return nil, err
	}
	askers := make([]string, len(list))
	for i := range list {
		askers[i] = list[i].AskedBy
	}
	name, err := past.Naming(tx, by, in, askers)
	for i := range list {
		list[i].Asker = name[list[i].AskedBy]
	}
	return list, err
}

// Receipt says which chargers know that a card lost what it was allowed: those that have confirmed
// to have cleared their caches and changed their lists.
type Receipt struct {
	Since     time.Time // of the newest revocation
	All       int
	Confirmed int // the charger said yes
	Others    []Unconfirmed
}

// Open reports whether chargers may confirm yet.
func (r *Receipt) Open() bool {
	return slices.ContainsFunc(r.Others, func(u Unconfirmed) bool { return !u.State.Over() })
}

// Unconfirmed is a charger that has not confirmed.
type Unconfirmed struct {
	Charger      id.Charger
	Name         string
	Kind         command.Kind // what it has not confirmed: to clear its cache, or its list
	State        command.State
	Word         string // the charger's no, or why it failed
	Connected    bool
	Disconnected time.Time // since when it is away; zero if it was never there
}

// OfCard returns the receipt of a card's newest revocation; one without chargers if there
// was none, or it was used nowhere lately.
func (s *Service) OfCard(ctx context.Context, by access.Actor, which id.Card) (r Receipt, err error) {
	defer errs.Wrap(&err, "browse.OfCard")
	in, err := by.Within(access.CardsRead)
	if err != nil {
		return r, err
	}
	places, _ := by.Within(access.PlacesRead) // where chargers have names
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		r = Receipt{}
		var last id.Charger
		var whole bool // the charger confirmed all so far
		if !in.Whole {
			k, err := card.ByID(tx, by.Workspace, which)
			if err == nil {
				err = person.Within(tx, by.Workspace, in, k.Person)
			}
			if err != nil {
				return err
			}
		}
		for row, err := range db.Each(tx, func(row db.Scanner) (u struct {
			Unconfirmed
			at   int64
			site id.Location
		}, err error,
		) {
			var connected, gone int64
			err = row.Scan(&u.at, &u.Charger, &u.Name, &u.site, &u.Kind, &u.State, &u.Word, &connected, &gone)
			u.Connected, u.Disconnected = connected != 0 && gone == 0, paging.When(gone)
			return u, err
		}, `SELECT v.revoked_at, v.charger, h.name, h.location, k.kind, k.state, k.word, h.connected_at, h.disconnected_at FROM revocation v
			JOIN command k ON k.workspace = v.workspace AND k.id = v.command
			JOIN charger h ON h.workspace = v.workspace AND h.id = v.charger
			WHERE v.workspace = ? AND v.card = ? AND v.revoked_at = (SELECT MAX(revoked_at) FROM revocation WHERE workspace = ? AND card = ?)
			ORDER BY h.name, h.id, k.kind`, by.Workspace, which, by.Workspace, which) {
			if err != nil {
				return err
			}
			r.Since = paging.When(row.at)
			if row.Charger != last { // it may have two things to do: to clear its cache, and to change its list
				last, whole = row.Charger, true
				r.All++
				r.Confirmed++
			}
			if row.State == command.Accepted || !whole {
				continue
			}
			whole = false
			r.Confirmed--
			if !places.Covers(access.Scope{Kind: access.AtLocation, ID: string(row.site)}) {
				row.Charger, row.Name = "", "a charger elsewhere"
			}
			r.Others = append(r.Others, row.Unconfirmed)
		}
		return nil
	})
	return r, err
}
