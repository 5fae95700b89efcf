package main

import (
	"context"

	"involt/internal/bench"
)

type benchBulkCmd struct {
	measured `embed:""`

	Rows int `help:"how many users" default:"100000"`
}

// Run measures work on many users at once.
func (c *benchBulkCmd) Run(ctx context.Context, o out) error {
	list, err := bench.Bulk(ctx, c.options(o, c.Rows))
	if err != nil {
		return err
	}
	return c.print(o, list)
}
