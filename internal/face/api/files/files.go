// Package files is the operations about files of users and cards: sending one,
// looking at what it would change, applying it, taking it back.
package files

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/face/api/frame"
	"involt/internal/flow/intake"
	"involt/internal/kit/errs"
)

// desk answers the operations of this package.
type desk struct{ *frame.Server }

func handled[I, O any](f func(*desk, context.Context, access.Actor, *I) (*O, error)) frame.Bind {
	return frame.Handled(func(s *frame.Server) *desk { return &desk{s} }, f)
}

// Operations are the operations about imports.
func Operations() []frame.Operation {
	const tag, need = "Imports", access.PeopleWrite | access.PersonalData
	one := frame.Prefix + "/imports/{id}"
	return []frame.Operation{
		{
			Method: "GET", Path: frame.Prefix + "/imports", ID: "list-imports", Tag: tag, Perm: need, Status: http.StatusOK,
			Summary: "List imports", Description: "The newest first.", Bind: handled((*desk).list),
		},
		{
			Method: "POST", Path: frame.Prefix + "/imports", ID: "create-import", Tag: tag, Perm: need, Status: http.StatusCreated,
			Summary:     "Begin an import",
			Description: "With text, a small CSV file that is sent with it, its preview begins at once. Without, send the file in pieces to /imports/{id}/file and then say that it is complete. Nothing is written before it is applied.",
			Example:     map[string]any{"file_name": "people.csv", "text": "email,first_name,card_uid\nanna.berg@example.com,Anna,04A1B2C3D4E5F6\n"}, Bind: handled((*desk).create),
		},
		{
			Method: "PATCH", Path: one + "/file", ID: "send-file", Tag: tag, Perm: need, Status: http.StatusNoContent, Refusals: []int{404, 409}, Raw: true,
			Summary: "Send a piece of the file", Description: "The body is up to 16 MiB of the file, as they are: CSV or an Excel workbook. Upload-Offset says where they belong, which must be where the file ends so far; the answer has where it ends now. After a break ask for received of the import, and go on from there.", Bind: handled((*desk).send),
		},
		{
			Method: "POST", Path: one + "/complete", ID: "complete-import", Tag: tag, Perm: need, Status: http.StatusAccepted, Refusals: []int{404, 409},
			Summary: "Say that the file is complete", Description: "Its preview begins.", Bind: handled((*desk).complete),
		},
		{
			Method: "GET", Path: one, ID: "read-import", Tag: tag, Perm: need, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read an import", Description: "What its columns mean, how far it has come, and what its rows come to.", Bind: handled((*desk).read),
		},
		{
			Method: "GET", Path: one + "/rows", ID: "list-import-rows", Tag: tag, Perm: need, Status: http.StatusOK, Refusals: []int{404, 410},
			Summary: "List rows", Description: "The rows of the file, in its order, and what becomes, or became, of each; while the file is still being read, those that were.", Bind: handled((*desk).rows),
		},
		{
			Method: "POST", Path: one + "/answers", ID: "answer-import", Tag: tag, Perm: need, Status: http.StatusAccepted, Refusals: []int{404, 409},
			Summary: "Say how to read it", Description: "What the columns mean, and what to do besides. The file is read once more. A mapping is remembered for files with the same headings.",
			Example: map[string]any{"mapping": []string{"external_id", "", "card_uid"}, "cards_until": "2027-12-31"}, Bind: handled((*desk).answer),
		},
		{
			Method: "POST", Path: one + "/apply", ID: "apply-import", Tag: tag, Perm: need, Status: http.StatusAccepted, Refusals: []int{404, 409},
			Summary: "Apply an import", Description: "Writes what the preview shows, as work that goes on by itself, one import of a workspace at a time. With invite, those who are added are invited when it is done.", Bind: handled((*desk).apply),
		},
		{
			Method: "POST", Path: one + "/stop", ID: "stop-import", Tag: tag, Perm: need, Status: http.StatusAccepted, Refusals: []int{404},
			Summary: "Stop an import", Description: "What was applied stays; apply it again for the rest.", Bind: handled((*desk).stop),
		},
		{
			Method: "POST", Path: one + "/undo", ID: "undo-import", Tag: tag, Perm: need | access.CardsWrite, Status: http.StatusAccepted, Refusals: []int{404, 409, 410},
			Summary: "Undo an import", Description: "Takes back what it did, for 30 days after it was applied, as work that goes on by itself. If something depends on it by then nothing is changed and depends says what; with leave_rest that is left as it is, and the rest is taken back.", Bind: handled((*desk).undo),
		},
		{
			Method: "DELETE", Path: one, ID: "discard-import", Tag: tag, Perm: need, Status: http.StatusNoContent, Refusals: []int{404, 409},
			Summary: "Forget an import", Description: "One that was not applied.", Bind: handled((*desk).discard),
		},
	}
}

