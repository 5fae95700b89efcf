package roster

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
)

// keeper keeps one workspace's roster up to date. Its fields are for whoever
// holds turn.
type keeper struct {
	ws     id.Workspace
	loaded chan struct{} // closed when roster, or why, is there
	why    error         // why it could not be loaded
	roster *Roster

	turn    chan struct{} // holds one token: a transaction that began later comes later
	journal *journal.Follower
	counted int64    // how far sessions are counted, by settle's place in the journal
	behind  []id.Raw // people to be read again, the last first
	waits   map[id.Raw]bool
	coming  []coming // of an import that is under way, to be read when there is nothing else to do

	comer chan struct{}   // holds one token, for whoever reads those who are coming; taken before turn
	newer map[id.Raw]bool // who was read again meanwhile; nil while nobody reads those who are coming
}

// coming is the people of one entry that says whom an import added, behind a
// subject.
type coming struct {
	entry id.Entry
	after string
}

func newKeeper(ws id.Workspace) *keeper {
	k := &keeper{ws: ws, loaded: make(chan struct{}), turn: make(chan struct{}, 1), comer: make(chan struct{}, 1), waits: map[id.Raw]bool{}}
	k.turn <- struct{}{}
	k.comer <- struct{}{}
	return k
}

// settle is the reader of the journal that counts people's sessions.
const settle = "settle"

// load fills the roster.
func (k *keeper) load(tx *db.Tx) error {
	heads, err := journal.Heads(tx)
	if err != nil {
		return err
	}
	if k.counted, err = journal.Place(tx, settle, k.ws); err != nil {
		return err
	}
	k.journal = journal.Follow(k.ws, heads[k.ws])
	k.roster, err = load(tx, k.ws)
	return err
}

// atOnceRead is how many people one transaction reads again, and atOncePut how
// many are put in while everybody else waits. Those who are coming are as many as
// one statement reads: see [readAtOnce].
const (
	atOnceRead = 2000
	atOncePut  = 100
	atOnceCome = 100
)

// step hears what happened, and reads the next people again. more says that there
// are others, who changed before those.
func (k *keeper) step(tx *db.Tx) (more bool, err error) {
	if err := k.hear(tx); err != nil {
		return false, err
	}
	if len(k.coming) > 0 {
		running, err := importing(tx, k.ws)
		if err == nil && !running { // whoever looks now wants to see what became of it
			err = k.allCome(tx)
		}
		if err != nil {
			return false, err
		}
	}
	if len(k.behind) == 0 {
		return false, nil
	}
	from := max(0, len(k.behind)-atOnceRead)
	list := k.behind[from:]
	if err := k.read(tx, list); err != nil {
		return false, err
	}
	for _, who := range list {
		delete(k.waits, who)
	}
	k.behind = k.behind[:from]
	return from > 0, nil
}

// come reads the next people who are coming. more says that there are others.
// Nobody waits while they are read: who was read again by then is newer, and stays.
func (k *keeper) come(ctx context.Context, d *db.DB) (more bool, err error) {
	if err := take(ctx, k.comer); err != nil {
		return false, err
	}
	defer func() { k.comer <- struct{}{} }()
	if err := take(ctx, k.turn); err != nil {
		return false, err
	}
	var next coming
	there := len(k.coming) > 0
	if there {
		next = k.coming[0]
	}
	k.newer = map[id.Raw]bool{}
	k.turn <- struct{}{}

	var list []string
	var people []id.Raw
	var found []Entry
	if there {
		err = d.View(ctx, func(tx *db.Tx) error {
			people = nil
			list, err = journal.Subjects(tx, k.ws, next.entry, next.after, atOnceCome)
			if err != nil {
				return err
			}
			for _, subject := range list {
				if key, ok := strings.CutPrefix(subject, "person:"); ok {
					people = append(people, id.RawOf(key))
				}
			}
			found, err = read(tx, k.ws, people)
			return err
		})
	}

	<-k.turn // not for long: what holds it looks at its own context
	defer func() { k.turn <- struct{}{} }()
	newer := k.newer
	k.newer = nil
	if err != nil || !there {
		return false, err
	}
	k.roster.take(
		slices.DeleteFunc(people, func(who id.Raw) bool { return newer[who] }),
		slices.DeleteFunc(found, func(e Entry) bool { return newer[e.ID] }),
	)
	if len(k.coming) > 0 && k.coming[0] == next { // else the import is over, and they are among those to be read again
		if len(list) == atOnceCome {
			k.coming[0].after = list[len(list)-1]
		} else {
			k.coming = k.coming[1:]
		}
	}
	return len(k.coming) > 0, nil
}

