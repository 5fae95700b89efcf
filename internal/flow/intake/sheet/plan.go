package sheet

import (
	"cmp"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
)

// Fill puts what l says into p and returns what that changes. Empty cells
// change nothing, and the status is none of its business.
func (l *Line) Fill(p *person.Person) (changes []Change) {
	for _, f := range [...]struct {
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
			changes = append(changes, Change{Column: f.column, Old: *f.field, New: f.text})
			*f.field = f.text
		}
	}
	return changes
}

// field is the field of a person that a column fills, nil if none.
func field(p *person.Person, c Column) *string {
	switch c {
	case Email:
		return &p.Email
	case Phone:
		return &p.Phone
	case FirstName:
		return &p.FirstName
	case LastName:
		return &p.LastName
	case Language:
		return &p.Language
	case ExternalID:
		return &p.ExternalID
	case CostCenter:
		return &p.CostCenter
	case Info1:
		return &p.Info1
	case Info2:
		return &p.Info2
	default:
		return nil
	}
}

// Set writes a person's field that a column fills. Other columns fill none.
func Set(p *person.Person, c Column, text string) {
	if f := field(p, c); f != nil {
		*f = text
	}
}

// Get reads it; ok is false for a column that fills none.
func Get(p *person.Person, c Column) (text string, ok bool) {
	if f := field(p, c); f != nil {
		return *f, true
	}
	return "", false
}

// Made are those of the changes that are made, and not kept back.
func Made(changes []Change) []Change {
	n := 0
	for _, c := range changes {
		if c.Kept == "" {
			n++
		}
	}
	if n == len(changes) {
		return changes
	}
	made := make([]Change, 0, n)
	for _, c := range changes {
		if c.Kept == "" {
			made = append(made, c)
		}
	}
	return made
}

// FirstStatus is the status of a user who was not known: what the file says,
// else Imported; without an e-mail address nobody can be invited, so they are Active.
func (l *Line) FirstStatus() person.Status {
	if l.Email == "" {
		return cmp.Or(l.Status, person.Active)
	}
	return cmp.Or(l.Status, person.Imported)
}

// Fill puts what the line says of its card into have and returns what that changes.
func (c Card) Fill(have *card.Card, zone *time.Location) (changes []Change) {
	if c.Printed != "" && c.Printed != have.Printed {
		changes = append(changes, Change{Column: CardPrinted, Old: have.Printed, New: c.Printed})
		have.Printed = c.Printed
	}
	if !c.ValidFrom.IsZero() && !c.ValidFrom.Equal(have.ValidFrom) {
		changes = append(changes, Change{Column: CardValidFrom, Old: day(have.ValidFrom, zone), New: day(c.ValidFrom, zone)})
		have.ValidFrom = c.ValidFrom
	}
	if !c.ValidTo.IsZero() && !c.ValidTo.Equal(have.ValidTo) {
		changes = append(changes, Change{Column: CardValidTo, Old: lastDay(have.ValidTo, zone), New: lastDay(c.ValidTo, zone)})
		have.ValidTo = c.ValidTo
	}
	if c.Business != nil && *c.Business != have.Business {
		changes = append(changes, Change{Column: CardKind, Old: use(have.Business), New: use(*c.Business)})
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

// New lists what a line says of somebody, or of a card of nobody, who was not
// known: later says that an earlier line described them, and this one adds to it;
// repeated, that one named the vehicle too.
func (l *Line) New(later, repeated bool, zone *time.Location) (changes []Change) {
	var p person.Person
	nobody := l.Nobody()
	if !later {
		changes = l.Fill(&p)
	}
	if !later && !nobody {
		status := l.FirstStatus()
		changes = append(changes, Change{Column: Status, New: string(status)})
	}
	if l.Account != "" {
		changes = append(changes, Change{Column: Account, New: l.Account})
	}
	for _, r := range l.Roles {
		changes = append(changes, Change{Column: Role, New: r})
	}
	if l.Card.UID != "" {
		changes = append(changes, Change{Column: CardUID, New: l.Card.UID})
		var c card.Card
		changes = append(changes, Card{Printed: l.Card.Printed, ValidFrom: l.Card.ValidFrom, ValidTo: l.Card.ValidTo}.Fill(&c, zone)...)
	}
	for _, g := range l.Groups {
		changes = append(changes, Change{Column: Groups, New: g})
	}
	if l.Vehicle != nil && !repeated {
		changes = append(changes, l.FillVehicle(&vehicle.Vehicle{})...)
	}
	return append(changes, l.terms(zone)...)
}

// terms lists what a line says of somebody's access, and of what is paid back.
func (l *Line) terms(zone *time.Location) (changes []Change) {
	for _, c := range []Change{{Column: StartDate, New: day(l.From, zone)}, {Column: EndDate, New: lastDay(l.Until, zone)}} {
		if c.New != "" {
			changes = append(changes, c)
		}
	}
	if l.Rate != 0 {
		changes = append(changes, Change{Column: ReimbursementRate, New: l.Rate.String()})
	}
	if l.Invite != nil && *l.Invite {
		changes = append(changes, Change{Column: Invite, New: "yes"})
	}
	return changes
}
