package vehicle

import (
	"regexp"
	"strings"
	"unicode"
)

// Country is a country whose plates may be entered.
type Country struct {
	Code string // ISO 3166-1 alpha-2
	Name string
	// like is how a plate looks in its Key form; nil where we do not know.
	like *regexp.Regexp
	// Example is a plate as people write it there; "" where like is nil.
	Example string
}

// Countries are those to choose from, by name. How plates look is stated for the
// series that are on the road today; older, personal and diplomatic ones differ,
// which is why no plate is refused for its looks.
var Countries = []Country{
	{Code: "AT", Name: "Austria", Example: "W 12345 A", like: regexp.MustCompile(`^[A-ZÄÖÜ]{1,2}([0-9]{1,5}[A-Z]{1,3}|[A-Z]{1,5}[0-9]{1,5})$`)},
	{Code: "BE", Name: "Belgium", Example: "1-ABC-234", like: regexp.MustCompile(`^([0-9][A-Z]{3}[0-9]{3}|[A-Z]{3}[0-9]{3}|[0-9]{3}[A-Z]{3})$`)},
	{Code: "BG", Name: "Bulgaria"},
	{Code: "HR", Name: "Croatia"},
	{Code: "CY", Name: "Cyprus"},
	{Code: "CZ", Name: "Czechia"},
	{Code: "DK", Name: "Denmark", Example: "AB 12 345", like: regexp.MustCompile(`^[A-Z]{2}[0-9]{5}$`)},
	{Code: "EE", Name: "Estonia"},
	{Code: "FI", Name: "Finland", Example: "ABC-123", like: regexp.MustCompile(`^[A-ZÅÄÖ]{1,3}[0-9]{1,3}$`)},
	{Code: "FR", Name: "France", Example: "AB-123-CD", like: regexp.MustCompile(`^([A-HJ-NP-TV-Z]{2}[0-9]{3}[A-HJ-NP-TV-Z]{2}|[0-9]{1,4}[A-Z]{1,3}([0-9]{2,3}|2[AB]))$`)},
	{Code: "DE", Name: "Germany", Example: "B-EV 123E", like: regexp.MustCompile(`^[A-ZÄÖÜ]{1,3}[A-Z]{1,2}[1-9][0-9]{0,3}[EH]?$`)},
	{Code: "GR", Name: "Greece"},
	{Code: "HU", Name: "Hungary"},
	{Code: "IS", Name: "Iceland"},
	{Code: "IE", Name: "Ireland"},
	{Code: "IT", Name: "Italy", Example: "AB 123 CD", like: regexp.MustCompile(`^[A-Z]{2}[0-9]{3}[A-Z]{2}$`)},
	{Code: "LV", Name: "Latvia"},
	{Code: "LI", Name: "Liechtenstein"},
	{Code: "LT", Name: "Lithuania"},
	{Code: "LU", Name: "Luxembourg", Example: "AB 1234", like: regexp.MustCompile(`^([A-Z]{2}[0-9]{4}|[0-9]{4,5})$`)},
	{Code: "MT", Name: "Malta"},
	{Code: "NL", Name: "Netherlands", Example: "G-123-BB", like: regexp.MustCompile(`^[0-9A-Z]{6}$`)},
	{Code: "NO", Name: "Norway", Example: "EV 12345", like: regexp.MustCompile(`^[A-Z]{2}[0-9]{4,5}$`)},
	{Code: "PL", Name: "Poland"},
	{Code: "PT", Name: "Portugal"},
	{Code: "RO", Name: "Romania"},
	{Code: "SK", Name: "Slovakia"},
	{Code: "SI", Name: "Slovenia"},
	{Code: "ES", Name: "Spain", Example: "1234 BCD", like: regexp.MustCompile(`^([0-9]{4}[BCDFGHJ-NPR-TV-Z]{3}|[A-Z]{1,2}[0-9]{4}[A-Z]{0,2})$`)},
	{Code: "SE", Name: "Sweden", Example: "ABC 12D", like: regexp.MustCompile(`^[A-Z]{3}[0-9]{2}[0-9A-Z]$`)},
	{Code: "CH", Name: "Switzerland", Example: "ZH 123456", like: regexp.MustCompile(`^[A-Z]{2}[0-9]{1,6}$`)},
	{Code: "TR", Name: "Türkiye"},
	{Code: "UA", Name: "Ukraine"},
	{Code: "GB", Name: "United Kingdom", Example: "AB12 CDE", like: regexp.MustCompile(`^([A-Z]{2}[0-9]{2}[A-Z]{3}|[A-Z][0-9]{1,3}[A-Z]{3}|[A-Z]{3}[0-9]{1,3}[A-Z]|[A-Z]{1,3}[0-9]{1,4}|[0-9]{1,4}[A-Z]{1,3})$`)},
}

