package ocppj

// The small reader below the frames. It never recurses, so that no depth of
// brackets can exhaust the stack, and looks at every byte once.

// space returns the index of the first byte from i on that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// comma steps over one comma and the space around it.
func comma(b []byte, i int) (int, bool) {
	i = space(b, i)
	if i >= len(b) || b[i] != ',' {
		return i, false
	}
	return space(b, i+1), true
}

// text reads a JSON string at i: its raw content and the index after it.
func text(b []byte, i int) (content []byte, next int, ok bool) {
	if i >= len(b) || b[i] != '"' {
		return nil, i, false
	}
	i++
	start := i
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return b[start:i:i], i + 1, true
		case c < 0x20:
			return nil, i, false
		case c == '\\':
			n := escape(b[i:])
			if n == 0 {
				return nil, i, false
			}
			i += n
		default:
			i++
		}
	}
	return nil, i, false
}

// escape returns the length of the escape sequence b begins with, 0 if it is none.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 {
			return 0
		}
		for _, c := range b[2:6] {
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
				return 0
			}
		}
		return 6
	default:
		return 0
	}
}

// block returns the bracketed value at i and the index after it. It counts
// brackets outside strings; whether the inside is JSON is not its business.
func block(b []byte, i int) (value []byte, next int, ok bool) {
	start, depth := i, 0
	for i < len(b) {
		switch b[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return b[start : i+1 : i+1], i + 1, true
			}
		case '"':
			if _, i, ok = text(b, i); !ok {
				return nil, i, false
			}
			continue
		}
		i++
	}
	return nil, i, false
}

// Cursor walks a JSON object of plain strings, for the few messages that come
// often enough to be read without encoding/json. It gives up (Bad) on anything
// else (escapes, other characters than ASCII, numbers, malformed JSON); the caller
// then decodes the slow way, which also finds the right error.
type Cursor struct {
	b    []byte
	i    int
	more bool // a member has been read, so a comma must come before the next
	Bad  bool
}

// Walk returns a cursor before the object that payload holds.
func Walk(payload []byte) Cursor { return Cursor{b: payload} }

// Open steps into an object.
func (c *Cursor) Open() {
	c.i = space(c.b, c.i)
	if c.Bad || c.i >= len(c.b) || c.b[c.i] != '{' {
		c.Bad = true
		return
	}
	c.i++
	c.more = false
}

// Next returns the key of the next member, or false after the last one (the
// object is then left).
func (c *Cursor) Next() (key []byte, ok bool) {
	c.i = space(c.b, c.i)
	if c.Bad || c.i >= len(c.b) {
		c.Bad = true
		return nil, false
	}
	if c.b[c.i] == '}' {
		c.i++
		c.more = true
		return nil, false
	}
	if c.more {
		if c.i, ok = comma(c.b, c.i); !ok {
			c.Bad = true
			return nil, false
		}
	}
	c.more = true
	key = c.Text()
	c.i = space(c.b, c.i)
	if c.Bad || c.i >= len(c.b) || c.b[c.i] != ':' {
		c.Bad = true
		return nil, false
	}
	c.i = space(c.b, c.i+1)
	return key, true
}

// Text returns the plain string at the cursor.
func (c *Cursor) Text() []byte {
	if c.Bad || c.i >= len(c.b) || c.b[c.i] != '"' {
		c.Bad = true
		return nil
	}
	for j := c.i + 1; j < len(c.b); j++ {
		switch ch := c.b[j]; {
		case ch == '"':
			s := c.b[c.i+1 : j]
			c.i = j + 1
			return s
		case ch < 0x20 || ch >= 0x7f || ch == '\\':
			c.Bad = true
			return nil
		}
	}
	c.Bad = true
	return nil
}

// End reports whether all went well and nothing is left.
func (c *Cursor) End() bool { return !c.Bad && space(c.b, c.i) == len(c.b) }
