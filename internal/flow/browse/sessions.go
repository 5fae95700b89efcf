package browse

import (
	"context"
	"slices"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// SessionFilter says which charging sessions are wanted; a zero field wants all.
type SessionFilter struct {
	Status   charge.Status
	Person   id.Person
	Charger  id.Charger
	Location id.Location
	Q        string    // user's name, e-mail or external id, or a card in any spelling
	From, To time.Time // started at From or later, and before To
	Paging
}

// Session is one charging session as lists show it.
type Session struct {
	ID           id.Charge
	Person       id.Person // "" if unknown or deleted: there is no page to open
	User         string    // "" if no user is known, Deleted for one who is gone; masked without personal data, as Email
	Email        string
	ExternalID   string
	CostCenter   string
	Info1, Info2 string
	Card         id.Card
	CardUID      string // canonical; "" if started without a card
	Charger      id.Charger
	ChargerName  string
	Identity     string // the charger's OCPP identity
	EVSE         int64
	Connector    int64
	Location     id.Location
	LocationName string
	Protocol     string
	TxID         string
	Reason       decision.Reason // of the decision at the start
	Status       charge.Status
	StopReason   string
	Offline      bool // reported after the fact
	Conflict     string
	Started      time.Time
	Ended        time.Time // zero while running
	Seen         time.Time
	Duration     time.Duration // so far, or in all
	Wh           int64         // so far, or in all
	PowerW       int64
	MeterStart   int64 // watt-hours; [charge.Unknown] until it was said
	MeterNow     int64
	AwaySince    time.Time // zero, or since when the database had been away when the start was answered from memory
	Speculative  bool      // only for that the card could charge
}

// Refused reports whether the session began although the card may not charge.
func (s *Session) Refused() bool { return s.Reason != decision.Allowed && s.Reason != "" }

// SessionPage is one page of sessions.
type SessionPage struct {
	Page
	Rows []Session
	Now  time.Time
}

// SessionDetail is one session with its meter values.
type SessionDetail struct {
	Session
	Samples []charge.Sample
	Now     time.Time
}

// Sessions lists charging sessions, the newest start first.
func (s *Service) Sessions(ctx context.Context, by access.Actor, f SessionFilter) (p SessionPage, err error) {
	defer errs.Wrap(&err, "browse.Sessions")
	by, in, err := look.Sight(by, access.SessionsRead)
	if err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = sessions(tx, by, in, f)
		return err
	})
	return p, err
}

// MySessions lists the sessions of the person who asks, the newest first.
// Nobody needs a permission to see their own.
func (s *Service) MySessions(ctx context.Context, by access.Actor, at Paging) (p SessionPage, err error) {
	defer errs.Wrap(&err, "browse.MySessions")
	if by.Workspace == "" || by.Person == "" {
		return p, errs.New(errs.Denied, "Only a user has sessions of their own.")
	}
	by.Perms |= access.PersonalData // one's own name
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = sessions(tx, by, access.Reach{Whole: true}, SessionFilter{Person: by.Person, Paging: at})
		return err
	})
	return p, err
}

// Session returns one session with its meter values.
func (s *Service) Session(ctx context.Context, by access.Actor, which id.Charge) (d SessionDetail, err error) {
	defer errs.Wrap(&err, "browse.Session")
	by, in, err := look.Sight(by, access.SessionsRead)
	if err != nil {
		return d, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		q := &paging.Query{}
		q.And("c.workspace = ? AND c.id = ?", by.Workspace, which)
		look.AndEvents(q, "c.person", "c.charger", by.Workspace, in, false)
		all, err := someSessions(tx, by, q, 1)
		if err == nil {
			err = veilSessions(tx, by.Workspace, in, all)
		}
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return errs.New(errs.NotFound, "There is no such charging session.")
		}
		d.Session, d.Now = all[0], tx.Now
		d.Samples, err = charge.Samples(tx, by.Workspace, which)
		return err
	})
	return d, err
}

// liveAtMost bounds the live page; who has more looks at the list.
const liveAtMost = 1000

