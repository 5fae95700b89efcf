// Package trace finds people who are erased in the rows of files, by their
// addresses and numbers, and in what is said about rows.
package trace

import (
	"strings"
	"unicode"

	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/table"
)

// Wanted are the people who are looked for.
type Wanted struct {
	People map[id.Person]bool

	emails, externalIDs, phones, cards, plates map[string]bool

	words *strings.Replacer // what sentences may say of them
	heads []string          // what those say, to find quickly whether there is anything
}

// someone stands in sentences in the place of somebody who is erased.
const someone = "another user"

// Of gathers by what people are found.
func Of(list []imports.Erasure) *Wanted {
	w := &Wanted{
		People: map[id.Person]bool{}, emails: map[string]bool{}, externalIDs: map[string]bool{}, phones: map[string]bool{}, cards: map[string]bool{}, plates: map[string]bool{},
	}
	var pairs []string
	say := func(text, instead string) {
		if len([]rune(text)) > 3 { // shorter ones are parts of other words
			w.heads, pairs = append(w.heads, text), append(pairs, text, instead)
		}
	}
	for _, e := range list {
		w.People[e.Person] = true
		for _, n := range e.Traces.Names {
			say(n, someone)
		}
		for _, m := range e.Traces.Emails {
			w.emails[m] = true
			say(m, someone)
		}
		for _, x := range e.Traces.ExternalIDs {
			w.externalIDs[x] = true
		}
		for _, p := range e.Traces.Phones {
			w.phones[digits(p)] = true
		}
		for _, c := range e.Traces.Cards {
			w.cards[c] = true
			say(c, "…")
		}
		for _, p := range e.Traces.Plates {
			w.plates[p] = true
		}
	}
	w.words = strings.NewReplacer(pairs...)
	return w
}

// Row reports whether a row is about one of them: it has their address in any cell,
// or in its own column their number, card, phone, plate or MAC.
func (w *Wanted) Row(h *sheet.Header, row table.Row) bool {
	if w.Cells(row.Cells) {
		return true
	}
	said := func(c sheet.Column) string { return h.Said(row, c) }
	if text := said(sheet.ExternalID); text != "" && w.externalIDs[text] {
		return true
	}
	if text := digits(said(sheet.Phone)); len(text) > 4 && w.phones[text] {
		return true
	}
	if text := said(sheet.CardUID); text != "" && len(w.cards) > 0 {
		if uid, err := card.Canonical(text); err == nil && (w.cards[uid] || w.cards[card.Reversed(uid)]) {
			return true
		}
	}
	if text := vehicle.Key(said(sheet.VehiclePlate)); text != "" && w.plates[text] {
		return true
	}
	if text := said(sheet.VehicleMAC); text != "" {
		if mac, err := vehicle.MAC(text); err == nil && w.cards["VID:"+mac] {
			return true
		}
	}
	return false
}

// Cells reports whether the address of one of them stands in one of the cells, alone
// or among other text.
func (w *Wanted) Cells(cells []string) bool {
	for _, c := range cells {
		if !strings.Contains(c, "@") {
			continue
		}
		for _, word := range strings.FieldsFunc(c, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`<>()[]",;:|'`, r) }) {
			if email, err := person.CleanEmail(strings.Trim(word, ".")); err == nil && w.emails[email] {
				return true
			}
		}
	}
	return false
}

// Reword takes them out of a sentence.
func (w *Wanted) Reword(text string) string {
	for _, h := range w.heads {
		if strings.Contains(text, h) {
			return w.words.Replace(text)
		}
	}
	return text
}

// digits are those of a phone number, without what comes before the country's.
func digits(text string) string {
	return strings.TrimLeft(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text), "0")
}
