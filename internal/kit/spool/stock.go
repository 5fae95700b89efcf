package spool

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"

	"involt/internal/kit/errs"
)

// Stock is numbers that were set aside for this process and its successors, in a
// file. None is given out twice: how far they are used is on the disk before.
type Stock struct {
	file string

	mu        sync.Mutex // guards what follows
	next, end int64      // those that may be given out
	left      []span     // those in the file
}

type span struct{ from, to int64 } // to is not one of them

// few is how many numbers are taken from the file at once. What a crash leaves of
// them is never used.
const few = 50

// OpenStock reads the file, or begins without one. A file that cannot be made
// sense of is as good as none.
func OpenStock(file string) (*Stock, error) {
	s := &Stock{file: file}
	b, err := os.ReadFile(file) //nolint:gosec // in the server's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the numbers set aside cannot be read: %w", err)
	}
	list, err := readSpans(string(b))
	if err != nil {
		slog.Error("the numbers set aside cannot be made out; new ones are taken", "file", file, "err", err)
		return s, nil
	}
	s.left = list
	return s, nil
}

func readSpans(text string) (list []span, err error) {
	body, tail, _ := strings.Cut(text, "sum ")
	if fmt.Sprintf("%08x\n", crc32.Checksum([]byte(body), table)) != tail {
		return nil, errors.New("the sum is wrong")
	}
	for line := range strings.Lines(body) {
		var p span
		if _, err := fmt.Sscanf(line, "%d %d\n", &p.from, &p.to); err != nil || p.from < 1 || p.to < p.from {
			return nil, fmt.Errorf("%q are no numbers", line)
		}
		list = append(list, p)
	}
	return list, nil
}

// Left is how many numbers there are.
func (s *Stock) Left() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.end - s.next
	for _, p := range s.left {
		n += p.to - p.from
	}
	return n
}

// Add sets numbers aside, from one up to another that is none of them.
func (s *Stock) Add(from, to int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.save(append(append([]span(nil), s.left...), span{from, to}))
}

// Take gives out a number. It is an errs.Unavailable if there is none left, or if
// the disk takes nothing.
func (s *Stock) Take() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == s.end {
		if len(s.left) == 0 {
			return 0, errs.New(errs.Unavailable, "All numbers that were set aside are used up.")
		}
		p := s.left[0]
		rest := append([]span(nil), s.left[1:]...)
		cut := min(p.from+few, p.to)
		if cut < p.to {
			rest = append([]span{{cut, p.to}}, rest...)
		}
		if err := s.save(rest); err != nil {
			return 0, err
		}
		s.next, s.end = p.from, cut
	}
	s.next++
	return s.next - 1, nil
}

// save writes what is left down, and then believes it. s must be locked.
func (s *Stock) save(list []span) error {
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintf(&b, "%d %d\n", p.from, p.to)
	}
	text := fmt.Sprintf("%ssum %08x\n", b.String(), crc32.Checksum([]byte(b.String()), table))
	if err := Replace(s.file, []byte(text)); err != nil {
		return full(err)
	}
	s.left = list
	return nil
}
