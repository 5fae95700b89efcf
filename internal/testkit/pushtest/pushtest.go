// Package pushtest is a push service with a browser behind it: it checks what it
// is sent as RFC 8030 and RFC 8292 say, and reads it as a browser does.
package pushtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a push service with one browser behind it.
type Server struct {
	t       testing.TB
	srv     *httptest.Server
	private *ecdh.PrivateKey
	auth    []byte

	mu     sync.Mutex // guards what follows
	status int        // what it answers; 0 for 201
	got    []map[string]string
	keys   []string // the servers' public keys
}

// Agent is how the browser calls itself.
const Agent = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36"

// Start starts one, on loopback, which ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	p := &Server{t: t, auth: make([]byte, 16)}
	rand.Read(p.auth)
	var err error
	if p.private, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	p.srv = httptest.NewTLSServer(p)
	t.Cleanup(p.srv.Close)
	return p
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Endpoint is the address that the browser has from its push service.
func (p *Server) Endpoint() string { return p.srv.URL + "/push/abc" }

// P256dh is the browser's public key.
func (p *Server) P256dh() string { return b64(p.private.PublicKey().Bytes()) }

// Auth is the secret that the browser shares with whoever may write to it.
func (p *Server) Auth() string { return b64(p.auth) }

// Trust has a client call the service, whose certificate nobody else knows.
func (p *Server) Trust(c *http.Client) {
	trusting, _ := p.srv.Client().Transport.(*http.Transport)
	ours, _ := c.Transport.(*http.Transport)
	ours.TLSClientConfig = trusting.TLSClientConfig.Clone()
}

// Answer has it answer with a status from now on; 0 is 201.
func (p *Server) Answer(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

// Got are the messages that the browser has read.
func (p *Server) Got() []map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

// Keys are the public keys of those who sent them.
func (p *Server) Keys() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.keys)
}

// ServeHTTP checks a request as a push service does, and reads it as a browser does.
func (p *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	key, err := proven(r, p.srv.URL)
	if err != nil {
		p.t.Errorf("VAPID: %v", err)
	}
	if r.Header.Get("Ttl") == "" || r.Header.Get("Content-Encoding") != "aes128gcm" {
		p.t.Errorf("headers: %v", r.Header)
	}
	if p.status == 0 || p.status == http.StatusCreated {
		plain, err := p.open(body)
		if err != nil {
			p.t.Errorf("the browser cannot read it: %v", err)
		}
		m := map[string]string{}
		if err := json.Unmarshal(plain, &m); err != nil {
			p.t.Errorf("%q: %v", plain, err)
		}
		p.got, p.keys = append(p.got, m), append(p.keys, key)
		w.WriteHeader(http.StatusCreated)
		return
	}
	w.WriteHeader(p.status)
}

// proven checks the signature of RFC 8292 and returns the public key that made it.
func proven(r *http.Request, origin string) (string, error) {
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "vapid t=")
	token, key, ok2 := strings.Cut(rest, ",")
	key = strings.TrimPrefix(strings.TrimSpace(key), "k=")
	parts := strings.Split(strings.TrimSpace(token), ".")
	if !ok || !ok2 || len(parts) != 3 {
		return "", fmt.Errorf("authorization %q", r.Header.Get("Authorization"))
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(key, "="))
	if err != nil || len(raw) != 65 {
		return "", fmt.Errorf("key %q: %w", key, err)
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(sig) != 64 {
		return "", fmt.Errorf("signature: %w", err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return "", err
	}
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		return "", fmt.Errorf("the signature is wrong")
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil || claims.Aud != origin || claims.Sub == "" || time.Until(time.Unix(claims.Exp, 0)) > 24*time.Hour {
		return "", fmt.Errorf("claims %s: %w", text, err)
	}
	return key, nil
}

// open decrypts a message as a browser does. RFC 8188 §2, RFC 8291 §3.4.
func (p *Server) open(body []byte) ([]byte, error) {
	salt, size := body[:16], binary.BigEndian.Uint32(body[16:20])
	sender, record := body[21:21+int(body[20])], body[21+int(body[20]):]
	if len(record) > int(size) {
		return nil, fmt.Errorf("%d bytes in a record of %d", len(record), size)
	}
	public, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, err
	}
	shared, err := p.private.ECDH(public)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(p.private.PublicKey().Bytes()) + string(sender)
	ikm, err := hkdf.Key(sha256.New, shared, p.auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, record, nil)
	return bytes.TrimRight(plain, "\x00")[:max(0, len(bytes.TrimRight(plain, "\x00"))-1)], err
}
