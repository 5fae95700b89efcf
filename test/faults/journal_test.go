package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/kit/spool"
	"involt/internal/testkit/need"
)

// journalWork makes this program the one whose journal is recorded: the folder.
const journalWork = "INVOLT_TEST_JOURNAL_WORK"

// keep puts records into a journal, several at once, and says of each that it is safe.
func keep(dir string) error {
	s, err := spool.Open(dir, spool.Options{File: 3000})
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	wrong := make([]error, 4)
	for w := range wrong {
		all.Go(func() {
			for i := range 60 {
				text := fmt.Sprintf("record-%d-%d-%s", w, i, strings.Repeat("x", i*7%90))
				if err := s.Append([]byte(text)); err != nil {
					wrong[w] = err
					return
				}
				ack("kept", text)
			}
		})
	}
	all.Wait()
	return errors.Join(wrong...)
}

// journalSafe records what a journal writes to its disk, and cuts the power at random
// moments: whatever was acknowledged is there, and nothing counts as damaged.
func journalSafe(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		need.Missing(t, "strace is missing (apt-get install strace): the journal's power cut is not tested")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(t.TempDir(), "trace")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, strace, "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "2000000", "-e", record, "-e", "signal=none", "-o", trace, self)
	cmd.Env = append(os.Environ(), journalWork+"="+dir)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if strings.Contains(said.String(), "Operation not permitted") || strings.Contains(said.String(), "PTRACE") {
			need.Missing(t, "strace may not look at processes here (ptrace is not permitted): the journal's power cut is not tested")
		}
		t.Fatalf("%v: %s", err, said.String())
	}
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	events, err := parse(f, dir)
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 9))
	d := &disk{stays: map[string][]byte{}, pending: map[string][]event{}}
	acks := map[string]bool{}
	cuts := 0
	for i, e := range events {
		if e.kind != acked {
			d.do(e)
		} else {
			_, text, _ := strings.Cut(strings.TrimSpace(string(e.data)), " ")
			acks[text] = true
		}
		if r.IntN(4) != 0 && i < len(events)-1 {
			continue
		}
		cuts++
		image := filepath.Join(t.TempDir(), "cut")
		if err := errors.Join(os.Mkdir(image, 0o700), d.cut(image, r)); err != nil {
			t.Fatal(err)
		}
		if err := keeps(image, acks); err != nil {
			t.Fatalf("seed %d: cut after event %d of %d: %v", seed, i, len(events), err)
		}
	}
	if len(acks) != 240 || cuts < 50 {
		t.Fatalf("%d records were acknowledged, and %d cuts made", len(acks), cuts)
	}
	t.Logf("%d events, %d cuts, %d acknowledgements", len(events), cuts, len(acks))
}

// keeps opens what a power cut left of a journal.
func keeps(dir string, acks map[string]bool) (err error) {
	s, err := spool.Open(dir, spool.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	there := map[string]bool{}
	if err := s.Each(func(b []byte) error { there[string(b)] = true; return nil }); err != nil {
		return err
	}
	for text := range acks {
		if !there[text] {
			return fmt.Errorf("%s was acknowledged and is lost", text)
		}
	}
	if damaged, err := filepath.Glob(filepath.Join(dir, "*.damaged")); err != nil || len(damaged) > 0 {
		return fmt.Errorf("%v count as damaged, %w", damaged, err)
	}
	return nil
}
