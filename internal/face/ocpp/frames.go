package ocpp

import (
	"bytes"
	"time"
)

// Frame is one message as it went over the wire, to look at. Cards and keys in
// it are masked; a long one is cut.
type Frame struct {
	At   time.Time
	In   bool // from the charger
	Text string
}

// frameLimit is how many bytes of a message are kept.
const frameLimit = 1024

// ring keeps the last frames of a charger. Slots are made as they are needed and
// their memory is used again.
type ring struct {
	slots []slot
	next  int
	size  int
}

type slot struct {
	at   time.Time
	in   bool
	text []byte
}

func newRing(size int) ring { return ring{size: size} }

// add keeps a masked copy of b.
func (r *ring) add(at time.Time, in bool, b []byte) {
	if len(r.slots) < r.size {
		r.slots = append(r.slots, slot{})
	}
	s := &r.slots[r.next]
	r.next = (r.next + 1) % r.size
	s.at, s.in = at, in
	s.text = mask(s.text[:0], b)
}

// list is oldest first.
func (r *ring) list() []Frame {
	out := make([]Frame, 0, len(r.slots))
	for i := range r.slots {
		if len(r.slots) == r.size {
			i = (r.next + i) % r.size
		}
		s := &r.slots[i]
		out = append(out, Frame{At: s.at, In: s.in, Text: string(bytes.ToValidUTF8(s.text, []byte("�")))})
	}
	return out
}

// keep puts a frame into the charger's ring.
func (c *conn) keep(at time.Time, in bool, b []byte) {
	c.station.mu.Lock()
	c.station.frames.add(at, in, b)
	c.station.mu.Unlock()
}

// mask appends b to dst with the values of secret fields hidden: of cards all but
// the last four characters, of anything that may hold a key the whole. It works
// on broken JSON too. A frame with escapes may spell a field's name in ways that
// are not looked for, so of such a one only the beginning is kept.
func mask(dst, b []byte) []byte {
	cut := len(b) > frameLimit
	if cut {
		b = b[:frameLimit]
	}
	if i := bytes.Index(b, []byte(`\u`)); i >= 0 {
		// What stands before the first object names no card, if this is a frame at all.
		head, _, found := bytes.Cut(b[:i], []byte("{"))
		if found {
			dst = mask(dst, head)
		}
		return append(dst, "…"...)
	}
	secret := bytes.Contains(b, []byte("AuthorizationKey")) || bytes.Contains(b, []byte("BasicAuthPassword"))
	i := 0
	for {
		// A field is a string followed by a colon.
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 {
			break
		}
		start := i + q + 1
		end := closing(b, start)
		dst = append(dst, b[i:end]...)
		i = end
		if end >= len(b) {
			break
		}
		dst = append(dst, '"')
		i++
		name := b[start:end]
		if !sensitive(name, secret) {
			continue
		}
		v := i
		for v < len(b) && (b[v] == ' ' || b[v] == ':' || b[v] == '\t' || b[v] == '\n' || b[v] == '\r') {
			v++
		}
		if v == i || v >= len(b) || b[v] != '"' {
			continue // not a field, or its value is an object with its own fields
		}
		dst = append(dst, b[i:v+1]...)
		end = closing(b, v+1)
		value := b[v+1 : end]
		dst = append(dst, "…"...)
		if isCard(name) && len(value) > 4 && end < len(b) {
			dst = append(dst, value[len(value)-4:]...)
		}
		i = end
		if i < len(b) {
			dst = append(dst, '"')
			i++
		}
	}
	dst = append(dst, b[min(i, len(b)):]...)
	if cut {
		dst = append(dst, "…"...)
	}
	return dst
}

// closing is the index of the quote that ends the string whose content begins at
// i, or the length of b.
func closing(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
		i++
	}
	return len(b)
}

func isCard(name []byte) bool {
	return bytes.EqualFold(name, []byte("idTag")) || bytes.EqualFold(name, []byte("idToken")) ||
		bytes.EqualFold(name, []byte("parentIdTag"))
}

// sensitive reports whether a field's value is hidden. Free data of vendors may
// hold a card; "value" is hidden only where a key is being set.
func sensitive(name []byte, secret bool) bool {
	if len(name) < 4 || len(name) > 24 {
		return false
	}
	return isCard(name) || string(name) == "data" || string(name) == "additionalIdToken" ||
		secret && (string(name) == "value" || string(name) == "attributeValue")
}