// Live returns the sessions that run, the newest first, and the time at which
// that was so. The topic "charge" rings when they change.
func (s *Service) Live(ctx context.Context, by access.Actor) (rows []Session, now time.Time, err error) {
	defer errs.Wrap(&err, "browse.Live")
	by, in, err := look.Sight(by, access.SessionsRead)
	if err != nil {
		return nil, now, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		now = tx.Now
		if in.Whole {
			rows, err = Running(tx, by, liveAtMost)
			return err
		}
		q := &paging.Query{}
		q.And("c.workspace = ? AND c.status = 'running'", by.Workspace)
		look.AndEvents(q, "c.person", "c.charger", by.Workspace, in, false)
		if rows, err = someSessions(tx, by, q, liveAtMost); err != nil {
			return err
		}
		return veilSessions(tx, by.Workspace, in, rows)
	})
	return rows, now, err
}

// SessionsOf returns the newest sessions of a user.
func SessionsOf(tx *db.Tx, by access.Actor, who id.Person, limit int) ([]Session, error) {
	q := &paging.Query{}
	q.And("c.workspace = ? AND c.person = ?", by.Workspace, who)
	return someSessions(tx, by, q, limit)
}

// Running returns sessions that go on now, the newest first.
func Running(tx *db.Tx, by access.Actor, limit int) ([]Session, error) {
	q := &paging.Query{}
	q.And("c.workspace = ? AND c.status = 'running'", by.Workspace)
	return someSessions(tx, by, q, limit)
}

// runningAt returns the sessions at one charger. The database does not sort
// them: it would walk the charger's whole past to find them in order.
func runningAt(tx *db.Tx, by access.Actor, where id.Charger) ([]Session, error) {
	all, err := db.All(tx, scanSession(by, tx.Now), `SELECT `+sessionColumns+` FROM `+sessionTables+` WHERE c.workspace = ? AND c.charger = ? AND c.status = 'running'`,
		by.Workspace, where)
	slices.SortFunc(all, func(a, b Session) int { return b.Started.Compare(a.Started) })
	return all, err
}

// veilSessions hides who charged at a place within a reach and is not within it
// themselves.
func veilSessions(tx *db.Tx, ws id.Workspace, in access.Reach, rows []Session) error {
	people := make([]id.Person, len(rows))
	for i := range rows {
		people[i] = rows[i].Person
	}
	out, err := look.Strangers(tx, ws, in, people)
	for i := range rows {
		s := &rows[i]
		known := s.Person != "" && !out[s.Person]
		if in.Whole || known || s.Person == "" && s.User == "" && s.Card == "" {
			continue // theirs, or nobody knows whose
		}
		s.Person, s.User, s.Email, s.ExternalID, s.CostCenter, s.Info1, s.Info2 = "", look.Somebody, "", "", "", "", ""
		s.Card, s.CardUID, s.TxID = "", "", ""
	}
	return err
}

