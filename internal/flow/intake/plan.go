package intake

import (
	"cmp"
	"slices"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/person"
)

// fill puts what l says into p and returns what that changes. Empty cells
// change nothing, and the status is none of its business.
func (l *Line) fill(p *person.Person) (changes []Change) {
	for _, f := range []struct {
		column Column
		field  *string
		text   string
	}{
		{Email, &p.Email, l.Email},
		{Phone, &p.Phone, l.Phone},
		{FirstName, &p.FirstName, l.FirstName},
		{LastName, &p.LastName, l.LastName},
		{Language, &p.Language, l.Language},
		{ExternalID, &p.ExternalID, l.ExternalID},
		{CostCenter, &p.CostCenter, l.CostCenter},
		{Info1, &p.Info1, l.Info1},
		{Info2, &p.Info2, l.Info2},
	} {
		if f.text != "" && f.text != *f.field {
			changes = append(changes, Change{f.column, *f.field, f.text})
			*f.field = f.text
		}
	}
	return changes
}

// firstStatus is the status of a user who was not known: what the file says,
// else Imported; without an e-mail address nobody can be invited, so they are Active.
func (l *Line) firstStatus() person.Status {
	if l.Email == "" {
		return cmp.Or(l.Status, person.Active)
	}
	return cmp.Or(l.Status, person.Imported)
}

// fill puts what the line says of its card into have and returns what that changes.
func (c Card) fill(have *card.Card, zone *time.Location) (changes []Change) {
	if c.Printed != "" && c.Printed != have.Printed {
		changes = append(changes, Change{CardPrinted, have.Printed, c.Printed})
		have.Printed = c.Printed
	}
	if !c.ValidFrom.IsZero() && !c.ValidFrom.Equal(have.ValidFrom) {
		changes = append(changes, Change{CardValidFrom, day(have.ValidFrom, zone), day(c.ValidFrom, zone)})
		have.ValidFrom = c.ValidFrom
	}
	if !c.ValidTo.IsZero() && !c.ValidTo.Equal(have.ValidTo) {
		changes = append(changes, Change{CardValidTo, lastDay(have.ValidTo, zone), lastDay(c.ValidTo, zone)})
		have.ValidTo = c.ValidTo
	}
	if c.Business != nil && *c.Business != have.Business {
		changes = append(changes, Change{CardKind, use(have.Business), use(*c.Business)})
		have.Business = *c.Business
	}
	return changes
}

func use(business bool) string {
	if business {
		return "business"
	}
	return "private"
}

func day(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateOnly)
}

func lastDay(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return day(t.Add(-time.Nanosecond), zone)
}

// keys collects what must be looked up for a chunk, each once.
type keys struct{ emails, externalIDs, uids []string }

func keysOf(chunk []*entry) (k keys) {
	for _, e := range chunk {
		if e.Email != "" {
			k.emails = append(k.emails, e.Email)
		}
		if e.ExternalID != "" {
			k.externalIDs = append(k.externalIDs, e.ExternalID)
		}
		if e.Card.UID != "" {
			k.uids = append(k.uids, e.Card.UID)
			if r := card.Reversed(e.Card.UID); r != e.Card.UID {
				k.uids = append(k.uids, r)
			}
		}
	}
	for _, list := range []*[]string{&k.emails, &k.externalIDs, &k.uids} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return k
}
