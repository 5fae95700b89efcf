package app

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientIP returns the address of whoever sent the request. Of the addresses
// that proxies report it believes those of trusted ones only, and takes the
// nearest that is not a trusted proxy itself. What cannot be read counts as not
// there.
func (c *Config) clientIP(r *http.Request) netip.Addr {
	peer := peerIP(r)
	if !c.trusted(peer) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	const most = 32 // more hops than any real path
	for i, hop := range slices.Backward(hops) {
		ip, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil || len(hops)-i > most {
			return peer
		}
		if ip = ip.Unmap().WithZone(""); !c.trusted(ip) {
			return ip
		}
	}
	return peer
}

// secure reports whether the sender's own leg is encrypted.
func (c *Config) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	return c.trusted(peerIP(r)) && r.Header.Get("X-Forwarded-Proto") == "https"
}

func (c *Config) trusted(ip netip.Addr) bool {
	return slices.ContainsFunc(c.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(ip) })
}

func peerIP(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap().WithZone("")
}
