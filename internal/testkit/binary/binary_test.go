package binary_test

import (
	"net/http"
	"strings"
	"testing"

	"involt/internal/testkit/binary"
	"involt/internal/testkit/dbtest"
)

func TestACommandIsRunToItsEnd(t *testing.T) {
	if got := binary.Run(t, nil, "version").OK(t); !strings.Contains(got.Stdout, "involt") {
		t.Errorf("version says %q", got.Stdout)
	}
	if got := binary.Run(t, nil, "no-such-command"); got.Code != 2 || got.Stderr == "" || got.Stdout != "" {
		t.Errorf("wrong use: %+v", got)
	}
}

func TestTheServerStartsAndStopsCleanly(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, database string) {
		s := binary.Serve(t, database)
		for _, url := range []string{s.URL + "/healthz", s.Metrics} {
			r, err := http.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			r.Body.Close()
			if r.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", url, r.Status)
			}
		}
		// A command works beside the server, on the same database.
		link := binary.Run(t, s.Env(), "admin", "invite", "ada@example.org", "--role", "super-admin", "--workspace", "demo").OK(t)
		if !strings.Contains(link.Stdout, s.URL) {
			t.Errorf("the invitation says %q", link.Stdout)
		}
		s.Stop()
	})
}

func TestTheDemoSaysWhereItIs(t *testing.T) {
	d := binary.StartDemo(t, "--users", "20", "--chargers", "2")
	if d.URL == "" || !strings.HasPrefix(d.SignIn, d.URL) || d.APIKey == "" {
		t.Errorf("the demo said %q", d.Stdout())
	}
}
