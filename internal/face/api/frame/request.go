package frame

import (
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/errs"
)

// Needs refuses an actor that lacks a permission, and names it.
func Needs(by access.Actor, p access.Perm) error {
	if by.Perms.Has(p) && by.Workspace != "" {
		return nil
	}
	return errs.New(errs.Denied, "This API key lacks the permission %s.", strings.Join((p&^by.Perms.Whole()).Names(), ", "))
}

// ByID is the id in a path.
type ByID struct {
	ID string `path:"id" doc:"The id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
}

// IDIn reads an id from a path or a body.
func IDIn[T ~string](text, what string) (T, error) {
	if !id.Valid(text) {
		return "", errs.New(errs.NotFound, "There is no such %s.", what)
	}
	return T(text), nil
}

// PostByID is a POST to one thing.
type PostByID struct {
	ByID
	Idempotent
}

// Idempotent is the header that every POST takes.
type Idempotent struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"Any text of your own, 1 to 255 characters. A request that is sent again with the same key within a day has one effect and gets the same answer; a different request with the same key is refused."`
}

// Set changes a field to what was sent, if anything was.
func Set[T any](field, sent *T) {
	if sent != nil {
		*field = *sent
	}
}

// Moment sets a time to what was sent; an empty text takes it away.
func Moment(field string, sent *string, to *time.Time) (err error) {
	switch {
	case sent == nil:
	case *sent == "":
		*to = time.Time{}
	default:
		if *to, err = time.Parse(time.RFC3339, *sent); err != nil {
			return errs.AtField(field, "Write the time as RFC 3339 says, for instance 2026-11-01T00:00:00Z.")
		}
	}
	return nil
}

// IfTrue is a condition as the address of a list holds it.
func IfTrue(v bool) string {
	if v {
		return "true"
	}
	return ""
}

// Each shows every row.
func Each[T, U any](rows []T, f func(*T) U) []U {
	all := make([]U, len(rows))
	for i := range rows {
		all[i] = f(&rows[i])
	}
	return all
}
