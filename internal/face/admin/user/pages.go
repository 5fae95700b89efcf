// Package user is the console's pages about one user: the sidebar, and the same
// as a page.
//
// The sidebar shows everything and changes what is small where it stands. What
// needs a question, a form or a list of its own (a card, a vehicle, leaving,
// merging) is a page of its own below the user's address, shown in the same
// sheet, so that the sidebar stays light with forty cards.
package user

import (
	"net/http"

	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/clients"
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

	Clients  *clients.Service
	Accounts *accounts.Service
}

// Pages are the pages.
type Pages struct{ Config }

// New returns the pages.
func New(cfg Config) *Pages { return &Pages{cfg} }

// Routes are everything the pages answer to.
func (c *Pages) Routes() []frame.Route {
	const mayMerge = access.PeopleWrite | access.PersonalData | access.CardsWrite
	return []frame.Route{
		{Pattern: "GET /users/{user}", Need: access.PeopleRead, Part: true, Do: c.user},
		{Pattern: "POST /users/{user}", Need: access.PeopleWrite | access.PersonalData, Part: true, Do: c.userSave},
		{Pattern: "POST /users/{user}/invite", Need: access.PeopleWrite, Part: true, Do: c.userInvite},
		{Pattern: "GET /users/{user}/revoke", Need: access.PeopleWrite, Part: true, Do: c.ask},
		{Pattern: "POST /users/{user}/revoke", Need: access.PeopleWrite, Part: true, Do: c.answer},
		{Pattern: "GET /users/{user}/deactivate", Need: access.PeopleWrite, Part: true, Do: c.ask},
		{Pattern: "POST /users/{user}/deactivate", Need: access.PeopleWrite, Part: true, Do: c.answer},
		{Pattern: "GET /users/{user}/reactivate", Need: access.PeopleWrite, Part: true, Do: c.ask},
		{Pattern: "POST /users/{user}/reactivate", Need: access.PeopleWrite, Part: true, Do: c.answer},
		{Pattern: "GET /users/{user}/delete", Need: access.PeopleWrite, Part: true, Do: c.ask},
		{Pattern: "POST /users/{user}/delete", Need: access.PeopleWrite, Part: true, Do: c.answer},
		{Pattern: "POST /users/{user}/undo-delete", Need: access.PeopleWrite, Part: true, Do: c.undoDelete},
		{Pattern: "GET /users/{user}/leave", Need: access.PeopleWrite, Part: true, Do: c.leave},
		{Pattern: "POST /users/{user}/leave", Need: access.PeopleWrite, Part: true, Do: c.leavePlan},
		{Pattern: "GET /users/{user}/stay", Need: access.PeopleWrite, Part: true, Do: c.ask},
		{Pattern: "POST /users/{user}/stay", Need: access.PeopleWrite, Part: true, Do: c.answer},
		{Pattern: "GET /users/{user}/begin", Need: access.PeopleWrite, Part: true, Do: c.ask},
		{Pattern: "POST /users/{user}/begin", Need: access.PeopleWrite, Part: true, Do: c.answer},
		{Pattern: "GET /users/{user}/merge", Need: mayMerge, Part: true, Do: c.merge},
		{Pattern: "POST /users/{user}/merge", Need: mayMerge, Part: true, Do: c.mergeDo},
		{Pattern: "GET /users/{user}/account", Need: access.PeopleRead, Part: true, Do: whole},
		{Pattern: "POST /users/{user}/account", Need: access.PeopleWrite | access.AccountsRead, Part: true, Do: c.accountSave},
		{Pattern: "GET /users/{user}/groups", Need: access.PeopleRead, Part: true, Do: whole},
		{Pattern: "POST /users/{user}/groups", Need: access.PeopleWrite, Part: true, Do: c.userGroupAdd},
		{Pattern: "POST /users/{user}/groups/{group}/remove", Need: access.PeopleWrite, Part: true, Do: c.userGroupRemove},
		{Pattern: "GET /users/{user}/cards", Need: access.PeopleRead, Part: true, Do: whole},
		{Pattern: "POST /users/{user}/cards", Need: access.CardsWrite, Part: true, Do: c.cardAdd},
		{Pattern: "GET /users/{user}/cards/{card}", Need: access.PeopleRead | access.CardsRead, Part: true, Do: c.card},
		{Pattern: "POST /users/{user}/cards/{card}", Need: access.PeopleRead | access.CardsWrite, Part: true, Do: c.cardSave},
		{Pattern: "GET /users/{user}/cards/{card}/{change}", Need: access.PeopleRead | access.CardsWrite, Part: true, Do: c.cardAsk},
		{Pattern: "POST /users/{user}/cards/{card}/{change}", Need: access.PeopleRead | access.CardsWrite, Part: true, Do: c.cardChange},
		{Pattern: "GET /users/{user}/vehicles/new", Need: access.PeopleWrite | access.PersonalData, Part: true, Do: c.vehicle},
		{Pattern: "GET /users/{user}/vehicles/{vehicle}", Need: access.PeopleWrite | access.PersonalData, Part: true, Do: c.vehicle},
		{Pattern: "POST /users/{user}/vehicles/new", Need: access.PeopleWrite | access.PersonalData, Part: true, Do: c.vehicleSave},
		{Pattern: "POST /users/{user}/vehicles/{vehicle}", Need: access.PeopleWrite | access.PersonalData, Part: true, Do: c.vehicleSave},
	}
}

// Done are the sentences of what was done to a user.
var Done = map[string]string{
	"resent":          "A new invitation is on its way. The older link no longer works.",
	"revoked":         "Invitation revoked. Its link no longer works.",
	"saved":           "Saved.",
	"email-saved":     "Address corrected.",
	"email-revoked":   "Address corrected. The invitation went to the old one and no longer works: invite them again.",
	"deactivated":     "Deactivated. Their cards are refused from now on.",
	"reactivated":     "Reactivated. Their cards work again.",
	"deleted":         "Deleted. Undo within 30 minutes.",
	"restored":        "Brought back. Everything is as it was.",
	"leaves":          "Planned. It can be cancelled until then.",
	"stays":           "Cancelled. Nothing ends.",
	"begun":           "They may charge from now on.",
	"merged":          "Merged. The other record leads here now.",
	"group-added":     "Added to the group.",
	"group-removed":   "Removed from the group.",
	"card-added":      "Card added. It works from now on.",
	"card-given":      "Card given. It was here already and nobody's.",
	"card-pending":    "Card added. It is refused until somebody makes it active.",
	"card-twin":       "Card added. There is another card with the same bytes in reverse order: check that this one was not read back to front.",
	"card-blocked":    "Card blocked. It is refused from now on.",
	"card-suspended":  "Card suspended. It is refused until staff resume it.",
	"card-expired":    "Card expired. It is refused from now on.",
	"card-free":       "Card unblocked. It works again.",
	"card-active":     "Card active. It works from now on.",
	"card-removed":    "Card removed. Its number may be given out again.",
	"card-saved":      "Saved.",
	"vehicle-added":   "Vehicle added.",
	"vehicle-saved":   "Saved.",
	"vehicle-removed": "Vehicle removed.",
}

// whole leads from the address of a form that came back to the user it is about.
func whole(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	v.SeeOther(w, r, "/users/"+r.PathValue("user"))
	return nil
}
