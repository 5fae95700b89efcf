// Package letters is the console's pages about printed letters: with the code in
// one, whoever holds a card without an e-mail address takes it over.
package letters

import (
	"time"

	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/browse"
	"involt/internal/flow/onboard"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Onboard *onboard.Service
	Browse  *browse.Service
	Now     func() time.Time // for the date on the letters
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	const need = access.PeopleWrite | access.PersonalData
	return []frame.Route{
		{Pattern: "GET /letters", Need: need, Do: c.letters},
		{Pattern: "POST /letters/ask", Need: need, Do: c.askMany},
		{Pattern: "POST /letters", Need: need, Do: c.makeMany},
		{Pattern: "GET /users/{user}/letter", Need: need, Do: c.askOne},
		{Pattern: "POST /users/{user}/letter", Need: need, Do: c.makeOne},
	}
}
