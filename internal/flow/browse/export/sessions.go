package export

import (
	"context"
	"strings"
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

// Session is one charging session with what its row of a file says.
type Session struct {
	ID                                       id.Charge
	Started, Ended                           int64 // milliseconds; Ended is 0 while it runs
	Location, Charger, EVSE                  string
	Connector                                int64
	Person                                   id.Person
	First, Last, Email, External, CostCenter string
	Info1, Info2, Account                    string
	Deleted                                  bool
	Card, Printed                            string
	Known                                    bool // the card is one of the workspace's
	Stranger                                 bool // the person is not the reader's to know
	Wh                                       int64
	Status                                   charge.Status
	StopReason                               string
}

const sessionFields = `c.id, c.started_at, COALESCE(c.ended_at, 0), l.name, h.identity, COALESCE(e.evse_id, ''), c.connector, COALESCE(c.person, ''),
	COALESCE(p.first_name, ''), COALESCE(p.last_name, ''), COALESCE(p.email, ''), COALESCE(p.external_id, ''), COALESCE(p.cost_center, ''), COALESCE(p.info_1, ''),
	COALESCE(p.info_2, ''), COALESCE(a.name, ''), COALESCE(p.deleted_at, 0) <> 0, c.card_uid, COALESCE(k.printed, ''), k.id IS NOT NULL, c.wh, c.status, c.stop_reason`

const sessionTables = ` JOIN charger h ON h.workspace = c.workspace AND h.id = c.charger
	JOIN location l ON l.workspace = h.workspace AND l.id = h.location
	LEFT JOIN evse e ON e.workspace = c.workspace AND e.charger = c.charger AND e.number = c.evse
	LEFT JOIN person p ON p.workspace = c.workspace AND p.id = c.person
	LEFT JOIN account a ON a.workspace = p.workspace AND a.id = p.account
	LEFT JOIN card k ON k.workspace = c.workspace AND k.id = c.card`

// ScanSession scans a row of SessionQuery.
func ScanSession(row db.Scanner) (s Session, err error) {
	err = row.Scan(&s.ID, &s.Started, &s.Ended, &s.Location, &s.Charger, &s.EVSE, &s.Connector, &s.Person, &s.First, &s.Last, &s.Email, &s.External, &s.CostCenter,
		&s.Info1, &s.Info2, &s.Account, &s.Deleted, &s.Card, &s.Printed, &s.Known, &s.Wh, &s.Status, &s.StopReason)
	return s, err
}

// SessionQuery is the statement that reads sessions, the newest start first, of
// conditions on charge c; limit ends it, or is empty.
func SessionQuery(where, limit string) string {
	if limit == "" {
		return `SELECT ` + sessionFields + ` FROM charge c` + sessionTables + ` WHERE ` + where + ` ORDER BY c.started_at DESC, c.id DESC`
	}
	// The part is cut out before names are joined to it.
	return `SELECT ` + sessionFields + ` FROM (SELECT c.* FROM charge c WHERE ` + where + ` ORDER BY c.started_at DESC, c.id DESC ` + limit + `) c` + sessionTables +
		` ORDER BY c.started_at DESC, c.id DESC`
}

func openSessions(s *Service, _ context.Context, v *view, ask *Request) (source, error) {
	var last Session
	own := belongings{ws: v.by.Workspace, groups: v.may(access.PeopleRead), plates: v.may(access.PersonalData)}
	return func(ctx context.Context, to *table.Sheet) (bool, error) {
		var rows []Session
		var now time.Time
		err := s.DB.View(ctx, func(tx *db.Tx) error {
			now = tx.Now
			q, err := browse.WhereSessions(tx, v.see, v.in, &ask.Sessions)
			if err != nil {
				return err
			}
			if last.ID != "" {
				q.And("(c.started_at, c.id) < (?, ?)", last.Started, last.ID)
			}
			if rows, err = db.All(tx, ScanSession, SessionQuery(q.Where.String(), "LIMIT ?"), append(q.Args, part)...); err == nil {
				err = veil(tx, v, rows)
			}
			if err != nil {
				return err
			}
			return own.read(tx, rows)
		})
		if err != nil {
			return false, err
		}
		for i := range rows {
			writeSession(to, v, &rows[i], &own, now)
		}
		if len(rows) < part {
			return false, nil
		}
		last = rows[len(rows)-1]
		return true, nil
	}, nil
}

// veil hides who charged at a place within the reach and is not within it
// themselves, as the pages do.
func veil(tx *db.Tx, v *view, rows []Session) error {
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
		known := s.Person != "" && !s.Deleted && !out[s.Person]
		if known || s.Person == "" && !s.Known {
			continue // theirs, or nobody knows whose
		}
		s.Person, s.Stranger, s.Card, s.Printed = "", true, "", ""
		s.External, s.CostCenter, s.Info1, s.Info2, s.Account = "", "", "", "", ""
	}
	return err
}

func writeSession(to *table.Sheet, v *view, s *Session, own *belongings, now time.Time) {
	began, ended := time.UnixMilli(s.Started), paging.When(s.Ended)
	end := ended
	if end.IsZero() {
		end = now
	}
	name, email, of := "", "", owned{}
	switch {
	case s.Stranger:
		name = look.Somebody
	case s.Deleted:
		name, s.External, s.CostCenter, s.Info1, s.Info2, s.Account = look.Deleted, "", "", "", "", ""
	case s.Person != "":
		name, email, of = look.Name(v.see, s.First, s.Last, s.Email, s.External), look.Email(v.see, s.Email), own.of[s.Person]
	}
	if !v.may(access.PersonalData) {
		s.Info1, s.Info2 = "", "" // free text: may hold anything
	}
	to.Text(string(s.ID))
	to.Time(began)
	to.Time(ended)
	to.Int(int64(max(0, end.Sub(began)) / time.Second))
	to.Text(s.Location)
	to.Text(s.Charger)
	to.Text(s.EVSE)
	to.Int(s.Connector)
	to.Text(name)
	to.Text(email)
	to.Text(s.External)
	if v.may(access.AccountsRead) {
		to.Text(s.Account)
	} else {
		to.Blank()
	}
	to.Text(s.CostCenter)
	to.Text(s.Info1)
	to.Text(s.Info2)
	to.Text(of.plate(s.Card))
	to.Text(of.groups)
	to.Text(s.Card)
	if v.may(access.CardsRead) {
		to.Text(s.Printed)
	} else {
		to.Blank()
	}
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

// owned is what of a person stands in other tables.
type owned struct {
	groups string // names, in the groups' order, joined by "; "
	cars   []car  // with a plate, the oldest first
}

type car struct{ id, plate, mac string }

// plate is of the vehicle that a session is of: the one by whose MAC address it
// began, else the person's oldest one.
func (o *owned) plate(uid string) string {
	if mac, ok := strings.CutPrefix(uid, "VID:"); ok {
		for _, c := range o.cars {
			if c.mac == mac {
				return c.plate
			}
		}
	}
	if len(o.cars) == 0 {
		return ""
	}
	return o.cars[0].plate
}
