package app

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestConfigThatWouldHarmIsRefused(t *testing.T) {
	good := Config{Database: "x.db", Listen: ":8080"}
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string // in the refusal; "" if it is fine
	}{
		"the least":               {func(*Config) {}, ""},
		"public https":            {func(c *Config) { c.PublicURL = "https://charge.example.com" }, ""},
		"this machine":            {func(c *Config) { c.PublicURL = "http://localhost:8080" }, ""},
		"this machine by number":  {func(c *Config) { c.PublicURL = "http://127.0.0.1:8080" }, ""},
		"in clear":                {func(c *Config) { c.PublicURL = "http://charge.example.com" }, "in clear"},
		"looks like localhost":    {func(c *Config) { c.PublicURL = "http://localhost.example.com" }, "in clear"},
		"a path":                  {func(c *Config) { c.PublicURL = "https://example.com/involt" }, "without a path"},
		"a slash":                 {func(c *Config) { c.PublicURL = "https://example.com/" }, "without a path or a slash"},
		"no scheme":               {func(c *Config) { c.PublicURL = "charge.example.com" }, "write it as https://"},
		"a password in it":        {func(c *Config) { c.PublicURL = "https://a:b@example.com" }, "host name"},
		"half of TLS":             {func(c *Config) { c.TLSCert = "cert.pem" }, "both"},
		"VIES":                    {func(c *Config) { c.VIES = "on" }, ""},
		"a register of one's own": {func(c *Config) { c.VIES = "https://vat.example.com/rest" }, ""},
		"VIES, vaguely":           {func(c *Config) { c.VIES = "yes" }, "INVOLT_VIES"},
		"no port":                 {func(c *Config) { c.Listen = "localhost" }, "host:port"},
	} {
		c := good
		tc.change(&c)
		err := c.check()
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}

func TestDefaultsFollowFromTheRest(t *testing.T) {
	c := Config{Database: "/var/lib/involt/involt.db", Listen: ":9000"}
	if err := c.check(); err != nil {
		t.Fatal(err)
	}
	if c.PublicURL != "http://localhost:9000" || c.KeyFile != "/var/lib/involt/involt.key" {
		t.Errorf("public address %q, key file %q", c.PublicURL, c.KeyFile)
	}
}

func TestClientIsTheNearestThatIsNoTrustedProxy(t *testing.T) {
	c := Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
	for name, tc := range map[string]struct{ peer, forwarded, want string }{
		"no proxy":                       {"192.0.2.7:999", "", "192.0.2.7"},
		"an untrusted one":               {"192.0.2.7:999", "198.51.100.1", "192.0.2.7"},
		"a trusted one":                  {"10.1.1.1:999", "198.51.100.1", "198.51.100.1"},
		"two trusted ones":               {"10.1.1.1:999", "198.51.100.1, 10.2.2.2", "198.51.100.1"},
		"forged in front":                {"10.1.1.1:999", "203.0.113.9, 198.51.100.1", "198.51.100.1"},
		"nonsense":                       {"10.1.1.1:999", "a", "10.1.1.1"},
		"nonsense after what was forged": {"10.1.1.1:999", "203.0.113.9, a", "10.1.1.1"},
		"far too many":                   {"10.1.1.1:999", strings.Repeat("10.9.9.9,", 5000) + "10.9.9.9", "10.1.1.1"},
		"IPv6 with a zone":               {"10.1.1.1:999", "fe80::1%eth0", "fe80::1"},
		"IPv4 in IPv6":                   {"[::ffff:192.0.2.7]:999", "", "192.0.2.7"},
		"trusted IPv6":                   {"[::1]:999", "2001:db8::5", "2001:db8::5"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tc.peer
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		if got := c.clientIP(r).String(); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestOnlyATrustedProxySaysThatItWasEncrypted(t *testing.T) {
	c := Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	for peer, want := range map[string]bool{"10.1.1.1:9": true, "192.0.2.7:9": false} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-Proto", "https")
		if got := c.secure(r); got != want {
			t.Errorf("%s: %v, want %v", peer, got, want)
		}
	}
}
