// Package insight is the console's overview: the state of the workspace in
// pictures, and the lists behind them.
package insight

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	sums "involt/internal/flow/browse/insight"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Browse *browse.Service
	Sums   *sums.Service
	// Running is the table of sessions that run, as the page of them has it.
	Running func(*frame.Visit, ui.Reader, []browse.Session) ui.TableProps
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /", Do: c.overview},
		{Pattern: "GET /overview/invited", Need: access.PeopleRead, Do: c.invited},
		{Pattern: "GET /overview/charged", Need: access.SessionsRead, Do: c.charged},
	}
}
