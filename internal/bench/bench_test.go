package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/app"
	"involt/internal/bench"
	"involt/internal/testkit/dbtest"
)

// TestMain is also the load generator, a process of its own.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "generate" {
		if err := bench.Generate(context.Background(), os.Stdin, os.Stdout); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// each runs f on both engines, with a tiny town.
func each(t *testing.T, f func(t *testing.T, o bench.Options)) {
	t.Run("sqlite", func(t *testing.T) { f(t, bench.Options{Rows: 600, Rounds: 1, Commit: "test"}) })
	t.Run("postgres", func(t *testing.T) {
		f(t, bench.Options{Rows: 600, Rounds: 1, Commit: "test", Database: dbtest.Postgres(t)})
	})
}

func TestDecideMeasures(t *testing.T) {
	each(t, func(t *testing.T, o bench.Options) {
		list, err := bench.Decide(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		check(t, list, "decide.load decide.heap decide.rss decide.wall decide.cpu decide.allocations decide.change.p50 decide.change.p99 decide.follow.p99")
		for _, f := range list {
			if f.Name == "decide.allocations" && f.Figure != 0 {
				t.Errorf("%v allocations per decision", f.Figure)
			}
		}
	})
}

func TestAuthorizeMeasures(t *testing.T) {
	each(t, func(t *testing.T, o bench.Options) {
		list, err := bench.Authorize(t.Context(), o, bench.Taps{
			Sockets: 4, Round: 50 * time.Millisecond, Generator: []string{os.Args[0], "generate"}, Server: app.OCPPServer,
		})
		if err != nil {
			t.Fatal(err)
		}
		check(t, list, "authorize.cpu authorize.answer.cpu authorize.store.cpu authorize.p50 authorize.p99 authorize.rate")
	})
}

// check looks at what scripts and people are shown.
func check(t *testing.T, list []bench.Figure, want string) {
	t.Helper()
	var names []string
	for _, f := range list {
		names = append(names, f.Name)
		if f.Floor > 0 && f.Ratio == 0 {
			t.Errorf("%s has a floor and no ratio", f.Name)
		}
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("figures are %s, want %s", got, want)
	}
	var out bytes.Buffer
	if err := bench.WriteJSON(&out, list); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(m)), " "); got != "commit engine figure floor goal name ratio rows rss_mib unit" {
			t.Errorf("keys are %s", got)
		}
	}
	out.Reset()
	if err := bench.WriteTable(&out, list); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != len(list)+3 {
		t.Errorf("the table has %d lines:\n%s", n, out.String())
	}
}

func TestGoalsAreMetOrMissed(t *testing.T) {
	for _, tc := range []struct {
		f    bench.Figure
		want bool
	}{
		{bench.Figure{Figure: 5, Unit: "s"}, true}, // no goal
		{bench.Figure{Figure: 5, Goal: 10, Unit: "s"}, true},
		{bench.Figure{Figure: 11, Goal: 10, Unit: "s"}, false},
		{bench.Figure{Figure: 11, Ratio: 1.5, Goal: 1.8, Unit: "µs (goal: ratio)"}, true},
		{bench.Figure{Figure: 1, Ratio: 2, Goal: 1.8, Unit: "µs (goal: ratio)"}, false},
		{bench.Figure{Figure: 0, Unit: "allocations"}, true},
		{bench.Figure{Figure: 1, Unit: "allocations"}, false},
	} {
		if got := tc.f.Met(); got != tc.want {
			t.Errorf("%+v is met: %v", tc.f, got)
		}
	}
}
