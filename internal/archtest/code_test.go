package archtest

import (
	"fmt"
	"go/ast"
	"regexp"
	"strings"
)

// clockRooms are the wings whose time comes from the transaction or from a clock
// that is handed in. An id carries the time of its making, whatever the tests say:
// internal/core/id reads the wall, and alone.
const clockRooms = "internal/core internal/flow internal/wire"

// clocks checks that nobody there looks at the clock on the wall.
func clocks(files []*file) (bad []string) {
	for _, f := range files {
		if f.test || !lists(clockRooms, wing(f.room())) || f.room() == "internal/core/id" || !imported(f, "time") {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && isName(s.X, "time") && lists("Now Since Until", s.Sel.Name) {
				bad = append(bad, fmt.Sprintf("%s: time.%s; take tx.Now or a clock that is handed in", f.at(s), s.Sel.Name))
			}
			return true
		})
	}
	return bad
}

// statementRE recognises a literal that begins like a statement.
var statementRE = regexp.MustCompile(`(?s)^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+.*\bAS\s*\(|MERGE\s+INTO\s|CREATE\s+TABLE\s)`)

// runners are the names under which kit/db runs statements.
const runners = "All Exec Load One Query QueryRow Row Rows"

// facesSpeakNoSQL checks that no face runs a statement or spells one. The command
// line is a face too.
func facesSpeakNoSQL(files []*file) (bad []string) {
	for _, f := range files {
		if f.test || !lists("cmd internal/face", wing(f.room())) {
			continue
		}
		f.literals(func(at ast.Node, text string) {
			if statementRE.MatchString(text) {
				bad = append(bad, fmt.Sprintf("%s: a face spells a statement; reads belong to flow/browse, writes to core", f.at(at)))
			}
		})
		db := imported(f, module+"internal/kit/db")
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := call.Fun
			if g, ok := name.(*ast.IndexExpr); ok { // db.All[T](...)
				name = g.X
			}
			s, ok := name.(*ast.SelectorExpr)
			if ok && lists(runners, s.Sel.Name) && (isName(s.X, "tx") || db && isName(s.X, "db")) {
				bad = append(bad, fmt.Sprintf("%s: a face runs a statement; reads belong to flow/browse, writes to core", f.at(call)))
			}
			return true
		})
	}
	return bad
}

var (
	ownerRE  = regexp.MustCompile(`(?m)^-- owner: (\S+)\s*\nCREATE (?:VIRTUAL |UNLOGGED )?TABLE (?:IF NOT EXISTS )?"?(\w+)`)
	createRE = regexp.MustCompile(`(?m)^\s*CREATE (?:VIRTUAL |UNLOGGED )?TABLE `)
	writeRE  = regexp.MustCompile(`\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?)\s+"?(\w+)`)
)

// ownerWings are the wings that may own tables.
const ownerWings = "internal/core internal/flow internal/kit internal/schema"

// owners returns, from the texts of the schema's steps by name, who owns each
// table.
func owners(steps map[string]string) (owner map[string]string, bad []string) {
	owner = map[string]string{"schema_step": "internal/schema"}
	for name, text := range steps {
		named := ownerRE.FindAllStringSubmatch(text, -1)
		if n := len(createRE.FindAllString(text, -1)); n != len(named) {
			bad = append(bad, fmt.Sprintf("%s: %d tables but %d owners; write `-- owner: internal/...` right above each CREATE TABLE", name, n, len(named)))
		}
		for _, m := range named {
			if !lists(ownerWings, wing(m[1])) {
				bad = append(bad, fmt.Sprintf("%s: %s cannot own %s; owners are rooms of %q", name, m[1], m[2], ownerWings))
			}
			if was, ok := owner[m[2]]; ok && was != m[1] {
				bad = append(bad, fmt.Sprintf("%s: %s has two owners, %s and %s", name, m[2], was, m[1]))
			}
			owner[m[2]] = m[1]
		}
	}
	return owner, bad
}

// writes checks that each table is written by its owner alone: in statements,
// however they are laid out, and by Load. Tests and the schema's own steps may
// write anything, and so may internal/testkit.
func writes(files []*file, owner map[string]string) (bad []string) {
	for _, f := range files {
		if f.test || wing(f.room()) == "internal/testkit" || wing(f.room()) == "internal/schema" {
			continue
		}
		check := func(at ast.Node, table string) {
			if own, ok := owner[table]; ok && firstRoom(own) != firstRoom(f.room()) {
				bad = append(bad, fmt.Sprintf("%s: writes %s, which belongs to %s", f.at(at), table, own))
			}
		}
		f.literals(func(at ast.Node, text string) {
			for _, m := range writeRE.FindAllStringSubmatch(text, -1) {
				check(at, m[1])
			}
		})
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if s, ok := call.Fun.(*ast.SelectorExpr); !ok || s.Sel.Name != "Load" {
				return true
			}
			for _, a := range call.Args {
				if l, ok := a.(*ast.BasicLit); ok {
					check(call, strings.Trim(l.Value, "\"`"))
				}
			}
			return true
		})
	}
	return bad
}

func isName(e ast.Expr, name string) bool {
	i, ok := e.(*ast.Ident)
	return ok && i.Name == name
}

// imported reports whether f imports the path under its own name.
func imported(f *file, want string) bool {
	for _, i := range f.syntax.Imports {
		if strings.Trim(i.Path.Value, `"`) == want && i.Name == nil {
			return true
		}
	}
	return false
}
