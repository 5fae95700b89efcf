package account

import (
	"strings"

	"involt/internal/kit/errs"
)

// rule is how a country writes its VAT ids.
type rule struct {
	prefix string // that the id bears; of the EU's VIES where it has one
	like   string // an example, for the message
	check  func(string) bool
}

// rules say, by ISO country, how its VAT ids are written and which check digits
// they bear. Formats: European Commission, VIES, "VAT identification numbers:
// structure" (FAQ, question 11). Check digits of the EU: European Commission,
// TAXUD, "VIES: VAT number algorithms"; where a country publishes the rule
// itself, that is named at the function.
var rules = map[string]rule{
	"AT": {"AT", "ATU13585627", vatAT}, "BE": {"BE", "BE0428759497", vatBE}, "BG": {"BG", "BG175074752", vatBG},
	"CY": {"CY", "CY10259033P", vatCY}, "CZ": {"CZ", "CZ25123891", vatCZ}, "DE": {"DE", "DE136695976", vatDE},
	"DK": {"DK", "DK13585628", vatDK}, "EE": {"EE", "EE100931558", vatEE}, "ES": {"ES", "ESB58378431", vatES},
	"FI": {"FI", "FI20774740", vatFI}, "FR": {"FR", "FR40303265045", vatFR}, "GB": {"GB", "GB980780684", vatGB},
	"GR": {"EL", "EL094259216", vatGR}, "HR": {"HR", "HR33392005961", vatHR}, "HU": {"HU", "HU12892312", vatHU},
	"IE": {"IE", "IE6433435F", vatIE}, "IT": {"IT", "IT00743110157", vatIT}, "LT": {"LT", "LT119511515", vatLT},
	"LU": {"LU", "LU15027442", vatLU}, "LV": {"LV", "LV40003521600", vatLV}, "MT": {"MT", "MT11679112", vatMT},
	"NL": {"NL", "NL004495445B01", vatNL}, "PL": {"PL", "PL8567346215", vatPL}, "PT": {"PT", "PT501964843", vatPT},
	"RO": {"RO", "RO18547290", vatRO}, "SE": {"SE", "SE123456789701", vatSE}, "SI": {"SI", "SI50223054", vatSI},
	"SK": {"SK", "SK2022749619", vatSK},
	"CH": {"CHE", "CHE-107.787.577 MWST", vatCH}, "NO": {"NO", "NO 974 760 673 MVA", vatNO},
}

// NeedsVAT reports whether a business of a country has to give its VAT id.
func NeedsVAT(country string) bool {
	_, known := rules[country]
	return known
}

// CleanVAT brings a VAT id of a country (ISO 3166-1 alpha-2) into the form in
// which it is kept: upper case, without spaces, dots and dashes, with the
// country's letters. It checks form and check digit, not whether anybody has that
// number. An errs.Invalid at "vat_id" says what is wrong. Ids of countries whose
// rule is not known are taken as they are; they may be missing.
func CleanVAT(country, typed string) (string, error) {
	text := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-/", r) {
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(typed)))
	r, known := rules[country]
	if !known {
		if len(text) > 20 || strings.ContainsFunc(text, func(r rune) bool { return !isDigit(r) && (r < 'A' || r > 'Z') }) {
			return "", errs.AtField("vat_id", "A VAT id has at most 20 letters and digits.")
		}
		return text, nil
	}
	if text == "" {
		return "", errs.AtField("vat_id", "A business needs its VAT id, as in %s.", r.like)
	}
	prefix := r.prefix
	switch country {
	case "GB":
		if strings.HasPrefix(text, "XI") { // Northern Ireland, in trade with the EU
			prefix = "XI"
		}
	case "GR":
		if rest, found := strings.CutPrefix(text, "GR"); found {
			text = prefix + rest
		}
	case "CH": // the words for value added tax that stand behind it
		for _, word := range []string{"MWST", "TVA", "IVA"} {
			text = strings.TrimSuffix(text, word)
		}
	case "NO":
		text = strings.TrimSuffix(text, "MVA")
	}
	number := strings.TrimPrefix(text, prefix)
	if len(text) > 2 && text == number && isLetter(text[0]) && isLetter(text[1]) && isOther(country, text[:2]) {
		return "", errs.AtField("vat_id", "%s begins with the letters of another country; here it begins with %s, as in %s.", text, prefix, r.like)
	}
	if country == "BE" && len(number) == 9 { // as written before 2005
		number = "0" + number
	}
	if !r.check(number) {
		return "", errs.AtField("vat_id", "%s is not a VAT id: a digit or letter is wrong or missing. It is written as in %s.", text, r.like)
	}
	return prefix + number, nil
}

// isOther reports whether two letters are another country's.
func isOther(country, letters string) bool {
	for c, r := range rules {
		if c != country && r.prefix[:2] == letters {
			return true
		}
	}
	return false
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isLetter(b byte) bool { return b >= 'A' && b <= 'Z' }

// digits reports whether s is n digits.
func digits(s string, n int) bool {
	return len(s) == n && !strings.ContainsFunc(s, func(r rune) bool { return !isDigit(r) })
}

// sum weighs the first digits of s, as many as there are weights.
func sum(s string, weights ...int) (n int) {
	for i, w := range weights {
		n += int(s[i]-'0') * w
	}
	return n
}

func digit(s string, i int) int { return int(s[i] - '0') }

func value(s string) (n int) {
	for i := range len(s) {
		n = n*10 + digit(s, i)
	}
	return n
}

// luhn is ISO/IEC 7812-1 annex B.
func luhn(s string) bool {
	n := 0
	for i := range len(s) {
		d := digit(s, len(s)-1-i)
		if i%2 == 1 {
			d *= 2
		}
		n += d/10 + d%10
	}
	return n%10 == 0
}

// mod1110 is ISO 7064, MOD 11,10.
func mod1110(s string) bool {
	check := 5
	for i := range len(s) {
		if check == 0 {
			check = 10
		}
		check = (check*2%11 + digit(s, i)) % 10
	}
	return check == 1
}
