package archtest

import (
	"fmt"
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// sheetKind recognises the kind of file that a spreadsheet opens.
var sheetKind = regexp.MustCompile(`text/csv|spreadsheetml\.sheet|application/vnd\.ms-excel`)

// sheetsHaveOneWriter checks that no file for a spreadsheet leaves but through
// internal/kit/table, which sees to it that nothing in one runs as a formula:
// nobody else writes CSV, and nobody else says that what they send is a sheet.
func sheetsHaveOneWriter(files []*file) (bad []string) {
	for _, f := range files {
		if f.test || f.room() == "internal/kit/table" || wing(f.room()) == "internal/testkit" {
			continue
		}
		for _, imp := range f.imports() {
			if imp == "encoding/csv" {
				bad = append(bad, fmt.Sprintf("%s: imports %s; sheets are read and written by internal/kit/table", f.path, imp))
			}
		}
		f.literals(func(at ast.Node, text string) {
			if sheetKind.MatchString(text) && !strings.Contains(text, ",.") { // what a file field accepts, which comes in
				bad = append(bad, fmt.Sprintf("%s: says %q; a sheet's kind is table.Format.ContentType, and its writer is table.Sheet", f.at(at), text))
			}
		})
	}
	return bad
}

func TestSheetsHaveOneWriter(t *testing.T) {
	complain(t, sheetsHaveOneWriter(goFiles(t)))
	for _, tc := range []struct {
		name, path, text, want string
	}{
		{"another writer", "internal/face/admin/a.go", `package a; import _ "encoding/csv"`, "encoding/csv"},
		{"hand-made CSV", "internal/face/api/a.go", `package a; const kind = "text/csv; charset=utf-8"`, "ContentType"},
		{"hand-made XLSX", "internal/flow/tell/a.go", `package a; const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"`, "ContentType"},
		{"the writer itself", "internal/kit/table/a.go", `package a; const kind = "text/csv"`, ""},
		{"a test", "internal/face/api/a_test.go", `package a; import _ "encoding/csv"`, ""},
	} {
		f, err := parse(tc.path, tc.text)
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		got := strings.Join(sheetsHaveOneWriter([]*file{f}), "\n")
		if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%s: complaints %q, want %q", tc.name, got, tc.want)
		}
	}
}
