package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"involt/internal/face/api/frame"
	"involt/internal/face/api/groups"
	"involt/internal/flow/equip"
	"involt/internal/kit/errs"

	"github.com/danielgtaylor/huma/v2"
)

// Problem is every refusal, as RFC 9457 spells it.
type Problem struct {
	Type   string    `json:"type" format:"uri" doc:"The kind of problem: an address that explains it." example:"https://involt.example/api/docs#problem-invalid"`
	Title  string    `json:"title" doc:"The kind of problem in a few words; always the same for one type." example:"Invalid input"`
	Status int       `json:"status" doc:"The HTTP status." example:"422"`
	Detail string    `json:"detail" doc:"One sentence that says what is wrong and what to do." example:"The e-mail address is empty."`
	Errors []Mistake `json:"errors,omitempty" nullable:"false" doc:"The inputs at fault, where it is known which."`

	Confirm string         `json:"confirm,omitempty" doc:"Where a change would take something from users: what to send with it to have it made, once you have looked at effect." example:"12.0.0.1"`
	Effect  *groups.Effect `json:"effect,omitempty" doc:"Where a change would take something from users: what, and from how many."`
}

// Mistake is one input at fault.
type Mistake struct {
	Detail    string `json:"detail" doc:"What is wrong with it." example:"The e-mail address is empty."`
	Pointer   string `json:"pointer,omitempty" doc:"Where in the body: a JSON Pointer behind #." example:"#/email"`
	Parameter string `json:"parameter,omitempty" doc:"Which part of the path or the query." example:"limit"`
	Header    string `json:"header,omitempty" doc:"Which header." example:"If-Match"`
}

// sort is a kind of problem: its status, its name in the type's address and its
// title.
type sort struct {
	status      int
	name, title string
	means       string // for the reader page
}

// kinds maps errs to what HTTP says, and nothing else does.
var kinds = map[errs.Kind]sort{
	errs.Internal:    {http.StatusInternalServerError, "internal", "Fault of the server", "A fault of ours. It is in the log with all that is known; the request may be repeated."},
	errs.Invalid:     {http.StatusUnprocessableEntity, "invalid", "Invalid input", "Something in the request is wrong; errors says what and where."},
	errs.NotFound:    {http.StatusNotFound, "not-found", "Not found", "There is no such thing in this workspace."},
	errs.Conflict:    {http.StatusConflict, "conflict", "Conflict", "It exists already, or its present state does not allow this."},
	errs.Denied:      {http.StatusForbidden, "denied", "Not allowed", "The API key lacks a permission; detail names it."},
	errs.SignedOut:   {http.StatusUnauthorized, "unauthorized", "No valid API key", "The request carries no API key, or one that is wrong or revoked."},
	errs.Gone:        {http.StatusGone, "gone", "Gone", "It existed, but has expired or was used."},
	errs.Unavailable: {http.StatusServiceUnavailable, "unavailable", "Unavailable", "Try again after the seconds that Retry-After says."},
}

// sorts are the problems that only HTTP knows.
var sorts = []sort{
	{http.StatusBadRequest, "malformed", "Malformed request", "The body is no JSON, or nests too deep."},
	{http.StatusMethodNotAllowed, "method", "Method not allowed", "The path exists, but not with this method; Allow lists those that do."},
	{http.StatusNotAcceptable, "not-acceptable", "Not acceptable", "Answers are JSON; Accept must allow that."},
	{http.StatusRequestTimeout, "timeout", "Too slow", "The body did not arrive in time."},
	{http.StatusPreconditionFailed, "changed", "Changed meanwhile", "If-Match names another version than the present one: read again, then repeat the change."},
	{http.StatusRequestEntityTooLarge, "too-large", "Body too large", "A body may have 1 MiB."},
	{http.StatusUnsupportedMediaType, "media-type", "Unsupported media type", "Bodies are JSON: Content-Type must be application/json."},
}

func sortOf(status int) sort {
	for _, s := range kinds {
		if s.status == status {
			return s
		}
	}
	for _, s := range sorts {
		if s.status == status {
			return s
		}
	}
	return sort{status: status, name: "http", title: http.StatusText(status)}
}

// problem says err the way the API does. What is a fault of ours keeps its
// detail for the log.
func (s *server) problem(err error) Problem {
	if r, ok := errors.AsType[*frame.Refusal](err); ok {
		return s.problemOf(sortOf(r.Status), r.Text)
	}
	kind := errs.KindOf(err)
	e, ok := errors.AsType[*errs.Error](err)
	if !ok || kind == errs.Internal {
		return s.problemOf(kinds[errs.Internal], "Something went wrong on our side. It was noted; please try again.")
	}
	p := s.problemOf(kinds[kind], e.Text)
	p.Errors = mistakes(err)
	if look, ok := errors.AsType[*equip.Look](err); ok {
		p.Confirm, p.Effect = look.Effect.Seen(), groups.EffectOf(&look.Effect)
	}
	return p
}

// mistakes lists the inputs at fault that err names; several errors may be
// joined in it.
func mistakes(err error) (all []Mistake) {
	for _, e := range frame.Leaves(err) {
		if e.Field != "" {
			all = append(all, at(e.Field, e.Text))
		}
	}
	return all
}

func (s *server) problemOf(k sort, detail string) Problem {
	return Problem{Type: s.Public + docsPath + "#problem-" + k.name, Title: k.title, Status: k.status, Detail: detail}
}

// at says where a field of errs is: a header, a parameter, or a place in the
// body.
func at(field, detail string) Mistake {
	m := Mistake{Detail: detail}
	switch where, name, found := strings.Cut(field, "."); {
	case field == "Idempotency-Key":
		m.Header = field
	case found && where == "header":
		m.Header = name
	case found && (where == "query" || where == "path"):
		m.Parameter = name
	default:
		m.Pointer = pointer(field)
	}
	return m
}

// pointer turns people.1.email into #/people/1/email.
func pointer(field string) string {
	var b strings.Builder
	b.WriteByte('#')
	for part := range strings.SplitSeq(field, ".") {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	return b.String()
}

// translate turns what the framework says about an input into our problem. It
// never repeats the value: a log or a screen may show the problem.
func (s *server) translate(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := s.problemOf(sortOf(m.Status), sentence(m.Detail))
	for _, d := range m.Errors {
		field, bare := strings.CutPrefix(d.Location, "body")
		if bare {
			field = strings.TrimPrefix(strings.NewReplacer("[", ".", "]", "").Replace(field), ".")
		}
		text := sentence(d.Message)
		if bare && field == "" {
			p.Errors = append(p.Errors, Mistake{Detail: text, Pointer: "#"})
			continue
		}
		p.Errors = append(p.Errors, at(field, text))
	}
	if len(p.Errors) > 0 {
		p.Detail = p.Errors[0].Detail
	}
	return p, nil
}

// sentence makes one of the framework's remarks.
func sentence(text string) string {
	switch {
	case text == "unexpected property":
		return "There is no such field here."
	case text == "":
		return "The request is not right."
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

const problemType = "application/problem+json"

// refuse answers with err, outside the framework.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(err)
	h := w.Header()
	s.plainHeaders(h)
	if r, ok := errors.AsType[*frame.Refusal](err); ok && r.Allow != "" {
		h.Set("Allow", r.Allow)
	}
	h.Set("Content-Type", problemType)
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="Involt API"`)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	case http.StatusInternalServerError:
		s.log.ErrorContext(r.Context(), "an API request failed", "method", r.Method, "path", r.URL.Path, "error", err.Error())
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone; there is nobody to tell
}
