package app

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestABodyIsLimitedInSizeAndTime(t *testing.T) {
	got := make(chan error, 1)
	l := limit{most: 10, time: 50 * time.Millisecond}
	srv := httptest.NewServer(l.bounded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		if err == nil {
			// Work that takes longer than the body may: the deadline must not end it.
			select {
			case <-r.Context().Done():
				err = r.Context().Err()
			case <-time.After(3 * l.time):
			}
		}
		got <- err
	})))
	defer srv.Close()
	send := func(c net.Conn, head string) {
		t.Helper()
		if _, err := io.WriteString(c, head); err != nil {
			t.Fatal(err)
		}
	}
	dial := func() net.Conn {
		t.Helper()
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	const post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: "
	c := dial()
	answers := bufio.NewReader(c)
	for range 2 { // the second on the same connection
		send(c, post+"4\r\n\r\nfine")
		if err := <-got; err != nil {
			t.Errorf("a small body: %v", err)
		}
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	send(dial(), post+"20\r\n\r\n"+strings.Repeat("x", 20))
	if err := <-got; !isTooLarge(err) {
		t.Errorf("a large body: %v", err)
	}
	send(dial(), post+"9\r\n\r\nslow")
	if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a slow body: %v", err)
	}
}

func isTooLarge(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

func TestBrowsersComeByHTTPSForAYear(t *testing.T) {
	for url, want := range map[string]string{"https://charge.example.com": "max-age=31536000", "http://localhost:8080": ""} {
		a := &App{Config: Config{PublicURL: url}}
		w := httptest.NewRecorder()
		a.secured(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

func TestAHangingRequestDoesNotSpoilTheStop(t *testing.T) {
	dir := t.TempDir()
	a, err := Open(t.Context(), Config{Database: filepath.Join(dir, "involt.db"), KeyFile: filepath.Join(dir, "involt.key"), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	at, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- a.Run(ctx, func(addr net.Addr) { at <- addr }) }()
	var addr net.Addr
	select {
	case addr = <-at:
	case err := <-ended:
		t.Fatal(err)
	}
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// The server says that it waits for the body, which never comes.
	_, err = io.WriteString(c, "POST /sign-in HTTP/1.1\r\nHost: "+addr.String()+"\r\nSec-Fetch-Site: same-origin\r\nExpect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q %v", line, err)
	}
	stop()
	began := time.Now()
	if err := <-ended; err != nil {
		t.Errorf("the stop failed: %v", err)
	}
	if took := time.Since(began); took > 25*time.Second {
		t.Errorf("the stop took %v", took)
	}
}
