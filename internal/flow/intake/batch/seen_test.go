package batch

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/table"
)

// lines reads a sheet as far as it goes without a database: what each row says,
// or why it is refused.
func lines(t *testing.T, text string) (all []*Entry) {
	t.Helper()
	src, err := table.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	h, rows, err := sheet.Find(src, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	seen := NewSeen()
	for i := 0; ; i++ {
		var row table.Row
		if i < len(rows) {
			row = rows[i].Row
		} else if row, err = src.Next(); err != nil {
			return all
		}
		l, warnings, refused, _ := h.Parse(row, time.UTC)
		e := &Entry{Line: l}
		e.Outcome.Warnings = warnings
		if refused == nil {
			var warning *sheet.Problem
			e.Prior, warning, refused = seen.Check(&l)
			if warning != nil {
				e.Warn(*warning)
			}
		} else {
			seen.Pass(l.Number)
		}
		if refused != nil {
			e.Refuse(*refused)
			e.Done = true
		}
		all = append(all, e)
	}
}

func TestRefusedRows(t *testing.T) {
	const head = "email,external_id,first_name,phone,status,language,role,groups,card_uid,card_kind,card_valid_from,card_valid_to,info_1\n"
	row := func(cells map[sheet.Column]string) string {
		var list []string
		for name := range strings.SplitSeq(strings.TrimSpace(head), ",") {
			list = append(list, `"`+cells[sheet.Column(name)]+`"`)
		}
		return strings.Join(list, ",") + "\n"
	}
	ann := map[sheet.Column]string{sheet.Email: "ann@example.com"}
	with := func(more map[sheet.Column]string) map[sheet.Column]string {
		m := maps.Clone(ann)
		maps.Copy(m, more)
		return m
	}
	for _, tc := range []struct {
		name   string
		rows   []map[sheet.Column]string
		column sheet.Column
		says   string
	}{
		{"nothing to go by", []map[sheet.Column]string{{sheet.FirstName: "Ann"}}, sheet.Email, "One of them is needed"},
		{"wrong e-mail", []map[sheet.Column]string{{sheet.Email: "Ann <ann@x.org>"}}, sheet.Email, "only the address"},
		{"wrong card", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.CardUID: "04A1"})}, sheet.CardUID, "2 bytes"},
		{"wrong status", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.Status: "asleep"})}, sheet.Status, "not a status"},
		{"wrong language", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.Language: "klingon"})}, sheet.Language, "two letters"},
		{"wrong role", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.Role: "wizard"})}, sheet.Role, "no role called"},
		{"wrong date", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.CardUID: "04A1B2C3", sheet.CardValidTo: "30.2.2027"})}, sheet.CardValidTo, "not a date"},
		{"year out of hand", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.CardUID: "04A1B2C3", sheet.CardValidFrom: "1.1.0027"})}, sheet.CardValidFrom, "year"},
		{"ends before it begins", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.CardUID: "04A1B2C3", sheet.CardValidFrom: "2027-02-01", sheet.CardValidTo: "2027-01-01"})}, sheet.CardValidTo, "before it begins"},
		{"kind and number differ", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.CardUID: "04A1B2C3", sheet.CardKind: "mac"})}, sheet.CardKind, "MAC"},
		{"kind unknown", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.CardUID: "04A1B2C3", sheet.CardKind: "stone"})}, sheet.CardKind, "stone"},
		{"name too long", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.FirstName: strings.Repeat("x", 201)})}, sheet.FirstName, "at most 200"},
		{"control character", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.Info1: "a\x07b"})}, sheet.Info1, "cannot be shown"},
		{"group too long", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.Groups: strings.Repeat("x", 101)})}, sheet.Groups, "100 characters"},
		{"same person twice", []map[sheet.Column]string{ann, ann}, sheet.Email, "Line 2 has this user already"},
		{"same card twice", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.CardUID: "04A1B2C3"}), {sheet.Email: "bob@x.org", sheet.CardUID: "04:a1:b2:c3"}}, sheet.CardUID, "Line 2 has this card already"},
		{"same id, other address", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.ExternalID: "7"}), {sheet.Email: "bob@x.org", sheet.ExternalID: "7", sheet.CardUID: "04A1B2C3"}}, sheet.Email, "says something else"},
		{"id of a third", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.ExternalID: "7"}), {sheet.Email: "bob@x.org", sheet.ExternalID: "8"}, {sheet.Email: "bob@x.org", sheet.ExternalID: "7", sheet.CardUID: "04A1B2C3"}}, sheet.ExternalID, "Line 2"},
		{"says something else", []map[sheet.Column]string{with(map[sheet.Column]string{sheet.FirstName: "Ann"}), with(map[sheet.Column]string{sheet.FirstName: "Eve", sheet.CardUID: "04A1B2C3"})}, sheet.FirstName, "Line 2 says something else"},
	} {
		text := head
		for _, r := range tc.rows {
			text += row(r)
		}
		all := lines(t, text)
		for i, e := range all {
			last := i == len(all)-1
			if e.Done != last || last && (e.Outcome.Kind != Refuse || e.Outcome.Column != tc.column || !strings.Contains(e.Outcome.Reason, tc.says) || e.Outcome.Line != len(tc.rows)+1) {
				t.Errorf("%s: row %d: %+v", tc.name, i, e.Outcome)
			}
		}
	}
	// What is no reason to refuse a row is a warning.
	all := lines(t, head+row(map[sheet.Column]string{sheet.Email: "ann@gmial.com", sheet.Status: "invited", sheet.CardUID: "12345678"})+
		row(map[sheet.Column]string{sheet.Email: "bob@x.org", sheet.CardUID: "78563412"})+row(map[sheet.Column]string{sheet.Email: "eve@x.org", sheet.CardKind: "rfid"}))
	var got []string
	for _, e := range all {
		for _, w := range e.Outcome.Warnings {
			got = append(got, fmt.Sprintf("%d %s %s", w.Line, w.Column, w.Text))
		}
	}
	for i, says := range []string{"2 email Did you mean ann@gmial.com"[:22], "2 status Nobody becomes Invited", "2 card_uid 12345678 is read as hex", "3 card_uid 78563412 is read as hex", "3 card_uid Line 2 has the same card, reversed", "4 card_kind There is no card number"} {
		if i >= len(got) || !strings.HasPrefix(got[i], says) {
			t.Errorf("warnings: %q, want %q", got, says)
		}
	}
}

func TestALaterRowAddsACard(t *testing.T) {
	all := lines(t, "email,external_id,first_name,card_uid\nann@x.org,7,Ann,04A1B2C3\nann@x.org,,,04A1B2C4\n,7,Ann,04A1B2C5\n")
	for i, e := range all {
		if e.Done || (e.Prior != nil) != (i > 0) {
			t.Errorf("row %d: %+v", i, e)
		}
	}
}
