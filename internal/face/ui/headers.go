package ui

import "net/http"

// policy is the Content-Security-Policy of every page. Scripts and styles come
// from our own files only; nothing is inline. Pictures may be data: because the
// stylesheet holds small masks, and blob: for a preview of a chosen file.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self'; frame-src 'self'; " +
	"object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// Secure sets the headers every page of ours is sent with. A handler may
// replace one before it writes, for instance to let a preview be framed.
func Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// SameOrigin hands requests that would change something to refused unless a page
// of ours sent them: those that a browser says come from another site, and those
// that carry a cookie but do not say where they come from.
func SameOrigin(next, refused http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(refused)
	return guard.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
		if !safe && r.Header.Get("Cookie") != "" && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
			refused.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}))
}
