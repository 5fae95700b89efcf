package ocpp

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"involt/internal/kit/errs"
	"involt/internal/wire/ocppj"
)

// Routes are the patterns to mount the server at.
func (s *Server) Routes() []string { return []string{"GET /ocpp/"} }

// ServeHTTP authenticates a charger, upgrades the connection and serves it until
// it ends. Nothing is upgraded that is not authenticated.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		refuse(w, http.StatusServiceUnavailable, 5*time.Second, "the server is going away")
		return
	}
	defer s.wg.Done()

	workspace, identity, ok := address(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if len(r.Header.Values("Origin")) > 0 {
		// Chargers send none; only a web page would, and none has business here.
		http.Error(w, "no browsers here", http.StatusForbidden)
		return
	}
	ip := s.cfg.ClientIP(r)
	if wait := s.strange.barred(ip, workspace+"/"+identity); wait > 0 {
		refuse(w, http.StatusTooManyRequests, wait, "too many refused attempts")
		return
	}
	auth, err := s.authenticate(r, workspace, identity)
	if err != nil {
		s.turnAway(w, ip, workspace, identity, err)
		return
	}
	if !auth.AllowPlain && !s.cfg.Secure(r) && !loopback(r, ip) {
		s.cfg.Log.Warn("ocpp: charger refused without TLS", "workspace", workspace, "charger", identity, "remote", ip)
		http.Error(w, "this charger must connect by wss", http.StatusForbidden)
		return
	}
	s.strange.welcome(ip, workspace+"/"+identity)
	if wait := s.tooOften(r.Context(), auth, workspace+"/"+identity); wait > 0 {
		refuse(w, http.StatusTooManyRequests, wait, "this charger reconnected too often")
		return
	}
	protocol := choose(r.Header.Values("Sec-WebSocket-Protocol"))
	keep := &rawKeeper{ResponseWriter: w}
	pings := newBucket(5, 20) // a flood of pings is slowed down like any other
	ws, err := websocket.Accept(keep, r, &websocket.AcceptOptions{
		Subprotocols:    []string{protocol},
		CompressionMode: websocket.CompressionDisabled,
		OnPingReceived:  func(ctx context.Context, _ []byte) bool { return pings.take(ctx) },
	})
	if err != nil {
		return // Accept has answered
	}
	if protocol == "" {
		// OCPP-J 1.6 §3.1.2: finish the handshake without a subprotocol, then close.
		s.cfg.Log.Warn("ocpp: no common subprotocol", "workspace", workspace, "charger", identity)
		_ = ws.Close(websocket.StatusProtocolError, "offer ocpp2.0.1 or ocpp1.6")
		return
	}
	s.serve(context.WithoutCancel(r.Context()), ws, keep.conn, auth.Ref, workspace+"/"+identity, Link{
		ID: s.links.Add(1), Protocol: protocol, Remote: ip.String(), Since: s.cfg.Now(),
	})
}

// address reads /ocpp/{workspace}/{charger}; some chargers append their identity
// to a URL that has it already, so a repeated last segment is the same address.
func address(r *http.Request) (workspace, identity string, ok bool) {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/ocpp/"), "/")
	if n := len(parts); n > 2 && parts[n-1] == "" {
		parts = parts[:n-1]
	}
	if len(parts) == 3 && parts[1] == parts[2] {
		parts = parts[:2]
	}
	if len(parts) != 2 {
		return "", "", false
	}
	workspace, err1 := url.PathUnescape(parts[0])
	identity, err2 := url.PathUnescape(parts[1])
	ok = err1 == nil && err2 == nil && workspace != "" && identity != "" && len(workspace) <= 128 && len(identity) <= 128
	return workspace, identity, ok
}

// choose picks the first subprotocol the charger offers that is spoken here: its
// order is its preference (OCPP-J 1.6 §3.1.2).
func choose(headers []string) string {
	for _, h := range headers {
		for offer := range strings.SplitSeq(h, ",") {
			switch strings.ToLower(strings.TrimSpace(offer)) {
			case ocppj.Subprotocol16:
				return ocppj.Subprotocol16
			case ocppj.Subprotocol201:
				return ocppj.Subprotocol201
			}
		}
	}
	return ""
}