// WhereSessions returns the conditions of a filter on charge c, within a reach.
func WhereSessions(tx *db.Tx, by access.Actor, in access.Reach, f *SessionFilter) (*paging.Query, error) {
	q := &paging.Query{}
	q.And("c.workspace = ?", by.Workspace)
	look.AndEvents(q, "c.person", "c.charger", by.Workspace, in, f.Person != "" || look.Searched(f.Q) != "")
	if f.Status != "" {
		if f.Status != charge.Running && f.Status != charge.Ended {
			return nil, errs.AtField("status", "Sessions are running or ended; %q is neither.", f.Status)
		}
		// Spelt out, so that the index of the running ones serves.
		q.And("c.status = '" + string(f.Status) + "'")
	}
	if f.Person != "" {
		q.And("c.person = ?", f.Person)
	}
	if f.Charger != "" {
		q.And("c.charger = ?", f.Charger)
	}
	if f.Location != "" {
		q.And("c.charger IN (SELECT id FROM charger WHERE workspace = ? AND location = ?)", by.Workspace, f.Location)
	}
	if !f.From.IsZero() {
		q.And("c.started_at >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		q.And("c.started_at < ?", f.To.UnixMilli())
	}
	if text := look.Searched(f.Q); text != "" {
		people, who, err := look.Found(tx, by, "c.person", text)
		if err != nil {
			return nil, err
		}
		cards, uids := look.WhereCard("c.card_uid", text)
		q.And(look.Either(people, cards), append(who, uids...)...)
	}
	return q, nil
}

func sessions(tx *db.Tx, by access.Actor, in access.Reach, f SessionFilter) (p SessionPage, err error) {
	q, err := WhereSessions(tx, by, in, &f)
	if err != nil {
		return p, err
	}
	p.Now = tx.Now
	p.Rows, p.Page, err = paging.Of(tx, paging.List{Key: "c.started_at", ID: "c.id", Number: true, Desc: true, Counted: "charge c"}, f.Paging, sessionColumns, sessionTables, q,
		scanSession(by, tx.Now), func(s Session) (string, string) {
			return strconv.FormatInt(s.Started.UnixMilli(), 10), string(s.ID)
		})
	return p, errs.Or(err, veilSessions(tx, by.Workspace, in, p.Rows))
}

func someSessions(tx *db.Tx, by access.Actor, q *paging.Query, limit int) ([]Session, error) {
	return db.All(tx, scanSession(by, tx.Now), `SELECT `+sessionColumns+` FROM `+sessionTables+` WHERE `+q.Where.String()+` ORDER BY c.started_at DESC, c.id DESC LIMIT ?`,
		append(q.Args, limit)...)
}

const sessionColumns = `c.id, COALESCE(c.person, ''), COALESCE(p.first_name, ''), COALESCE(p.last_name, ''), COALESCE(p.email, ''), COALESCE(p.external_id, ''),
	COALESCE(p.cost_center, ''), COALESCE(p.info_1, ''), COALESCE(p.info_2, ''), COALESCE(c.card, ''), c.card_uid, c.charger, h.name, h.identity, c.evse, c.connector,
	h.location, l.name, c.protocol, c.tx_id, c.reason, c.status, c.stop_reason, c.offline, c.conflict, c.started_at, COALESCE(c.ended_at, 0), c.seen_at,
	c.wh, c.power_w, c.meter_start, c.meter_now, COALESCE(p.deleted_at, 0) <> 0, c.away_since, c.speculative`

const sessionTables = `charge c
	JOIN charger h ON h.workspace = c.workspace AND h.id = c.charger
	JOIN location l ON l.workspace = h.workspace AND l.id = h.location
	LEFT JOIN person p ON p.workspace = c.workspace AND p.id = c.person`

func scanSession(by access.Actor, now time.Time) func(db.Scanner) (Session, error) {
	return func(row db.Scanner) (s Session, err error) {
		var first, last, email string
		var started, ended, seen, away int64
		var deleted bool
		err = row.Scan(&s.ID, &s.Person, &first, &last, &email, &s.ExternalID, &s.CostCenter, &s.Info1, &s.Info2, &s.Card, &s.CardUID,
			&s.Charger, &s.ChargerName, &s.Identity, &s.EVSE, &s.Connector, &s.Location, &s.LocationName, &s.Protocol, &s.TxID, &s.Reason,
			&s.Status, &s.StopReason, &s.Offline, &s.Conflict, &started, &ended, &seen, &s.Wh, &s.PowerW, &s.MeterStart, &s.MeterNow, &deleted, &away, &s.Speculative)
		s.Started, s.Ended, s.Seen, s.AwaySince = paging.When(started), paging.When(ended), paging.When(seen), paging.When(away)
		end := s.Ended
		if end.IsZero() {
			end = now
		}
		s.Duration = max(0, end.Sub(s.Started))
		if deleted {
			s.Person, s.User, s.ExternalID, s.Info1, s.Info2 = "", look.Deleted, "", "", ""
		} else if s.Person != "" {
			s.User, s.Email = look.Name(by, first, last, email, s.ExternalID), look.Email(by, email)
		}
		if !by.Perms.Has(access.PersonalData) {
			s.Info1, s.Info2 = "", "" // free text: may hold anything
		}
		return s, err
	}
}
