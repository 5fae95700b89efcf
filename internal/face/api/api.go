// Package api is REST for programs: /api/v1, JSON in snake_case, bearer API keys.
//
// One table ([Operations]) says which operations there are, what each needs and
// what it answers. The routes, the OpenAPI document at /api/openapi.json, the
// page at /api/docs and the test that tries every route as the wrong workspace
// all come from it.
//
// A request passes, in this order: the key (401), the path (404, 405), the
// permission (403), the size and shape of the body (413, 400), the
// Idempotency-Key, the values (422), and then the one call that does it. The
// answer is held back until that has committed. No cookie is read or set.
package api

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"involt/internal/core/access"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/enter"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Where the API is.
const (
	prefix       = "/api/v1"
	documentPath = "/api/openapi.json"
	docsPath     = "/api/docs"
)

// Config is what the API works with. All but Log is needed.
type Config struct {
	DB        *db.DB
	Ring      *seal.Ring // seals cursors
	PublicURL string     // of the server, without a slash at the end: https://involt.example
	Enter     *enter.Service
	Onboard   *onboard.Service
	People    *people.Service
	Wallet    *wallet.Service
	Browse    *browse.Service
	Admit     *admit.Service
	Log       *slog.Logger // nil: the default one
}

type server struct {
	Config
	public   string
	log      *slog.Logger
	mux      *http.ServeMux // the operations
	ops      map[string]*Operation
	document []byte
	docs     []byte
}

// New returns a handler for everything below /api/.
func New(c Config) (http.Handler, error) {
	s := &server{Config: c, public: strings.TrimSuffix(c.PublicURL, "/"), log: c.Log, mux: http.NewServeMux(), ops: map[string]*Operation{}}
	if s.log == nil {
		s.log = slog.Default()
	}
	h := humago.New(s.mux, s.framework())
	table := Operations()
	for i := range table {
		op := &table[i]
		s.ops[op.Method+" "+op.Path] = op
		op.bind(s, h, s.described(h, op))
		op.bodiless = operationOf(h.OpenAPI(), op).RequestBody == nil
	}
	var err error
	if s.document, err = document(h.OpenAPI(), s.public); err != nil {
		return nil, fmt.Errorf("the OpenAPI document cannot be made: %w", err)
	}
	if s.docs, err = s.reader(h.OpenAPI(), table); err != nil {
		return nil, fmt.Errorf("the page about the API cannot be made: %w", err)
	}
	return s, nil
}

// call is what is known about the request that is being answered.
type call struct {
	by   access.Actor
	op   *Operation
	path string // with the query, as it was asked for
	err  error  // why it is refused, if a handler said so
}

type callKey struct{}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// plainHeaders are on every answer: it is data, for nobody's cache but the
// asker's own, and no page may show it as anything else.
func (s *server) plainHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
}

// ServeHTTP answers one request.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			s.refuse(w, r, fmt.Errorf("panic: %v", v))
		}
	}()
	switch r.URL.Path {
	case documentPath:
		s.serveText(w, r, "application/json", s.document)
		return
	case docsPath, docsPath + "/":
		s.serveText(w, r, "text/html; charset=utf-8", s.docs)
		return
	}
	a, err := s.answer(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	h := w.Header()
	s.plainHeaders(h)
	for name, values := range a.header {
		h[name] = values
	}
	if tag := h.Get("ETag"); tag != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) && a.status == http.StatusOK && anyTag(r.Header.Get("If-None-Match"), tag) {
		h.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // the client is gone; there is nobody to tell
}

// answered is an answer that is held back.
type answered struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *answered) Header() http.Header         { return a.header }
func (a *answered) Write(b []byte) (int, error) { return a.body.Write(b) }
func (a *answered) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// answer finds out what to answer.
func (s *server) answer(r *http.Request) (*answered, error) {
	by, err := s.actor(r)
	if err != nil {
		return nil, err
	}
	_, pattern := s.mux.Handler(r)
	op := s.ops[pattern]
	if op == nil {
		return nil, s.noSuchRoute(r)
	}
	c := &call{by: by, op: op, path: r.URL.RequestURI()}
	if err := needs(c.by, op.Perm); err != nil {
		return nil, err
	}
	if err := plainQuery(r); err != nil {
		return nil, err
	}
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if text := string(bytes.TrimSpace(body)); op.bodiless && text != "" && text != "{}" {
		return nil, errs.New(errs.Invalid, "This operation takes no body.")
	}
	if r.Method == http.MethodPost {
		return s.once(r, c, body)
	}
	return s.handle(r.Context(), r, c, body)
}

// handle lets the operation's handler answer.
func (s *server) handle(ctx context.Context, r *http.Request, c *call, body []byte) (*answered, error) {
	a := &answered{header: http.Header{}}
	c.err = nil
	r = r.WithContext(context.WithValue(ctx, callKey{}, c))
	r.Body = readerOf(body)
	s.mux.ServeHTTP(a, r)
	return a, c.err
}

// noSuchRoute says whether the path or only the method is wrong.
func (s *server) noSuchRoute(r *http.Request) error {
	probe := &answered{header: http.Header{}}
	s.mux.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		return &refusal{status: probe.status, text: "This path does not know the method " + r.Method + ". It knows: " + probe.header.Get("Allow") + ".", allow: probe.header.Get("Allow")}
	}
	return errs.New(errs.NotFound, "There is no such path. %s lists those that there are.", s.public+docsPath)
}

func (s *server) serveText(w http.ResponseWriter, r *http.Request, kind string, text []byte) {
	h := w.Header()
	s.plainHeaders(h)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.refuse(w, r, &refusal{status: http.StatusMethodNotAllowed, text: "This can only be read: use GET.", allow: "GET, HEAD"})
		return
	}
	if strings.HasPrefix(kind, "text/html") {
		h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+docsStyleHash+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
	}
	tag := tagOf(text)
	h.Set("ETag", tag)
	if anyTag(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", kind)
	_, _ = w.Write(text) // the client is gone; there is nobody to tell
}

// framework configures the library that checks inputs against the table and
// describes them.
func (s *server) framework() huma.Config {
	c := huma.DefaultConfig("Involt", "1")
	c.DocsPath, c.OpenAPIPath, c.SchemasPath = "", "", "" // our own, above
	c.CreateHooks = nil                                   // they would add $schema to every answer
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{s.translate}
	strict := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}
	c.Formats = map[string]huma.Format{"application/json": strict, "json": strict}
	return c
}
