// Package admit answers the question Involt exists for: may this card charge
// here, now, and if not, why?
//
// What an answer depends on is kept in memory, read from the database when the
// server starts and kept fresh from the journal: a change refuses within a
// fraction of a second, on every replica. The answer itself is a pure function
// of those facts, the same for chargers, for the API, for the command line and
// for the list of places somebody sees in the app. Nothing is written before
// an answer; decisions are stored in batches within a second.
package admit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit/cars"
	"involt/internal/flow/admit/judge"
	"involt/internal/flow/admit/payer"
	"involt/internal/flow/admit/record"
	"involt/internal/flow/admit/tries"
	"involt/internal/flow/admit/waiting"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service answers. Load it before the first question, and keep Run running.
type Service struct {
	DB     *db.DB
	Holder Holder // optional: without it cards in two places are refused, and nobody is told
	Pupil  Pupil  // optional: without it nothing is learned from taps
	// Limit is how long after the memory last agreed with the database it may be gone
	// by, while the database is away; 0 for [UsualLimit].
	Limit time.Duration
	// Fates is told which cards and people were looked at again, and whether they work
	// now: for who starts while the database is away. Nil for nobody.
	Fates func(list []Fate)

	worlds    atomic.Pointer[map[id.Workspace]*followed] // the map is never changed, only replaced
	following sync.Mutex                                 // held by whoever brings worlds up to date

	fresh    atomic.Int64 // when the memory was last known to agree with the database, in milliseconds
	record   record.Recorder
	suspects waiting.List[Sighting] // cards whose holders are to be asked
	taught   waiting.List[Tap]      // what is to be learned from
	cars     cars.Refused
	wrong    tries.Wrong // codes that were typed
}

// Ask is a question.
type Ask struct {
	Workspace id.Workspace
	Charger   id.Charger // "" for "anywhere?"
	EVSE      int64      // 0 if not known
	Token     string     // the card, in any spelling
	TokenType string     // as OCPP 2.0.1 names it; "" if not said
	Now       time.Time
	Source    string // who asks: ocpp1.6, ocpp2.0.1, api, cli
}

// Verdict is the answer. Its fields are raw, so that it costs no memory.
type Verdict struct {
	Reason decision.Reason
	card   id.Raw
	person id.Raw
	to     int64
	lesson id.Raw // which the tap teaches

	away        int64 // since when the database had been away; 0 if it was not
	capWh       int64
	speculative bool
}

// Allowed reports whether the card may charge.
func (v Verdict) Allowed() bool { return v.Reason == decision.Allowed }

// Card is the card's id, "" if nobody knows it.
func (v Verdict) Card() id.Card { return id.Text[id.Card](v.card) }

// Person is whose card it is, "" if nobody's.
func (v Verdict) Person() id.Person { return id.Text[id.Person](v.person) }

// Expires is when the card ends; zero if it does not.
func (v Verdict) Expires() time.Time {
	if v.to == 0 {
		return time.Time{}
	}
	return time.UnixMilli(v.to).UTC()
}

// Parent is an id that the person's cards share, so that one may stop what
// another has started; "" if the card is nobody's. It fits OCPP 1.6's 20
// characters.
func (v Verdict) Parent() string {
	if v.person == (id.Raw{}) {
		return ""
	}
	text := id.Text[id.Person](v.person)
	return string(text[6:]) // the first characters are the same for years
}

// Decide answers without keeping a record of it. It never blocks for long,
// never fails and allocates nothing.
func (s *Service) Decide(a *Ask) Verdict {
	w := s.world(a.Workspace)
	if w == nil {
		return Verdict{Reason: decision.UnknownCard}
	}
	var buf [64]byte
	key, _ := card.AppendKey(buf[:0], a.number()) // what is no card number may still be an app's token
	w.mu.RLock()
	defer w.mu.RUnlock()
	f, c, who := w.look(hash(key), a.Charger, a.EVSE, a.Now.UnixMilli())
	v := Verdict{card: c.id, person: who, to: c.to}
	since, away := s.away()
	if f.Learning = f.Learning && !away && !a.typed() && card.Learnable(a.Token); f.Learning {
		// Chargers that keep answers do not keep this one.
		v.lesson, v.to = w.chargers[hashOf(a.Charger)].lesson, f.Now
	}
	f.Tried = f.Code && s.wrong.TooOften(a.Charger, f.Now)
	v.Reason = judge.Decide(f)
	if away {
		s.meanwhile(w.world, a, since, &v)
	}
	return v
}

