package intake_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/flow/intake"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

var update = flag.Bool("update", false, "write what the ugly files come to")

// TestUglyFiles reads every ugly file of testdata, previews and applies it, and
// compares what that came to with what it must.
func TestUglyFiles(t *testing.T) {
	const dir = "../../../testdata/import/ugly/"
	names, err := filepath.Glob(dir + "*")
	if err != nil || len(names) == 0 {
		t.Fatal("no files", err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := 0
		for _, name := range names {
			if strings.HasSuffix(name, ".want") {
				continue
			}
			n++
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			w := newTownCalled(t, d, fmt.Sprintf("ugly-%d", n))
			im, err := w.Upload(t.Context(), w.by, filepath.Base(name), strings.NewReader(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			w.goOn(im.ID)
			got := w.said(im.ID)
			if w.now(im.ID).Counts.Add > 0 {
				w.carryOut(im.ID)
				if applied := w.said(im.ID); strings.Replace(applied, "done", "previewed", 1) != got {
					t.Errorf("%s: applied, it came to\n%s\nand was to come to\n%s", name, applied, got)
				}
			}
			want := name + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			text, err = os.ReadFile(want)
			if err != nil || string(text) != got {
				t.Errorf("%s comes to\n%s\nwant\n%s %v", name, got, text, err)
			}
		}
	})
}

// said is what an import's pages say of it.
func (w *town) said(one id.Import) string {
	w.t.Helper()
	r := w.report(one)
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %s, delimiter %q", r.State, r.Encoding, r.Delimiter)
	if r.Format != "" {
		fmt.Fprintf(&b, ", of %s", r.Format)
	}
	fmt.Fprintf(&b, "\n%s\n", sums(r))
	if r.State == imports.Failed || r.Note != "" {
		fmt.Fprintf(&b, "%s\n", r.Note)
	}
	unread := 0
	for _, h := range r.Headings {
		if !h.Read {
			if unread++; unread <= 5 {
				fmt.Fprintf(&b, "column %q %s\n", h.Text, h.Note)
			}
		}
	}
	rows, err := w.Rows(w.t.Context(), w.by, one, intake.All, 0, 1000)
	if err != nil && r.State != imports.Failed {
		w.t.Fatal(err)
	}
	for _, o := range rows {
		fmt.Fprintf(&b, "%d %s %q %s %s", o.Line, o.Kind, o.Name, o.Email, o.Card)
		for _, c := range o.Changes {
			if c.Column == "card_valid_to" || c.Column == "info_1" || c.Column == "cost_center" {
				fmt.Fprintf(&b, " %s=%q", c.Column, c.New)
			}
		}
		if o.Reason != "" {
			fmt.Fprintf(&b, " [%s] %s", o.Column, o.Reason)
		}
		for _, p := range o.Warnings {
			fmt.Fprintf(&b, " (%s: %s)", p.Column, p.Text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
