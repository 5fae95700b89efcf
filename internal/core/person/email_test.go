package person

import (
	"fmt"
	"math/rand/v2"
	"net/mail"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"involt/internal/kit/errs"
)

func TestCleanEmail(t *testing.T) {
	for in, want := range map[string]string{
		"Ann@Example.com":                  "ann@example.com",
		" ann@example.com\t":               "ann@example.com",
		"o'brien+ev@mail.example.co.uk":    "o'brien+ev@mail.example.co.uk",
		"a_b-c.d=e@x-y.org":                "a_b-c.d=e@x-y.org",
		"ann@münchen.de":                   "ann@xn--mnchen-3ya.de",
		"ann@xn--mnchen-3ya.de":            "ann@xn--mnchen-3ya.de",
		"ann@XN--MNCHEN-3YA.DE":            "ann@xn--mnchen-3ya.de",
		strings.Repeat("a", 64) + "@x.org": strings.Repeat("a", 64) + "@x.org",
	} {
		if got, err := CleanEmail(in); err != nil || got != want {
			t.Errorf("CleanEmail(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestCleanEmailRefuses(t *testing.T) {
	for in, says := range map[string]string{
		"":                                      "empty",
		"ann":                                   "has no @",
		"@x.org":                                "nothing stands before",
		"ann@":                                  "nothing stands after",
		"a@b@x.org":                             "more than one @",
		"Ann <ann@x.org>":                       "only the address itself",
		"<ann@x.org>":                           "only the address itself",
		"mailto:ann@x.org":                      "only the address itself",
		"\"ann b\"@x.org":                       "only the address itself",
		"ann(comment)@x.org":                    "only the address itself",
		"ann@[127.0.0.1]":                       "only the address itself",
		"ann@x.org,bob@x.org":                   "one address only",
		"ann@x.org; bob@x.org":                  "one address only",
		"ann b@x.org":                           "space",
		"ann@x.org\r\nBcc: e@x.org":             "",
		"ann@x.org\n":                           "control character",
		"ann@x.org\x00":                         "control character",
		"ann%evil.org@x.org":                    "may not stand before",
		"evil.org!ann@x.org":                    "may not stand before",
		".ann@x.org":                            "a dot stands",
		"ann.@x.org":                            "a dot stands",
		"a..n@x.org":                            "a dot stands",
		"änn@x.org":                             "without accents",
		"ann@localhost":                         "no ending",
		"ann@x.org.":                            "not a domain name",
		"ann@-x.org":                            "not a domain name",
		"ann@x_y.org":                           "not a domain name",
		"ann@127.0.0.1":                         "not a domain name",
		"ann@x..org":                            "not a domain name",
		"ann@xn--abc-.org":                      "not a domain name",
		"ann@x。org":                             "not a domain name",
		"ann@ｅxample.com":                       "not a domain name",
		"ann@\u212aelvin.com":                   "not a domain name", // U+212A
		"ann@exa\u200bmple.com":                 "not a domain name",
		strings.Repeat("a", 65) + "@x.org":      "before the @ is too long",
		"a@" + strings.Repeat("x", 64) + ".org": "not a domain name",
		"a@" + strings.Repeat(strings.Repeat("x", 60)+".", 4) + "toolong.org": "",
		strings.Repeat("é", 300) + "@x.org":                                   "too long",
	} {
		got, err := CleanEmail(in)
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), says) || len(err.Error()) > 500 {
			t.Errorf("CleanEmail(%.60q) = %q, %v; want %q", in, got, err, says)
		}
	}
}

// TestThreat/R21: of 5,000 hostile strings, whatever is taken is one address
// that a mail library reads as exactly that address, with nothing else in it.
// TestThreat/R23: of 10,000 pairs that look alike, none become one address
// unless they differ in ASCII case only.
func TestThreat(t *testing.T) {
	t.Run("R21_wrong_recipient_by_address_syntax", func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(21, 21))
		parts := []string{
			"ann", "eve", "@", "example.com", "evil.org", "\"", "<", ">", "(", ")", ",", ";", ":", "\\", "\r\n", "\n", "\r", "\x00", " ", "\t",
			"%", "!", "Bcc: eve@evil.org", "=?utf-8?q?eve?=", "%0d%0a", "[127.0.0.1]", ".", "..", "+tag", "\u2028", "\u00a0", "ü", "|", "`", "{", "RCPT TO:", "SIZE=1", "-",
		}
		taken := 0
		for range 5000 {
			var b strings.Builder
			b.WriteString("ann")
			for range 1 + rnd.IntN(4) {
				b.WriteString(parts[rnd.IntN(len(parts))])
			}
			b.WriteString("@example.com")
			if rnd.IntN(2) == 0 {
				b.WriteString(parts[rnd.IntN(len(parts))])
			}
			s := b.String()
			clean, err := CleanEmail(s)
			if err != nil {
				continue
			}
			taken++
			a, err := mail.ParseAddress(clean)
			if err != nil || a.Address != clean || a.Name != "" || strings.ContainsAny(clean, "\r\n\x00 \t,;<>\"()\\%!") || strings.Count(clean, "@") != 1 {
				t.Fatalf("%q became %q, read as %+v, %v", s, clean, a, err)
			}
			if !strings.EqualFold(strings.Trim(s, " \t"), clean) && !strings.Contains(s, "ü") {
				t.Fatalf("%q became another address: %q", s, clean)
			}
		}
		if taken == 0 {
			t.Error("nothing was taken; the corpus proves nothing")
		}
	})
	t.Run("R23_lookalike_takeover", func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(23, 23))
		swaps := map[rune][]string{
			'k': {"\u212a", "\u03ba", "\uff4b"}, 'i': {"\u0131", "\u0130", "\u0456"}, 's': {"\u017f", "\u0455", "\uff53"},
			'a': {"\u0430", "\uff41", "\u00e4", "a\u0308", "\u200ba", "a\u200d", "\u00aa"}, 'e': {"\u0435", "\u00e9", "e\u0301", "e\u00ad"},
			'o': {"\u043e", "\u00ba", "\u2134"}, '.': {"\u3002", "\uff0e", "\uff61"}, 'm': {"\uff4d", "\u217f"}, '@': {"\uff20"},
		}
		people := []string{"kai.iskes@example.com", "mika@kiosk.example", "alice.smoke@sakis.org"}
		checked := 0
		for checked < 10000 {
			base := people[rnd.IntN(len(people))]
			var b strings.Builder
			for _, c := range base {
				alt := swaps[c]
				switch n := rnd.IntN(10); {
				case n == 0 && len(alt) > 0:
					b.WriteString(alt[rnd.IntN(len(alt))])
				case n == 1:
					b.WriteRune(unicode.ToUpper(c))
				default:
					b.WriteRune(c)
				}
			}
			mutant := b.String()
			if rnd.IntN(4) == 0 {
				mutant = norm.NFD.String(mutant)
			}
			onlyCase := lowerASCII(mutant) == base // NFD makes a K of a Kelvin sign
			checked++
			want, err := CleanEmail(base)
			if err != nil {
				t.Fatal(err)
			}
			got, err := CleanEmail(mutant)
			if same := err == nil && got == want; same != onlyCase {
				t.Fatalf("%q and %q (%+q): same address = %v", base, mutant, mutant, same)
			}
		}
	})
}

