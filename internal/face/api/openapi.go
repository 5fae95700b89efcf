package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"involt/internal/core/access"
	"involt/internal/kit/table"

	"github.com/danielgtaylor/huma/v2"
)

const about = `What the console does, for programs. All paths take and give JSON in snake_case; times are RFC 3339 in UTC, energy is in watt-hours.

**Keys.** Make an API key in the console under Settings and send it as ` + "`Authorization: Bearer ik_…`" + `. A key belongs to one workspace and holds permissions; each operation names those it needs.

**Lists** give at most limit rows and a next_cursor, null at the end; the Link header has the address of the next page. A cursor is good for the filters that it was given for.

**Repeating.** Send a POST with an Idempotency-Key of your own and repeat it as often as the network makes you: it has one effect and one answer.

**Changes.** An ETag begins with the version of what was read. Send it as If-Match with a change, and the change is refused with 412 if somebody else was faster. Send it as If-None-Match with a GET, and what has not changed is not sent again (304).

**What takes something from users**, such as a group that is deleted, is refused with 409 at first: effect says from how many, and confirm is what to send with the same change to have it made.

**Refusals** are RFC 9457 problems (application/problem+json): type says the kind, detail the reason in a sentence, errors the inputs at fault. Unknown fields and parameters are refused.`

const bearer = "api_key"

// described makes of a line of the table what the framework wants to know.
func (s *server) described(h huma.API, op *Operation) huma.Operation {
	d := huma.Operation{
		Method: op.Method, Path: op.Path, OperationID: op.ID, Tags: []string{op.Tag}, Summary: op.Summary,
		Description: op.Description + "\n\nNeeds the permission " + strings.Join(op.Perm.Names(), ", ") + ".",
		Security:    []map[string][]string{{bearer: {}}}, DefaultStatus: op.Status, MaxBodyBytes: 2 * maxBody, // readBody has cut it before
		Responses: map[string]*huma.Response{},
		Extensions: map[string]any{
			"x-permissions": op.Perm.Names(),
		},
	}
	if op.Raw {
		d.MaxBodyBytes = 2 * maxRaw
	}
	refusals := append([]int{400, 401, 403, 422, 500, 503}, op.Refusals...)
	if op.Method == http.MethodPost || op.Method == http.MethodPatch || op.Method == http.MethodPut {
		refusals = append(refusals, 413, 415)
	}
	schema := h.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, status := range refusals {
		k := sortOf(status)
		d.Responses[strconv.Itoa(status)] = &huma.Response{Description: k.title + ". " + k.means, Content: map[string]*huma.MediaType{
			problemType: {Schema: schema, Example: s.problemOf(k, k.means)},
		}}
	}
	d.Responses["401"].Headers = map[string]*huma.Param{"WWW-Authenticate": text("Asks for a bearer key.")}
	d.Responses["503"].Headers = map[string]*huma.Param{"Retry-After": text("How many seconds to wait.")}
	if op.Method == http.MethodPost {
		d.Responses[strconv.Itoa(op.Status)] = &huma.Response{Headers: map[string]*huma.Param{
			"Idempotency-Replayed": text("true where the answer is that of an earlier request with the same Idempotency-Key."),
		}}
	}
	if op.Files {
		file := &huma.Response{Description: "The file.", Content: map[string]*huma.MediaType{}, Headers: map[string]*huma.Param{
			"Content-Disposition": text("What the file is called."),
		}}
		for _, f := range table.Formats {
			kind, _, _ := strings.Cut(f.ContentType(), ";")
			file.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "The format " + string(f) + "."}}
		}
		d.Responses[strconv.Itoa(op.Status)] = file
	}
	if op.Method == http.MethodGet && !op.Files {
		p := text("The ETag of an earlier answer: if it still holds, the answer is 304 without a body.")
		p.Name, p.In = "If-None-Match", "header"
		d.Parameters = append(d.Parameters, p)
		d.Responses["304"] = &huma.Response{Description: "Not changed since the answer whose ETag If-None-Match names."}
	}
	if op.Example != nil {
		d.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Example: op.Example}}}
	}
	return d
}

// operationOf finds a line of the table in the document.
func operationOf(o *huma.OpenAPI, op *Operation) *huma.Operation {
	item := o.Paths[op.Path]
	return map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPatch: item.Patch, http.MethodPut: item.Put, http.MethodDelete: item.Delete,
	}[op.Method]
}

// text describes a header.
func text(means string) *huma.Param {
	return &huma.Param{Description: means, Schema: &huma.Schema{Type: huma.TypeString}}
}

// document finishes the OpenAPI document.
func document(o *huma.OpenAPI, public string) ([]byte, error) {
	o.Info.Title, o.Info.Description = "Involt", about
	o.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	o.Servers = []*huma.Server{{URL: public, Description: "This server."}}
	o.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearer: {Type: "http", Scheme: "bearer", Description: "An API key, ik_…, made in the console. Its permissions: " + strings.Join(access.All.Names(), ", ") + "."},
	}
	for _, t := range tags {
		o.Tags = append(o.Tags, &huma.Tag{Name: t.name, Description: t.means})
	}
	schemas := o.Components.Schemas.Map()
	delete(schemas, "ErrorModel") // the framework's own; ours is Problem
	delete(schemas, "ErrorDetail")
	for _, item := range o.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Put, item.Delete} {
			if op != nil {
				exemplify(o.Components.Schemas, op)
			}
		}
	}
	return json.MarshalIndent(o, "", " ")
}

// exemplify gives each body that has no example the one that its fields' own
// examples make.
func exemplify(r huma.Registry, op *huma.Operation) {
	if op.RequestBody != nil {
		for _, m := range op.RequestBody.Content {
			if m.Example == nil {
				m.Example = example(r, m.Schema, 0)
			}
		}
	}
	for status, resp := range op.Responses {
		if m := resp.Content["application/json"]; m != nil && strings.HasPrefix(status, "2") {
			m.Example = example(r, m.Schema, 0)
		}
	}
}

func example(r huma.Registry, s *huma.Schema, depth int) any {
	if s == nil || depth > 6 {
		return nil
	}
	if s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Type == huma.TypeObject:
		v := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			v[name] = example(r, s.Properties[name], depth+1)
		}
		return v
	case s.Type == huma.TypeArray:
		return []any{example(r, s.Items, depth+1)}
	case s.Nullable:
		return nil
	case s.Format == "date-time":
		return "2026-11-03T08:15:00Z"
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == huma.TypeBoolean:
		return false
	case s.Type == huma.TypeInteger, s.Type == huma.TypeNumber:
		return 0
	}
	return ""
}
