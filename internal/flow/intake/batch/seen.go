package batch

import (
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/card"
	"involt/internal/flow/intake/sheet"
)

// Seen knows the earlier rows of a file. It keeps fingerprints and places, not
// the rows, so that a million of them fit in little memory. The fingerprints are
// seeded: nobody can make two that are alike.
type Seen struct {
	seed  [2]maphash.Seed
	known [shards]prints
	n     int
	rows  []*[blockRows]said
}

// said is what is known of a row: where it begins in the file, and fingerprints of
// what it says about the person, 0 for what it does not.
type said struct {
	line   uint32
	fields [described]uint16
}

// What grows does so in pieces: growing a slice of a million rows would need it
// twice for a moment, and more than that until the garbage is collected.
const (
	blockRows = 8192
	shards    = 1 << 12
)

// described is how many fields a row says of a person.
const described = 13

// NewSeen returns a Seen that knows no rows.
func NewSeen() *Seen {
	return &Seen{seed: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
}

// Rows is how many rows it knows.
func (s *Seen) Rows() int { return s.n }

// row is what is known of an earlier row.
func (s *Seen) row(i int) *said { return &s.rows[i/blockRows][i%blockRows] }

// note adds a row.
func (s *Seen) note(line int, fields [described]uint16) {
	if s.n%blockRows == 0 {
		s.rows = append(s.rows, new([blockRows]said))
	}
	s.n++
	*s.row(s.n - 1) = said{uint32(line), fields} //nolint:gosec // a file has at most 2 GB, and fewer lines
}

func (s *Seen) find(f fingerprint) (row int) { return s.known[f.shard].find(f) }

func (s *Seen) add(f fingerprint, row int) { s.known[f.shard].add(f, row) }

func (s *Seen) print(kind byte, text string) fingerprint {
	var h maphash.Hash
	h.SetSeed(s.seed[0])
	h.WriteByte(kind)
	h.WriteString(text)
	sum := h.Sum64()
	h.SetSeed(s.seed[1])
	h.WriteByte(kind)
	h.WriteString(text)
	return fingerprint{shard: uint16(h.Sum64() >> 52), high: uint32(sum >> 32), low: uint32(sum)} //nolint:gosec // parts of it
}

// describe lists what a row says of the person, and under which column.
func describe(l *sheet.Line) ([described]string, [described]sheet.Column) {
	rate := ""
	if l.Rate != 0 {
		rate = l.Rate.String()
	}
	return [described]string{l.Email, l.ExternalID, l.FirstName, l.LastName, l.Phone, l.Language, l.CostCenter, l.Info1, l.Info2, string(l.Status), moment(l.From), moment(l.Until), rate},
		[described]sheet.Column{
			sheet.Email, sheet.ExternalID, sheet.FirstName, sheet.LastName, sheet.Phone, sheet.Language, sheet.CostCenter, sheet.Info1, sheet.Info2, sheet.Status,
			sheet.StartDate, sheet.EndDate, sheet.ReimbursementRate,
		}
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 36)
}

// Pass notes a row that is refused whatever else the file says.
func (s *Seen) Pass(line int) {
	s.note(line, [described]uint16{})
}

