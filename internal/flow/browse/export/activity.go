package export

import (
	"context"
	"encoding/json"
	"strings"

	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/table"
)

var activityColumns = []string{"time", "entry", "what", "sentence", "details", "actor", "actor_name", "subject", "subject_name", "users", "values", "chain"}

func openActivity(s *Service, ctx context.Context, v *view, ask *Request) (source, error) {
	var ws workspace.Workspace
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		ws, err = workspace.ByID(tx, v.by.Workspace)
		return err
	}); err != nil {
		return nil, err
	}
	f := ask.Activity
	f.Paging = browse.Paging{Limit: 500}
	return func(ctx context.Context, to *table.Sheet) (bool, error) {
		p, err := s.Browse.Activity(ctx, v.by, f)
		if err != nil {
			return false, err
		}
		for i := range p.Rows {
			if err := s.writeActivity(to, ws, &p.Rows[i]); err != nil {
				return false, err
			}
		}
		f.At = p.Next
		return p.Next != "", nil
	}, nil
}

func (s *Service) writeActivity(to *table.Sheet, ws workspace.Workspace, a *browse.Activity) error {
	text, detail, values := "", "", ""
	if s.Tell != nil {
		text, detail = s.Tell(ws, *a)
	}
	if len(a.Value) > 0 {
		b, err := json.Marshal(a.Value)
		if err != nil {
			return err
		}
		values = string(b)
	}
	to.Time(a.At)
	for _, cell := range []string{string(a.ID), a.What, text, strings.ReplaceAll(detail, "\n", " "), a.Actor, a.ActorName, a.Subject, a.SubjectName} {
		to.Text(cell)
	}
	if a.About > 0 {
		to.Int(a.About)
	} else {
		to.Blank()
	}
	to.Text(values)
	if a.Seq > 0 {
		to.Int(a.Seq)
	} else {
		to.Blank()
	}
	to.End()
	return nil
}
