package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"involt/internal/kit/errs"
	"involt/internal/kit/spool"
)

func open(t *testing.T, dir string, opt spool.Options) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func add(t *testing.T, s *spool.Spool, list ...string) {
	t.Helper()
	for _, r := range list {
		if err := s.Append([]byte(r)); err != nil {
			t.Fatal(err)
		}
	}
}

// holds checks what waits, and that all ways to see it agree.
func holds(t *testing.T, s *spool.Spool, want ...string) {
	t.Helper()
	var each []string
	if err := s.Each(func(b []byte) error { each = append(each, string(b)); return nil }); err != nil {
		t.Fatal(err)
	}
	list, err := s.Peek(1000)
	if err != nil {
		t.Fatal(err)
	}
	var peeked []string
	for _, b := range list {
		peeked = append(peeked, string(b))
	}
	if fmt.Sprint(each) != fmt.Sprint(want) || fmt.Sprint(peeked) != fmt.Sprint(want) || s.Len() != len(want) {
		t.Fatalf("%v (peeked %v, %d) wait, want %v", each, peeked, s.Len(), want)
	}
}

func drop(t *testing.T, s *spool.Spool, n int) {
	t.Helper()
	if err := s.Drop(n); err != nil {
		t.Fatal(err)
	}
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*.spool"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRecordsComeOutInTheirOrderAndGoOnceTheyAreDoneWith(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	s := open(t, dir, spool.Options{File: 100})
	add(t, s, "one", "two", strings.Repeat("x", 200), "four")
	holds(t, s, "one", "two", strings.Repeat("x", 200), "four")
	drop(t, s, 1)
	holds(t, s, "two", strings.Repeat("x", 200), "four")
	drop(t, s, 2)
	holds(t, s, "four")
	add(t, s, "five")
	drop(t, s, 2)
	holds(t, s)
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("all is done with, and there are still %v", left)
	}
	add(t, s, "six")
	holds(t, s, "six")
}

func TestWhatWaitsIsThereAfterACrash(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, spool.Options{File: 60})
	add(t, s, "one", "two", "three", "four")
	drop(t, s, 1)
	// Without Close: so ends a process that is killed. Its lock goes with it.
	other := t.TempDir()
	for _, f := range files(t, dir) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(other, filepath.Base(f)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, other, spool.Options{})
	list, err := again.Peek(10)
	if err != nil || string(bytes.Join(list, []byte(" "))) != "one two three four" && string(bytes.Join(list, []byte(" "))) != "two three four" {
		t.Errorf("%q, %v", list, err)
	}
	add(t, again, "five")
	if got, _ := again.Peek(10); string(got[len(got)-1]) != "five" {
		t.Errorf("the newest is %q", got[len(got)-1])
	}
}

func TestTwoProcessesDoNotShareAFolder(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, spool.Options{})
	if _, err := spool.Open(dir, spool.Options{}); !errors.Is(err, spool.ErrTaken) {
		t.Fatalf("opened twice: %v", err)
	}
	add(t, s, "one")
	mine := open(t, filepath.Join(dir, "mine"), spool.Options{})
	add(t, mine, "zero")
	if err := mine.Adopt(dir); !errors.Is(err, spool.ErrTaken) {
		t.Fatalf("taken from somebody who lives: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := mine.Adopt(dir); err != nil {
		t.Fatal(err)
	}
	holds(t, mine, "zero", "one")
	if left := files(t, dir); len(left) != 0 {
		t.Errorf("%v were left", left)
	}
	if err := mine.Adopt(filepath.Join(dir, "nothing")); err != nil {
		t.Error(err)
	}
}

// last is the newest file of a folder.
func last(t *testing.T, dir string) string {
	t.Helper()
	list := files(t, dir)
	return list[len(list)-1]
}

