package charger

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// A triggered boot may still be on its way when a reset comes. Its answer is about
// the life before: a charger that took it for the new one's would come back and
// never boot.
func TestARestartIsNotSparedItsBootByAnEarlierAnswer(t *testing.T) {
	heard := make(chan struct{})
	hs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"ocpp1.6"}})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow()
		if _, _, err := ws.Read(r.Context()); err != nil { // the BootNotification, which nobody answers
			t.Error(err)
		}
		close(heard)
		_, _, _ = ws.Read(r.Context()) // until it is cut
	}))
	defer hs.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	c := New(Config{URL: "ws" + strings.TrimPrefix(hs.URL, "http"), ID: "CP1", Key: "k"})
	ws, err := dial(ctx, c.cfg, c.v)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{ws: ws, ctx: ctx, turn: make(chan struct{}, 1)}
	c.line = l
	done := make(chan error, 1)
	go func() { _, err := c.boot(ctx); done <- err }()
	<-heard
	c.restart(ctx)
	l.settle([]byte("c1"), reply{payload: []byte(`{"status":"Accepted","interval":300}`)})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if c.isBooted() {
		t.Error("the answer to the old boot counts for the new life")
	}
}
