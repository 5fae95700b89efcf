package frame

import (
	"time"

	"involt/internal/kit/errs"
)

// Period is a stretch of time that a list or a file may be cut to.
type Period struct {
	From time.Time `query:"from" doc:"At this moment or later (RFC 3339)." example:"2026-11-01T00:00:00Z"`
	To   time.Time `query:"to" doc:"Before this moment (RFC 3339)." example:"2026-12-01T00:00:00Z"`
}

// Check refuses a period that ends before it begins.
func (p Period) Check() error {
	if !p.To.IsZero() && !p.To.After(p.From) {
		return errs.AtField("query.to", "The period ends before it begins: to must be later than from.")
	}
	return nil
}
