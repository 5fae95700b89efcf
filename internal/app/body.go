package app

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// limit is how much a client may send in one request, and for how long.
type limit struct {
	most int64 // bytes; 0 leaves that to the handler
	time time.Duration
}

// formTime is how long a body may take to arrive, whatever its size: a client
// that never ends would hold its connection, and the stop of the server, for ever.
const formTime = 30 * time.Second

var (
	formLimit   = limit{most: 1 << 20, time: formTime}
	uploadLimit = limit{time: time.Hour} // a large file over a slow line; most is for the face to say
	apiLimit    = limit{time: formTime}  // which cuts its bodies itself
)

// bounded holds the bodies of next's requests to l. Reading more is an
// *http.MaxBytesError, reading later an os.ErrDeadlineExceeded. It must not be
// given requests whose connection is taken over.
func (l limit) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		conn := http.NewResponseController(w)
		// A connection that knows no deadlines, as in tests, needs none.
		_ = conn.SetReadDeadline(time.Now().Add(l.time))
		r.Body = &timed{r.Body, conn}
		if l.most > 0 {
			r.Body = http.MaxBytesReader(w, r.Body, l.most)
		}
		next.ServeHTTP(w, r)
	})
}

// timed ends the deadline with the body: from there on the server reads on to
// learn whether the client is still there, and a deadline then would end the
// work that the request began. Before the next request on the connection the
// server sets a deadline of its own.
type timed struct {
	io.ReadCloser
	conn *http.ResponseController
}

func (t *timed) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = t.conn.SetReadDeadline(time.Time{})
	}
	return n, err //nolint:wrapcheck // a reader hands on what it got
}

// secured has browsers come by https alone for a year, if that is how people see
// the server.
func (a *App) secured(next http.Handler) http.Handler {
	if !strings.HasPrefix(a.Config.PublicURL, "https://") {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}
