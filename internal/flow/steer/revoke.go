package steer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/doubt"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/locallist"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// A right that was lost. Decisions refuse within a second by themselves; what
// chargers do on their own is what is left to do here:
//
//   - Sessions that run are decided about once more. Those whose card may no longer
//     charge there are stopped, or left, as the workspace says ([classOf]).
//   - The chargers at which a card was let charge lately ([recently], [mostChargers]) are told to forget
//     whom they know, so that none lets it charge from its cache; those whose local lists
//     hold it, to let go of it.
//   - After a change of a group's rules or of a place, which concerns many, all chargers are gone
//     through for such cards (sweep.go).
//
// All begin with an entry of the journal and are jobs, so that neither is lost.

// recently is how far back a charger may have let a card charge to be told to forget
// it: caches of chargers hold some hundred cards and drop those not seen for weeks.
const recently = 30 * 24 * time.Hour

// mostChargers is how many chargers are told because of one card, those where it was
// used last: nobody charges at more places in a month.
const mostChargers = 200

// oldest is how long after an entry chargers are told to forget because of it.
const oldest = 7 * 24 * time.Hour

// patience is how long a charger that was asked to stop a session is given before it is
// asked again.
const patience = 5 * time.Minute

// class is a kind of reasons by which it goes whether a session is stopped.
type class int

const (
	other   class = iota // time went by, or nothing was taken away: a session goes on
	blocked              // the card is good for nothing any more
	lost                 // it is good elsewhere, or will be again
)

func classOf(r decision.Reason, known bool) class {
	switch r {
	case decision.CardBlocked, decision.CardSuspended, decision.UserDeactivated:
		return blocked
	case decision.UnknownCard:
		if known {
			return blocked // removed, or its user was deleted
		}
		return other
	case decision.NotThisPlace, decision.AccountClosed, decision.AccountEnded, decision.AccountPlace, decision.UserNotActive, decision.CardInactive:
		return lost
	case decision.Allowed, decision.CardExpired, decision.CardNotYetValid, decision.UserNotYet, decision.NotThisTime, decision.CardDoubted, decision.Concurrent, decision.NoCredit, decision.CardLearned, decision.TooManyTries, decision.Away:
		return other
	}
	return other
}

// takes are the entries after which something may no longer be allowed that was.
var takes = []string{
	"card.blocked", "card.suspended", "card.removed", "card.updated",
	"person.deactivated", "person.deleted", "person.left", "person.merged", "person.updated", "person.removed",
	"group.member-removed", "group.updated", "group.deleted", "grant.removed", "grant.changed", "zone.left", "zone.member-removed",
	"account.closed", "account.updated", "account.removed", "location.updated", "charger.opened", "charger.closed", "settings.changed", "import.undone", "bulk.undone",
}

// begins are those after which a session runs that perhaps should not.
var begins = []string{"session.started", "session.identified"}

var (
	check  = job.Define[checking]("steer.check")
	forget = job.Define[forgetting]("steer.forget")
)

type checking struct{ Workspace id.Workspace }

type forgetting struct {
	Workspace id.Workspace
	Entry     id.Entry
	Subject   string
}

// Reader returns what is to be subscribed to the journal.
func Reader() journal.Reader {
	return journal.Reader{Name: "steer", What: slices.Concat(takes, begins), Do: heard}
}

func heard(tx *db.Tx, e journal.Entry) error {
	if strings.HasPrefix(e.What, "session.") {
		var s struct {
			Reason decision.Reason `json:"reason"`
			Card   id.Card         `json:"card"`

			AwaySince int64 `json:"away_since"`
		}
		if e.Value == "" {
			return nil // erased with the person
		}
		if err := json.Unmarshal([]byte(e.Value), &s); err != nil {
			return fmt.Errorf("steer: entry %s: %w", e.ID, err)
		}
		// What was answered from memory while the database was away is decided again: the
		// card may have been blocked on another server meanwhile.
		if classOf(s.Reason, s.Card != "") == other && s.AwaySince == 0 {
			return nil
		}
	} else if e.What == "person.updated" && !strings.HasPrefix(e.Subject, "person:") {
		return nil // bulk work on what takes nothing: cost centers and the like
	} else if e.At.Before(tx.Now.Add(-oldest)) {
		return nil // of a server that has just learnt to do this
	} else if err := forget.Add(tx, forgetting{e.Workspace, e.ID, e.Subject}, job.For(e.Workspace), job.Unique(string(e.ID))); err != nil {
		return err
	} else if err := hearPlaces(tx, e); err != nil {
		return err
	}
	return check.Add(tx, checking{e.Workspace}, job.For(e.Workspace), job.Unique(string(e.Workspace)))
}

