package person

import (
	"strings"

	"involt/internal/kit/errs"

	"golang.org/x/net/idna"
)

// The longest an address may be, in bytes: RFC 5321 §4.5.3.1, as corrected by
// RFC 3696 erratum 1690.
const (
	maxEmail     = 254
	maxLocalPart = 64
)

// CleanEmail returns the form of an address that is stored, compared and
// mailed to, or an errs.Invalid that says what is wrong.
//
// It takes one bare address and nothing else: no display name, no angle
// brackets, no comment, no quoted local part, no list. The local part is ASCII;
// the domain may be an international one and comes back in its ASCII form.
// Upper case is lowered in ASCII only and nothing is mapped or normalised: two
// spellings are one address if they differ in ASCII case or in the
// A-label and U-label of one domain, and in no other way. A Kelvin sign
// is not a k, and whoever owns the one address does not own the other.
func CleanEmail(s string) (string, error) {
	s = strings.Trim(s, " \t")
	bad := func(why string) (string, error) {
		shown := s
		if len(shown) > 80 {
			shown = strings.ToValidUTF8(shown[:80], "") + "…"
		}
		return "", errs.New(errs.Invalid, "%q is not an e-mail address: %s.", shown, why)
	}
	switch {
	case s == "":
		return "", errs.New(errs.Invalid, "The e-mail address is empty.")
	case len(s) > 2*maxEmail:
		return bad("it is too long")
	}
	// Most of what goes wrong is a mailbox as mail programs copy it, or two of them.
	switch {
	case strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
		return bad("it has a control character in it")
	case strings.ContainsAny(s, `<>"():[]\`):
		return bad("write only the address itself, as in ann@example.com")
	case strings.ContainsAny(s, ",;"):
		return bad("it must be one address only")
	case strings.ContainsAny(s, " \t"):
		return bad("it has a space in it")
	}
	local, domain, found := strings.Cut(s, "@")
	switch {
	case !found:
		return bad("it has no @")
	case strings.Contains(domain, "@"):
		return bad("it has more than one @")
	}
	local = lowerASCII(local)
	if why := localFault(local); why != "" {
		return bad(why)
	}
	domain, why := cleanDomain(domain)
	if why != "" {
		return bad(why)
	}
	if len(local)+1+len(domain) > maxEmail {
		return bad("it is too long")
	}
	return local + "@" + domain, nil
}

// localFault says what is wrong with a local part, or "". What remains is a
// dot-atom of RFC 5322 §3.2.3 without "%" and "!", by which relays were once
// told to pass mail on to somebody else.
func localFault(local string) string {
	switch {
	case local == "":
		return "nothing stands before the @"
	case len(local) > maxLocalPart:
		return "the part before the @ is too long"
	case local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, ".."):
		return "a dot stands where none may stand"
	}
	for i := 0; i < len(local); i++ {
		c := local[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', strings.IndexByte(".#$&'*+-/=?^_`{|}~", c) >= 0:
		case c >= 0x80:
			return "before the @ only letters without accents, digits and signs may stand"
		default:
			return "it has a character that may not stand before the @"
		}
	}
	return ""
}

// registered takes names as registries do: it refuses what other profiles
// map silently (full width, long s, Kelvin sign), so that nothing collides.
var registered = idna.New(
	idna.ValidateForRegistration(),
	idna.VerifyDNSLength(true),
)

func cleanDomain(domain string) (ascii, why string) {
	const wrong = "what stands after the @ is not a domain name"
	domain = lowerASCII(domain)
	if domain == "" {
		return "", "nothing stands after the @"
	}
	ascii, err := registered.ToASCII(domain)
	if err != nil || len(ascii) > 253 {
		return "", wrong
	}
	labels := strings.Split(ascii, ".")
	if len(labels) < 2 {
		return "", "its domain has no ending such as .com"
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return "", wrong
		}
		for i := 0; i < len(l); i++ {
			if c := l[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return "", wrong
			}
		}
	}
	last := labels[len(labels)-1]
	if len(last) < 2 || last[0] >= '0' && last[0] <= '9' {
		return "", wrong // no top-level domain begins with a digit; addresses of machines do
	}
	// The name must mean itself when read back, or it could stand for two.
	if back, err := registered.ToASCII(ascii); err != nil || back != ascii {
		return "", wrong
	}
	return ascii, ""
}

func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// providers are the domains that most private addresses have, and that people
// therefore mistype most.
var providers = []string{
	"gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "protonmail.com",
	"t-online.de", "freenet.de", "hotmail.de", "yahoo.de", "outlook.de", "posteo.de", "mailbox.org",
	"hotmail.nl", "kpnmail.nl", "ziggo.nl", "planet.nl", "hetnet.nl", "xs4all.nl",
	"hotmail.fr", "orange.fr", "wanadoo.fr", "laposte.net", "yahoo.fr", "outlook.fr",
	"hotmail.es", "yahoo.es", "outlook.es", "telefonica.net", "hotmail.co.uk", "yahoo.co.uk", "btinternet.com",
}

// endings are top-level domains as fingers make them.
var endings = map[string]string{
	"con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "comm": "com", "cpm": "com", "om": "com", "cm": "com", "co": "com",
	"nte": "net", "ned": "net", "ner": "net", "dee": "de", "ed": "de", "nll": "nl",
}

// LikelyTypo reports whether domain (clean, from an address that
// [CleanEmail] took) is probably a mistyped well-known one, and which. It is a
// suggestion: such domains exist, and some people have an address there.
func LikelyTypo(domain string) (suggestion string, ok bool) {
	switch domain {
	case "mail.com", "email.com", "ymail.com", "hotmail.ca", "yahoo.ca", "yahoo.se", "hotmail.se", "outlook.at", "outlook.be":
		return "", false // near a well-known one and well-known itself
	case "gmail.de", "gmail.nl", "gmail.fr", "gmail.es":
		return "gmail.com", true
	}
	for _, p := range providers {
		if domain == p {
			return "", false
		}
	}
	name, ending, _ := strings.Cut(domain, ".")
	for _, p := range providers {
		pname, pending, _ := strings.Cut(p, ".")
		meant := ending
		if fixed, ok := endings[ending]; ok && fixed == pending {
			meant = fixed
		}
		if meant != pending {
			if domain == pname+pending { // the dot was forgotten
				return p, true
			}
			continue
		}
		if name == pname || len(pname) >= 5 && oneSlip(name, pname) {
			return p, true
		}
	}
	return "", false
}

// oneSlip reports whether a becomes b by one letter more, less, other, or by
// two neighbours exchanged.
func oneSlip(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case len(a) == len(b) && len(a) > 0:
		return a[1:] == b[1:] || len(a) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
	case len(a) == len(b)+1:
		return a[1:] == b
	case len(b) == len(a)+1:
		return b[1:] == a
	default:
		return false
	}
}
