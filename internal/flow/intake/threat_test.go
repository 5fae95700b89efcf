package intake_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/imports"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/table"
	"involt/internal/testkit/dbtest"
)

func TestThreat(t *testing.T) {
	t.Run("R42_formulas_in_the_sheet_of_refused_rows", func(t *testing.T) { dbtest.Each(t, formulas) })
	t.Run("R43_import_as_denial_of_service", func(t *testing.T) { dbtest.Each(t, tooMuch) })
	t.Run("R44_import_grants_rights", func(t *testing.T) { dbtest.Each(t, grants) })
}

// formulas: whatever stands in a file, the sheet of its refused rows has no cell
// that a spreadsheet runs.
func formulas(t *testing.T, d *db.DB) {
	w := newTown(t, d)
	r := rand.New(rand.NewPCG(42, 42))
	starts := []string{"=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\u00a0=", "\ufeff=", "\uff1d", "\uff0b", "'", "\"", ""}
	var file strings.Builder
	file.WriteString("email,first_name,info_1,info_2\n")
	const rows = 2500
	quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	for range rows {
		file.WriteString("no address")
		for range 3 {
			file.WriteString("," + quoted(starts[r.IntN(len(starts))]+fmt.Sprintf("cmd|'/C calc'!A%d", r.IntN(9))))
		}
		file.WriteString("\n")
	}
	im := w.uploaded(file.String())
	if im.Counts.Refuse != rows {
		t.Fatalf("%+v", im.Counts)
	}
	var back bytes.Buffer
	if err := w.Refusals(t.Context(), w.by, im.ID, &back); err != nil {
		t.Fatal(err)
	}
	src, err := table.NewReader(&back)
	if err != nil {
		t.Fatal(err)
	}
	cells := 0
	for {
		row, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range row.Cells {
			cells++
			if s := strings.TrimLeft(c, " \u00a0\ufeff\u3000"); s != "" && strings.ContainsAny(s[:1], "=+-@\t\r\n") || strings.HasPrefix(s, "\uff1d") || strings.HasPrefix(s, "\uff0b") {
				t.Fatalf("line %d: a spreadsheet would run %q", row.Line, c)
			}
		}
	}
	if cells < 10_000 {
		t.Errorf("only %d cells were looked at", cells)
	}
}

// endless is a cell without end, for as many bytes as it has left.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.left))
	for i := range p[:n] {
		p[i] = 'x'
	}
	e.left -= int64(n)
	return n, nil
}

// tooMuch: bombs are refused before they are unpacked, and one row of a gigabyte
// takes no memory and no other row with it.
func tooMuch(t *testing.T, d *db.DB) {
	w := newTown(t, d)
	bomb, err := os.ReadFile("../../../testdata/import/ugly/bomb.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	im := w.uploaded(string(bomb))
	if took := time.Since(began); im.State != imports.Failed || !strings.Contains(im.Note, "far more than a sheet") || took > 2*time.Second*slow {
		t.Errorf("the bomb: %s %q after %v", im.State, im.Note, took)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	src, err := table.NewReader(io.MultiReader(strings.NewReader("email,first_name\na@x.org,A\nb@x.org,"), &endless{1 << 30}, strings.NewReader("\nc@x.org,C\n")))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for {
		row, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			said = append(said, err.Error())
			continue
		}
		said = append(said, row.Cells[0])
	}
	runtime.ReadMemStats(&after)
	if got := strings.Join(said, "|"); got != "email|a@x.org|Line 3: the row is longer than 1024 KiB.|c@x.org" {
		t.Errorf("a gigabyte in one row: %s", got)
	}
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 64<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	// The same in a file of some megabytes, all the way in.
	im = w.applied("email\na@x.org\n" + strings.Repeat("x", 5<<20) + "\nc@x.org\n")
	if im.Applied.Add != 2 || im.Applied.Refuse != 1 {
		t.Errorf("%+v", im.Applied)
	}
}

// slow allows for machines that do many things at once.
const slow = 5

// grants: a file gives nobody more than whoever imports it has, and nothing in
// another workspace.
func grants(t *testing.T, d *db.DB) {
	w := newTown(t, d)
	other := workspace.New("other", "")
	w.update(func(tx *db.Tx) error {
		if err := workspace.Insert(tx, &other); err != nil {
			return err
		}
		return person.Insert(tx, &person.Person{Workspace: other.ID, Email: "ann@x.org", FirstName: "Their Ann", ExternalID: "7", Status: person.Imported})
	})
	var rows strings.Builder
	for i, r := range access.Roles {
		fmt.Fprintf(&rows, "p%d@x.org,%s\n", i, r.Label)
	}
	file := "email,role\n" + rows.String()
	if rep := w.apply(file); rep.Refuse != len(access.Roles) || w.count()["person_role"] != 1 {
		t.Errorf("a fleet manager gave away roles: %s", sums(rep))
	}
	admin := *w
	admin.by = w.staff(w.by.Workspace, "admin")
	if rep := admin.apply(file); rep.Refuse != 2 || rep.Refused[0].Line != 2 || !strings.Contains(rep.Refused[1].Text, "Account owner is held for one account") || w.count()["person_role"] != int64(len(access.Roles)) {
		t.Errorf("an admin: %s %+v", sums(rep), rep.Refused)
	}
	if rep := w.apply("email,external_id,first_name\nann@x.org,7,Ours\n"); rep.Add != 1 {
		t.Errorf("%s", sums(rep))
	}
	w.view(func(tx *db.Tx) error {
		theirs, err := person.ByEmail(tx, other.ID, "ann@x.org")
		if theirs.FirstName != "Their Ann" {
			t.Errorf("another workspace's user was changed: %+v", theirs)
		}
		return err
	})
}