// Jobs tells pool how to bring a lost right to the chargers.
func (s *Service) Jobs(pool *job.Pool) {
	job.Handle(pool, check, func(ctx context.Context, c checking) error { return s.decideAgain(ctx, c.Workspace) })
	job.Handle(pool, forget, s.forget)
	job.Handle(pool, sweep, func(ctx context.Context, c sweeping) error { return s.sweepPlaces(ctx, c.Workspace) })
	job.Handle(pool, review, s.reviewLists)
	job.Handle(pool, reviewAll, s.reviewEverywhere)
	job.Every(pool, reviewAll, struct{}{}, time.Hour)
}

// system is who the journal names.
func system(ws id.Workspace) access.Actor { return access.System(ws, "steer") }

// decideAgain decides once more about the sessions that run in a workspace.
func (s *Service) decideAgain(ctx context.Context, ws id.Workspace) error {
	if err := s.Decide.Refresh(ctx); err != nil {
		return err
	}
	type doomed struct {
		charge.Charge
		why decision.Reason
	}
	var list []doomed
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		w, err := workspace.ByID(tx, ws)
		if err != nil {
			return err
		}
		all, err := charge.AllRunning(tx, ws)
		for i := range all {
			c := &all[i]
			why := s.Decide.Decide(ws, c.Charger, c.EVSE, c.CardUID, tx.Now)
			k := classOf(why, c.Card != "")
			if k != blocked && k != lost || k == blocked && !w.StopBlocked || k == lost && !w.StopLost {
				continue
			}
			asked, err := holderAsked(tx, c, why)
			if err != nil {
				return err
			}
			if !asked {
				list = append(list, doomed{*c, why})
			}
		}
		return err
	})
	if err != nil || len(list) == 0 {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		for _, d := range list {
			if err := StopFor(tx, &d.Charge, d.why); err != nil {
				return err
			}
		}
		return nil
	})
}

// StopFor asks the charger of a session to end it because of a decision; once, unless
// it was asked a while ago and nothing came of it.
func StopFor(tx *db.Tx, d *charge.Charge, why decision.Reason) error {
	last, there, err := command.StopOf(tx, d.Workspace, d.Charger, d.ID)
	if err != nil {
		return err
	}
	// One that somebody asked for does not wait for as long as this one will.
	if there && (!last.State.Over() && last.Why != "" || last.State.Over() && last.Ended.After(tx.Now.Add(-patience))) {
		return nil
	}
	c := command.Command{Workspace: d.Workspace, Charger: d.Charger, Kind: command.Stop, Session: d.ID, Card: d.Card, AskedBy: system(d.Workspace).Name, Why: string(why), Expires: tx.Now.Add(recently)}
	if err := command.Insert(tx, &c); err != nil {
		return err
	}
	return record(tx, system(d.Workspace), &c)
}

// holderAsked reports whether a session's card is on hold because it was used in two
// places, and its holder, who may still charge, was asked and has not answered. One of
// the two is theirs: until they say which, what runs goes on. Whoever says "not me"
// suspends the card, and that stops it.
func holderAsked(tx *db.Tx, c *charge.Charge, why decision.Reason) (bool, error) {
	if c.Card == "" || why != decision.CardBlocked {
		return false, nil
	}
	last, found, err := doubt.OfCard(tx, c.Workspace, c.Card)
	if err != nil || !found || !last.Held || last.Answer != doubt.Open {
		return false, err
	}
	p, err := person.ByID(tx, c.Workspace, last.Person)
	if errs.KindOf(err) == errs.NotFound {
		return false, nil
	}
	return p.Status == person.Active, err
}

// atOnce is how many cards one transaction deals with.
const atOnce = 100

// forget has the chargers at which cards were let charge forget them, of those whom
// an entry is about.
func (s *Service) forget(ctx context.Context, f forgetting) error {
	if err := s.Decide.Refresh(ctx); err != nil {
		return err
	}
	if err := s.forgetAll(ctx, f.Workspace, []string{f.Subject}); err != nil {
		return err
	}
	for after, more := "", true; more; {
		var page []string
		err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
			page, err = journal.Subjects(tx, f.Workspace, f.Entry, after, atOnce)
			return err
		})
		if err == nil && len(page) > 0 {
			after = page[len(page)-1]
			err = s.forgetAll(ctx, f.Workspace, page)
		}
		if err != nil {
			return err
		}
		more = len(page) == atOnce
	}
	return nil
}

