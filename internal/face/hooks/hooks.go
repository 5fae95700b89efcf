// Package hooks takes what other services post to Involt of their own accord. A
// request proves itself by the secret in its address.
package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"involt/internal/kit/errs"
)

// Config is whom the hooks lead to.
type Config struct {
	// Mail takes what a mail service says about mails of a workspace, and returns
	// how many of them it was news of.
	Mail func(ctx context.Context, workspace, secret string, body io.Reader) (int, error)
}

// MailRoute is where mail services post.
const MailRoute = "POST /hooks/mail/{workspace}/{secret}"

// New answers what lies below /hooks/.
func New(c Config) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(MailRoute, func(w http.ResponseWriter, r *http.Request) {
		n, err := c.Mail(r.Context(), r.PathValue("workspace"), r.PathValue("secret"), r.Body)
		answer(w, r, map[string]any{"mails": n}, err)
	})
	return mux
}

// statuses are those that services know to act on; anything else is a fault of
// ours, after which they try again.
var statuses = map[errs.Kind]int{
	errs.Invalid: http.StatusUnprocessableEntity, errs.NotFound: http.StatusNotFound, errs.Unavailable: http.StatusServiceUnavailable,
}

func answer(w http.ResponseWriter, r *http.Request, body any, err error) {
	status := http.StatusOK
	if err != nil {
		var ok bool
		if status, ok = statuses[errs.KindOf(err)]; !ok {
			status = http.StatusInternalServerError
			slog.ErrorContext(r.Context(), "a hook failed", "route", r.Pattern, "err", err)
		}
		if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status, err = http.StatusRequestEntityTooLarge, large
		}
		body = map[string]string{"detail": errs.Text(err)}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever has gone needs no answer
}
