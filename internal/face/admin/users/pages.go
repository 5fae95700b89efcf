// Package users is the console's pages about many users: the list, inviting,
// importing, bulk work.
package users

import (
	"time"

	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/browse"
	"involt/internal/flow/equip"
	"involt/internal/flow/intake"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Onboard *onboard.Service
	People  *people.Service
	Equip   *equip.Service
	Intake  *intake.Service
	Browse  *browse.Service
	Now     func() time.Time // for how long uploads and questions are kept
}

// Pages are the pages.
type Pages struct {
	Config
	uploads kept[*upload]
	plans   kept[*plan]
}

// New returns the pages.
func New(cfg Config) *Pages {
	return &Pages{
		Config:  cfg,
		uploads: kept[*upload]{now: cfg.Now, life: time.Hour, most: 20, gone: (*upload).close},
		// Some 50 MB of ids in all: ten plans about everybody, or 200 usual ones.
		plans: kept[*plan]{now: cfg.Now, life: time.Hour, most: 1_000_000, weight: func(p *plan) int { return max(len(p.ids), 5000) }},
	}
}

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /users", Need: access.PeopleRead, Do: c.users},
		{Pattern: "GET /users/template.csv", Need: access.PeopleRead, Do: c.template},

		{Pattern: "POST /bulk/{action}", Need: access.PeopleWrite, Do: c.bulkAsk},
		{Pattern: "GET /bulk/{plan}", Need: access.PeopleWrite, Do: c.bulkPage},
		{Pattern: "POST /bulk/{plan}/do", Need: access.PeopleWrite, Do: c.bulkDo},

		{Pattern: "GET /users/invite", Need: access.PeopleWrite, Do: c.inviteForm},
		{Pattern: "POST /users/invite", Need: access.PeopleWrite, Do: c.invite},

		{Pattern: "GET /users/import", Need: access.PeopleWrite | access.PersonalData, Do: c.importForm},
		{Pattern: "POST " + UploadPath, Need: access.PeopleWrite | access.PersonalData, Do: c.importUpload},
		{Pattern: "GET /imports/{upload}", Need: access.PeopleWrite | access.PersonalData, Do: c.importPage},
		{Pattern: "POST /imports/{upload}", Need: access.PeopleWrite | access.PersonalData, Do: c.importApply},
		{Pattern: "GET /imports/{upload}/refused.csv", Need: access.PeopleWrite | access.PersonalData, Do: c.importRefused},
	}
}
