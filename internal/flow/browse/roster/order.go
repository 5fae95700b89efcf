package roster

import "slices"

// order is all rows in one order, cut into chunks so that putting one in moves
// few others.
type order struct{ chunks [][]uint32 }

// chunk is how many rows one chunk is made with, and half of the most.
const chunk = 1024

// makeOrder cuts a sorted list.
func makeOrder(list []uint32) (o order) {
	for part := range slices.Chunk(list, chunk) {
		o.chunks = append(o.chunks, slices.Clone(part))
	}
	return o
}

// seek returns the place of the first row that is not before what against
// compares with.
func (o *order) seek(against func(uint32) int) (c, i int) {
	c, _ = slices.BinarySearchFunc(o.chunks, 0, func(list []uint32, _ int) int { return against(list[len(list)-1]) })
	if c == len(o.chunks) {
		return c, 0
	}
	i, _ = slices.BinarySearchFunc(o.chunks[c], 0, func(at uint32, _ int) int { return against(at) })
	return c, i
}

func (o *order) insert(compare func(a, b uint32) int, at uint32) {
	c, i := o.seek(func(a uint32) int { return compare(a, at) })
	switch {
	case len(o.chunks) == 0:
		o.chunks = append(o.chunks, []uint32{at})
		return
	case c == len(o.chunks): // behind all others
		c--
		i = len(o.chunks[c])
	}
	list := slices.Insert(o.chunks[c], i, at)
	if len(list) > 2*chunk {
		o.chunks = slices.Insert(o.chunks, c+1, slices.Clone(list[chunk:]))
		list = slices.Clone(list[:chunk])
	}
	o.chunks[c] = list
}

// remove takes a row out, which must be compared as when it was put in.
func (o *order) remove(compare func(a, b uint32) int, at uint32) {
	c, i := o.seek(func(a uint32) int { return compare(a, at) })
	if o.chunks[c] = slices.Delete(o.chunks[c], i, i+1); len(o.chunks[c]) == 0 {
		o.chunks = slices.Delete(o.chunks, c, c+1)
	}
}

// walk calls f with the rows from a place on, or with those before it backwards,
// until f returns false.
func (o *order) walk(c, i int, back bool, f func(uint32) bool) {
	if !back {
		for ; c < len(o.chunks); c, i = c+1, 0 {
			for _, at := range o.chunks[c][i:] {
				if !f(at) {
					return
				}
			}
		}
		return
	}
	for {
		for i--; i >= 0; i-- {
			if !f(o.chunks[c][i]) {
				return
			}
		}
		if c--; c < 0 {
			return
		}
		i = len(o.chunks[c])
	}
}
