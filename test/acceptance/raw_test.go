package acceptance

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/coder/websocket"
)

func (w *town) dial(identity, key string) (*websocket.Conn, *http.Response, error) {
	w.Helper()
	return websocket.Dial(w.Context(), w.ocpp()+"/"+identity, &websocket.DialOptions{
		Subprotocols: []string{"ocpp1.6"},
		HTTPHeader:   http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(identity+":"+key))}},
	})
}

// rejected connects with a key that must be refused, and returns the answer.
func (w *town) rejected(identity, key string) string {
	w.Helper()
	c, res, err := w.dial(identity, key)
	if err == nil {
		_ = c.CloseNow()
		w.Error("let in")
		return ""
	}
	if res == nil {
		w.Error(err)
		return ""
	}
	return res.Status
}

// malformed sends what is no OCPP, and checks that the connection goes on.
func (w *town) malformed(identity, key string) {
	w.Helper()
	c, _, err := w.dial(identity, key)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = c.CloseNow() }()
	ask := func(frame, want string) {
		w.Helper()
		if err := c.Write(w.Context(), websocket.MessageText, []byte(frame)); err != nil {
			w.Fatal(err)
		}
		if want == "" {
			return
		}
		_, answer, err := c.Read(w.Context())
		if err != nil || !strings.Contains(string(answer), want) {
			w.Errorf("%s is answered %s (%v), want %s", frame, answer, err, want)
		}
	}
	ask(`not even JSON`, "")
	ask(`[2,"a1","Authorize",{"idTag":5}]`, `[4,"a1","TypeConstraintViolation"`)
	ask(`[2,"a2","Authorize",{}]`, `[4,"a2","`)
	ask(`[2,"a3","FlyToTheMoon",{}]`, `[4,"a3","NotImplemented"`)
	ask(`[2,"a4","Heartbeat",{}]`, `[3,"a4",{"currentTime"`)
	if err := c.Close(websocket.StatusNormalClosure, ""); err != nil && !errors.Is(err, http.ErrServerClosed) {
		w.Log(err)
	}
}
