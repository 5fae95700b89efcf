package door

import (
	"context"
	"net/http"
	"time"

	"involt/internal/face/ui"
	"involt/internal/flow/enter"
	"involt/internal/kit/errs"
)

type visitorKey struct{}

// Visitor returns who is signed in, as [SignedIn] has put it into the context,
// or an errs.SignedOut.
func Visitor(ctx context.Context) (enter.Visitor, error) {
	if v, ok := ctx.Value(visitorKey{}).(enter.Visitor); ok {
		return v, nil
	}
	return enter.Visitor{}, errs.New(errs.SignedOut, "Please sign in.")
}

// Who returns a function that tells who a request comes from, for faces that ask
// themselves. Nobody is an errs.SignedOut.
func Who(s *enter.Service) func(*http.Request) (enter.Visitor, error) {
	return func(r *http.Request) (enter.Visitor, error) {
		if v, err := Visitor(r.Context()); err == nil {
			return v, nil
		}
		return s.Who(r.Context(), Cookie(r))
	}
}

// SignedIn lets in who is signed in, and puts the visitor and the reader of the
// page into the context. Whoever is signed out is sent to the sign-in page, and
// back from there; a request of a script gets 401.
func SignedIn(s *enter.Service) func(http.Handler) http.Handler {
	pages := ui.Pages{ErrorPage: errorPage, SignIn: func(r *http.Request) string { return ui.SignInURL("/sign-in", r) }}
	return func(next http.Handler) http.Handler {
		return pages.Handle(func(w http.ResponseWriter, r *http.Request) error {
			v, err := s.Who(r.Context(), Cookie(r))
			if err != nil {
				return err
			}
			ctx := context.WithValue(r.Context(), visitorKey{}, v)
			next.ServeHTTP(w, r.WithContext(ui.WithReader(ctx, reader(r, known(&v), zone(&v)))))
			return nil
		})
	}
}

// known is the language a visitor is known to read, "" if none is.
func known(v *enter.Visitor) string {
	for _, s := range v.Seats {
		if s.Person.Language != "" {
			return s.Person.Language
		}
	}
	return v.Identity.Language
}

// zone is where a visitor's clock stands: that of their first workspace.
func zone(v *enter.Visitor) *time.Location {
	for _, s := range v.Seats {
		if l, err := time.LoadLocation(s.Workspace.TimeZone); err == nil {
			return l
		}
	}
	return nil
}
