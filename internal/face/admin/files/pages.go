// Package files is the console's pages about files of people and cards: choosing
// one, what its columns mean, what its rows would change, applying it, what became
// of it, taking it back.
package files

import (
	"time"

	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/browse"
	"involt/internal/flow/intake"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Intake *intake.Service
	Browse *browse.Service
	Now    func() time.Time // for how long something will take, never for what is stored
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// UploadPath is where a file is posted to, below the workspace. UploadMost is what
// the server must let through there, in bytes.
const (
	UploadPath = "/users/import"
	piecesPath = UploadPath + "/pieces" // how far a file has come that is sent in pieces
	UploadMost = intake.MaxFile + 1<<20
)

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	const need = access.PeopleWrite | access.PersonalData
	return []frame.Route{
		{Pattern: "GET /users/template.csv", Need: access.PeopleRead, Part: true, Do: c.template},
		{Pattern: "GET /users/template.xlsx", Need: access.PeopleRead, Part: true, Do: c.workbook},
		{Pattern: "GET /users/import", Need: need, Do: c.choose},
		{Pattern: "POST " + UploadPath, Need: need, Do: c.upload},
		{Pattern: "GET " + piecesPath, Need: need, Do: c.begun},
		{Pattern: "POST " + piecesPath, Need: need, Do: c.pieces},
		{Pattern: "POST /imports/{import}/complete", Need: need, Do: c.complete},
		{Pattern: "GET /imports", Need: need, Do: c.recent},
		{Pattern: "GET /imports/{import}", Need: need, Do: c.page},
		{Pattern: "POST /imports/{import}", Need: need, Do: c.apply},
		{Pattern: "GET /imports/{import}/columns", Need: need, Do: c.columns},
		{Pattern: "POST /imports/{import}/columns", Need: need, Do: c.mapped},
		{Pattern: "GET /imports/{import}/options", Need: need, Do: c.options},
		{Pattern: "POST /imports/{import}/options", Need: need, Do: c.chosen},
		{Pattern: "GET /imports/{import}/refused.csv", Need: need, Do: c.refused},
		{Pattern: "POST /imports/{import}/stop", Need: need, Do: c.stop},
		{Pattern: "POST /imports/{import}/undo", Need: need, Do: c.undo},
		{Pattern: "POST /imports/{import}/discard", Need: need, Do: c.discard},
	}
}