// world returns what is known of a workspace, or nil.
func (s *Service) world(ws id.Workspace) *followed {
	if all := s.worlds.Load(); all != nil {
		return (*all)[ws]
	}
	return nil
}

// Answer decides and keeps a record.
func (s *Service) Answer(a *Ask) Verdict {
	v := s.Decide(a)
	s.note(a, v)
	if v.Reason == decision.CardDoubted || v.Reason == decision.Concurrent {
		s.suspect(a, v)
	}
	s.teach(a, v)
	s.guess(a, v)
	return v
}

// note keeps a record of an answer.
func (s *Service) note(a *Ask, v Verdict) {
	s.record.Add(record.Given{
		Workspace: a.Workspace, Charger: a.Charger, EVSE: a.EVSE, Source: a.Source, At: a.Now.UnixMilli(), Reason: v.Reason, Card: v.card, Person: v.person, TokenType: a.TokenType,
		AwaySince: v.away, Speculative: v.speculative,
	}, a.number(), a.Token)
}

// decisionOf is the record of an answer.
func decisionOf(a *Ask, v Verdict) decision.Decision {
	uid, err := card.Canonical(a.number())
	if err != nil {
		uid = a.Token
	}
	return decision.Decision{
		Workspace: a.Workspace, At: a.Now, Charger: a.Charger, EVSE: a.EVSE, CardUID: uid,
		Card: v.Card(), Person: v.Person(), Allowed: v.Allowed(), Reason: v.Reason, Source: a.Source, TokenType: a.TokenType, AwaySince: v.AwaySince(), Speculative: v.speculative,
	}
}

// Records is where answers wait to be stored.
func (s *Service) Records() *record.Recorder { return &s.record }

// Waiting is how many decisions are not in the database yet.
func (s *Service) Waiting() int { return s.record.Waiting() }

// Explained is an answer for people.
type Explained struct {
	Decision decision.Decision
	Sentence string // for staff
	Expires  time.Time
	Name     string       // of the person; "" without the permission to see it
	Steps    []judge.Step // every check that was made, in order
	Remedy   string       // what staff can do about a refusal; "" if it is allowed
}

// Explain answers a member of staff or a program, and keeps a record. The EVSE
// is named by its EVSE id, or the charger by its OCPP identity, or neither.
func (s *Service) Explain(ctx context.Context, by access.Actor, token, evse, charger string, at time.Time, source string) (x Explained, err error) {
	defer errs.Wrap(&err, "admit.Explain")
	if err := by.Need(access.SessionsRead); err != nil {
		return x, err
	}
	if token == "" {
		return x, errs.AtField("card", "Say which card: its number in any spelling.")
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		a := Ask{Workspace: by.Workspace, Token: token, Now: at, Source: source}
		if at.IsZero() {
			a.Now = tx.Now
		}
		if err := findPlace(tx, &a, evse, charger); err != nil {
			return err
		}
		v := s.Decide(&a)
		if at.IsZero() {
			s.note(&a, v) // what would be at another time is not something that happened
		}
		x = Explained{Decision: decisionOf(&a, v), Sentence: s.sentence(&a, v), Expires: v.Expires(), Steps: s.steps(&a), Remedy: v.Reason.Remedy()}
		if r := v.Reason; r == decision.AccountClosed || r == decision.AccountEnded || r == decision.AccountPlace {
			var err error
			if x.Sentence, err = payer.Sentence(tx, by, v.Person(), r); err != nil {
				return err
			}
			for i := range x.Steps {
				if x.Steps[i].Reason == r {
					x.Steps[i].Text = x.Sentence
				}
			}
		}
		if who := v.Person(); who != "" && by.Perms.Has(access.PersonalData) {
			p, err := person.ByID(tx, by.Workspace, who)
			if err != nil {
				return err
			}
			x.Name = p.Name()
		}
		return nil
	})
	return x, err
}

