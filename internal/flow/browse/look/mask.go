package look

import (
	"strings"
	"unicode/utf8"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/bulk"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
)

// Name is how to call a user on a screen: the name, or what else tells them
// apart. Without personal data only the first letters are shown.
func Name(by access.Actor, first, last, email, external string) string {
	open := by.Perms.Has(access.PersonalData)
	if name := strings.TrimSpace(first + " " + last); name != "" {
		if open {
			return name
		}
		return MaskName(name)
	}
	if email != "" {
		return Email(by, email)
	}
	return external
}

// AccountName is how to call an account on a screen. That of a consumer is mostly a
// person's name or address: without personal data only its first letters are
// shown.
func AccountName(by access.Actor, b account.Billing, name string) string {
	if b == account.Business || by.Perms.Has(access.PersonalData) {
		return name
	}
	if strings.Contains(name, "@") {
		return MaskEmail(name)
	}
	return MaskName(name)
}

// Email is an address as by may see it.
func Email(by access.Actor, email string) string {
	if by.Perms.Has(access.PersonalData) {
		return email
	}
	return MaskEmail(email)
}

// MaskName leaves the first letter of each word: "Anna Berg" is "A… B…".
func MaskName(name string) string {
	words := strings.Fields(name)
	for i, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		words[i] = string(r) + "…"
	}
	return strings.Join(words, " ")
}

// MaskEmail leaves the first letter and no domain, for that may be somebody's
// name too: "anna@berg.example" is "a…@…".
func MaskEmail(email string) string {
	local, _, ok := strings.Cut(email, "@")
	if !ok || local == "" {
		return MaskName(email)
	}
	r, _ := utf8.DecodeRuneInString(local)
	return string(r) + "…@…"
}

// words are the texts that may stand in the clear in an entry of the journal:
// they come from lists of ours and name nobody.
var words = func() map[string]bool {
	all := map[string]bool{
		"ocpp1.6": true, "ocpp2.0.1": true, "api": true, "cli": true, "mail": true, "console": true, "rfid": true, "app": true, "mac": true, "emaid": true,
	}
	for _, r := range decision.Reasons {
		all[string(r)] = true
	}
	for _, s := range person.Statuses {
		all[string(s)] = true
	}
	for _, s := range []card.State{card.Inactive, card.Active, card.Blocked, card.Suspended, card.Expired, card.Deactivated} {
		all[string(s)] = true
	}
	for _, r := range access.Roles {
		all[r.Key] = true
	}
	for _, a := range bulk.Actions {
		all[string(a)] = true
	}
	for _, m := range []workspace.Mode{workspace.Everyone, workspace.ByGroup} {
		all[string(m)] = true
	}
	return all
}()

// MaskValue hides every text of a journal entry's values but ids and the words
// of ours: anything else may be a name or an address, whatever it is filed under.
func MaskValue(v any) any {
	switch v := v.(type) {
	case string:
		if v == "" || words[v] || id.Valid(v) {
			return v
		}
		return "…"
	case []any:
		for i := range v {
			v[i] = MaskValue(v[i])
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = MaskValue(v[k])
		}
		return v
	default:
		return v
	}
}
