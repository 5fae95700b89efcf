package dbtest

import (
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// ownedRE finds statements on tables whose rows belong to a workspace.
var ownedRE = regexp.MustCompile(`(?is)\b(?:FROM|JOIN|UPDATE|INTO)\s+(person|person_role|cost_center|user_group|group_member|invite|notice|api_key|idempotency|location|charger|evse|connector|access_grant|card|card_doubt|account|account_place|own_role|charge|charge_sample|orphan_stop|decision|journal|journal_value|journal_subject)\b`)

// boundRE finds the condition, or the column of an insert, that binds a
// statement to one workspace.
var boundRE = regexp.MustCompile(`(?is)\bworkspace\s*=\s*\?|INSERT INTO \w+ \(workspace\b`)

// proofs are the statements that may do without: those that find a row by what
// proves the right to it, and the server's own that serve every workspace.
var proofs = []string{
	`FROM invite WHERE token_hash = ?`,                   // the link
	`FROM invite WHERE email = ? AND code_hash = ?`,      // the code with its address
	`FROM api_key WHERE hash = ? AND revoked_at IS NULL`, // the key
	`FROM person WHERE identity = ?`,                     // the login
	`DELETE FROM idempotency WHERE created_at < ?`,       // sweeping
	`WHERE disconnected_at = 0 AND connected_at > 0`,     // the server has just started
	`FROM journal WHERE seq IS NULL`,                     // the sealer
	`FROM person WHERE erase_at <> 0 AND erase_at <= ?`,  // the eraser
	`SELECT /* copy */ `,                                 // the snapshot for outages
	`FROM notice WHERE bulk = `,                          // the outbox looks for what is due
}

var checked sync.Map // query -> whether it is fine

// apart fails the test if the program runs a statement that does not say which
// workspace it is about. Statements of tests may do as they please.
func apart(t testing.TB, query string) {
	ok, known := checked.Load(query)
	if !known {
		ok = separate(query)
		checked.Store(query, ok)
	}
	if ok.(bool) || fromTest() { //nolint:forcetypeassert // only bools are stored
		return
	}
	t.Errorf("a statement says nothing of the workspace: %s", strings.Join(strings.Fields(query), " "))
}

func separate(query string) bool {
	if !ownedRE.MatchString(query) || boundRE.MatchString(query) {
		return true
	}
	flat := strings.Join(strings.Fields(query), " ")
	for _, p := range proofs {
		if strings.Contains(flat, p) {
			return true
		}
	}
	return false
}

// fromTest reports whether the statement was spelt in a test.
func fromTest() bool {
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for {
		f, more := frames.Next()
		if !strings.Contains(f.File, "internal/kit/db/") && !strings.Contains(f.File, "internal/testkit/dbtest/") {
			return strings.HasSuffix(f.File, "_test.go")
		}
		if !more {
			return false
		}
	}
}
