package booking

import (
	"fmt"

	"involt/internal/core/charge"
)

// Meters lie too: registers are sent with a wrong unit, as the largest number
// there is, or as -1 for none. What nobody can have charged is billed to nobody,
// and would spoil every sum it gets into.
const (
	mostRegister = 1_000_000_000_000 // watt-hours, 1 TWh: a charger of 1 MW takes a hundred years
	mostWh       = 100_000_000       // of one session, 100 MWh: 350 kW for twelve days
	mostPower    = 100_000_000       // watts
)

// plausible reports whether a register can stand there. Registers count up
// from 0.
func plausible(wh int64) bool { return wh >= 0 && wh <= mostRegister }

// implausible is the remark about a register that is not plausible.
func implausible(wh int64) string {
	return fmt.Sprintf("The meter cannot stand at %d Wh: that reading is not counted.", wh)
}

// energy is what a session took whose meter went from first to last; 0 if that
// cannot be.
func energy(first, last int64) int64 {
	if first == charge.Unknown || last < first || last-first > mostWh {
		return 0
	}
	return last - first
}

// sane returns readings without what is not plausible in them. Registers that
// are left out are remarked in c.
func sane(c *charge.Charge, list []Reading) []Reading {
	out := make([]Reading, 0, len(list))
	for _, r := range list {
		if r.EnergyWh != nil && !plausible(*r.EnergyWh) {
			remark(c, implausible(*r.EnergyWh))
			r.EnergyWh = nil
		}
		if r.PowerW != nil && *r.PowerW > mostPower {
			r.PowerW = nil
		}
		out = append(out, r)
	}
	return out
}
