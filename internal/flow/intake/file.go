package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// chunkRows is how many rows one transaction takes: few enough that it lasts
// well under half a second, for SQLite has one writer.
const chunkRows = 1000

// entry is a row on its way.
type entry struct {
	Line
	prior    *first    // the earlier row about the same person, if this one adds a card
	own      *first    // this row's mark for later ones
	warnings []Problem // of the row itself
	outcome  Outcome   // set early if the row is refused before the database is asked
	done     bool      // outcome is final
}

func (e *entry) refuse(p Problem) {
	e.outcome = Outcome{Line: e.Number, Kind: Refuse, Name: e.name(), Email: e.Email, Card: e.Card.UID, Column: p.Column, Reason: p.Text}
	if e.own != nil {
		e.own.refused = true
	}
}

// Preview says what Apply would do with the sheet in r, and writes nothing.
func (s *Service) Preview(ctx context.Context, by access.Actor, r io.Reader, opt Options) (Report, error) {
	return s.run(ctx, by, r, opt, false)
}

// Apply imports the sheet in r. It needs the permissions to see and change
// people and, if the sheet has cards, to change those. A sheet that cannot be
// read at all is an errs.Invalid and changes nothing; rows that cannot be taken
// are in the report. If it fails on the way, the report says how far it came, and applying
// the sheet again does the rest.
func (s *Service) Apply(ctx context.Context, by access.Actor, r io.Reader, opt Options) (Report, error) {
	return s.run(ctx, by, r, opt, true)
}

type importID string

// run is one way through a sheet.
type run struct {
	s      *Service
	by     access.Actor
	opt    Options
	apply  bool
	zone   *time.Location
	header header
	seen   *seen
	report Report
	out    *table.Writer   // of refused rows; nil if nobody wants them
	listed map[string]bool // names in NewGroups and NewCostCenters

	// What the workspace had when last looked at, and what committed chunks
	// have added; groups is nil when it must be looked at again.
	groups      map[string]id.Group // by group.Key
	costCenters map[string]bool
	payers      payers
}

