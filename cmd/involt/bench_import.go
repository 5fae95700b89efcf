package main

import (
	"context"

	"involt/internal/bench/sheet"
)

type benchImportCmd struct {
	measured `embed:""`

	Rows   int `help:"how many users, each with a card and a group" default:"1000000"`
	Rounds int `help:"how many rounds" default:"5"`
}

// Run measures an import.
func (c *benchImportCmd) Run(ctx context.Context, o out) error {
	opt := c.options(o, c.Rows)
	opt.Rounds = c.Rounds
	list, err := sheet.Imports(ctx, opt)
	if err != nil {
		return err
	}
	return c.print(o, list)
}
