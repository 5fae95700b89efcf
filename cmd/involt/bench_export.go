package main

import (
	"context"

	"involt/internal/bench/leave"
)

type benchExportCmd struct {
	measured `embed:""`

	Rows int `help:"how many charging sessions" default:"1000000"`
}

// Run measures files of charging sessions.
func (c *benchExportCmd) Run(ctx context.Context, o out) error {
	list, err := leave.Exports(ctx, c.options(o, c.Rows))
	if err != nil {
		return err
	}
	return c.print(o, list)
}
