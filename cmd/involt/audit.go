package main

import (
	"context"
	"errors"
	"fmt"

	"involt/internal/app"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
)

type auditCmd struct {
	Verify verifyCmd `cmd:"" help:"Check that no entry of the journal was changed, added or removed."`
}

type verifyCmd struct {
	app.Config `embed:""`
}

// Run checks the journal's hash chain.
func (c *verifyCmd) Run(ctx context.Context, o out) (err error) {
	a, err := open(ctx, c.Config, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var n int64
	var faults []journal.Broken
	if err := a.DB.View(ctx, func(tx *db.Tx) (err error) {
		n, faults, err = journal.Verify(tx)
		return err
	}); err != nil {
		return err
	}
	for _, f := range faults {
		fmt.Fprintf(o.stdout, "workspace %s, entry %d: %s\n", f.Workspace, f.Seq, f.Why)
	}
	if len(faults) > 0 {
		return fmt.Errorf("the journal does not hold in %d places; somebody has changed the database by hand", len(faults))
	}
	fmt.Fprintf(o.stdout, "The journal holds: %d entries, each in its place.\n", n)
	return nil
}
