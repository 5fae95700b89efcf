package main

import (
	"context"

	"involt/internal/bench"
)

type benchMailCmd struct {
	measured `embed:""`

	Users int `help:"how many users" default:"100000"`
}

// Run measures how invitations that wait are sent.
func (c *benchMailCmd) Run(ctx context.Context, o out) error {
	list, err := bench.Mailing(ctx, c.options(o, c.Users))
	if err != nil {
		return err
	}
	return c.print(o, list)
}
