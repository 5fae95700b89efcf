// Package intake brings in many people and cards at once from a file.
//
// The file is kept in the database as it comes, piece by piece. A job reads it
// once, row by row: what the row says (package sheet), whether it agrees with the
// rows before it, and what it would change of what the database has (package
// batch). So each row is one of add, change, same or refuse. The rows and what
// would become of them are kept in chunks, and the first of them can be looked at
// while the others are still read.
//
// Applying decides about the rows once more, chunk by chunk, in the transaction
// that writes the changes, their journal entries, what became of each row, how to
// take it back, and how far the import has come. Whatever happens in between, the
// work goes on behind the last chunk that was committed. Applying a file again
// finds everything the same.
package intake

import (
	"context"
	"io"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/intake/batch"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/blob"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// Service imports files.
type Service struct {
	DB *db.DB

	Inviter Inviter // invites those who were added; without it that is not offered
}

// Inviter invites many users at once, as work of its own that can be followed.
type Inviter interface {
	InviteMany(ctx context.Context, by access.Actor, list []id.Person) (id.Bulk, error)
}

// What rows and columns are is said in corners of their own.
type (
	Column  = sheet.Column
	Change  = sheet.Change
	Problem = sheet.Problem
	Kind    = batch.Kind
	Outcome = batch.Outcome
)

// The kinds of rows.
const (
	Add    = batch.Add
	Update = batch.Update
	Same   = batch.Same
	Refuse = batch.Refuse
)

// needed is what everything about imports needs: it shows and changes people.
const needed = access.PeopleWrite | access.PersonalData

// Files that are larger are refused: a workbook is unpacked as a whole.
const (
	MaxFile     = 2 << 30
	MaxWorkbook = 64 << 20
)

// Begin makes room for a file that then comes in pieces. size is how many bytes it
// will have; 0 if that is not known before.
func (s *Service) Begin(ctx context.Context, by access.Actor, name string, size int64) (im imports.Import, err error) {
	return s.begin(ctx, by, File{Name: name, Size: size})
}

func (s *Service) begin(ctx context.Context, by access.Actor, f File) (im imports.Import, err error) {
	defer errs.Wrap(&err, "intake.Begin")
	name, size := f.Name, f.Size
	if err := by.Need(needed); err != nil {
		return im, err
	}
	if name, err = cleanName(name); err != nil {
		return im, err
	}
	if size < 0 || size > MaxFile {
		return im, errs.AtField("size", "A file may have at most 2 GB. Cut it in two.")
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		kept, err := blob.Create(tx, by.Workspace)
		if err != nil {
			return err
		}
		im = imports.Import{Workspace: by.Workspace, Name: name, Size: size, Blob: kept, Asker: by.Name, Options: imports.Options{Mark: f.Mark}}
		return imports.Insert(tx, &im)
	})
	return im, err
}

// cleanName is the file's name without the folders that it came from.
func cleanName(name string) (string, error) {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "")))
	if len([]rune(name)) > 200 {
		return "", errs.AtField("name", "The file's name may have at most 200 characters.")
	}
	if name == "" {
		name = "file"
	}
	return name, nil
}

// Append adds to a file, from offset on, which must be how many bytes it has. It
// returns how many it has then, also after an error: whoever sends goes on from
// there. Nothing is held in memory but one piece.
func (s *Service) Append(ctx context.Context, by access.Actor, one id.Import, offset int64, r io.Reader) (size int64, err error) {
	defer errs.Wrap(&err, "intake.Append")
	im, err := s.uploading(ctx, by, one)
	if err != nil {
		return 0, err
	}
	piece := make([]byte, blob.PartSize)
	for size = offset; ; {
		n, read := io.ReadFull(r, piece)
		if size+int64(n) > MaxFile || im.Size > 0 && size+int64(n) > im.Size {
			return size, errs.AtField("file", "The file is larger than was said, or than 2 GB.")
		}
		if n > 0 {
			if err := s.DB.Update(ctx, func(tx *db.Tx) error {
				now, err := imports.Lock(tx, by.Workspace, one)
				if err != nil || now.State != imports.Uploading {
					return errs.Or(err, errComplete)
				}
				return blob.Append(tx, im.Blob, size, piece[:n])
			}); err != nil {
				return size, err
			}
			size += int64(n)
		}
		switch read {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			return size, nil
		default:
			return size, read
		}
	}
}

var errComplete = errs.New(errs.Conflict, "This file is complete.")

// Received returns how many bytes of a file are here.
func (s *Service) Received(ctx context.Context, by access.Actor, one id.Import) (size int64, err error) {
	defer errs.Wrap(&err, "intake.Received")
	im, err := s.uploading(ctx, by, one)
	if err != nil {
		return 0, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		size, err = blob.Size(tx, im.Blob)
		return err
	})
	return size, err
}