func findPlace(tx *db.Tx, a *Ask, evse, charger string) error {
	switch {
	case evse != "":
		e, err := site.EVSEByID(tx, a.Workspace, evse)
		if errs.KindOf(err) == errs.NotFound {
			return errs.AtField("evse_id", "There is no EVSE called %s in this workspace.", evse)
		}
		a.Charger, a.EVSE = e.Charger, e.Number
		return err
	case charger != "":
		c, err := site.ChargerByIdentity(tx, a.Workspace, charger)
		if errs.KindOf(err) == errs.NotFound {
			return errs.AtField("charger", "There is no charger with the identity %s in this workspace.", charger)
		}
		a.Charger = c.ID
		return err
	}
	return nil
}

// WhereOpen lists the locations where a person may charge now.
func (s *Service) WhereOpen(ws id.Workspace, who id.Person, now time.Time) []Open {
	w := s.world(ws)
	if w == nil {
		return nil
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.open(id.RawOf(who), now.UnixMilli())
}

// Line says a refusal to the driver in one short line, in the language of the
// workspace, which it returns too; both are "" for a card that may charge.
func (s *Service) Line(ws id.Workspace, v Verdict) (line, language string) {
	w := s.world(ws)
	if w == nil || v.Allowed() {
		return "", ""
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	return v.Reason.Line(w.language), w.language
}

// Paid says whether the account of a person lets anybody charge now: Allowed, or
// why not.
func (s *Service) Paid(ws id.Workspace, who id.Person, now time.Time) decision.Reason {
	w := s.world(ws)
	if w == nil {
		return decision.Allowed
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	i := w.person(id.RawOf(who))
	if i == none {
		return decision.Allowed
	}
	f := judge.Facts{Now: now.UnixMilli(), Known: true, State: card.Active, Owned: true, Status: person.Active}
	w.payers.LookAt(&f, w.people[i].account, id.Raw{})
	return judge.Decide(f)
}

// Size is how much the memory holds, and how old it is.
type Size struct {
	Workspaces, People, Cards int
	Fresh                     time.Time // when it last agreed with the database
}

// Size tells how much the memory holds.
func (s *Service) Size() Size {
	n := Size{Fresh: time.UnixMilli(s.fresh.Load()).UTC()}
	all := s.worlds.Load()
	if all == nil {
		return n
	}
	n.Workspaces = len(*all)
	for _, w := range *all {
		w.mu.RLock()
		n.People, n.Cards = n.People+w.who.Live(), n.Cards+w.byUID.Live()
		w.mu.RUnlock()
	}
	return n
}

// Load reads everything there is. It replaces what was known.
func (s *Service) Load(ctx context.Context) (err error) {
	defer errs.Wrap(&err, "admit.Load")
	return s.load(ctx, s.DB, time.Time{})
}

// LoadFrom does so from a copy of the database that was made at a moment.
func (s *Service) LoadFrom(ctx context.Context, d *db.DB, at time.Time) (err error) {
	defer errs.Wrap(&err, "admit.LoadFrom")
	return s.load(ctx, d, at)
}

func (s *Service) load(ctx context.Context, d *db.DB, at time.Time) error {
	s.following.Lock()
	defer s.following.Unlock()
	return d.View(ctx, func(tx *db.Tx) error {
		heads, err := journal.Heads(tx)
		if err != nil {
			return err
		}
		all, err := workspace.All(tx)
		if err != nil {
			return err
		}
		worlds := make(map[id.Workspace]*followed, len(all))
		for _, v := range all {
			w, err := loadWorld(tx, v.ID)
			if err != nil {
				return err
			}
			worlds[v.ID] = &followed{world: w, journal: journal.Follow(v.ID, heads[v.ID])}
		}
		s.worlds.Store(&worlds)
		if at.IsZero() {
			at = tx.Now
		}
		s.fresh.Store(at.UnixMilli())
		return nil
	})
}

// Age says how long ago fresh was, in whole seconds.
func Age(fresh, now time.Time) string { return now.Sub(fresh).Round(time.Second).String() }
