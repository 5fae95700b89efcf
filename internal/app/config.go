package app

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"involt/internal/flow/admit"
	"involt/internal/kit/db"
	"involt/internal/wire/vies"
)

// Config is everything that can be set when the server starts; the comments are
// the manual. Every setting is a flag (--listen), an environment variable
// (INVOLT_LISTEN) and a key of the TOML file (listen). Everything else is set in
// the console.
type Config struct {
	// Database is a SQLite file name, or a postgres:// URL. It may come from a
	// file named by INVOLT_DATABASE_FILE.
	Database string `help:"SQLite file, or postgres:// URL" default:"./involt.db" env:"INVOLT_DATABASE" placeholder:"FILE|URL"`

	// Listen is the address to serve on.
	Listen string `help:"address to serve on" default:":8080" env:"INVOLT_LISTEN"`

	// PublicURL is the address that people see, without a slash at the end. Every
	// link in a mail begins with it. It must be https unless it is this machine.
	PublicURL string `help:"address that people see; links in mails begin with it (default: http://localhost:PORT)" env:"INVOLT_PUBLIC_URL" name:"public-url" placeholder:"URL"`

	// SMTP is the mail server: smtp://user:password@host:587?tls=required&from=ADDRESS.
	// "catch" keeps mails in memory instead of sending them. Without it no mail is
	// sent and invitations wait. It may come from a file named by INVOLT_SMTP_FILE.
	SMTP string `help:"mail server, smtp://user:password@host:587?from=ADDRESS, or: catch" env:"INVOLT_SMTP" placeholder:"URL"`

	// Bounces is the mailbox that mails come back to, imaps://user:password@host/INBOX.
	// It is read once a minute; nothing in it is deleted. The setting bounces= of
	// the mail server names its address. It may come from a file named by
	// INVOLT_BOUNCES_FILE.
	Bounces string `help:"mailbox for mails that come back, imaps://user:password@host/INBOX" env:"INVOLT_BOUNCES" placeholder:"URL"`

	// KeyFile holds the key from which invitation links are derived. It is made at
	// the first start. Losing it ends open invitations.
	KeyFile string `help:"file with the secret key, made at the first start (default: involt.key beside the database)" env:"INVOLT_KEY_FILE" placeholder:"FILE"`

	// AwayDir is a folder on this server's own disk for the time in which the database
	// is away: what chargers say meanwhile is kept there. Each server has its own; of
	// servers that are given the same, all but one use it with a number behind.
	AwayDir string `help:"folder for the time in which the database is away (default: involt-away beside the key file)" env:"INVOLT_AWAY_DIR" name:"away-dir" placeholder:"DIR"`

	// AwayLimit is for how long after the database was there last cards are let charge
	// by what was known then.
	AwayLimit time.Duration `help:"how long cards are let charge by what was known last while the database is away" default:"24h" env:"INVOLT_AWAY_LIMIT" name:"away-limit" placeholder:"TIME"`

	// MetricsListen is where Prometheus finds /metrics; nowhere if it is empty.
	MetricsListen string `help:"address for Prometheus metrics" env:"INVOLT_METRICS_LISTEN" placeholder:"ADDRESS"`

	// OCPPListen is a second address for chargers; they may use the first one too.
	OCPPListen string `help:"a second address, for chargers" env:"INVOLT_OCPP_LISTEN" name:"ocpp-listen" placeholder:"ADDRESS"`

	// TLSCert and TLSKey let the server speak TLS itself.
	TLSCert string `help:"TLS certificate file" env:"INVOLT_TLS_CERT" name:"tls-cert" placeholder:"FILE"`
	TLSKey  string `help:"TLS key file" env:"INVOLT_TLS_KEY" name:"tls-key" placeholder:"FILE"`

	// OCPPClientCA is the CA of chargers' own certificates (security profile 3). With it
	// every charger needs one that names its identity, but for those that are let in
	// with their key alone. Involt must end TLS itself: see TLSCert.
	OCPPClientCA string `help:"file with the CA of chargers' certificates, which they then need" env:"INVOLT_OCPP_CLIENT_CA" name:"ocpp-client-ca" placeholder:"FILE"`

	// TrustedProxies are the networks whose X-Forwarded-For and -Proto are
	// believed.
	TrustedProxies []netip.Prefix `help:"networks of proxies whose X-Forwarded-For is believed" env:"INVOLT_TRUSTED_PROXIES" placeholder:"NET,..."`

	// OutwardAllow are networks that scheduled exports may be sent to although they
	// are not of the public internet: a data store of one's own, for instance.
	OutwardAllow []netip.Prefix `help:"networks beyond the public internet that exports may be sent to" env:"INVOLT_OUTWARD_ALLOW" name:"outward-allow" placeholder:"NET,..."`

	// VIES is on, to look VAT ids up in the European Union's register, or the address
	// of one that answers as it does.
	VIES string `help:"look VAT ids up in the EU's register VIES: on, or an address that answers like it" env:"INVOLT_VIES" name:"vies" placeholder:"on|URL"`

	// LogLevel is debug, info, warn or error.
	LogLevel string `help:"debug, info, warn or error" default:"info" enum:"debug,info,warn,error" env:"INVOLT_LOG_LEVEL"`

	// Demo opens the pages that only a demo has: the mail catcher and the gallery
	// of components. It is not a setting: `involt demo` sets it.
	Demo bool `kong:"-"`

	// Wait lets the server start while its PostgreSQL is away, if it has a snapshot that
	// is not too old. `involt serve` sets it.
	Wait bool `kong:"-"`

	// NewKey takes the key file as it is, even if the database was used with
	// another one before. `involt admin accept-key` sets it.
	NewKey bool `kong:"-"`
}

