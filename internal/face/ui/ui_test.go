package ui

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"involt/internal/kit/errs"
)

// quiet is a Pages that keeps its log to itself.
func quiet(p Pages) (Pages, *bytes.Buffer) {
	var b bytes.Buffer
	p.Log = slog.New(slog.NewTextHandler(&b, nil))
	return p, &b
}

func get(h http.Handler, url string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEachKindOfErrorHasItsStatusAndSentence(t *testing.T) {
	for _, tc := range []struct {
		kind   errs.Kind
		status int
		title  string
	}{
		{errs.Internal, 500, "Something went wrong"},
		{errs.Invalid, 422, "That did not work"},
		{errs.NotFound, 404, "Not found"},
		{errs.Conflict, 409, "Changed meanwhile"},
		{errs.Denied, 403, "No permission"},
		{errs.SignedOut, 401, "Please sign in"},
		{errs.Gone, 410, "No longer valid"},
		{errs.Unavailable, 503, "Not available right now"},
		{errs.Kind(250), 500, ""},
	} {
		pages, _ := quiet(Pages{})
		h := pages.Handle(func(http.ResponseWriter, *http.Request) error {
			return fmt.Errorf("deep: %w", errs.New(tc.kind, "The sentence."))
		})
		w := get(h, "/x")
		body := w.Body.String()
		if w.Code != tc.status || !strings.Contains(body, tc.title) {
			t.Errorf("kind %d: %d without %q", tc.kind, w.Code, tc.title)
		}
		if shown := strings.Contains(body, "The sentence."); shown != (tc.kind != errs.Internal) {
			t.Errorf("kind %d: sentence shown is %v", tc.kind, shown)
		}
	}
}

func TestFaultOfOursIsLoggedAndHidden(t *testing.T) {
	pages, log := quiet(Pages{})
	w := get(pages.Handle(func(http.ResponseWriter, *http.Request) error { return errors.New("disk on fire") }), "/x")
	if w.Code != 500 || strings.Contains(w.Body.String(), "fire") {
		t.Errorf("%d, body tells of the fault: %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "disk on fire") {
		t.Errorf("log %q does not", log)
	}
}

func TestErrorOfFragmentHasNoDocument(t *testing.T) {
	pages, _ := quiet(Pages{})
	h := pages.Handle(func(http.ResponseWriter, *http.Request) error { return errs.New(errs.Gone, "Used.") })
	if body := get(h, "/x", "HX-Request", "true").Body.String(); strings.Contains(body, "<!doctype") || !strings.Contains(body, `role="alert"`) {
		t.Errorf("fragment: %s", body)
	}
	if body := get(h, "/x", "HX-Request", "true", "HX-History-Restore-Request", "true").Body.String(); !strings.Contains(body, "<!doctype") {
		t.Error("going back in history got a fragment")
	}
}

func TestSignedOutReaderIsSentToSignIn(t *testing.T) {
	pages, _ := quiet(Pages{SignIn: func(r *http.Request) string { return SignInURL("/sign-in", r) }})
	h := pages.Handle(func(http.ResponseWriter, *http.Request) error { return errs.New(errs.SignedOut, "Sign in.") })
	if w := get(h, "/users?tab=active"); w.Code != 303 || w.Header().Get("Location") != "/sign-in?next=%2Fusers%3Ftab%3Dactive" {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := get(h, "/users", "HX-Request", "true"); w.Code != 401 || w.Header().Get("HX-Redirect") == "" {
		t.Errorf("fragment: %d, HX-Redirect %q", w.Code, w.Header().Get("HX-Redirect"))
	}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/users", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 401 {
		t.Errorf("a form that was posted: %d, want 401", w.Code)
	}
	r = httptest.NewRequestWithContext(context.Background(), http.MethodGet, "//evil.example/", nil)
	if got := SignInURL("/sign-in", r); got != "/sign-in" {
		t.Errorf("an address of somebody else is kept: %q", got)
	}
}

func TestPageIsWrittenWholeOrNotAtAll(t *testing.T) {
	broken := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return errors.New("broken")
	})
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	if err := Render(w, r, 200, broken); err == nil || w.Body.Len() > 0 {
		t.Errorf("err %v, wrote %q", err, w.Body)
	}
}

func TestPageIsCompressedWhereTheClientTakesIt(t *testing.T) {
	h := Gallery()
	plain := get(h, "/dev/ui").Body.String()
	for _, tc := range []struct {
		accept string
		gz     bool
	}{{"", false}, {"br, gzip", true}, {"gzip;q=0", false}, {"gzip; q=0.0, br", false}, {"GZIP;q=0.5", true}} {
		w := get(h, "/dev/ui", "Accept-Encoding", tc.accept)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != tc.gz {
			t.Errorf("%q: gzip %v", tc.accept, got)
			continue
		}
		if !tc.gz {
			continue
		}
		zr, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(zr); err != nil || string(b) != plain {
			t.Errorf("%q: %d bytes, err %v; want the %d of the plain page", tc.accept, len(b), err, len(plain))
		}
	}
}

func TestPolicyForbidsWhatIsInline(t *testing.T) {
	w := get(Secure(http.NotFoundHandler()), "/")
	csp := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"script-src 'self';", "style-src 'self';", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("no %q in %q", want, csp)
		}
	}
	if strings.Contains(csp, "unsafe") || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Referrer-Policy") != "same-origin" {
		t.Errorf("headers: %v", w.Header())
	}
}

// TestGalleryHoldsToThePolicy looks through every component in every state.
func TestGalleryHoldsToThePolicy(t *testing.T) {
	for _, url := range []string{"/dev/ui", "/dev/ui?lang=de", "/dev/ui/list", "/dev/ui/list?q=nobody-of-that-name", "/dev/ui/plain", "/dev/ui/driver", "/dev/ui/person", "/dev/ui/goto?q=a"} {
		w := get(Gallery(), url)
		body := w.Body.String()
		if w.Code != 200 {
			t.Errorf("%s: %d", url, w.Code)
		}
		for _, bad := range []string{" style=", "<style", " onclick=", "<script>", "javascript:", "%!"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s holds %q", url, bad)
			}
		}
	}
}

func TestWhatWasDoneTravelsInTheAddress(t *testing.T) {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", nil)
	w := httptest.NewRecorder()
	RedirectDone(w, r, "/users?tab=active", "invited", 3)
	if got := w.Header().Get("Location"); w.Code != 303 || got != "/users?done=invited&n=3&tab=active" {
		t.Fatalf("%d to %q", w.Code, got)
	}
	r = httptest.NewRequestWithContext(context.Background(), http.MethodGet, w.Header().Get("Location"), nil)
	if key, n := Done(r); key != "invited" || n != 3 {
		t.Errorf("read back %q, %d", key, n)
	}
	if got := WithQuery(r.URL, "tab", ""); got != "/users" {
		t.Errorf("a link made from it still says what was done: %q", got)
	}
}

func TestSheetIsAskedForByItsTarget(t *testing.T) {
	as := func(header ...string) string { return get(Gallery(), "/dev/ui/person", header...).Body.String() }
	if body := as("HX-Request", "true", "HX-Target", "dialog#sheet"); strings.Contains(body, "<!doctype") || !strings.Contains(body, `id="sheet-title"`) {
		t.Error("the sheet came as a page")
	}
	for _, header := range [][]string{nil, {"HX-Request", "true", "HX-Target", "section#list"}} {
		if body := as(header...); !strings.Contains(body, "<!doctype") || !strings.Contains(body, "<h1") {
			t.Errorf("with %q: not a page", header)
		}
	}
}
