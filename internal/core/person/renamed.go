package person

// Renamed are the fields of a name that are otherwise in to.
func (p *Person) Renamed(to *Person) (fields []string) {
	if p.FirstName != to.FirstName {
		fields = append(fields, "first_name")
	}
	if p.LastName != to.LastName {
		fields = append(fields, "last_name")
	}
	return fields
}
