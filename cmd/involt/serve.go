package main

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"involt/internal/app"
)

type serveCmd struct {
	app.Config `embed:""`
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(ctx context.Context, o out) error {
	c.Wait = true
	a, err := open(ctx, c.Config, o)
	if err != nil {
		return err
	}
	err = a.Run(ctx, func(addr net.Addr) {
		slog.InfoContext(ctx, "ready", "address", addr.String(), "url", a.Config.PublicURL)
	})
	return errors.Join(err, a.Close())
}
