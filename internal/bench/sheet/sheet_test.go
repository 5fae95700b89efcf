package sheet

import (
	"strings"
	"testing"

	"involt/internal/bench"
	"involt/internal/testkit/dbtest"
)

func TestImportsAreMeasured(t *testing.T) {
	for engine, place := range map[string]func(testing.TB) string{"sqlite": func(testing.TB) string { return "" }, "postgres": dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			list, err := Imports(t.Context(), bench.Options{Rows: 600, Rounds: 1, Commit: "test", Database: place(t)})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range list {
				names = append(names, strings.TrimPrefix(f.Name, "import."))
				if f.Engine != engine || f.Figure < 0 || strings.HasSuffix(f.Unit, ofRatio) && f.Floor <= 0 {
					t.Errorf("%+v", f)
				}
			}
			if got := strings.Join(names, " "); got != "apply apply.cpu preview preview.cpu whole memory memory.heap memory.preview first list.p99 list.p50" {
				t.Errorf("the figures are %s", got)
			}
		})
	}
}
