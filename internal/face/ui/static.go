package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed static
var embedded embed.FS

// asset is one file as it is sent.
type asset struct {
	kind  string // Content-Type
	plain []byte
	gz    []byte // nil where gzip does not help
}

// assets is the embedded folder, read and compressed once at first use.
var assets = sync.OnceValues(func() (map[string]asset, string) {
	files := map[string]asset{}
	err := fs.WalkDir(embedded, "static", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := strings.TrimPrefix(p, "static/")
		if strings.HasPrefix(name, "icons/") || strings.HasSuffix(name, ".sha256") {
			return nil
		}
		b, err := embedded.ReadFile(p)
		if err != nil {
			return err
		}
		files[name] = newAsset(name, b)
		return nil
	})
	if err != nil {
		panic("ui: reading what is compiled in: " + err.Error())
	}
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	sum := sha256.New()
	for _, n := range names {
		sum.Write([]byte(n))
		sum.Write(files[n].plain)
	}
	return files, hex.EncodeToString(sum.Sum(nil))[:12]
})

func newAsset(name string, b []byte) asset {
	a := asset{kind: mime.TypeByExtension(path.Ext(name)), plain: b}
	switch path.Ext(name) {
	case ".woff2":
		a.kind = "font/woff2" // not in every system's table of types
	case ".js":
		a.kind = "text/javascript; charset=utf-8"
	case ".css":
		a.kind = "text/css; charset=utf-8"
	case ".svg":
		a.kind = "image/svg+xml"
	case ".txt":
		a.kind = "text/plain; charset=utf-8"
	}
	var z bytes.Buffer
	zw, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
	if err != nil {
		panic("ui: " + err.Error())
	}
	_, _ = zw.Write(b) // a bytes.Buffer takes everything
	_ = zw.Close()
	if z.Len() < len(b)*9/10 {
		a.gz = z.Bytes()
	}
	return a
}

// Asset returns the address of a file of static/, such as "app.css". The hash
// in it covers all files, so that it may be kept for ever.
func Asset(name string) string {
	_, hash := assets()
	return "/static/" + hash + "/" + name
}

// Static serves the embedded files under /static/. An address with another
// version's hash is answered too, but may not be kept: during an upgrade two
// versions run side by side.
func Static() http.Handler {
	files, hash := assets()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		version, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/static/"), "/")
		a, found := files[name]
		if !ok || !found {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.kind)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Vary", "Accept-Encoding")
		h.Set("Cache-Control", "no-cache")
		if version == hash {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if a.gz != nil && acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			h.Set("Content-Length", strconv.Itoa(len(a.gz)))
			if r.Method == http.MethodGet {
				_, _ = w.Write(a.gz) // the reader may have gone
			}
			return
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(a.plain))
	})
}
