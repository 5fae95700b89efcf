package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// A record in a file: a mark, the length of what is kept, how far the file was
// safe when this was written, a sum over the two and what is kept, and that
// itself. All numbers are little-endian.
const (
	mark    = 0x53564e49 // "INVS"
	headLen = 20
)

var table = crc32.MakeTable(crc32.Castagnoli)

func sum(head, record []byte) uint32 {
	return crc32.Update(crc32.Checksum(head[4:16], table), table, record)
}

func appendRecord(b, record []byte, safe int64) []byte {
	from := len(b)
	b = binary.LittleEndian.AppendUint32(b, mark)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(record))) //nolint:gosec // at most Options.One
	b = binary.LittleEndian.AppendUint64(b, uint64(safe))        //nolint:gosec // no size is below zero
	b = binary.LittleEndian.AppendUint32(b, sum(b[from:], record))
	return append(b, record...)
}

// split reads the record at the beginning of b. ok is false if there is none, or
// not all of it.
func split(b []byte, most int) (record []byte, safe int64, ok bool) {
	if len(b) < headLen || binary.LittleEndian.Uint32(b) != mark {
		return nil, 0, false
	}
	n := binary.LittleEndian.Uint32(b[4:])
	if n == 0 || uint64(n) > uint64(most) || len(b) < headLen+int(n) { //nolint:gosec // most is no number below zero
		return nil, 0, false
	}
	record = b[headLen : headLen+int(n)]
	if binary.LittleEndian.Uint32(b[16:]) != sum(b, record) {
		return nil, 0, false
	}
	return record, int64(binary.LittleEndian.Uint64(b[8:])), true //nolint:gosec // as it was written
}

// survey looks at a file that was left, and returns what is whole of it, how many
// records that are, and whether something is broken that had been safe. What is
// broken at a place that was not safe yet was torn by a crash: nobody was told
// that it is kept. That may be so in front of records that are whole, since a disk
// may write the later part first.
func survey(b []byte, most int) (whole []byte, count int, damaged bool) {
	gap := int64(-1) // the first place that is broken
	for at := 0; at < len(b); {
		record, safe, ok := split(b[at:], most)
		if !ok {
			if gap < 0 {
				gap = int64(at)
			}
			at++
			continue
		}
		damaged = damaged || gap >= 0 && safe > gap
		n := headLen + len(record)
		whole = append(whole, b[at:at+n]...)
		at += n
		count++
	}
	return whole, count, damaged
}

// readRecords reads up to n records from a place in a file to another.
func readRecords(name string, from, to int64, n, most int) (list [][]byte, err error) {
	f, err := os.Open(name) //nolint:gosec // in the spool's own folder
	if err != nil {
		return nil, fmt.Errorf("the journal cannot be read: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var head [headLen]byte
	for from < to && len(list) < n {
		if _, err := f.ReadAt(head[:], from); err != nil {
			return nil, fmt.Errorf("the journal %s cannot be read at %d: %w", name, from, err)
		}
		size := int(binary.LittleEndian.Uint32(head[4:]))
		if binary.LittleEndian.Uint32(head[:]) != mark || size > most {
			return nil, fmt.Errorf("the journal %s is damaged at %d", name, from)
		}
		record := make([]byte, size)
		if _, err := f.ReadAt(record, from+headLen); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("the journal %s cannot be read at %d: %w", name, from, err)
		}
		if binary.LittleEndian.Uint32(head[16:]) != sum(head[:], record) {
			return nil, fmt.Errorf("the journal %s is damaged at %d", name, from)
		}
		list = append(list, record)
		from += int64(headLen + size)
	}
	return list, nil
}

// skipRecords counts up to n records, and returns how many there were and where
// the next one stands.
func skipRecords(name string, from, to int64, n, most int) (took int, next int64, err error) {
	list, err := readRecords(name, from, to, n, most)
	for _, r := range list {
		from += int64(headLen + len(r))
	}
	return len(list), from, err
}
