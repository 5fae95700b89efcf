package inviting

import (
	"strings"

	"involt/internal/core/card"
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
// number of a card before or behind it. A name is taken where mail programs put
// it.
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
	if name, bracket := strings.CutSuffix(before, "<"); bracket && !strings.ContainsAny(name, "0123456789") {
		row.FirstName, row.LastName = named(strings.Trim(strings.TrimSpace(name), `"'`))
	}
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

// named takes a name apart: "Ann Ampere", or "Ampere, Ann".
func named(name string) (first, last string) {
	if last, first, ok := strings.Cut(name, ","); ok {
		return strings.TrimSpace(first), strings.TrimSpace(last)
	}
	if at := strings.LastIndexByte(name, ' '); at > 0 {
		return strings.TrimSpace(name[:at]), name[at+1:]
	}
	return "", name
}
