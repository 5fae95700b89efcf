package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// sealAtOnce bounds how many entries one sealing transaction numbers.
const sealAtOnce = 500

// unsealed is an entry as the chain sees it.
type unsealed struct {
	ws                           id.Workspace
	id                           id.Entry
	at                           int64
	actor, what, subject, digest string
}

type head struct {
	seq   int64
	chain string
}

// next returns the link of the chain that e makes behind h.
func (e unsealed) next(h head) head {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s\n%s\n%d\n%q\n%q\n%q\n%s", h.chain, h.seq+1, e.ws, e.id, e.at, e.actor, e.what, e.subject, e.digest))
	return head{h.seq + 1, hex.EncodeToString(sum[:])}
}

const chainColumns = `workspace, id, at, actor, what, subject, digest`

func (e *unsealed) fields() []any {
	return []any{&e.ws, &e.id, &e.at, &e.actor, &e.what, &e.subject, &e.digest}
}

// Seal gives the next entries that have committed their places in the chains of
// their workspaces. It returns how many, and whether there may be more. The
// caller makes sure, in the same transaction, that it is the only sealer.
func Seal(tx *db.Tx) (n int, more bool, err error) {
	list, err := db.All(tx, func(row db.Scanner) (e unsealed, err error) {
		err = row.Scan(e.fields()...)
		return e, err
	}, `SELECT `+chainColumns+` FROM journal WHERE seq IS NULL ORDER BY id LIMIT ?`, sealAtOnce)
	if err != nil || len(list) == 0 {
		return 0, false, err
	}
	heads := map[id.Workspace]head{}
	for _, e := range list {
		h, ok := heads[e.ws]
		if !ok {
			if h, err = readHead(tx, e.ws); err != nil {
				return 0, false, err
			}
		}
		h = e.next(h)
		heads[e.ws] = h
		if _, err := tx.Exec(`UPDATE journal SET seq = ?, chain = ? WHERE workspace = ? AND id = ? AND seq IS NULL`, h.seq, h.chain, e.ws, e.id); err != nil {
			return 0, false, err
		}
	}
	for ws, h := range heads {
		_, err := tx.Exec(`INSERT INTO journal_head (workspace, seq, chain) VALUES (?, ?, ?)
			ON CONFLICT (workspace) DO UPDATE SET seq = excluded.seq, chain = excluded.chain`, ws, h.seq, h.chain)
		if err != nil {
			return 0, false, err
		}
	}
	tx.Notify(Sealed)
	return len(list), len(list) == sealAtOnce, nil
}

func readHead(tx *db.Tx, ws id.Workspace) (h head, err error) {
	err = tx.Row(`SELECT seq, chain FROM journal_head WHERE workspace = ?`, []any{ws}, &h.seq, &h.chain)
	if errs.KindOf(err) == errs.NotFound {
		return head{}, nil
	}
	return h, err
}

// Broken is a place at which a chain does not hold.
type Broken struct {
	Workspace id.Workspace
	Seq       int64
	Why       string
}

// Verify walks every chain from its beginning and reports where one does not
// hold, and how many entries it saw. Values that were erased are no fault;
// values that were changed are.
func Verify(tx *db.Tx) (entries int64, faults []Broken, err error) {
	all, err := Heads(tx)
	if err != nil {
		return 0, nil, err
	}
	for ws := range all {
		n, bad, err := verify(tx, ws)
		if err != nil {
			return entries, faults, err
		}
		entries += n
		faults = append(faults, bad...)
	}
	return entries, faults, nil
}

type link struct {
	unsealed
	head
	salt, value string
}

func verify(tx *db.Tx, ws id.Workspace) (n int64, bad []Broken, err error) {
	end, err := readHead(tx, ws)
	if err != nil {
		return 0, nil, err
	}
	var h head
	for l, err := range db.Each(tx, func(row db.Scanner) (l link, err error) {
		err = row.Scan(append(l.fields(), &l.seq, &l.chain, &l.salt, &l.value)...)
		return l, err
	}, `SELECT j.workspace, j.id, j.at, j.actor, j.what, j.subject, j.digest, j.seq, j.chain, COALESCE(v.salt, ''), COALESCE(v.value, '')
		FROM journal j LEFT JOIN journal_value v ON v.workspace = j.workspace AND v.entry = j.id
		WHERE j.workspace = ? AND j.seq IS NOT NULL ORDER BY j.seq`, ws) {
		if err != nil {
			return n, bad, err
		}
		n++
		h = l.next(h)
		switch {
		case l.seq != h.seq:
			bad = append(bad, Broken{ws, h.seq, "an entry is missing"})
		case l.chain != h.chain:
			bad = append(bad, Broken{ws, h.seq, "the entry was changed"})
		case l.salt != "" && digest(l.salt, l.value) != l.digest:
			bad = append(bad, Broken{ws, h.seq, "the entry's values were changed"})
		}
		h = l.head // one fault is reported once
	}
	if h != end {
		bad = append(bad, Broken{ws, end.seq, "the end of the chain is missing"})
	}
	return n, bad, nil
}
