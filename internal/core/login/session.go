package login

import (
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Sessions lists the sessions of a login that hold, the one used last first.
func Sessions(tx *db.Tx, who Identity) ([]Session, error) {
	all, err := db.All(tx, func(row db.Scanner) (s Session, err error) {
		var created, seen, proven int64
		err = row.Scan(&s.hash, &s.Staff, &s.Masked, &s.Method, &s.Agent, &created, &seen, &proven)
		s.Identity, s.Created, s.Seen = who, time.UnixMilli(created).UTC(), time.UnixMilli(seen).UTC()
		if proven != 0 {
			s.Proven = time.UnixMilli(proven).UTC()
		}
		return s, err
	}, `SELECT token_hash, staff, masked, method, agent, created_at, seen_at, proven_at FROM web_session WHERE identity = ? AND epoch = ? ORDER BY seen_at DESC, token_hash`, who.ID, who.Epoch)
	held := all[:0]
	for _, s := range all {
		if !s.over(tx.Now) {
			held = append(held, s)
		}
	}
	return held, err
}

// EndOther ends another session of the same login, by its key; "" ends all
// others. One that is not there is an errs.NotFound.
func EndOther(tx *db.Tx, mine Session, key string) error {
	if key == "" {
		_, err := tx.Exec(`DELETE FROM web_session WHERE identity = ? AND token_hash <> ?`, mine.Identity.ID, mine.hash)
		return err
	}
	all, err := Sessions(tx, mine.Identity)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Key() == key && s.hash != mine.hash {
			_, err := tx.Exec(`DELETE FROM web_session WHERE identity = ? AND token_hash = ?`, mine.Identity.ID, s.hash)
			return err
		}
	}
	return errs.New(errs.NotFound, "There is no such session. It may have ended.")
}

// Same reports whether two are one session.
func (s Session) Same(other Session) bool { return s.hash != "" && s.hash == other.hash }

// LastSignIns returns when each of the logins last signed in, of those that did.
func LastSignIns(tx *db.Tx, list []id.Identity) (map[id.Identity]time.Time, error) {
	last := map[id.Identity]time.Time{}
	if len(list) == 0 {
		return last, nil
	}
	type line struct {
		who id.Identity
		at  int64
	}
	for l, err := range db.Each(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.who, &l.at)
		return l, err
	}, `SELECT id, signed_in_at FROM identity WHERE signed_in_at > 0 AND id IN `+db.In(len(list)), db.Args(list)...) {
		if err != nil {
			return nil, err
		}
		last[l.who] = time.UnixMilli(l.at).UTC()
	}
	return last, nil
}

// EndSession ends a session.
func EndSession(tx *db.Tx, s Session) error {
	_, err := tx.Exec(`DELETE FROM web_session WHERE token_hash = ?`, s.hash)
	return err
}