// uploading is an import whose file is not complete. It is its asker's alone.
func (s *Service) uploading(ctx context.Context, by access.Actor, one id.Import) (im imports.Import, err error) {
	if im, err = s.ByID(ctx, by, one); err != nil {
		return im, err
	}
	switch {
	case im.Asker != by.Name:
		err = errs.New(errs.Denied, "Someone else began this import.")
	case im.State != imports.Uploading:
		err = errComplete
	}
	return im, err
}

// Complete says that a file is all there, and lets its preview begin.
func (s *Service) Complete(ctx context.Context, by access.Actor, one id.Import) (err error) {
	defer errs.Wrap(&err, "intake.Complete")
	if err := by.Need(needed); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := imports.Lock(tx, by.Workspace, one)
		if err != nil || im.State != imports.Uploading {
			return err
		}
		size, err := blob.Size(tx, im.Blob)
		if err != nil {
			return err
		}
		switch {
		case size == 0:
			return errs.AtField("file", "The file is empty.")
		case im.Size > 0 && im.Size != size:
			return errs.AtField("file", "The file is not complete: %d of %d bytes are here.", size, im.Size)
		}
		im.Size, im.State, im.Started = size, imports.Previewing, tx.Now
		if err := imports.Save(tx, &im); err != nil {
			return err
		}
		return queue(tx, &im)
	})
}

// Upload keeps a whole file and lets its preview begin.
func (s *Service) Upload(ctx context.Context, by access.Actor, name string, r io.Reader) (im imports.Import, err error) {
	defer errs.Wrap(&err, "intake.Upload(%s)", name)
	if im, err = s.Begin(ctx, by, name, 0); err != nil {
		return im, err
	}
	if _, err = s.Append(ctx, by, im.ID, 0, r); err == nil {
		err = s.Complete(ctx, by, im.ID)
	}
	if err != nil {
		// What came of it is of no use; if it stays, it is forgotten after a day.
		_ = s.Discard(context.WithoutCancel(ctx), by, im.ID)
	}
	return im, err
}

// ByID returns one import.
func (s *Service) ByID(ctx context.Context, by access.Actor, one id.Import) (im imports.Import, err error) {
	if err := by.Need(needed); err != nil {
		return im, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		im, err = imports.ByID(tx, by.Workspace, one)
		return err
	})
	return im, err
}

// Recent returns the imports that were begun last, before the one with id before
// ("" for the very last).
func (s *Service) Recent(ctx context.Context, by access.Actor, before id.Import, limit int) (list []imports.Import, err error) {
	defer errs.Wrap(&err, "intake.Recent")
	if err := by.Need(needed); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = imports.Recent(tx, by.Workspace, before, limit)
		return err
	})
	return list, err
}

// Discard forgets an import that was not applied.
func (s *Service) Discard(ctx context.Context, by access.Actor, one id.Import) (err error) {
	defer errs.Wrap(&err, "intake.Discard")
	if err := by.Need(needed); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := imports.Lock(tx, by.Workspace, one)
		if err != nil {
			return err
		}
		if im.State.Applied() {
			return errs.New(errs.Conflict, "This import was applied. Undo it instead.")
		}
		if im.Blob != "" {
			if err := blob.Delete(tx, im.Blob); err != nil {
				return err
			}
		}
		return imports.Discard(tx, im.Workspace, im.ID)
	})
}

// Answers are what is said about a file before it is applied.
type Answers struct {
	Mapping    []string // by column of the file: what it means; nil leaves that as it is
	NoHeader   bool     // the first row is no header
	Forget     bool     // the mapping is taken from the headings again, and forgotten
	CardsUntil string   // a day, until whose end cards of imported people keep working; "" for none
	Overwrite  bool     // also what a person corrected by hand
}

// Answer notes what is said about a file and reads it once more. A mapping is
// remembered for files with the same header.
func (s *Service) Answer(ctx context.Context, by access.Actor, one id.Import, a Answers) (err error) {
	defer errs.Wrap(&err, "intake.Answer")
	if err := by.Need(needed); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := imports.Lock(tx, by.Workspace, one)
		if err != nil {
			return err
		}
		if im.State != imports.Previewing && im.State != imports.Previewed {
			return errs.New(errs.Conflict, "This import was applied already. Import the file again to read it in another way.")
		}
		if im.Blob == "" {
			return errs.New(errs.Gone, "Somebody who stood in this file was erased meanwhile, and so the file is no longer kept. Import it again to read it in another way.")
		}
		if im.Options.CardsUntil, err = until(tx, by.Workspace, a.CardsUntil); err != nil {
			return err
		}
		im.Options.Overwrite, im.Options.NoHeader = a.Overwrite, a.NoHeader
		if err := remember(tx, by, &im, a); err != nil {
			return err
		}
		if err := imports.DropChunks(tx, by.Workspace, one); err != nil {
			return err
		}
		im.State, im.Counts, im.News, im.Chunks, im.Note = imports.Previewing, imports.Counts{}, imports.News{}, 0, ""
		im.Worker, im.Started, im.Ended, im.Asker = "", tx.Now, at0, by.Name
		if err := imports.Save(tx, &im); err != nil {
			return err
		}
		return queue(tx, &im)
	})
}

