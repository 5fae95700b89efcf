package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"involt/internal/app"
)

type doctorCmd struct {
	app.Config `embed:""`

	JSON bool `help:"print JSON" name:"json"`
}

// Run looks at everything the server rests on, and fails if something is wrong.
func (c *doctorCmd) Run(ctx context.Context, o out) error {
	found := app.Examine(ctx, c.Config)
	bad := 0
	for _, f := range found {
		if !f.OK {
			bad++
		}
	}
	if c.JSON {
		if err := json.NewEncoder(o.stdout).Encode(found); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			mark := "ok  "
			if !f.OK {
				mark = "BAD "
			}
			fmt.Fprintf(o.stdout, "%s %-14s %s\n", mark, f.What, f.Detail)
			if f.Do != "" {
				fmt.Fprintf(o.stdout, "     %-14s → %s\n", "", f.Do)
			}
		}
	}
	if bad > 0 {
		return errors.New("something needs your attention; see above")
	}
	return nil
}
