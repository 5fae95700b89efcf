// Package groups is the operations about user groups, and about the rules that say
// where and when their members may charge.
package groups

import (
	"context"
	"net/http"
	"slices"

	"involt/internal/core/access"
	"involt/internal/face/api/frame"
)

// desk answers the operations of this package.
type desk struct{ *frame.Server }

// handled makes a handler's method the bind of an operation.
func handled[I, O any](f func(*desk, context.Context, access.Actor, *I) (*O, error)) frame.Bind {
	return frame.Handled(func(s *frame.Server) *desk { return &desk{s} }, f)
}

// Operations are the operations about groups and their rules.
func Operations() []frame.Operation {
	return slices.Concat(groupOperations(), ruleOperations())
}

// confirming is said of changes that may take something from users.
const confirming = " If users would lose places or hours by it, it is refused with 409, with effect and confirm: look at effect, then send the change again with confirm."

func groupOperations() []frame.Operation {
	const tag = "Groups"
	return []frame.Operation{
		{
			Method: "GET", Path: frame.Prefix + "/groups", ID: "list-groups", Tag: "Groups", Perm: access.PeopleRead, Status: http.StatusOK,
			Summary: "List groups", Description: "The oldest first, each with the number of its members.", Bind: handled((*desk).listGroups),
		},
		{
			Method: "PUT", Path: frame.Prefix + "/groups/order", ID: "order-groups", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK,
			Summary: "Order the groups", Description: "Of a user's groups, the first one gives the terms.", Example: map[string]any{"group_ids": []string{frame.ExampleID}}, Bind: handled((*desk).orderGroups),
		},
		{
			Method: "POST", Path: frame.Prefix + "/groups", ID: "create-group", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusCreated,
			Summary: "Create a group", Description: "Adds a user group behind the others.",
			Example: map[string]any{"name": "Night shift", "description": "Those who charge by night"}, Bind: handled((*desk).createGroup),
		},
		{
			Method: "GET", Path: frame.Prefix + "/groups/{id}", ID: "read-group", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a group", Description: "One group with its rules.", Bind: handled((*desk).readGroup),
		},
		{
			Method: "PATCH", Path: frame.Prefix + "/groups/{id}", ID: "change-group", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: []int{404, 409, 412},
			Summary: "Change a group", Description: "Changes the fields that are sent and leaves the others." + confirming,
			Example: map[string]any{"description": "Those who charge between ten and six"}, Bind: handled((*desk).changeGroup),
		},
		{
			Method: "DELETE", Path: frame.Prefix + "/groups/{id}", ID: "delete-group", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusNoContent, Refusals: []int{404, 409, 412},
			Summary: "Delete a group", Description: "Deletes the group with its rules and memberships." + confirming, Bind: handled((*desk).deleteGroup),
		},
	}
}

func ruleOperations() []frame.Operation {
	const tag = "Groups"
	return []frame.Operation{
		{
			Method: "GET", Path: frame.Prefix + "/groups/{id}/rules", ID: "list-rules", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "List a group's rules", Description: "Where and when the members of the group may charge, the oldest rule first.", Bind: handled((*desk).listRules),
		},
		{
			Method: "POST", Path: frame.Prefix + "/groups/{id}/rules", ID: "create-rule", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusCreated, Refusals: []int{404},
			Summary: "Open a place to a group", Description: "Lets the members of the group charge somewhere: at a location, at a charger or everywhere, on certain days, hours and dates or always.",
			Example: map[string]any{"everywhere": true, "days": []string{"mon", "tue", "wed", "thu", "fri"}, "from_time": "07:00", "to_time": "19:00", "time_zone": "Europe/Berlin"}, Bind: handled((*desk).createRule),
		},
		{
			Method: "GET", Path: frame.Prefix + "/rules/{id}", ID: "read-rule", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a rule", Description: "One rule.", Bind: handled((*desk).readRule),
		},
		{
			Method: "PATCH", Path: frame.Prefix + "/rules/{id}", ID: "change-rule", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: []int{404, 409, 412},
			Summary: "Change a rule", Description: "Changes when it holds: the fields that are sent, and leaves the others. Where it holds stays; make another rule for another place." + confirming,
			Example: map[string]any{"to_time": "20:00"}, Bind: handled((*desk).changeRule),
		},
		{
			Method: "DELETE", Path: frame.Prefix + "/rules/{id}", ID: "remove-rule", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusNoContent, Refusals: []int{404, 409, 412},
			Summary: "Remove a rule", Description: "Shuts the place for whomever only this rule lets in." + confirming, Bind: handled((*desk).removeRule),
		},
	}
}
