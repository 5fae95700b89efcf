package sheet

import (
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/person"
	"involt/internal/kit/errs"
)

// statuses are other languages' and other vendors' words; person.ParseStatus
// knows our own.
var statuses = map[string]person.Status{
	"aktiv": person.Active, "aktiviert": person.Active, "actief": person.Active, "actif": person.Active, "active": person.Active, "activo": person.Active, "freigegeben": person.Active,
	"deaktiviert": person.Deactivated, "inaktiv": person.Deactivated, "gesperrt": person.Deactivated, "gedeactiveerd": person.Deactivated, "inactief": person.Deactivated,
	"desactive": person.Deactivated, "inactif": person.Deactivated, "desactivado": person.Deactivated, "inactivo": person.Deactivated, "inactive": person.Deactivated, "blocked": person.Deactivated,
	"importiert": person.Imported, "geimporteerd": person.Imported, "importe": person.Imported, "importado": person.Imported,
	"eingeladen": person.Invited, "uitgenodigd": person.Invited, "invite": person.Invited, "invitado": person.Invited,
}

func parseStatus(text string) (person.Status, error) {
	if s, ok := statuses[headingKey(text)]; ok {
		return s, nil
	}
	return person.ParseStatus(text)
}

var languages = map[string]string{
	"english": "en", "englisch": "en", "engels": "en", "anglais": "en", "ingles": "en", "eng": "en",
	"german": "de", "deutsch": "de", "duits": "de", "allemand": "de", "aleman": "de", "deu": "de", "ger": "de",
	"dutch": "nl", "niederlaendisch": "nl", "nederlands": "nl", "neerlandais": "nl", "holandes": "nl", "neerlandes": "nl", "nld": "nl", "dut": "nl",
	"french": "fr", "franzoesisch": "fr", "frans": "fr", "francais": "fr", "frances": "fr", "fra": "fr", "fre": "fr",
	"spanish": "es", "spanisch": "es", "spaans": "es", "espagnol": "es", "espanol": "es", "spa": "es",
	"italian": "it", "portuguese": "pt", "polish": "pl",
}

// parseLanguage returns two letters: of "de", "de-AT", "German" or "Deutsch".
func parseLanguage(text string) (string, error) {
	if l, ok := languages[headingKey(text)]; ok {
		return l, nil
	}
	l, region, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(text), "_", "-"), "-")
	if len(l) == 2 && l[0] >= 'a' && l[0] <= 'z' && l[1] >= 'a' && l[1] <= 'z' && len(region) <= 4 {
		return l, nil
	}
	return "", errs.New(errs.Invalid, "%q is not a language. Write two letters, as in en or de.", text)
}

// parseRoles returns the keys of the staff roles in a cell. Words for people
// who only drive are no role.
func parseRoles(text string) (roles []string, err error) {
	for _, word := range split(text) {
		switch key := headingKey(word); key {
		case "driver", "user", "employee", "none", "fahrer", "nutzer", "benutzer", "mitarbeiter", "bestuurder", "gebruiker", "conducteur", "utilisateur", "conductor", "usuario", "basic":
		default:
			found := false
			for _, r := range access.Roles {
				if headingKey(r.Key) == key || headingKey(r.Label) == key {
					roles, found = append(roles, r.Key), true
				}
			}
			if !found {
				return nil, errs.New(errs.Invalid, "There is no role called %q. Leave the cell empty for drivers.", word)
			}
		}
	}
	return roles, nil
}

// split takes a cell with several values apart: at semicolons, bars and line
// ends if there are any, else at commas.
func split(text string) (list []string) {
	at := ";|\n"
	if !strings.ContainsAny(text, at) {
		at = ","
	}
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(at, r) }) {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// dateForms are tried in turn. Where day and month are both numbers, the day
// comes first, unless the year does.
var dateForms = []string{
	"2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2.1.2006", "2/1/2006", "2-1-2006", "2 Jan 2006", "2 January 2006", "2-Jan-2006", "Jan 2, 2006", "January 2, 2006",
}

// ParseDate reads a day, at its beginning in zone. A time of day behind it is dropped if it is midnight.
func ParseDate(text string, zone *time.Location) (time.Time, error) {
	t, err := readDate(text, zone)
	if err == nil && (t.Year() < 1990 || t.Year() > lastYear) {
		err = errs.New(errs.Invalid, "The year of %q cannot be right. Write the date as 2027-12-31.", text)
	}
	if err != nil {
		return time.Time{}, err
	}
	return t, nil
}

// lastYear is the last one that a date may be of.
const lastYear = 2199

// readDate reads a day of any year.
func readDate(text string, zone *time.Location) (time.Time, error) {
	day := text
	for _, midnight := range []string{"T00:00:00Z", "T00:00:00", " 00:00:00", " 00:00"} {
		day = strings.TrimSuffix(day, midnight)
	}
	for _, form := range dateForms {
		if t, err := time.ParseInLocation(form, day, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errs.New(errs.Invalid, "%q is not a date. Write it as 2027-12-31.", text)
}