func TestATornEndIsCutOff(t *testing.T) {
	for cut := 1; cut < 24; cut++ {
		dir := t.TempDir()
		s := open(t, dir, spool.Options{})
		add(t, s, "one", "two", "last")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(last(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(last(t, dir), b[:len(b)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		again := open(t, dir, spool.Options{})
		holds(t, again, "one", "two")
		add(t, again, "three")
		holds(t, again, "one", "two", "three")
		if damaged, _ := filepath.Glob(filepath.Join(dir, "*.damaged")); len(damaged) != 0 {
			t.Fatalf("cut by %d: what nobody was told of counts as damage", cut)
		}
	}
}

func TestManyAppendAtOnce(t *testing.T) {
	s := open(t, t.TempDir(), spool.Options{File: 500})
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			if err := s.Append(fmt.Appendf(nil, "record %03d", i)); err != nil {
				t.Error(err)
			}
		})
		if i%3 == 0 {
			all.Go(func() {
				if list, err := s.Peek(3); err != nil || len(list) > 3 {
					t.Errorf("%q, %v", list, err)
				}
			})
		}
	}
	all.Wait()
	seen := map[string]bool{}
	if err := s.Each(func(b []byte) error { seen[string(b)] = true; return nil }); err != nil || len(seen) != 200 || s.Len() != 200 {
		t.Errorf("%d records, %d wait, %v", len(seen), s.Len(), err)
	}
}

func TestDamageIsSaidAndTheRestIsUsed(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, spool.Options{})
	add(t, s, "one", "two", "three") // one after the other: each says that those before are safe
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(last(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	b[25] ^= 0x40 // in the second record
	if err := os.WriteFile(last(t, dir), b, 0o600); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir, spool.Options{})
	holds(t, again, "one", "three")
	damaged, err := filepath.Glob(filepath.Join(dir, "*.damaged"))
	if err != nil || len(damaged) != 1 {
		t.Fatalf("%v, %v", damaged, err)
	}
	if kept, err := os.ReadFile(damaged[0]); err != nil || !bytes.Equal(kept, b) {
		t.Errorf("the copy is not what was there: %v", err)
	}
}

func TestAFullSpoolRefuses(t *testing.T) {
	s := open(t, t.TempDir(), spool.Options{Most: 100, One: 50})
	add(t, s, "one", "two", "three")
	if err := s.Append([]byte(strings.Repeat("x", 40))); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("more than it may hold: %v", err)
	}
	if err := s.Append([]byte(strings.Repeat("x", 51))); err == nil {
		t.Error("a record that is too large")
	}
	holds(t, s, "one", "two", "three")
	drop(t, s, 3)
	add(t, s, "four")
	holds(t, s, "four")
}

func TestNothingIsAddedToAFolderThatIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir, spool.Options{File: 10})
	add(t, s, "one")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Append([]byte("two")); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("the next file was begun in no folder: %v", err)
	}
}

func TestStockGivesNoNumberTwice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "numbers")
	got := map[int64]bool{}
	take := func(s *spool.Stock, n int) {
		t.Helper()
		for range n {
			v, err := s.Take()
			if err != nil {
				t.Fatal(err)
			}
			if got[v] || v < 1 {
				t.Fatalf("%d is given out again", v)
			}
			got[v] = true
		}
	}
	stock := func() *spool.Stock {
		t.Helper()
		s, err := spool.OpenStock(file)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := stock()
	if _, err := s.Take(); errs.KindOf(err) != errs.Unavailable {
		t.Fatalf("a number out of nothing: %v", err)
	}
	if err := s.Add(1, 401); err != nil {
		t.Fatal(err)
	}
	for range 5 { // as many processes that die with some numbers in hand
		s = stock()
		take(s, 30)
	}
	if err := s.Add(1000, 1100); err != nil {
		t.Fatal(err)
	}
	take(s, int(s.Left()))
	if _, err := s.Take(); errs.KindOf(err) != errs.Unavailable {
		t.Fatalf("more numbers than there were: %v", err)
	}
	if err := os.WriteFile(file, []byte("1 401\nsum 00000000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if left := stock().Left(); left != 0 {
		t.Errorf("%d numbers are believed of a damaged file", left)
	}
}
