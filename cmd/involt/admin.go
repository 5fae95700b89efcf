package main

import (
	"context"
	"errors"
	"fmt"

	"involt/internal/app"
)

type adminCmd struct {
	Invite    inviteCmd    `cmd:"" help:"Invite somebody to run a workspace; makes the workspace if it is new."`
	AcceptKey acceptKeyCmd `cmd:"" help:"Go on with another key file when the first one is lost; invitations that are open stop working."`
}

type inviteCmd struct {
	app.Config `embed:""`

	Email     string `arg:"" help:"e-mail address"`
	Role      string `help:"staff role" default:"super-admin"`
	Workspace string `help:"short name of the workspace, as in addresses" required:"" placeholder:"SLUG"`
}

// Run invites, and prints the link if no mail server is configured.
func (c *inviteCmd) Run(ctx context.Context, o out) (err error) {
	a, err := open(ctx, c.Config, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	mailed := c.SMTP != "" && c.SMTP != "catch"
	link, err := a.Onboard.InviteStaff(ctx, c.Workspace, c.Email, c.Role, mailed)
	if err != nil {
		return err
	}
	switch {
	case mailed:
		fmt.Fprintf(o.stdout, "The invitation for %s is queued; the running server sends it.\n", c.Email)
	case link == "":
		fmt.Fprintf(o.stdout, "%s has a login already and is now %s of %s. Sign in at %s.\n", c.Email, c.Role, c.Workspace, a.Config.PublicURL)
	default:
		fmt.Fprintf(o.stdout, "Open this link to set a password. It works once, within 24 hours, and only you have seen it:\n%s\n", link)
	}
	return nil
}

type acceptKeyCmd struct {
	app.Config `embed:""`
}

// Run takes the key file as it is.
func (c *acceptKeyCmd) Run(ctx context.Context, o out) error {
	c.NewKey = true
	a, err := open(ctx, c.Config, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.stdout, "From now on %s is the key file of this database. Invite again whoever has an open invitation.\n", a.Config.KeyFile)
	return a.Close()
}