func (s *Service) run(ctx context.Context, by access.Actor, src io.Reader, opt Options, apply bool) (rep Report, err error) {
	defer errs.Wrap(&err, "intake.run(%s, apply %v)", opt.Name, apply)
	if err := by.Need(access.PeopleWrite | access.PersonalData); err != nil {
		return Report{}, err
	}
	sheet, err := table.NewReader(src)
	if err != nil {
		return Report{}, err
	}
	r := &run{s: s, by: by, opt: opt, apply: apply, seen: newSeen(), listed: map[string]bool{}}
	if r.header, err = findHeader(sheet); err != nil {
		return Report{}, err
	}
	if r.header.has(CardUID) {
		if err := by.Need(access.CardsWrite); err != nil {
			return Report{}, err
		}
	}
	if r.header.has(Account) {
		if err := by.Need(access.AccountsRead); err != nil {
			return Report{}, err
		}
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		r.report.Started = tx.Now
		r.zone, err = time.LoadLocation(ws.TimeZone)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	// No nulls in JSON: empty lists are lists.
	r.report.NewAccounts = []string{}
	r.report.NewGroups, r.report.NewCostCenters, r.report.Refused, r.report.Warnings = []string{}, []string{}, []Problem{}, []Problem{}
	r.report.Sample, r.report.Changed = []Outcome{}, []Outcome{}
	r.report.File, r.report.Headings, r.report.Applied = opt.Name, r.header.list, apply
	r.report.Delimiter = string(sheet.Dialect().Delimiter)
	if apply {
		r.report.Import = string(id.New[importID]())
	}
	if opt.Refused != nil {
		r.out = table.NewWriter(opt.Refused, sheet.Dialect().Delimiter, true)
	}
	err = r.rows(ctx, sheet)
	r.report.Encoding = sheet.Dialect().Encoding // known for sure only now
	if err == nil {
		err = r.finish(ctx)
	}
	if r.out != nil {
		err = errors.Join(err, r.out.Flush())
	}
	return r.report, err
}

func (r *run) rows(ctx context.Context, sheet *table.Reader) error {
	chunk := make([]*entry, 0, chunkRows)
	for {
		row, err := sheet.Next()
		var bad *table.LineError
		switch {
		case errors.Is(err, io.EOF):
			return r.chunk(ctx, chunk, sheet.Consumed())
		case errors.As(err, &bad):
			e := &entry{Line: Line{Number: bad.Line}}
			e.refuse(Problem{bad.Line, "", upperFirst(bad.Text)})
			e.done = true
			chunk = append(chunk, e)
		case err != nil:
			return err
		default:
			if e := r.read(row); e != nil {
				chunk = append(chunk, e)
			}
		}
		if len(chunk) == chunkRows {
			if err := r.chunk(ctx, chunk, sheet.Consumed()); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
	}
}

// read makes an entry of a row, or nil of an example.
func (r *run) read(row table.Row) *entry {
	l, warnings, refused, example := r.header.parse(row, r.zone)
	if example {
		r.report.Examples++
		return nil
	}
	l.cells = append([]string(nil), l.cells...) // the reader uses them again
	e := &entry{Line: l, warnings: warnings}
	if refused == nil {
		var warning *Problem
		e.prior, e.own, warning, refused = r.seen.check(&e.Line)
		if warning != nil {
			e.warnings = append(e.warnings, *warning)
		}
	}
	if refused != nil {
		e.refuse(*refused)
		e.done = true
	}
	return e
}

// chunk takes some rows: it asks the database about them, writes what changes
// if this is no preview, and reports.
func (r *run) chunk(ctx context.Context, list []*entry, consumed int64) error {
	var got *batch
	work := func(tx *db.Tx) (err error) {
		got, err = r.decide(tx, list)
		if err == nil && r.apply {
			err = got.write(tx)
		}
		return err
	}
	var err error
	if r.apply {
		// A conflict means that somebody added the same person, card or group
		// just now, or took a group away; looking again finds out.
		for range 5 {
			err = r.s.DB.Update(ctx, work)
			if kind := errs.KindOf(err); kind != errs.Conflict && kind != errs.NotFound {
				break
			}
			r.groups = nil
		}
	} else {
		err = r.s.DB.View(ctx, work)
	}
	if err != nil {
		return err
	}
	if r.apply {
		r.groups, r.costCenters = got.groups, got.knownCostCenters
	}
	for _, e := range list {
		if e.outcome.Kind != Refuse {
			r.report.warn(e.warnings...)
		}
		r.report.count(e.outcome, r.opt.Sample)
		if r.opt.Each != nil {
			r.opt.Each(e.outcome)
		}
		r.giveBack(e)
	}
	r.report.warn(got.warnings...)
	r.report.NewPeople += got.newPeople
	r.report.NewCards += got.newCards
	r.report.NewMemberships += got.newMemberships
	for _, name := range got.groupNames {
		if key := "g" + groupKey(name); !r.listed[key] {
			r.listed[key] = true
			r.report.NewGroups = append(r.report.NewGroups, name)
		}
	}
	r.report.NewAccounts = append(r.report.NewAccounts, got.newPayers()...)
	for _, name := range got.costCenters {
		if key := "c" + name; !r.listed[key] {
			r.listed[key] = true
			r.report.NewCostCenters = append(r.report.NewCostCenters, name)
		}
	}
	if r.opt.Progress != nil {
		r.opt.Progress(Progress{r.report.Rows, consumed})
	}
	return nil
}

// giveBack writes a refused row to the sheet of refused rows, which can be
// corrected and imported like any other.
func (r *run) giveBack(e *entry) {
	if r.out == nil || e.outcome.Kind != Refuse {
		return
	}
	if r.report.Refuse == 1 {
		var heads []string
		for _, h := range r.header.list {
			heads = append(heads, h.Text)
		}
		r.out.Write(append(heads, "reason")...)
	}
	cells := make([]string, len(r.header.list), len(r.header.list)+1)
	for i := range cells {
		if i < len(e.cells) {
			cells[i] = table.Unguard(e.cells[i])
		}
	}
	where := fmt.Sprintf("Line %d", e.Number)
	if e.outcome.Column != "" {
		where += ", " + string(e.outcome.Column)
	}
	r.out.Write(append(cells, where+": "+e.outcome.Reason)...)
}
