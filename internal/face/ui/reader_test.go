package ui

import (
	"reflect"
	"testing"
	"time"
)

func reader(lang string) Reader {
	zone := time.FixedZone("+01", 3600)
	return Reader{Lang: lang, Zone: zone, Now: galleryNow}.whole()
}

func TestFiguresAreWrittenForTheReader(t *testing.T) {
	en, de, fr := reader("en"), reader("de-AT"), reader("fr")
	for _, tc := range []struct{ got, want string }{
		{en.Int(0), "0"},
		{en.Int(999), "999"},
		{en.Int(12480), "12,480"},
		{en.Int(-1234567), "−1,234,567"},
		{de.Int(12480), "12.480"},
		{fr.Int(12480), "12\u202f480"},
		{en.Decimal(21437, 3, 1), "21.4"},
		{en.Decimal(21450, 3, 1), "21.5"},
		{en.Decimal(21449, 3, 1), "21.4"},
		{en.Decimal(5, 3, 1), "0.0"},
		{en.Decimal(-5, 3, 1), "0.0"},
		{en.Decimal(-51, 3, 1), "−0.1"},
		{en.Decimal(7, 0, 2), "7.00"},
		{de.Decimal(1234567, 3, 2), "1.234,57"},
		{en.Decimal(999999, 3, 0), "1,000"},
		{en.Money(1250, "EUR"), "€12.50"},
		{en.Money(-5, "GBP"), "−£0.05"},
		{en.Money(1250, "CHF"), "CHF\u00a012.50"},
		{de.Money(125000, "EUR"), "1.250,00\u00a0€"},
		{en.Money(500, "JPY"), "JPY\u00a0500"},
		{en.Duration(45 * time.Minute), "45\u00a0min"},
		{en.Duration(125 * time.Minute), "2\u00a0h 05\u00a0min"},
		{de.Duration(time.Hour), "1\u00a0Std. 00\u00a0min"},
	} {
		if tc.got != tc.want {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
}

func TestTimesAreWrittenForTheReader(t *testing.T) {
	en, de := reader("en"), reader("de")
	ago := func(d time.Duration) time.Time { return galleryNow.Add(-d) }
	for _, tc := range []struct{ got, want string }{
		{en.Ago(ago(0)), "just now"},
		{en.Ago(ago(59 * time.Second)), "just now"},
		{en.Ago(ago(4 * time.Minute)), "4 min ago"},
		{en.Ago(ago(3 * time.Hour)), "3 h ago"},
		{en.Ago(ago(25 * time.Hour)), "yesterday"},
		{en.Ago(ago(9 * 24 * time.Hour)), "9 days ago"},
		{en.Ago(ago(20 * 24 * time.Hour)), "2 Nov 2026"},
		{en.Ago(ago(-30 * time.Second)), "in a moment"},
		{en.Ago(ago(-5 * time.Hour)), "in 5 h"},
		{en.Ago(ago(-30 * time.Hour)), "tomorrow"},
		{en.Ago(ago(-3 * 24 * time.Hour)), "in 3 days"},
		{de.Ago(ago(4 * time.Minute)), "vor 4 Min."},
		{en.Date(time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)), "1 Jan 2027"},
		{en.DateTime(galleryNow), "22 Nov 2026, 11:21"},
		{de.Date(galleryNow), "22. Nov. 2026"},
	} {
		if tc.got != tc.want {
			t.Errorf("%q, want %q", tc.got, tc.want)
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Amélie Fournier": "AF", "Wolfgang von Hohenlohe": "WH", "⚡ Emeka Okafor 🚗": "EO", "Gwen": "G", "": "?", "🚗": "?", "עומר כהן": "עכ", "  ann  ": "A", "anna@example.org": "A", "3M Fleet": "3F",
	} {
		if got := initials(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestEveryWordIsSaidInEveryLanguage finds a field that was forgotten.
func TestEveryWordIsSaidInEveryLanguage(t *testing.T) {
	for lang, w := range map[string]*Words{"en": English, "de": German} {
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s: %s is empty", lang, v.Type().Field(i).Name)
			}
		}
	}
	if WordsOf("de-CH") != German || WordsOf("nl") != English || WordsOf("") != English {
		t.Error("wrong words")
	}
}
