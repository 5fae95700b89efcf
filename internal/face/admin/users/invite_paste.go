package users

import (
	"strings"

	"involt/internal/core/card"
	"involt/internal/core/person"
	"involt/internal/flow/onboard"
)

// fromPaste makes rows of a pasted list: one line is one row, whatever stands in
// it, so that nothing gets lost and nothing moves to somebody else's row. A line
// without an address, or with several, stands in its row as it was typed and is
// refused there.
func fromPaste(text string) (list []onboard.Invitee) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if list = append(list, rowOf(line)); len(list) > onboard.MaxInvitees {
			break
		}
	}
	return list
}

// rowOf reads one line: an address, as mail programs write it or alone, and the
// number of a card before or behind it. A name is left out: the form asks for
// none.
func rowOf(line string) onboard.Invitee {
	words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" ,;\t<>\"'()", r) })
	at := ""
	for _, w := range words {
		if !strings.Contains(w, "@") {
			continue
		}
		if at != "" {
			return onboard.Invitee{Email: line}
		}
		at = w
	}
	if at == "" {
		if _, err := card.Canonical(line); err == nil && strings.ContainsAny(line, "0123456789") {
			return onboard.Invitee{Card: line}
		}
		return onboard.Invitee{Email: line}
	}
	row := onboard.Invitee{Email: strings.TrimPrefix(at, "mailto:")}
	before, after, _ := strings.Cut(line, at)
	row.Card = strings.Join(append(numbers(after), numbers(before)...), " ")
	return row
}

// numbers are the parts of a line that are meant as a card's number: those with
// a digit. "04 A1 B2 C3" is one of them.
func numbers(text string) (list []string) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;\t<>\"'()", r) }) {
		if part = strings.TrimSpace(part); strings.ContainsAny(part, "0123456789") {
			list = append(list, part)
		}
	}
	return list
}

// didYouMean asks whether an address has a slip in its domain; "" if it looks
// right, or cannot be read at all.
func didYouMean(email string) string {
	clean, err := person.CleanEmail(email)
	if err != nil {
		return ""
	}
	local, domain, _ := strings.Cut(clean, "@")
	better, ok := person.LikelyTypo(domain)
	if !ok {
		return ""
	}
	return "Did you mean " + local + "@" + better + "?"
}