// Stop ends an import that is being applied. What was applied stays, and can be
// undone; the rest can be applied later.
func (s *Service) Stop(ctx context.Context, by access.Actor, one id.Import) (err error) {
	defer errs.Wrap(&err, "intake.Stop")
	if err := by.Need(needed); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := imports.Lock(tx, by.Workspace, one)
		if err != nil || im.State != imports.Applying {
			return err
		}
		im.State, im.Ended, im.Worker, im.Note = imports.Stopped, tx.Now, "", "It was stopped by hand."
		if err := imports.Save(tx, &im); err != nil {
			return err
		}
		return journal.Record(tx, by, "import.stopped", journal.About("import", im.ID), total(&im))
	})
}

// Start applies an import as a job, one at a time in a workspace. Applying what is
// being applied, or was, does nothing; one that was stopped goes on. invite says
// whether those who are added are invited when it is done.
func (s *Service) Start(ctx context.Context, by access.Actor, one id.Import, invite bool) (err error) {
	defer errs.Wrap(&err, "intake.Start")
	if err := by.Need(needed); err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := imports.Lock(tx, by.Workspace, one)
		if err != nil {
			return err
		}
		switch im.State {
		case imports.Applying, imports.Done, imports.Undoing, imports.Undone:
			return nil
		case imports.Previewed, imports.Stopped:
		case imports.Uploading, imports.Previewing, imports.Failed:
			return errs.New(errs.Conflict, "Wait until all rows have been read: then you see what applying does.")
		}
		if other, there, err := imports.Writing(tx, by.Workspace); err != nil || there {
			return errs.Or(err, errs.New(errs.Conflict, "%s is being %s right now, and there is one import at a time. Wait until it has ended.", other.Name, doing(other.State)))
		}
		im.State, im.Asker, im.Started, im.Ended, im.Note, im.Worker = imports.Applying, by.Name, tx.Now, at0, "", ""
		im.Options.Invite = invite && s.Inviter != nil
		if im.Reached == 0 {
			im.Applied, im.News = imports.Counts{Examples: im.Counts.Examples}, imports.News{}
		}
		if err := imports.Save(tx, &im); err != nil {
			return err
		}
		return queue(tx, &im)
	})
	if errs.KindOf(err) == errs.Conflict && strings.Contains(errs.Text(err), "already exists") { // somebody was quicker
		err = errs.New(errs.Conflict, "Another import is being applied right now, and there is one at a time. Wait until it has ended.")
	}
	return err
}

func doing(s imports.State) string {
	if s == imports.Undoing {
		return "undone"
	}
	return "applied"
}

// Undo takes an applied import back as a job. If something depends on it by
// then, nothing is changed and the import says what; with leave, that is left as
// it is and the rest is taken back.
func (s *Service) Undo(ctx context.Context, by access.Actor, one id.Import, leave bool) (err error) {
	defer errs.Wrap(&err, "intake.Undo")
	if err := by.Need(needed | access.CardsWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		im, err := imports.Lock(tx, by.Workspace, one)
		if err != nil || im.State == imports.Undoing || im.State == imports.Undone {
			return err
		}
		if !im.Undoable(tx.Now) {
			return errs.New(errs.Gone, "An import can be undone for 30 days after it was applied, and only if it changed something.")
		}
		if other, there, err := imports.Writing(tx, by.Workspace); err != nil || there {
			return errs.Or(err, errs.New(errs.Conflict, "%s is being %s right now, and there is one import at a time. Wait until it has ended.", other.Name, doing(other.State)))
		}
		im.State, im.Undoer, im.Started, im.Worker, im.Back, im.UndoReached = imports.Undoing, by.Name, tx.Now, "", imports.Back{}, 0
		im.Options.LeaveRest = leave
		if err := imports.Save(tx, &im); err != nil {
			return err
		}
		return queue(tx, &im)
	})
}

func queue(tx *db.Tx, im *imports.Import) error {
	return goOn.Add(tx, importJob{im.Workspace, im.ID}, job.Unique(string(im.ID)), job.For(im.Workspace))
}

// actor is whoever asked, with what they may do now.
func actor(tx *db.Tx, ws id.Workspace, asker string) (by access.Actor, err error) {
	noun, key, _ := strings.Cut(asker, ":")
	by = access.Actor{Workspace: ws, Name: asker}
	switch noun {
	case "system":
		return access.System(ws, key), nil
	case "key":
		k, err := apikey.ByID(tx, ws, id.APIKey(key))
		if err == nil {
			by.Perms, err = apikey.Effective(tx, k)
		}
		return by, err
	}
	p, err := person.ByID(tx, ws, id.Person(key))
	if errs.KindOf(err) == errs.NotFound {
		return by, nil // who may nothing
	}
	if err != nil {
		return by, err
	}
	by, _, err = p.Actor(tx)
	return by, err
}
