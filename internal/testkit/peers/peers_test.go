package peers_test

import (
	"os"
	"path/filepath"
	"testing"

	"involt/internal/testkit/peers"
)

func TestAScriptRunsAmongThePackages(t *testing.T) {
	script := filepath.Join(t.TempDir(), "peer.js")
	if err := os.WriteFile(script, []byte(`console.log(process.cwd(), process.env.CHARGER, process.argv[2])`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := peers.Node(t, []string{"CHARGER=c1"}, script, "ws://x")
	if got, want := p.Line("c1"), peers.Dir(t)+" c1 ws://x"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	if code := p.Wait(); code != 0 {
		t.Errorf("status %d", code)
	}
}
