// Package booking books what chargers report, so that nothing is lost and
// nothing is doubled.
//
// A charger that got no answer says the same again, perhaps after days, perhaps
// to another replica, and messages of OCPP 2.0.1 may come in any order. So every
// method here has returned only when what it was told is in the database, and
// has the same result and no second effect when it is told again. What makes two
// messages the same is a unique key in the database; the only thing kept in
// memory is when a meter value was last kept, and forgetting that costs a row.
//
// A method that returns an error has booked nothing that its repeat would
// double. The face then hangs up, so that the charger keeps the message.
package booking

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Changed is the topic that rings when a session began, changed or ended.
const Changed = "charge"

// Lost is the reason of an end that nobody reported: another session began at
// the same EVSE.
const Lost = "Lost"

// Service books what chargers report.
type Service struct {
	DB      *db.DB
	Numbers *charge.Numbers
	Decide  Decider

	mu    sync.Mutex // guards paces
	paces map[id.Charge]pace
}

// Decider says whether a card may charge. It works from memory and cannot fail.
type Decider interface {
	Decide(ask Ask) Verdict
}

// Ask is a question to a Decider.
type Ask struct {
	Workspace id.Workspace
	Charger   id.Charger
	EVSE      int64  // 0 if not known
	Token     string // as the charger spelt it
	TokenType string // OCPP 2.0.1; "" in 1.6
	Now       time.Time
	Source    string // ocpp1.6, ocpp2.0.1
	// Ending is set when the card ends a session: the answer is about the card
	// alone, and it is no tap to be counted.
	Ending bool
}

// Verdict is the answer. Of a repeated message only what was stored is known:
// Parent, Expires and Priority are zero then.
type Verdict struct {
	Allowed  bool
	Reason   decision.Reason
	CardUID  string // canonical
	Card     id.Card
	Person   id.Person
	Parent   string
	Expires  time.Time
	Priority int

	// AwaySince is set if the answer was made from memory while the database was
	// away, since then. Speculative says that only for that the card may charge, and
	// then CapWh is how much, in watt-hours; 0 for any amount.
	AwaySince   time.Time
	Speculative bool
	CapWh       int64
}

// protocols as they are stored.
const (
	ocpp16  = "ocpp1.6"
	ocpp201 = "ocpp2.0.1"
)

// Reading is what a meter showed at one moment; nil is what it did not say.
type Reading struct {
	At       time.Time // by the charger's clock; zero if it cannot be read
	EnergyWh *int64    // register, watt-hours
	PowerW   *int64
	Edge     bool // taken at the begin or the end of the session
}

// booker is who the journal names: the charger itself.
func booker(ws id.Workspace, charger id.Charger) access.Actor {
	return access.Actor{Workspace: ws, Name: journal.About("charger", charger)}
}

// stored is the verdict that was kept with a session.
func stored(c *charge.Charge) Verdict {
	r := decision.Reason(c.Reason)
	return Verdict{Allowed: r == decision.Allowed, Reason: r, CardUID: c.CardUID, Card: c.Card, Person: c.Person}
}

// key is the canonical form of a token, or the token itself if it is no card
// number.
func key(token string) string {
	var room [36]byte
	k, _ := card.AppendKey(room[:0], token)
	return string(k)
}

// identify notes in c whose card began the session. The decision was made from
// memory: who was erased meanwhile is left out, and the session is kept.
func identify(tx *db.Tx, c *charge.Charge, token string, v Verdict) error {
	c.CardUID, c.Card, c.Person, c.Reason = v.CardUID, v.Card, v.Person, string(v.Reason)
	c.AwaySince, c.Speculative = v.AwaySince, v.Speculative
	if c.CardUID == "" {
		c.CardUID = key(token)
	}
	if c.Card != "" {
		if _, err := card.ByID(tx, c.Workspace, c.Card); errs.KindOf(err) == errs.NotFound {
			c.Card = ""
		} else if err != nil {
			return err
		}
	}
	if c.Person != "" {
		if _, err := person.ByID(tx, c.Workspace, c.Person); errs.KindOf(err) == errs.NotFound {
			c.Person = ""
		} else if err != nil {
			return err
		}
	}
	if c.Card != "" {
		return card.Used(tx, c.Workspace, c.Card, c.Started)
	}
	return nil
}

