package onboard

import "involt/internal/core/person"

// renamed are the names that somebody wrote otherwise than they stood there.
func renamed(p, to *person.Person) (fields []string) {
	if p.FirstName != to.FirstName {
		fields = append(fields, "first_name")
	}
	if p.LastName != to.LastName {
		fields = append(fields, "last_name")
	}
	return fields
}
