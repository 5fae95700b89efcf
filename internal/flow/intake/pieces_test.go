package intake_test

import (
	"strings"
	"testing"

	"involt/internal/core/imports"
	"involt/internal/flow/intake"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// A file that breaks off is known again by its name, its size and its mark, by
// whoever sent it; and what is here is not sent again.
func TestFileGoesOnWhereItBrokeOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		text := "email,first_name\nann@x.example,Ann\nben@x.example,Ben\n"
		f := intake.File{Name: `C:\lists\people.csv`, Size: int64(len(text)), Mark: "1788000000000"}
		at, err := w.Send(t.Context(), w.by, f, false)
		if err != nil || at.Import == "" || at.Received != 0 {
			t.Fatalf("%+v, %v", at, err)
		}
		if n, err := w.Append(t.Context(), w.by, at.Import, 0, strings.NewReader(text[:20])); err != nil || n != 20 {
			t.Fatalf("%d, %v", n, err)
		}
		for range 2 { // asking changes nothing, and neither does coming again
			if again, err := w.Begun(t.Context(), w.by, f); err != nil || again != (intake.Piecewise{Import: at.Import, Received: 20}) {
				t.Errorf("%+v, %v", again, err)
			}
			if again, err := w.Send(t.Context(), w.by, f, false); err != nil || again != (intake.Piecewise{Import: at.Import, Received: 20}) {
				t.Errorf("%+v, %v", again, err)
			}
		}
		for name, other := range map[string]intake.File{
			"another name":  {Name: "others.csv", Size: f.Size, Mark: f.Mark},
			"another size":  {Name: f.Name, Size: f.Size + 1, Mark: f.Mark},
			"another state": {Name: f.Name, Size: f.Size, Mark: "1788000000001"},
		} {
			if p, err := w.Begun(t.Context(), w.by, other); err != nil || p.Import != "" {
				t.Errorf("%s: %+v, %v", name, p, err)
			}
		}
		stranger := w.by
		stranger.Name = "person:somebody-else"
		if p, err := w.Begun(t.Context(), stranger, f); err != nil || p.Import != "" {
			t.Errorf("of somebody else: %+v, %v", p, err)
		}
		if _, err := w.Append(t.Context(), w.by, at.Import, 0, strings.NewReader(text)); errs.KindOf(err) != errs.Conflict {
			t.Errorf("a piece in the wrong place: %v", err)
		}
		if n, err := w.Append(t.Context(), w.by, at.Import, 20, strings.NewReader(text[20:])); err != nil || n != f.Size {
			t.Fatalf("%d, %v", n, err)
		}
		for range 2 { // the answer may have been lost
			if err := w.Complete(t.Context(), w.by, at.Import); err != nil {
				t.Fatal(err)
			}
		}
		if p, err := w.Begun(t.Context(), w.by, f); err != nil || p.Import != "" {
			t.Errorf("a complete file goes on: %+v, %v", p, err)
		}
		if err := w.GoOn(t.Context(), w.by.Workspace, at.Import); err != nil {
			t.Fatal(err)
		}
		if im, err := w.ByID(t.Context(), w.by, at.Import); err != nil || im.State != imports.Previewed || im.Counts.Add != 2 || im.Name != "people.csv" {
			t.Errorf("%+v, %v", im, err)
		}
	})
}

func TestFileIsSentAnewOnlyIfAsked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		f := intake.File{Name: "people.csv", Size: 50, Mark: "m"}
		first, err := w.Send(t.Context(), w.by, f, true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Append(t.Context(), w.by, first.Import, 0, strings.NewReader("email\n")); err != nil {
			t.Fatal(err)
		}
		anew, err := w.Send(t.Context(), w.by, f, true)
		if err != nil || anew.Import == first.Import || anew.Received != 0 {
			t.Errorf("%+v, %v", anew, err)
		}
		if _, err := w.ByID(t.Context(), w.by, first.Import); errs.KindOf(err) != errs.NotFound {
			t.Errorf("what was here is still there: %v", err)
		}
		for name, wrong := range map[string]intake.File{"empty": {Name: "a.csv"}, "huge": {Name: "a.csv", Size: intake.MaxFile + 1}, "mark": {Name: "a.csv", Size: 5, Mark: strings.Repeat("m", 101)}} {
			if _, err := w.Send(t.Context(), w.by, wrong, false); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		nobody := w.by
		nobody.Perms = 0
		if _, err := w.Send(t.Context(), nobody, f, false); errs.KindOf(err) != errs.Denied {
			t.Errorf("without the right: %v", err)
		}
		if _, err := w.Begun(t.Context(), nobody, f); errs.KindOf(err) != errs.Denied {
			t.Errorf("asking without the right: %v", err)
		}
	})
}
