package ui

import "involt/internal/kit/errs"

// Words are the sentences and labels components say of their own, in one
// language. What a page says is passed to the components by the page. A %s or
// %d takes what the field's comment names.
type Words struct {
	Months   [12]string // short, "Jan"
	Just     string     // less than a minute ago
	Soon     string     // in less than a minute
	MinAgo   string     // %d minutes
	HourAgo  string     // %d hours
	DayAgo   string     // %d days, two or more
	Yest     string
	InMin    string // %d minutes
	InHour   string // %d hours
	InDay    string // %d days, two or more
	Tomorrow string
	Never    string

	SkipToContent string
	OpenMenu      string // the button that opens the menu on phones
	CloseMenu     string
	MainMenu      string // name of the menu
	Breadcrumb    string
	Search        string
	GoTo          string // name of the go-to dialog
	GoToHint      string
	NoMatch       string // %s what was typed
	Theme         string // name of the theme switch
	ThemeLight    string
	ThemeDark     string
	ThemeSystem   string
	SignOut       string
	Switch        string // name of the workspace switcher
	PersonMenu    string // %s the person
	Close         string
	Cancel        string
	OpenAsPage    string
	Notices       string // name of the region where toasts appear

	Actions       string
	ActionsFor    string // %s the thing
	Select        string // %s the thing
	SelectPage    string
	SelectAll     string // %s how many match
	Selected      string // %s how many are selected
	NoneSelected  string
	SortBy        string // %s the column
	Filter        string // the button of a filter form without scripts
	ClearFilters  string
	RemoveFilter  string // %s the filter
	Previous      string
	Next          string
	First         string
	Pages         string // name of the pager
	RangeOf       string // %s from, %s to, %s of
	CountOf       string // %s of
	About         string // %s a number that was estimated
	Results       string // %s how many, announced after a search
	OneResult     string
	NoResult      string
	Yes           string
	No            string
	Optional      string
	Show          string // shows a password
	Hide          string
	ErrorsTitle   string
	ErrorPrefix   string // read before an error beside its field
	InRow         string // %s the row's number, %s the sentence
	InRows        string // %s the rows' numbers, %s the sentence
	AndMore       string // %s how many
	Add           string // %s what was typed
	Choose        string // first line of a select
	Copy          string
	Copied        string
	Table         string // opens the table behind a chart
	Working       string // what a button says while its form is on the way
	Progress      string // %s done, %s of
	Fault         string // shown for a fault of ours
	Back          string
	ConnectionOff string // said when a request could not be made

	ErrorTitles map[errs.Kind]string // heading of the error page
	Status      map[string]string    // words of the states Status draws, by key
}

