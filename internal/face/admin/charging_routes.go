package admin

import "involt/internal/core/access"

// chargingRoutes are the pages of the menu's "Charging".
func (c *Console) chargingRoutes() []route {
	return []route{
		{"GET /sessions", access.SessionsRead, c.sessions, true, false},
		{"GET /sessions/{session}", access.SessionsRead, c.session, true, false},
		{"GET /live", access.SessionsRead, c.live, true, false},
		{"GET /taps", access.SessionsRead, c.taps, true, false},
	}
}
