package ui

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestStaticFilesAreKeptForEver(t *testing.T) {
	for name, kind := range map[string]string{
		"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "theme.js": "text/javascript; charset=utf-8",
		"htmx.min.js": "text/javascript; charset=utf-8", "inter.woff2": "font/woff2", "mark.svg": "image/svg+xml", "licences.txt": "text/plain; charset=utf-8",
	} {
		w := get(Static(), Asset(name))
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
		z := get(Static(), Asset(name), "Accept-Encoding", "gzip")
		if name == "inter.woff2" {
			if z.Header().Get("Content-Encoding") != "" {
				t.Error("the font is compressed twice")
			}
			continue
		}
		if z.Header().Get("Content-Encoding") != "gzip" && w.Body.Len() > 2000 {
			t.Errorf("%s is not compressed", name)
			continue
		}
		if z.Header().Get("Content-Encoding") == "gzip" {
			zr, err := gzip.NewReader(z.Body)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(zr); err != nil || !bytes.Equal(b, w.Body.Bytes()) {
				t.Errorf("%s: compressed says something else (err %v)", name, err)
			}
		}
	}
}

func TestStaticRefuses(t *testing.T) {
	for _, url := range []string{"/static/", "/static/x", Asset("missing.css"), Asset("../static.go"), Asset("icons/zap.svg"), Asset("inputs.sha256")} {
		if w := get(Static(), url); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", url, w.Code)
		}
	}
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, Asset("app.css"), nil)
	w := httptest.NewRecorder()
	Static().ServeHTTP(w, r)
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestOtherVersionsFileIsServedButNotKept(t *testing.T) {
	if w := get(Static(), "/static/000000000000/app.css"); w.Code != 200 || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("%d %q", w.Code, w.Header().Get("Cache-Control"))
	}
}

// TestFirstPageIsLight holds the budget: 150 KB the first time, 30 KB after.
func TestFirstPageIsLight(t *testing.T) {
	page := get(Gallery(), "/dev/ui/list", "Accept-Encoding", "gzip").Body.Len()
	first := page
	for _, name := range []string{"app.css", "app.js", "theme.js", "htmx.min.js", "inter.woff2", "mark.svg"} {
		first += get(Static(), Asset(name), "Accept-Encoding", "gzip").Body.Len()
	}
	if first > 150_000 || page > 30_000 {
		t.Errorf("first page %d bytes, later %d; want at most 150,000 and 30,000", first, page)
	}
}

// TestEveryIconNamedIsCompiledIn reads the templates of this package: an icon
// that is missing draws nothing, which nobody notices.
func TestEveryIconNamedIsCompiledIn(t *testing.T) {
	named := regexp.MustCompile(`(?:Icon\(|Icon:\s*|EmptyState\()"([a-z0-9-]+)"`)
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".templ") {
			continue
		}
		b, err := os.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(b), -1) {
			if n++; !HasIcon(m[1]) {
				t.Errorf("%s: no icon %q; add it to assets/icons.txt", e.Name(), m[1])
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d icons found: the pattern is out of date", n)
	}
}
