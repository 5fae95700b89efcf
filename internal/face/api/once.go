package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/face/api/frame"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// kept is an answer as it is stored, so that a repeated request gets the same
// bytes and the same headers.
type kept struct {
	Header http.Header `json:"header"`
	Body   string      `json:"body"`
}

// errNothing gives up the transaction of a request that was refused: the claim
// on its key goes with it, so that the request may be mended and sent again.
var errNothing = errors.New("the request had no effect")

// once answers a POST. If it carries an Idempotency-Key, of all requests with
// that key one has its effect, and the others get its answer, byte for byte.
func (s *server) once(r *http.Request, c *frame.Call, body []byte) (*answered, error) {
	name, err := idempotencyKey(r, c.By)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return s.handle(r.Context(), r, c, body)
	}
	return s.together(r, c, body, claim{name, digest(r.Method, c.Path, string(body))})
}

// claim is a request with an Idempotency-Key.
type claim struct{ name, request string }

// together makes the claim on the key, all that the request does, and its
// answer one transaction: whoever kills the server at any moment leaves all of
// it or nothing. Requests that come meanwhile wait for that transaction.
func (s *server) together(r *http.Request, c *frame.Call, body []byte, k claim) (a *answered, err error) {
	err = s.DB.Update(r.Context(), func(tx *db.Tx) error {
		before, first, err := apikey.Claim(tx, c.By.Workspace, k.name, k.request)
		if err != nil {
			return err
		}
		if !first {
			a, err = again(before)
			return err
		}
		if a, err = s.handle(s.DB.Join(r.Context(), tx), r, c, body); err != nil {
			return err
		}
		if a.status >= http.StatusBadRequest {
			return errNothing
		}
		return keep(tx, c.By, k, a)
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return a, err
}

// keep stores an answer for whoever repeats the request.
func keep(tx *db.Tx, by access.Actor, k claim, a *answered) error {
	text, err := json.Marshal(kept{a.header, a.body.String()})
	if err != nil {
		return err
	}
	return apikey.Answer(tx, by.Workspace, k.name, apikey.Reply{Status: int64(a.status), Body: string(text)})
}

// again is an answer that was kept.
func again(r apikey.Reply) (*answered, error) {
	var v kept
	if err := json.Unmarshal([]byte(r.Body), &v); err != nil {
		return nil, err
	}
	a := &answered{status: int(r.Status), header: v.Header}
	a.body.WriteString(v.Body)
	a.header.Set("Idempotency-Replayed", "true")
	return a, nil
}

// idempotencyKey returns the name under which the answer is kept. Each API key
// has names of its own: what one was told is not for another.
func idempotencyKey(r *http.Request, by access.Actor) (string, error) {
	all := r.Header.Values("Idempotency-Key")
	if len(all) == 0 {
		return "", nil
	}
	text := all[0]
	good := len(all) == 1 && text != "" && len(text) <= 255
	for i := 0; i < len(text); i++ {
		good = good && text[i] > ' ' && text[i] < 0x7f
	}
	if !good {
		return "", errs.AtField("header.Idempotency-Key", "An Idempotency-Key has 1 to 255 letters, digits and signs, without spaces; a UUID does well.")
	}
	return digest(by.Name, text), nil
}

func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
