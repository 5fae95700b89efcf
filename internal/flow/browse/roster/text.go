package roster

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"involt/internal/core/person"

	"github.com/RoaringBitmap/roaring/v2"
)

// arena holds what is searched of each row, one after the other in one piece of
// memory: the name as lists sort it, the e-mail address and the external id, with
// a line break between them.
type arena struct {
	bytes []byte
	rows  []extent
	waste int // bytes that belong to no row any more
}

// extent is where a row's texts are. All of it is in one place: who looks for words
// among thousands of rows waits for memory and for nothing else.
type extent struct {
	at                 uint32 // where they begin
	named, mailed, own uint16 // how long name, address and external id are
}

func (a *arena) row() { a.rows = append(a.rows, extent{}) }

// most bounds each text; longer ones cannot be stored and would be cut.
const most = 1<<16 - 1

func (a *arena) put(at uint32, name, email, external string) {
	a.drop(at)
	external = person.Fold(external)
	name, email, external = name[:min(most, len(name))], email[:min(most, len(email))], external[:min(most, len(external))]
	if a.waste > 1<<20 && a.waste > len(a.bytes)/4 {
		a.tidy()
	}
	a.rows[at] = extent{uint32(len(a.bytes)), uint16(len(name)), uint16(len(email)), uint16(len(external))} //nolint:gosec // four gigabytes of names do not fit into memory; the others are cut above
	a.bytes = append(a.bytes, name...)
	a.bytes = append(a.bytes, '\n')
	a.bytes = append(a.bytes, email...)
	a.bytes = append(a.bytes, '\n')
	a.bytes = append(a.bytes, external...)
}

// drop forgets a row's text.
func (a *arena) drop(at uint32) {
	a.waste += len(a.all(at))
	a.rows[at] = extent{}
}

// tidy gives the memory of texts back that belong to no row.
func (a *arena) tidy() {
	kept := make([]byte, 0, len(a.bytes)-a.waste+1<<16)
	for at := range a.rows {
		text := a.all(uint32(at))
		if len(text) > 0 {
			a.rows[at].at = uint32(len(kept)) //nolint:gosec // less than before
			kept = append(kept, text...)
		}
	}
	a.bytes, a.waste = kept, 0
}

// name is a row's name. It must not be kept.
func (a *arena) name(at uint32) []byte {
	x := &a.rows[at]
	return a.bytes[x.at:][:x.named]
}

// external is a row's external id, folded. It must not be kept.
func (a *arena) external(at uint32) []byte {
	x := &a.rows[at]
	if x.own == 0 {
		return nil
	}
	return a.bytes[x.at+uint32(x.named)+uint32(x.mailed)+2:][:x.own]
}

// all is everything that is searched of a row; nothing for a row that is free.
// It must not be kept.
func (a *arena) all(at uint32) []byte {
	x := &a.rows[at]
	n := int(x.named) + int(x.mailed) + int(x.own)
	if n == 0 {
		return nil
	}
	return a.bytes[x.at:][:n+2]
}

func (a *arena) same(at uint32, name, email, external string) bool {
	external = person.Fold(external)
	text := a.all(at)
	return len(text) > 0 && string(a.name(at)) == name && string(a.external(at)) == external &&
		string(text[len(name)+1:][:a.rows[at].mailed]) == email
}

// class brings bytes into 64 kinds, so that three of them are a small number.
// Kind 0 is what stands between words. That some bytes share a kind costs a few
// rows that are looked at in vain.
var class = func() (list [256]uint8) {
	for c := range list {
		switch {
		case c >= 'a' && c <= 'z':
			list[c] = uint8(c - 'a' + 1)
		case c >= '0' && c <= '9':
			list[c] = uint8(c - '0' + 27)
		case c <= ' ':
			list[c] = 0
		case c < 0x80:
			list[c] = uint8(37 + c%5)
		default:
			list[c] = uint8(42 + c%22)
		}
	}
	return list
}()

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 0x80 }

// parts calls f with what of a text leads to it: each three bytes that follow
// each other, and how its words begin, by one and by two bytes.
func parts(text []byte, f func(code uint32)) {
	var a, b uint32 // the kinds of the two bytes before
	begins := true
	for i, c := range text {
		k := uint32(class[c])
		if k != 0 && begins {
			f(k)
			if i+1 < len(text) {
				if next := uint32(class[text[i+1]]); next != 0 {
					f(k<<6 | next)
				}
			}
		}
		if a != 0 && b != 0 && k != 0 {
			f(a<<12 | b<<6 | k)
		}
		a, b = b, k
		begins = !letter(c)
	}
}

