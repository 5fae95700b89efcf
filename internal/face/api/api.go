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

	"involt/internal/face/api/frame"
	"involt/internal/kit/errs"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Where the API is.
const (
	prefix       = frame.Prefix
	documentPath = "/api/openapi.json"
	docsPath     = "/api/docs"
)

// Config is what the API works with. All but Log is needed.
type Config = frame.Config

type server struct {
	*frame.Server
	log      *slog.Logger
	mux      *http.ServeMux // the operations
	ops      map[string]*Operation
	bodiless map[*Operation]bool // take no body
	document []byte
	docs     []byte
}

// New returns a handler for everything below /api/.
func New(c Config) (http.Handler, error) {
	s := &server{
		Server: &frame.Server{Config: c, Public: strings.TrimSuffix(c.PublicURL, "/")}, log: c.Log, mux: http.NewServeMux(),
		ops: map[string]*Operation{}, bodiless: map[*Operation]bool{},
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	h := humago.New(s.mux, s.framework())
	table := Operations()
	for i := range table {
		op := &table[i]
		s.ops[op.Method+" "+op.Path] = op
		op.Bind(s.Server, h, s.described(h, op))
		s.bodiless[op] = operationOf(h.OpenAPI(), op).RequestBody == nil
	}
	var err error
	if s.document, err = document(h.OpenAPI(), s.Public); err != nil {
		return nil, fmt.Errorf("the OpenAPI document cannot be made: %w", err)
	}
	if s.docs, err = s.reader(h.OpenAPI(), table); err != nil {
		return nil, fmt.Errorf("the page about the API cannot be made: %w", err)
	}
	return s, nil
}

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
		if v := recover(); v == http.ErrAbortHandler { //nolint:errorlint // a value of panic, and never wrapped
			panic(v) // half of a file has left
		} else if v != nil {
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
	if s.Away != nil && s.Away() {
		s.refuse(w, r, errs.New(errs.Unavailable, "The database does not answer. Chargers go on; everything else waits for it."))
		return
	}
	a, err := s.answer(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if a.file != nil {
		s.send(w, r, a.file)
		return
	}
	h := w.Header()
	s.plainHeaders(h)
	for name, values := range a.header {
		h[name] = values
	}
	if tag := h.Get("ETag"); tag != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) && a.status == http.StatusOK && frame.AnyTag(r.Header.Get("If-None-Match"), tag) {
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
	file   *frame.File // the answer, where it is one that is not held back
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
	c := &frame.Call{By: by, Op: op, Path: r.URL.RequestURI()}
	if err := frame.Needs(c.By, op.Perm); err != nil {
		return nil, err
	}
	if err := plainQuery(r); err != nil {
		return nil, err
	}
	body, err := readBody(r, op.Raw)
	if err != nil {
		return nil, err
	}
	if text := string(bytes.TrimSpace(body)); s.bodiless[op] && text != "" && text != "{}" {
		return nil, errs.New(errs.Invalid, "This operation takes no body.")
	}
	if r.Method == http.MethodPost {
		return s.once(r, c, body)
	}
	return s.handle(r.Context(), r, c, body)
}

// handle lets the operation's handler answer.
func (s *server) handle(ctx context.Context, r *http.Request, c *frame.Call, body []byte) (*answered, error) {
	a := &answered{header: http.Header{}}
	c.Err = nil
	r = r.WithContext(c.With(ctx, r.Context()))
	r.Body = readerOf(body)
	s.mux.ServeHTTP(a, r)
	a.file = c.File
	return a, c.Err
}

// send answers with a file as it is written.
func (s *server) send(w http.ResponseWriter, r *http.Request, f *frame.File) {
	to := &sending{w: w, begin: func() {
		h := w.Header()
		s.plainHeaders(h)
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Type", f.Type)
		h.Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	}}
	err := f.Write(r.Context(), to)
	switch {
	case err == nil:
	case to.begin != nil:
		s.refuse(w, r, err)
	default:
		if r.Context().Err() == nil {
			s.log.ErrorContext(r.Context(), "an export broke off", "err", errs.Text(err))
		}
		panic(http.ErrAbortHandler)
	}
}

// sending is a file that leaves: its headers go with the first byte.
type sending struct {
	w     http.ResponseWriter
	begin func() // nil once it has begun
}

func (f *sending) Write(p []byte) (int, error) {
	if f.begin != nil {
		f.begin()
		f.begin = nil
	}
	return f.w.Write(p)
}

// noSuchRoute says whether the path or only the method is wrong.
func (s *server) noSuchRoute(r *http.Request) error {
	probe := &answered{header: http.Header{}}
	s.mux.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		return &frame.Refusal{Status: probe.status, Text: "This path does not know the method " + r.Method + ". It knows: " + probe.header.Get("Allow") + ".", Allow: probe.header.Get("Allow")}
	}
	return errs.New(errs.NotFound, "There is no such path. %s lists those that there are.", s.Public+docsPath)
}

func (s *server) serveText(w http.ResponseWriter, r *http.Request, kind string, text []byte) {
	h := w.Header()
	s.plainHeaders(h)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.refuse(w, r, &frame.Refusal{Status: http.StatusMethodNotAllowed, Text: "This can only be read: use GET.", Allow: "GET, HEAD"})
		return
	}
	if strings.HasPrefix(kind, "text/html") {
		h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+docsStyleHash+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
	}
	tag := frame.TagOf(text)
	h.Set("ETag", tag)
	if frame.AnyTag(r.Header.Get("If-None-Match"), tag) {
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
