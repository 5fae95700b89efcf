package invite

import (
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Draft is invitations that somebody is writing, step by step.
type Draft struct {
	Workspace id.Workspace
	ID        id.Draft
	MadeBy    string // an actor's name; nobody else's
	Body      string // sealed; "" once it was sent
	People    []id.Person
	Created   time.Time
	Sent      time.Time // zero while it is being written
}

// DraftLife is how long a draft is kept, and what came of it.
const DraftLife = 7 * 24 * time.Hour

// InsertDraft keeps a new draft and sets its ID and Created.
func InsertDraft(tx *db.Tx, d *Draft) error {
	d.ID, d.Created = id.New[id.Draft](), tx.Now
	_, err := tx.Exec(`INSERT INTO invite_draft (workspace, id, made_by, body, people, created_at) VALUES (?, ?, ?, ?, '', ?)`, d.Workspace, d.ID, d.MadeBy, d.Body, tx.NowMS())
	return err
}

// LockDraft returns somebody's draft and keeps it as it is until tx ends. One that
// is not theirs is not there.
func LockDraft(tx *db.Tx, ws id.Workspace, one id.Draft, madeBy string) (Draft, error) {
	return draft(tx, ws, one, madeBy, tx.ForUpdate())
}

// DraftOf returns somebody's draft. One that is not theirs is not there.
func DraftOf(tx *db.Tx, ws id.Workspace, one id.Draft, madeBy string) (Draft, error) {
	return draft(tx, ws, one, madeBy, "")
}

func draft(tx *db.Tx, ws id.Workspace, one id.Draft, madeBy, lock string) (d Draft, err error) {
	var people string
	var created, sent int64
	err = tx.Row(`SELECT workspace, id, made_by, body, people, created_at, COALESCE(sent_at, 0) FROM invite_draft WHERE workspace = ? AND id = ? AND made_by = ?`+lock,
		[]any{ws, one, madeBy}, &d.Workspace, &d.ID, &d.MadeBy, &d.Body, &people, &created, &sent)
	if errs.KindOf(err) == errs.NotFound {
		return d, errs.New(errs.NotFound, "These invitations are no longer there: what was begun is kept for a week. Begin again.")
	}
	for s := range strings.FieldsSeq(people) {
		d.People = append(d.People, id.Person(s))
	}
	d.Created = time.UnixMilli(created).UTC()
	if sent != 0 {
		d.Sent = time.UnixMilli(sent).UTC()
	}
	return d, err
}

// SaveDraft writes d's body back while it is being written.
func SaveDraft(tx *db.Tx, d *Draft) error {
	_, err := tx.Exec(`UPDATE invite_draft SET body = ? WHERE workspace = ? AND id = ? AND sent_at IS NULL`, d.Body, d.Workspace, d.ID)
	return err
}

// SentDraft notes who came of a draft. What was said in it goes.
func SentDraft(tx *db.Tx, d *Draft, people []id.Person) error {
	list := make([]string, len(people))
	for i, p := range people {
		list[i] = string(p)
	}
	d.Body, d.People, d.Sent = "", people, tx.Now
	_, err := tx.Exec(`UPDATE invite_draft SET body = '', people = ?, sent_at = ? WHERE workspace = ? AND id = ?`, strings.Join(list, " "), tx.NowMS(), d.Workspace, d.ID)
	return err
}

// SweepDrafts forgets those that are older than DraftLife.
func SweepDrafts(tx *db.Tx) error {
	_, err := tx.Exec(`DELETE FROM invite_draft WHERE created_at < ?`, tx.Now.Add(-DraftLife).UnixMilli())
	return err
}
