// Package person is the users of a workspace: drivers, employees, staff, pool
// cars.
//
// A person has one status, and moves between statuses only as [Person.Become]
// allows.
package person

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/errs"
	"involt/internal/kit/fold"
)

// Person is one human being, or one vehicle, in one workspace.
type Person struct {
	ID         id.Person
	Workspace  id.Workspace
	Email      string // canonical, unique in the workspace; "" for pool cars and guest cards
	FirstName  string
	LastName   string
	Phone      string
	Language   string // two letters; "" if unknown
	ExternalID string // the operator's own number, unique in the workspace; "" if none
	CostCenter string
	Info1      string
	Info2      string
	Account    id.Account // who pays; "" for the operator itself

	Status       Status
	StatusReason string    // why deactivated
	StatusAt     time.Time // since when
	Identity     id.Identity
	CardsUntil   time.Time // the cards of somebody imported work until then, also while they are invited; zero if they do not

	Sessions   int64 // how many ended
	Wh         int64 // their energy, watt-hours
	LastCharge time.Time

	Version int64 // of the row that this was read from
	Created time.Time
}

// Status is how far a person has come.
type Status string

// The statuses.
const (
	Imported     Status = "imported"       // known from a file or a directory; has not been asked
	Invited      Status = "invited"        // has a link that they may follow
	ToBeApproved Status = "to-be-approved" // followed it; an admin has to agree
	Active       Status = "active"         // may charge
	Deactivated  Status = "deactivated"    // may not; nothing is forgotten
	Declined     Status = "declined"       // asked, and was refused
)

// Statuses lists them in the order in which people pass through.
var Statuses = []Status{Imported, Invited, ToBeApproved, Active, Deactivated, Declined}

var labels = map[Status]string{
	Imported: "Imported", Invited: "Invited", ToBeApproved: "To be approved",
	Active: "Active", Deactivated: "Deactivated", Declined: "Declined",
}

// Label is the status as screens show it.
func (s Status) Label() string { return labels[s] }

// ParseStatus reads a status as files, filters and the API write it, other
// vendors' words included. Unknown ones are an errs.Invalid.
func ParseStatus(text string) (Status, error) {
	key := strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(strings.TrimSpace(text)))
	switch key {
	case "enabled":
		return Active, nil
	case "disabled":
		return Deactivated, nil
	case "pending":
		return ToBeApproved, nil
	}
	if s := Status(key); labels[s] != "" {
		return s, nil
	}
	return "", errs.New(errs.Invalid, "%q is not a status. Use one of: imported, invited, to be approved, active, deactivated.", text)
}

// moves lists every step a person may take. What is not here cannot happen.
var moves = map[Status][]Status{
	Imported:     {Invited, ToBeApproved, Active, Deactivated},
	Invited:      {Imported, ToBeApproved, Active, Deactivated},
	ToBeApproved: {Active, Declined},
	Active:       {Deactivated},
	Deactivated:  {Active},
	Declined:     {ToBeApproved, Invited},
}

// May reports whether p may move to s.
func (p *Person) May(s Status) bool { return slices.Contains(moves[p.Status], s) }

// Become moves p to s, or says why it cannot.
func (p *Person) Become(s Status, now time.Time) error {
	if !p.May(s) {
		return errs.New(errs.Conflict, "A user who is %s cannot become %s.", p.Status.Label(), s.Label())
	}
	p.Status, p.StatusAt, p.StatusReason = s, now, ""
	return nil
}

// Name is how to call the person: the name, or what else tells them apart.
func (p *Person) Name() string {
	for _, name := range []string{strings.TrimSpace(p.FirstName + " " + p.LastName), p.Email, p.ExternalID} {
		if name != "" {
			return name
		}
	}
	return "Unnamed user"
}

// CalledBy is how a sentence names p to by: without the permission to see
// personal data it does not.
func (p *Person) CalledBy(by access.Actor) string {
	if by.Perms.Has(access.PersonalData) {
		return p.Name()
	}
	return "This user"
}

// SortName is what lists sort by and the search compares with: the last name
// first, without case and accents.
func (p *Person) SortName() string {
	if p.FirstName == "" && p.LastName == "" {
		return Fold(p.Name())
	}
	return Fold(strings.TrimSpace(p.LastName + " " + p.FirstName))
}

// Fold brings text to a form without case and accents, for comparing and
// sorting.
func Fold(s string) string { return fold.Text(s) }

// limits says how long each text may be, in characters.
const (
	maxName = 200
	maxText = 500
)

// Clean trims p's texts and says which one is too long or holds characters that
// no name has.
func (p *Person) Clean() error {
	for _, f := range []struct {
		field, label string
		text         *string
		limit        int
	}{
		{"first_name", "first name", &p.FirstName, maxName},
		{"last_name", "last name", &p.LastName, maxName},
		{"phone", "phone number", &p.Phone, 40},
		{"external_id", "external id", &p.ExternalID, 100},
		{"cost_center", "cost center", &p.CostCenter, 100},
		{"info_1", "first info field", &p.Info1, maxText},
		{"info_2", "second info field", &p.Info2, maxText},
	} {
		*f.text = strings.TrimSpace(*f.text)
		if n := len([]rune(*f.text)); n > f.limit {
			return errs.AtField(f.field, "The %s has %d characters; at most %d fit. Please shorten it.", f.label, n, f.limit)
		}
		if strings.ContainsFunc(*f.text, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
			return errs.AtField(f.field, "The %s holds characters that cannot be shown. Please type it again.", f.label)
		}
	}
	return nil
}