// forgetAll does so for some subjects.
func (s *Service) forgetAll(ctx context.Context, ws id.Workspace, subjects []string) error {
	var cards []id.Card
	var people []id.Person
	for _, subject := range subjects {
		switch noun, of, _ := strings.Cut(subject, ":"); noun {
		case "card":
			cards = append(cards, id.Card(of))
		case "charger": // it was opened to anyone, or closed again
			if err := s.DB.Update(ctx, func(tx *db.Tx) error { return forgetWhom(tx, ws, id.Charger(of)) }); err != nil {
				return err
			}
		case "person":
			people = append(people, id.Person(of))
		case "account":
			err := s.DB.View(ctx, func(tx *db.Tx) error {
				in, err := db.All(tx, db.Text[id.Person], `SELECT id FROM person WHERE workspace = ? AND account = ? AND account <> '' AND deleted_at = 0`, ws, of)
				people = append(people, in...)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	for len(people) > 0 {
		some := people[:min(len(people), atOnce)]
		people = people[len(some):]
		if err := s.DB.View(ctx, func(tx *db.Tx) error {
			theirs, err := card.IDsOf(tx, ws, some)
			cards = append(cards, theirs...)
			return err
		}); err != nil {
			return err
		}
	}
	for len(cards) > 0 {
		some := cards[:min(len(cards), atOnce)]
		cards = cards[len(some):]
		if err := s.DB.Update(ctx, func(tx *db.Tx) error { return s.forgetCards(tx, ws, some) }); err != nil {
			return err
		}
	}
	return nil
}

// forgetCards has the chargers that let cards charge lately forget them, and those whose
// lists hold them let go of them, of cards that may no longer charge there.
func (s *Service) forgetCards(tx *db.Tx, ws id.Workspace, some []id.Card) error {
	list, err := card.ByIDs(tx, ws, some)
	if err != nil {
		return err
	}
	for i := range list {
		k := &list[i]
		if k.Erased() {
			continue
		}
		at, err := lately(tx, k)
		if err != nil {
			return err
		}
		for _, charger := range at {
			why := s.Decide.Decide(ws, charger, 0, k.UID, tx.Now)
			if classOf(why, true) == other {
				continue
			}
			if err := revoke(tx, ws, charger, command.ClearCache, why, k.ID); err != nil {
				return err
			}
		}
	}
	return s.unlist(tx, ws, list)
}

// unlist has the chargers whose lists hold cards let go of those that may no longer be in
// them.
func (s *Service) unlist(tx *db.Tx, ws id.Workspace, cards []card.Card) error {
	byID, ids := map[id.Card]*card.Card{}, []id.Card{}
	for i := range cards {
		byID[cards[i].ID] = &cards[i]
		ids = append(ids, cards[i].ID)
	}
	held, err := locallist.HoldersOf(tx, ws, ids)
	if err != nil {
		return err
	}
	for _, h := range held {
		st := s.Decide.Standing(ws, h.Charger, byID[h.Card].UID, tx.Now)
		if st.lasts() {
			continue
		}
		if err := revoke(tx, ws, h.Charger, command.LocalList, st.why(), h.Card); err != nil {
			return err
		}
	}
	return nil
}

// revoke has a charger told, by its cache or its list, that cards lost their right; by a command
// that waits already if there is one.
func revoke(tx *db.Tx, ws id.Workspace, charger id.Charger, k command.Kind, why decision.Reason, cards ...id.Card) error {
	c, waits, err := command.WaitsOf(tx, ws, charger, k)
	if err == nil && !waits {
		c = command.Command{Workspace: ws, Charger: charger, Kind: k, Card: cards[0], AskedBy: system(ws).Name, Why: string(why)}
		if k == command.LocalList {
			c.Due, err = notBefore(tx, ws, charger)
		}
		if err == nil {
			err = command.Insert(tx, &c)
		}
	}
	if err != nil {
		return err
	}
	return command.Revoke(tx, &c, cards...)
}

// lately lists the chargers that have let a card charge in the last 30 days, those
// where it was used last first.
func lately(tx *db.Tx, k *card.Card) ([]id.Charger, error) {
	since := tx.Now.Add(-recently).UnixMilli()
	return db.All(tx, func(row db.Scanner) (c id.Charger, err error) {
		var last int64
		err = row.Scan(&c, &last)
		return c, err
	}, `SELECT charger, MAX(at) FROM (
			SELECT charger, started_at AS at FROM charge WHERE workspace = ? AND card_uid = ? AND started_at > ?
			UNION ALL SELECT charger, at FROM decision WHERE workspace = ? AND person = ? AND person <> '' AND card = ? AND at > ? AND allowed AND charger <> '') used
		WHERE EXISTS (SELECT 1 FROM charger h WHERE h.workspace = ? AND h.id = used.charger)
		GROUP BY charger ORDER BY MAX(at) DESC, charger LIMIT ?`,
		k.Workspace, k.UID, since, k.Workspace, k.Person, k.ID, since, k.Workspace, mostChargers)
}

// forgetWhom has a charger forget all cards that it knows. It is asked once, however
// often there is a reason.
func forgetWhom(tx *db.Tx, ws id.Workspace, charger id.Charger) error {
	if _, waits, err := command.WaitsOf(tx, ws, charger, command.ClearCache); err != nil || waits {
		return err
	}
	c := command.Command{Workspace: ws, Charger: charger, Kind: command.ClearCache, AskedBy: system(ws).Name}
	if err := command.Insert(tx, &c); err != nil {
		return err
	}
	return record(tx, system(ws), &c)
}
