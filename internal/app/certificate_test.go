package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	next int64
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

// sign makes a certificate of a form, for clients unless the form says otherwise.
func (a *authority) sign(form x509.Certificate) *tls.Certificate {
	a.t.Helper()
	a.next++
	form.SerialNumber, form.NotBefore, form.KeyUsage = big.NewInt(a.next+1), time.Now().Add(-time.Hour), x509.KeyUsageDigitalSignature
	if form.NotAfter.IsZero() {
		form.NotAfter = time.Now().Add(time.Hour)
	}
	if form.ExtKeyUsage == nil {
		form.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &form, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func named(cn string) x509.Certificate { return x509.Certificate{Subject: pkix.Name{CommonName: cn}} }

// file writes PEM blocks and returns the file's name.
func (a *authority) file(dir, name, kind string, der []byte) string {
	a.t.Helper()
	at := filepath.Join(dir, name)
	if err := os.WriteFile(at, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return at
}

// encrypted is the configuration of a server that ends TLS with a certificate of web,
// and asks chargers for one of chargers.
func encrypted(t *testing.T, at string, web, chargers *authority) Config {
	t.Helper()
	dir := t.TempDir()
	own := web.sign(x509.Certificate{Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Database: at, KeyFile: filepath.Join(dir, "involt.key"), Listen: "127.0.0.1:0",
		TLSCert: web.file(dir, "cert.pem", "CERTIFICATE", own.Certificate[0]), TLSKey: web.file(dir, "key.pem", "PRIVATE KEY", key),
		OCPPClientCA: chargers.file(dir, "ca.pem", "CERTIFICATE", chargers.cert.Raw),
	}
}

// clientCertificates: with security profile 3 nothing is upgraded without the charger's
// own certificate.
func clientCertificates(t *testing.T, at string) {
	web, ours, others := newAuthority(t, "Web"), newAuthority(t, "Chargers"), newAuthority(t, "Somebody")
	y := &yard{t: t, at: at, ws: workspace.New("north", "North"), config: encrypted(t, at, web, ours)}
	a := y.serve()
	y.settle()
	_, key := y.add("CP-1")
	_, other := y.add("CP-2")
	free, freeKey := y.add("CP-3")
	south := workspace.New("south", "South")
	y.update(func(tx *db.Tx) error {
		if _, err := site.SetOptions(tx, y.ws.ID, free.ID, false, true); err != nil {
			return err
		}
		if err := workspace.Insert(tx, &south); err != nil {
			return err
		}
		l := site.Location{Workspace: south.ID, Name: "Yard", TimeZone: "Europe/Berlin"}
		if err := site.InsertLocation(tx, &l); err != nil {
			return err
		}
		return site.InsertCharger(tx, &site.Charger{Workspace: south.ID, Identity: "CP-2", Location: l.ID, KeyHash: strings.Repeat("0", 64)}, 1)
	})
	roots := x509.NewCertPool()
	roots.AddCert(web.cert)
	dial := func(path, user, key string, cert *tls.Certificate) int {
		t.Helper()
		// A client sends a certificate of a CA that was not asked for only if it is made to.
		shake := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		if cert != nil {
			shake.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
		}
		wire := &http.Transport{TLSClientConfig: shake}
		defer wire.CloseIdleConnections()
		o := &websocket.DialOptions{HTTPClient: &http.Client{Transport: wire}, Subprotocols: []string{"ocpp1.6"}, HTTPHeader: http.Header{}}
		if user != "" {
			r := http.Request{Header: o.HTTPHeader}
			r.SetBasicAuth(user, key)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		ws, res, err := websocket.Dial(ctx, "wss://"+a.Config.Listen+path, o)
		if ws != nil {
			_ = ws.CloseNow()
		}
		if res == nil {
			if !strings.Contains(err.Error(), "tls: ") {
				t.Errorf("no handshake, but %v", err)
			}
			return 0 // the handshake failed
		}
		return res.StatusCode
	}
	old := named("CP-1")
	old.NotAfter = time.Now().Add(-time.Minute)
	serving := named("CP-1")
	serving.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	owned := func(o string) x509.Certificate {
		return x509.Certificate{Subject: pkix.Name{CommonName: "CP-2", Organization: []string{o}}}
	}
	self := newAuthority(t, "CP-1")
	for _, tc := range []struct {
		name, path, user, key string
		cert                  *tls.Certificate
		want                  int
	}{
		{"its own", "/ocpp/north/CP-1", "", "", ours.sign(named("CP-1")), 101},
		{"its own, with its key", "/ocpp/north/CP-1", "CP-1", key, ours.sign(named("CP-1")), 101},
		{"its own, as an alternative name", "/ocpp/north/CP-1", "", "", ours.sign(x509.Certificate{DNSNames: []string{"x.example", "CP-1"}}), 101},
		{"none", "/ocpp/north/CP-1", "", "", nil, 401},
		{"none, with the right key", "/ocpp/north/CP-1", "CP-1", key, nil, 401},
		{"its own, with a wrong key", "/ocpp/north/CP-1", "CP-1", other, ours.sign(named("CP-1")), 401},
		{"another charger's", "/ocpp/north/CP-1", "", "", ours.sign(named("CP-2")), 401},
		{"another charger's, with the right key", "/ocpp/north/CP-1", "CP-1", key, ours.sign(named("CP-2")), 401},
		{"a pattern", "/ocpp/north/CP-1", "", "", ours.sign(x509.Certificate{DNSNames: []string{"*", "CP-*"}}), 401},
		{"a part of the name", "/ocpp/north/CP-1", "", "", ours.sign(named("CP-1.evil")), 401},
		{"in other letters", "/ocpp/north/CP-1", "", "", ours.sign(named("cp-1")), 401},
		{"no name", "/ocpp/north/CP-1", "", "", ours.sign(named("")), 401},
		{"another CA's", "/ocpp/north/CP-1", "", "", others.sign(named("CP-1")), 0},
		{"another CA's, with the right key", "/ocpp/north/CP-1", "CP-1", key, others.sign(named("CP-1")), 0},
		{"signed by itself", "/ocpp/north/CP-1", "", "", &tls.Certificate{Certificate: [][]byte{self.cert.Raw}, PrivateKey: self.key}, 0},
		{"the server's CA's", "/ocpp/north/CP-1", "", "", web.sign(named("CP-1")), 0},
		{"expired", "/ocpp/north/CP-1", "", "", ours.sign(old), 0},
		{"not for clients", "/ocpp/north/CP-1", "", "", ours.sign(serving), 0},
		{"of a charger that is not there", "/ocpp/north/CP-9", "", "", ours.sign(named("CP-9")), 401},
		{"of one identity in two workspaces", "/ocpp/north/CP-2", "", "", ours.sign(named("CP-2")), 401},
		{"of the other workspace", "/ocpp/north/CP-2", "", "", ours.sign(owned("South")), 401},
		{"of this workspace", "/ocpp/north/CP-2", "", "", ours.sign(owned("North")), 101},
		{"of this workspace, by its short name", "/ocpp/south/CP-2", "", "", ours.sign(owned("south")), 101},
		{"none, where a key is enough", "/ocpp/north/CP-3", "CP-3", freeKey, nil, 101},
		{"its own, where a key is enough, and no key", "/ocpp/north/CP-3", "", "", ours.sign(named("CP-3")), 401},
	} {
		if got := dial(tc.path, tc.user, tc.key, tc.cert); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}

// What a proxy in front says about a certificate is worth nothing, and so the setting is refused where TLS does not end here.
func TestCertificatesAreSeenOnlyWhereTLSEndsHere(t *testing.T) {
	c := Config{Listen: ":8080", OCPPClientCA: "ca.pem"}
	if err := c.check(); err == nil || !strings.Contains(err.Error(), "not behind a proxy") {
		t.Errorf("without TLS: %v", err)
	}
	a := newAuthority(t, "x")
	dir := t.TempDir()
	c = Config{Listen: ":8080", TLSCert: "c", TLSKey: "k", OCPPClientCA: filepath.Join(dir, "none.pem")}
	if err := c.check(); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("no file: %v", err)
	}
	c.OCPPClientCA = a.file(dir, "key.pem", "PRIVATE KEY", []byte("x"))
	if err := c.check(); err == nil || !strings.Contains(err.Error(), "holds no certificate") {
		t.Errorf("no certificate: %v", err)
	}
	c.OCPPClientCA = a.file(dir, "ca.pem", "CERTIFICATE", a.cert.Raw)
	if err := c.check(); err != nil {
		t.Error(err)
	}
}