func country(code string) (Country, bool) {
	for _, c := range Countries {
		if c.Code == code {
			return c, true
		}
	}
	return Country{}, false
}

func isCountry(code string) bool {
	_, ok := country(code)
	return ok
}

// CountryName is the name of a country by its code, or the code itself.
func CountryName(code string) string {
	if c, ok := country(code); ok {
		return c.Name
	}
	return code
}

// Key is the form in which plates are compared: letters and digits, upper case.
func Key(plate string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, plate)
}

var (
	dutchParts   = regexp.MustCompile(`[0-9]+|[A-Z]+`)
	frenchParts  = regexp.MustCompile(`^([A-Z]{2})([0-9]{3})([A-Z]{2})$`)
	belgianParts = regexp.MustCompile(`^([0-9])([A-Z]{3})([0-9]{3})$`)
	spanishParts = regexp.MustCompile(`^([0-9]{4})([A-Z]{3})$`)
	britishParts = regexp.MustCompile(`^([A-Z]{2}[0-9]{2})([A-Z]{3})$`)
)

// Plate writes a plate as people write it in its country, as far as that follows
// from its letters and digits alone: a German plate is left as it was typed, for
// nothing but its gap tells where the district ends.
func Plate(code, plate string) string {
	plate = strings.ToUpper(strings.Join(strings.Fields(plate), " "))
	key := Key(plate)
	switch code {
	case "NL":
		if parts := dutch(key); parts != "" {
			return parts
		}
	case "FR":
		if m := frenchParts.FindStringSubmatch(key); m != nil {
			return m[1] + "-" + m[2] + "-" + m[3]
		}
	case "BE":
		if m := belgianParts.FindStringSubmatch(key); m != nil {
			return m[1] + "-" + m[2] + "-" + m[3]
		}
	case "ES":
		if m := spanishParts.FindStringSubmatch(key); m != nil {
			return m[1] + " " + m[2]
		}
	case "GB":
		if m := britishParts.FindStringSubmatch(key); m != nil {
			return m[1] + " " + m[2]
		}
	}
	return plate
}

// dutch puts dashes between the three groups of a Dutch plate; four letters or
// digits in a row are two groups. It returns "" for what is no such plate.
func dutch(key string) string {
	if len(key) != 6 || strings.Trim(key, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ""
	}
	var parts []string
	for _, p := range dutchParts.FindAllString(key, -1) {
		if len(p) == 4 {
			parts = append(parts, p[:2], p[2:])
		} else {
			parts = append(parts, p)
		}
	}
	if len(parts) != 3 {
		return ""
	}
	return strings.Join(parts, "-")
}

// Looks says what is odd about a plate, in a sentence, or "" if it looks like
// one of its country or we do not know how those look.
func Looks(code, plate string) string {
	c, ok := country(code)
	if !ok || c.like == nil || plate == "" {
		return ""
	}
	if code == "NL" && dutch(Key(plate)) == "" || !c.like.MatchString(Key(plate)) {
		return "This does not look like a plate of " + c.Name + ", which reads like " + c.Example + ". Check it; it is kept as it is."
	}
	return ""
}
