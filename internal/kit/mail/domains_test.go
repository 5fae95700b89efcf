package mail_test

import (
	"strings"
	"testing"

	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

func TestDomainsAreReadAsPeopleTypeThem(t *testing.T) {
	for typed, want := range map[string]string{
		"":                  "",
		"northgrid.example": "northgrid.example",
		"@NorthGrid.example, b.example;c.example": "northgrid.example b.example c.example",
		"a.example\r\na.example\n":                "a.example",
		"bücher.example":                          "xn--bcher-kva.example",
	} {
		got, err := mail.ParseDomains("domains", typed)
		if err != nil || got.String() != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"example", "a@b.example", "-a.example", "a..example", "1.2.3.4", "*.example.com", strings.Repeat("a", 64) + ".example", "a_b.example"} {
		if got, err := mail.ParseDomains("domains", typed); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q is taken for %q, %v", typed, got, err)
		}
	}
}

func TestOnlyTheWholeDomainCounts(t *testing.T) {
	d := mail.Domains{"northgrid.example"}
	for email, want := range map[string]bool{
		"lena@northgrid.example": true, "lena@berlin.northgrid.example": false, "lena@xnorthgrid.example": false,
		"northgrid.example": false, "": false, "lena@northgrid.example.com": false,
	} {
		if d.Hold(email) != want {
			t.Errorf("%q: %v", email, !want)
		}
	}
	if (mail.Domains{}).Hold("a@b.example") {
		t.Error("no domain holds everything")
	}
}
