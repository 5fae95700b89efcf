// Package zones is the operations about joining codes, and about who is in a zone
// and who waits to come into one.
package zones

import (
	"context"
	"net/http"

	"involt/internal/core/access"
	"involt/internal/face/api/frame"
)

// desk answers the operations of this package.
type desk struct{ *frame.Server }

// handled makes a handler's method the bind of an operation.
func handled[I, O any](f func(*desk, context.Context, access.Actor, *I) (*O, error)) frame.Bind {
	return frame.Handled(func(s *frame.Server) *desk { return &desk{s} }, f)
}

const (
	codesPath = frame.Prefix + "/joining-codes"
	tag       = "Zones"
)

// Operations are the operations about zones and joining codes.
func Operations() []frame.Operation {
	return []frame.Operation{
		{
			Method: "GET", Path: codesPath, ID: "list-joining-codes", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK,
			Summary: "List joining codes", Description: "The oldest first. The codes themselves are shown to keys with people:write.", Bind: handled((*desk).listCodes),
		},
		{
			Method: "POST", Path: codesPath, ID: "create-joining-code", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusCreated,
			Summary: "Make a joining code", Description: "For a zone (a location), a user group, or both. Without options whoever enters it has access at once.",
			Example: map[string]any{"location_id": frame.ExampleID, "note": "Poster in the lobby", "max_uses": 50, "domains": []string{"northgrid.example"}}, Bind: handled((*desk).createCode),
		},
		{
			Method: "GET", Path: codesPath + "/{id}", ID: "read-joining-code", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a joining code", Description: "One code with its options and how many came by it.", Bind: handled((*desk).readCode),
		},
		{
			Method: "PATCH", Path: codesPath + "/{id}", ID: "change-joining-code", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: []int{404, 409, 412},
			Summary: "Change a joining code", Description: "Changes the options that are sent and leaves the others; enabled switches it off and on. Members stay.",
			Example: map[string]any{"enabled": false}, Bind: handled((*desk).changeCode),
		},
		{
			Method: "POST", Path: codesPath + "/{id}/rotate", ID: "rotate-joining-code", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: []int{404, 409},
			Summary: "Make a new code", Description: "In place of the old one, which stops working with its link and its QR code. Members stay.", Bind: handled((*desk).rotateCode),
		},
		{
			Method: "GET", Path: frame.Prefix + "/locations/{id}/members", ID: "list-zone-members", Tag: tag, Perm: access.PeopleRead | access.PlacesRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "List the members of a zone", Description: "Users who may charge at the location by name, with since when and by which code.", Bind: handled((*desk).listMembers),
		},
		{
			Method: "DELETE", Path: frame.Prefix + "/locations/{id}/members/{user}", ID: "remove-zone-member", Tag: tag, Perm: access.PeopleWrite | access.PlacesRead, Status: http.StatusNoContent, Refusals: []int{404},
			Summary: "Remove a user from a zone", Description: "Chargers there refuse them within a second, unless a group of theirs or the access mode lets them charge there.", Bind: handled((*desk).removeMember),
		},
		{
			Method: "GET", Path: frame.Prefix + "/zone-requests", ID: "list-zone-requests", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK,
			Summary: "List who waits to come into a zone", Description: "Active users who entered a code that asks for approval. Newcomers are approved as users; their request follows.", Bind: handled((*desk).listRequests),
		},
		{
			Method: "POST", Path: frame.Prefix + "/zone-requests/{id}/approve", ID: "approve-zone-request", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: []int{404, 409},
			Summary: "Let a user into a zone", Description: "They get a mail that says so, with the message.", Example: map[string]any{"message": "Welcome"}, Bind: handled((*desk).approve),
		},
		{
			Method: "POST", Path: frame.Prefix + "/zone-requests/{id}/decline", ID: "decline-zone-request", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: []int{404, 409},
			Summary: "Decline a user's request", Description: "They get a mail that says so, with the message.", Example: map[string]any{"message": "For residents only"}, Bind: handled((*desk).decline),
		},
	}
}
