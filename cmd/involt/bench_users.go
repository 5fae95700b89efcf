package main

import (
	"context"
	"slices"

	"involt/internal/app"
	"involt/internal/bench"
)

type benchUsersCmd struct {
	measured `embed:""`

	Rows     []int `help:"how many users; pages of the last size are compared with those of the first that show as many rows" default:"10000,100000,1000000"`
	Requests int   `help:"how many pages of a kind one round asks for" default:"100"`
}

// Run measures the list of users.
func (c *benchUsersCmd) Run(ctx context.Context, o out) error {
	list, err := bench.Users(ctx, c.options(o, slices.Max(c.Rows)), bench.Desk{Sizes: c.Rows, Serve: app.Serve, Requests: c.Requests})
	if err != nil {
		return err
	}
	return c.print(o, list)
}
