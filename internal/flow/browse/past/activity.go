// Package past is what happened in a workspace, as people read the journal: with
// names, and as far as the reader sees.
package past

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Service reads the journal.
type Service struct{ DB *db.DB }

// Paging says which part of a list is wanted, and Page which was given.
type (
	Paging = paging.Wanted
	Page   = paging.Page
)

// Choice is one thing to choose.
type Choice struct{ ID, Name string }

// ActivityFilter says which entries of the journal are wanted; a zero field
// wants all.
type ActivityFilter struct {
	What     string // "person.invited", or its noun alone: "person"
	Actor    string // "person:…", "key:…", "charger:…", or "system" for all that Involt did by itself
	Subject  string // likewise; entries of bulk work that touched it are found too
	Q        string // whom or what it happened to: a user, card, group, location or charger, as their lists find them
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
	SubjectName string         // name, card number, ...; "" for what is gone or has none, Deleted for a user who is gone
	Value       map[string]any // what changed; numbers are json.Number
	About       int64          // how many subjects, for bulk work; else 0
	Erased      bool           // the values were erased with a person's data, or are about to be
	Gone        bool           // the subject is a user who was deleted: there is no page to open
}

// ActivityPage is one page of activity.
type ActivityPage struct {
	Page
	Rows  []Activity
	Chain Chain
	Now   time.Time
}

// Chain is the end of the journal's chain: whoever has noted it can tell later
// whether anything before it was changed.
type Chain struct {
	Seq  int64  // of its last entry; 0 while there is none
	Hash string // the beginning of its last link
}

// Activity lists what happened, the newest first.
func (s *Service) Activity(ctx context.Context, by access.Actor, f ActivityFilter) (p ActivityPage, err error) {
	defer errs.Wrap(&err, "browse.Activity")
	by, in, err := look.Sight(by, access.ActivityRead)
	if err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if p, err = activity(tx, by, in, true, f); !in.Whole {
			p.Chain = Chain{} // it counts what others did
		}
		return err
	})
	return p, err
}

// Actors are those a filter offers: who has a staff role, and the API keys, by
// name.
func (s *Service) Actors(ctx context.Context, by access.Actor) (list []Choice, err error) {
	defer errs.Wrap(&err, "browse.Actors")
	by, in, err := look.Sight(by, access.ActivityRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = ActorsOf(tx, by, in)
		return err
	})
	return list, err
}

// mostActors is how many people, and how many keys, a filter offers.
const mostActors = 100

