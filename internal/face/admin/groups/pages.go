// Package groups is the console's pages about user groups: what their members
// share, and how the workspace decides who may charge where.
package groups

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/equip"
	"involt/internal/flow/people"
	"involt/internal/flow/review"
	"involt/internal/kit/db"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	DB     *db.DB
	Equip  *equip.Service
	People *people.Service
	Admit  *admit.Service
	Browse *browse.Service
	Review *review.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /groups", Need: access.PeopleRead, Part: true, Do: c.groups},
		{Pattern: "POST /groups", Need: access.PeopleWrite, Do: c.groupAdd},
		{Pattern: "GET /groups/{group}", Need: access.PeopleRead, Part: true, Do: c.group},
		{Pattern: "POST /groups/{group}", Need: access.PeopleWrite, Do: c.groupSave},
		{Pattern: "POST /groups/{group}/move", Need: access.PeopleWrite, Do: c.groupMove},
		{Pattern: "GET /groups/{group}/default", Need: access.PeopleWrite, Do: c.defaultAsk},
		{Pattern: "POST /groups/{group}/default", Need: access.PeopleWrite, Do: c.defaultSet},
		{Pattern: "GET /groups/{group}/delete", Need: access.PeopleWrite, Do: c.deleteAsk},
		{Pattern: "POST /groups/{group}/delete", Need: access.PeopleWrite, Do: c.groupDelete},
		{Pattern: "POST /groups/{group}/places", Need: access.PeopleWrite, Do: c.ruleAdd},
		{Pattern: "GET /groups/{group}/places/{grant}", Need: access.PeopleWrite, Do: c.rule},
		{Pattern: "POST /groups/{group}/places/{grant}", Need: access.PeopleWrite, Do: c.ruleSave},
		{Pattern: "GET /groups/{group}/places/{grant}/remove", Need: access.PeopleWrite, Do: c.ruleAsk},
		{Pattern: "POST /groups/{group}/places/{grant}/remove", Need: access.PeopleWrite, Do: c.ruleRemove},
		{Pattern: "POST /groups/{group}/members", Need: access.PeopleWrite, Part: true, Do: c.memberAdd},
		{Pattern: "POST /groups/{group}/members/find", Need: access.PeopleWrite, Part: true, Do: c.memberFind},
		{Pattern: "POST /groups/{group}/members/{user}/remove", Need: access.PeopleWrite, Part: true, Do: c.memberRemove},

		{Pattern: "GET /settings/access", Need: access.SettingsWrite | access.PeopleRead, Do: c.modeAsk},
		{Pattern: "POST /settings/access", Need: access.SettingsWrite | access.PeopleRead, StepUp: true, Do: c.modeSwitch},
	}
}

// Done are the sentences of what was done to a group.
var Done = map[string]string{
	"group-made":      "Group added.",
	"group-saved":     "Saved.",
	"group-deleted":   "Group deleted.",
	"moved":           "Moved.",
	"default-set":     "It takes everyone who has no group from now on.",
	"default-unset":   "It takes nobody by itself any more.",
	"place-opened":    "Its members may charge there from now on.",
	"place-changed":   "Saved. It holds from now on.",
	"place-shut":      "Removed. The rule no longer holds.",
	"member-added":    "Added to the group.",
	"member-removed":  "Removed from the group.",
	"access-switched": "Switched. It holds from now on.",
}
