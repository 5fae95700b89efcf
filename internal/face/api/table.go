package api

import (
	"context"
	"net/http"
	"slices"

	"involt/internal/core/access"

	"github.com/danielgtaylor/huma/v2"
)

// Operation is one line of the table: one method at one path.
type Operation struct {
	Method      string
	Path        string // with {id} where an id stands
	ID          string // in the OpenAPI document, and so in generated clients
	Tag         string // the noun
	Summary     string
	Description string
	Perm        access.Perm // what the API key must hold
	Status      int         // of success
	Refusals    []int       // beside those that every operation knows
	Example     any         // a body to send, if it takes one

	bind     func(*server, huma.API, huma.Operation)
	bodiless bool // takes no body; known once it is bound
}

// handled makes a handler's method the bind of an operation. An error is put
// aside for [server.ServeHTTP], which says it.
func handled[I, O any](f func(*server, context.Context, access.Actor, *I) (*O, error)) func(*server, huma.API, huma.Operation) {
	return func(s *server, h huma.API, op huma.Operation) {
		huma.Register(h, op, func(ctx context.Context, in *I) (*O, error) {
			c := callOf(ctx)
			out, err := f(s, ctx, c.by, in)
			c.err = err
			if err != nil {
				return nil, huma.NewError(http.StatusInternalServerError, "")
			}
			return out, nil
		})
	}
}

// tags are the nouns, in the order of the reader page.
var tags = []struct{ name, means string }{
	{"Users", "People who charge, who work here, and pool cars. Names, e-mail addresses and phone numbers are masked for keys without the permission personal-data; such keys find users by external id only."},
	{"Cards", "Whatever identifies at a charger. A number is taken in any spelling and given in its canonical one."},
	{"Locations", "Places with chargers."},
	{"Chargers", "Charging stations with their EVSEs."},
	{"Groups", "User groups: users who share terms."},
	{"Sessions", "Charging sessions, running and ended."},
	{"Decisions", "May this card charge here, now? Every answer with its reason."},
}

const (
	ok      = http.StatusOK
	created = http.StatusCreated
)

// Operations is the table. Everything about the API follows it.
func Operations() []Operation {
	return slices.Concat(userOperations(), cardOperations(), placeOperations(), sessionOperations())
}

func userOperations() []Operation {
	const tag = "Users"
	return []Operation{
		{
			Method: "GET", Path: prefix + "/users", ID: "list-users", Tag: tag, Perm: access.PeopleRead, Status: ok,
			Summary: "List users", Description: "The oldest first.", bind: handled((*server).listUsers),
		},
		{
			Method: "POST", Path: prefix + "/users", ID: "create-user", Tag: tag, Perm: access.PeopleWrite, Status: created,
			Summary: "Create a user", Description: "Adds a user with the status imported: nobody is mailed; invite them to let them in. A user without an e-mail address, a pool car for instance, is active at once. To write names, e-mail address, phone number or info fields the key needs personal-data too.",
			Example: map[string]any{"email": "anna.berg@example.com", "first_name": "Anna", "last_name": "Berg", "external_id": "E-1042", "cost_center": "Sales"},
			bind:    handled((*server).createUser),
		},
		{
			Method: "POST", Path: prefix + "/users/invite", ID: "invite-users", Tag: tag, Perm: access.PeopleWrite, Status: ok,
			Summary: "Invite users", Description: "Mails an invitation to users who are here: imported ones, and those whose invitation is pending, whose older link stops working. Whoever cannot be invited is skipped with a reason. The link is in the mail only.",
			Example: map[string]any{"user_ids": []string{exampleID}}, bind: handled((*server).inviteUsers),
		},
		{
			Method: "GET", Path: prefix + "/users/{id}", ID: "read-user", Tag: tag, Perm: access.PeopleRead, Status: ok, Refusals: []int{404},
			Summary: "Read a user", Description: "One user with their groups.", bind: handled((*server).readUser),
		},
		{
			Method: "PATCH", Path: prefix + "/users/{id}", ID: "change-user", Tag: tag, Perm: access.PeopleWrite, Status: ok, Refusals: []int{404, 409, 412},
			Summary: "Change a user", Description: "Changes the fields that are sent and leaves the others. Send the ETag of what was read as If-Match, and nobody's change in between is lost. To write names, phone number or info fields the key needs personal-data too.",
			Example: map[string]any{"cost_center": "Service", "info_1": "Building 4"}, bind: handled((*server).changeUser),
		},
		{
			Method: "POST", Path: prefix + "/users/{id}/deactivate", ID: "deactivate-user", Tag: tag, Perm: access.PeopleWrite, Status: ok, Refusals: []int{404, 409},
			Summary: "Deactivate a user", Description: "Ends what the user may do, within a second: their cards stop working. Nothing is forgotten.",
			Example: map[string]any{"reason": "Left the company"}, bind: handled((*server).deactivateUser),
		},
		{
			Method: "POST", Path: prefix + "/users/{id}/reactivate", ID: "reactivate-user", Tag: tag, Perm: access.PeopleWrite, Status: ok, Refusals: []int{404, 409},
			Summary: "Reactivate a user", Description: "Undoes the deactivation.", bind: handled((*server).reactivateUser),
		},
	}
}

