package export

import (
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/table"
)

// sessionColumns are a promise to those who read the files: there may come more
// behind them.
var sessionColumns = []string{
	"session_id", "started_at", "ended_at", "duration_s", "location", "charger", "evse_id", "connector", "user_name", "user_email", "external_id", "account",
	"cost_center", "info_1", "info_2", "license_plate", "user_groups", "card_uid", "card_printed", "kwh", "tariff", "price", "currency", "reimbursement_rate",
	"reimbursement_amount", "status", "stop_reason",
}

// session is one charging session, with what its row of a file says.
type session struct {
	ID             id.Charge
	Started, Ended int64 // milliseconds; Ended is 0 while it runs
	Charger        id.Charger
	EVSE           int64
	Connector      int64
	Person         id.Person
	CardID         id.Card // "" if it is none of the workspace's
	Card           string
	Wh             int64
	Status         charge.Status
	StopReason     string

	// What is known of those, by their ids.
	place
	holder
	Printed  string
	Stranger bool // the person is not the reader's to know
}

func scanSession(row db.Scanner) (s session, err error) {
	err = row.Scan(&s.ID, &s.Started, &s.Ended, &s.Charger, &s.EVSE, &s.Connector, &s.Person, &s.CardID, &s.Card, &s.Wh, &s.Status, &s.StopReason)
	return s, err
}

func openSessions(s *Service, _ context.Context, v *view, ask *Request) (source, error) {
	r := &sessionReader{s: s, v: v, ask: ask, size: part, own: known{
		ws: v.by.Workspace, by: v.see, groups: v.may(access.PeopleRead), plates: v.may(access.PersonalData), accounts: v.may(access.AccountsRead), printed: v.may(access.CardsRead),
	}}
	var ahead chan sessionPart
	return func(ctx context.Context, to *table.Sheet) (bool, error) {
		var p sessionPart
		if ahead == nil {
			p = r.next(ctx)
		} else {
			p = <-ahead
		}
		if p.err != nil {
			return false, p.err
		}
		if p.more { // read while this one is written
			ahead = make(chan sessionPart, 1)
			go func() { ahead <- r.next(ctx) }()
		}
		for i := range p.rows {
			writeSession(to, v, &p.rows[i], p.now)
			if i%part == part-1 {
				if err := to.Flush(); err != nil {
					return false, err
				}
			}
		}
		return p.more, nil
	}, nil
}

// sessionPart is a part of the sessions as it was read.
type sessionPart struct {
	rows []session
	now  time.Time
	more bool
	err  error
}

// sessionReader reads sessions part by part.
type sessionReader struct {
	s    *Service
	v    *view
	ask  *Request
	own  known
	size int
	last session      // of the part before
	rows [2][]session // one is written while the other is read
}

// next reads the next part. What it returns holds until the call after the next.
func (r *sessionReader) next(ctx context.Context) (p sessionPart) {
	r.rows[0], r.rows[1] = r.rows[1], r.rows[0]
	p.rows = slices.Grow(r.rows[0][:0], r.size)
	p.err = r.s.DB.View(ctx, func(tx *db.Tx) error {
		p.now, p.rows = tx.Now, p.rows[:0]
		q, err := browse.WhereSessions(tx, r.v.see, r.v.in, &r.ask.Sessions)
		if err != nil {
			return err
		}
		if r.last.ID != "" {
			q.And("(c.started_at, c.id) < (?, ?)", r.last.Started, r.last.ID)
		}
		for one, err := range db.Each(tx, scanSession, `SELECT c.id, c.started_at, COALESCE(c.ended_at, 0), c.charger, c.evse, c.connector, COALESCE(c.person, ''), COALESCE(c.card, ''), c.card_uid, c.wh, c.status, c.stop_reason
			FROM charge c WHERE `+q.Where.String()+` ORDER BY c.started_at DESC, c.id DESC LIMIT ?`, append(q.Args, r.size)...) {
			if err != nil {
				return err
			}
			p.rows = append(p.rows, one)
		}
		if len(p.rows) == 0 {
			return nil
		}
		if err := r.own.read(tx, p.rows); err != nil {
			return err
		}
		return veil(tx, r.v, p.rows)
	})
	r.rows[0] = p.rows
	if n := len(p.rows); n > 0 {
		r.last, p.more = p.rows[n-1], n == r.size
	}
	r.size = largePart
	return p
}

// veil hides who charged at a place within the reach and is not within it
// themselves, as the pages do.
func veil(tx *db.Tx, v *view, rows []session) error {
	if v.in.Whole {
		return nil
	}
	people := make([]id.Person, len(rows))
	for i := range rows {
		people[i] = rows[i].Person
	}
	out, err := look.Strangers(tx, v.by.Workspace, v.in, people)
	for i := range rows {
		s := &rows[i]
		theirs := s.Person != "" && !s.Deleted && !out[s.Person]
		if theirs || s.Person == "" && s.CardID == "" {
			continue // theirs, or nobody knows whose
		}
		s.Person, s.Stranger, s.Card, s.Printed, s.holder = "", true, "", "", holder{}
	}
	return err
}

func writeSession(to *table.Sheet, v *view, s *session, now time.Time) {
	began, ended := time.UnixMilli(s.Started), paging.When(s.Ended)
	end := ended
	if end.IsZero() {
		end = now
	}
	name, email := "", ""
	switch {
	case s.Stranger:
		name = look.Somebody
	case s.Deleted:
		name, s.holder = look.Deleted, holder{}
	case s.Person != "":
		name, email = look.Name(v.see, s.First, s.Last, s.Email, s.External), look.Email(v.see, s.Email)
	}
	if !v.may(access.PersonalData) {
		s.Info1, s.Info2 = "", "" // free text: may hold anything
	}
	to.Text(string(s.ID))
	to.Time(began)
	to.Time(ended)
	to.Int(int64(max(0, end.Sub(began)) / time.Second))
	to.Text(s.Location)
	to.Text(s.Identity)
	to.Text(s.evse(s.EVSE))
	to.Int(s.Connector)
	to.Text(name)
	to.Text(email)
	to.Text(s.External)
	to.Text(s.Account)
	to.Text(s.CostCenter)
	to.Text(s.Info1)
	to.Text(s.Info2)
	to.Text(s.plate(s.Card))
	to.Text(s.Groups)
	to.Text(s.Card)
	to.Text(s.Printed)
	to.Decimal(s.Wh, 3)
	to.Blank() // tariff, price, currency, and what is paid back: their nouns are yet to come
	to.Blank()
	to.Blank()
	to.Blank()
	to.Blank()
	to.Text(string(s.Status))
	to.Text(s.StopReason)
	to.End()
}
