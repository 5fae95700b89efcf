package browse

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// DecisionFilter says which taps are wanted; a zero field wants all.
type DecisionFilter struct {
	Allowed  *bool
	Reason   decision.Reason
	Person   id.Person
	Charger  id.Charger
	CardUID  string    // a card's number in any spelling, or its beginning
	From, To time.Time // at From or later, and before To
	Paging
}

// Decision is one answer that was given at a charger, with names.
type Decision struct {
	decision.Decision
	User         string // "" if the card is nobody's, Deleted if of one who is gone (Person is "" then); masked without personal data
	ChargerName  string // "" where the question named none
	LocationName string
}

// ReasonCount is how often a reason was given.
type ReasonCount struct {
	Reason decision.Reason
	N      int64
}

// DecisionPage is one page of decisions.
type DecisionPage struct {
	Page
	Rows []Decision
	// Bars counts the reasons of the filter's period, or of the last 30 days if
	// the filter has no beginning. They follow the filter but for its Reason
	// and Allowed, so that each of them can be chosen. The most frequent is first.
	Bars []ReasonCount
	Now  time.Time
}

// Decisions lists what chargers were answered, the newest first.
func (s *Service) Decisions(ctx context.Context, by access.Actor, f DecisionFilter) (p DecisionPage, err error) {
	defer errs.Wrap(&err, "browse.Decisions")
	by, in, err := look.Sight(by, access.SessionsRead)
	if err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = decisions(tx, by, in, f)
		return err
	})
	return p, err
}

// month is the period of charts that were not told another.
const month = 30 * 24 * time.Hour

func decisions(tx *db.Tx, by access.Actor, in access.Reach, f DecisionFilter) (p DecisionPage, err error) {
	barsOf := f
	if barsOf.From.IsZero() {
		barsOf.From = tx.Now.Add(-month)
	}
	barsOf.Allowed, barsOf.Reason = nil, ""
	if p.Bars, err = reasons(tx, whereDecision(by.Workspace, in, barsOf)); err != nil {
		return p, err
	}
	p.Now = tx.Now
	p.Rows, p.Page, err = paging.Of(tx, paging.List{Key: "d.at", ID: "d.id", Number: true, Desc: true, Counted: "decision d"}, f.Paging, decisionColumns, decisionTables, whereDecision(by.Workspace, in, f),
		scanDecision(by), func(d Decision) (string, string) { return strconv.FormatInt(d.At.UnixMilli(), 10), string(d.ID) })
	return p, errs.Or(err, veilDecisions(tx, by.Workspace, in, p.Rows))
}

// veilDecisions hides who tapped at a place within a reach and is not within it
// themselves.
func veilDecisions(tx *db.Tx, ws id.Workspace, in access.Reach, rows []Decision) error {
	people := make([]id.Person, len(rows))
	for i := range rows {
		people[i] = rows[i].Person
	}
	out, err := look.Strangers(tx, ws, in, people)
	for i := range rows {
		d := &rows[i]
		known := d.Person != "" && !out[d.Person]
		if in.Whole || known || d.Person == "" && d.User == "" && d.Card == "" {
			continue // theirs, or nobody knows whose
		}
		d.Person, d.User, d.Card, d.CardUID = "", look.Somebody, "", ""
	}
	return err
}

func whereDecision(ws id.Workspace, in access.Reach, f DecisionFilter) *paging.Query {
	q := &paging.Query{}
	q.And("d.workspace = ?", ws)
	look.AndEvents(q, "d.person", "d.charger", ws, in, f.Person != "" || look.Searched(f.CardUID) != "")
	// Spelt out, so that an index of the refused ones serves.
	if f.Allowed != nil && *f.Allowed {
		q.And("d.allowed")
	} else if f.Allowed != nil {
		q.And("NOT d.allowed")
	}
	if f.Reason != "" {
		q.And("d.reason = ?", f.Reason)
	}
	if f.Person != "" {
		q.And("d.person = ?", f.Person)
	}
	if f.Charger != "" {
		q.And("d.charger = ?", f.Charger)
	}
	if text := look.Searched(f.CardUID); text != "" {
		cond, args := look.WhereCard("d.card_uid", text)
		q.And(cond, args...)
	}
	if !f.From.IsZero() {
		q.And("d.at >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		q.And("d.at < ?", f.To.UnixMilli())
	}
	return q
}

// RefusedSince counts refused taps by reason, the most frequent first.
func RefusedSince(tx *db.Tx, ws id.Workspace, since time.Time) ([]ReasonCount, error) {
	refused := false
	return reasons(tx, whereDecision(ws, access.Reach{Whole: true}, DecisionFilter{Allowed: &refused, From: since}))
}

func reasons(tx *db.Tx, q *paging.Query) ([]ReasonCount, error) {
	n, err := paging.Counts[decision.Reason](tx, `SELECT d.reason, COUNT(*) FROM decision d WHERE `+q.Where.String()+` GROUP BY d.reason`, q.Args)
	bars := make([]ReasonCount, 0, len(n))
	for reason, n := range n {
		bars = append(bars, ReasonCount{reason, n})
	}
	slices.SortFunc(bars, func(a, b ReasonCount) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Reason, b.Reason))
	})
	return bars, err
}

func someDecisions(tx *db.Tx, by access.Actor, q *paging.Query, limit int) ([]Decision, error) {
	return db.All(tx, scanDecision(by), `SELECT `+decisionColumns+` FROM `+decisionTables+` WHERE `+q.Where.String()+` ORDER BY d.at DESC, d.id DESC LIMIT ?`,
		append(q.Args, limit)...)
}

const decisionColumns = `d.workspace, d.id, d.at, d.charger, d.evse, d.card_uid, d.card, d.person, d.allowed, d.reason, d.source,
	COALESCE(p.first_name, ''), COALESCE(p.last_name, ''), COALESCE(p.email, ''), COALESCE(p.external_id, ''), COALESCE(h.name, ''), COALESCE(l.name, ''),
	COALESCE(p.deleted_at, 0) <> 0, d.away_since, d.speculative`

// A decision outlives what it was about: nothing here need exist any more.
const decisionTables = `decision d
	LEFT JOIN person p ON p.workspace = d.workspace AND p.id = d.person
	LEFT JOIN charger h ON h.workspace = d.workspace AND h.id = d.charger
	LEFT JOIN location l ON l.workspace = h.workspace AND l.id = h.location`

func scanDecision(by access.Actor) func(db.Scanner) (Decision, error) {
	return func(row db.Scanner) (d Decision, err error) {
		var at, away int64
		var first, last, email, external string
		var deleted bool
		err = row.Scan(&d.Workspace, &d.ID, &at, &d.Charger, &d.EVSE, &d.CardUID, &d.Card, &d.Person, &d.Allowed, &d.Reason, &d.Source,
			&first, &last, &email, &external, &d.ChargerName, &d.LocationName, &deleted, &away, &d.Speculative)
		d.At, d.AwaySince = paging.When(at), paging.When(away)
		if deleted {
			d.Person, d.User = "", look.Deleted
		} else if d.Person != "" {
			d.User = look.Name(by, first, last, email, external)
		}
		return d, err
	}
}