// authenticate checks Basic auth, or a certificate where chargers need one: the key is
// then asked for no more, but one that is sent must be right. The same work is done whether the charger
// exists or not, and whatever is wrong: an error of kind SignedOut.
func (s *Server) authenticate(r *http.Request, workspace, identity string) (Auth, error) {
	user, key := credentials(r.Header.Get("Authorization"), identity)
	spellings := hashes(key)
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.WorkTimeout)
	defer cancel()
	auth, err := s.cfg.Chargers.Lookup(ctx, workspace, identity)
	known := 1
	if err != nil {
		if errs.KindOf(err) != errs.NotFound {
			return Auth{}, err
		}
		known = 0
		auth = Auth{}
	}
	match := 0
	for i := range spellings {
		match |= subtle.ConstantTimeCompare(spellings[i][:], auth.KeyHash[:])
	}
	user1, id1 := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(identity))
	match &= known & subtle.ConstantTimeCompare(user1[:], id1[:])
	if s.cfg.Certificates && !auth.KeyOK {
		certain := known == 1 && certified(r, identity, auth.Owners)
		if r.Header.Get("Authorization") == "" {
			match = 1
		}
		if !certain {
			match = 0
		}
	}
	if match != 1 {
		return Auth{}, errs.New(errs.SignedOut, "Unknown charger or wrong key.")
	}
	return auth, nil
}

// credentials reads a Basic header. A user name must not hold a colon (RFC 7617),
// but an OCPP identity may, so a name that is the identity is recognised whole.
func credentials(header, identity string) (user, key string) {
	const scheme = "basic "
	if len(header) < len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return "", ""
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(header[len(scheme):]))
	if err != nil {
		return "", ""
	}
	if rest, ok := strings.CutPrefix(string(raw), identity+":"); ok {
		return identity, rest
	}
	user, key, _ = strings.Cut(string(raw), ":")
	return user, key
}

// hashes are the SHA-256 of the spellings of a key that mean the same: as sent;
// hex digits in the other case; and, for OCPP 1.6 keys, whose hex digits a charger
// may send decoded, the hex digits of what was sent. A key that is empty or
// shorter than sixteen bytes never matches anything that was issued here, so it
// needs no rule of its own.
func hashes(key string) [5][32]byte {
	digits := hex.EncodeToString([]byte(key))
	return [5][32]byte{
		sha256.Sum256([]byte(key)),
		sha256.Sum256([]byte(strings.ToLower(key))),
		sha256.Sum256([]byte(strings.ToUpper(key))),
		sha256.Sum256([]byte(digits)),
		sha256.Sum256([]byte(strings.ToUpper(digits))),
	}
}

// turnAway answers a failed authentication.
func (s *Server) turnAway(w http.ResponseWriter, ip netip.Addr, workspace, identity string, err error) {
	if errs.KindOf(err) != errs.SignedOut {
		s.cfg.Log.Error("ocpp: cannot look up a charger", "workspace", workspace, "charger", identity, "err", err)
		refuse(w, http.StatusServiceUnavailable, 10*time.Second, "try again later")
		return
	}
	wait, first := s.strange.refused(ip)
	if first {
		s.cfg.Log.Warn("ocpp: refused", "workspace", ocppj.Cut(workspace, 40), "charger", ocppj.Cut(identity, 48), "remote", ip)
	}
	if wait > 0 {
		refuse(w, http.StatusTooManyRequests, wait, "too many refused attempts")
		return
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="ocpp"`)
	refuse(w, http.StatusUnauthorized, 0, s.unknown())
}

// unknown says the same whatever is wrong.
func (s *Server) unknown() string {
	if s.cfg.Certificates {
		return "unknown charger, wrong key, or no certificate of its own"
	}
	return "unknown charger or wrong key"
}

func refuse(w http.ResponseWriter, status int, wait time.Duration, text string) {
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	http.Error(w, text, status)
}

// peerIP is the address of the TCP peer.
func peerIP(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// loopback reports whether the charger runs on this machine. A proxy here that
// forwards from elsewhere gives itself away by its headers.
func loopback(r *http.Request, ip netip.Addr) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	return ip.IsLoopback() && peerIP(r).IsLoopback()
}

// rawKeeper remembers the connection below the WebSocket, the only handle by which
// one that hangs can be closed without waiting for it.
type rawKeeper struct {
	http.ResponseWriter
	conn net.Conn
}

// Hijack is called by websocket.Accept.
func (k *rawKeeper) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(k.ResponseWriter).Hijack()
	k.conn = conn
	if t, ok := conn.(*tls.Conn); ok {
		k.conn = t.NetConn() // closing TLS itself would write first
	}
	return conn, rw, err
}