func cardOperations() []Operation {
	const tag = "Cards"
	changes := []int{404, 409}
	return []Operation{
		{
			Method: "GET", Path: prefix + "/cards", ID: "list-cards", Tag: tag, Perm: access.CardsRead, Status: ok,
			Summary: "List cards", Description: "The newest first. Deactivated cards only when state asks for them.", bind: handled((*server).listCards),
		},
		{
			Method: "POST", Path: prefix + "/cards", ID: "create-card", Tag: tag, Perm: access.CardsWrite, Status: created,
			Summary: "Create a card", Description: "Adds an active card and gives it to a user. A number that the workspace has already is refused: two people cannot share a card.",
			Example: map[string]any{"number": "04:A2:B3:C4:D5:E6:80", "user_id": exampleID, "printed": "NG-000123"}, bind: handled((*server).createCard),
		},
		{
			Method: "GET", Path: prefix + "/cards/{id}", ID: "read-card", Tag: tag, Perm: access.CardsRead, Status: ok, Refusals: []int{404},
			Summary: "Read a card", Description: "One card.", bind: handled((*server).readCard),
		},
		{
			Method: "POST", Path: prefix + "/cards/{id}/block", ID: "block-card", Tag: tag, Perm: access.CardsWrite, Status: ok, Refusals: changes,
			Summary: "Block a card", Description: "The card is refused within a second. Its holder may unblock it: for a card that is lost and may be found.", bind: handled((*server).blockCard),
		},
		{
			Method: "POST", Path: prefix + "/cards/{id}/unblock", ID: "unblock-card", Tag: tag, Perm: access.CardsWrite, Status: ok, Refusals: changes,
			Summary: "Unblock a card", Description: "Lets a blocked card work again.", bind: handled((*server).unblockCard),
		},
		{
			Method: "DELETE", Path: prefix + "/cards/{id}", ID: "remove-card", Tag: tag, Perm: access.CardsWrite, Status: ok, Refusals: changes,
			Summary: "Remove a card", Description: "Deactivates the card for good; its number may be given out again. The card stays readable, with its sessions.", bind: handled((*server).removeCard),
		},
	}
}

func placeOperations() []Operation {
	return []Operation{
		{
			Method: "GET", Path: prefix + "/locations", ID: "list-locations", Tag: "Locations", Perm: access.PlacesRead, Status: ok,
			Summary: "List locations", Description: "The oldest first.", bind: handled((*server).listLocations),
		},
		{
			Method: "GET", Path: prefix + "/chargers", ID: "list-chargers", Tag: "Chargers", Perm: access.PlacesRead, Status: ok,
			Summary: "List chargers", Description: "By name.", bind: handled((*server).listChargers),
		},
		{
			Method: "GET", Path: prefix + "/chargers/{id}", ID: "read-charger", Tag: "Chargers", Perm: access.PlacesRead, Status: ok, Refusals: []int{404},
			Summary: "Read a charger", Description: "One charger with its EVSEs and what each is doing.", bind: handled((*server).readCharger),
		},
		{
			Method: "GET", Path: prefix + "/groups", ID: "list-groups", Tag: "Groups", Perm: access.PeopleRead, Status: ok,
			Summary: "List groups", Description: "The oldest first, each with the number of its members.", bind: handled((*server).listGroups),
		},
	}
}

func sessionOperations() []Operation {
	return []Operation{
		{
			Method: "GET", Path: prefix + "/sessions", ID: "list-sessions", Tag: "Sessions", Perm: access.SessionsRead, Status: ok,
			Summary: "List charging sessions", Description: "The newest start first.", bind: handled((*server).listSessions),
		},
		{
			Method: "GET", Path: prefix + "/sessions/{id}", ID: "read-session", Tag: "Sessions", Perm: access.SessionsRead, Status: ok, Refusals: []int{404},
			Summary: "Read a charging session", Description: "One session with its meter values.", bind: handled((*server).readSession),
		},
		{
			Method: "GET", Path: prefix + "/decisions", ID: "list-decisions", Tag: "Decisions", Perm: access.SessionsRead, Status: ok,
			Summary: "List decisions", Description: "What chargers and programs were answered, the newest first. A decision appears within a second.", bind: handled((*server).listDecisions),
		},
		{
			Method: "POST", Path: prefix + "/decisions", ID: "decide", Tag: "Decisions", Perm: access.SessionsRead, Status: ok,
			Summary: "Decide", Description: "May this card charge here, now, and why? The answer is that which the charger would get. Name the EVSE by its EVSE id, or the charger by its OCPP identity, with the EVSE's number if it matters, or neither for \"anywhere?\". With at, the answer is for that moment and is not kept.",
			Example: map[string]any{"card": "04:A2:B3:C4:D5:E6:80", "evse_id": "DE*NGR*E000101"}, bind: handled((*server).decide),
		},
	}
}

const exampleID = "01kamb5nzh0q4t8v6w2y3x5z7c"
