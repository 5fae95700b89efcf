// Package ocppj reads and writes the JSON frames of OCPP-J, the RPC layer that
// OCPP 1.6 (OCPP-J 1.6 §4) and 2.0.1 (part 4 §4) share, and holds the value
// types whose reading both versions have in common: numbers, times and meter
// samples. It knows neither sockets nor what the messages mean.
//
// Reading is forgiving about content (unknown fields, odd numbers, odd times)
// and strict about shape: what is not a frame is a *Fault that says whether and
// how it can be answered.
package ocppj

import (
	"encoding/json"
	"unicode/utf8"
)

// Kind is the message type number of a frame.
type Kind uint8

// The kinds of frames.
const (
	Call   Kind = 2 // [2, id, action, payload]
	Result Kind = 3 // [3, id, payload]
	Error  Kind = 4 // [4, id, code, description, details]
)

// MaxID is how many characters a message id may have.
// OCPP-J 1.6 §4.1.4, 2.0.1 part 4 §4.1.4: string[36].
const MaxID = 36

// Frame is one split frame. All slices point into the bytes given to Split.
type Frame struct {
	Kind Kind
	// ID is the message id as JSON string content, without the quotes and with
	// its escapes kept, so that it can be echoed byte for byte.
	ID []byte
	// Action of a Call, raw like ID. Names of actions have no escapes.
	Action []byte
	// Payload of a Call or Result: it begins with { and its brackets match; whether
	// it is JSON shows when it is decoded. Of an Error: the details.
	Payload []byte
	// Code and Text of an Error, raw like ID.
	Code, Text []byte
}

// Fault is why bytes are not a frame. A peer can be answered when its id was
// read (ID is not nil) and it was not itself answering.
type Fault struct {
	Problem
	Kind Kind   // as far as it was read; 0 if not
	ID   []byte // raw message id; nil if it cannot be read
}

// Split cuts a frame into its parts without copying. The error is a *Fault.
func Split(b []byte) (Frame, *Fault) {
	var f Frame
	i := space(b, 0)
	if i >= len(b) || b[i] != '[' {
		return f, &Fault{Problem: Problem{Code: FrameworkError, Text: "a frame is a JSON array"}}
	}
	i = space(b, i+1)
	start := i
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	if i == start || i-start > 2 {
		return f, &Fault{Problem: Problem{Code: FrameworkError, Text: "a frame begins with the message type"}}
	}
	kind := int(b[start] - '0')
	if i-start == 2 {
		kind = kind*10 + int(b[start+1]-'0')
	}
	i, ok := comma(b, i)
	if !ok {
		return f, &Fault{Problem: Problem{Code: FrameworkError, Text: "a message id follows the message type"}}
	}
	id, i, ok := text(b, i)
	if !ok {
		return f, &Fault{Problem: Problem{Code: FrameworkError, Text: "the message id is not a string"}}
	}
	if !utf8.Valid(id) || utf8.RuneCount(id) > MaxID {
		return f, &Fault{Problem: Problem{Code: FrameworkError, Text: "the message id is longer than 36 characters"}}
	}
	f.ID = id
	if kind < int(Call) || kind > int(Error) {
		return f, &Fault{Problem: Problem{Code: MessageTypeUnknown, Text: "the message type is not 2, 3 or 4"}, ID: id}
	}
	f.Kind = Kind(kind)
	fault := func(why string) (Frame, *Fault) {
		return f, &Fault{Problem: Problem{Code: FormationViolation, Text: why}, Kind: f.Kind, ID: id}
	}
	switch f.Kind {
	case Call:
		if i, ok = comma(b, i); ok {
			f.Action, i, ok = text(b, i)
		}
		if !ok || len(f.Action) == 0 {
			return fault("an action follows the message id")
		}
	case Error:
		if i, ok = comma(b, i); ok {
			f.Code, i, ok = text(b, i)
		}
		if !ok {
			return fault("an error code follows the message id")
		}
		// Description and details are left out by some: the code is what counts.
		j, more := comma(b, i)
		if more {
			if f.Text, j, ok = text(b, j); !ok {
				return fault("the error description is not a string")
			}
			i = j
		}
		if _, more = comma(b, i); !more {
			return f, end(b, i, fault)
		}
	case Result:
	}
	if i, ok = comma(b, i); !ok {
		return fault("a payload is missing")
	}
	if i >= len(b) || b[i] != '{' {
		return fault("the payload is not a JSON object")
	}
	f.Payload, i, ok = block(b, i)
	if !ok {
		return fault("the payload does not end")
	}
	return f, end(b, i, fault)
}

// end is nil if nothing but the closing bracket follows.
func end(b []byte, i int, fault func(string) (Frame, *Fault)) *Fault {
	i = space(b, i)
	if i < len(b) && b[i] == ']' && space(b, i+1) == len(b) {
		return nil
	}
	_, bad := fault("the frame does not end after its payload")
	return bad
}

// AppendCall appends a Call frame. The id and action must need no escaping;
// payload must be a JSON object.
func AppendCall(dst []byte, id, action string, payload []byte) []byte {
	dst = append(dst, `[2,"`...)
	dst = append(dst, id...)
	dst = append(dst, `","`...)
	dst = append(dst, action...)
	dst = append(dst, `",`...)
	dst = append(dst, payload...)
	return append(dst, ']')
}

// AppendResult appends a Result frame with a payload that is a JSON object.
// The id is raw, as Split gave it.
func AppendResult(dst, id, payload []byte) []byte {
	dst = OpenResult(dst, id)
	dst = append(dst, payload...)
	return append(dst, ']')
}

// OpenResult appends the beginning of a Result frame: the payload and a closing
// bracket are still to be appended.
func OpenResult(dst, id []byte) []byte {
	dst = append(dst, `[3,"`...)
	dst = append(dst, id...)
	return append(dst, `",`...)
}

// NoID is the message id of an answer to a frame whose id could not be read.
// OCPP 2.0.1 part 4 §4.2.3.
const NoID = "-1"

// AppendError appends an Error frame. The id is raw, as Split gave it. The text
// is cut to 255 characters.
func AppendError(dst, id []byte, code, text string) []byte {
	dst = append(dst, `[4,"`...)
	dst = append(dst, id...)
	dst = append(dst, `","`...)
	dst = append(dst, code...)
	dst = append(dst, `",`...)
	dst = AppendString(dst, Cut(text, 255))
	return append(dst, `,{}]`...)
}

// AppendString appends s as a JSON string with its quotes.
func AppendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			q, err := json.Marshal(s)
			if err != nil { // a string always marshals
				return append(dst, `""`...)
			}
			return append(dst, q...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// Cut shortens s to at most n characters and drops what is not UTF-8.
func Cut(s string, n int) string {
	if len(s) <= n && utf8.ValidString(s) {
		return s
	}
	count := 0
	out := make([]byte, 0, min(len(s), 4*n))
	for _, r := range s {
		if count == n {
			break
		}
		if r != utf8.RuneError {
			out = utf8.AppendRune(out, r)
			count++
		}
	}
	return string(out)
}
