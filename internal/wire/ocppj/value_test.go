package ocppj

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

func TestIntIsForgivingAboutNumbersOnly(t *testing.T) {
	for in, want := range map[string]Int{
		`7`: 7, `-1`: -1, `12.0`: 12, `12.6`: 13, `1e3`: 1000, `9223372036854775807`: math.MaxInt64, `9223372036854775808`: math.MaxInt64,
		`-1e400`: math.MinInt64, `1e400`: math.MaxInt64, `null`: 0,
	} {
		var n Int
		if err := json.Unmarshal([]byte(in), &n); err != nil || n != want {
			t.Errorf("%s: %d %v", in, n, err)
		}
	}
	for _, in := range []string{`"7"`, `true`, `{}`, `[]`} {
		var n Int
		if json.Unmarshal([]byte(in), &n) == nil {
			t.Errorf("%s: read as %d", in, n)
		}
	}
}

func TestTimesAsChargersSendThem(t *testing.T) {
	want := time.Date(2026, 5, 4, 11, 59, 8, 0, time.UTC)
	for _, in := range []string{
		"2026-05-04T11:59:08Z", "2026-05-04T13:59:08+02:00", "2026-05-04T11:59:08.000000Z", "2026-05-04T11:59:08",
		"2026-05-04 11:59:08", "2026-05-04 11:59:08Z", "2026-05-04T13:59:08+0200",
	} {
		var v Time
		if err := json.Unmarshal([]byte(`"`+in+`"`), &v); err != nil || !v.Equal(want) {
			t.Errorf("%s: %v %v", in, v, err)
		}
	}
	for _, in := range []string{`"yesterday"`, `""`, `"2026-13-45T00:00:00Z"`, `null`} {
		v := Time{want}
		if err := json.Unmarshal([]byte(in), &v); err != nil || in != "null" && !v.IsZero() {
			t.Errorf("%s: %v %v", in, v, err)
		}
	}
	var v Time
	if json.Unmarshal([]byte(`17`), &v) == nil {
		t.Error("a number is no time")
	}
	for in, want := range map[time.Time]string{
		time.Date(2026, 5, 4, 13, 59, 8, 123456789, time.FixedZone("", 7200)): `"2026-05-04T11:59:08.123Z"`,
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC):                          `"9999-12-31T23:59:59.000Z"`,
		time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC):                             `"0001-01-01T00:00:00.000Z"`,
	} {
		if b, err := json.Marshal(At(in)); err != nil || string(b) != want {
			t.Errorf("%v: %s %v", in, b, err)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"äöü", 2, "äö"}, {"a\xffb", 5, "ab"}, {"", 0, ""}} {
		if got := Cut(c.in, c.n); got != c.want {
			t.Errorf("%q: %q", c.in, got)
		}
	}
}

func s(value float64, measurand, unit string) Sample {
	return Sample{Value: value, Measurand: measurand, Unit: unit}
}

func phase(value float64, measurand, p string) Sample {
	return Sample{Value: value, Measurand: measurand, Phase: p}
}

func TestFiguresFromSamples(t *testing.T) {
	const none = -1
	for _, c := range []struct {
		name           string
		in             []Sample
		energy, watt   int64
		percent, parts int
	}{
		{"bare value is a register in Wh", []Sample{{Value: 1234.4}}, 1234, none, none, 1},
		{"kWh", []Sample{s(1.2345, energyRegister, "kWh")}, 1235, none, none, 1},
		{"MWh", []Sample{s(2, energyRegister, "MWh")}, 2_000_000, none, none, 1},
		{"odd case", []Sample{s(2, energyRegister, "KWH")}, 2000, none, none, 1},
		{"multiplier", []Sample{{Value: 12, Multiplier: 3}}, 12_000, none, none, 1},
		{"absurd multiplier", []Sample{{Value: 12, Multiplier: 90}}, none, none, none, 0},
		{"kW and W", []Sample{s(11.04, activePower, "kW")}, none, 11_040, none, 1},
		{"power without unit", []Sample{s(7400, activePower, "")}, none, 7400, none, 1},
		{"percent", []Sample{s(55.5, stateOfCharge, "Percent"), s(100, energyRegister, "Wh")}, 100, none, 56, 1},
		{"three phases", []Sample{phase(3600, activePower, "L1"), phase(3700, activePower, "L2"), phase(3800, activePower, "L3")}, none, 11_100, none, 1},
		{"phases to neutral", []Sample{phase(1, "", "L1-N"), phase(2, "", "L2-N"), phase(3, "", "L3-N")}, 6, none, none, 1},
		{"both spellings of one wire count once", []Sample{phase(10, "", "L1"), phase(10, "", "L1-N")}, 10, none, none, 1},
		{"the sum wins over the phases", []Sample{phase(3, "", "L1"), phase(9, "", ""), phase(3, "", "L2")}, 9, none, none, 1},
		{"between phases is nothing to add", []Sample{phase(10, "", "L1-L2")}, none, none, none, 0},
		{"signed data", []Sample{{Value: 5, Signed: true}}, none, none, none, 0},
		{"no number", []Sample{{Value: math.NaN()}, {Value: math.Inf(1)}}, none, none, none, 0},
		{"interval is no register", []Sample{s(500, "Energy.Active.Import.Interval", "Wh")}, none, none, none, 0},
		{"export is no import", []Sample{s(500, "Energy.Active.Export.Register", "Wh")}, none, none, none, 0},
		{"reactive energy", []Sample{s(500, energyRegister, "varh")}, none, none, none, 0},
		{"negative register", []Sample{{Value: -1}}, none, none, none, 0},
		{"absurd register", []Sample{{Value: 1e13}}, none, none, none, 0},
		{"noise at rest", []Sample{s(-3, activePower, "W")}, none, 0, none, 1},
		{"absurd power", []Sample{s(1e9, activePower, "W")}, none, none, none, 0},
		{"absurd percent", []Sample{s(255, stateOfCharge, "Percent")}, none, none, none, 0},
		{"outlet before inlet", []Sample{{Value: 9, Location: "Inlet"}, {Value: 7, Location: "Outlet"}}, 7, none, none, 1},
		{"inlet if there is nothing else", []Sample{{Value: 9, Location: "Inlet"}}, 9, none, none, 1},
		{"car's own percent", []Sample{{Value: 40, Measurand: stateOfCharge, Location: "EV", Unit: "Percent"}}, none, none, 40, 1},
		{"begin and end at once", []Sample{{Value: 1, Context: "Transaction.Begin"}, {Value: 2, Context: "Transaction.End"}}, 1, none, none, 2},
		{"periodic spelt out", []Sample{{Value: 1, Context: "Sample.Periodic"}, s(2, activePower, "")}, 1, 2, none, 1},
		{"nothing", nil, none, none, none, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := Sum(time.Time{}, c.in)
			if len(out) != c.parts {
				t.Fatalf("%d parts", len(out))
			}
			e, w, p := int64(none), int64(none), none
			if len(out) > 0 {
				e, w, p = or(out[0].EnergyWh, e), or(out[0].PowerW, w), or(out[0].SoC, p)
			}
			if e != c.energy || w != c.watt || p != c.percent {
				t.Errorf("%d Wh, %d W, %d %%", e, w, p)
			}
		})
	}
}

func or[T any](p *T, d T) T {
	if p == nil {
		return d
	}
	return *p
}
