package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"involt/internal/app"
	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/workspace"
	"involt/internal/flow/intake"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"

	"github.com/schollz/progressbar/v3"
)

type importCmd struct {
	app.Config `embed:""`

	File      string `arg:"" help:"CSV file or Excel workbook with users and cards" type:"existingfile"`
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
	by := access.System(ws.ID, "command-line")
	im, err := a.Intake.Upload(ctx, by, filepath.Base(c.File), f)
	if err != nil {
		return err
	}
	w := &watched{a: a, o: o, by: by, one: im.ID, bar: !c.JSON}
	if im, err = w.until(ctx, "Reading"); err != nil {
		return err
	}
	if c.Apply && im.State == imports.Previewed && im.Sheet.Readable {
		if err := a.Intake.Start(ctx, by, im.ID, false); err != nil {
			return err
		}
		if im, err = w.until(ctx, "Applying"); err != nil {
			return err
		}
	}
	report, err := a.Intake.Report(ctx, by, im.ID)
	if err == nil && c.Refused != "" {
		err = c.refused(ctx, a, by, im.ID)
	}
	if !im.State.Applied() {
		// Nobody shall find a preview in the console that was asked for here.
		err = errors.Join(err, a.Intake.Discard(ctx, by, im.ID))
	}
	switch {
	case err != nil:
		return err
	case im.State == imports.Failed, im.State == imports.Stopped, !im.Sheet.Readable:
		return errs.New(errs.Invalid, "%s", im.Note)
	case c.JSON:
		return json.NewEncoder(o.stdout).Encode(report)
	}
	c.print(o, &report)
	return nil
}

// refused writes the refused rows to a file.
func (c *importCmd) refused(ctx context.Context, a *app.App, by access.Actor, one id.Import) error {
	w, err := os.Create(c.Refused)
	if err != nil {
		return err
	}
	return errors.Join(a.Intake.Refusals(ctx, by, one, w), w.Close())
}

// watched is an import that this command works on, or that the server does if it
// was quicker.
type watched struct {
	a   *app.App
	o   out
	by  access.Actor
	one id.Import
	bar bool
}

// until works on the import until there is nothing to do by itself, and shows how
// far it is.
func (w *watched) until(ctx context.Context, what string) (im imports.Import, err error) {
	rung, end := w.a.DB.Watch(imports.Topic(w.one))
	defer end()
	done := make(chan error, 1)
	go func() {
		for {
			err := w.a.Intake.GoOn(ctx, w.by.Workspace, w.one)
			if !errors.Is(err, intake.ErrBusy) {
				done <- err
				return
			}
			select {
			case <-ctx.Done():
				done <- ctx.Err()
				return
			case <-time.After(500 * time.Millisecond):
			}
		}
	}()
	var bar *progressbar.ProgressBar
	if stderr, ok := w.o.stderr.(*os.File); ok && isTerminal(stderr) && w.bar {
		bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(stderr), progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetDescription(what), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(200*time.Millisecond))
	}
	for {
		select {
		case err = <-done:
			if bar != nil {
				err = errors.Join(err, bar.Finish())
			}
			if err != nil {
				return im, err
			}
			return w.a.Intake.ByID(ctx, w.by, w.one)
		case <-rung:
		}
		if bar == nil {
			continue
		}
		if im, err = w.a.Intake.ByID(ctx, w.by, w.one); err != nil {
			continue // the end says so
		}
		rows, total := int64(im.Counts.Rows), int64(-1)
		if im.State == imports.Applying {
			rows, total = int64(im.Applied.Rows), int64(im.Counts.Rows)
		} else if im.Counts.Bytes > 0 {
			total = int64(float64(rows) * float64(im.Size) / float64(im.Counts.Bytes)) // as far as can be told
		}
		bar.ChangeMax64(max(total, rows, 1))
		_ = bar.Set64(rows) // a bar that cannot be drawn does no harm
	}
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
	if r.Conflicts > 0 {
		fmt.Fprintf(o.stdout, "In %d rows something differs from what a person corrected by hand, which %s kept.\n", r.Conflicts, verb)
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
