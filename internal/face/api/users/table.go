// Package users is the operations about users: those one asks for and changes one
// by one, their vehicles, their endings, and work on many of them.
package users

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

// Operations are the operations about users and what is theirs.
func Operations() []frame.Operation {
	return slices.Concat(userOperations(), endingOperations(), vehicleOperations(), bulkOperations())
}

// changes are the refusals of what changes one thing.
var changes = []int{404, 409}

func userOperations() []frame.Operation {
	const tag = "Users"
	return []frame.Operation{
		{
			Method: "GET", Path: frame.Prefix + "/users", ID: "list-users", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK,
			Summary: "List users", Description: "All users, or those whom the filters find; the oldest first unless sort says otherwise. total and counts say how many there are.", Bind: handled((*desk).listUsers),
		},
		{
			Method: "POST", Path: frame.Prefix + "/users", ID: "create-user", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusCreated,
			Summary: "Create a user", Description: "Adds a user with the status imported: nobody is mailed; invite them to let them in. A user without an e-mail address, a pool car for instance, needs a card and is active at once. To write names, e-mail address, phone number or info fields the key needs personal-data too.",
			Example: map[string]any{"email": "anna.berg@example.com", "first_name": "Anna", "last_name": "Berg", "external_id": "E-1042", "cost_center": "Sales"},
			Bind:    handled((*desk).createUser),
		},
		{
			Method: "POST", Path: frame.Prefix + "/users/invite", ID: "invite-users", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK,
			Summary: "Invite users", Description: "Mails an invitation to users who are here: imported ones, and those whose invitation is pending, whose older link stops working. Whoever cannot be invited is skipped with a reason. The link is in the mail only.",
			Example: map[string]any{"user_ids": []string{frame.ExampleID}}, Bind: handled((*desk).inviteUsers),
		},
		{
			Method: "GET", Path: frame.Prefix + "/users/{id}", ID: "read-user", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a user", Description: "One user with their groups.", Bind: handled((*desk).readUser),
		},
		{
			Method: "PATCH", Path: frame.Prefix + "/users/{id}", ID: "change-user", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: []int{404, 409, 412},
			Summary: "Change a user", Description: "Changes the fields that are sent and leaves the others. Send the ETag of what was read as If-Match, and nobody's change in between is lost. To write names, e-mail address, phone number or info fields the key needs personal-data too.",
			Example: map[string]any{"cost_center": "Service", "info_1": "Building 4"}, Bind: handled((*desk).changeUser),
		},
		{
			Method: "POST", Path: frame.Prefix + "/users/{id}/deactivate", ID: "deactivate-user", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Deactivate a user", Description: "Ends what the user may do, within a second: their cards stop working. Nothing is forgotten.",
			Example: map[string]any{"reason": "Left the company"}, Bind: handled((*desk).deactivateUser),
		},
		{
			Method: "POST", Path: frame.Prefix + "/users/{id}/reactivate", ID: "reactivate-user", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Reactivate a user", Description: "Undoes the deactivation.", Bind: handled((*desk).reactivateUser),
		},
		{
			Method: "POST", Path: frame.Prefix + "/users/{id}/approve", ID: "approve-user", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Approve a user", Description: "Lets in somebody who registered and waits: the status to-be-approved becomes active. They are told by mail, with the message.",
			Example: map[string]any{"message": "Welcome to the fleet."}, Bind: handled((*desk).approveUser),
		},
		{
			Method: "POST", Path: frame.Prefix + "/users/{id}/decline", ID: "decline-user", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Decline a user", Description: "Refuses somebody who registered and waits. They are told by mail, with the message, and may register again.",
			Example: map[string]any{"message": "Please register with your company address."}, Bind: handled((*desk).declineUser),
		},
		{
			Method: "PUT", Path: frame.Prefix + "/users/{id}/groups/{group}", ID: "add-to-group", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Add a user to a group", Description: "Nothing changes for somebody who is in it.", Bind: handled((*desk).addToGroup),
		},
		{
			Method: "DELETE", Path: frame.Prefix + "/users/{id}/groups/{group}", ID: "remove-from-group", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Remove a user from a group", Description: "Nothing changes for somebody who is not in it. Where the groups decide who may charge where, an active user's last group stays (409).", Bind: handled((*desk).removeFromGroup),
		},
	}
}

