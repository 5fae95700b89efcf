// Package journal is the record of what happened. Entries are only ever added.
//
// One entry has three readers: the activity page, the webhooks, and whichever
// flow has to act on what another one did. It is written in the transaction of
// the change itself, so that none of the three can miss or invent anything.
//
// An entry gets its place in the workspace's chain after its transaction has
// committed, from one sealer at a time ([Seal]). So writers never wait for each
// other, and a reader that goes by the place ([Entry.Seq]) cannot overtake a
// transaction that began earlier and commits later: that one gets a later place.
//
// The chain runs over a salted hash of the values and not over the values, which
// stand in a table of their own: a person's data can be erased and the chain
// still proves that no entry was changed, added or removed.
package journal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Written and Sealed are the topics that ring when entries were written, and
// when they have got their places.
const (
	Written = "journal.written"
	Sealed  = "journal.sealed"
)

// Entry is one thing that happened.
type Entry struct {
	Workspace id.Workspace
	ID        id.Entry
	Seq       int64 // its place in the workspace's chain, from 1; 0 while it has none
	At        time.Time
	Actor     string // who: "person:…", "key:…", "charger:…", "system:…"
	What      string // "person.invited"
	Subject   string // what it happened to: "person:…"; of a chunk, the work it belongs to
	Value     string // JSON; "" once erased
}

// About spells a subject: About("person", p.ID).
func About[T ~string](noun string, v T) string { return noun + ":" + string(v) }

// Record notes in tx that by did something to subject. what is a noun and a
// past participle, "person.invited"; it is an API: never change one. value says
// what changed and from what; it may be nil.
func Record(tx *db.Tx, by access.Actor, what, subject string, value any) error {
	_, err := record(tx, by, what, subject, value)
	return err
}

// RecordMany notes one thing that by did to many subjects at once, as bulk work
// does. Each of subjects finds the entry in its history; one that is named twice
// finds it once.
func RecordMany(tx *db.Tx, by access.Actor, what, subject string, subjects []string, value any) error {
	entry, err := record(tx, by, what, subject, value)
	if err != nil {
		return err
	}
	_, err = tx.Load("journal_subject", []string{"workspace", "subject", "entry"}, func(yield func([]any) bool) {
		for _, s := range slices.Compact(slices.Sorted(slices.Values(subjects))) {
			if !yield([]any{string(by.Workspace), s, string(entry)}) {
				return
			}
		}
	})
	return err
}

func record(tx *db.Tx, by access.Actor, what, subject string, value any) (id.Entry, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("journal %s: %w", what, err)
	}
	entry, salt := id.New[id.Entry](), rand.Text()
	_, err = tx.Exec(`INSERT INTO journal (workspace, id, at, actor, what, subject, digest, chain) VALUES (?, ?, ?, ?, ?, ?, ?, '')`,
		by.Workspace, entry, tx.NowMS(), by.Name, what, subject, digest(salt, string(text)))
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(`INSERT INTO journal_value (workspace, entry, salt, value) VALUES (?, ?, ?, ?)`,
		by.Workspace, entry, salt, string(text))
	tx.Notify(Written)
	return entry, err
}

// digest is what the chain covers of an entry's values.
func digest(salt, value string) string {
	sum := sha256.Sum256([]byte(salt + "\n" + value))
	return hex.EncodeToString(sum[:])
}

const columns = `j.workspace, j.id, COALESCE(j.seq, 0), j.at, j.actor, j.what, j.subject, COALESCE(v.value, '')`

const tables = ` FROM journal j LEFT JOIN journal_value v ON v.workspace = j.workspace AND v.entry = j.id `

func scan(row db.Scanner) (e Entry, err error) {
	var at int64
	err = row.Scan(&e.Workspace, &e.ID, &e.Seq, &at, &e.Actor, &e.What, &e.Subject, &e.Value)
	e.At = time.UnixMilli(at).UTC()
	return e, err
}

// After returns up to limit entries of the workspace behind place seq, in order.
func After(tx *db.Tx, ws id.Workspace, seq int64, limit int) ([]Entry, error) {
	return db.All(tx, scan, `SELECT `+columns+tables+`WHERE j.workspace = ? AND j.seq > ? ORDER BY j.seq LIMIT ?`, ws, seq, limit)
}

// Newest returns the newest entries of the workspace before the entry with id
// before ("" for the very newest), at most limit.
func Newest(tx *db.Tx, ws id.Workspace, before id.Entry, limit int) ([]Entry, error) {
	if before == "" {
		before = "~" // sorts behind every id
	}
	return db.All(tx, scan, `SELECT `+columns+tables+`WHERE j.workspace = ? AND j.id < ? ORDER BY j.id DESC LIMIT ?`, ws, before, limit)
}

// Of returns the newest entries about one subject, also those of bulk work.
func Of(tx *db.Tx, ws id.Workspace, subject string, limit int) ([]Entry, error) {
	return db.All(tx, scan, `SELECT `+columns+tables+`WHERE j.workspace = ? AND j.id IN (
			SELECT id FROM journal WHERE workspace = ? AND subject = ?
			UNION ALL SELECT entry FROM journal_subject WHERE workspace = ? AND subject = ?)
		ORDER BY j.id DESC LIMIT ?`, ws, ws, subject, ws, subject, limit)
}

// Heads returns the last place taken in each workspace's chain.
func Heads(tx *db.Tx) (map[id.Workspace]int64, error) {
	type head struct {
		ws  id.Workspace
		seq int64
	}
	all, err := db.All(tx, func(row db.Scanner) (h head, err error) {
		err = row.Scan(&h.ws, &h.seq)
		return h, err
	}, `SELECT workspace, seq FROM journal_head`)
	heads := make(map[id.Workspace]int64, len(all))
	for _, h := range all {
		heads[h.ws] = h.seq
	}
	return heads, err
}

// Named returns the subjects of the workspace's entries behind place seq that
// say what, in order.
func Named(tx *db.Tx, ws id.Workspace, seq int64, what string) ([]string, error) {
	return db.All(tx, db.Text[string], `SELECT subject FROM journal WHERE workspace = ? AND seq > ? AND what = ? ORDER BY seq`, ws, seq, what)
}

// SubjectsOf returns the subjects of an entry of bulk work; of any other one its
// only subject.
func SubjectsOf(tx *db.Tx, e *Entry) ([]string, error) {
	list, err := db.All(tx, db.Text[string], `SELECT subject FROM journal_subject WHERE workspace = ? AND entry = ?`, e.Workspace, e.ID)
	if err == nil && len(list) == 0 {
		list = []string{e.Subject}
	}
	return list, err
}
