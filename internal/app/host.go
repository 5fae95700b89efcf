package app

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// ours hands to next the requests for the name in INVOLT_PUBLIC_URL, and refuses
// those for another with 421: whoever points a name of theirs here, or a page at
// us under it, gets nothing. Where no public address is set, any name will do.
// The machine itself may always ask by its own names; proxies on it do.
//
// Links never depend on this: they are made from the configuration alone.
func (a *App) ours(next http.Handler) http.Handler {
	if !a.named {
		return next
	}
	u, err := url.Parse(a.Config.PublicURL)
	if err != nil { // checked at the start
		return next
	}
	public := strings.ToLower(u.Hostname())
	if ascii, err := idna.Lookup.ToASCII(public); err == nil {
		public = ascii // as browsers write it
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answersTo(public, r) {
			http.Error(w, fmt.Sprintf("Involt does not answer to this name. Its address is %s.\n"+
				"If you run it: have the proxy pass on the Host header as it came, or set INVOLT_PUBLIC_URL to the address that people see.", a.Config.PublicURL), http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// answersTo reports whether a request asks for a server called public by one of
// its names. Ports do not count: proxies and containers map them.
func answersTo(public string, r *http.Request) bool {
	host, ok := hostname(r.Host)
	return ok && (host == public || isLoopback(host) && (isLoopback(public) || peerIP(r).IsLoopback()))
}

// hostname returns the name in a Host header without its port, in small letters.
// It does not guess: what is no name or address with a port at most is none.
func hostname(text string) (string, bool) {
	host, port := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasSuffix(text, "]") {
		host, port = text[:i], text[i+1:]
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return "", false
		}
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		ip, err := netip.ParseAddr(inner)
		return inner, ok && err == nil && ip.Is6()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host, host != "" && !strings.ContainsAny(host, ":@/\\[] \t,")
}
