package site

// Away is who may charge at a location while the database is away.
type Away string

// What a location may say of that time. Cards and people that are blocked or
// deactivated never charge.
const (
	AwayKnown   Away = ""             // those who may charge there otherwise, by what was known last
	AwayClosed  Away = "closed"       // nobody
	AwayPrivate Away = "open-private" // besides, all whose cards the workspace knows, whatever place and time they are for
	AwayOpen    Away = "open"         // besides, cards that nobody knows
)

// Aways lists them all.
var Aways = []Away{AwayKnown, AwayClosed, AwayPrivate, AwayOpen}

// UsualAwayCap is what a session may take, in watt-hours, that only Away lets
// begin, if nobody says otherwise: some 100 km.
const UsualAwayCap = 20_000
