package intake

import (
	"context"
	"io"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/workspace"
	"involt/internal/flow/intake/batch"
	"involt/internal/flow/intake/pack"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// Filter is which rows of an import are looked at.
type Filter string

// The filters.
const (
	All       Filter = ""
	Adds      Filter = "add"
	Changes   Filter = "change"
	Sames     Filter = "same"
	Refused   Filter = "refuse"
	Conflicts Filter = "conflict" // of which something was not taken over a correction made by hand
	Warned    Filter = "warning"
)

// of is how many rows of a chunk it finds.
func (f Filter) of(t *imports.Tally) int {
	switch f {
	case Adds:
		return t.Adds
	case Changes:
		return t.Changes
	case Sames:
		return t.Sames
	case Refused:
		return t.Refusals
	case Conflicts:
		return t.Conflicts
	case Warned:
		return t.Warnings
	default:
		return t.Size
	}
}

func (f Filter) finds(o *Outcome) bool {
	switch f {
	case All:
		return true
	case Conflicts:
		return o.Conflict()
	case Warned:
		return len(o.Warnings) > 0
	default:
		return string(o.Kind) == string(f)
	}
}

// Rows returns rows of an import and what becomes, or became, of them, in the
// order of the file: limit of those that the filter finds, from the one at from
// on. While the file is still read, those that were read are there.
func (s *Service) Rows(ctx context.Context, by access.Actor, one id.Import, f Filter, from, limit int) (list []Outcome, err error) {
	defer errs.Wrap(&err, "intake.Rows")
	err = s.each(ctx, by, one, f, from, func(o Outcome, _ pack.Row) bool {
		list = append(list, o)
		return len(list) < limit
	})
	return list, err
}

// each calls do with the rows that the filter finds, from the one at from on,
// until it returns false.
func (s *Service) each(ctx context.Context, by access.Actor, one id.Import, f Filter, from int, do func(Outcome, pack.Row) bool) error {
	im, err := s.ByID(ctx, by, one)
	if err != nil {
		return err
	}
	var tallies []imports.Tally
	var zone *time.Location
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if tallies, err = imports.Tallies(tx, by.Workspace, one); err != nil {
			return err
		}
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		zone, err = time.LoadLocation(ws.TimeZone)
		return err
	}); err != nil {
		return err
	}
	h := sheet.Stored(im.Sheet)
	for i := range tallies {
		n := f.of(&tallies[i])
		if from >= n {
			from -= n
			continue
		}
		rows, o, _, err := s.stored(ctx, by.Workspace, one, tallies[i].Place, true)
		if err != nil {
			return err
		}
		for j, r := range rows {
			out := outcome(&h, &o, j, r, zone)
			if !f.finds(&out) {
				continue
			}
			if from > 0 {
				from--
				continue
			}
			if !do(out, r) {
				return nil
			}
		}
	}
	return nil
}

// outcome puts together again what becomes of row i of a chunk.
func outcome(h *sheet.Header, o *pack.Outcomes, i int, r pack.Row, zone *time.Location) Outcome {
	out := Outcome{Line: r.Line, Kind: o.Kind(i), Warnings: o.Warnings[i], Changes: o.Changes[i]}
	l := h.Told(r.Table())
	if out.Kind != batch.Refuse {
		l, _, _, _ = h.Parse(r.Table(), zone)
	}
	out.Name, out.Email, out.Card = l.Name(), l.Email, l.Card.UID
	if n, ok := o.Names[i]; ok {
		out.Name, out.Email = n[0], n[1]
	}
	switch out.Kind {
	case batch.Refuse:
		why := o.Why[i]
		out.Column, out.Reason = why.Column, why.Text
	case batch.Add:
		prior, later := o.Prior[i]
		out.Changes = l.New(later, prior.Car, zone)
	case batch.Update, batch.Same:
	}
	return out
}

// Refusals writes the refused rows as a sheet with the reasons in a last column,
// which can be corrected and imported like any other.
func (s *Service) Refusals(ctx context.Context, by access.Actor, one id.Import, w io.Writer) (err error) {
	defer errs.Wrap(&err, "intake.Refusals")
	im, err := s.ByID(ctx, by, one)
	if err != nil {
		return err
	}
	delimiter := byte(',')
	if im.Sheet.Delimiter != "" {
		delimiter = im.Sheet.Delimiter[0]
	}
	out := table.NewWriter(w, delimiter, true)
	var heads []string
	for _, h := range im.Sheet.Headings {
		text := h.Text
		if im.Sheet.HeaderLine == 0 {
			text = h.Column
		}
		heads = append(heads, text)
	}
	first := true
	err = s.each(ctx, by, one, Refused, 0, func(o Outcome, r pack.Row) bool {
		if first {
			out.Write(append(heads, "reason")...)
			first = false
		}
		cells := make([]string, len(heads), len(heads)+1)
		for i := range cells {
			if i < len(r.Cells) {
				cells[i] = table.Unguard(r.Cells[i])
			}
		}
		where := "Line " + decimal(o.Line)
		if o.Column != "" {
			where += ", " + string(o.Column)
		}
		out.Write(append(cells, where+": "+o.Reason)...)
		return true
	})
	return errs.Or(err, out.Flush())
}
