package steer

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/locallist"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
)

// Rules of a group, a location that closes to others and the settings concern many cards
// at once. What they took is found from the other end: at each charger, the cards that it let
// charge lately, or holds in its list, and that it may not any more.

var sweep = job.Define[sweeping]("steer.sweep")

type sweeping struct{ Workspace id.Workspace }

// gather is how long changes of rules are waited for, so that many of them are one sweep.
const gather = 5 * time.Second

// hearPlaces begins a sweep after what is about neither cards nor people nor an account: those are
// found by themselves.
func hearPlaces(tx *db.Tx, e journal.Entry) error {
	switch noun, _, _ := strings.Cut(e.Subject, ":"); noun {
	case "card", "person", "account", "import", "bulk":
		return nil
	}
	return sweep.Add(tx, sweeping{e.Workspace}, job.For(e.Workspace), job.Unique(string(e.Workspace)), job.At(tx.Now.Add(gather)))
}

// sweepPlaces goes through all chargers of a workspace.
func (s *Service) sweepPlaces(ctx context.Context, ws id.Workspace) error {
	if err := s.Decide.Refresh(ctx); err != nil {
		return err
	}
	var all []site.Charger
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		all, err = site.Chargers(tx, ws)
		return err
	}); err != nil {
		return err
	}
	// All is looked at before anything is told: what is told of a card makes its whole
	// receipt new.
	found := make([][]loss, len(all))
	for i := range all {
		if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
			found[i], err = s.lossesAt(tx, ws, all[i].ID)
			return err
		}); err != nil {
			return err
		}
	}
	for i := range all {
		if len(found[i]) == 0 {
			continue
		}
		if err := s.DB.Update(ctx, func(tx *db.Tx) error { return tellOf(tx, ws, all[i].ID, found[i]) }); err != nil {
			return err
		}
	}
	return nil
}

// loss is a card that a charger may know, and that may not charge there any more.
type loss struct {
	kind command.Kind
	card id.Card
	why  decision.Reason
}

// lossesAt finds those of one charger of which it was not told since it last let them
// charge.
func (s *Service) lossesAt(tx *db.Tx, ws id.Workspace, charger id.Charger) (list []loss, err error) {
	told, err := command.Told(tx, ws, charger, command.ClearCache)
	if err != nil {
		return nil, err
	}
	since := tx.Now.Add(-recently).UnixMilli()
	type used struct {
		card id.Card
		uid  string
		last int64
	}
	here, err := db.All(tx, func(row db.Scanner) (u used, err error) {
		err = row.Scan(&u.card, &u.uid, &u.last)
		return u, err
	}, `SELECT k.id, k.uid, MAX(u.at) FROM (
			SELECT card_uid, started_at AS at FROM charge WHERE workspace = ? AND charger = ? AND started_at > ?
			UNION ALL SELECT card_uid, at FROM decision WHERE workspace = ? AND charger = ? AND at > ? AND allowed AND source LIKE 'ocpp%') u
		JOIN card k ON k.workspace = ? AND k.uid = u.card_uid AND k.state <> 'deactivated'
		GROUP BY k.id, k.uid`, ws, charger, since, ws, charger, since, ws)
	if err != nil {
		return nil, err
	}
	for _, u := range here {
		why := s.Decide.Decide(ws, charger, 0, u.uid, tx.Now)
		if classOf(why, true) != other && told[u.card].UnixMilli() < u.last {
			list = append(list, loss{command.ClearCache, u.card, why})
		}
	}
	l, err := locallist.Of(tx, ws, charger)
	if err != nil || l.Version == 0 {
		return list, err
	}
	held, err := locallist.Entries(tx, ws, charger)
	if err != nil {
		return nil, err
	}
	for i := range held {
		e := &held[i]
		if st := s.Decide.Standing(ws, charger, e.Token, tx.Now); !st.lasts() {
			list = append(list, loss{command.LocalList, e.Card, st.why()})
		}
	}
	return list, nil
}

// tellOf has one charger told of cards. What was told of a card before, and lately, is part of the
// same receipt.
func tellOf(tx *db.Tx, ws id.Workspace, charger id.Charger, found []loss) error {
	for _, kind := range []command.Kind{command.ClearCache, command.LocalList} {
		var cards []id.Card
		var why decision.Reason
		for _, l := range found {
			if l.kind == kind {
				cards, why = append(cards, l.card), l.why
			}
		}
		if len(cards) == 0 {
			continue
		}
		if err := command.Renew(tx, ws, cards, tx.Now.Add(-recently)); err != nil {
			return err
		}
		if err := revoke(tx, ws, charger, kind, why, cards...); err != nil {
			return err
		}
	}
	return nil
}
