package decision

// remedies say to staff what can be done about a refusal.
var remedies = map[Reason]string{
	UnknownCard:     "Give the card to its user, on the page of unknown cards.",
	CardInactive:    "Make the card active, or give it to a user.",
	CardBlocked:     "Unblock the card, once you know why it was blocked.",
	CardSuspended:   "Unblock the card, once you know why it was suspended.",
	CardExpired:     "Make the card valid again, or give the user another one.",
	CardNotYetValid: "Wait for the card's first day, or choose an earlier one.",
	UserNotActive:   "Resend the invitation, or approve the user.",
	UserDeactivated: "Reactivate the user.",
	UserNotYet:      "Wait for the user's first day.",
	AccountClosed:   "Reopen the account, or choose another one for the user.",
	AccountEnded:    "Choose a later last day for the account, or another account for the user.",
	AccountPlace:    "Open the account at this location too, or choose another account for the user.",
	NotThisPlace:    "Open the place to the user or to one of their groups.",
	NotThisTime:     "Change the days or hours of the rule, or add one.",
	CardDoubted:     "Wait for the holder's answer, or unblock the card if you know that it was them.",
	Concurrent:      "End the other session, or allow more sessions at once in Settings.",
	NoCredit:        "Raise the budget, or wait for its next period.",
	Away:            "Nothing, once the database is back. Who may charge while it is away is set on the location's page.",
	CardLearned:     "Hold the card to the charger once more.",
	TooManyTries:    "Wait an hour, or start the session from the charger's page.",
}

// Remedy says to staff what can be done about a refusal; "" for [Allowed].
func (r Reason) Remedy() string { return remedies[r] }
