//go:build !unix

package spool

// lock does nothing where there are no such locks.
func lock(string) (unlock func() error, err error) { return func() error { return nil }, nil }

// syncDir does nothing: folders cannot be synced here.
func syncDir(string) error { return nil }
