package site_test

import (
	"math"
	"testing"

	"involt/internal/core/site"
	"involt/internal/kit/errs"
)

func TestCoordinatesAreReadAsMapsShowThem(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"  ":                      "",
		"52.5163, 13.3777":        "52.516300, 13.377700",
		"52.5163 13.3777":         "52.516300, 13.377700",
		"52.5163°; 13.3777°":      "52.516300, 13.377700",
		"-33.8568,151.2153":       "-33.856800, 151.215300",
		"0, 0":                    "0.000000, 0.000000",
		"90, -180":                "90.000000, -180.000000",
		"52.51630000049, 13.3777": "52.516300, 13.377700",
	} {
		p, err := site.ParsePoint(text)
		if err != nil || p.String() != want || p.Known != (want != "") {
			t.Errorf("%q: %q, %v", text, p, err)
		}
	}
	for _, text := range []string{"52.5163", "90.1, 0", "0, 180.1", "NaN, 0", "Inf, 0", "north, east", "52,5163, 13,3777", "1e400, 0", "1, 2, 3"} {
		if p, err := site.ParsePoint(text); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %q, %v", text, p, err)
		}
	}
}

func TestKilometresBetweenPlaces(t *testing.T) {
	at := func(text string) site.Point {
		p, err := site.ParsePoint(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, tc := range []struct {
		a, b string
		want float64
	}{
		{"52.5163, 13.3777", "52.5163, 13.3777", 0},
		{"52.5163, 13.3777", "48.1374, 11.5755", 504}, // Berlin to Munich
		{"51.5074, -0.1278", "40.7128, -74.0060", 5570},
		{"0, 179.9", "0, -179.9", 22}, // over the date line
		{"90, 0", "-90, 0", 20015},
	} {
		a, b := at(tc.a), at(tc.b)
		ab, _ := a.Kilometres(b)
		ba, known := b.Kilometres(a)
		if !known || math.Abs(ab-tc.want) > 0.01*tc.want+0.1 || math.Abs(ab-ba) > 1e-6 {
			t.Errorf("%s to %s: %.1f km and back %.1f, want %.0f", tc.a, tc.b, ab, ba, tc.want)
		}
	}
	if _, known := at("1, 1").Kilometres(site.Point{}); known {
		t.Error("the way to nowhere is known")
	}
}
