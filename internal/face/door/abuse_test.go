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
	"strings"
	"testing"
	"time"

	"involt/internal/face/door"
)

// TestNoTokenIsLogged asks for an invitation's page and leaves before it comes:
// that is no fault, and the log must not hold the token.
func TestNoTokenIsLogged(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var b bytes.Buffer
		c := h.door.Config
		c.Log = slog.New(slog.NewTextHandler(&b, nil))
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		door.New(c).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(gone, "GET", "/i/"+strings.Repeat("T", 43), nil))
		if b.Len() > 0 {
			t.Errorf("a visitor who left is logged: %s", b.String())
		}
	})
}

// TestALargeBodyIsNotReadToItsEnd sends files to pages that want none: the
// server must have had enough soon, whatever it would do with them.
func TestALargeBodyIsNotReadToItsEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		srv := httptest.NewServer(h.handler)
		defer srv.Close()
		for _, what := range []string{"POST /sign-out", "GET /sign-in", "POST /sign-in", "POST /i"} {
			method, path, _ := strings.Cut(what, " ")
			pr, pw := io.Pipe()
			mw := multipart.NewWriter(pw)
			sent := make(chan int, 1)
			go func() {
				n := 0
				f, err := mw.CreateFormFile("f", "x")
				for chunk := make([]byte, 1<<20); err == nil && n < 50; n++ {
					_, err = f.Write(chunk)
				}
				_ = pw.Close()
				sent <- n
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
			if n := <-sent; n >= 50 { // what is less lies in the buffers of the connection
				t.Errorf("%s: all of 50 MB were read", what)
			}
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