func endingOperations() []frame.Operation {
	const tag = "Users"
	const both = access.PeopleWrite | access.PersonalData
	return []frame.Operation{
		{
			Method: "GET", Path: frame.Prefix + "/users/{id}/departure", ID: "read-departure", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a departure", Description: "When a user leaves, and what ends then; 404 if nothing is planned.", Bind: handled((*desk).readDeparture),
		},
		{
			Method: "PUT", Path: frame.Prefix + "/users/{id}/departure", ID: "plan-departure", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Plan a departure", Description: "The user leaves at a moment to come: their cards, groups, rules, roles and keys end then, in one transaction. It takes the place of what was planned before, and can be cancelled until then.",
			Example: map[string]any{"at": "2027-01-01T00:00:00Z", "reason": "Contract ends"}, Bind: handled((*desk).planDeparture),
		},
		{
			Method: "DELETE", Path: frame.Prefix + "/users/{id}/departure", ID: "cancel-departure", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusNoContent, Refusals: changes,
			Summary: "Cancel a departure", Description: "Takes back a departure that is still to come.", Bind: handled((*desk).cancelDeparture),
		},
		{
			Method: "GET", Path: frame.Prefix + "/users/{id}/merge", ID: "preview-merge", Tag: tag, Perm: both, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Preview a merge", Description: "What two records of one person say differently, and which of it would stay. Changes nothing.", Bind: handled((*desk).previewMerge),
		},
		{
			Method: "POST", Path: frame.Prefix + "/users/{id}/merge", ID: "merge-users", Tag: tag, Perm: both | access.CardsWrite, Status: http.StatusOK, Refusals: []int{404, 409, 412},
			Summary: "Merge two records", Description: "Makes one of two records of a person: the one of the path stays and takes over the other's cards, vehicles, groups, sessions, messages and history. It cannot be undone.",
			Example: map[string]any{"gone": frame.OtherID, "choices": map[string]string{"phone": "gone"}}, Bind: handled((*desk).mergeUsers),
		},
		{
			Method: "DELETE", Path: frame.Prefix + "/users/{id}", ID: "delete-user", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusNoContent, Refusals: []int{404, 409, 412},
			Summary: "Delete a user", Description: "Hides and refuses the user at once. Half an hour later what is personal of them is erased for good; until then they can be restored. What must be kept by law stays, without the person.", Bind: handled((*desk).deleteUser),
		},
		{
			Method: "POST", Path: frame.Prefix + "/users/{id}/restore", ID: "restore-user", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusOK, Refusals: []int{409, 410},
			Summary: "Restore a user", Description: "Brings back a user who was deleted less than half an hour ago; later, and for whoever was not deleted, it is a 410. API keys and invitations that ended with the deletion do not come back.", Bind: handled((*desk).restoreUser),
		},
	}
}

func vehicleOperations() []frame.Operation {
	const tag = "Vehicles"
	const write = access.PeopleWrite | access.PersonalData
	return []frame.Operation{
		{
			Method: "GET", Path: frame.Prefix + "/users/{id}/vehicles", ID: "list-vehicles", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "List a user's vehicles", Description: "The oldest first.", Bind: handled((*desk).listVehicles),
		},
		{
			Method: "POST", Path: frame.Prefix + "/users/{id}/vehicles", ID: "create-vehicle", Tag: tag, Perm: write, Status: http.StatusCreated, Refusals: []int{404, 409},
			Summary: "Add a vehicle", Description: "Gives a user a vehicle: at least a plate, a make, a model or a MAC address. A plate or MAC that another vehicle has is refused at its field.",
			Example: map[string]any{"plate": "B-EV 123E", "country": "DE", "make": "Volkswagen", "model": "ID.3", "battery_wh": 58000}, Bind: handled((*desk).createVehicle),
		},
		{
			Method: "GET", Path: frame.Prefix + "/vehicles/{id}", ID: "read-vehicle", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a vehicle", Description: "One vehicle.", Bind: handled((*desk).readVehicle),
		},
		{
			Method: "PATCH", Path: frame.Prefix + "/vehicles/{id}", ID: "change-vehicle", Tag: tag, Perm: write, Status: http.StatusOK, Refusals: []int{404, 409, 412},
			Summary: "Change a vehicle", Description: "Changes the fields that are sent and leaves the others.",
			Example: map[string]any{"battery_wh": 77000}, Bind: handled((*desk).changeVehicle),
		},
		{
			Method: "DELETE", Path: frame.Prefix + "/vehicles/{id}", ID: "remove-vehicle", Tag: tag, Perm: write, Status: http.StatusNoContent, Refusals: []int{404, 409, 412},
			Summary: "Remove a vehicle", Description: "Takes the vehicle away. If it has a MAC address, the card of that ends too, which needs cards:write.", Bind: handled((*desk).removeVehicle),
		},
	}
}

func bulkOperations() []frame.Operation {
	const tag = "Bulk"
	return []frame.Operation{
		{
			Method: "POST", Path: frame.Prefix + "/bulk", ID: "start-bulk", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusAccepted,
			Summary: "Start bulk work", Description: "Does one action with many users, named by id or by a filter. It goes on by itself: Location says where to read its progress. Whoever cannot be changed is skipped with a reason. It is stopped if the key is revoked, or may no longer change users, before the end.",
			Example: map[string]any{"action": "cost-center", "users": []string{frame.ExampleID}, "args": map[string]string{"cost_center": "Sales"}}, Bind: handled((*desk).startBulk),
		},
		{
			Method: "GET", Path: frame.Prefix + "/bulk/{id}", ID: "read-bulk", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read bulk work", Description: "How far it has come, and with how many it was done.", Bind: handled((*desk).readBulk),
		},
		{
			Method: "GET", Path: frame.Prefix + "/bulk/{id}/outcomes", ID: "list-bulk-outcomes", Tag: tag, Perm: access.PeopleRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "List what became of each user", Description: "In the order of the selection, as far as the work has come.", Bind: handled((*desk).listOutcomes),
		},
		{
			Method: "POST", Path: frame.Prefix + "/bulk/{id}/undo", ID: "undo-bulk", Tag: tag, Perm: access.PeopleWrite, Status: http.StatusAccepted, Refusals: []int{404, 409, 410},
			Summary: "Undo bulk work", Description: "Takes back what the work did, with those who still are as it left them. It goes on by itself, and is possible for 30 minutes after the work ended; invitations and answers to applicants cannot be taken back.", Bind: handled((*desk).undoBulk),
		},
	}
}
