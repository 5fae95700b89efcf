// Package archtest holds the code to its plan. It has no code, only tests.
//
// Each rule reads the tree and returns its complaints; TestTree applies them
// all, and the other tests show each rule a small tree that breaks it.
package archtest

import (
	"fmt"
	"strings"
	"testing"
)

const module = "involt/"

// floors lists the wings from the top down. A wing may import the wings that it
// names here, and no other of ours.
var floors = map[string]string{
	"cmd":               "internal/app internal/bench internal/flow internal/core internal/kit",
	"internal/app":      "internal/demo internal/bench internal/face internal/flow internal/core internal/wire internal/kit internal/schema",
	"internal/bench":    "internal/demo internal/face internal/flow internal/core internal/wire internal/kit internal/schema",
	"internal/demo":     "internal/flow internal/core internal/wire internal/kit",
	"internal/face":     "internal/flow internal/core internal/wire internal/kit",
	"internal/flow":     "internal/core internal/wire internal/kit",
	"internal/core":     "internal/kit",
	"internal/wire":     "internal/kit",
	"internal/schema":   "internal/kit",
	"internal/kit":      "",
	"internal/testkit":  "internal/schema internal/flow internal/core internal/wire internal/kit", // for tests only
	"internal/archtest": "",
}

// within lists, for a wing, the rooms that its own rooms may share. Nothing else
// goes sideways: a noun knows no other noun, a flow no other flow. A wing that names
// itself shares everything.
var within = map[string]string{
	"internal/wire":    "internal/wire/ocppj",
	"internal/core":    "internal/core/id internal/core/access internal/core/journal",
	"internal/face":    "internal/face/ui",
	"internal/kit":     "internal/kit/errs internal/kit/db internal/kit/clock internal/kit/page internal/kit/seal",
	"internal/testkit": "internal/testkit",
	"internal/demo":    "internal/demo",
	"internal/bench":   "internal/bench",
	"internal/app":     "internal/app",
}

// TestTree applies every rule to the tree as it is.
func TestTree(t *testing.T) {
	files := goFiles(t)
	complain(t, imports(files))
	complain(t, names(files))
	complain(t, lengths(files))
	complain(t, clocks(files))
	complain(t, facesSpeakNoSQL(files))

	owners, bad := owners(schemaSteps(t))
	complain(t, bad)
	complain(t, writes(files, owners))

	mod, pages := decisions(t)
	if len(pages) > 0 { // a tree whose first page is yet to be written has decided nothing
		complain(t, undecided(mod, pages, files))
	}
}

func complain(t *testing.T, all []string) {
	t.Helper()
	for _, s := range all {
		t.Error(s)
	}
}

// imports checks that imports go down. Tests may reach anywhere.
func imports(files []*file) (bad []string) {
	for _, f := range files {
		if f.test {
			continue
		}
		room := f.room()
		allowed, known := floors[wing(room)]
		if !known {
			bad = append(bad, fmt.Sprintf("%s: the plan has no wing called %s", f.path, wing(room)))
			continue
		}
		for _, imp := range f.imports() {
			to, ours := strings.CutPrefix(imp, module)
			if !ours || firstRoom(to) == firstRoom(room) && strings.HasPrefix(room, "internal/") {
				continue
			}
			switch {
			case wing(to) == wing(room):
				if shared := within[wing(room)]; !lists(shared, firstRoom(to)) && !lists(shared, wing(to)) {
					bad = append(bad, fmt.Sprintf("%s: %s is next door; rooms of %s may share only %q", f.path, to, wing(room), shared))
				}
			case !lists(allowed, wing(to)):
				bad = append(bad, fmt.Sprintf("%s: %s may not import %s; it may import %q", f.path, wing(room), to, allowed))
			}
		}
	}
	return bad
}

// meaningless holds names that say nothing about what is inside.
const meaningless = "util utils common model models types helper helpers manager misc"

// names checks that no package, directory or file is called by a meaningless
// name.
func names(files []*file) (bad []string) {
	for _, f := range files {
		pkg := strings.TrimSuffix(f.syntax.Name.Name, "_test")
		base := strings.TrimSuffix(f.path[strings.LastIndex(f.path, "/")+1:], ".go")
		if lists(meaningless, pkg) {
			bad = append(bad, fmt.Sprintf("%s: package %s says nothing about what it holds", f.path, pkg))
		}
		if lists(meaningless, base) {
			bad = append(bad, fmt.Sprintf("%s: a file called %s says nothing about what it holds", f.path, base))
		}
		for part := range strings.SplitSeq(f.room(), "/") {
			if lists(meaningless, part) {
				bad = append(bad, fmt.Sprintf("%s: a directory called %s says nothing about what it holds", f.path, part))
			}
		}
	}
	return bad
}

// lengths keeps files short enough to be read at one sitting, and packages short
// enough to be known.
func lengths(files []*file) (bad []string) {
	const fileLimit, packageLimit = 500, 3000
	packages := map[string]int{}
	for _, f := range files {
		if f.generated {
			continue
		}
		if n := f.lines(); n > fileLimit {
			bad = append(bad, fmt.Sprintf("%s has %d lines, over %d", f.path, n, fileLimit))
		}
		if !f.test {
			packages[f.room()] += f.lines()
		}
	}
	for p, n := range packages {
		if n > packageLimit {
			bad = append(bad, fmt.Sprintf("%s has %d lines, over %d: split it by area", p, n, packageLimit))
		}
	}
	return bad
}
