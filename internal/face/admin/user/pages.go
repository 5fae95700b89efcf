// Package user is the console's pages about one user: the sidebar, and the same
// as a page.
package user

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/flow/wallet"
)

// Config is what the pages are made of. Every field must be set.
type Config struct {
	Onboard *onboard.Service
	People  *people.Service
	Wallet  *wallet.Service
	Admit   *admit.Service
	Browse  *browse.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	return []frame.Route{
		{Pattern: "GET /users/{user}", Need: access.PeopleRead, Do: c.user},
		{Pattern: "POST /users/{user}", Need: access.PeopleWrite | access.PersonalData, Do: c.userSave},
		{Pattern: "POST /users/{user}/invite", Need: access.PeopleWrite, Do: c.userInvite},
		{Pattern: "GET /users/{user}/deactivate", Need: access.PeopleWrite, Do: c.userAsk},
		{Pattern: "POST /users/{user}/deactivate", Need: access.PeopleWrite, Do: c.userDeactivate},
		{Pattern: "POST /users/{user}/reactivate", Need: access.PeopleWrite, Do: c.userReactivate},
		{Pattern: "POST /users/{user}/groups", Need: access.PeopleWrite, Do: c.userGroupAdd},
		{Pattern: "POST /users/{user}/groups/{group}/remove", Need: access.PeopleWrite, Do: c.userGroupRemove},
		{Pattern: "POST /users/{user}/cards", Need: access.CardsWrite, Do: c.userCardAdd},
		{Pattern: "POST /users/{user}/cards/{card}", Need: access.CardsWrite, Do: c.userCardChange},
	}
}

// Done are the sentences of what was done to a user.
var Done = map[string]string{
	"resent":        "A new invitation is on its way. The older link no longer works.",
	"revoked":       "Invitation revoked. Its link no longer works.",
	"saved":         "Saved.",
	"deactivated":   "Deactivated. Their cards are refused from now on.",
	"reactivated":   "Reactivated. Their cards work again.",
	"group-added":   "Added to the group.",
	"group-removed": "Removed from the group.",
	"card-added":    "Card added. It works from now on.",
	"card-twin":     "Card added. There is another card with the same bytes in reverse order: check that this one was not read back to front.",
	"card-blocked":  "Card blocked. It is refused from now on.",
	"card-free":     "Card unblocked. It works again.",
	"card-removed":  "Card removed. Its number may be given out again.",
}
