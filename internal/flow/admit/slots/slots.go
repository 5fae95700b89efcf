// Package slots is an index that costs the garbage collector nothing.
package slots

// Index finds things in a slice by hash, in half the memory of a map and with one
// place less to look at: open addressing, linear probing, no pointers. A slot
// holds a tag, 32 bits of the hash, above the thing's place in the slice plus
// one; zero is free.
type Index struct {
	slots []uint64
	used  int // slots that are not free, those of removed things too
	live  int
}

// removed stands in the lower half of a slot whose thing is gone.
const removed = 1<<32 - 1

// Find returns the slot of the thing with that tag of which same is true, or -1.
func (x *Index) Find(tag uint32, same func(at int32) bool) int {
	if len(x.slots) == 0 {
		return -1
	}
	mask := uint32(len(x.slots) - 1) //nolint:gosec // at most 1<<32
	for i := tag & mask; ; i = (i + 1) & mask {
		v := x.slots[i]
		if v == 0 {
			return -1
		}
		if uint32(v>>32) == tag && uint32(v) != removed && same(place32(v)) { //nolint:gosec // the halves are what is wanted
			return int(i)
		}
	}
}

// At is the place of the thing in a slot that Find returned.
func (x *Index) At(slot int) int32 { return place32(x.slots[slot]) }

// Live is how many things there are.
func (x *Index) Live() int { return x.live }

// place32 is the place that a slot holds.
func place32(slot uint64) int32 { return int32(uint32(slot) - 1) } //nolint:gosec // places are counted in int32

// Put adds a thing that is not in the index.
func (x *Index) Put(tag uint32, at int32) {
	if (x.used+1)*4 > len(x.slots)*3 {
		x.grow()
	}
	x.live++
	x.insert(uint64(tag)<<32 | uint64(uint32(at)+1)) //nolint:gosec // places are not negative
}

func (x *Index) insert(v uint64) {
	mask := uint32(len(x.slots) - 1) //nolint:gosec // at most 1<<32
	i := uint32(v>>32) & mask
	for x.slots[i] != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = v
	x.used++
}

func (x *Index) grow() {
	n := 16
	for n < 2*(x.live+1) {
		n *= 2
	}
	old := x.slots
	x.slots, x.used = make([]uint64, n), 0
	for _, v := range old {
		if v != 0 && uint32(v) != removed { //nolint:gosec // the lower half is what is wanted
			x.insert(v)
		}
	}
}

// Remove forgets the thing in a slot that Find returned.
func (x *Index) Remove(slot int) {
	x.slots[slot] |= removed
	x.live--
}
