package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var docsCSS string

// docsStyleHash lets the page's own style sheet through its policy, and no
// other.
var docsStyleHash = func() string {
	sum := sha256.Sum256([]byte(docsCSS))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}()

// The page's data: what its template reads.
type (
	docsPage struct {
		CSS      template.CSS
		About    []template.HTML
		Document string
		Server   string
		Groups   []docsGroup
		Problems []docsProblem
	}
	docsGroup struct {
		Name, Means string
		Ops         []docsOp
	}
	docsOp struct {
		Method, Path, ID, Summary string
		About                     []string
		Params                    []docsField
		Sends                     []docsField
		Gives                     []docsField
		Request, Answer           string // examples
		Status                    int
		Refusals                  []docsProblem
	}
	docsField struct {
		Name, Where, Type, Means string
		Required                 bool
	}
	docsProblem struct {
		Status             int
		Name, Title, Means string
	}
)

// reader makes the page about the API, from the table and the document.
func (s *server) reader(o *huma.OpenAPI, table []Operation) ([]byte, error) {
	p := docsPage{CSS: template.CSS(docsCSS), About: paragraphs(about), Document: documentPath, Server: s.Public} //nolint:gosec // our own file
	for _, t := range tags {
		g := docsGroup{Name: t.name, Means: t.means}
		for i := range table {
			if table[i].Tag == t.name {
				g.Ops = append(g.Ops, s.docsOf(o, &table[i]))
			}
		}
		p.Groups = append(p.Groups, g)
	}
	for _, k := range kinds {
		p.Problems = append(p.Problems, docsProblem{k.status, k.name, k.title, k.means})
	}
	for _, k := range sorts {
		p.Problems = append(p.Problems, docsProblem{k.status, k.name, k.title, k.means})
	}
	slices.SortFunc(p.Problems, func(a, b docsProblem) int { return a.Status - b.Status })
	t, err := template.New("docs").Parse(docsHTML)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, p)
	return out.Bytes(), err
}

func (s *server) docsOf(o *huma.OpenAPI, op *Operation) docsOp {
	d := docsOp{Method: op.Method, Path: op.Path, ID: op.ID, Summary: op.Summary, Status: op.Status}
	of := operationOf(o, op)
	d.About = strings.Split(of.Description, "\n\n")
	for _, p := range of.Parameters {
		d.Params = append(d.Params, docsField{p.Name, p.In, typeOf(o.Components.Schemas, p.Schema), p.Description, p.Required})
	}
	if of.RequestBody != nil && !op.Raw {
		m := of.RequestBody.Content["application/json"]
		d.Sends = fieldsOf(o.Components.Schemas, m.Schema, "", 0)
		d.Request = pretty(m.Example)
	}
	if m := of.Responses[strconv.Itoa(op.Status)].Content["application/json"]; m != nil {
		d.Gives = fieldsOf(o.Components.Schemas, m.Schema, "", 0)
		d.Answer = pretty(m.Example)
	}
	for status, r := range of.Responses {
		if n, _ := strconv.Atoi(status); n >= http.StatusBadRequest {
			k := sortOf(n)
			d.Refusals = append(d.Refusals, docsProblem{n, k.name, k.title, r.Description})
		}
	}
	slices.SortFunc(d.Refusals, func(a, b docsProblem) int { return a.Status - b.Status })
	return d
}

func pretty(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// fieldsOf lists the fields of a body, those of rows and parts with a dot.
func fieldsOf(r huma.Registry, s *huma.Schema, before string, depth int) (list []docsField) {
	if s == nil || depth > 4 {
		return nil
	}
	if s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		p := s.Properties[name]
		list = append(list, docsField{Name: before + name, Type: typeOf(r, p), Means: p.Description, Required: slices.Contains(s.Required, name)})
		switch {
		case p.Type == huma.TypeArray:
			list = append(list, fieldsOf(r, p.Items, before+name+"[].", depth+1)...)
		case p.Ref != "":
			list = append(list, fieldsOf(r, p, before+name+".", depth+1)...)
		}
	}
	return list
}

func typeOf(r huma.Registry, s *huma.Schema) string {
	if s == nil {
		return ""
	}
	nullable := s.Nullable
	if s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	text := s.Type
	switch {
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			words[i], _ = v.(string)
		}
		text = strings.Join(words, " | ")
	case s.Format == "date-time":
		text = "time"
	case s.Type == huma.TypeArray:
		text = "list of " + typeOf(r, s.Items)
	}
	if nullable {
		text += ", or null"
	}
	return text
}

// paragraphs sets text in which **words** are strong and `words` are code.
func paragraphs(text string) (all []template.HTML) {
	for p := range strings.SplitSeq(text, "\n\n") {
		p = template.HTMLEscapeString(p)
		for _, m := range []struct{ sign, tag string }{{"**", "strong"}, {"`", "code"}} {
			for strings.Count(p, m.sign) >= 2 {
				p = strings.Replace(p, m.sign, "<"+m.tag+">", 1)
				p = strings.Replace(p, m.sign, "</"+m.tag+">", 1)
			}
		}
		all = append(all, template.HTML(p)) //nolint:gosec // escaped above
	}
	return all
}
