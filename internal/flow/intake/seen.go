package intake

import (
	"fmt"
	"hash/maphash"

	"involt/internal/core/card"
)

// seen knows the earlier rows of a file. It keeps fingerprints and line
// numbers, not the rows, so that a million of them fit in little memory.
type seen struct {
	seed   [2]maphash.Seed
	people map[fingerprint]*first // by e-mail and by external id
	cards  map[fingerprint]int    // line
}

type fingerprint [2]uint64

// first is the row that describes a person; later ones may add cards to it.
type first struct {
	line    int
	refused bool
	isNew   bool       // the database did not know the person; set when that is known
	fields  [10]uint32 // of describe; 0 for an empty one
}

func newSeen() *seen {
	return &seen{
		seed:   [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
		people: map[fingerprint]*first{}, cards: map[fingerprint]int{},
	}
}

func (s *seen) print(kind byte, text string) (f fingerprint) {
	for i := range f {
		var h maphash.Hash
		h.SetSeed(s.seed[i])
		h.WriteByte(kind)
		h.WriteString(text)
		f[i] = h.Sum64()
	}
	return f
}

// describe lists what a row says of the person, and under which column.
func (l *Line) describe() ([10]string, [10]Column) {
	return [10]string{l.Email, l.ExternalID, l.FirstName, l.LastName, l.Phone, l.Language, l.CostCenter, l.Info1, l.Info2, string(l.Status)},
		[10]Column{Email, ExternalID, FirstName, LastName, Phone, Language, CostCenter, Info1, Info2, Status}
}

// check compares l with the rows before it. prior is the row that described
// the same person, if there is one and this row adds a card to it.
func (s *seen) check(l *Line) (prior, own *first, warning, refused *Problem) {
	no := func(c Column, format string, args ...any) (*first, *first, *Problem, *Problem) {
		return nil, nil, nil, &Problem{l.Number, c, fmt.Sprintf(format, args...)}
	}
	var byEmail, byID *first
	if l.Email != "" {
		byEmail = s.people[s.print('e', l.Email)]
	}
	if l.ExternalID != "" {
		byID = s.people[s.print('x', l.ExternalID)]
	}
	prior = byEmail
	if prior == nil {
		prior = byID
	}
	if prior != nil && prior.refused {
		return no(Email, "Line %d describes this user and is refused; correct it first.", prior.line)
	}
	if byEmail != nil && byID != nil && byEmail != byID {
		return no(ExternalID, "Line %d has this external id with another e-mail address.", byID.line)
	}
	if l.Card.UID != "" {
		if line, ok := s.cards[s.print('c', l.Card.UID)]; ok {
			return no(CardUID, "Line %d has this card already.", line)
		}
		if other := card.Reversed(l.Card.UID); other != l.Card.UID {
			if line, ok := s.cards[s.print('c', other)]; ok {
				warning = &Problem{l.Number, CardUID, fmt.Sprintf("Line %d has the same card, reversed (%s). Only one of the two is what a charger sends.", line, other)}
			}
		}
	}
	texts, columns := l.describe()
	var fields [10]uint32
	for i, text := range texts {
		if text != "" {
			fields[i] = uint32(maphash.String(s.seed[0], text)>>32) | 1
		}
	}
	if prior != nil {
		if l.Card.UID == "" {
			return no(Email, "Line %d has this user already.", prior.line)
		}
		for i, f := range fields {
			if f != 0 && f != prior.fields[i] {
				return no(columns[i], "Line %d says something else about this user.", prior.line)
			}
		}
	} else {
		own = &first{line: l.Number, fields: fields}
		if l.Email != "" {
			s.people[s.print('e', l.Email)] = own
		}
		if l.ExternalID != "" {
			s.people[s.print('x', l.ExternalID)] = own
		}
	}
	if l.Card.UID != "" {
		s.cards[s.print('c', l.Card.UID)] = l.Number
	}
	return prior, own, warning, nil
}
