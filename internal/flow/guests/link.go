package guests

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// randomUID is what identifies a guest who charges by the link: hex, since some chargers
// take nothing else, and too long to be guessed.
func randomUID() string {
	b := make([]byte, 10)
	rand.Read(b) // never fails
	b[0] |= 0xa0 // a letter first: it cannot be taken for a number
	return strings.ToUpper(hex.EncodeToString(b))
}

// Spot is one place to charge one car, as a guest sees it.
type Spot struct {
	Charger  id.Charger
	Name     string
	Location string
	EVSE     int64
	Several  bool // the charger has more than one
	Online   bool
	Status   string // of its connector, as the charger says; "" if it has said nothing
}

// Visit is what a guest sees behind their link.
type Visit struct {
	guest.Guest
	Workspace workspace.Workspace
	State     guest.State
	Used      guest.Used
	Code      string // to type at the charger; "" if there is none
	Spots     []Spot // where they may charge now
	Running   []charge.Charge
	Where     map[id.Charger]string // names of the chargers of Running
	Asked     bool                  // a charger was asked to begin within the last minute, and nothing runs yet
	Now       time.Time
}

// MostSpots is about how many places to charge a guest is shown.
const MostSpots = 60

// gone is said of a link that is none: the same whatever it is.
func gone() error { return errs.New(errs.NotFound, "There is no such link.") }

// Look returns what a guest sees. It changes nothing. A token that is none is an
// errs.NotFound.
func (s *Service) Look(ctx context.Context, token string) (v Visit, err error) {
	defer errs.Wrap(&err, "guests.Look")
	if err := s.Places.Refresh(ctx); err != nil {
		return v, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		v, err = s.visit(tx, token)
		return err
	})
	return v, err
}

func (s *Service) visit(tx *db.Tx, token string) (v Visit, err error) {
	g, err := guest.ByLink(tx, seal.Hash(token))
	if errs.KindOf(err) == errs.NotFound {
		return v, gone()
	}
	if err != nil {
		return v, err
	}
	v = Visit{Guest: g, Now: tx.Now, Where: map[id.Charger]string{}}
	if v.Workspace, err = workspace.ByID(tx, g.Workspace); err != nil {
		return v, err
	}
	used, err := guest.UsedBy(tx, g.Workspace, []id.Person{g.Person})
	if err != nil {
		return v, err
	}
	v.Used = used[g.Person]
	v.State = g.StateAt(tx.Now, v.Used)
	if v.Running, err = charge.RunningFor(tx, g.Workspace, g.Person); err != nil {
		return v, err
	}
	if v.Asked, err = asked(tx, &g); err != nil {
		return v, err
	}
	v.Asked = v.Asked && len(v.Running) == 0
	cards, err := card.Of(tx, g.Workspace, g.Person)
	for i := range cards {
		if guest.IsCode(cards[i].UID) && cards[i].State == card.Active {
			v.Code = cards[i].UID
		}
	}
	if err != nil {
		return v, err
	}
	return v, s.spots(tx, &v)
}

// often is how many starts a guest may ask for within a minute, whatever becomes of them.
const often = 5

// asked reports whether a charger was asked lately to begin for a guest, and may yet; or
// so often that it is enough.
func asked(tx *db.Tx, g *guest.Guest) (yes bool, err error) {
	var n int64
	err = tx.Row(`SELECT COUNT(*) FROM command WHERE workspace = ? AND kind = 'start' AND asked_at > ? AND card IN (SELECT id FROM card WHERE workspace = ? AND person = ?)`,
		[]any{g.Workspace, tx.Now.Add(-time.Minute).UnixMilli(), g.Workspace, g.Person}, &n)
	if err != nil || n >= often {
		return n >= often, err
	}
	err = tx.Row(`SELECT EXISTS (SELECT 1 FROM command WHERE workspace = ? AND kind = 'start' AND asked_at > ? AND state IN ('waiting', 'sent', 'accepted')
			AND card IN (SELECT id FROM card WHERE workspace = ? AND person = ?)
			AND NOT EXISTS (SELECT 1 FROM charge WHERE workspace = ? AND person = ? AND received_at >= command.asked_at))`,
		[]any{g.Workspace, tx.Now.Add(-time.Minute).UnixMilli(), g.Workspace, g.Person, g.Workspace, g.Person}, &yes)
	return yes, err
}