// Check compares the next row with those before it. prior is the row that
// described the same person, if there is one and this row adds to it.
func (s *Seen) Check(l *sheet.Line) (prior *Prior, warning, refused *sheet.Problem) {
	row := s.n
	texts, columns := describe(l)
	var fields [described]uint16
	for i, text := range texts {
		if text != "" {
			fields[i] = uint16(maphash.String(s.seed[0], text)>>48) | 1
		}
	}
	s.note(l.Number, fields)
	no := func(c sheet.Column, format string, args ...any) (*Prior, *sheet.Problem, *sheet.Problem) {
		return nil, nil, &sheet.Problem{Line: l.Number, Column: c, Text: fmt.Sprintf(format, args...)}
	}
	var email, external, uid fingerprint
	byEmail, byID := -1, -1
	if l.Email != "" {
		email = s.print('e', l.Email)
		byEmail = s.find(email)
	}
	if l.ExternalID != "" {
		external = s.print('x', l.ExternalID)
		byID = s.find(external)
	}
	if byEmail >= 0 && byID >= 0 && byEmail != byID {
		return no(sheet.ExternalID, "Line %d has this external id with another e-mail address.", s.row(byID).line)
	}
	at := max(byEmail, byID)
	if l.Card.UID != "" {
		uid = s.print('c', l.Card.UID)
		if other := s.find(uid); other >= 0 {
			return no(sheet.CardUID, "Line %d has this card already.", s.row(other).line)
		}
		if r := card.Reversed(l.Card.UID); r != l.Card.UID {
			if other := s.find(s.print('c', r)); other >= 0 {
				warning = &sheet.Problem{Line: l.Number, Column: sheet.CardUID, Text: fmt.Sprintf("Line %d has the same card, reversed (%s). Only one of the two is what a charger sends.", s.row(other).line, r)}
			}
		}
	}
	root := row // the first row about the same person
	if at >= 0 {
		root = at
	}
	repeated, other := s.vehicle(l, root)
	if other >= 0 {
		return no(sheet.VehiclePlate, "Line %d has this vehicle with something else about it, or for somebody else.", s.row(other).line)
	}
	if at >= 0 {
		if l.Card.UID == "" && (l.Vehicle == nil || repeated) {
			return no(sheet.Email, "Line %d has this user already.", s.row(at).line)
		}
		for i, f := range fields {
			if f != 0 && f != s.row(at).fields[i] {
				return no(columns[i], "Line %d says something else about this user.", s.row(at).line)
			}
		}
		prior = &Prior{Row: at, Line: int(s.row(at).line), Car: repeated}
	} else {
		if l.Email != "" {
			s.add(email, row)
		}
		if l.ExternalID != "" {
			s.add(external, row)
		}
	}
	if l.Card.UID != "" {
		s.add(uid, row)
	}
	if l.Vehicle != nil && !repeated {
		for _, key := range l.VehicleKeys() {
			s.add(s.print('v', key), row)
		}
		s.add(s.print('w', vehicleText(l, root)), row)
	}
	return prior, warning, nil
}

// vehicle compares a row's vehicle with those of the rows before it: repeated says
// that a row about the same person, the first of which is root, has just the same;
// other is a row that has it in another way, or -1.
func (s *Seen) vehicle(l *sheet.Line, root int) (repeated bool, other int) {
	if l.Vehicle == nil {
		return false, -1
	}
	if s.find(s.print('w', vehicleText(l, root))) >= 0 {
		return true, -1
	}
	for _, key := range l.VehicleKeys() {
		if row := s.find(s.print('v', key)); row >= 0 {
			return false, row
		}
	}
	return false, -1
}

// vehicleText is all that a row says of a vehicle, and whose it is.
func vehicleText(l *sheet.Line, root int) string {
	v := l.Vehicle
	return strings.Join([]string{strconv.Itoa(root), v.Country, v.Plate, v.Make, v.Model, v.MAC, strconv.FormatInt(v.BatteryWh, 10)}, "\x00")
}

// fingerprint is 76 bits of seeded hashes: among three million of them two are
// alike once in ten thousand million files.
type fingerprint struct {
	shard     uint16 // the 12 that choose the set it is in
	high, low uint32
}

// prints is a set of fingerprints with the row that each was found in: a table
// of 12 bytes an entry, without pointers.
type prints struct {
	slots []slot
	n     int
}

type slot struct {
	high, low uint32
	row       uint32 // from 1; 0 for an empty slot
}

func (p *prints) find(f fingerprint) (row int) {
	if len(p.slots) == 0 {
		return -1
	}
	mask := uint32(len(p.slots) - 1) //nolint:gosec // there are slots
	for i := f.low & mask; ; i = (i + 1) & mask {
		switch s := &p.slots[i]; {
		case s.row == 0:
			return -1
		case s.high == f.high && s.low == f.low:
			return int(s.row) - 1
		}
	}
}

func (p *prints) add(f fingerprint, row int) {
	if 6*(p.n+1) > 5*len(p.slots) {
		old := p.slots
		p.slots = make([]slot, max(8, 2*len(old)))
		for _, s := range old {
			if s.row != 0 {
				p.put(s)
			}
		}
	}
	p.put(slot{f.high, f.low, uint32(row) + 1}) //nolint:gosec // a file has at most 2 GB, and fewer rows
	p.n++
}

func (p *prints) put(s slot) {
	mask := uint32(len(p.slots) - 1) //nolint:gosec // there are slots
	i := s.low & mask
	for p.slots[i].row != 0 {
		i = (i + 1) & mask
	}
	p.slots[i] = s
}
