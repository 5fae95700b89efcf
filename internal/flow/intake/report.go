package intake

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/kit/errs"
)

// Report says what an import does or did, for programs.
type Report struct {
	File      string            `json:"file"`
	Encoding  string            `json:"encoding"`
	Delimiter string            `json:"delimiter"` // ",", ";", "\t" or "|"; "" of a workbook
	Format    string            `json:"format,omitempty"`
	Headings  []imports.Heading `json:"headings"`
	State     imports.State     `json:"state"`
	Note      string            `json:"note,omitempty"`
	Applied   bool              `json:"applied"` // false for a preview
	Import    string            `json:"import,omitempty"`

	Rows      int `json:"rows"` // without the header, blank rows and examples
	Add       int `json:"add"`
	Change    int `json:"change"`
	Same      int `json:"same"`
	Refuse    int `json:"refuse"`
	Conflicts int `json:"conflicts"`
	Examples  int `json:"examples"` // rows of the template, passed over

	NewPeople      int      `json:"new_people"`
	NewCards       int      `json:"new_cards"`
	NewMemberships int      `json:"new_memberships"`
	NewGroups      []string `json:"new_groups"` // made because no group had the name
	NewCostCenters []string `json:"new_cost_centers"`
	NewAccounts    []string `json:"new_accounts"` // likewise: customers' accounts, of consumers

	Refused      []Problem `json:"refused"` // the first of them
	Warnings     []Problem `json:"warnings"`
	WarningCount int       `json:"warning_count"` // rows with warnings
	Sample       []Outcome `json:"sample"`        // the first rows
	Changed      []Outcome `json:"changed"`       // the first rows of kind change

	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
}

// How many a report lists of each.
const (
	listRefused  = 1000
	listWarnings = 1000
	listSample   = 200
)

// Report puts together what an import does, or did if it was applied.
func (s *Service) Report(ctx context.Context, by access.Actor, one id.Import) (r Report, err error) {
	defer errs.Wrap(&err, "intake.Report")
	im, err := s.ByID(ctx, by, one)
	if err != nil {
		return r, err
	}
	c := im.Counts
	applied := im.State.Applied()
	if applied {
		c = im.Applied
	}
	r = Report{
		File: im.Name, Encoding: im.Sheet.Encoding, Delimiter: im.Sheet.Delimiter, Format: im.Sheet.Format, Headings: im.Sheet.Headings, State: im.State, Note: im.Note,
		Applied: applied, Import: string(im.ID), Rows: c.Rows, Add: c.Add, Change: c.Change, Same: c.Same, Refuse: c.Refuse, Conflicts: c.Conflicts, Examples: im.Counts.Examples,
		NewPeople: c.People, NewCards: c.Cards, NewMemberships: c.Memberships, NewGroups: append([]string{}, im.News.Groups...), NewCostCenters: append([]string{}, im.News.CostCenters...),
		NewAccounts: append([]string{}, im.News.Accounts...), WarningCount: c.Warnings, Refused: []Problem{}, Warnings: []Problem{}, Sample: []Outcome{}, Changed: []Outcome{}, Started: im.Started, Ended: im.Ended,
	}
	if r.Headings == nil {
		r.Headings = []imports.Heading{}
	}
	refused, err := s.Rows(ctx, by, one, Refused, 0, listRefused)
	if err != nil {
		return r, err
	}
	for _, o := range refused {
		r.Refused = append(r.Refused, Problem{Line: o.Line, Column: o.Column, Text: o.Reason})
	}
	warned, err := s.Rows(ctx, by, one, Warned, 0, listWarnings)
	if err != nil {
		return r, err
	}
	for _, o := range warned {
		r.Warnings = append(r.Warnings, o.Warnings...)
	}
	if r.Sample, err = s.Rows(ctx, by, one, All, 0, listSample); err != nil {
		return r, err
	}
	if r.Changed, err = s.Rows(ctx, by, one, Changes, 0, listSample); err != nil {
		return r, err
	}
	if r.Sample == nil {
		r.Sample = []Outcome{}
	}
	if r.Changed == nil {
		r.Changed = []Outcome{}
	}
	return r, nil
}
