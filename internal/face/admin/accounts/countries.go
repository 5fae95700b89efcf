package accounts

import (
	"slices"
	"strings"

	"involt/internal/face/ui"
)

// countries are those that a form offers, by name. Others are shown by their two
// letters: the API takes them.
var countries = func() (list []ui.Option) {
	for line := range strings.SplitSeq(strings.TrimSpace(countryText), "\n") {
		code, name, _ := strings.Cut(line, " ")
		list = append(list, ui.Option{Value: code, Label: name})
	}
	slices.SortFunc(list, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	return list
}()

const countryText = `
AD Andorra
AE United Arab Emirates
AL Albania
AM Armenia
AT Austria
AU Australia
AZ Azerbaijan
BA Bosnia and Herzegovina
BE Belgium
BG Bulgaria
BR Brazil
BY Belarus
CA Canada
CH Switzerland
CL Chile
CN China
CY Cyprus
CZ Czechia
DE Germany
DK Denmark
EE Estonia
EG Egypt
ES Spain
FI Finland
FO Faroe Islands
FR France
GB United Kingdom
GE Georgia
GI Gibraltar
GR Greece
HR Croatia
HU Hungary
IE Ireland
IL Israel
IN India
IS Iceland
IT Italy
JP Japan
KR South Korea
LI Liechtenstein
LT Lithuania
LU Luxembourg
LV Latvia
MA Morocco
MC Monaco
MD Moldova
ME Montenegro
MK North Macedonia
MT Malta
MX Mexico
NL Netherlands
NO Norway
NZ New Zealand
PL Poland
PT Portugal
RO Romania
RS Serbia
SE Sweden
SG Singapore
SI Slovenia
SK Slovakia
SM San Marino
TN Tunisia
TR Türkiye
UA Ukraine
US United States
VA Vatican City
XK Kosovo
ZA South Africa
`

func countryName(code string) string {
	for _, c := range countries {
		if c.Value == code {
			return c.Label
		}
	}
	return code
}

// countryOptions are the countries, with the one that is chosen.
func countryOptions(chosen string) []ui.Option {
	if chosen == "" || countryName(chosen) != chosen {
		return countries
	}
	return append(slices.Clip(countries), ui.Option{Value: chosen, Label: chosen})
}
