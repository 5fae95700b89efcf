package ocpp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"involt/internal/face/ocpp"
)

const (
	tap    = `[2,"b3f1c1d0-0000-4000-8000-000000000001","Authorize",{"idTag":"04A2B3C4D5E680"}]`
	tap201 = `[2,"b3f1c1d0-0000-4000-8000-000000000001","Authorize",{"idToken":{"idToken":"04A2B3C4D5E680","type":"ISO14443"}}]`
)

type yes struct{}

func (yes) Decide(ocpp.Ask) ocpp.Answer {
	return ocpp.Answer{Reason: ocpp.Allowed, Parent: "FAMILY7", Expires: noon}
}

// BenchmarkAuthorize is one tap over a real socket, client included. Compare with
// BenchmarkEcho: the difference is what this face costs.
func BenchmarkAuthorize(b *testing.B) {
	for name, c := range map[string][2]string{"1.6": {"ocpp1.6", tap}, "2.0.1": {"ocpp2.0.1", tap201}} {
		b.Run(name, func(b *testing.B) {
			r := newRig(b, func(cfg *ocpp.Config) { cfg.Decider = yes{}; cfg.MaxRate = 1 << 30 })
			ws := r.connect("CP1", c[0]).ws
			roundTrips(b, ws, c[1])
		})
	}
}

// BenchmarkEcho is the floor: the same frame sent back by the same library.
func BenchmarkEcho(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.CloseNow() }()
		for {
			kind, p, err := ws.Read(context.Background())
			if err != nil {
				return
			}
			if ws.Write(context.Background(), kind, p) != nil {
				return
			}
		}
	}))
	defer srv.Close()
	ws, _, err := websocket.Dial(context.Background(), "ws"+strings.TrimPrefix(srv.URL, "http"), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	roundTrips(b, ws, tap)
}

func roundTrips(b *testing.B, ws *websocket.Conn, frame string) {
	b.ReportAllocs()
	p := []byte(frame)
	buf := make([]byte, 1024)
	for b.Loop() {
		if err := ws.Write(context.Background(), websocket.MessageText, p); err != nil {
			b.Fatal(err)
		}
		_, r, err := ws.Reader(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Read(buf); err != nil {
				break
			}
		}
	}
}
