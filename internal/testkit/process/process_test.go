package process_test

import (
	"os/exec"
	"testing"

	"involt/internal/testkit/process"
)

func sh(t *testing.T, script string) *process.Process {
	return process.Start(t, exec.Command("sh", "-c", script))
}

func TestLineIsWaitedFor(t *testing.T) {
	p := sh(t, `trap 'exit 0' TERM; echo starting; echo "ready on port 7" >&2; while :; do read x || :; done`)
	if got := p.Line("port"); got != "ready on port 7" {
		t.Errorf("line %q", got)
	}
	p.Stop()
	<-p.Ended()
	if p.Stdout() != "starting\n" || p.Stderr() != "ready on port 7\n" {
		t.Errorf("printed %q and %q", p.Stdout(), p.Stderr())
	}
}

func TestExitStatusIsReturned(t *testing.T) {
	if got := sh(t, "exit 3").Wait(); got != 3 {
		t.Errorf("status %d, want 3", got)
	}
}

func TestKillIsNotAFailure(t *testing.T) {
	p := sh(t, `echo up; while :; do read x || :; done`)
	p.Line("up")
	p.Kill()
}
