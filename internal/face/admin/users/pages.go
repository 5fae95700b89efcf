// Package users is the console's pages about many users: the list, inviting, bulk
// work.
package users

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/equip"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Onboard *onboard.Service
	People  *people.Service
	Equip   *equip.Service
	Browse  *browse.Service

	Accounts *accounts.Service
}

// Pages are the pages.
type Pages struct {
	Config
}

// New returns the pages.
func New(cfg Config) *Pages {
	return &Pages{Config: cfg}
}

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /users", Need: access.PeopleRead, Part: true, Do: c.users},

		{Pattern: "GET /views/new", Need: access.PeopleRead, Part: true, Do: c.viewNew},
		{Pattern: "POST /views", Need: access.PeopleRead, Part: true, Do: c.viewSave},
		{Pattern: "GET /views/{view}", Need: access.PeopleRead, Part: true, Do: c.viewEdit},
		{Pattern: "POST /views/{view}", Need: access.PeopleRead, Part: true, Do: c.viewChange},
		{Pattern: "POST /views/{view}/remove", Need: access.PeopleRead, Part: true, Do: c.viewRemove},

		{Pattern: "POST /bulk/{action}", Need: access.PeopleWrite, Do: c.bulkAsk},
		{Pattern: "GET /bulk", Need: access.PeopleRead, Do: c.bulkRecent},
		{Pattern: "GET /bulk/working", Need: access.PeopleRead, Do: c.bulkWorking},
		{Pattern: "GET /bulk/{bulk}", Need: access.PeopleRead, Do: c.bulkPage},
		{Pattern: "GET /bulk/{bulk}/start", Need: access.PeopleRead, Do: c.bulkAgain},
		{Pattern: "POST /bulk/{bulk}/start", Need: access.PeopleWrite, Do: c.bulkStart},
		{Pattern: "POST /bulk/{bulk}/undo", Need: access.PeopleWrite, Do: c.bulkUndo},
	}
}
