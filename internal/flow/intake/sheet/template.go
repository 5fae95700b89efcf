package sheet

// Template is the rows of the sheet that people fill in: the columns, and two
// examples, which are passed over when they come back.
func Template() [][]string {
	var names []string
	for _, c := range Readable() {
		if c != FullName && c != VehicleMake && c != VehicleModel { // they are read; two columns for names and one for vehicles are better
			names = append(names, string(c))
		}
	}
	rows := [][]string{names}
	for _, example := range []map[Column]string{
		{
			Email: "ann.example@example.com", Phone: "0049 30 1234567", FirstName: "Ann", LastName: "Example (this row is not imported)", Language: "en",
			ExternalID: exampleID + "1", Groups: "Staff;Night shift", CostCenter: "CC-100", Info1: "Berlin", CardUID: "04:A1:B2:C3:D4:E5:F6",
			CardPrinted: "EX-000001", CardKind: "rfid", CardValidFrom: "2026-01-01", CardValidTo: "2029-12-31",
			VehiclePlate: "B-EV 123E", VehicleCountry: "DE", VehicleName: "Volt Two", VehicleBattery: "77", StartDate: "2027-01-01", EndDate: "2029-12-31", Invite: "yes",
		},
		{
			FirstName: "Pool car", LastName: "Example (this row is not imported)", ExternalID: exampleID + "2", Status: "active", Groups: "Fleet",
			CostCenter: "CC-200", CardUID: "04A1B2C3", CardPrinted: "EX-000002",
		},
	} {
		var cells []string
		for _, n := range names {
			cells = append(cells, example[Column(n)])
		}
		rows = append(rows, cells)
	}
	return rows
}
