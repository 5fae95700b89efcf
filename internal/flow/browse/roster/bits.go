package roster

import (
	"encoding/binary"
	mathbits "math/bits"
	"sync"

	"involt/internal/core/id"

	"github.com/RoaringBitmap/roaring/v2"
)

// bits is a set of rows, one bit for each row that there is.
type bits []uint64

// grow makes room for n rows.
func (b *bits) grow(n int) {
	for len(*b) < (n+63)/64 {
		*b = append(*b, 0)
	}
}

func (b bits) has(i uint32) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bits) set(i uint32)      { b[i>>6] |= 1 << (i & 63) }
func (b bits) clear(i uint32)    { b[i>>6] &^= 1 << (i & 63) }

func (b bits) put(i uint32, in bool) {
	if in {
		b.set(i)
	} else {
		b.clear(i)
	}
}

func (b bits) and(c bits) {
	for i := range b {
		b[i] &= c[i]
	}
}

func (b bits) or(c bits) {
	for i := range b {
		b[i] |= c[i]
	}
}

func (b bits) count() (n int) {
	for _, w := range b {
		n += mathbits.OnesCount64(w)
	}
	return n
}

// countAnd is how many are in both.
func (b bits) countAnd(c bits) (n int) {
	for i, w := range b {
		n += mathbits.OnesCount64(w & c[i])
	}
	return n
}

// each calls f with every row in the set, until f returns false.
func (b bits) each(f func(uint32) bool) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			if !f(uint32(i<<6 + mathbits.TrailingZeros64(w))) { //nolint:gosec // a row
				return
			}
		}
	}
}

// spread writes a compressed set into b, which is empty. Rows beyond b are not
// in it.
func (b bits) spread(in *roaring.Bitmap) {
	if in != nil && !in.IsEmpty() {
		in.WriteDenseTo(b)
	}
}

// room lends sets for the time of a question.
var room sync.Pool

// lend returns an empty set of the length of the roster's.
func (r *Roster) lend() bits {
	n := len(r.live)
	if p, ok := room.Get().(*bits); ok && cap(*p) >= n {
		b := (*p)[:n]
		clear(b)
		return b
	}
	return make(bits, n)
}

func giveBack(list ...bits) {
	for _, b := range list {
		room.Put(&b)
	}
}

// index finds rows by id: open addressing, with the ids themselves in a column.
type index struct {
	slots []uint32 // row + 1; 0 is free
	n     int
}

// place is where an id is looked for first. An id ends with random bytes.
func (x *index) place(who id.Raw) int {
	return int(binary.LittleEndian.Uint64(who[8:]) & uint64(len(x.slots)-1)) //nolint:gosec // below the length
}

func (x *index) get(ids []id.Raw, who id.Raw) (at uint32, ok bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	for i := x.place(who); x.slots[i] != 0; i = (i + 1) & (len(x.slots) - 1) {
		if at := x.slots[i] - 1; ids[at] == who {
			return at, true
		}
	}
	return 0, false
}

// put adds a row that is not there.
func (x *index) put(ids []id.Raw, at uint32) {
	if (x.n+1)*3 > len(x.slots)*2 {
		old := x.slots
		x.slots = make([]uint32, max(64, 2*len(old)))
		for _, s := range old {
			if s != 0 {
				x.slot(ids, s-1)
			}
		}
	}
	x.n++
	x.slot(ids, at)
}

func (x *index) slot(ids []id.Raw, at uint32) {
	i := x.place(ids[at])
	for x.slots[i] != 0 {
		i = (i + 1) & (len(x.slots) - 1)
	}
	x.slots[i] = at + 1
}

// remove forgets a row, whose id still stands in ids.
func (x *index) remove(ids []id.Raw, at uint32) {
	mask := len(x.slots) - 1
	i := x.place(ids[at])
	for x.slots[i] != at+1 {
		i = (i + 1) & mask
	}
	x.n--
	// Whoever stands behind only because this place was taken moves up.
	for j := (i + 1) & mask; x.slots[j] != 0; j = (j + 1) & mask {
		if home := x.place(ids[x.slots[j]-1]); (j-home)&mask >= (j-i)&mask {
			x.slots[i], i = x.slots[j], j
		}
	}
	x.slots[i] = 0
}
