package spool

import (
	"errors"
	"testing"

	"involt/internal/kit/errs"
)

// A disk may write a later part of what was not synced, and not an earlier one. That
// is no damage, since nobody was told of either.
func TestAHoleBeforeTheLastSyncIsDamageAndBehindItIsNone(t *testing.T) {
	for _, c := range []struct {
		name    string
		safe    int64 // what the third record says of those before it
		damaged bool
	}{
		{"nothing had been synced", 0, false},
		{"the first had been", 23, false},
		{"the second had been", 46, true},
	} {
		b := appendRecord(nil, []byte("one"), 0)
		b = appendRecord(b, []byte("two"), 0)
		b = appendRecord(b, []byte("tri"), c.safe)
		b[30] ^= 1
		whole, n, damaged := survey(b, 100)
		if n != 2 || damaged != c.damaged || len(whole) != 46 {
			t.Errorf("%s: %d records, damaged: %v", c.name, n, damaged)
		}
	}
}

// What a record holds may look like a record.
func TestARecordInARecordIsOne(t *testing.T) {
	inner := appendRecord(nil, []byte("inner"), 0)
	if _, n, damaged := survey(appendRecord(nil, inner, 0), 100); n != 1 || damaged {
		t.Errorf("%d records, damaged: %v", n, damaged)
	}
}

func TestAFileWhoseSyncFailedIsGivenUp(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append([]byte("one")); err != nil {
		t.Fatal(err)
	}
	first := s.parts[0]
	s.mu.Lock()
	if _, err := s.write([]byte("two")); err != nil { // written, not synced
		t.Fatal(err)
	}
	s.fail(first, errors.New("input/output error"))
	s.mu.Unlock()
	if s.Len() != 1 {
		t.Errorf("%d wait", s.Len())
	}
	if err := s.Append([]byte("three")); err != nil {
		t.Fatal(err)
	}
	list, err := s.Peek(10)
	if err != nil || len(list) != 2 || string(list[0]) != "one" || string(list[1]) != "three" || len(s.parts) != 2 {
		t.Errorf("%q in %d files, %v", list, len(s.parts), err)
	}
	s.mu.Lock()
	_ = s.parts[1].file.Close() // the disk is gone
	s.mu.Unlock()
	if err := s.Append([]byte("four")); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("kept on no disk: %v", err)
	}
	if s.Len() != 2 {
		t.Errorf("%d wait", s.Len())
	}
	if err := s.Drop(2); err != nil || s.Len() != 0 {
		t.Errorf("%d wait, %v", s.Len(), err)
	}
}

func FuzzSurvey(f *testing.F) {
	f.Add(appendRecord(appendRecord(nil, []byte("one"), 0), []byte("two"), 23))
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, n, _ := survey(b, 1<<16)
		again, m, damaged := survey(whole, 1<<16)
		if len(again) != len(whole) || m != n {
			t.Errorf("%d records, and then %d", n, m)
		}
		_ = damaged // the places that records tell of are those of the file before
	})
}
