package intake

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/kit/blob"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// File is a file that somebody has, as far as that is known before it is sent.
type File struct {
	Name string
	Size int64
	Mark string // what else tells it from others, such as when it was changed last
}

// Piecewise is how far a file has come that is sent in pieces.
type Piecewise struct {
	Import   id.Import // "" if nothing of it is here
	Received int64     // bytes
}

// Begun says how far by has come with sending a file that broke off.
func (s *Service) Begun(ctx context.Context, by access.Actor, f File) (p Piecewise, err error) {
	defer errs.Wrap(&err, "intake.Begun")
	if err := by.Need(needed); err != nil {
		return p, err
	}
	if f.Name, err = cleanName(f.Name); err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err := imports.Begun(tx, by.Workspace, by.Name, f.Name, f.Size)
		if err != nil {
			return err
		}
		for _, im := range list {
			if im.Options.Mark != f.Mark {
				continue // another file of that name and size
			}
			p.Import = im.ID
			p.Received, err = blob.Size(tx, im.Blob)
			return err
		}
		return nil
	})
	return p, err
}

// Send says where to go on with a file that is sent in pieces: with one that broke
// off, or with a new one. anew forgets what is here of it.
func (s *Service) Send(ctx context.Context, by access.Actor, f File, anew bool) (p Piecewise, err error) {
	defer errs.Wrap(&err, "intake.Send")
	if f.Size <= 0 {
		return p, errs.AtField("file", "The file is empty.")
	}
	if len(f.Mark) > 100 {
		return p, errs.AtField("mark", "The mark of a file has at most 100 characters.")
	}
	if p, err = s.Begun(ctx, by, f); err != nil {
		return p, err
	}
	if p.Import != "" && anew {
		if err := s.Discard(ctx, by, p.Import); err != nil && errs.KindOf(err) != errs.NotFound {
			return p, err
		}
		p = Piecewise{}
	}
	if p.Import != "" {
		return p, nil
	}
	im, err := s.begin(ctx, by, f)
	return Piecewise{Import: im.ID}, err
}
