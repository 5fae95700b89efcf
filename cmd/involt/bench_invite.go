package main

import (
	"context"

	"involt/internal/bench"
)

type benchInviteCmd struct {
	measured `embed:""`

	Users int `help:"how many users" default:"100000"`
}

// Run measures invitations of many: queued, and then sent.
func (c *benchInviteCmd) Run(ctx context.Context, o out) error {
	list, err := bench.Invite(ctx, c.options(o, c.Users))
	if err != nil {
		return err
	}
	sent, err := bench.Mailing(ctx, c.options(o, c.Users))
	if err != nil {
		return err
	}
	return c.print(o, append(list, sent...))
}

type benchActivateCmd struct {
	measured `embed:""`

	Links int `help:"how many links are followed" default:"200"`
}

// Run measures activation.
func (c *benchActivateCmd) Run(ctx context.Context, o out) error {
	list, err := bench.Activate(ctx, c.options(o, c.Links))
	if err != nil {
		return err
	}
	return c.print(o, list)
}
