package leave

import (
	"strings"
	"testing"

	"involt/internal/bench"
	"involt/internal/testkit/dbtest"
)

func TestExportsAreMeasured(t *testing.T) {
	for engine, place := range map[string]func(testing.TB) string{"sqlite": func(testing.TB) string { return "" }, "postgres": dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			list, err := Exports(t.Context(), bench.Options{Rows: 600, Rounds: 1, Commit: "test", Database: place(t)})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range list {
				names = append(names, f.Name)
			}
			if got := strings.Join(names, " "); got != "export.csv export.csv.cpu export.csv.memory export.xlsx export.xlsx.cpu export.xlsx.memory export.json export.json.cpu export.json.memory" {
				t.Errorf("the figures are %s", got)
			}
		})
	}
}
