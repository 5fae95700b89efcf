// Package spool keeps records in files until somebody has taken them on: a
// journal for the time in which a better place is away.
//
// [Spool.Append] returns once the record is on the disk and stays there whatever
// happens to the process or the computer. Records come out in the order in which
// they went in ([Spool.Peek]), and go once they are done with ([Spool.Drop]); a
// process that dies in between finds some of them again. So whoever takes them on
// must not mind hearing of one twice.
//
// Files are called 0000000000000001.spool and so on. One is removed once all its
// records are done with, so that how far somebody has come needs no file of its
// own.
package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"involt/internal/kit/errs"
)

// Options are limits. Zero values mean the defaults given here.
type Options struct {
	File int64 // bytes after which the next file is begun. Default 4 MiB
	Most int64 // bytes in all; what would be more is refused. Default 1 GiB
	One  int   // bytes of one record. Default 1 MiB
}

func (o Options) withDefaults() Options {
	if o.File <= 0 {
		o.File = 4 << 20
	}
	if o.Most <= 0 {
		o.Most = 1 << 30
	}
	if o.One <= 0 {
		o.One = 1 << 20
	}
	return o
}

// Spool is records in a folder. It is safe for concurrent use, by one process.
type Spool struct {
	dir    string
	opt    Options
	unlock func() error

	mu      sync.Mutex // guards what follows; held while a record is written, not while it is synced
	synced  *sync.Cond // when part.safe of some file has grown, or one failed
	parts   []*part    // the oldest first; the last one is written to while it is open
	head    int64      // where in parts[0] the first record stands that is not done with
	waiting int        // records that are not done with
	syncing bool       // somebody syncs the last file
	closed  bool
}

// part is one file.
type part struct {
	number uint64
	file   *os.File // nil once it is not written to any more
	size   int64    // as far as it was written
	safe   int64    // as far as it was synced
	count  int      // records up to size
	sure   int      // records up to safe
	failed error    // a sync failed: nothing of it is believed any more beyond safe
}

const suffix = ".spool"

func (s *Spool) name(n uint64) string { return filepath.Join(s.dir, fmt.Sprintf("%016d%s", n, suffix)) }

// ErrTaken is in the chain of Open's error if another process has the folder.
var ErrTaken = errors.New("another process uses this folder")

// Open opens the spool in a folder, which it makes, and finds what was left
// there. What a crash has torn is cut off: nobody was told that it is kept. If
// something is damaged that somebody was told of, a copy of the file stays beside
// it, the log says so, and the rest is used.
func Open(dir string, opt Options) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder %s cannot be made: %w", dir, err)
	}
	unlock, err := lock(filepath.Join(dir, ".lock"))
	if err != nil {
		return nil, err
	}
	s := &Spool{dir: dir, opt: opt.withDefaults(), unlock: unlock}
	s.synced = sync.NewCond(&s.mu)
	numbers, err := numbersIn(dir)
	for _, n := range numbers {
		if err == nil {
			err = s.find(n)
		}
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	return s, nil
}

