package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"involt/internal/app"
	"involt/internal/bench"
)

type benchCmd struct {
	Decide    benchDecideCmd    `cmd:"" help:"May this card charge here? Decisions in memory, and how soon a change refuses."`
	Users     benchUsersCmd     `cmd:"" help:"The list of users as pages over HTTP: tabs, filters, orders, deep pages, searches."`
	Bulk      benchBulkCmd      `cmd:"" help:"Work on many users at once, beside a bare insert of the same rows; and what others see meanwhile."`
	Import    benchImportCmd    `cmd:"" help:"A file of users, cards and groups from the first byte to committed, beside a bare load of the same rows."`
	Invite    benchInviteCmd    `cmd:"" help:"Invitations of many, from the click until every mail waits, beside a bare insert of the same rows."`
	Activate  benchActivateCmd  `cmd:"" help:"From the link to Active with a new password, beside the password hash itself."`
	Export    benchExportCmd    `cmd:"" help:"Charging sessions as CSV, XLSX and JSON lines, beside the bare query and scan."`
	Authorize benchAuthorizeCmd `cmd:"" help:"OCPP Authorize over real sockets, beside a bare echo."`
	Taps      benchTapsCmd      `cmd:"" hidden:"" help:"The chargers of the benchmark; told by standard input."`
}

// measured is what all benchmarks are told. The database is never the server's
// own: a benchmark makes its data anew each time.
type measured struct {
	Database string `help:"make a scratch schema in this PostgreSQL database (default: a temporary SQLite file)" placeholder:"URL"`
	JSON     bool   `help:"print one JSON object per figure" name:"json"`
}

func (m *measured) options(o out, rows int) bench.Options {
	logTo(o.stderr, "error")
	return bench.Options{Rows: max(200, rows), Database: m.Database, Commit: commit(), Progress: o.stderr}
}

func (m *measured) print(o out, list []bench.Figure) error {
	if m.JSON {
		return bench.WriteJSON(o.stdout, list)
	}
	return bench.WriteTable(o.stdout, list)
}

type benchDecideCmd struct {
	measured `embed:""`

	Rows int `help:"how many cards, each with a person" default:"1000000"`
}

// Run measures decisions.
func (c *benchDecideCmd) Run(ctx context.Context, o out) error {
	list, err := bench.Decide(ctx, c.options(o, c.Rows))
	if err != nil {
		return err
	}
	return c.print(o, list)
}

type benchAuthorizeCmd struct {
	measured `embed:""`

	Sockets int     `help:"how many chargers, half OCPP 1.6 and half 2.0.1" default:"200"`
	Rows    int     `help:"how many cards, each with a person" default:"100000"`
	Seconds float64 `help:"how long one round lasts" default:"3"`
}

// Run measures Authorize.
func (c *benchAuthorizeCmd) Run(ctx context.Context, o out) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("the benchmark starts itself once more for the chargers: %w", err)
	}
	list, err := bench.Authorize(ctx, c.options(o, c.Rows), bench.Taps{
		Sockets: c.Sockets, Round: time.Duration(c.Seconds * float64(time.Second)),
		Generator: []string{self, "bench", "taps"}, Server: app.OCPPServer,
	})
	if err != nil {
		return err
	}
	return c.print(o, list)
}

type benchTapsCmd struct{}

// Run is the chargers.
func (benchTapsCmd) Run(ctx context.Context, o out) error {
	return bench.Generate(ctx, os.Stdin, o.stdout)
}
