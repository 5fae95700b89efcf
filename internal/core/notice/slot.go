package notice

import (
	"slices"
	"time"

	"involt/internal/kit/db"
)

// Limits is how many mails one mailbox gets from all workspaces together; zero
// for no limit. Whoever may invite could otherwise have us fill a stranger's
// mailbox.
type Limits struct{ Hour, Day int }

// UsualLimits hold on every server.
var UsualLimits = Limits{Hour: 3, Day: 10}

// Slot is one mail's place in a mailbox.
type Slot struct {
	Mailbox string // keyed hash of the address
	Message string // the message's id
}

type filled struct {
	message string
	at      int64
}

// Reserve gives each of the slots that are within the limits its place, and
// returns of the others until when they have to wait; the zero time for those
// that may go. A message that has its place keeps it. Callers take turns
// ([Claim] does; others by [Turn]), so that two of them do not give the same place away.
func (l Limits) Reserve(tx *db.Tx, list []Slot) ([]time.Time, error) {
	wait := make([]time.Time, len(list))
	if l.Hour == 0 && l.Day == 0 {
		return wait, nil
	}
	boxes := map[string][]filled{}
	var names []string
	for _, s := range list {
		if _, ok := boxes[s.Mailbox]; !ok {
			boxes[s.Mailbox] = nil
			names = append(names, s.Mailbox)
		}
	}
	for part := range slices.Chunk(names, AtOnce) {
		among, arg := db.Among(tx, "mailbox", part)
		for f, err := range db.Each(tx, func(row db.Scanner) (f struct {
			box string
			filled
		}, err error,
		) {
			err = row.Scan(&f.box, &f.message, &f.at)
			return f, err
		}, `SELECT mailbox, message, at FROM mail_slot WHERE `+among+` ORDER BY at`, arg) {
			if err != nil {
				return nil, err
			}
			boxes[f.box] = append(boxes[f.box], f.filled)
		}
	}
	var fresh [][]any
	for i, s := range list {
		var mine bool
		if wait[i], mine = l.room(boxes[s.Mailbox], s.Message, tx.Now); !wait[i].IsZero() {
			continue
		}
		if mine {
			if _, err := tx.Exec(`UPDATE mail_slot SET at = ? WHERE mailbox = ? AND message = ?`, tx.NowMS(), s.Mailbox, s.Message); err != nil {
				return nil, err
			}
			continue
		}
		boxes[s.Mailbox] = append(boxes[s.Mailbox], filled{s.Message, tx.NowMS()})
		fresh = append(fresh, []any{s.Mailbox, s.Message, tx.NowMS()})
	}
	if len(fresh) == 0 {
		return wait, nil
	}
	_, err := tx.Load("mail_slot", []string{"mailbox", "message", "at"}, slices.Values(fresh))
	return wait, err
}

// room says until when a message has to wait; zero if there is room for it. mine
// is true if it has its place already. box is in order of time.
func (l Limits) room(box []filled, message string, now time.Time) (until time.Time, mine bool) {
	var hour, day []int64
	for _, f := range box {
		if f.message == message {
			mine = true
			continue
		}
		if f.at > now.Add(-24*time.Hour).UnixMilli() {
			day = append(day, f.at)
		}
		if f.at > now.Add(-time.Hour).UnixMilli() {
			hour = append(hour, f.at)
		}
	}
	over := func(of []int64, most int, span time.Duration) {
		if most == 0 || len(of) < most {
			return
		}
		if at := time.UnixMilli(of[len(of)-most]).Add(span).UTC(); at.After(until) {
			until = at
		}
	}
	over(hour, l.Hour, time.Hour)
	over(day, l.Day, 24*time.Hour)
	return until, mine
}

// Release gives a place back: the mail did not go out.
func Release(tx *db.Tx, s Slot) error {
	_, err := tx.Exec(`DELETE FROM mail_slot WHERE mailbox = ? AND message = ?`, s.Mailbox, s.Message)
	return err
}

// SweepSlots forgets places that count no more.
func SweepSlots(tx *db.Tx) error {
	_, err := tx.Exec(`DELETE FROM mail_slot WHERE at < ?`, tx.Now.Add(-25*time.Hour).UnixMilli())
	return err
}
