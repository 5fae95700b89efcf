package booking

import (
	"time"

	"involt/internal/core/id"
)

// Unread is the meter of a session that has not said what it shows.
const Unread = int64(-1)

// haltAgain is how long a charger may take to end a session that it was told to
// end, before it is told again.
const haltAgain = time.Minute

// limit notes how much a session may take that nobody would have allowed if the
// database had been there. l must be locked.
func (l *lane) limit(tx string, meter int64, v Verdict) {
	if !v.Allowed || !v.Speculative || v.CapWh <= 0 || l.caps[tx] != nil {
		return
	}
	if !plausible(meter) {
		meter = Unread
	}
	l.caps[tx] = &limit{from: meter, most: v.CapWh}
}

// watch looks whether a session has taken what it may at most. l must be locked.
func (d *Desk) watch(l *lane, ws id.Workspace, charger id.Charger, tx string, list []Reading) {
	c := l.caps[tx]
	if c == nil || d.Halt == nil {
		return
	}
	now := d.now()
	for _, r := range list {
		if r.EnergyWh == nil || !plausible(*r.EnergyWh) {
			continue
		}
		if c.from == Unread {
			c.from = *r.EnergyWh
		}
		if *r.EnergyWh-c.from >= c.most && now.Sub(c.halted) > haltAgain {
			c.halted = now
			d.Halt(ws, charger, tx)
		}
	}
}