// note is what the journal keeps of a session.
type note struct {
	Charger id.Charger `json:"charger"`
	EVSE    int64      `json:"evse"`
	Person  id.Person  `json:"person,omitempty"`
	Card    id.Card    `json:"card,omitempty"`
	Reason  string     `json:"reason"`

	AwaySince   int64 `json:"away_since,omitempty"` // milliseconds since 1970: answered from memory, the database having been away since then
	Speculative bool  `json:"speculative,omitempty"`

	Wh         int64     `json:"wh,omitempty"`          // of an end
	EndedAt    int64     `json:"ended_at,omitempty"`    // milliseconds since 1970
	StopReason string    `json:"stop_reason,omitempty"` //
	WasWh      *int64    `json:"was_wh,omitempty"`      // of a correction: what the end had said
	WasPerson  id.Person `json:"was_person,omitempty"`
}

func record(tx *db.Tx, c *charge.Charge, what string, was *charge.Charge) error {
	n := note{Charger: c.Charger, EVSE: c.EVSE, Person: c.Person, Card: c.Card, Reason: c.Reason, Speculative: c.Speculative}
	if !c.AwaySince.IsZero() {
		n.AwaySince = c.AwaySince.UnixMilli()
	}
	if c.Status == charge.Ended && what != started && what != identified {
		n.Wh, n.EndedAt, n.StopReason = c.Wh, c.Ended.UnixMilli(), c.StopReason
	}
	if was != nil {
		n.WasWh, n.WasPerson = &was.Wh, was.Person
	}
	return journal.Record(tx, booker(c.Workspace, c.Charger), what, journal.About("session", c.ID), n)
}

// The journal's words for sessions.
const (
	started    = "session.started"
	identified = "session.identified" // whose it is came later than its start
	ended      = "session.ended"
	corrected  = "session.corrected" // something came to light after its end
)

// save saves c, which was as was says, and tells what became of it.
func (s *Service) save(tx *db.Tx, was, c *charge.Charge) error {
	if err := charge.Save(tx, c); err != nil {
		return err
	}
	tx.Notify(Changed)
	switch {
	case was.Status == charge.Running && c.Status == charge.Ended:
		return record(tx, c, ended, nil)
	case was.Status == charge.Ended && (was.Wh != c.Wh || was.Person != c.Person || was.StopReason != c.StopReason):
		return record(tx, c, corrected, was)
	}
	return nil
}

// closeOlder ends the sessions that still seem to run at c's EVSE and began
// before it: an EVSE has one car. They end when their charger last spoke of them.
func (s *Service) closeOlder(tx *db.Tx, c *charge.Charge) error {
	list, err := charge.RunningAt(tx, c.Workspace, c.Charger)
	if err != nil || c.EVSE == 0 {
		return err
	}
	for _, r := range list {
		if r.ID == c.ID || r.EVSE != c.EVSE || !r.Started.Before(c.Started) {
			continue
		}
		r, err := charge.ByTxID(tx, r.Workspace, r.Charger, r.Protocol, r.TxID) // locked
		if err != nil {
			return err
		}
		if r.Status != charge.Running {
			continue
		}
		if err := s.keeper(&r).flush(tx); err != nil {
			return err
		}
		was, seen := r, r.Seen
		r.Status, r.StopReason, r.PowerW = charge.Ended, Lost, 0
		r.Ended = latest(r.Started, earliest(seen, c.Started))
		total(&r, r.MeterStart, r.MeterNow)
		if err := s.save(tx, &was, &r); err != nil {
			return err
		}
	}
	return nil
}

// again runs do until it does not clash with the same message on another
// replica. PostgreSQL reports the clash at whichever unique index it looks at
// first, so that the second of two equal inserts may fail and not do nothing.
func (s *Service) again(ctx context.Context, do func(*db.Tx) error) (err error) {
	for range 5 {
		if err = s.DB.Update(ctx, do); errs.KindOf(err) != errs.Conflict {
			return err
		}
	}
	return err
}

// remark adds text to c's conflict, once.
func remark(c *charge.Charge, text string) {
	const most = 20 // remarks: a mad charger fills no disk
	list := remarks(c)
	if slices.Contains(list, text) || len(list) >= most {
		return
	}
	c.Conflict = strings.Join(append(list, text), between)
}

const between = " | "

func remarks(c *charge.Charge) []string {
	if c.Conflict == "" {
		return nil
	}
	return strings.Split(c.Conflict, between)
}

// legible is text less what no database takes: a charger that sends that would
// be hung up on for ever.
func legible(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
