package sheet

// format is how another system's exports are headed, where its words mean
// something else than ours.
type format struct {
	name    string
	header  []string // the headings, as headingKey has them, that tell it
	columns map[string]Column
	cards   bool // also of nobody
}

var formats = []format{
	{
		"Everon",
		[]string{"rfid", "contractid"},
		map[string]Column{"rfid": CardUID, "contractid": CardPrinted},
		true,
	},
	{
		"Open e-Mobility tags",
		[]string{"id", "visualid", "description"},
		map[string]Column{"id": CardUID, "visualid": CardPrinted, "description": "", "firstname": FirstName, "name": LastName, "email": Email, "siteids": ""},
		true,
	},
	{
		"Open e-Mobility users",
		[]string{"email", "firstname", "name", "siteids"},
		map[string]Column{"email": Email, "firstname": FirstName, "name": LastName, "siteids": ""},
		false,
	},
	{
		"SAP E-Mobility",
		[]string{"authid", "visualnumber"},
		map[string]Column{"authid": CardUID, "visualnumber": CardPrinted, "companyid": "", "contractid": "", "issuer": ""},
		true,
	},
}

// formatOf returns the format that a header tells, the zero one for none.
func formatOf(cells []string) format {
	have := map[string]bool{}
	for _, c := range cells {
		have[headingKey(c)] = true
	}
next:
	for _, f := range formats {
		for _, key := range f.header {
			if !have[key] {
				continue next
			}
		}
		return f
	}
	return format{}
}