func TestLikelyTypo(t *testing.T) {
	for in, want := range map[string]string{
		"gmial.com": "gmail.com", "gamil.com": "gmail.com", "gmai.com": "gmail.com", "gmail.con": "gmail.com", "gmaill.com": "gmail.com", "gmial.con": "gmail.com",
		"gmail.co": "gmail.com", "gmailcom": "gmail.com", "gmail.de": "gmail.com",
		"hotmial.com": "hotmail.com", "hotmail.cm": "hotmail.com", "outlok.com": "outlook.com", "yaho.com": "yahoo.com", "yahooo.com": "yahoo.com",
		"t-onlne.de": "t-online.de", "hotmai.co.uk": "hotmail.co.uk", "orage.fr": "orange.fr",
		"gmail.com": "", "mail.com": "", "email.com": "", "ymail.com": "", "example.com": "", "gmx.de": "", "web.de": "", "hotmail.nl": "", "company.co": "", "me.com": "", "hotmail.ca": "", "x.de": "",
	} {
		if got, ok := LikelyTypo(in); got != want || ok != (want != "") {
			t.Errorf("LikelyTypo(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}

func FuzzCleanEmail(f *testing.F) {
	for _, s := range []string{"Ann <Ann@Example.com>", "ann@münchen.de", "a@xn--mnchen-3ya.de", "a@xn--zca.de", "A+b@X.org", "a@ß.de", "a@\u05d0.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := CleanEmail(s)
		if err != nil {
			return
		}
		if b, err := CleanEmail(a); err != nil || b != a {
			t.Errorf("CleanEmail(%q) = %q, and again %q, %v", s, a, b, err)
		}
		for i := range len(a) {
			if a[i] >= 0x80 || a[i] <= ' ' || a[i] >= 'A' && a[i] <= 'Z' {
				t.Errorf("CleanEmail(%q) = %q is not clean", s, a)
			}
		}
		_, domain, _ := strings.Cut(a, "@")
		LikelyTypo(domain)
	})
}

func BenchmarkCleanEmail(b *testing.B) {
	for _, s := range []string{"ann.example@example.com", "Ann@münchen.de"} {
		b.Run(fmt.Sprintf("%.5s", s), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := CleanEmail(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