func numbersIn(dir string) ([]uint64, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("the folder %s cannot be read: %w", dir, err)
	}
	var numbers []uint64
	for _, e := range list {
		if text, ok := strings.CutSuffix(e.Name(), suffix); ok {
			if n, err := strconv.ParseUint(text, 10, 64); err == nil {
				numbers = append(numbers, n)
			}
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// find takes in a file that was left.
func (s *Spool) find(n uint64) error {
	name := s.name(n)
	b, err := os.ReadFile(name) //nolint:gosec // in the spool's own folder
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	whole, count, damaged := survey(b, s.opt.One)
	switch {
	case damaged:
		kept := name + ".damaged"
		slog.Error("a journal is damaged: records that were acknowledged are lost; a copy is kept", "file", name, "copy", kept)
		if err := os.WriteFile(kept, b, 0o600); err != nil { //nolint:gosec // in the spool's own folder
			return fmt.Errorf("keeping a copy of %s: %w", name, err)
		}
	case len(whole) != len(b):
		slog.Warn("a journal ended in the middle of a record, which nobody was told is kept", "file", name, "bytes", len(b)-len(whole))
	}
	if len(whole) != len(b) {
		if err := Replace(name, whole); err != nil {
			return err
		}
	}
	if count == 0 {
		return os.Remove(name)
	}
	s.parts = append(s.parts, &part{number: n, size: int64(len(whole)), safe: int64(len(whole)), count: count, sure: count})
	s.waiting += count
	return nil
}

// Replace writes a file, whole or not at all, and so that it stays.
func Replace(name string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-")
	if err != nil {
		return fmt.Errorf("writing %s anew: %w", name, err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = errors.Join(os.Rename(f.Name(), name), syncDir(filepath.Dir(name)))
	}
	if err != nil {
		return fmt.Errorf("writing %s anew: %w", name, err)
	}
	return nil
}

// full is what Append says when there is no room, or no disk.
func full(err error) error {
	return fmt.Errorf("%w: %w", errs.New(errs.Unavailable, "Nothing can be written to the journal on this server's disk."), err)
}

// Append adds a record and returns once it is safe on the disk. After an error it
// is not kept, or at least nobody may say so: an errs.Unavailable.
func (s *Spool) Append(record []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(record) == 0 || len(record) > s.opt.One {
		return fmt.Errorf("a record of %d bytes", len(record))
	}
	p, err := s.write(record)
	if err != nil {
		return full(err)
	}
	mine := p.size
	for p.safe < mine && p.failed == nil {
		if s.syncing {
			s.synced.Wait()
			continue
		}
		s.sync(p)
	}
	if p.safe < mine {
		return full(p.failed)
	}
	return nil
}

// write writes a record to the last file. s must be locked.
func (s *Spool) write(record []byte) (*part, error) {
	if s.closed {
		return nil, fs.ErrClosed
	}
	if s.bytes()+int64(len(record)+headLen) > s.opt.Most {
		return nil, fmt.Errorf("the journal has its %d MiB", s.opt.Most>>20)
	}
	p, err := s.last()
	if err != nil {
		return nil, err
	}
	b := appendRecord(nil, record, p.safe)
	if _, err := p.file.WriteAt(b, p.size); err != nil {
		// What is there of it would be cut off at the next start; here it goes now.
		if terr := p.file.Truncate(p.size); terr != nil {
			s.fail(p, errors.Join(err, terr))
		}
		return nil, err
	}
	p.size += int64(len(b))
	p.count++
	s.waiting++
	return p, nil
}

// last is the file that is written to. s must be locked.
func (s *Spool) last() (*part, error) {
	n := uint64(1)
	if len(s.parts) > 0 {
		p := s.parts[len(s.parts)-1]
		if p.file != nil && p.size < s.opt.File {
			return p, nil
		}
		n = p.number + 1
		if p.file != nil && p.safe == p.size {
			_ = p.file.Close() // all of it is synced
			p.file = nil
		}
	}
	f, err := os.OpenFile(s.name(n), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syncDir(s.dir); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(s.name(n)))
	}
	p := &part{number: n, file: f}
	s.parts = append(s.parts, p)
	return p, nil
}

// sync makes p safe as far as it is written. s must be locked; it is not
// meanwhile.
func (s *Spool) sync(p *part) {
	s.syncing = true
	size, count, f := p.size, p.count, p.file
	s.mu.Unlock()
	err := f.Sync()
	s.mu.Lock()
	s.syncing = false
	switch {
	case err != nil:
		s.fail(p, err)
	case p.failed == nil:
		p.safe, p.sure = max(p.safe, size), max(p.sure, count)
	}
	s.synced.Broadcast()
}

// fail gives a file up: after a failed sync nobody knows what the disk holds, and
// asking again may say that all is well when it is not. The next record begins
// another file. s must be locked.
func (s *Spool) fail(p *part, err error) {
	if p.failed != nil {
		return
	}
	p.failed = err
	s.waiting -= p.count - p.sure
	p.size, p.count = p.safe, p.sure
	if p.file != nil {
		_ = p.file.Close() // it is not believed anyway
		p.file = nil
	}
	slog.Error("the journal's disk fails", "file", s.name(p.number), "err", err)
}

func (s *Spool) bytes() (n int64) {
	for _, p := range s.parts {
		n += p.size
	}
	return n
}

// Len is how many records wait.
func (s *Spool) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting
}

// Bytes is how much room the spool takes.
func (s *Spool) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes()
}

// Peek returns up to n records from the beginning that are safe, in their order.
// They stay until they are dropped.
func (s *Spool) Peek(n int) (list [][]byte, err error) {
	type span struct {
		name     string
		from, to int64
	}
	s.mu.Lock()
	var spans []span
	for i, p := range s.parts {
		from := int64(0)
		if i == 0 {
			from = s.head
		}
		if from < p.safe {
			spans = append(spans, span{s.name(p.number), from, p.safe})
		}
	}
	s.mu.Unlock()
	for _, at := range spans {
		if len(list) >= n {
			break
		}
		more, err := readRecords(at.name, at.from, at.to, n-len(list), s.opt.One)
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// Drop forgets the first n records, which Peek has returned. Nobody else may drop
// meanwhile.
func (s *Spool) Drop(n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n > 0 && len(s.parts) > 0 {
		p := s.parts[0]
		took, to, err := skipRecords(s.name(p.number), s.head, p.safe, n, s.opt.One)
		if err != nil {
			return err
		}
		n -= took
		s.waiting -= took
		s.head = to
		if to < p.safe || p.safe < p.size || s.syncing && len(s.parts) == 1 {
			break
		}
		if err := s.remove(); err != nil {
			return err
		}
	}
	return nil
}

// remove removes the first file, all of which is done with. s must be locked.
func (s *Spool) remove() error {
	p := s.parts[0]
	if p.file != nil {
		_ = p.file.Close() // nothing of it is needed
	}
	s.parts, s.head = s.parts[1:], 0
	if err := os.Remove(s.name(p.number)); err != nil {
		return fmt.Errorf("a journal that is done with: %w", err)
	}
	return nil
}

// Close closes the spool. What waits stays for the next one.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	for s.syncing {
		s.synced.Wait()
	}
	s.closed = true
	var err error
	for _, p := range s.parts {
		if p.file != nil {
			err = errors.Join(err, p.file.Close())
			p.file = nil
		}
	}
	return errors.Join(err, s.unlock())
}

// Each calls do with every record that is safe, in their order.
func (s *Spool) Each(do func(record []byte) error) error {
	s.mu.Lock()
	numbers, ends, head := make([]uint64, len(s.parts)), make([]int64, len(s.parts)), s.head
	for i, p := range s.parts {
		numbers[i], ends[i] = p.number, p.safe
	}
	s.mu.Unlock()
	for i, n := range numbers {
		list, err := readRecords(s.name(n), head, ends[i], math.MaxInt, s.opt.One)
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := do(r); err != nil {
				return err
			}
		}
		head = 0
	}
	return nil
}
