package sheet

import (
	"errors"
	"slices"
	"strings"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/person"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// Line is what one row of a sheet says. What it does not say is empty, and
// changes nothing.
type Line struct {
	Number     int // in the file
	Email      string
	Phone      string
	FirstName  string
	LastName   string
	Language   string
	ExternalID string
	CostCenter string
	Info1      string
	Info2      string
	Status     person.Status
	Groups     []string
	Roles      []string // keys of staff roles
	Account    string   // the name of who pays
	Card       Card

	Cells []string // as read, for the sheet of refused rows

	stock bool // it is about a card and nobody, in a file in which that is meant
}

// Card is the card of a line; UID is "" if it has none.
type Card struct {
	UID       string // canonical
	Typed     string
	Printed   string
	Kind      string    // "rfid", "app", "mac" or "emaid"
	Business  *bool     // nil if the file does not say
	ValidFrom time.Time // the first moment; zero: always
	ValidTo   time.Time // the first moment after; zero: for ever
}

// Change is one field of a user or a card that becomes another.
type Change struct {
	Column Column `json:"column"`
	Old    string `json:"old"`
	New    string `json:"new"`
	Kept   string `json:"kept,omitempty"` // why it does not: who corrected it by hand; then Old stays
}

// Problem is something to say about one row, at one of its cells.
type Problem struct {
	Line   int    `json:"line"`
	Column Column `json:"column,omitempty"`
	Text   string `json:"text"`
}

// exampleID begins the external ids of the template's own rows.
const exampleID = "EXAMPLE-"

// Example reports whether a row came with the template, to show how.
func (h *Header) Example(row table.Row) bool {
	return strings.HasPrefix(strings.ToUpper(h.cell(row, ExternalID)), exampleID)
}

// TooManyCells is what is said of a row that is Overlong.
const TooManyCells = "The row has more cells than there are headings. Perhaps a cell with a comma or semicolon in it needs quotation marks."

// Overlong reports whether a row holds something behind the last column: then its
// cells have moved, and none of them is to be trusted.
func (h *Header) Overlong(row table.Row) bool {
	return slices.ContainsFunc(row.Cells[min(h.width, len(row.Cells)):], func(s string) bool { return strings.TrimSpace(s) != "" })
}

// Parse reads a row. refused is nil if it can be taken; example says that the row came
// with the template. Warnings do not stand in the way.
func (h *Header) Parse(row table.Row, zone *time.Location) (l Line, warnings []Problem, refused *Problem, example bool) {
	l = Line{Number: row.Line, Cells: row.Cells}
	if h.Example(row) {
		return l, nil, nil, true
	}
	at := func(c Column, err error) *Problem {
		if e, ok := errors.AsType[*errs.Error](err); ok && e.Field != "" {
			c = Column(e.Field)
		}
		return &Problem{row.Line, c, err.Error()}
	}
	if h.Overlong(row) {
		return l, nil, &Problem{row.Line, "", TooManyCells}, false
	}
	warn := func(c Column, text string) { warnings = append(warnings, Problem{row.Line, c, text}) }
	var err error
	if text := h.cell(row, Email); text != "" {
		if l.Email, err = person.CleanEmail(text); err != nil {
			return l, nil, at(Email, err), false
		}
		local, domain, _ := strings.Cut(l.Email, "@")
		if better, ok := person.LikelyTypo(domain); ok {
			warn(Email, "Did you mean "+local+"@"+better+"?")
		}
	}
	first, last := h.cell(row, FirstName), h.cell(row, LastName)
	if first == "" && last == "" {
		first, last = parts(h.cell(row, FullName))
	}
	p := person.Person{
		Phone: h.cell(row, Phone), FirstName: first, LastName: last, ExternalID: h.cell(row, ExternalID),
		CostCenter: strings.Join(strings.Fields(h.cell(row, CostCenter)), " "), Info1: h.cell(row, Info1), Info2: h.cell(row, Info2),
	}
	if err := p.Clean(); err != nil {
		return l, nil, at("", err), false
	}
	l.Phone, l.FirstName, l.LastName, l.ExternalID, l.CostCenter, l.Info1, l.Info2 = p.Phone, p.FirstName, p.LastName, p.ExternalID, p.CostCenter, p.Info1, p.Info2
	if text := h.cell(row, Language); text != "" {
		if l.Language, err = parseLanguage(text); err != nil {
			return l, nil, at(Language, err), false
		}
	}
	if text := h.cell(row, Status); text != "" {
		if l.Status, err = parseStatus(text); err != nil {
			return l, nil, at(Status, err), false
		}
		if l.Status != person.Active && l.Status != person.Deactivated {
			if l.Status != person.Imported {
				warn(Status, "Nobody becomes "+l.Status.Label()+" by a file; the status is left as it is, and new users are Imported.")
			}
			l.Status = ""
		}
	}
	if l.Roles, err = parseRoles(h.cell(row, Role)); err != nil {
		return l, nil, at(Role, err), false
	}
	l.Account = strings.Join(strings.Fields(h.cell(row, Account)), " ")
	if len([]rune(l.Account)) > 100 || strings.ContainsFunc(l.Account, isControl) {
		return l, nil, &Problem{row.Line, Account, "An account's name has at most 100 characters."}, false
	}
	l.Groups = split(h.cell(row, Groups))
	for _, g := range l.Groups {
		if len([]rune(g)) > 100 || strings.ContainsFunc(g, isControl) {
			return l, nil, &Problem{row.Line, Groups, "A group's name has at most 100 characters."}, false
		}
	}
	if refused := h.parseCard(row, zone, &l, warn); refused != nil {
		return l, nil, refused, false
	}
	if l.Email == "" && l.ExternalID == "" && l.Card.UID == "" {
		return l, nil, &Problem{row.Line, Email, "The row has no e-mail address, no external id and no card. One of them is needed."}, false
	}
	l.stock = h.cards() && l.empty()
	return l, warnings, nil, false
}

func (h *Header) parseCard(row table.Row, zone *time.Location, l *Line, warn func(Column, string)) *Problem {
	c := &l.Card
	c.Typed = h.cell(row, CardUID)
	c.Printed = h.cell(row, CardPrinted)
	if c.Typed == "" {
		for _, other := range []Column{CardPrinted, CardKind, CardValidFrom, CardValidTo} {
			if h.cell(row, other) != "" {
				warn(other, "There is no card number in this row; what it says about a card is not read.")
				break
			}
		}
		*c = Card{}
		return nil
	}
	r, err := card.Read(c.Typed)
	if err != nil {
		return &Problem{row.Line, CardUID, err.Error()}
	}
	c.UID = r.UID
	if r.Note != "" {
		warn(CardUID, r.Note)
	}
	if len([]rune(c.Printed)) > 64 || strings.ContainsFunc(c.Printed, isControl) {
		return &Problem{row.Line, CardPrinted, "The printed number has at most 64 characters."}
	}
	c.Kind = map[card.Spelling]string{card.SpeltMAC: "mac", card.SpeltEMAID: "emaid"}[r.Spelling]
	if c.Kind == "" {
		c.Kind = "rfid"
	}
	for _, word := range split(h.cell(row, CardKind)) {
		business := true
		switch headingKey(word) {
		case "rfid", "card", "karte", "kaart", "carte", "badge", "tarjeta", "iso14443", "iso15693":
			if c.Kind != "rfid" {
				return &Problem{row.Line, CardKind, "This is not the number of an RFID card."}
			}
		case "app", "appuser":
			c.Kind = "app"
		case "mac", "autocharge", "macaddress":
			if c.Kind != "mac" {
				return &Problem{row.Line, CardKind, "A MAC is written VID: and 12 hexadecimal digits."}
			}
		case "emaid", "plugcharge", "plugandcharge":
			if r.Spelling != card.SpeltEMAID {
				return &Problem{row.Line, CardKind, "This is not an eMAID."}
			}
		case "private", "privat", "prive", "privado", "personal", "particulier":
			business = false
			c.Business = &business
		case "business", "geschaeftlich", "dienstlich", "zakelijk", "professionnel", "profesional", "empresa":
			c.Business = &business
		default:
			return &Problem{row.Line, CardKind, "There is no kind of card called " + word + ". Write rfid, app, mac or emaid."}
		}
	}
	if text := h.cell(row, CardValidFrom); text != "" {
		if c.ValidFrom, err = ParseDate(text, zone); err != nil {
			return &Problem{row.Line, CardValidFrom, err.Error()}
		}
	}
	if text := h.cell(row, CardValidTo); text != "" {
		if c.ValidTo, err = ParseDate(text, zone); err != nil {
			return &Problem{row.Line, CardValidTo, err.Error()}
		}
		c.ValidTo = c.ValidTo.AddDate(0, 0, 1) // the last day counts
	}
	if !c.ValidFrom.IsZero() && !c.ValidTo.IsZero() && !c.ValidTo.After(c.ValidFrom) {
		return &Problem{row.Line, CardValidTo, "The card would end before it begins."}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }

// parts takes a whole name apart: at a comma, behind which the first names stand,
// or before the last word.
func parts(name string) (first, last string) {
	if before, after, ok := strings.Cut(name, ","); ok {
		return strings.TrimSpace(after), strings.TrimSpace(before)
	}
	words := strings.Fields(name)
	if len(words) < 2 {
		return "", name
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}

// Nobody reports whether the line is about a card that is nobody's yet: it says
// nothing about a person, in a file that has cards only or is an export of cards.
func (l *Line) Nobody() bool { return l.stock }

// empty reports whether the line says nothing about a person.
func (l *Line) empty() bool {
	said := l.Email + l.ExternalID + l.FirstName + l.LastName + l.Phone + l.Language + l.CostCenter + l.Info1 + l.Info2 + l.Account
	return said == "" && l.Status == "" && len(l.Groups)+len(l.Roles) == 0
}

// Name is how to call the person of the line.
func (l *Line) Name() string {
	p := person.Person{FirstName: l.FirstName, LastName: l.LastName, Email: l.Email, ExternalID: l.ExternalID}
	if p.FirstName+p.LastName+p.Email+p.ExternalID == "" {
		return ""
	}
	return p.Name()
}

// UpperFirst begins a sentence.
func UpperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
