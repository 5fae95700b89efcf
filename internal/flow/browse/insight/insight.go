// Package insight is what the overview shows: counts, sums and pictures, and the
// lists that they lead to. Like all of browse it only reads.
package insight

import (
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
)

// Service answers the overview.
type Service struct {
	DB    *db.DB
	Lists *browse.Service // where users are counted

	kept kept
}