// wordIndex leads from parts of words to rows.
type wordIndex struct{ rows map[uint32]*roaring.Bitmap }

func (x *wordIndex) init() { x.rows = map[uint32]*roaring.Bitmap{} }

func (x *wordIndex) add(at uint32, text []byte) {
	parts(text, func(code uint32) {
		b := x.rows[code]
		if b == nil {
			b = roaring.New()
			x.rows[code] = b
		}
		b.Add(at)
	})
}

func (x *wordIndex) remove(at uint32, text []byte) {
	parts(text, func(code uint32) {
		if b := x.rows[code]; b != nil {
			b.Remove(at)
		}
	})
}

// codes is how many different parts there are.
const codes = 1 << 18

// loader fills a wordIndex with many rows, in order.
type loader struct {
	slot    [codes]int32 // part -> index in waiting + 1
	waiting []waiting
}

type waiting struct {
	code uint32
	rows *roaring.Bitmap
	next []uint32
}

// atOnce is how many rows wait to be added to one part's.
const atOnce = 256

func (l *loader) add(at uint32, text []byte) {
	parts(text, func(code uint32) {
		i := l.slot[code]
		if i == 0 {
			l.waiting = append(l.waiting, waiting{code: code, rows: roaring.New()})
			i = int32(len(l.waiting)) //nolint:gosec // at most codes
			l.slot[code] = i
		}
		w := &l.waiting[i-1]
		if n := len(w.next); n > 0 && w.next[n-1] == at {
			return
		}
		if len(w.next) == atOnce {
			w.rows.AddMany(w.next)
			w.next = w.next[:0]
		}
		w.next = append(w.next, at)
	})
}

func (l *loader) into(x *wordIndex) {
	for i := range l.waiting {
		w := &l.waiting[i]
		w.rows.AddMany(w.next)
		x.rows[w.code] = w.rows.Clone() // without the room that is left for more
		*w = waiting{}
	}
}

// Words splits what somebody typed into words as they are searched.
func Words(text string) []string { return strings.Fields(person.Fold(text)) }

// wanted is one word of a search.
type wanted struct {
	text  []byte
	begin bool // one or two letters: how a word must begin
}

func wantedOf(words []string) (list []wanted) {
	for _, w := range words {
		list = append(list, wanted{[]byte(w), len(w) < 3})
	}
	return list
}

// plain reports whether the word is but one part, which no other word shares:
// then whoever has the part has the word.
func (w *wanted) plain() bool {
	return len(w.text) <= 3 && !slices.ContainsFunc(w.text, func(c byte) bool { return c >= 0x80 || !letter(c) })
}

// in reports whether a text has the word.
func (w *wanted) in(text []byte) bool {
	if !w.begin {
		return bytes.Contains(text, w.text)
	}
	for from := 0; ; {
		i := bytes.Index(text[from:], w.text)
		if i < 0 {
			return false
		}
		if i += from; i == 0 || !letter(text[i-1]) {
			return true
		}
		from = i + 1
	}
}

// all reports whether a text has all the words.
func all(words []wanted, text []byte) bool {
	for i := range words {
		if !words[i].in(text) {
			return false
		}
	}
	return true
}

// codesOf lists the parts of words.
func codesOf(words []wanted) (list []uint32) {
	for _, w := range words {
		if w.begin {
			var code uint32
			for _, c := range w.text {
				code = code<<6 | uint32(class[c])
			}
			list = append(list, code)
			continue
		}
		for i := 0; i+3 <= len(w.text); i++ {
			t := w.text[i:]
			list = append(list, uint32(class[t[0]])<<12|uint32(class[t[1]])<<6|uint32(class[t[2]]))
		}
	}
	return list
}

// enough is how few candidates are looked at sooner than narrowed down further.
const enough = 1000

// candidates narrows b to rows that may have all the words: those that have the
// words' parts, of which the rarest are asked first.
func (x *wordIndex) candidates(b, spare bits, words []wanted) {
	list := codesOf(words)
	sizes := make(map[uint32]uint64, len(list))
	for _, code := range list {
		rows := x.rows[code]
		if rows == nil {
			clear(b)
			return
		}
		sizes[code] = rows.GetCardinality()
	}
	slices.SortFunc(list, func(a, b uint32) int { return cmp.Compare(sizes[a], sizes[b]) })
	for _, code := range slices.Compact(list) {
		clear(spare)
		spare.spread(x.rows[code])
		if b.and(spare); b.count() <= enough {
			return // whoever asks looks at them
		}
	}
}
