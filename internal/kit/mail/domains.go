package mail

import (
	"regexp"
	"slices"
	"strings"

	"involt/internal/kit/errs"

	"golang.org/x/net/idna"
)

// Domains are the domains of e-mail addresses: who has an address in one of them
// belongs to it. An address in a part of a domain ("berlin.example.com") does
// not.
type Domains []string

// MostDomains is how many domains a list may have.
const MostDomains = 50

var domainRE = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)

// ParseDomains reads a list as people type it, with spaces, commas, semicolons
// or lines between, and an @ before a domain or none. What is no domain is an
// errs.Invalid at field.
func ParseDomains(field, text string) (list Domains, err error) {
	for _, one := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;\t\r\n", r) }) {
		name := strings.TrimPrefix(one, "@")
		ascii, err := idna.Lookup.ToASCII(name)
		if ascii = strings.ToLower(ascii); err != nil || len(ascii) > 253 || !domainRE.MatchString(ascii) {
			return nil, errs.AtField(field, "%q is not a domain. Write what stands behind the @, for instance northgrid.example.", short(one))
		}
		if !slices.Contains(list, ascii) {
			list = append(list, ascii)
		}
	}
	if len(list) > MostDomains {
		return nil, errs.AtField(field, "These are %d domains; at most %d fit.", len(list), MostDomains)
	}
	return list, nil
}

func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// String is the list as it is stored, and as [ParseDomains] reads it.
func (d Domains) String() string { return strings.Join(d, " ") }

// Hold reports whether a canonical address is in one of the domains.
func (d Domains) Hold(email string) bool {
	_, domain, ok := strings.Cut(email, "@")
	return ok && slices.Contains(d, domain)
}
