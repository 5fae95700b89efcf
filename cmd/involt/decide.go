package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"involt/internal/app"
	"involt/internal/core/access"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
)

type decideCmd struct {
	app.Config `embed:""`

	Workspace string    `help:"short name of the workspace" required:"" placeholder:"SLUG"`
	Card      string    `help:"card number in any spelling" required:"" placeholder:"UID"`
	EVSE      string    `help:"EVSE id" name:"evse" placeholder:"ID"`
	Charger   string    `help:"OCPP identity of a charger, instead of an EVSE" placeholder:"ID"`
	At        time.Time `help:"at this time instead of now, as 2026-11-30T18:00:00Z" placeholder:"TIME"`
	Explain   bool      `help:"say why"`
	JSON      bool      `help:"print JSON" name:"json"`
}

type decided struct {
	Allowed    bool       `json:"allowed"`
	Reason     string     `json:"reason"`
	Sentence   string     `json:"sentence"`
	Card       string     `json:"card"`
	User       string     `json:"user,omitempty"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
}

// Run asks.
func (c *decideCmd) Run(ctx context.Context, o out) (err error) {
	a, err := open(ctx, c.Config, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var ws workspace.Workspace
	if err := a.DB.View(ctx, func(tx *db.Tx) (err error) {
		ws, err = workspace.BySlug(tx, c.Workspace)
		return err
	}); err != nil {
		return err
	}
	if err := a.Admit.Load(ctx); err != nil {
		return err
	}
	x, err := a.Admit.Explain(ctx, access.System(ws.ID, "command-line"), c.Card, c.EVSE, c.Charger, c.At, "cli")
	if err != nil {
		return err
	}
	d := decided{Allowed: x.Decision.Allowed, Reason: string(x.Decision.Reason), Sentence: x.Sentence, Card: x.Decision.CardUID, User: x.Name}
	if !x.Expires.IsZero() {
		d.ValidUntil = &x.Expires
	}
	if c.JSON {
		return json.NewEncoder(o.stdout).Encode(d)
	}
	word := "refused"
	if d.Allowed {
		word = "allowed"
	}
	fmt.Fprintf(o.stdout, "%s (%s)\n", word, d.Reason)
	if c.Explain {
		fmt.Fprintf(o.stdout, "%s\n", d.Sentence)
		if d.User != "" {
			fmt.Fprintf(o.stdout, "The card %s belongs to %s.\n", d.Card, d.User)
		}
		for _, s := range x.Steps {
			fmt.Fprintf(o.stdout, "  %-8s  %s: %s\n", s.Outcome, s.Label, s.Text)
		}
		if x.Remedy != "" {
			fmt.Fprintf(o.stdout, "%s\n", x.Remedy)
		}
	}
	return nil
}
