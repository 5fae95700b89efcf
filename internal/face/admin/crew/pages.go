// Package crew is the console's pages about those who run the workspace: system
// users, what they may do and where, and the workspace's own roles.
package crew

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	read "involt/internal/flow/browse/crew"
	"involt/internal/flow/staff"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Staff *staff.Service
	Read  *read.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /users/system", Need: access.PeopleRead, Part: true, Do: c.list},
		{Pattern: "GET /staff/new", Need: access.StaffWrite, Part: true, Do: c.form},
		{Pattern: "POST /staff", Need: access.StaffWrite, Part: true, StepUp: true, Do: c.add},
		{Pattern: "GET /staff/{user}", Need: access.PeopleRead, Part: true, Do: c.member},
		{Pattern: "GET /staff/{user}/roles", Need: access.StaffWrite, Part: true, Do: c.rolesForm},
		{Pattern: "POST /staff/{user}/roles", Need: access.StaffWrite, Part: true, StepUp: true, Do: c.rolesSave},

		{Pattern: "GET /roles", Need: access.StaffWrite, Do: c.roles},
		{Pattern: "GET /roles/new", Need: access.StaffWrite, Do: c.roleNew},
		{Pattern: "POST /roles", Need: access.StaffWrite, StepUp: true, Do: c.roleAdd},
		{Pattern: "GET /roles/{role}", Need: access.StaffWrite, Do: c.role},
		{Pattern: "POST /roles/{role}", Need: access.StaffWrite, StepUp: true, Do: c.roleSave},
		{Pattern: "POST /roles/{role}/delete", Need: access.StaffWrite, StepUp: true, Do: c.roleRemove},
	}
}

// done are the sentences of what was done.
var done = map[string]string{
	"invited":      "Invitation on its way. The link in it works once.",
	"given":        "They have a login here already: the roles hold from now on.",
	"roles-saved":  "Roles saved. They hold from now on.",
	"offer-saved":  "Roles saved. A new invitation is on its way; the older link no longer works.",
	"role-made":    "Role made. Give it to somebody under System users.",
	"role-saved":   "Role saved. It holds for everybody who has it, from now on.",
	"role-removed": "Role deleted.",
}
