package frame

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
)

// entryName is how names of entries look: a noun and a past participle.
var entryName = regexp.MustCompile(`^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*(ed|en|ade|eft|nt)$`)

// Every name that the code writes into the journal is told in a sentence.
func TestEveryEntryHasASentence(t *testing.T) {
	names, nouns := map[string]string{}, map[string]bool{}
	for what := range Telling {
		nouns[noun(what)] = true
	}
	root := filepath.Join("..", "..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == "ui") {
			return errOr(err, d)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.CallExpr:
				// A name that is written down straight away may be any.
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && strings.HasPrefix(f.Sel.Name, "Record") && len(n.Args) > 2 {
					if what, ok := literal(n.Args[2]); ok && strings.Contains(what, ".") {
						names[what] = path
					}
				}
			case *ast.BasicLit:
				// One that is handed on is known by its looks.
				if text, ok := literal(n); ok && entryName.MatchString(text) && nouns[noun(text)] {
					names[text] = path
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 30 {
		t.Errorf("found only %d names: the test looks in the wrong place", len(names))
	}
	for name, path := range names {
		if _, ok := Telling[name]; !ok {
			t.Errorf("%s writes %q into the journal: give it a sentence in told.go", path, name)
		}
	}
}

func noun(what string) string {
	of, _, _ := strings.Cut(what, ".")
	return of
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

func errOr(err error, d fs.DirEntry) error {
	if err == nil && d.IsDir() {
		return fs.SkipDir
	}
	return err
}

func TestChangesAreToldBeforeAndAfter(t *testing.T) {
	v := &Visit{Workspace: workspace.Workspace{Info1Label: "Department"}}
	for in, want := range map[string]string{
		`{"cost_center":["4100","4200"]}`:                   "Cost center: “4100” became “4200”",
		`{"info_1":["","Board"],"phone":["1",""]}`:          "Department: Board; phone “1” taken out",
		`{"is_default":[false,true],"rank":[1,2]}`:          "Default group: “no” became “yes”; place in the order: “1” became “2”",
		`{"last_name":["…","…"]}`:                           "Last name changed",
		`{"access_mode":["everyone","group"],"other":true}`: "Who may charge: “everyone” became “group”",
		`{"version":3}`: "",
	} {
		var value map[string]any
		d := json.NewDecoder(strings.NewReader(in))
		d.UseNumber()
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		if got := Tell(browse.Activity{What: "person.updated", Value: value}, v).Detail; got != want {
			t.Errorf("%s is told as %q, want %q", in, got, want)
		}
	}
	if t1 := Tell(browse.Activity{What: "person.updated", Subject: "person:1", Gone: true, Erased: true}, v); t1.Href != "" || !strings.Contains(t1.Detail, "erased") {
		t.Errorf("of somebody deleted: %+v", t1)
	}
}
