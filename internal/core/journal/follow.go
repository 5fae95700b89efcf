package journal

import (
	"slices"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Follower knows how far a memory has followed one workspace's journal, sealed
// entries and those that have no place yet. A memory that is made from the
// database and then follows the journal in later transactions misses nothing.
// It is not safe for concurrent use: whoever follows holds a lock from before
// the transaction begins until the news is applied, so that an older transaction
// never comes after a newer one.
type Follower struct {
	ws   id.Workspace
	seq  int64             // everything up to this place is known
	seen map[id.Entry]bool // entries that are known and had no place yet
}

// Follow returns a follower of what happens behind place seq: that of [Heads] in
// the transaction in which the memory is filled.
func Follow(ws id.Workspace, seq int64) *Follower {
	return &Follower{ws: ws, seq: seq, seen: map[id.Entry]bool{}}
}

// News is what a follower has not heard of yet.
type News struct {
	Entries int        // how many
	What    []Hint     // what to look at again; bulk entries come once per subject
	Later   []id.Entry // of [Follower.NewsBut]: those whose subjects are left out, in order

	seq    int64
	fresh  []id.Entry // had no place when they were read
	placed []id.Entry // were known, and have their place now
}

// Hint is an entry without its values, as those need it who only want to know
// what to look at again.
type Hint struct {
	What    string // "person.invited"
	Subject string // "person:…"
}

// entry is one of the journal as a follower reads it.
type entry struct {
	id            id.Entry
	seq           int64 // 0 while it has no place
	what, subject string
}

// News reads what happened since the last time. It comes again until it is given
// to Took: after an error nothing is lost.
func (f *Follower) News(tx *db.Tx) (News, error) { return f.NewsBut(tx, "") }

// NewsBut is News without the subjects of bulk entries that say what later is:
// there may be thousands, and [Subjects] gives them when there is time.
func (f *Follower) NewsBut(tx *db.Tx, later string) (n News, err error) {
	n.seq = f.seq
	var list []entry
	for after, more := id.Entry(""), true; more; {
		var page []entry
		if page, after, more, err = since(tx, f.ws, n.seq, after); err != nil {
			return n, err
		}
		for _, e := range page {
			n.seq = max(n.seq, e.seq)
			switch {
			case !f.seen[e.id]:
				list = append(list, e)
				if e.seq == 0 {
					n.fresh = append(n.fresh, e.id)
				}
			case e.seq > 0:
				n.placed = append(n.placed, e.id)
			}
		}
	}
	n.Entries = len(list)
	if later != "" {
		list = slices.DeleteFunc(list, func(e entry) bool {
			if e.what != later {
				return false
			}
			n.What, n.Later = append(n.What, Hint{e.what, e.subject}), append(n.Later, e.id)
			return true
		})
	}
	for len(list) > 0 {
		some := list[:min(subjectsAtOnce, len(list))]
		list = list[len(some):]
		if err := n.name(tx, f.ws, some); err != nil {
			return n, err
		}
	}
	return n, nil
}

// Took notes that n is dealt with.
func (f *Follower) Took(n News) {
	f.seq = n.seq
	for _, e := range n.placed {
		delete(f.seen, e) // it will not come again
	}
	for _, e := range n.fresh {
		f.seen[e] = true
	}
}

// sinceAtOnce bounds how many entries one statement reads.
const sinceAtOnce = 5000

// since reads entries behind place seq, and of those without a place the ones
// behind id after, some thousands at once. more says that there are others; then
// next is where to go on, as is the last place of the page.
func since(tx *db.Tx, ws id.Workspace, seq int64, after id.Entry) (page []entry, next id.Entry, more bool, err error) {
	next = after
	page, err = db.All(tx, func(row db.Scanner) (e entry, err error) {
		err = row.Scan(&e.id, &e.seq, &e.what, &e.subject)
		return e, err
	}, `SELECT id, seq, what, subject FROM (SELECT id, seq, what, subject FROM journal WHERE workspace = ? AND seq > ? ORDER BY seq LIMIT ?) sealed
		UNION ALL SELECT id, 0, what, subject FROM (SELECT id, what, subject FROM journal WHERE workspace = ? AND seq IS NULL AND id > ? ORDER BY id LIMIT ?) fresh`,
		ws, seq, sinceAtOnce, ws, after, sinceAtOnce)
	placed := 0
	for _, e := range page {
		if e.seq > 0 {
			placed++
		} else {
			next = max(next, e.id)
		}
	}
	return page, next, placed == sinceAtOnce || len(page)-placed == sinceAtOnce, err
}

// subjectsAtOnce is for how many entries the subjects are asked for at once.
const subjectsAtOnce = 400

// name adds what some entries are about.
func (n *News) name(tx *db.Tx, ws id.Workspace, list []entry) error {
	what := make(map[id.Entry]string, len(list))
	ids := make([]id.Entry, 0, len(list))
	for _, e := range list {
		n.What = append(n.What, Hint{e.what, e.subject})
		what[e.id] = e.what
		ids = append(ids, e.id)
	}
	for _, size := range []int{1, 20, subjectsAtOnce} { // few lengths: each is a statement of its own
		if len(ids) <= size {
			for len(ids) < size {
				ids = append(ids, ids[0])
			}
			break
		}
	}
	type line struct {
		entry   id.Entry
		subject string
	}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.entry, &l.subject)
		return l, err
	}, `SELECT entry, subject FROM journal_subject WHERE workspace = ? AND entry IN `+db.In(len(ids)), db.Args(ids, any(ws))...) {
		if err != nil {
			return err
		}
		n.What = append(n.What, Hint{what[l.entry], l.subject})
	}
	return nil
}

// Subjects returns what a bulk entry is about behind the subject after ("" for the
// first), in order, at most limit.
func Subjects(tx *db.Tx, ws id.Workspace, entry id.Entry, after string, limit int) ([]string, error) {
	return db.All(tx, db.Text[string], `SELECT subject FROM journal_subject WHERE workspace = ? AND entry = ? AND subject > ? ORDER BY subject LIMIT ?`, ws, entry, after, limit)
}

// Place returns how far a reader has come in a workspace's chain, 0 if it has
// not begun.
func Place(tx *db.Tx, reader string, ws id.Workspace) (seq int64, err error) {
	err = tx.Row(`SELECT COALESCE(MAX(seq), 0) FROM journal_cursor WHERE reader = ? AND workspace = ?`, []any{reader, ws}, &seq)
	return seq, err
}
