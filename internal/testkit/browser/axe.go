package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"involt/internal/testkit/need"

	"github.com/chromedp/chromedp"
)

// Axe fails the test for every breach of accessibility that axe-core finds on
// the page as it stands, and names the elements. Where axe-core is not installed
// (npm ci in test/peers) the test is skipped, or fails with CI=true.
func (b *Tab) Axe() {
	b.t.Helper()
	source, err := os.ReadFile(filepath.Join(need.Root(b.t), "test", "peers", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		need.Missing(b.t, "there is no axe-core (scripts/test-setup installs it in test/peers)")
	}
	b.settle()
	b.Eval("typeof axe === 'undefined' && (0, function () {"+string(source)+"\n}).call(window) || true", nil)
	var breaches []struct {
		ID, Impact, Help string
		Nodes            []struct {
			HTML           string
			FailureSummary string
		}
	}
	b.Eval("axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations)", &breaches)
	for _, v := range breaches {
		var where strings.Builder
		for i, n := range v.Nodes {
			if i == 5 {
				fmt.Fprintf(&where, "\n  and %d more", len(v.Nodes)-i)
				break
			}
			fmt.Fprintf(&where, "\n  %.200s\n    %s", n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
		}
		b.t.Errorf("axe: %s (%s): %s%s", v.ID, v.Impact, v.Help, where.String())
	}
}

// eval evaluates an expression on the page, awaiting promises.
func eval[T any](b *Tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise, chromedp.EvalAsValue))
}

// settle waits until the page that an act has opened, if any, has loaded. Chromium
// answers in order: once it has answered a question asked after the act, it has
// said whether it is on its way to another page.
func (b *Tab) settle() {
	b.t.Helper()
	for range 2 {
		_, _ = eval[int](b, "1") // an error means that the page is going, which is what the wait is for
	}
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		b.log.mu.Lock()
		loading, changed := b.log.loading, b.log.changed
		b.log.mu.Unlock()
		if !loading {
			return
		}
		select {
		case <-changed:
		case <-deadline.C:
			b.t.Fatalf("the page did not load within %v", patience)
		}
	}
}
