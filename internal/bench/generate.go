package bench

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// plan is the first line that a generator is told.
type plan struct {
	Rows     int
	Targets  map[string]string // name → address; the charger's identity is appended
	Chargers []charger
}

type charger struct{ Identity, Key, Protocol string }

// order asks for a round.
type order struct {
	To          string
	Nanoseconds int64
}

// outcome is what the round came to. Times are in milliseconds.
type outcome struct {
	Trips            int
	P50, P99         float64
	Seconds          float64
	Accepted, Others int // answers, of which Others were no result
}

// Generate is the load generator: it connects every charger to every server and
// then taps cards as often as it is told to, until in ends.
func Generate(ctx context.Context, in io.Reader, out io.Writer) error {
	orders, answers := json.NewDecoder(in), json.NewEncoder(out)
	var p plan
	if err := orders.Decode(&p); err != nil {
		return err
	}
	lines := map[string][]*line{}
	defer func() {
		for _, list := range lines {
			for _, l := range list {
				_ = l.ws.CloseNow()
			}
		}
	}()
	for name, url := range p.Targets {
		for i, c := range p.Chargers {
			l, err := dial(ctx, url, c, p.Rows, i)
			if err != nil {
				return fmt.Errorf("%s, charger %s: %w", name, c.Identity, err)
			}
			lines[name] = append(lines[name], l)
		}
	}
	if err := answers.Encode(struct{}{}); err != nil {
		return err
	}
	for {
		var o order
		if err := orders.Decode(&o); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		done, err := tapAll(lines[o.To], time.Duration(o.Nanoseconds))
		if err != nil {
			return fmt.Errorf("%s: %w", o.To, err)
		}
		if o.To != "echo" && done.Others > 0 {
			return fmt.Errorf("%s: %d of %d answers were no results", o.To, done.Others, done.Trips)
		}
		if err := answers.Encode(done); err != nil {
			return err
		}
	}
}

// line is one charger's connection to one of the servers.
type line struct {
	ws     *websocket.Conn
	frames [][]byte
	next   int
	buf    []byte
	took   []float64
	err    error
	outcome
}

func dial(ctx context.Context, url string, c charger, rows, n int) (*line, error) {
	head := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(c.Identity+":"+c.Key))}}
	ws, res, err := websocket.Dial(ctx, url+"/"+c.Identity, &websocket.DialOptions{
		HTTPHeader: head, Subprotocols: []string{c.Protocol}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, err
	}
	if res.Body != nil {
		_ = res.Body.Close()
	}
	l := &line{ws: ws}
	r := dice(c.Identity)
	for i := range 256 {
		payload := `{"idTag":"%s"}`
		if c.Protocol != "ocpp1.6" {
			payload = `{"idToken":{"idToken":"%s","type":"ISO14443"}}`
		}
		payload = fmt.Sprintf(payload, spelling(r, uid(known(r, rows))))
		l.frames = append(l.frames, fmt.Appendf(nil, `[2,"%08x-0000-4000-8000-%012x","Authorize",%s]`, n, i, payload))
	}
	return l, nil
}

func tapAll(lines []*line, length time.Duration) (all outcome, err error) {
	var wg sync.WaitGroup
	began := time.Now()
	for _, l := range lines {
		wg.Go(func() { l.err = l.tap(began.Add(length)) })
	}
	wg.Wait()
	all.Seconds = time.Since(began).Seconds()
	var took []float64
	for _, l := range lines {
		if l.err != nil {
			return all, l.err
		}
		took = append(took, l.took...)
		all.Accepted, all.Others = all.Accepted+l.Accepted, all.Others+l.Others
	}
	all.Trips = len(took)
	all.P50, all.P99 = percentile(took, .5), percentile(took, .99)
	return all, nil
}

var accepted = []byte(`"status":"Accepted"`)

// tap taps one card after the other until end.
func (l *line) tap(end time.Time) error {
	l.took, l.outcome = l.took[:0], outcome{}
	for {
		began := time.Now()
		if began.After(end) {
			return nil
		}
		frame := l.frames[l.next%len(l.frames)]
		l.next++
		if err := l.ws.Write(context.Background(), websocket.MessageText, frame); err != nil {
			return err
		}
		_, b, err := receive(l.ws, l.buf)
		if err != nil {
			return err
		}
		l.buf = b
		l.took = append(l.took, ms(time.Since(began)))
		if !bytes.HasPrefix(b, []byte("[3,")) {
			l.Others++
		} else if bytes.Contains(b, accepted) {
			l.Accepted++
		}
	}
}
