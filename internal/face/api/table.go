package api

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/face/api/accounts"
	"involt/internal/face/api/crew"
	"involt/internal/face/api/exports"
	"involt/internal/face/api/files"
	"involt/internal/face/api/frame"
	"involt/internal/face/api/groups"
	"involt/internal/face/api/guests"
	"involt/internal/face/api/lessons"
	"involt/internal/face/api/users"
	"involt/internal/face/api/zones"
)

// Operation is one line of the table: one method at one path.
type Operation = frame.Operation

// desk answers what has no package of its own.
type desk struct{ *frame.Server }

// handled makes a handler's method the bind of an operation.
func handled[I, O any](f func(*desk, context.Context, access.Actor, *I) (*O, error)) frame.Bind {
	return frame.Handled(func(s *frame.Server) *desk { return &desk{s} }, f)
}

// tags are the nouns, in the order of the reader page.
var tags = []struct{ name, means string }{
	{"Users", "People who charge, who work here, and pool cars. Names, e-mail addresses and phone numbers are masked for keys without the permission personal-data; such keys find users by external id only."},
	{"System users", "Those who run the workspace: who holds which role, and where."},
	{"Vehicles", "The users' cars. Plates and MAC addresses are personal data."},
	{"Bulk", "One action on many users: it goes on by itself, and says what became of each."},
	{"Imports", "Files of users and cards: previewed, applied, taken back. They show personal data, so keys need that permission for all of it."},
	{"Cards", "Whatever identifies at a charger. A number is taken in any spelling and given in its canonical one."},
	{"Locations", "Places with chargers."},
	{"Zones", "Locations as those see them who join by code: joining codes, members, and who waits."},
	{"Chargers", "Charging stations with their EVSEs."},
	{"Commands", "What chargers are asked to do by remote, and what they made of it."},
	{"Guests", "People who charge for some time, at some places and so far, without being users: by a link or a code."},
	{"Groups", "User groups: users who share terms, and the rules that say where and when they may charge."},
	{"Accounts", "Who pays: customers, and the employees and subsidiaries below them. What limits an account binds all below it, and so does closing it."},
	{"Sessions", "Charging sessions, running and ended."},
	{"Exports", "Lists as files, of any length: CSV, XLSX and JSON lines."},
	{"Decisions", "May this card charge here, now? Every answer with its reason."},
}

// Operations is the table. Everything about the API follows it.
func Operations() []Operation {
	return slices.Concat(users.Operations(), files.Operations(), crew.Operations(), cardOperations(), placeOperations(), commandOperations(), listOperations(), lessons.Operations(), guests.Operations(), zones.Operations(), groups.Operations(), accounts.Operations(), sessionOperations(), exports.Operations())
}
