// Package activity is the console's page of the journal as people read it: who,
// what, before and after, when.
package activity

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/browse"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Browse *browse.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /activity", Need: access.ActivityRead, Part: true, Do: c.activity},
	}
}
