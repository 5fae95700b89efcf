package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"involt/internal/app"
	"involt/internal/core/access"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse/export"
	"involt/internal/kit/db"
	"involt/internal/kit/table"
)

type exportCmd struct {
	app.Config `embed:""`

	What      string `arg:"" help:"what to export: users, cards, sessions, invitations or activity"`
	Workspace string `help:"short name of the workspace" required:"" placeholder:"SLUG"`
	Format    string `help:"csv, xlsx or json: one JSON object per line" default:"csv" enum:"csv,xlsx,json"`
	Output    string `help:"write to this file instead of standard output" short:"o" placeholder:"FILE"`
	Filter    string `help:"what the console's address says behind its question mark, for instance status=active&group=none" placeholder:"QUERY"`
	Separator string `help:"of CSV: comma or semicolon" default:"comma" enum:"comma,semicolon"`
	Decimal   string `help:"of CSV: decimals with a point or a comma" default:"point" enum:"point,comma"`
	BOM       bool   `help:"of CSV: begin with a byte order mark, by which Excel knows UTF-8" name:"bom"`
}

// Run exports.
func (c *exportCmd) Run(ctx context.Context, o out) (err error) {
	if c.What == "reimbursements" {
		return misuse("reimbursements cannot be exported yet: reimbursement comes with a later version. There are users, cards, sessions, invitations and activity")
	}
	what, err := export.ParseWhat(c.What)
	if err != nil {
		return misuse(err.Error())
	}
	q, err := url.ParseQuery(c.Filter)
	if err != nil {
		return misuse("--filter is not the part of an address behind its question mark, such as status=active&group=none")
	}
	a, err := open(ctx, c.Config, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var ws workspace.Workspace
	var now time.Time
	if err := a.DB.View(ctx, func(tx *db.Tx) (err error) {
		now = tx.Now
		ws, err = workspace.BySlug(tx, c.Workspace)
		return err
	}); err != nil {
		return err
	}
	ask, err := app.ExportOf(what, q, now, ws.Zone())
	if err != nil {
		return err
	}
	to, done, err := c.open(o)
	if err != nil {
		return err
	}
	defer func() { err = done(err) }()
	_, err = a.Export.Write(ctx, access.System(ws.ID, "command-line"), &ask, table.Output{
		Format: table.Format(c.Format), Delimiter: map[string]byte{"semicolon": ';'}[c.Separator], Mark: c.BOM, Comma: c.Decimal == "comma", Zone: ws.Zone(),
	}, to)
	return err
}

// open returns where the file goes, and what ends it: a file that is not whole
// does not stay.
func (c *exportCmd) open(o out) (io.Writer, func(error) error, error) {
	if c.Output == "" {
		if f, ok := o.stdout.(*os.File); ok && c.Format == "xlsx" && isTerminal(f) {
			return nil, nil, misuse("a spreadsheet is nothing for a terminal; name a file with --output")
		}
		b := bufio.NewWriterSize(o.stdout, 64<<10)
		return b, func(err error) error { return errors.Join(err, b.Flush()) }, nil
	}
	f, err := os.OpenFile(c.Output, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // it may hold names and addresses
	if err != nil {
		return nil, nil, fmt.Errorf("the file cannot be made: %w", err)
	}
	return f, func(err error) error {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(c.Output))
		}
		return err
	}, nil
}
