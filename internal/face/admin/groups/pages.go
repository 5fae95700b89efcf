// Package groups is the console's pages about user groups: what their members
// share.
package groups

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/browse"
	"involt/internal/flow/equip"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Equip  *equip.Service
	Browse *browse.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /groups", Need: access.PeopleRead, Do: c.groups},
		{Pattern: "POST /groups", Need: access.PeopleWrite, Do: c.groupAdd},
		{Pattern: "GET /groups/{group}", Need: access.PeopleRead, Do: c.group},
		{Pattern: "POST /groups/{group}/places", Need: access.PeopleWrite, Do: c.groupOpen},
		{Pattern: "POST /groups/{group}/places/{grant}/remove", Need: access.PeopleWrite, Do: c.groupShut},
	}
}

// Done are the sentences of what was done to a group.
var Done = map[string]string{
	"group-made":   "Group added.",
	"place-opened": "Its members may charge there from now on.",
	"place-shut":   "Removed. The rule no longer holds.",
}