// English and German are the languages of the console. WordsOf picks one.
var (
	English = &Words{
		Months: [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		Just:   "just now", Soon: "in a moment", MinAgo: "%d min ago", HourAgo: "%d h ago", DayAgo: "%d days ago", Yest: "yesterday",
		InMin: "in %d min", InHour: "in %d h", InDay: "in %d days", Tomorrow: "tomorrow", Never: "never",
		SkipToContent: "Skip to content", OpenMenu: "Open menu", CloseMenu: "Close menu", MainMenu: "Main", Breadcrumb: "Breadcrumb",
		Search: "Search", GoTo: "Go to anything", GoToHint: "People, cards, plates, chargers, pages …", NoMatch: "Nothing found for “%s”.",
		Theme: "Theme", ThemeLight: "Light", ThemeDark: "Dark", ThemeSystem: "As the system", SignOut: "Sign out", Switch: "Switch workspace",
		PersonMenu: "Your menu, %s", Close: "Close", Cancel: "Cancel", OpenAsPage: "Open as a page", Notices: "Notices",
		Actions: "Actions", ActionsFor: "Actions for %s", Select: "Select %s", SelectPage: "Select all on this page",
		SelectAll: "Select all %s matching", Selected: "%s selected", NoneSelected: "Select something in the list first.",
		SortBy: "Sort by %s", Filter: "Apply", ClearFilters: "Clear filters", RemoveFilter: "Remove filter %s",
		Previous: "Previous", Next: "Next", First: "Back to the start", Pages: "Pages", RangeOf: "%s–%s of %s", CountOf: "%s in all", About: "about %s",
		Results: "%s results", OneResult: "1 result", NoResult: "No results",
		Yes: "Yes", No: "No", Optional: "optional", Show: "Show password", Hide: "Hide password", ErrorsTitle: "There is a problem", ErrorPrefix: "Error:",
		InRow: "Row %s: %s", InRows: "Rows %s: %s", AndMore: "and %s more",
		Add: "Add “%s”", Choose: "Choose …", Copy: "Copy", Copied: "Copied", Table: "Show as a table", Working: "Working …", Progress: "%s of %s",
		Fault: "Something went wrong on our side. It has been noted. Please try again.", Back: "Back",
		ConnectionOff: "No answer from the server. Check the connection and try again.",
		ErrorTitles: map[errs.Kind]string{
			errs.Internal: "Something went wrong", errs.Invalid: "That did not work", errs.NotFound: "Not found", errs.Conflict: "Changed meanwhile",
			errs.Denied: "No permission", errs.SignedOut: "Please sign in", errs.Gone: "No longer valid", errs.Unavailable: "Not available right now",
		},
		Status: map[string]string{
			"imported": "Imported", "invited": "Invited", "pending": "To be approved", "to_be_approved": "To be approved", "active": "Active", "deactivated": "Deactivated",
			"declined": "Declined", "deleted": "Deleted", "inactive": "Inactive", "blocked": "Blocked", "suspended": "Suspended", "expired": "Expired",
			"queued": "Queued", "sent": "Sent", "delivered": "Delivered", "bounced": "Bounced", "opened": "Opened", "accepted": "Accepted", "revoked": "Revoked",
			"charging": "Charging", "ongoing": "Charging", "ended": "Ended", "completed": "Ended", "refused": "Refused", "failed": "Failed", "done": "Done", "running": "Running",
			"available": "Available", "preparing": "Preparing", "occupied": "Occupied", "reserved": "Reserved", "finishing": "Finishing", "suspended_ev": "Paused by car",
			"suspended_evse": "Paused by charger", "unavailable": "Out of service", "faulted": "Faulted", "offline": "Offline", "online": "Online", "unknown": "Unknown",
		},
	}
	German = &Words{
		Months: [12]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."},
		Just:   "gerade eben", Soon: "gleich", MinAgo: "vor %d Min.", HourAgo: "vor %d Std.", DayAgo: "vor %d Tagen", Yest: "gestern",
		InMin: "in %d Min.", InHour: "in %d Std.", InDay: "in %d Tagen", Tomorrow: "morgen", Never: "nie",
		SkipToContent: "Zum Inhalt", OpenMenu: "Menü öffnen", CloseMenu: "Menü schließen", MainMenu: "Hauptmenü", Breadcrumb: "Pfad",
		Search: "Suchen", GoTo: "Überallhin springen", GoToHint: "Personen, Karten, Kennzeichen, Ladepunkte, Seiten …", NoMatch: "Nichts gefunden für „%s“.",
		Theme: "Darstellung", ThemeLight: "Hell", ThemeDark: "Dunkel", ThemeSystem: "Wie das System", SignOut: "Abmelden", Switch: "Arbeitsbereich wechseln",
		PersonMenu: "Ihr Menü, %s", Close: "Schließen", Cancel: "Abbrechen", OpenAsPage: "Als Seite öffnen", Notices: "Meldungen",
		Actions: "Aktionen", ActionsFor: "Aktionen für %s", Select: "%s auswählen", SelectPage: "Alle auf dieser Seite auswählen",
		SelectAll: "Alle %s Treffer auswählen", Selected: "%s ausgewählt", NoneSelected: "Wählen Sie zuerst etwas in der Liste aus.",
		SortBy: "Nach %s sortieren", Filter: "Anwenden", ClearFilters: "Filter löschen", RemoveFilter: "Filter %s entfernen",
		Previous: "Zurück", Next: "Weiter", First: "Zum Anfang", Pages: "Seiten", RangeOf: "%s–%s von %s", CountOf: "%s insgesamt", About: "etwa %s",
		Results: "%s Treffer", OneResult: "1 Treffer", NoResult: "Keine Treffer",
		Yes: "Ja", No: "Nein", Optional: "freiwillig", Show: "Passwort anzeigen", Hide: "Passwort verbergen", ErrorsTitle: "Da stimmt etwas nicht", ErrorPrefix: "Fehler:",
		InRow: "Zeile %s: %s", InRows: "Zeilen %s: %s", AndMore: "und %s weitere",
		Add: "„%s“ hinzufügen", Choose: "Auswählen …", Copy: "Kopieren", Copied: "Kopiert", Table: "Als Tabelle zeigen", Working: "Einen Moment …", Progress: "%s von %s",
		Fault: "Bei uns ist etwas schiefgegangen. Es wurde festgehalten. Bitte versuchen Sie es noch einmal.", Back: "Zurück",
		ConnectionOff: "Der Server antwortet nicht. Prüfen Sie die Verbindung und versuchen Sie es noch einmal.",
		ErrorTitles: map[errs.Kind]string{
			errs.Internal: "Etwas ist schiefgegangen", errs.Invalid: "Das hat nicht geklappt", errs.NotFound: "Nicht gefunden", errs.Conflict: "Inzwischen geändert",
			errs.Denied: "Keine Berechtigung", errs.SignedOut: "Bitte melden Sie sich an", errs.Gone: "Nicht mehr gültig", errs.Unavailable: "Gerade nicht verfügbar",
		},
		Status: map[string]string{
			"imported": "Importiert", "invited": "Eingeladen", "pending": "Freizugeben", "to_be_approved": "Freizugeben", "active": "Aktiv", "deactivated": "Deaktiviert",
			"declined": "Abgelehnt", "deleted": "Gelöscht", "inactive": "Inaktiv", "blocked": "Gesperrt", "suspended": "Ausgesetzt", "expired": "Abgelaufen",
			"queued": "Wartet", "sent": "Gesendet", "delivered": "Zugestellt", "bounced": "Unzustellbar", "opened": "Geöffnet", "accepted": "Angenommen", "revoked": "Widerrufen",
			"charging": "Lädt", "ongoing": "Lädt", "ended": "Beendet", "completed": "Beendet", "refused": "Abgewiesen", "failed": "Fehlgeschlagen", "done": "Fertig", "running": "Läuft",
			"available": "Frei", "preparing": "Vorbereitung", "occupied": "Belegt", "reserved": "Reserviert", "finishing": "Beendet gerade", "suspended_ev": "Pause (Fahrzeug)",
			"suspended_evse": "Pause (Ladepunkt)", "unavailable": "Außer Betrieb", "faulted": "Störung", "offline": "Offline", "online": "Online", "unknown": "Unbekannt",
		},
	}
)

// WordsOf returns the words of a language tag such as "de" or "de-AT", and
// English where there are none yet.
func WordsOf(lang string) *Words {
	if len(lang) >= 2 && lang[:2] == "de" {
		return German
	}
	return English
}
