package ocppj

import (
	"math"
	"strings"
	"time"
)

// Sample is one sampled value of either version.
type Sample struct {
	Value      float64 // NaN when it is no number
	Measurand  string  // "" is Energy.Active.Import.Register
	Phase      string  // "" is the sum over phases
	Unit       string  // "" is Wh for energy, W for power, Percent for SoC
	Multiplier int     // 2.0.1: power of ten
	Context    string  // "" is Sample.Periodic
	Location   string  // "" is Outlet
	Signed     bool    // the value is signed data, not a number
}

// Figures are what matters of the samples of one moment and one context. A nil
// pointer means that the charger did not say, or nothing that can be believed.
type Figures struct {
	At       time.Time
	Context  string // "" is Sample.Periodic
	EnergyWh *int64 // imported active energy register
	PowerW   *int64 // imported active power
	SoC      *int   // percent
}

// What is believed at most: the register of a megawatt charger after decades,
// ten megawatts.
const (
	maxWh = 1e12
	maxW  = 1e7
)

const (
	energyRegister = "Energy.Active.Import.Register"
	activePower    = "Power.Active.Import"
	stateOfCharge  = "SoC"
)

// Sum turns samples taken at one moment into figures, one per context in the
// order they first appear: some chargers put the begin and the end of a
// transaction into one meter value. Contexts without a figure are left out.
func Sum(at time.Time, samples []Sample) []Figures {
	var contexts []string
	for _, s := range samples {
		c := s.Context
		if c == "Sample.Periodic" {
			c = ""
		}
		if !has(contexts, c) && len(contexts) < 16 {
			contexts = append(contexts, c)
		}
	}
	var out []Figures
	for _, c := range contexts {
		f := Figures{At: at, Context: c}
		if v, ok := total(samples, c, energyRegister, "Wh"); ok && v >= 0 && v <= maxWh {
			f.EnergyWh = ptr(whole(v))
		}
		if v, ok := total(samples, c, activePower, "W"); ok && v <= maxW && v >= -maxW {
			f.PowerW = ptr(whole(max(v, 0))) // meters at rest show a few watts below zero
		}
		if v, ok := total(samples, c, stateOfCharge, "Percent"); ok && v >= 0 && v <= 100 {
			f.SoC = ptr(int(whole(v)))
		}
		if f.EnergyWh != nil || f.PowerW != nil || f.SoC != nil {
			out = append(out, f)
		}
	}
	return out
}

func ptr[T any](v T) *T { return &v }

func has(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// where ranks the places of a meter, best first: what leaves the outlet is billed.
var where = []string{"Outlet", "Cable", "Inlet", "Body", "EV"}

// total is the value of a measurand in one context: at the best place that
// reports it, the sample without phase if there is one, else the sum of phases.
func total(samples []Sample, context, measurand, unit string) (float64, bool) {
	for _, place := range where {
		var all, lines, toNeutral [3]float64
		var gotAll, gotLines, gotNeutral bool
		for _, s := range samples {
			v, ok := s.in(context, measurand, place, unit)
			if !ok {
				continue
			}
			switch s.Phase {
			case "":
				all[0], gotAll = v, true
			case "L1", "L2", "L3":
				lines[s.Phase[1]-'1'], gotLines = v, true
			case "L1-N", "L2-N", "L3-N":
				toNeutral[s.Phase[1]-'1'], gotNeutral = v, true
			}
		}
		switch {
		case gotAll:
			return all[0], true
		case gotLines: // not both: some send L1 and L1-N for the same wire
			return lines[0] + lines[1] + lines[2], true
		case gotNeutral:
			return toNeutral[0] + toNeutral[1] + toNeutral[2], true
		}
	}
	return 0, false
}

// in is the sample's value in unit, if it is one for this context, measurand and place.
func (s Sample) in(context, measurand, place, unit string) (float64, bool) {
	m := s.Measurand
	if m == "" {
		m = energyRegister
	}
	c := s.Context
	if c == "Sample.Periodic" {
		c = ""
	}
	l := s.Location
	if l == "" {
		l = "Outlet"
	}
	if m != measurand || c != context || l != place || s.Signed || math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
		return 0, false
	}
	factor, ok := factor(s.Unit, unit)
	if !ok || s.Multiplier < -9 || s.Multiplier > 9 {
		return 0, false
	}
	return s.Value * factor * math.Pow10(s.Multiplier), true
}

// factor converts from a unit as sent to the base unit wanted.
func factor(sent, want string) (float64, bool) {
	if sent == "" || strings.EqualFold(sent, want) {
		return 1, true
	}
	switch {
	case want == "Percent":
		// Wh is the default unit in 1.6 and some chargers spell it out even here.
		return 1, sent == "%" || strings.EqualFold(sent, "Wh")
	case strings.EqualFold(sent, "k"+want):
		return 1000, true
	case sent == "M"+want:
		return 1e6, true
	default:
		return 0, false
	}
}
