// Package approvals is the console's pages about people who ask to come in: who
// waits, who was declined, and whether anybody may ask at all.
package approvals

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/enter"
	"involt/internal/flow/onboard"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Onboard *onboard.Service
	Enter   *enter.Service
	Browse  *browse.Service
	Zones   *zones.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /approvals", Need: access.PeopleRead, Part: true, Do: c.approvals},
		{Pattern: "GET /approvals/{user}", Need: access.PeopleRead, Part: true, Do: c.approval},
		{Pattern: "POST /approvals/{user}", Need: access.PeopleWrite, Part: true, Do: c.answer},
		{Pattern: "GET /registration", Need: access.SettingsWrite, Do: c.registration},
		{Pattern: "POST /registration", Need: access.SettingsWrite, Do: c.registrationSave},
	}
}

// Done are the sentences of what was done.
var Done = map[string]string{
	"approved": "Approved. They may charge from now on, and get a mail that says so.",
	"declined": "Declined. They get a mail that says so.",
	"saved":    "Self-registration saved.",
}
