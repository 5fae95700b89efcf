package faults

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// event is one thing that a process did to its disk, or said, as strace has seen it.
type event struct {
	kind byte   // one of the kinds
	file string // base name
	at   int64  // of a write: where; of a truncation: the new size
	data []byte
}

// The kinds of events.
const (
	wrote     = 'w'
	synced    = 's'
	truncated = 't'
	acked     = 'a' // on standard output: an acknowledgement that the world has seen
)

// record is what strace notes that matters: everything that goes to a file's bytes,
// and when it was made to stay. Memory that is shared (-shm) is no file's content.
const record = "trace=pwrite64,pwritev,pwritev2,write,fsync,fdatasync,sync_file_range,ftruncate,fallocate"

// parse reads what strace wrote about the files of a directory. A write counts from
// the moment it was begun, a sync from the moment it was over, and what was said from
// the moment it was begun: always what is the harder for us.
func parse(r io.Reader, dir string) (events []event, err error) {
	in := bufio.NewReaderSize(r, 1<<20)
	syncs := map[string]string{} // the file that a thread is syncing
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return nil, err
		}
		pid, what, _ := strings.Cut(line, " ")
		what = strings.TrimSpace(what)
		if rest, resumed := strings.CutPrefix(what, "<... "); resumed {
			if file := syncs[pid]; file != "" && strings.Contains(rest, "sync resumed") && strings.HasSuffix(rest, "= 0") {
				events = append(events, event{kind: synced, file: file})
			}
			delete(syncs, pid)
			continue
		}
		name, args, ok := strings.Cut(what, "(")
		if !ok {
			continue // a signal, or the end of a thread
		}
		fd, path, ok := descriptor(args)
		if !ok || fd != 1 && filepath.Dir(path) != dir {
			continue
		}
		file := filepath.Base(path)
		switch name {
		case "pwrite64":
			data, rest, err := text(args)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			parts := strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(", )=<", r) }) // how many, where
			if len(parts) < 2 || parts[0] != strconv.Itoa(len(data)) {
				return nil, fmt.Errorf("line %d: a write of %d bytes, and strace says %s", n, len(data), rest)
			}
			at, err := strconv.ParseInt(parts[1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			events = append(events, event{wrote, file, at, data})
		case "write":
			data, _, err := text(args)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			if fd != 1 {
				return nil, fmt.Errorf("line %d: a write that says not where, to %s", n, path)
			}
			events = append(events, event{kind: acked, data: data})
		case "fsync", "fdatasync":
			if strings.HasSuffix(what, "= 0") {
				events = append(events, event{kind: synced, file: file})
			} else if strings.HasSuffix(what, "<unfinished ...>") {
				syncs[pid] = file
			}
		case "ftruncate":
			_, rest, _ := strings.Cut(args, ", ")
			size, err := strconv.ParseInt(strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' })[0], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			events = append(events, event{kind: truncated, file: file, at: size})
		case "fallocate": // makes room and changes nothing
		default:
			return nil, fmt.Errorf("line %d: %s is not understood", n, name)
		}
	}
}

// descriptor reads a descriptor and its file: 5</some/file>, in hexadecimal.
func descriptor(args string) (fd int, path string, ok bool) {
	number, rest, ok := strings.Cut(args, "<")
	fd, err := strconv.Atoi(number)
	if !ok || err != nil {
		return 0, "", false
	}
	spelt, _, ok := strings.Cut(rest, ">")
	raw, err := hex.DecodeString(strings.ReplaceAll(spelt, `\x`, ""))
	if err != nil { // a pipe or a socket
		return fd, spelt, ok
	}
	return fd, string(raw), ok
}

// text reads the string of a write, and returns what follows it.
func text(args string) (data []byte, rest string, err error) {
	_, quoted, ok := strings.Cut(args, `"`)
	spelt, rest, ended := strings.Cut(quoted, `"`)
	if !ok || !ended || strings.HasPrefix(rest, "...") {
		return nil, "", errors.New("strace has cut a write short")
	}
	data, err = hex.DecodeString(strings.ReplaceAll(spelt, `\x`, ""))
	return data, rest, err
}

// disk is what a disk holds of some files: what stays whatever happens, and what was
// written since it was synced last, of which anything may be there.
type disk struct {
	stays   map[string][]byte
	pending map[string][]event
}

// sector is what a disk writes as a whole.
const sector = 512

func (d *disk) do(e event) {
	switch e.kind {
	case wrote, truncated:
		d.pending[e.file] = append(d.pending[e.file], e)
	case synced:
		d.stays[e.file] = after(d.stays[e.file], d.pending[e.file], func() bool { return true })
		delete(d.pending, e.file)
	}
}

// cut writes what the disk holds after a power cut into a directory: of what was not
// synced each sector with a probability of one half.
func (d *disk) cut(dir string, r *rand.Rand) error {
	names := map[string]bool{}
	for f := range d.stays {
		names[f] = true
	}
	for f := range d.pending {
		names[f] = true
	}
	for f := range names {
		image := after(bytes.Clone(d.stays[f]), d.pending[f], func() bool { return r.IntN(2) == 0 })
		if err := os.WriteFile(filepath.Join(dir, f), image, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// after is a file after events, of which those parts happened that holds says.
func after(file []byte, events []event, holds func() bool) []byte {
	for _, e := range events {
		if e.kind == truncated {
			if holds() {
				file = sized(file, e.at)
			}
			continue
		}
		for from := int64(0); from < int64(len(e.data)); {
			to := min(int64(len(e.data)), from+sector-(e.at+from)%sector)
			if holds() {
				if end := e.at + to; end > int64(len(file)) {
					file = sized(file, end)
				}
				copy(file[e.at+from:], e.data[from:to])
			}
			from = to
		}
	}
	return file
}

func sized(file []byte, n int64) []byte {
	if n <= int64(len(file)) {
		return file[:n]
	}
	return append(file, make([]byte, n-int64(len(file)))...)
}
