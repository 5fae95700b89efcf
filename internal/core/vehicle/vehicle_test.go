package vehicle_test

import (
	"strings"
	"testing"

	"involt/internal/core/vehicle"
	"involt/internal/kit/errs"
)

func TestPlatesAreWrittenAndRecognisedByCountry(t *testing.T) {
	for _, tc := range []struct {
		country, typed, want string
		odd                  bool
	}{
		{"DE", "b-ev 123e", "B-EV 123E", false},
		{"DE", "M AB 1", "M AB 1", false},
		{"DE", "MÜ-XY  9999H", "MÜ-XY 9999H", false},
		{"DE", "1234 BCD", "1234 BCD", true},
		{"DE", "B-EV 0123", "B-EV 0123", true},
		{"NL", "g123bb", "G-123-BB", false},
		{"NL", "12-ab-34", "12-AB-34", false},
		{"NL", "1234AB", "12-34-AB", false},
		{"NL", "B-EV 123E", "B-EV 123E", true},
		{"NL", "ABCDEF", "ABCDEF", true},
		{"FR", "ab 123 cd", "AB-123-CD", false},
		{"FR", "1234 AB 75", "1234 AB 75", false},
		{"FR", "AB-12-CD", "AB-12-CD", true},
		{"BE", "1abc234", "1-ABC-234", false},
		{"BE", "ABC 123", "ABC 123", false},
		{"BE", "12-ABC-34", "12-ABC-34", true},
		{"AT", "w 12345 a", "W 12345 A", false},
		{"AT", "GU ABC1", "GU ABC1", false},
		{"AT", "12345", "12345", true},
		{"GB", "ab12cde", "AB12 CDE", false},
		{"GB", "A1 ABC", "A1 ABC", false},
		{"GB", "AB-123-CD", "AB-123-CD", true},
		{"ES", "1234bcd", "1234 BCD", false},
		{"ES", "1234 AEI", "1234 AEI", true},
		{"ES", "M 1234 AB", "M 1234 AB", false},
		{"PL", "whatever 1", "WHATEVER 1", false}, // nobody told us how they look
	} {
		got := vehicle.Plate(tc.country, tc.typed)
		if odd := vehicle.Looks(tc.country, got); got != tc.want || (odd != "") != tc.odd {
			t.Errorf("%s %q: %q, said %q; want %q, odd %v", tc.country, tc.typed, got, odd, tc.want, tc.odd)
		}
	}
	for _, c := range vehicle.Countries {
		if c.Example != "" && vehicle.Looks(c.Code, c.Example) != "" {
			t.Errorf("the example of %s does not look like one: %s", c.Name, c.Example)
		}
	}
	if a, b := vehicle.Key("b-ev 123e"), vehicle.Key("B EV·123-E"); a != b || a != "BEV123E" {
		t.Errorf("two spellings of a plate differ: %s, %s", a, b)
	}
}

func TestMACsAreReadInAnySpelling(t *testing.T) {
	for typed, want := range map[string]string{
		"00:7d:fa:01:2b:3c": "007DFA012B3C", "00-7D-FA-01-2B-3C": "007DFA012B3C", "007d.fa01.2b3c": "007DFA012B3C", "VID:007DFA012B3C": "007DFA012B3C",
		"0x007dfa012b3c": "007DFA012B3C", " 007DFA 012B3C ": "007DFA012B3C", "": "", " ": "",
	} {
		if got, err := vehicle.MAC(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"007DFA012B3", "007DFA012B3CD", "zz:7d:fa:01:2b:3c", "-", "00:00:00:00:00:00", "ff-ff-ff-ff-ff-ff"} {
		if got, err := vehicle.MAC(typed); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q was read as %q, %v", typed, got, err)
		}
	}
}

func TestWhatIsWrongWithAVehicleIsSaidAtItsField(t *testing.T) {
	for name, tc := range map[string]struct {
		in   vehicle.Vehicle
		want string
	}{
		"nothing":             {vehicle.Vehicle{}, "at least one thing"},
		"no country":          {vehicle.Vehicle{Plate: "B-EV 1"}, "country of the plate"},
		"a strange country":   {vehicle.Vehicle{Plate: "B-EV 1", Country: "XX"}, "from the list"},
		"only dashes":         {vehicle.Vehicle{Plate: "---", Country: "DE"}, "letters or digits"},
		"a long make":         {vehicle.Vehicle{Make: strings.Repeat("x", 5000)}, "5000 characters; at most 60"},
		"a control":           {vehicle.Vehicle{Model: "a\x00b"}, "cannot be shown"},
		"a battery too large": {vehicle.Vehicle{Make: "x", BatteryWh: 5_000_001}, "5,000 kWh"},
		"a MAC too short":     {vehicle.Vehicle{MAC: "12"}, "12 hexadecimal digits"},
	} {
		if err := tc.in.Clean(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	v := vehicle.Vehicle{Plate: " ab123cd ", Country: "fr", Make: " Renault ", Model: "Zoe", MAC: "00:7d:fa:01:2b:3c"}
	if err := v.Clean(); err != nil || v.Plate != "AB-123-CD" || v.Country != "FR" || v.Name() != "Renault Zoe" || v.CardUID() != "VID:007DFA012B3C" {
		t.Errorf("%+v, %v", v, err)
	}
}
