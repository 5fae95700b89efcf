package door_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// TestNoTokenIsLogged asks for an invitation's page of a server that cannot
// answer: whether the visitor has gone or the database has, the log must not
// hold the token.
func TestNoTokenIsLogged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var b bytes.Buffer
		old := slog.Default()
		slog.SetDefault(slog.New(slog.NewTextHandler(&b, nil)))
		defer slog.SetDefault(old)
		token := strings.Repeat("T", 43)
		ask := func(ctx context.Context) {
			h.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/i/"+token, nil))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		ask(gone)
		if b.Len() > 0 {
			t.Errorf("a visitor who left is logged: %s", b.String())
		}
		if err := h.d.Close(); err != nil {
			t.Fatal(err)
		}
		ask(t.Context())
		if s := b.String(); !strings.Contains(s, "/i/{token}") || strings.Contains(s, "TTTTTTT") {
			t.Errorf("a fault is logged as: %s", s)
		}
	})
}

// TestALargeBodyTouchesNoDisk sends files to pages that want none.
func TestALargeBodyTouchesNoDisk(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		tmp := t.TempDir()
		t.Setenv("TMPDIR", tmp)
		srv := httptest.NewServer(h.handler)
		defer srv.Close()
		for _, what := range []string{"POST /sign-out", "GET /sign-in", "POST /sign-in", "POST /i"} {
			method, path, _ := strings.Cut(what, " ")
			pr, pw := io.Pipe()
			mw := multipart.NewWriter(pw)
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				f, err := mw.CreateFormFile("f", "x")
				for chunk := make([]byte, 1<<20); err == nil; {
					if n, _ := os.ReadDir(tmp); len(n) > 0 {
						t.Errorf("%s: a file on the server's disk", what)
						break
					}
					_, err = f.Write(chunk) // until the server has had enough
				}
				_ = pw.Close()
			}()
			req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, pr)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", mw.FormDataContentType())
			c := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			if res, err := c.Do(req); err == nil { // or it was cut off, which is as well
				_ = res.Body.Close()
			}
			_ = pr.Close()
			<-sent
		}
	})
}

func TestAFormThatIsTooLargeIsSaidToBe(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := &surfer{h: h, lang: "de"}
		long := url.Values{"next": {strings.Repeat("x", 100<<10)}}
		for _, path := range []string{"/sign-in", "/sign-out", "/i"} {
			b.do("POST", path, long).want(t, http.StatusRequestEntityTooLarge, "Zu groß")
		}
	})
}

func TestSigningOutLeadsBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := &surfer{h: h}
		b.do("POST", "/sign-out", url.Values{"next": {"/my/sessions"}}).wantTo(t, "/sign-in?done=signed-out&next=%2Fmy%2Fsessions")
		b.do("POST", "/sign-out?next=/i/abc", url.Values{}).wantTo(t, "/sign-in?done=signed-out&next=%2Fi%2Fabc")
	})
}
