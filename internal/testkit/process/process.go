// Package process runs programs for tests: it keeps what they print, waits for
// what they say, and lets none outlive its test.
package process

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a program may take to say or do what is waited for. The
// machines that run tests are slow and busy; a test that passes never waits for
// so long.
const patience = 60 * time.Second

// Process is a program that runs, or has run, for a test. Its methods that wait
// end the test if they wait in vain.
type Process struct {
	t    testing.TB
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when the program has ended and all it printed is here

	mu     sync.Mutex // guards what follows
	stdout bytes.Buffer
	stderr bytes.Buffer
	more   chan struct{} // closed and replaced at each output
	ending bool          // somebody here asked it to end
}

// Start starts cmd, whose output must not be redirected yet. When the test ends
// a program that still runs is asked to stop and must do so cleanly, as in Stop.
// If the test has failed, what the program printed is logged.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{t: t, name: cmd.Args[0], cmd: cmd, done: make(chan struct{}), more: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &sink{p, &p.stdout}, &sink{p, &p.stderr}
	cmd.WaitDelay = 5 * time.Second // for grandchildren that hold on to the output
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = dieWithParent()
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = cmd.Wait() // the verdict stays in cmd.ProcessState
	}()
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("%s printed on stdout:\n%s\nand on stderr:\n%s", strings.Join(cmd.Args, " "), tail(p.Stdout()), tail(p.Stderr()))
		}
	})
	return p
}

// sink appends what is written to one buffer of p and wakes those who wait.
type sink struct {
	p   *Process
	buf *bytes.Buffer
}

func (s *sink) Write(b []byte) (int, error) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.buf.Write(b)
	close(s.p.more)
	s.p.more = make(chan struct{})
	return len(b), nil
}

// Stdout returns what the program has printed so far.
func (p *Process) Stdout() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stdout.String()
}

// Stderr returns what the program has complained about, or logged, so far.
func (p *Process) Stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

// Line waits for a whole line, on stdout or stderr, that contains part, and
// returns the first such line. It ends the test if the program ends before.
func (p *Process) Line(part string) string {
	p.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		ended := false
		select {
		case <-p.done:
			ended = true
		default:
		}
		p.mu.Lock()
		text, more := p.stdout.String()+"\n"+p.stderr.String(), p.more
		p.mu.Unlock()
		for line := range strings.Lines(text) {
			whole := ended || strings.HasSuffix(line, "\n")
			if whole && strings.Contains(line, part) {
				return strings.TrimRight(line, "\r\n")
			}
		}
		if ended {
			p.t.Fatalf("%s ended (%v) without saying %q", p.name, p.cmd.ProcessState, part)
		}
		select {
		case <-more:
		case <-p.done:
		case <-deadline.C:
			p.t.Fatalf("%s did not say %q within %v", p.name, part, patience)
		}
	}
}

// Ended returns a channel that is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.done }

// Wait waits until the program ends by itself and returns its exit status.
func (p *Process) Wait() int {
	p.t.Helper()
	p.await("end")
	p.mu.Lock()
	p.ending = true // Stop has nothing to add
	p.mu.Unlock()
	return p.cmd.ProcessState.ExitCode()
}

// Stop asks the program to stop (SIGTERM), waits until it has, and fails the
// test unless its exit status is 0. Once the program was stopped, killed or
// waited for, Stop does nothing.
func (p *Process) Stop() {
	p.t.Helper()
	if !p.end(syscall.SIGTERM) {
		return
	}
	if s := p.cmd.ProcessState; !s.Success() {
		p.t.Errorf("%s did not stop cleanly: %v", p.name, s)
	}
}

// Kill ends the program as a power cut would: at once, with no chance to tidy.
func (p *Process) Kill() {
	p.t.Helper()
	p.end(syscall.SIGKILL)
}

// end sends the signal and waits. It reports whether it was the first to do so.
func (p *Process) end(s os.Signal) bool {
	p.t.Helper()
	p.mu.Lock()
	first := !p.ending
	p.ending = true
	p.mu.Unlock()
	if !first {
		return false
	}
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	p.await("stop")
	return true
}

// await waits for the end; a program that does not come to it is killed.
func (p *Process) await(what string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	select {
	case <-p.done:
	case <-ctx.Done():
		_ = p.cmd.Process.Kill()
		<-p.done
		p.t.Errorf("%s did not %s within %v", p.name, what, patience)
	}
}

// tail returns the last part of a long text.
func tail(s string) string {
	const most = 8000
	if len(s) <= most {
		return s
	}
	return "..." + s[len(s)-most:]
}
