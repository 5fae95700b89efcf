//go:build unix

package app

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// alone keeps a second server off a SQLite file for as long as this one runs: it
// would take over the jobs and chargers of the first. The lock goes with the
// process, however that ends.
func alone(database string) (release func() error, err error) {
	f, err := os.OpenFile(database+".serving", os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // beside the database the operator names
	if err != nil {
		return nil, fmt.Errorf("the database's folder cannot be written to: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another Involt serves the database %s already; stop it first, or use PostgreSQL for several servers", database), f.Close())
	}
	return f.Close, nil
}
