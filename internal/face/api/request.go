package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"unicode/utf8"

	"involt/internal/core/access"
	"involt/internal/face/api/frame"
	"involt/internal/kit/errs"
)

const (
	maxBody  = 1 << 20 // bytes
	maxRaw   = 16 << 20
	maxDepth = 32 // of arrays and objects within each other
)

// actor finds out whose API key the request carries.
func (s *server) actor(r *http.Request) (access.Actor, error) {
	kind, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") || len(r.Header.Values("Authorization")) != 1 {
		return access.Actor{}, errs.New(errs.SignedOut, "This needs an API key. Send it as: Authorization: Bearer ik_…")
	}
	return s.Enter.ByKey(r.Context(), strings.TrimSpace(text))
}

// plainQuery refuses text that no database stores, and values that come twice.
func plainQuery(r *http.Request) error {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &frame.Refusal{Status: http.StatusBadRequest, Text: "The part of the address behind the question mark is damaged."}
	}
	for name, values := range q {
		if len(values) > 1 {
			return errs.AtField("query."+name, "This parameter may be given once.")
		}
		if v := values[0]; !utf8.ValidString(name) || !utf8.ValidString(v) || strings.ContainsRune(v, 0) || len(v) > 2000 {
			return errs.AtField("query."+strings.ToValidUTF8(name, "?"), "This parameter holds characters that are no text, or too many.")
		}
	}
	return nil
}

// readBody reads the body, refusing one that is too large, no text, or nests
// too deep to be meant well. A raw one is bytes.
func readBody(r *http.Request, raw bool) ([]byte, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Body == nil {
		return nil, nil
	}
	most := int64(maxBody)
	if raw {
		most = maxRaw
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	switch {
	case err != nil:
		return nil, &frame.Refusal{Status: http.StatusBadRequest, Text: "The body broke off before its end."}
	case int64(len(body)) > most:
		return nil, &frame.Refusal{Status: http.StatusRequestEntityTooLarge, Text: fmt.Sprintf("The body is larger than %d MiB. Send less at once.", most>>20)}
	case raw:
		return body, nil
	case !utf8.Valid(body):
		return nil, &frame.Refusal{Status: http.StatusBadRequest, Text: "The body is not UTF-8."}
	case depth(body) > maxDepth:
		return nil, &frame.Refusal{Status: http.StatusBadRequest, Text: "The body nests deeper than 32 levels."}
	case bytes.Contains(body, []byte(`\u0000`)):
		return nil, &frame.Refusal{Status: http.StatusBadRequest, Text: "The body holds a NUL character, which no text here may have."}
	}
	return body, nil
}

// depth is how deep arrays and objects stand in each other.
func depth(text []byte) (deepest int) {
	level, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

func readerOf(body []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) }

// unmarshal is json.Unmarshal for those who say what they mean: where it reads
// into a struct, each name is spelt as it is and comes once.
func unmarshal(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return err
	}
	if t := reflect.TypeOf(v).Elem(); t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer {
		return strictNames(data, t)
	}
	return nil
}

// strictNames looks at the names of the outermost object against t, and that no
// object within has a name twice; which names those know, their description says.
func strictNames(data []byte, t reflect.Type) error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	known := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) { // those of embedded structs too
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		known[name] = true
	}
	return onceEach(data, known)
}

// onceEach refuses names that come twice in an object, at any depth, and, unless
// known is nil, those in the outermost one that are not known.
func onceEach(data []byte, known map[string]bool) error {
	d := json.NewDecoder(bytes.NewReader(data))
	first, err := d.Token()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		if first == json.Delim('{') {
			token, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			switch {
			case known != nil && !known[name]:
				return fmt.Errorf("there is no field called %s here", name)
			case seen[name]:
				return fmt.Errorf("the field %s is here twice", name)
			}
			seen[name] = true
		}
		var within json.RawMessage
		if err := d.Decode(&within); err != nil {
			return err
		}
		if within[0] == '{' || within[0] == '[' {
			if err := onceEach(within, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
