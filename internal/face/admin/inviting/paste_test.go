package inviting

import (
	"strings"
	"testing"

	"involt/internal/flow/onboard"
)

func TestOneLineIsOneRow(t *testing.T) {
	for line, want := range map[string]onboard.Invitee{
		"ann@x.example":                       {Email: "ann@x.example"},
		"ann@x.example, 04A1B2C3":             {Email: "ann@x.example", Card: "04A1B2C3"},
		"ann@x.example\t04 A1 B2 C3":          {Email: "ann@x.example", Card: "04 A1 B2 C3"},
		"04:A1:B2:C3;ann@x.example":           {Email: "ann@x.example", Card: "04:A1:B2:C3"},
		"Ann Ampere <ann@x.example>":          {Email: "ann@x.example", FirstName: "Ann", LastName: "Ampere"},
		"Ann van den Berg <ann@x.example>":    {Email: "ann@x.example", FirstName: "Ann van den", LastName: "Berg"},
		"\"Ampere, Ann\" <ann@x.example>, 77": {Email: "ann@x.example", FirstName: "Ann", LastName: "Ampere", Card: "77"},
		"mailto:ann@x.example":                {Email: "ann@x.example"},
		"04A1B2C3":                            {Card: "04A1B2C3"},
		"Ann Ampere":                          {Email: "Ann Ampere"},
		"ann at x.example, 04A1B2C3":          {Email: "ann at x.example, 04A1B2C3"},
		"ann@x.example; ben@x.example":        {Email: "ann@x.example; ben@x.example"},
		"decade":                              {Email: "decade"},
	} {
		if got := fromPaste("first@x.example\r\n\r\n" + line + "\r\n"); len(got) != 2 || got[0] != (onboard.Invitee{Email: "first@x.example"}) || got[1] != want {
			t.Errorf("%q becomes %+v, want %+v", line, got, want)
		}
	}
	if got := fromPaste(strings.Repeat("x\n", 2*onboard.MaxInvitees)); len(got) != onboard.MaxInvitees+1 {
		t.Errorf("%d rows", len(got))
	}
}
