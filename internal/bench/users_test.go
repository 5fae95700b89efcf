package bench_test

import (
	"testing"

	"involt/internal/app"
	"involt/internal/bench"
)

func TestUsersMeasures(t *testing.T) {
	each(t, func(t *testing.T, o bench.Options) {
		list, err := bench.Users(t.Context(), o, bench.Desk{Sizes: []int{500, 700}, Serve: app.Serve, Requests: 7})
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]int{}
		for _, f := range list {
			names[f.Name]++
			if f.Figure <= 0 && f.Name != "users.rss" && f.Name != "users.heap" {
				t.Errorf("%s is %v", f.Name, f.Figure)
			}
		}
		for name, n := range map[string]int{"users.load": 2, "users.heap": 2, "users.tabs.p99": 2, "users.combinations.cpu": 2, "users.search.common.p99": 2, "users.search.plate.p50": 2, "users.deep.growth": 1} {
			if names[name] != n {
				t.Errorf("%s comes %d times, want %d", name, names[name], n)
			}
		}
	})
}
