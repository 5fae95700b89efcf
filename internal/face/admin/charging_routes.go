package admin

import (
	"slices"

	"involt/internal/core/access"
	"involt/internal/face/admin/orphans"
	"involt/internal/face/admin/whatif"
)

// chargingRoutes are the pages of the menu's "Charging".
func (c *Console) chargingRoutes() []route {
	asking := whatif.New(whatif.Config{DB: c.DB, Admit: c.Admit, Browse: c.Browse, Now: c.Now})
	return append(ours(slices.Concat(asking.Routes(), orphans.New(orphans.Config{Booking: c.Booking}).Routes())), []route{
		{"GET /sessions", access.SessionsRead, c.sessions, true, false},
		{"GET /sessions/{session}", access.SessionsRead, c.session, true, false},
		{"GET /live", access.SessionsRead, c.live, true, false},
		{"GET /taps", access.SessionsRead, c.taps, true, false},
	}...)
}
