package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"involt/internal/app"
	"involt/internal/core/access"
	"involt/internal/core/workspace"
	"involt/internal/flow/intake"
	"involt/internal/kit/db"

	"github.com/schollz/progressbar/v3"
)

type importCmd struct {
	app.Config `embed:""`

	File      string `arg:"" help:"CSV file with users and cards" type:"existingfile"`
	Workspace string `help:"short name of the workspace" required:"" placeholder:"SLUG"`
	DryRun    bool   `help:"only show what would happen (the default)" xor:"what"`
	Apply     bool   `help:"do it" xor:"what"`
	JSON      bool   `help:"print the report as JSON" name:"json"`
	Refused   string `help:"write the refused rows with their reasons to this file" placeholder:"FILE"`
}

// Run previews or applies.
func (c *importCmd) Run(ctx context.Context, o out) (err error) {
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
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	opt := intake.Options{Name: filepath.Base(c.File)}
	if c.Refused != "" {
		w, err := os.Create(c.Refused)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.Close()) }()
		opt.Refused = w
	}
	if stderr, ok := o.stderr.(*os.File); ok && isTerminal(stderr) && !c.JSON {
		st, err := f.Stat()
		if err != nil {
			return err
		}
		bar := progressbar.NewOptions64(st.Size(), progressbar.OptionSetWriter(stderr), progressbar.OptionShowBytes(true),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription(opt.Name))
		opt.Progress = func(p intake.Progress) { _ = bar.Set64(min(p.Bytes, st.Size())) } // a bar that cannot be drawn does no harm
		defer func() { err = errors.Join(err, bar.Finish()) }()
	}
	do := a.Intake.Preview
	if c.Apply {
		do = a.Intake.Apply
	}
	report, err := do(ctx, access.System(ws.ID, "command-line"), f, opt)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(o.stdout).Encode(report)
	}
	c.print(o, &report)
	return nil
}

func (c *importCmd) print(o out, r *intake.Report) {
	verb := "would be"
	if r.Applied {
		verb = "were"
	}
	fmt.Fprintf(o.stdout, "%d rows: %d %s added, %d changed, %d are the same, %d %s refused.\n", r.Rows, r.Add, verb, r.Change, r.Same, r.Refuse, verb)
	if r.NewPeople+r.NewCards > 0 {
		fmt.Fprintf(o.stdout, "%d users and %d cards %s new.\n", r.NewPeople, r.NewCards, verb)
	}
	if len(r.NewGroups) > 0 {
		fmt.Fprintf(o.stdout, "These user groups %s made: %s.\n", verb, strings.Join(r.NewGroups, ", "))
	}
	if len(r.NewAccounts) > 0 {
		fmt.Fprintf(o.stdout, "These accounts %s made: %s.\n", verb, strings.Join(r.NewAccounts, ", "))
	}
	if len(r.NewCostCenters) > 0 {
		fmt.Fprintf(o.stdout, "These cost centers %s made: %s.\n", verb, strings.Join(r.NewCostCenters, ", "))
	}
	for _, h := range r.Headings {
		if h.Column == "" {
			fmt.Fprintf(o.stdout, "The column %q is not read.\n", h.Text)
		}
	}
	list := func(title string, all []intake.Problem) {
		if len(all) > 0 {
			fmt.Fprintf(o.stdout, "\n%s\n", title)
		}
		for _, p := range all {
			at := fmt.Sprintf("line %d", p.Line)
			if p.Column != "" {
				at += ", " + string(p.Column)
			}
			fmt.Fprintf(o.stdout, "  %s: %s\n", at, p.Text)
		}
	}
	list("Refused:", r.Refused)
	list("To look at:", r.Warnings)
	if !r.Applied {
		fmt.Fprintf(o.stdout, "\nNothing was written. Run it again with --apply to do it.\n")
	}
}
