package browse

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/past"
)

// What happened is read in its own corner.
type (
	Activity       = past.Activity
	ActivityFilter = past.ActivityFilter
	ActivityPage   = past.ActivityPage
	Chain          = past.Chain
	Choice         = past.Choice
)

// Activity lists what happened, the newest first.
func (s *Service) Activity(ctx context.Context, by access.Actor, f ActivityFilter) (ActivityPage, error) {
	return (&past.Service{DB: s.DB}).Activity(ctx, by, f)
}

// Actors are those a filter of what happened offers: who has a staff role, and the
// API keys, by name.
func (s *Service) Actors(ctx context.Context, by access.Actor) ([]Choice, error) {
	return (&past.Service{DB: s.DB}).Actors(ctx, by)
}

// Name is how to call a user on a screen; by what they may see.
func Name(by access.Actor, first, last, email, external string) string {
	return look.Name(by, first, last, email, external)
}

// MaskName leaves the first letter of each word: "Anna Berg" is "A… B…".
func MaskName(name string) string { return look.MaskName(name) }

// Deleted is how somebody is called whose record was deleted.
const Deleted = look.Deleted

// MaskEmail leaves the first letter and no domain: "anna@berg.example" is "a…@…".
func MaskEmail(email string) string { return look.MaskEmail(email) }

// Email is an address as by may see it.
func Email(by access.Actor, email string) string { return look.Email(by, email) }

// NameOf is Name, or Deleted for somebody who was: at once, and not only when the
// data is gone for good.
func NameOf(by access.Actor, deleted bool, first, last, email, external string) string {
	return look.NameOf(by, deleted, first, last, email, external)
}
