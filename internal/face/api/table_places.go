package api

import (
	"net/http"

	"involt/internal/core/access"
	"involt/internal/face/api/frame"
)

// changes are the refusals of what changes one thing.
var changes = []int{404, 409}

func cardOperations() []Operation {
	const tag = "Cards"
	return []Operation{
		{
			Method: "GET", Path: frame.Prefix + "/cards", ID: "list-cards", Tag: tag, Perm: access.CardsRead, Status: http.StatusOK,
			Summary: "List cards", Description: "The newest first. Deactivated cards only when state asks for them.", Bind: handled((*desk).listCards),
		},
		{
			Method: "POST", Path: frame.Prefix + "/cards", ID: "create-card", Tag: tag, Perm: access.CardsWrite, Status: http.StatusCreated,
			Summary: "Create a card", Description: "Adds an active card and gives it to a user. A number that the workspace has already is refused: two people cannot share a card.",
			Example: map[string]any{"number": "04:A2:B3:C4:D5:E6:80", "user_id": frame.ExampleID, "printed": "NG-000123"}, Bind: handled((*desk).createCard),
		},
		{
			Method: "GET", Path: frame.Prefix + "/cards/{id}", ID: "read-card", Tag: tag, Perm: access.CardsRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a card", Description: "One card.", Bind: handled((*desk).readCard),
		},
		{
			Method: "POST", Path: frame.Prefix + "/cards/{id}/block", ID: "block-card", Tag: tag, Perm: access.CardsWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Block a card", Description: "The card is refused within a second. Its holder may unblock it: for a card that is lost and may be found.", Bind: handled((*desk).blockCard),
		},
		{
			Method: "POST", Path: frame.Prefix + "/cards/{id}/unblock", ID: "unblock-card", Tag: tag, Perm: access.CardsWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Unblock a card", Description: "Lets a blocked, suspended or expired card work again, and activates one that is inactive.", Bind: handled((*desk).unblockCard),
		},
		{
			Method: "POST", Path: frame.Prefix + "/cards/{id}/suspend", ID: "suspend-card", Tag: tag, Perm: access.CardsWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Suspend a card", Description: "The card is refused within a second. Only staff and programs may let it work again.", Bind: handled((*desk).suspendCard),
		},
		{
			Method: "PATCH", Path: frame.Prefix + "/cards/{id}", ID: "change-card", Tag: tag, Perm: access.CardsWrite, Status: http.StatusOK, Refusals: []int{404, 409, 412},
			Summary: "Change a card", Description: "Changes the fields that are sent and leaves the others.",
			Example: map[string]any{"printed": "NG-000124", "valid_to": "2027-01-01T00:00:00Z"}, Bind: handled((*desk).changeCard),
		},
		{
			Method: "DELETE", Path: frame.Prefix + "/cards/{id}", ID: "remove-card", Tag: tag, Perm: access.CardsWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Remove a card", Description: "Deactivates the card for good; its number may be given out again. The card stays readable, with its sessions.", Bind: handled((*desk).removeCard),
		},
	}
}

func placeOperations() []Operation {
	return []Operation{
		{
			Method: "GET", Path: frame.Prefix + "/locations", ID: "list-locations", Tag: "Locations", Perm: access.PlacesRead, Status: http.StatusOK,
			Summary: "List locations", Description: "The oldest first.", Bind: handled((*desk).listLocations),
		},
		{
			Method: "GET", Path: frame.Prefix + "/chargers", ID: "list-chargers", Tag: "Chargers", Perm: access.PlacesRead, Status: http.StatusOK,
			Summary: "List chargers", Description: "By name.", Bind: handled((*desk).listChargers),
		},
		{
			Method: "GET", Path: frame.Prefix + "/chargers/{id}", ID: "read-charger", Tag: "Chargers", Perm: access.PlacesRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a charger", Description: "One charger with its EVSEs and what each is doing.", Bind: handled((*desk).readCharger),
		},
	}
}

func sessionOperations() []Operation {
	return []Operation{
		{
			Method: "GET", Path: frame.Prefix + "/sessions", ID: "list-sessions", Tag: "Sessions", Perm: access.SessionsRead, Status: http.StatusOK,
			Summary: "List charging sessions", Description: "The newest start first.", Bind: handled((*desk).listSessions),
		},
		{
			Method: "GET", Path: frame.Prefix + "/sessions/{id}", ID: "read-session", Tag: "Sessions", Perm: access.SessionsRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a charging session", Description: "One session with its meter values.", Bind: handled((*desk).readSession),
		},
		{
			Method: "GET", Path: frame.Prefix + "/decisions", ID: "list-decisions", Tag: "Decisions", Perm: access.SessionsRead, Status: http.StatusOK,
			Summary: "List decisions", Description: "What chargers and programs were answered, the newest first. A decision appears within a second.", Bind: handled((*desk).listDecisions),
		},
		{
			Method: "POST", Path: frame.Prefix + "/decisions", ID: "decide", Tag: "Decisions", Perm: access.SessionsRead, Status: http.StatusOK,
			Summary: "Decide", Description: "May this card charge here, now, and why? The answer is that which the charger would get. Name the EVSE by its EVSE id, or the charger by its OCPP identity, with the EVSE's number if it matters, or neither for \"anywhere?\". With at, the answer is for that moment and is not kept.",
			Example: map[string]any{"card": "04:A2:B3:C4:D5:E6:80", "evse_id": "DE*NGR*E000101"}, Bind: handled((*desk).decide),
		},
	}
}
