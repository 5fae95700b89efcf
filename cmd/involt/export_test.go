package main

import (
	"bytes"
	"strings"
	"testing"
)

// What there is nothing to export of is wrong use, and not a failure.
func TestExportOfWhatIsNotThereIsWrongUse(t *testing.T) {
	for what, want := range map[string]string{"reimbursements": "comes with a later version", "secrets": "There is no export called"} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), []string{"export", what, "--workspace", "northgrid"}, out{&stdout, &stderr})
		if status != wrongUse || stdout.Len() > 0 || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: status %d, %q, %q", what, status, &stdout, &stderr)
		}
	}
}
