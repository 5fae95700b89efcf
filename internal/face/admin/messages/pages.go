// Package messages is the console's pages about the mails of a workspace: how they
// look, what they say, and which addresses get none.
package messages

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/onboard"
	"involt/internal/flow/tell"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Tell    *tell.Service
	Onboard *onboard.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /messages", Need: access.SettingsWrite, Do: c.look},
		{Pattern: "POST /messages", Need: access.SettingsWrite, Do: c.lookSave},
		{Pattern: "GET /messages/{kind}/{language}", Need: access.SettingsWrite, Do: c.words},
		{Pattern: "POST /messages/{kind}/{language}", Need: access.SettingsWrite, Do: c.wordsSave},
		{Pattern: "GET /messages/{kind}/{language}/html", Need: access.SettingsWrite, Do: c.html},
		{Pattern: "GET /suppressed", Need: suppressedNeed, Do: c.suppressed},
		{Pattern: "POST /suppressed", Need: suppressedNeed, Do: c.suppress},
		{Pattern: "POST /suppressed/remove", Need: suppressedNeed, Do: c.release},
	}
}

// done are the sentences of what was done.
var done = map[string]string{
	"saved":      "Saved. The next mail looks like that.",
	"words":      "Saved. The next mail of this kind says that.",
	"ours":       "The words are ours again.",
	"suppressed": "This address gets no more mail.",
	"released":   "Removed. This address gets mail again.",
}
