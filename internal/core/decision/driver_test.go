package decision_test

import (
	"testing"

	"involt/internal/core/decision"
	"involt/internal/core/workspace"
)

// TestEveryRefusalIsSaidInEveryLanguage: to staff in a sentence and in a few words,
// to the driver in a line that a charger's display can hold.
func TestEveryRefusalIsSaidInEveryLanguage(t *testing.T) {
	for _, r := range decision.Reasons {
		if r.Sentence() == "" || r.Label() == "" {
			t.Errorf("%s: %q, %q", r, r.Sentence(), r.Label())
		}
		if (r.Remedy() == "") != (r == decision.Allowed) {
			t.Errorf("%s: the remedy is %q", r, r.Remedy())
		}
		for _, lang := range workspace.Languages {
			line := r.Line(lang)
			if (line == "") != (r == decision.Allowed) || len([]rune(line)) > 50 {
				t.Errorf("%s in %s: %q", r, lang, line)
			}
		}
	}
	if got := decision.CardBlocked.Line("pt"); got != "This card is blocked." {
		t.Errorf("in a language that is not there: %q", got)
	}
}
