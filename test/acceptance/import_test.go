package acceptance

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"involt/internal/kit/table/book"
)

// keepFile writes a file that the browser can choose.
func (w *town) keepFile(name string, text []byte) (path string) {
	w.Helper()
	path = filepath.Join(w.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		w.Fatal(err)
	}
	return path
}

// choose uploads a file in the console and waits for its preview.
func (w *town) choose(path string) {
	w.Helper()
	w.console.Open(w.page("/users/import"))
	w.console.Upload("CSV file or Excel workbook", path)
	w.console.Click("Show what would change")
	w.console.WaitText("Nothing has been written yet")
}

// templateFilledIn is WB-04: the template is downloaded, filled in, and every row
// of it seen before anything is written; then it is applied, and taken back.
func templateFilledIn(t *testing.T, database string) {
	w := newTown(t, database)
	w.importFile(people)
	w.console.Open(w.page("/users/import"))
	w.console.Axe()
	var template string
	w.console.Eval(`(async () => (await fetch(document.querySelector('a[href$="template.csv"]').href)).text())()`, &template)
	head, _, _ := strings.Cut(strings.TrimPrefix(template, "\ufeff"), "\r\n")
	if !strings.HasPrefix(head, "email,phone,first_name") || strings.Count(template, "this row is not imported") != 2 {
		t.Fatalf("the template is %q", template)
	}
	cells := func(values map[string]string) string {
		var list []string
		for name := range strings.SplitSeq(head, ",") {
			list = append(list, values[name])
		}
		return strings.Join(list, ",")
	}
	filled := template + strings.Join([]string{
		cells(map[string]string{"email": "dora@northgrid.example", "first_name": "Dora", "last_name": "Dynamo", "groups": "Night shift", "card_uid": "04:D1:00:00:00:D0:01"}),
		cells(map[string]string{"email": "ada@northgrid.example", "last_name": "Ampère"}),
		cells(map[string]string{"email": "ben@northgrid.example", "first_name": "Ben"}),
		cells(map[string]string{"email": "emil@gmial.com", "first_name": "Emil", "card_uid": "04A29F1BAABB80"}),
	}, "\r\n") + "\r\n"

	// Every row is shown with what it does; nothing is written.
	w.choose(w.keepFile("filled.csv", []byte(filled)))
	w.console.WaitText("Dora Dynamo")
	w.console.WaitText("This card belongs to Ada Ampère already")
	w.console.WaitText("2 rows of the template passed over")
	w.console.Axe()
	w.shot("import-preview")
	w.console.Within(".tabs-row").Click("Change")
	w.console.WaitURL("show=change")
	w.console.Within("#rows").WaitText("Ampère")
	w.console.WaitGone("Dora Dynamo")
	w.console.Open(w.page("/users?q=Dynamo"))
	if text := w.console.Text("css:#list"); strings.Contains(text, "Dora Dynamo") {
		t.Errorf("the preview wrote: %s", text)
	}

	// The same in a workbook, with headings nobody knows: said by hand.
	var b bytes.Buffer
	if err := book.Write(&b, "Leute", [][]string{{"Nummer", "Wer", "Chip"}, {"E-1", "Frida Farad", "04F1000000F001"}, {"E-2", "Gus Gauss", "04F1000000F002"}}); err != nil {
		t.Fatal(err)
	}
	w.choose(w.keepFile("leute.xlsx", b.Bytes()))
	w.console.Click("Columns")
	w.console.WaitText("What the columns mean")
	w.console.Axe()
	w.shot("import-columns")
	w.console.Eval(`(() => { const s = document.querySelectorAll("select"); s[0].value = "external_id"; s[1].value = "name"; s[2].value = "card_uid" })()`, nil)
	w.console.Click("Show what would change")
	w.console.WaitText("Frida Farad")

	// Applied, it says what became of it; and it can be taken back.
	w.console.Click("Apply")
	w.console.WaitText("This is what was written")
	w.console.WaitText("Imported by")
	w.console.Axe()
	w.shot("import-done")
	w.status(w.console, "Frida Farad", "Active") // without an address nobody can be invited
	w.console.Open(w.page("/imports"))
	w.console.Axe()
	w.console.Click("leute.xlsx")
	w.console.Click("Undo the import")
	w.console.WaitText("This import was undone")
	w.console.Open(w.page("/users?q=Farad"))
	if text := w.console.Text("css:#list"); strings.Contains(text, "Frida Farad") {
		t.Errorf("undone, she is still there: %s", text)
	}
}

// shot takes pictures for whoever wants to look: INVOLT_TEST_SHOTS names a folder.
func (w *town) shot(name string) {
	w.Helper()
	dir := os.Getenv("INVOLT_TEST_SHOTS")
	if dir == "" {
		return
	}
	for size, width := range map[string]int64{"wide": 1440, "phone": 390} {
		for theme, dark := range map[string]bool{"light": false, "dark": true} {
			w.console.Viewport(width, 900)
			w.console.Dark(dark)
			w.console.Screenshot(filepath.Join(dir, name+"-"+size+"-"+theme+".png"))
		}
	}
	w.console.Viewport(1440, 900)
	w.console.Dark(false)
}