// take waits for a token.
func take(ctx context.Context, token chan struct{}) error {
	select {
	case <-token:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// allCome notes everybody who is coming among those who have to be read again.
func (k *keeper) allCome(tx *db.Tx) error {
	for len(k.coming) > 0 {
		next := &k.coming[0]
		list, err := journal.Subjects(tx, k.ws, next.entry, next.after, atOnceRead)
		if err != nil {
			return err
		}
		for _, subject := range list {
			if key, ok := strings.CutPrefix(subject, "person:"); ok {
				k.again(id.RawOf(key))
			}
			next.after = subject
		}
		if len(list) < atOnceRead {
			k.coming = k.coming[1:]
		}
	}
	return nil
}

// importing reports whether an import is being written. Of the two conditions the
// first is that of the index of the one import per workspace that is at work.
func importing(tx *db.Tx, ws id.Workspace) (yes bool, err error) {
	err = tx.Row(`SELECT COUNT(*) > 0 FROM import WHERE workspace = ? AND state IN ('applying','undoing') AND state = 'applying'`, []any{ws}, &yes)
	return yes, err
}

// read reads some people again.
func (k *keeper) read(tx *db.Tx, list []id.Raw) error {
	found, err := read(tx, k.ws, list)
	if err != nil {
		return err
	}
	k.roster.take(list, found)
	if k.newer != nil {
		for _, who := range list {
			k.newer[who] = true
		}
	}
	return nil
}

// take puts people in who were read again, and drops those who are gone.
func (r *Roster) take(list []id.Raw, found []Entry) {
	here := make(map[id.Raw]bool, len(found))
	put := func(n int, one func(int)) {
		for i := 0; i < n; {
			r.mu.Lock()
			for end := min(n, i+atOncePut); i < end; i++ {
				one(i)
			}
			r.mu.Unlock()
		}
	}
	put(len(found), func(i int) {
		here[found[i].ID] = true
		r.put(&found[i])
	})
	if len(found) == len(list) {
		return
	}
	put(len(list), func(i int) {
		if !here[list[i]] {
			r.drop(list[i])
		}
	})
}

// hear adds to behind whom the news is about.
func (k *keeper) hear(tx *db.Tx) error {
	n, err := k.journal.NewsBut(tx, "person.imported")
	if err != nil {
		return err
	}
	var cards []id.Card
	groups := map[id.Group]bool{}
	for _, h := range n.What {
		noun, key, _ := strings.Cut(h.Subject, ":")
		switch noun {
		case "person":
			if !silent[h.What] {
				k.again(id.RawOf(key))
			}
		case "card":
			cards = append(cards, id.Card(key))
		case "group":
			if !still[h.What] {
				groups[id.Group(key)] = true
			}
		}
	}
	for _, c := range cards {
		holders, err := db.All(tx, scanRaw, `SELECT person FROM card WHERE workspace = ? AND id = ? AND person IS NOT NULL`, k.ws, c)
		if err != nil {
			return err
		}
		for _, who := range holders {
			k.again(who)
		}
	}
	for g := range groups {
		if err := k.members(tx, g); err != nil {
			return err
		}
	}
	if err := k.sessions(tx); err != nil {
		return err
	}
	for _, e := range n.Later {
		k.coming = append(k.coming, coming{entry: e})
	}
	k.journal.Took(n)
	return nil
}

// silent are entries about people that change nothing lists know.
var silent = map[string]bool{"invitation.sent": true, "invitation.bounced": true, "person.role-given": true, "person.role-taken": true, "person.password-changed": true}

// still are entries about groups that change nobody's being in one.
var still = map[string]bool{
	"group.created": true, "group.updated": true, "group.moved": true, "grant.created": true, "grant.changed": true, "grant.removed": true,
}

// again notes that a person has to be read again.
func (k *keeper) again(who id.Raw) {
	if who != (id.Raw{}) && !k.waits[who] {
		k.waits[who] = true
		k.behind = append(k.behind, who)
	}
}

// members notes who came into a group or left it, or was in one that is gone.
func (k *keeper) members(tx *db.Tx, g id.Group) error {
	now, err := db.All(tx, scanRaw, `SELECT person FROM group_member WHERE workspace = ? AND user_group = ?`, k.ws, g)
	if err != nil {
		return err
	}
	was := map[id.Raw]bool{}
	r := k.roster
	r.mu.RLock()
	if i, ok := r.groupOf[g]; ok {
		r.groups[i].Iterate(func(at uint32) bool { was[r.ids[at]] = true; return true })
	}
	r.mu.RUnlock()
	for _, who := range now {
		if !was[who] {
			k.again(who)
		}
		delete(was, who)
	}
	for who := range was {
		k.again(who)
	}
	return nil
}

// sessions notes whose sessions were counted. That writes no entry of its own,
// but moves a reader's place in the journal in the same transaction.
func (k *keeper) sessions(tx *db.Tx) error {
	place, err := journal.Place(tx, settle, k.ws)
	if err != nil || place == k.counted {
		return err
	}
	for text, err := range db.Each(tx, db.Text[string], `SELECT v.value FROM journal j JOIN journal_value v ON v.workspace = j.workspace AND v.entry = j.id
		WHERE j.workspace = ? AND j.seq > ? AND j.seq <= ? AND j.what IN ('session.ended', 'session.corrected')`, k.ws, k.counted, place) {
		if err != nil {
			return err
		}
		var v struct{ Person id.Person }
		if json.Unmarshal([]byte(text), &v) == nil { // settle has read it, so it can be
			k.again(id.RawOf(v.Person))
		}
	}
	k.counted = place
	return nil
}
