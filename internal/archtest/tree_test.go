package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// root is the module's root, as seen from here.
var root = filepath.Join("..", "..")

// file is one Go file of the module.
type file struct {
	path      string // from the module's root, with slashes
	text      string
	syntax    *ast.File
	fset      *token.FileSet
	test      bool // named _test.go
	generated bool // marked as written by a generator
}

// room returns the directory that f is in.
func (f *file) room() string { return path.Dir(f.path) }

// at returns where n starts, as "path:line".
func (f *file) at(n ast.Node) string {
	return f.path + ":" + strconv.Itoa(f.fset.Position(n.Pos()).Line)
}

// imports returns the paths that f imports.
func (f *file) imports() []string {
	all := make([]string, 0, len(f.syntax.Imports))
	for _, i := range f.syntax.Imports {
		all = append(all, strings.Trim(i.Path.Value, `"`))
	}
	return all
}

// lines returns the number of lines of f.
func (f *file) lines() int { return strings.Count(f.text, "\n") }

// literals calls yield with the value of every string literal of f outside its
// imports. Literals joined by + are given as one.
func (f *file) literals(yield func(at ast.Node, text string)) {
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BinaryExpr:
			if text, any := joined(n); any {
				yield(n, text)
				return false
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				yield(n, unquote(n))
			}
		}
		return true
	})
}

// joined returns the text of the literals in a chain of +, with a blank where a
// variable stands, and whether there was any literal.
func joined(e ast.Expr) (text string, anyText bool) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return " ", false
		}
		a, anyA := joined(e.X)
		b, anyB := joined(e.Y)
		return a + b, anyA || anyB
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return unquote(e), true
		}
	}
	return " ", false
}

func unquote(l *ast.BasicLit) string {
	s, err := strconv.Unquote(l.Value)
	if err != nil {
		return l.Value
	}
	return s
}

// skipped holds the directories that hold no code of this module.
var skipped = map[string]bool{"node_modules": true, "testdata": true, "vendor": true, "bin": true}

// goFiles returns every Go file of this module.
func goFiles(t *testing.T) []*file {
	t.Helper()
	var all []*file
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if p == root {
				return nil
			}
			_, err := os.Stat(filepath.Join(p, "go.mod"))
			if skipped[d.Name()] || strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || err == nil {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		f, err := parse(filepath.ToSlash(rel), string(text))
		if err != nil {
			return err
		}
		all = append(all, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// parse returns the file called name, whose text is given.
func parse(name, text string) (*file, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &file{
		path: name, text: text, syntax: syntax, fset: fset,
		test:      strings.HasSuffix(name, "_test.go"),
		generated: ast.IsGenerated(syntax),
	}, nil
}

// wing returns the part of the plan that a path lies in: its first two parts, or
// the first alone for cmd.
func wing(p string) string { return firstParts(p, 2) }

// firstRoom returns the room that a path lies in: its first three parts.
// internal/face/admin/people is a corner of the room internal/face/admin.
func firstRoom(p string) string { return firstParts(p, 3) }

func firstParts(p string, n int) string {
	parts := strings.Split(p, "/")
	if parts[0] == "cmd" {
		return "cmd"
	}
	return strings.Join(parts[:min(n, len(parts))], "/")
}

func lists(list, item string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == item {
			return true
		}
	}
	return false
}
