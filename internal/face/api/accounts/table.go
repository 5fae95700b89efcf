// Package accounts is the operations about accounts: who pays, for whom, within
// which limits, and what is paid back.
package accounts

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

// inviting is what a key needs to invite somebody who will own an account.
const inviting = access.AccountsWrite | access.PeopleWrite | access.StaffWrite

// Operations are the operations about accounts.
func Operations() []frame.Operation {
	const tag = "Accounts"
	changes := []int{404, 409}
	return []frame.Operation{
		{
			Method: "GET", Path: frame.Prefix + "/accounts", ID: "list-accounts", Tag: tag, Perm: access.AccountsRead, Status: http.StatusOK,
			Summary: "List accounts", Description: "All accounts by name, or those whom the filters find. Without personal-data consumers' names and addresses are masked, and not found by q.", Bind: handled((*desk).list),
		},
		{
			Method: "POST", Path: frame.Prefix + "/accounts", ID: "create-account", Tag: tag, Perm: inviting | access.PersonalData | access.CardsWrite | access.SessionsRead, Status: http.StatusCreated, Refusals: []int{409},
			Summary: "Invite a client", Description: "Makes a customer's account and mails an invitation to its owner. The key needs every permission of an account's owner: nobody gives what they do not hold.",
			Example: map[string]any{"email": "vera@voltwerk.example", "name": "Voltwerk", "billing": "consumer"}, Bind: handled((*desk).create),
		},
		{
			Method: "GET", Path: frame.Prefix + "/accounts/{id}", ID: "read-account", Tag: tag, Perm: access.AccountsRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read an account", Description: "One account with what limits it and what is paid back.", Bind: handled((*desk).read),
		},
		{
			Method: "PATCH", Path: frame.Prefix + "/accounts/{id}", ID: "change-account", Tag: tag, Perm: access.AccountsWrite | access.PersonalData, Status: http.StatusOK, Refusals: []int{404, 409, 412},
			Summary: "Change an account", Description: "Changes the fields that are sent and leaves the others. Limits may narrow those of the accounts above, and never widen them.",
			Example: map[string]any{"user_limit": 20}, Bind: handled((*desk).change),
		},
		{
			Method: "POST", Path: frame.Prefix + "/accounts/{id}/sub-accounts", ID: "create-sub-account", Tag: tag, Perm: inviting | access.PersonalData | access.CardsWrite | access.SessionsRead, Status: http.StatusCreated, Refusals: changes,
			Summary: "Add a sub-account", Description: "Makes an account below this one and mails an invitation to its person: the owner of a subsidiary's, a driver in an employee's.",
			Example: map[string]any{"kind": "employee", "name": "Emma at home", "email": "emma@voltwerk.example", "billing": "consumer", "rate": "0.2500"}, Bind: handled((*desk).createSub),
		},
		{
			Method: "POST", Path: frame.Prefix + "/accounts/{id}/end-users", ID: "add-end-user", Tag: tag, Perm: inviting | access.PersonalData | access.CardsWrite | access.SessionsRead, Status: http.StatusCreated, Refusals: changes,
			Summary: "Add an end-user", Description: "Mails an invitation into this account. With a rate they get an employee's account of their own below it, which is returned.",
			Example: map[string]any{"email": "dirk@voltwerk.example", "role": "driver"}, Bind: handled((*desk).addEndUser),
		},
		{
			Method: "POST", Path: frame.Prefix + "/accounts/{id}/rates", ID: "set-reimbursement-rate", Tag: tag, Perm: access.AccountsWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Set a reimbursement rate", Description: "Agrees with an employee or a subsidiary on a rate from a day on. Days that are over keep the rate they had.",
			Example: map[string]any{"rate": "0.2875"}, Bind: handled((*desk).setRate),
		},
		{
			Method: "POST", Path: frame.Prefix + "/accounts/{id}/close", ID: "close-account", Tag: tag, Perm: access.AccountsWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Close an account", Description: "Closes it and all below it: within a second none of their users may charge, and no invitation into them works.",
			Example: map[string]any{"reason": "Contract ended"}, Bind: handled((*desk).close),
		},
		{
			Method: "POST", Path: frame.Prefix + "/accounts/{id}/reopen", ID: "reopen-account", Tag: tag, Perm: access.AccountsWrite, Status: http.StatusOK, Refusals: changes,
			Summary: "Reopen an account", Description: "Opens it, and those below it that were closed with it.", Bind: handled((*desk).reopen),
		},
		{
			Method: "PUT", Path: frame.Prefix + "/users/{id}/account", ID: "set-account", Tag: tag, Perm: access.AccountsRead | access.PeopleWrite, Status: http.StatusNoContent, Refusals: changes,
			Summary: "Say who pays for a user", Description: "Puts a user into an account, or takes them out.",
			Example: map[string]any{"account_id": frame.ExampleID}, Bind: handled((*desk).setAccount),
		},
	}
}
