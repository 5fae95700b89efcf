//go:build !linux

package process

import "syscall"

// dieWithParent is known to Linux only; elsewhere a killed test may leave its
// programs behind.
func dieWithParent() *syscall.SysProcAttr { return nil }