// check says what is wrong with the configuration, in one sentence that says
// what to do, and fills in what follows from the rest.
func (c *Config) check() error {
	if c.KeyFile == "" {
		c.KeyFile = "involt.key"
		if !db.IsPostgres(c.Database) {
			c.KeyFile = filepath.Join(filepath.Dir(c.Database), "involt.key")
		}
	}
	if c.AwayDir == "" {
		c.AwayDir = filepath.Join(filepath.Dir(c.KeyFile), "involt-away")
	}
	if c.AwayLimit < 0 {
		return errors.New("INVOLT_AWAY_LIMIT is below zero; write it as 24h or 90m")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("set both INVOLT_TLS_CERT and INVOLT_TLS_KEY, or neither")
	}
	if err := c.checkClientCA(); err != nil {
		return err
	}
	if u, err := url.Parse(c.VIES); c.VIES != "" && c.VIES != "on" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("INVOLT_VIES is %q; write on, or an address such as %s", c.VIES, vies.Public)
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("INVOLT_LISTEN is %q; write it as host:port, for instance :8080 or 127.0.0.1:8080", c.Listen)
	}
	if c.PublicURL == "" && port != "0" {
		c.PublicURL = "http://localhost:" + port
		if c.TLSCert != "" {
			c.PublicURL = "https://localhost:" + port
		}
	}
	if c.PublicURL == "" {
		return nil // known once the port is
	}
	return checkPublicURL(c.PublicURL)
}

func (c *Config) awayLimit() time.Duration {
	if c.AwayLimit == 0 {
		return admit.UsualLimit
	}
	return c.AwayLimit
}

func checkPublicURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Host == "", u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("INVOLT_PUBLIC_URL is %q; write it as https://charge.example.com", text)
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return fmt.Errorf("INVOLT_PUBLIC_URL is %q; it must end with the host name, without a path or a slash", text)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return fmt.Errorf("INVOLT_PUBLIC_URL is %q, and passwords would travel in clear; use https:// (a proxy with a certificate in front of Involt, or INVOLT_TLS_CERT)", text)
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// register is whom the server asks about VAT ids; nil for nobody.
func (c *Config) register() *vies.Client {
	switch c.VIES {
	case "":
		return nil
	case "on":
		return &vies.Client{Base: vies.Public}
	default:
		return &vies.Client{Base: strings.TrimSuffix(c.VIES, "/")}
	}
}
