package archtest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// schemaSteps returns the texts of the schema's steps by name.
func schemaSteps(t *testing.T) map[string]string {
	t.Helper()
	return texts(t, filepath.Join(root, "internal", "schema"), ".sql")
}

// decisions returns the text of go.mod and the pages of docs/decisions by name.
func decisions(t *testing.T) (mod string, pages map[string]string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b), texts(t, filepath.Join(root, "docs", "decisions"), ".md")
}

// texts returns the files below dir whose names end in ext; none if there is no
// such directory.
func texts(t *testing.T, dir, ext string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || d.IsDir() || filepath.Ext(p) != ext {
			return err
		}
		b, err := os.ReadFile(p)
		all[filepath.Base(p)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// requireRE finds the requirements of a go.mod: module, then "// indirect" if it
// is marked so.
var requireRE = regexp.MustCompile(`(?m)^(?:require\s+|\t)(\S+\.\S+/?\S*) v\S+(\s*// indirect)?`)

// undecided checks that every direct dependency is named on a page of
// docs/decisions. A module is direct if go.mod says so or if our code imports
// it, whatever go.mod says.
func undecided(mod string, pages map[string]string, files []*file) (bad []string) {
	direct := map[string]string{} // module to who wants it
	var modules []string
	for _, m := range requireRE.FindAllStringSubmatch(mod, -1) {
		modules = append(modules, m[1])
		if m[2] == "" {
			direct[m[1]] = "go.mod"
		}
	}
	for _, f := range files {
		for _, imp := range f.imports() {
			longest := ""
			for _, m := range modules {
				if (imp == m || strings.HasPrefix(imp, m+"/")) && len(m) > len(longest) {
					longest = m
				}
			}
			if longest != "" {
				direct[longest] = f.path
			}
		}
	}
	for m, by := range direct {
		found := false
		for _, text := range pages {
			found = found || strings.Contains(text, m)
		}
		if !found {
			bad = append(bad, fmt.Sprintf("%s (wanted by %s) has no page in docs/decisions that says what it replaces", m, by))
		}
	}
	return bad
}
