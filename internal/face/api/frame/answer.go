package frame

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/kit/errs"
)

// One is an answer of one thing.
type One[T any] struct {
	ETag string `header:"ETag" doc:"Of this answer. It begins with the version of what was read, which If-Match compares."`
	Body T
}

// Made is the answer to its making.
type Made[T any] struct {
	Location string `header:"Location" doc:"Where it can be read."`
	ETag     string `header:"ETag" doc:"Of this answer, for If-Match."`
	Body     T
}

// Accepted is the answer to work that goes on by itself.
type Accepted[T any] struct {
	Location string `header:"Location" doc:"Where its progress can be read."`
	Body     T
}

// Listed is one page of a list.
type Listed[T any] struct {
	Link string `header:"Link" doc:"The address of the next page, with rel=next; absent at the end."`
	ETag string `header:"ETag" doc:"Of the rows of this page."`
	Body Page[T]
}

// Page is one page of a list.
type Page[T any] struct {
	Items      []T     `json:"items" nullable:"false" doc:"The rows, at most as many as limit says."`
	NextCursor *string `json:"next_cursor" doc:"For cursor, to read on; null at the end."`
}

// Nothing is an answer without a body.
type Nothing struct{}

// version is what If-Match compares: the part of a tag before the dot.
func version(n int64) string { return strconv.FormatInt(n, 10) }

// Tag makes the tag of a thing of a version: the version alone would not tell
// that counters beside it have changed.
func Tag(n int64, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return `"` + version(n) + "." + hash(text) + `"`
}

// TagOf makes the tag of a text.
func TagOf(text []byte) string { return `"` + hash(text) + `"` }

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// AnyTag reports whether an If-None-Match names tag. It compares weakly, as
// RFC 9110 §13.1.2 says.
func AnyTag(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}

// Precondition is the header by which a change says on what it rests.
type Precondition struct {
	IfMatch string `header:"If-Match" maxLength:"500" doc:"The ETag of what was read; the change is refused with 412 if it has changed since."`
}

// Unchanged refuses a change unless header, an If-Match, is absent or names the
// present version.
func Unchanged(header string, present int64) error {
	if header == "" {
		return nil
	}
	for t := range strings.SplitSeq(header, ",") {
		v, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(t), `"`), ".")
		if v == "*" || v == version(present) {
			return nil
		}
	}
	return errChanged
}

// errChanged is a change made on the ground of an older version.
var errChanged error = &Refusal{Status: 412, Text: "It was changed meanwhile: If-Match names another version than the present one. Read it again and repeat your change."}

// Raced turns a conflict into errChanged if the asker had named a version.
func Raced(header string, err error) error {
	if header != "" && errs.KindOf(err) == errs.Conflict {
		return errChanged
	}
	return err
}

// Listing is what every list takes.
type Listing struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many rows at most." example:"50"`
	Cursor string `query:"cursor" maxLength:"1000" doc:"next_cursor of the page before, asked for with the same filters; absent for the first page."`
}

// Cursors are sealed, so that nobody can make one up, and tied to the
// workspace, the path and the filters that they were given for.
const cursorPurpose = "api cursor"

// At is where the page begins, in the words of whoever lists.
func (s *Server) At(ctx context.Context, p Listing, filters url.Values) (string, error) {
	if p.Cursor == "" {
		return "", nil
	}
	text, err := s.Ring.Unbox(cursorPurpose, binding(callOf(ctx), filters), p.Cursor)
	if raw, spelt := base64.RawURLEncoding.DecodeString(p.Cursor); err != nil || spelt != nil || base64.RawURLEncoding.EncodeToString(raw) != p.Cursor {
		return "", errs.AtField("query.cursor", "This cursor is damaged, or was given for other filters. Start again without it.")
	}
	return text, nil
}

func binding(c *Call, filters url.Values) string {
	return string(c.By.Workspace) + "|" + c.Op.Method + " " + c.place() + "|" + filters.Encode()
}

// PageOf makes the answer of a list. next is where the following page begins, ""
// at the end.
func PageOf[T any](ctx context.Context, s *Server, p Listing, filters url.Values, items []T, next string) (*Listed[T], error) {
	if items == nil {
		items = []T{}
	}
	out := &Listed[T]{Body: Page[T]{Items: items}}
	text, err := json.Marshal(items)
	if err != nil {
		return nil, err
	}
	out.ETag = `"` + hash(append(text, strconv.FormatBool(next != "")...)) + `"`
	if next == "" {
		return out, nil
	}
	c := callOf(ctx)
	cursor := s.Ring.Box(cursorPurpose, binding(c, filters), next)
	q := url.Values{}
	for name, values := range filters {
		q[name] = values
	}
	q.Set("limit", strconv.Itoa(p.Limit))
	q.Set("cursor", cursor)
	out.Link = "<" + s.Public + c.place() + "?" + q.Encode() + `>; rel="next"`
	out.Body.NextCursor = &cursor
	return out, nil
}

// Filled returns the filters that are set, of pairs of a name and a value.
func Filled(pairs ...string) url.Values {
	v := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		if len(pair) == 2 && pair[1] != "" {
			v.Set(pair[0], pair[1])
		}
	}
	return v
}

// Whole cuts one page out of a list that is short enough to be read at once.
// The list must be sorted by id.
func Whole[T any](all []T, idOf func(T) string, at string, limit int) (rows []T, next string) {
	for i, v := range all {
		if idOf(v) > at {
			rows = all[i:]
			break
		}
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = idOf(rows[limit-1])
	}
	return rows, next
}

// Instant is a time as the API writes it, null for none.
func Instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// OrNull is text, null for none.
func OrNull[T ~string](v T) *string {
	if v == "" {
		return nil
	}
	text := string(v)
	return &text
}

// Ref is a thing named by another.
type Ref struct {
	ID   string `json:"id" doc:"Its id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Name string `json:"name" doc:"What it is called." example:"Harbour"`
}

// MayKnow reports whether by may see personal data.
func MayKnow(by access.Actor) bool { return by.Perms.Has(access.PersonalData) }