// ActorsOf returns those a filter of actors offers.
func ActorsOf(tx *db.Tx, by access.Actor, in access.Reach) ([]Choice, error) {
	things, err := db.All(tx, db.Text[string], `SELECT thing FROM (
			SELECT DISTINCT 'person:' || person AS thing FROM person_role WHERE workspace = ? LIMIT ?) people
		UNION ALL SELECT thing FROM (SELECT 'key:' || id AS thing FROM api_key WHERE workspace = ? ORDER BY created_at DESC LIMIT ?) keys`,
		by.Workspace, mostActors, by.Workspace, mostActors)
	if err != nil {
		return nil, err
	}
	name, err := Naming(tx, by, in, things)
	list := make([]Choice, 0, len(things))
	for _, t := range things {
		if name[t] != "" && name[t] != look.Deleted && name[t] != look.Somebody {
			list = append(list, Choice{ID: t, Name: name[t]})
		}
	}
	slices.SortFunc(list, func(a, b Choice) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
	return list, err
}

// Of returns the newest entries about one subject, "person:…", which is
// within the reader's reach.
func Of(tx *db.Tx, by access.Actor, in access.Reach, subject string, limit int) ([]Activity, error) {
	p, err := activity(tx, by, in, false, ActivityFilter{Subject: subject, Paging: Paging{Limit: limit}})
	return p.Rows, err
}

// activity reads entries of the journal; narrow leaves out what happened outside
// of a reach.
func activity(tx *db.Tx, by access.Actor, in access.Reach, narrow bool, f ActivityFilter) (p ActivityPage, err error) {
	q := &paging.Query{}
	q.And("j.workspace = ?", by.Workspace)
	if narrow {
		happenedWithin(q, by.Workspace, in)
	}
	if actor := look.Searched(f.Actor); strings.Contains(actor, ":") {
		q.And("j.actor = ?", actor)
	} else if actor != "" {
		q.And("j.actor >= ? AND j.actor < ?", actor+":", actor+";") // the character behind the colon
	}
	if about := look.Searched(f.Subject); about != "" {
		q.And(happenedTo(1), by.Workspace, about, by.Workspace, about)
	}
	if text := look.Searched(f.Q); text != "" {
		if err := happenedToFound(tx, by, q, text); err != nil {
			return p, err
		}
	}
	if !f.From.IsZero() {
		q.And("j.at >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		q.And("j.at < ?", f.To.UnixMilli())
	}
	if err := ofKind(tx, q, look.Searched(f.What)); err != nil {
		return p, err
	}
	p.Now = tx.Now
	err = tx.Row(`SELECT seq, SUBSTR(chain, 1, 16) FROM journal_head WHERE workspace = ?`, []any{by.Workspace}, &p.Chain.Seq, &p.Chain.Hash)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return p, err
	}
	p.Rows, p.Page, err = paging.Of(tx, paging.List{ID: "j.id", Desc: true, Counted: "journal j"}, f.Paging, activityColumns, activityTables, q, scanActivity(by),
		func(a Activity) (string, string) { return "", string(a.ID) })
	if err != nil {
		return p, err
	}
	var things []string
	for _, a := range p.Rows {
		things = append(things, a.Actor, a.Subject)
	}
	name, err := Naming(tx, by, in, things)
	for i := range p.Rows {
		a := &p.Rows[i]
		if !in.Whole {
			a.Seq = 0
			if a.About > 1 { // of work on many, what and how many they were is not theirs to know
				a.About, a.Value = 1, nil
			}
		}
		a.ActorName, a.SubjectName = name[a.Actor], name[a.Subject]
		if a.Gone = a.SubjectName == look.Deleted && strings.HasPrefix(a.Subject, "person:"); a.Gone && a.Value != nil {
			a.Value, a.Erased = nil, true
		}
	}
	return p, err
}

// ofKind narrows q to the entries of a name, or of a noun. A kind of which there
// are few is looked up by its index; one of which there are many is met with
// soon enough when the journal is read from its end, and sorting its index
// would not be.
func ofKind(tx *db.Tx, q *paging.Query, what string) error {
	var cond string
	var args []any
	switch {
	case what == "":
		return nil
	case strings.Contains(what, "."):
		cond, args = "j.what = ?", []any{what}
	default:
		cond, args = "j.what >= ? AND j.what < ?", []any{what + ".", what + "/"} // the character behind the dot
	}
	some := &paging.Query{Args: slices.Clone(q.Args)}
	some.Where.WriteString(q.Where.String())
	some.And(cond, args...)
	_, many, err := paging.Count(tx, "journal j", some)
	if many {
		cond = strings.ReplaceAll(cond, "j.what", "(j.what || '')")
	}
	q.And(cond, args...)
	return err
}

// happenedWithin narrows q to what happened to the people within a reach, their
// cards and sessions, and to its groups and locations with their chargers.
func happenedWithin(q *paging.Query, ws id.Workspace, in access.Reach) {
	if in.Whole {
		return
	}
	only, args := person.Reached(in)
	who := `SELECT person.id FROM person WHERE person.workspace = ? AND person.deleted_at = 0` + only
	args = append([]any{ws}, args...)
	var all []any
	conds := `j.subject IN (SELECT 'person:' || w.id FROM person w WHERE w.workspace = ? AND w.id IN (` + who + `))`
	all = append(append(all, ws), args...)
	conds += ` OR j.subject IN (SELECT 'card:' || k.id FROM card k WHERE k.workspace = ? AND k.person IN (` + who + `))`
	all = append(append(all, ws), args...)
	conds += ` OR j.subject IN (SELECT 'session:' || c.id FROM charge c WHERE c.workspace = ? AND c.person IN (` + who + `))`
	all = append(append(all, ws), args...)
	var things []string
	for _, g := range in.Groups {
		things = append(things, "group:"+string(g))
	}
	for _, l := range in.Locations {
		things = append(things, "location:"+string(l))
	}
	if n := len(things); n > 0 {
		conds += ` OR j.subject IN ` + db.In(n)
		all = append(all, db.Args(things)...)
	}
	if n := len(in.Locations); n > 0 {
		conds += ` OR j.subject IN (SELECT 'charger:' || h.id FROM charger h WHERE h.workspace = ? AND h.location IN ` + db.In(n) + `)`
		all = append(append(all, ws), db.Args(in.Locations)...)
	}
	q.And(conds, all...)
}

// happenedTo is a condition for entries about any of n subjects. It takes the
// workspace and the subjects, twice.
func happenedTo(n int) string {
	return `j.id IN (SELECT id FROM journal WHERE workspace = ? AND subject IN ` + db.In(n) + `
		UNION ALL SELECT entry FROM journal_subject WHERE workspace = ? AND subject IN ` + db.In(n) + `)`
}

// mostFound is how many things of a kind a search of the journal follows.
const mostFound = 50

// happenedToFound narrows q to what happened to the things that text finds.
func happenedToFound(tx *db.Tx, by access.Actor, q *paging.Query, text string) error {
	like := look.Containing(strings.ToLower(text))
	person, who, err := look.Found(tx, by, "p.id", text)
	if err != nil {
		return err
	}
	uid, uids := look.WhereCard("k.uid", text)
	var things []string
	for _, one := range []struct {
		text string
		args []any
	}{
		{`SELECT 'person:' || p.id FROM person p WHERE p.workspace = ? AND (` + person + `) LIMIT ?`, who},
		{`SELECT 'card:' || k.id FROM card k WHERE k.workspace = ? AND (` + uid + `) LIMIT ?`, uids},
		{`SELECT 'group:' || id FROM user_group WHERE workspace = ? AND name_key LIKE ? ESCAPE '\' LIMIT ?`, []any{like}},
		{`SELECT 'location:' || id FROM location WHERE workspace = ? AND name_key LIKE ? ESCAPE '\' LIMIT ?`, []any{like}},
		{`SELECT 'charger:' || id FROM charger WHERE workspace = ? AND (LOWER(identity) LIKE ? ESCAPE '\' OR LOWER(name) LIKE ? ESCAPE '\') LIMIT ?`, []any{like, like}},
	} {
		some, err := db.All(tx, db.Text[string], one.text, append(append([]any{by.Workspace}, one.args...), mostFound)...)
		if err != nil {
			return err
		}
		things = append(things, some...)
	}
	if len(things) == 0 {
		q.And(look.None)
		return nil
	}
	args := db.Args(things, any(by.Workspace))
	q.And(happenedTo(len(things)), append(slices.Clone(args), args...)...)
	return nil
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
		a.At, a.Erased = paging.When(at), text == ""
		if !a.Erased {
			a.Value, err = valuesOf(text)
		}
		if !by.Perms.Has(access.PersonalData) {
			for k, v := range a.Value {
				a.Value[k] = look.MaskValue(v)
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

// Naming says what to call actors and subjects, "noun:id". Whoever is not within
// the reader's reach is somebody else.
func Naming(tx *db.Tx, by access.Actor, in access.Reach, things []string) (map[string]string, error) {
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
	people := make([]id.Person, len(ids["person"]))
	for i, who := range ids["person"] {
		people[i] = id.Person(who)
	}
	out, err := look.Strangers(tx, by.Workspace, in, people)
	if err != nil {
		return nil, err
	}
	for noun, text := range namesOf {
		if len(ids[noun]) == 0 {
			continue
		}
		for row, err := range db.Each(tx, func(row db.Scanner) (r [6]string, err error) {
			err = row.Scan(&r[0], &r[1], &r[2], &r[3], &r[4], &r[5])
			return r, err
		}, text+db.In(len(ids[noun])), db.Args(ids[noun], any(by.Workspace))...) {
			if err != nil {
				return nil, err
			}
			thing := noun + ":" + row[0]
			switch {
			case noun == "person" && out[id.Person(row[0])], noun == "key" && !in.Whole:
				name[thing] = look.Somebody
			case noun == "account":
				name[thing] = look.AccountName(by, account.Billing(row[2]), row[1])
			case noun == "person":
				name[thing] = look.NameOf(by, row[5] != "", row[1], row[2], row[3], row[4])
			default:
				name[thing] = row[1]
			}
		}
	}
	return name, nil
}

// namesOf holds, for each noun, the statement that reads the id and the name of
// some; of people all parts of it, and whether they were deleted.
var namesOf = map[string]string{
	"person":    `SELECT id, first_name, last_name, email, external_id, CASE WHEN deleted_at <> 0 THEN 'deleted' ELSE '' END FROM person WHERE workspace = ? AND id IN `,
	"key":       `SELECT id, name, '', '', '', '' FROM api_key WHERE workspace = ? AND id IN `,
	"api-key":   `SELECT id, name, '', '', '', '' FROM api_key WHERE workspace = ? AND id IN `,
	"charger":   `SELECT id, identity, '', '', '', '' FROM charger WHERE workspace = ? AND id IN `,
	"card":      `SELECT id, uid, '', '', '', '' FROM card WHERE workspace = ? AND id IN `,
	"account":   `SELECT id, name, billing, '', '', '' FROM account WHERE workspace = ? AND id IN `,
	"group":     `SELECT id, name, '', '', '', '' FROM user_group WHERE workspace = ? AND id IN `,
	"location":  `SELECT id, name, '', '', '', '' FROM location WHERE workspace = ? AND id IN `,
	"workspace": `SELECT id, name, '', '', '', '' FROM workspace WHERE id = ? AND id IN `,
	"session": `SELECT c.id, h.name, '', '', '', '' FROM charge c JOIN charger h ON h.workspace = c.workspace AND h.id = c.charger
		WHERE c.workspace = ? AND c.id IN `,
}
