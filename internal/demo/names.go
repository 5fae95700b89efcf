package demo

// Names of five languages, as a European operator's user list has them. None is
// meant to be anybody's.
var (
	firstNames = []string{
		"Amélie", "Bastian", "Chiara", "Daan", "Emeka", "Freja", "Gwen", "Hiroshi", "Inês", "Jonas", "Katarzyna", "Lukas", "Maren", "Noor", "Oskar",
		"Paula", "Quentin", "Rosa", "Stefan", "Thijs", "Ulrike", "Vera", "Willem", "Xavier", "Yara", "Zoë", "Anouk", "Björn", "Camille", "Dirk",
		"Elena", "Femke", "Giulia", "Hannah", "Ivo", "Jule", "Koen", "Léa", "Marta", "Nils", "Olivia", "Pieter", "Ruth", "Sanne", "Tomás", "Ute",
		"Víctor", "Wiebke", "Youssef", "Álvaro", "Clara", "Émile", "Fatima", "Greta", "Henk", "Isabel", "Jürgen", "Lotte", "Manon", "Niamh",
	}
	lastNames = []string{
		"Fournier", "Krüger", "Lombardi", "de Vries", "Okafor", "Sørensen", "Hughes", "Tanaka", "Carvalho", "Lindqvist", "Nowak", "Huber", "Jansen",
		"El Amrani", "Bergström", "Sánchez", "Lefèvre", "Martinelli", "Schäfer", "van den Berg", "Weiß", "Petrov", "Bakker", "Dubois", "Haddad",
		"Meijer", "Visser", "Öztürk", "Moreau", "Vogel", "García", "Smit", "Ferrari", "Schmidt", "Horvat", "Brandt", "Mulder", "Rousseau", "Kowalski",
		"Larsen", "Evans", "Peeters", "Keller", "Bos", "Silva", "Hoffmann", "Ortega", "Petersen", "Benali", "Müller-Lüdenscheidt", "Rossi", "Maes",
		"Fischer", "Dekker", "Iglesias", "Walter", "Claes", "Girard", "O'Neill", "Nguyễn",
	}
	domains     = []string{"northgrid.example", "stadtwerke.example", "harbourside.example", "example.org", "example.com"}
	costCenters = []string{"4100 Sales", "4200 Service", "4300 Fleet", "4400 Residents", ""}
	departments = []string{"Field service", "Sales", "Board", "Workshop", ""}
)
