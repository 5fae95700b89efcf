package process

import "syscall"

// dieWithParent makes the program die when the test binary does, even if that
// was killed and could not tidy up.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