// spots finds where the guest may charge now.
func (s *Service) spots(tx *db.Tx, v *Visit) error {
	chargers, err := site.Chargers(tx, v.Guest.Workspace)
	if err != nil {
		return err
	}
	locations, err := site.Locations(tx, v.Guest.Workspace)
	if err != nil {
		return err
	}
	names := map[id.Location]string{}
	for i := range locations {
		names[locations[i].ID] = locations[i].Name
	}
	open := map[id.Charger]bool{}
	for _, c := range s.Places.Chargers(v.Guest.Workspace, v.Person, tx.Now) {
		open[c] = true
	}
	for i := range chargers {
		h := &chargers[i]
		if slices.ContainsFunc(v.Running, func(c charge.Charge) bool { return c.Charger == h.ID }) {
			v.Where[h.ID] = h.Name
		}
		if !open[h.ID] || len(v.Spots) >= MostSpots {
			continue
		}
		evses, err := site.EVSEs(tx, v.Guest.Workspace, h.ID)
		if err != nil {
			return err
		}
		connectors, err := site.Connectors(tx, v.Guest.Workspace, h.ID)
		if err != nil {
			return err
		}
		for _, e := range evses {
			one := Spot{Charger: h.ID, Name: h.Name, Location: names[h.Location], EVSE: e.Number, Several: len(evses) > 1, Online: h.Online()}
			for _, k := range connectors {
				if k.EVSE == e.Number {
					one.Status = k.Status
				}
			}
			v.Spots = append(v.Spots, one)
		}
	}
	return nil
}

// actor is who the journal names: the person who stands for the guest. What they may
// have chargers do is checked before.
func actor(g *guest.Guest) access.Actor {
	return access.Actor{Workspace: g.Workspace, Name: journal.About("person", g.Person), Perms: access.ChargersRemote}
}

// Start asks a charger to begin a session for a guest: one at which they may charge now.
// The decision about their card follows, and is final.
func (s *Service) Start(ctx context.Context, token string, charger id.Charger, evse int64) (err error) {
	defer errs.Wrap(&err, "guests.Start")
	if err := s.Places.Refresh(ctx); err != nil {
		return err
	}
	var v Visit
	var uid string
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if v, err = s.visit(tx, token); err != nil {
			return err
		}
		cards, err := card.Of(tx, v.Guest.Workspace, v.Person)
		for i := range cards {
			if !guest.IsCode(cards[i].UID) && cards[i].State == card.Active {
				uid = cards[i].UID
			}
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case v.State != guest.Open || uid == "":
		return errs.New(errs.Gone, "This access does not hold at the moment.")
	case v.Asked:
		return errs.New(errs.Conflict, "The charger was asked a moment ago.")
	case !slices.ContainsFunc(v.Spots, func(p Spot) bool { return p.Charger == charger && p.EVSE == evse }):
		return errs.New(errs.NotFound, "There is no such charger.")
	}
	return s.Remote.Start(ctx, actor(&v.Guest), charger, evse, uid)
}

// Stop asks the charger of one of the guest's sessions to end it.
func (s *Service) Stop(ctx context.Context, token string, session id.Charge) (err error) {
	defer errs.Wrap(&err, "guests.Stop")
	v, err := s.Look(ctx, token)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(v.Running, func(c charge.Charge) bool { return c.ID == session }) {
		return errs.New(errs.NotFound, "There is no such session.")
	}
	err = s.Remote.Stop(ctx, actor(&v.Guest), session)
	if errs.KindOf(err) == errs.Conflict {
		return nil // asked already, or over
	}
	return err
}