// Column is a column of a file.
type Column struct {
	Heading string   `json:"heading" doc:"As in the file; empty if it has none." example:"Kartennummer"`
	Means   *string  `json:"means" doc:"What it means; null if that is not known." example:"card_uid"`
	Read    bool     `json:"read" doc:"false: it is passed over."`
	Note    *string  `json:"note" doc:"Why." example:"is not known and is not read"`
	Sample  []string `json:"sample" nullable:"false" doc:"What stands in it in the first rows."`
}

// Dependent is something that depends on an import.
type Dependent struct {
	Subject string `json:"subject" doc:"Whose it is: person:… or card:…" example:"person:01kamb5nzh0q4t8v6w2y3x5z7c"`
	Why     string `json:"why" doc:"What happened, to be read after a name." example:"has charged since"`
}

// Import is an import as the API shows it.
type Import struct {
	ID             string      `json:"id" doc:"Its id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	FileName       string      `json:"file_name" doc:"The file's name." example:"people.csv"`
	State          string      `json:"state" enum:"uploading,previewing,previewed,failed,applying,done,stopped,undoing,undone" doc:"How far it has come; failed: the file cannot be read, stopped: it ended early; note says why." example:"previewed"`
	Note           *string     `json:"note" doc:"Why it failed or stopped; null if it did not."`
	Received       *int64      `json:"received" doc:"While it is uploading: how many bytes of the file are here; null later." example:"4194304"`
	Format         *string     `json:"format" doc:"Whose export it is, if that was recognised." example:"Everon"`
	Columns        []Column    `json:"columns" nullable:"false" doc:"What its columns mean."`
	Rows           int         `json:"rows" doc:"How many rows were read so far or, once it is applied, written." example:"1200"`
	Add            int         `json:"add" doc:"How many add a user, or a card of nobody." example:"1100"`
	Change         int         `json:"change" doc:"How many change something." example:"60"`
	Same           int         `json:"same" doc:"How many are all as it is." example:"30"`
	Refused        int         `json:"refused" doc:"How many are not taken; list them with kind=refuse." example:"10"`
	Conflicts      int         `json:"conflicts" doc:"In how many something stays that a person corrected by hand." example:"2"`
	NewUsers       int         `json:"new_users" doc:"Users that are new." example:"1100"`
	NewCards       int         `json:"new_cards" doc:"Cards that are new." example:"1080"`
	NewGroups      []string    `json:"new_groups" nullable:"false" doc:"Groups that are made because none had the name."`
	NewCostCenters []string    `json:"new_cost_centers" nullable:"false" doc:"Cost centers that are made."`
	Depends        []Dependent `json:"depends" nullable:"false" doc:"The first of what kept it from being undone."`
	DependCount    int         `json:"depend_count" doc:"How much that is in all."`
	BulkID         *string     `json:"bulk_id" doc:"The bulk work that invites those who were added; null if nobody is."`
	CreatedAt      time.Time   `json:"created_at" doc:"When it was begun."`
	StartedAt      *time.Time  `json:"started_at" doc:"When what goes on, or went on last, began."`
	EndedAt        *time.Time  `json:"ended_at" doc:"When that ended; null until then."`
}

func shown(im *imports.Import, received *int64) Import {
	c := im.Counts
	if im.State.Applied() {
		c = im.Applied
	}
	v := Import{
		ID: string(im.ID), FileName: im.Name, State: string(im.State), Note: frame.OrNull(im.Note), Received: received, Format: frame.OrNull(im.Sheet.Format), Columns: []Column{},
		Rows: c.Rows, Add: c.Add, Change: c.Change, Same: c.Same, Refused: c.Refuse, Conflicts: c.Conflicts, NewUsers: c.People, NewCards: c.Cards,
		NewGroups: append([]string{}, im.News.Groups...), NewCostCenters: append([]string{}, im.News.CostCenters...), Depends: []Dependent{}, DependCount: im.Back.Count,
		BulkID: frame.OrNull(im.Bulk), CreatedAt: im.Created, StartedAt: frame.Instant(im.Started), EndedAt: frame.Instant(im.Ended),
	}
	for _, h := range im.Sheet.Headings {
		v.Columns = append(v.Columns, Column{h.Text, frame.OrNull(h.Column), h.Read, frame.OrNull(h.Note), append([]string{}, h.Sample...)})
	}
	for _, d := range im.Back.Depends {
		v.Depends = append(v.Depends, Dependent{d.Subject, d.Why})
	}
	return v
}

func (s *desk) open(ctx context.Context, by access.Actor, text string) (v Import, err error) {
	one, err := frame.IDIn[id.Import](text, "import")
	if err != nil {
		return v, err
	}
	im, err := s.Intake.ByID(ctx, by, one)
	if err != nil {
		return v, err
	}
	var received *int64
	if im.State == imports.Uploading && im.Asker == by.Name {
		n, err := s.Intake.Received(ctx, by, one)
		if err != nil {
			return v, err
		}
		received = &n
	}
	return shown(&im, received), nil
}

func (s *desk) goesOn(ctx context.Context, by access.Actor, one id.Import) (*frame.Accepted[Import], error) {
	v, err := s.open(ctx, by, string(one))
	if err != nil {
		return nil, err
	}
	return &frame.Accepted[Import]{Location: s.Public + frame.Prefix + "/imports/" + string(one), Body: v}, nil
}

type listIn struct{ frame.Listing }

func (s *desk) list(ctx context.Context, by access.Actor, in *listIn) (*frame.Listed[Import], error) {
	at, err := s.At(ctx, in.Listing, nil)
	if err != nil {
		return nil, err
	}
	all, err := s.Intake.Recent(ctx, by, id.Import(at), in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(all) > in.Limit {
		all = all[:in.Limit]
		next = string(all[in.Limit-1].ID)
	}
	return frame.PageOf(ctx, s.Server, in.Listing, nil, frame.Each(all, func(im *imports.Import) Import { return shown(im, nil) }), next)
}

type createIn struct {
	frame.Idempotent
	Body struct {
		FileName string `json:"file_name" minLength:"1" maxLength:"200" doc:"The file's name." example:"people.csv"`
		Size     int64  `json:"size,omitempty" minimum:"0" doc:"How many bytes it will have, if it comes in pieces and that is known."`
		Text     string `json:"text,omitempty" doc:"The whole file, if it is small: CSV."`
	} `nameHint:"CreateImport"`
}

func (s *desk) create(ctx context.Context, by access.Actor, in *createIn) (*frame.Made[Import], error) {
	var im imports.Import
	var err error
	if in.Body.Text != "" {
		im, err = s.Intake.Upload(ctx, by, in.Body.FileName, strings.NewReader(in.Body.Text))
	} else {
		im, err = s.Intake.Begin(ctx, by, in.Body.FileName, in.Body.Size)
	}
	if err != nil {
		return nil, frame.Renamed(err, map[string]string{"name": "file_name", "file": "text"})
	}
	v, err := s.open(ctx, by, string(im.ID))
	if err != nil {
		return nil, err
	}
	return &frame.Made[Import]{Location: s.Public + frame.Prefix + "/imports/" + v.ID, ETag: frame.Tag(0, v), Body: v}, nil
}

type sendIn struct {
	frame.ByID
	Offset  int64  `header:"Upload-Offset" minimum:"0" doc:"Where the bytes belong: how many the file has so far." example:"0"`
	RawBody []byte `contentType:"application/octet-stream"`
}

type sendOut struct {
	Offset string `header:"Upload-Offset" doc:"How many bytes the file has now."`
}

func (s *desk) send(ctx context.Context, by access.Actor, in *sendIn) (*sendOut, error) {
	one, err := frame.IDIn[id.Import](in.ID, "import")
	if err != nil {
		return nil, err
	}
	n, err := s.Intake.Append(ctx, by, one, in.Offset, bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, err
	}
	return &sendOut{strconv.FormatInt(n, 10)}, nil
}

func (s *desk) complete(ctx context.Context, by access.Actor, in *frame.PostByID) (*frame.Accepted[Import], error) {
	one, err := frame.IDIn[id.Import](in.ID, "import")
	if err == nil {
		err = s.Intake.Complete(ctx, by, one)
	}
	if err != nil {
		return nil, err
	}
	return s.goesOn(ctx, by, one)
}

func (s *desk) read(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Import], error) {
	v, err := s.open(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	return &frame.One[Import]{ETag: frame.Tag(int64(v.Rows), v), Body: v}, nil
}

// Row is a row of a file.
type Row struct {
	Line     int      `json:"line" doc:"Where it begins in the file." example:"17"`
	Kind     string   `json:"kind" enum:"add,change,same,refuse" doc:"What it does." example:"change"`
	Name     *string  `json:"name" doc:"Whom it is about, as far as that is known." example:"Anna Berg"`
	Email    *string  `json:"email" doc:"Their address." example:"anna.berg@example.com"`
	Card     *string  `json:"card" doc:"The card's number in its canonical form." example:"04A1B2C3D4E5F6"`
	Changes  []Change `json:"changes" nullable:"false" doc:"What is new."`
	Column   *string  `json:"column" doc:"Of a refused row: the cell at fault." example:"card_uid"`
	Reason   *string  `json:"reason" doc:"Of a refused row: why." example:"\"04A1\" has 2 bytes."`
	Warnings []string `json:"warnings" nullable:"false" doc:"What to look at."`
}

// Change is one field that becomes another.
type Change struct {
	Column string  `json:"column" doc:"Which." example:"cost_center"`
	Old    *string `json:"old" doc:"What it is; null for nothing." example:"Sales"`
	New    string  `json:"new" doc:"What the file says." example:"Marketing"`
	Kept   *string `json:"kept" doc:"Why it stays as it is; null if it does not." example:"corrected by hand on 2026-11-02"`
}

type rowsIn struct {
	frame.ByID
	frame.Listing
	Kind string `query:"kind" enum:"add,change,same,refuse,conflict,warning" doc:"Only these rows; conflict: those in which something stays that a person corrected by hand; warning: those with something to look at."`
}

func (s *desk) rows(ctx context.Context, by access.Actor, in *rowsIn) (*frame.Listed[Row], error) {
	one, err := frame.IDIn[id.Import](in.ID, "import")
	if err != nil {
		return nil, err
	}
	filters := frame.Filled("kind", in.Kind)
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	from := 0
	if at != "" {
		if from, err = strconv.Atoi(at); err != nil {
			return nil, errs.AtField("query.cursor", "This cursor is damaged. Start again without it.")
		}
	}
	list, err := s.Intake.Rows(ctx, by, one, intake.Filter(in.Kind), from, in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(list) > in.Limit {
		list = list[:in.Limit]
		next = strconv.Itoa(from + in.Limit)
	}
	return frame.PageOf(ctx, s.Server, in.Listing, filters, frame.Each(list, func(o *intake.Outcome) Row {
		r := Row{Line: o.Line, Kind: string(o.Kind), Name: frame.OrNull(o.Name), Email: frame.OrNull(o.Email), Card: frame.OrNull(o.Card), Changes: []Change{}, Column: frame.OrNull(o.Column), Reason: frame.OrNull(o.Reason), Warnings: []string{}}
		for _, c := range o.Changes {
			r.Changes = append(r.Changes, Change{string(c.Column), frame.OrNull(c.Old), c.New, frame.OrNull(c.Kept)})
		}
		for _, w := range o.Warnings {
			r.Warnings = append(r.Warnings, w.Text)
		}
		return r
	}), next)
}

type answerIn struct {
	frame.PostByID
	Body struct {
		Mapping    []string `json:"mapping,omitempty" nullable:"false" maxItems:"300" doc:"By column of the file: what it means, empty for one that is not read. Absent: as it is."`
		Forget     bool     `json:"forget,omitempty" doc:"true: what the columns mean is taken from the headings again."`
		NoHeader   bool     `json:"no_header,omitempty" doc:"true: the first row is no heading."`
		CardsUntil string   `json:"cards_until,omitempty" maxLength:"20" doc:"The last day on which cards of those who are added as imported work, although they have not come in." example:"2027-12-31"`
		Overwrite  bool     `json:"overwrite,omitempty" doc:"true: also fields that a person corrected by hand."`
	} `nameHint:"AnswerImport"`
}

func (s *desk) answer(ctx context.Context, by access.Actor, in *answerIn) (*frame.Accepted[Import], error) {
	one, err := frame.IDIn[id.Import](in.ID, "import")
	if err != nil {
		return nil, err
	}
	b := &in.Body
	err = s.Intake.Answer(ctx, by, one, intake.Answers{Mapping: b.Mapping, Forget: b.Forget, NoHeader: b.NoHeader, CardsUntil: b.CardsUntil, Overwrite: b.Overwrite})
	if err != nil {
		return nil, err
	}
	return s.goesOn(ctx, by, one)
}

type applyIn struct {
	frame.PostByID
	Body struct {
		Invite bool `json:"invite,omitempty" doc:"true: those who are added are invited when it is done."`
	} `nameHint:"ApplyImport" required:"false"`
}

func (s *desk) apply(ctx context.Context, by access.Actor, in *applyIn) (*frame.Accepted[Import], error) {
	one, err := frame.IDIn[id.Import](in.ID, "import")
	if err == nil {
		err = s.Intake.Start(ctx, by, one, in.Body.Invite)
	}
	if err != nil {
		return nil, err
	}
	return s.goesOn(ctx, by, one)
}

func (s *desk) stop(ctx context.Context, by access.Actor, in *frame.PostByID) (*frame.Accepted[Import], error) {
	one, err := frame.IDIn[id.Import](in.ID, "import")
	if err == nil {
		err = s.Intake.Stop(ctx, by, one)
	}
	if err != nil {
		return nil, err
	}
	return s.goesOn(ctx, by, one)
}

type undoIn struct {
	frame.PostByID
	Body struct {
		LeaveRest bool `json:"leave_rest,omitempty" doc:"true: what something depends on is left as it is."`
	} `nameHint:"UndoImport" required:"false"`
}

func (s *desk) undo(ctx context.Context, by access.Actor, in *undoIn) (*frame.Accepted[Import], error) {
	one, err := frame.IDIn[id.Import](in.ID, "import")
	if err == nil {
		err = s.Intake.Undo(ctx, by, one, in.Body.LeaveRest)
	}
	if err != nil {
		return nil, err
	}
	return s.goesOn(ctx, by, one)
}

func (s *desk) discard(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.Nothing, error) {
	one, err := frame.IDIn[id.Import](in.ID, "import")
	if err == nil {
		err = s.Intake.Discard(ctx, by, one)
	}
	if err != nil {
		return nil, err
	}
	return &frame.Nothing{}, nil
}
