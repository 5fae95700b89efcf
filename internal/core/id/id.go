// Package id names every kind of thing. It is the table of contents of core: a
// new noun begins with a line here.
package id

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"sync"
	"time"
)

// The nouns.
type (
	Workspace string
	Identity  string
	Person    string
	Group     string
	Invite    string
	Notice    string
	APIKey    string
	Location  string
	Charger   string
	Grant     string
	Card      string
	Charge    string // a charging session; "session" alone could be a browser's
	Decision  string
	Entry     string // of the journal
	Vehicle   string
	Bulk      string // one piece of work on many users
	View      string // a saved view of a list
	Claim     string // a printed code that lets somebody take over a user without e-mail
	Applicant string // an application to come in
	Device    string // a browser that takes messages
	Message   string // in somebody's app
	Draft     string // invitations that are being written
	Schedule  string // of an export
	ExportRun string // one run of a scheduled export
	Account   string // who pays
	Import    string // many people and cards at once, from a file
	JoinCode  string // a joining code
	Doubt     string // whether a card that was used in two places is one card
	Joining   string // somebody's coming into a zone or group by a joining code
	Command   string // what a charger is asked to do
	Lesson    string // a charger that waits for somebody's card
	Car       string // whether a car that was seen with somebody is theirs
	Review    string // of who has access by a group
	Guest     string // time-limited access of somebody who is no user
)

var text = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

var last struct {
	sync.Mutex
	tick uint64 // the stamp of the newest id
}

// New returns a new id: 26 characters, of which the first ten are the time.
// Within one process ids made later sort later, whatever the clock does.
// An id is not a secret.
func New[T ~string]() T {
	// 48 bits of milliseconds and 16 that count within one.
	tick := uint64(time.Now().UnixMilli()) << 16
	last.Lock()
	last.tick = max(tick, last.tick+1)
	tick = last.tick
	last.Unlock()
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], tick)
	rand.Read(b[8:]) // never fails
	return T(text.EncodeToString(b[:]))
}

// Valid reports whether s has the form of an id.
func Valid(s string) bool {
	if len(s) != 26 {
		return false
	}
	_, err := text.DecodeString(s)
	return err == nil
}

// Raw is an id as 16 bytes, for tables in memory that hold millions.
type Raw [16]byte

// RawOf returns the raw form of an id, and the zero Raw of "" or of what is no
// id.
func RawOf[T ~string](v T) (raw Raw) {
	if len(v) != 26 {
		return Raw{}
	}
	var src [26]byte
	var dst [17]byte // the decoder wants room for a whole last group
	copy(src[:], v)
	if n, err := text.Decode(dst[:], src[:]); err != nil || n != 16 {
		return Raw{}
	}
	return Raw(dst[:16])
}

// Text returns the id of a raw form, "" of the zero one.
func Text[T ~string](raw Raw) T {
	if raw == (Raw{}) {
		return ""
	}
	return T(text.EncodeToString(raw[:]))
}
