package ui

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"involt/internal/kit/errs"
)

func TestFaultsAreLoggedByRouteAndOnlyForThoseWhoWait(t *testing.T) {
	pages, log := quiet(Pages{})
	mux := http.NewServeMux()
	mux.Handle("GET /secret/{token}", pages.Handle(func(http.ResponseWriter, *http.Request) error { return errors.New("broken") }))
	get(mux, "/secret/abcdef")
	if s := log.String(); strings.Contains(s, "abcdef") || !strings.Contains(s, "/secret/{token}") {
		t.Errorf("logged: %s", s)
	}
	log.Reset()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(gone, http.MethodGet, "/secret/abcdef", nil))
	if log.Len() > 0 {
		t.Errorf("logged for nobody: %s", log)
	}
}

func TestAFormIsReadWholeOrNotAtAll(t *testing.T) {
	pages, _ := quiet(Pages{})
	h := pages.Handle(func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, 100)
		if err := ReadForm(r); err != nil {
			return err
		}
		_, _ = w.Write([]byte(r.PostForm.Get("a")))
		return nil
	})
	for body, want := range map[string]struct {
		status int
		says   string
	}{
		"a=fine":                       {http.StatusOK, "fine"},
		"a=%zz":                        {http.StatusUnprocessableEntity, "could not be read"},
		"a=" + strings.Repeat("x", 99): {http.StatusRequestEntityTooLarge, "Too large"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.says) {
			t.Errorf("%.10s: %d %.200s", body, w.Code, w.Body)
		}
	}
}

// A form that is sent after the session has ended is told so, and how to keep
// what was typed; the way on is the sign-in page, not the address of the form.
func TestAFormSentAfterTheSessionEnded(t *testing.T) {
	pages := Pages{SignIn: func(r *http.Request) string { return SignInURL("/sign-in", r) }}
	h := pages.Handle(func(http.ResponseWriter, *http.Request) error { return errs.New(errs.SignedOut, "Please sign in.") })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/w/a/locations", nil))
	body := w.Body.String()
	if w.Code != http.StatusUnauthorized || !strings.Contains(body, "Nothing was saved") || !strings.Contains(body, `href="/sign-in"`) {
		t.Errorf("%d: %s", w.Code, body)
	}
}
