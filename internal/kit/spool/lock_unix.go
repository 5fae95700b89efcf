//go:build unix

package spool

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock keeps other processes off a folder. It goes with the process, however that
// ends.
func lock(name string) (unlock func() error, err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // in the spool's own folder
	if err != nil {
		return nil, fmt.Errorf("the journal's folder cannot be written to: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrTaken, name), f.Close())
	}
	return f.Close, nil
}

// syncDir makes the names in a folder stay.
func syncDir(dir string) error {
	f, err := os.Open(dir) //nolint:gosec // the spool's own folder
	if err != nil {
		return fmt.Errorf("the folder %s: %w", dir, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("the folder %s: %w", dir, err)
	}
	return nil
}
