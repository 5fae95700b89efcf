package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"involt/internal/face/api/frame"
	"involt/internal/kit/table"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

func TestTheDocumentIsComplete(t *testing.T) {
	r := serve(t, dbtest.Open(t, dbtest.SQLite(t)))
	a := r.do("", "GET", documentPath, nil).want(http.StatusOK)
	doc := a.json()
	if v, _ := doc["openapi"].(string); !strings.HasPrefix(v, "3.1.") {
		t.Errorf("the document is OpenAPI %q", v)
	}
	paths := doc["paths"].(map[string]any)
	n := 0
	for _, item := range paths {
		n += len(item.(map[string]any))
	}
	if n != len(Operations()) {
		t.Errorf("the document has %d operations, the table %d", n, len(Operations()))
	}
	ids := map[string]bool{}
	for _, op := range Operations() {
		item, _ := paths[op.Path].(map[string]any)
		v, ok := item[strings.ToLower(op.Method)].(map[string]any)
		if !ok {
			t.Errorf("%s %s is not in the document", op.Method, op.Path)
			continue
		}
		for _, name := range []string{"summary", "description", "operationId", "tags", "security", "responses"} {
			if v[name] == nil {
				t.Errorf("%s has no %s", op.ID, name)
			}
		}
		if ids[op.ID] {
			t.Errorf("two operations are called %s", op.ID)
		}
		ids[op.ID] = true
		if !strings.Contains(v["description"].(string), op.Perm.Names()[0]) {
			t.Errorf("%s does not name its permission", op.ID)
		}
		answers := v["responses"].(map[string]any)
		for _, status := range []string{"400", "401", "403", "422", "500", "503"} {
			x, ok := dig(answers, status, "content", problemType).(map[string]any)
			if !ok || x["schema"] == nil || x["example"] == nil {
				t.Errorf("%s does not describe its refusal %s", op.ID, status)
			}
		}
		good := strconv.Itoa(op.Status)
		if op.Status == http.StatusNoContent {
			if answers[good] == nil || dig(answers, good, "content") != nil {
				t.Errorf("%s does not describe its empty answer", op.ID)
			}
		} else if op.Files {
			if len(dig(answers, good, "content").(map[string]any)) != len(table.Formats) {
				t.Errorf("%s does not describe its files", op.ID)
			}
		} else if x, ok := dig(answers, good, "content", "application/json").(map[string]any); !ok || x["schema"] == nil || x["example"] == nil {
			t.Errorf("%s does not describe its answer", op.ID)
		}
		if body, ok := dig(v, "requestBody", "content", "application/json").(map[string]any); ok && body["example"] == nil {
			t.Errorf("%s has no example of its body", op.ID)
		}
		for _, p := range list(v["parameters"]) {
			if dig(p, "description") == nil {
				t.Errorf("%s: the parameter %v is not described", op.ID, dig(p, "name"))
			}
		}
	}
	walk(doc, func(v map[string]any) {
		ref, ok := v["$ref"].(string)
		if !ok {
			return
		}
		if at := dig(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...); at == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	})
	for name, s := range dig(doc, "components", "schemas").(map[string]any) {
		for field, p := range dig(s, "properties").(map[string]any) {
			if dig(p, "description") == nil && dig(p, "$ref") == nil {
				t.Errorf("%s.%s is not described", name, field)
			}
		}
	}
}

// TestExamplesAreTaken sends the document's own examples.
func TestExamplesAreTaken(t *testing.T) {
	r := serve(t, dbtest.Open(t, dbtest.SQLite(t)))
	for _, op := range Operations() {
		if op.Example == nil {
			continue
		}
		text, err := json.Marshal(op.Example)
		if err != nil {
			t.Fatal(err)
		}
		body := strings.ReplaceAll(string(text), frame.ExampleID, string(r.a.user))
		body = strings.ReplaceAll(body, frame.OtherID, string(r.a.spare))
		body = strings.ReplaceAll(body, "DE*NGR*E000101", r.a.evse)
		switch op.ID {
		case "create-card":
			body = strings.ReplaceAll(body, "E6:80", "E6:8F")
		case "create-joining-code", "create-guest":
			body = strings.ReplaceAll(body, string(r.a.user), string(r.a.location))
		case "set-account":
			body = `{"account_id":""}` // the accounts of the town were closed by the examples before
		case "order-groups":
			body = `{"group_ids":["` + string(r.a.other) + `","` + string(r.a.group) + `"]}`
		}
		r.do(r.a.key, op.Method, requests(&r.a)[op.ID][0].path, body).want(op.Status)
		if op.ID == "deactivate-user" { // whoever is not here cannot leave
			r.do(r.a.key, http.MethodPost, prefix+"/users/"+string(r.a.user)+"/reactivate", nil).want(http.StatusOK)
		}
	}
}

func TestThePageAboutTheAPI(t *testing.T) {
	r := serve(t, dbtest.Open(t, dbtest.SQLite(t)))
	a := r.do("", "GET", docsPath, nil).want(http.StatusOK).lacks("<script", "http://", "cdn", "style=", "onclick")
	p := page.Parse(t, strings.NewReader(a.text))
	for _, op := range Operations() {
		if !p.Has(op.Summary) || !strings.Contains(a.text, `id="`+op.ID+`"`) {
			t.Errorf("the page lacks %s", op.ID)
		}
	}
	if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("the page's policy is %q", csp)
	}
	r.do("", "GET", docsPath, nil, "If-None-Match", a.header.Get("ETag")).want(http.StatusNotModified)
	r.do("", "POST", docsPath, nil).want(http.StatusMethodNotAllowed)
	r.do("", "HEAD", documentPath, nil).want(http.StatusOK)
}

func dig(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func list(v any) []any { l, _ := v.([]any); return l }

func walk(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		f(v)
		for _, w := range v {
			walk(w, f)
		}
	case []any:
		for _, w := range v {
			walk(w, f)
		}
	}
}
