package browse

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// ActivityFilter says which entries of the journal are wanted; a zero field
// wants all.
type ActivityFilter struct {
	What     string // "person.invited", or its noun alone: "person"
	Actor    string // "person:…", "key:…", "charger:…"
	Subject  string // likewise; entries of bulk work that touched it are found too
	From, To time.Time
	Paging
}

// Activity is one entry of the journal with names.
type Activity struct {
	ID          id.Entry
	Seq         int64 // its place in the chain; 0 while it has none
	At          time.Time
	What        string // "person.invited"
	Actor       string // "person:…"
	ActorName   string // user's or key's name, charger's identity, "Involt" for itself; "" for who is gone
	Subject     string
	SubjectName string         // name, card number, ...; "" for what is gone or has none
	Value       map[string]any // what changed; numbers are json.Number
	About       int64          // how many subjects, for bulk work; else 0
	Erased      bool           // the values were erased with a person's data
}

// ActivityPage is one page of activity.
type ActivityPage struct {
	Page
	Rows []Activity
	Now  time.Time
}

// Activity lists what happened, the newest first.
func (s *Service) Activity(ctx context.Context, by access.Actor, f ActivityFilter) (p ActivityPage, err error) {
	defer errs.Wrap(&err, "browse.Activity")
	if err := by.Need(access.ActivityRead); err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = activity(tx, by, f)
		return err
	})
	return p, err
}

// ActivityOf returns the newest entries about one subject, "person:…".
func ActivityOf(tx *db.Tx, by access.Actor, subject string, limit int) ([]Activity, error) {
	p, err := activity(tx, by, ActivityFilter{Subject: subject, Paging: Paging{Limit: limit}})
	return p.Rows, err
}

func activity(tx *db.Tx, by access.Actor, f ActivityFilter) (p ActivityPage, err error) {
	q := &query{}
	q.and("j.workspace = ?", by.Workspace)
	if what := searched(f.What); strings.Contains(what, ".") {
		q.and("j.what = ?", what)
	} else if what != "" {
		q.and(`j.what LIKE ? ESCAPE '\'`, beginning(what+"."))
	}
	if actor := searched(f.Actor); actor != "" {
		q.and("j.actor = ?", actor)
	}
	if about := searched(f.Subject); about != "" {
		q.and(`j.id IN (SELECT id FROM journal WHERE workspace = ? AND subject = ?
			UNION ALL SELECT entry FROM journal_subject WHERE workspace = ? AND subject = ?)`, by.Workspace, about, by.Workspace, about)
	}
	if !f.From.IsZero() {
		q.and("j.at >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		q.and("j.at < ?", f.To.UnixMilli())
	}
	p.Now = tx.Now
	p.Rows, p.Page, err = pageOf(tx, list{id: "j.id", desc: true, counted: "journal j"}, f.Paging, activityColumns, activityTables, q, scanActivity(by),
		func(a Activity) (string, string) { return "", string(a.ID) })
	if err != nil {
		return p, err
	}
	var things []string
	for _, a := range p.Rows {
		things = append(things, a.Actor, a.Subject)
	}
	name, err := naming(tx, by, things)
	for i := range p.Rows {
		a := &p.Rows[i]
		a.ActorName, a.SubjectName = name[a.Actor], name[a.Subject]
	}
	return p, err
}

const activityColumns = `j.id, COALESCE(j.seq, 0), j.at, j.what, j.actor, j.subject, COALESCE(v.value, ''),
	(SELECT COUNT(*) FROM journal_subject s WHERE s.workspace = j.workspace AND s.entry = j.id)`

const activityTables = `journal j LEFT JOIN journal_value v ON v.workspace = j.workspace AND v.entry = j.id`

func scanActivity(by access.Actor) func(db.Scanner) (Activity, error) {
	return func(row db.Scanner) (a Activity, err error) {
		var at int64
		var text string
		if err = row.Scan(&a.ID, &a.Seq, &at, &a.What, &a.Actor, &a.Subject, &text, &a.About); err != nil {
			return a, err
		}
		a.At, a.Erased = when(at), text == ""
		if !a.Erased {
			a.Value, err = valuesOf(text)
		}
		if !by.Perms.Has(access.PersonalData) {
			for k, v := range a.Value {
				a.Value[k] = maskValue(v)
			}
		}
		return a, err
	}
}

func valuesOf(text string) (map[string]any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	default:
		return map[string]any{"value": v}, nil
	}
}

// naming says what to call actors and subjects, "noun:id".
func naming(tx *db.Tx, by access.Actor, things []string) (map[string]string, error) {
	name := map[string]string{}
	ids := map[string][]string{}
	for _, thing := range things {
		noun, of, _ := strings.Cut(thing, ":")
		if noun == "system" || noun == "job" {
			name[thing] = "Involt"
		} else if of != "" && !slices.Contains(ids[noun], of) {
			ids[noun] = append(ids[noun], of)
		}
	}
	for noun, text := range namesOf {
		if len(ids[noun]) == 0 {
			continue
		}
		for row, err := range db.Each(tx, func(row db.Scanner) (r [5]string, err error) {
			err = row.Scan(&r[0], &r[1], &r[2], &r[3], &r[4])
			return r, err
		}, text+db.In(len(ids[noun])), db.Args(ids[noun], any(by.Workspace))...) {
			if err != nil {
				return nil, err
			}
			thing := noun + ":" + row[0]
			if noun == "person" {
				name[thing] = Name(by, row[1], row[2], row[3], row[4])
			} else {
				name[thing] = row[1]
			}
		}
	}
	return name, nil
}

// namesOf holds, for each noun, the statement that reads the id and the name of
// some; of people all parts of it.
var namesOf = map[string]string{
	"person":    `SELECT id, first_name, last_name, email, external_id FROM person WHERE workspace = ? AND id IN `,
	"key":       `SELECT id, name, '', '', '' FROM api_key WHERE workspace = ? AND id IN `,
	"api-key":   `SELECT id, name, '', '', '' FROM api_key WHERE workspace = ? AND id IN `,
	"charger":   `SELECT id, identity, '', '', '' FROM charger WHERE workspace = ? AND id IN `,
	"card":      `SELECT id, uid, '', '', '' FROM card WHERE workspace = ? AND id IN `,
	"group":     `SELECT id, name, '', '', '' FROM user_group WHERE workspace = ? AND id IN `,
	"location":  `SELECT id, name, '', '', '' FROM location WHERE workspace = ? AND id IN `,
	"workspace": `SELECT id, name, '', '', '' FROM workspace WHERE id = ? AND id IN `,
	"session": `SELECT c.id, h.name, '', '', '' FROM charge c JOIN charger h ON h.workspace = c.workspace AND h.id = c.charger
		WHERE c.workspace = ? AND c.id IN `,
}
