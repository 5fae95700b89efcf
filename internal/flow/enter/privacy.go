package enter

import (
	"context"

	"involt/internal/core/login"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Privacy turns privacy mode on or off in the visitor's browser: while it is on
// they see no personal data, whatever their roles, and may do all else that they
// may. Other browsers of theirs stay as they are.
func (s *Service) Privacy(ctx context.Context, v Visitor, on bool) (err error) {
	defer errs.Wrap(&err, "enter.Privacy")
	if v.session.Identity.ID == "" {
		return errs.New(errs.SignedOut, "Please sign in.")
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error { return login.Mask(tx, v.session, on) })
}

// mask takes the sight of personal data from every seat. What a seat may give to
// others, or take from them, stays as its roles say.
func (v *Visitor) mask() {
	v.Masked = true
	for i := range v.Seats {
		v.Seats[i].Actor = v.Seats[i].Actor.Masked()
	}
}
