// Package dispatch sends exports out on a schedule: by mail to people who work in
// the workspace, or to an https address that takes files.
//
// A schedule runs with the permissions that its maker has at that time, and a mail
// holds no more than its reader may see. Each moment makes one run, whatever the
// number of servers: a schedule moves on in the transaction that adds the run and
// its job. A run that fails is tried again, and whoever has got the file does not
// get it twice.
package dispatch

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/schedule"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
	"involt/internal/kit/table"
)

// Files writes the files of lists. Exports are made by another flow.
type Files interface {
	// Need is the permission that a list needs; an unknown list is an errs.Invalid.
	Need(what string) (access.Perm, error)
	// Write writes a file of what a query of the list's address means, periods told
	// from a moment, and returns how many rows it has.
	Write(ctx context.Context, by access.Actor, what string, query url.Values, at time.Time, o table.Output, w io.Writer) (rows int64, err error)
}

// Mailer sends a mail.
type Mailer interface {
	Send(ctx context.Context, m mail.Message) error
}

// Service sends exports out.
type Service struct {
	DB        *db.DB
	Keys      *seal.Ring
	Files     Files
	Mail      Mailer
	Guard     outbox.Guard // nil for none
	Web       *http.Client // calls public addresses only
	PublicURL string       // the only source of links
}

// manage is what it takes to set exports up: what leaves by itself is a setting
// of the workspace.
const manage = access.SettingsWrite

// List returns the scheduled exports of the workspace, by name.
func (s *Service) List(ctx context.Context, by access.Actor) (list []schedule.Schedule, err error) {
	defer errs.Wrap(&err, "dispatch.List")
	if err := by.Need(manage); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = schedule.List(tx, by.Workspace)
		return err
	})
	return list, err
}

// runsShown is how many runs of a schedule are shown.
const runsShown = 50

// One returns a scheduled export with its newest runs.
func (s *Service) One(ctx context.Context, by access.Actor, one id.Schedule) (v schedule.Schedule, runs []schedule.Run, err error) {
	defer errs.Wrap(&err, "dispatch.One")
	if err := by.Need(manage); err != nil {
		return v, nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if v, err = schedule.ByID(tx, by.Workspace, one); err != nil {
			return err
		}
		runs, err = schedule.Runs(tx, by.Workspace, one, runsShown)
		return err
	})
	return v, runs, err
}

// RunOf returns one run with its schedule, for whoever downloads its file: what
// may be in it, the file itself decides.
func (s *Service) RunOf(ctx context.Context, by access.Actor, one id.ExportRun) (v schedule.Schedule, r schedule.Run, err error) {
	defer errs.Wrap(&err, "dispatch.RunOf")
	if !by.Staff() {
		return v, r, errs.New(errs.Denied, "Only those who work in this workspace may download this.")
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if r, err = schedule.RunByID(tx, by.Workspace, one); err == nil {
			v, err = schedule.ByID(tx, by.Workspace, r.Schedule)
		}
		return err
	})
	return v, r, err
}

// Save stores a scheduled export: a new one, or one that was changed, whose Version
// must be that of the row the change was made on. It runs with the permissions of by
// from then on. What is on its way goes out as it is by then.
func (s *Service) Save(ctx context.Context, by access.Actor, v schedule.Schedule) (_ schedule.Schedule, err error) {
	defer errs.Wrap(&err, "dispatch.Save")
	if err := by.Need(manage); err != nil {
		return v, err
	}
	if by.Person == "" {
		return v, errs.New(errs.Denied, "A scheduled export runs with the permissions of the person who made it, so a person has to make it.")
	}
	v.Workspace, v.Person, v.Name = by.Workspace, by.Person, strings.Join(strings.Fields(v.Name), " ")
	for i, e := range v.Emails {
		v.Emails[i] = strings.ToLower(strings.TrimSpace(e))
	}
	var wrong errs.List
	wrong.Add(v.Check())
	need, err := s.Files.Need(v.What)
	if err == nil {
		err = by.Need(need)
	}
	if errs.KindOf(err) == errs.Denied {
		return v, err
	}
	wrong.Add(err)
	if _, err := table.ParseFormat(v.Format); err != nil {
		wrong.Add(err)
	}
	if err := wrong.Err(); err != nil {
		return v, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		for _, e := range v.Emails {
			if _, err := reader(tx, by.Workspace, e, need); err != nil {
				return errs.AtField("emails", "%s: %s", e, errs.Text(err))
			}
		}
		v.NextAt = v.Next(tx.Now, ws.Zone())
		what, store := "export.scheduled", schedule.Insert
		if v.ID != "" {
			what, store = "export.changed", schedule.Save
			if _, err := schedule.ByID(tx, by.Workspace, v.ID); err != nil {
				return err
			}
		}
		if err := store(tx, &v); err != nil {
			return err
		}
		return journal.Record(tx, by, what, journal.About("export", v.ID), map[string]any{
			"name": v.Name, "what": v.What, "query": v.Query, "format": v.Format, "every": v.Every, "emails": v.Emails, "url": v.URL,
		})
	})
	return v, err
}

// reader returns what somebody may do whose address it is, or an error that says
// why they are sent nothing.
func reader(tx *db.Tx, ws id.Workspace, email string, need access.Perm) (access.Actor, error) {
	p, err := person.ByEmail(tx, ws, email)
	if errs.KindOf(err) == errs.NotFound {
		return access.Actor{}, errs.New(errs.Invalid, "Nobody who works in this workspace has this address.")
	}
	if err != nil {
		return access.Actor{}, err
	}
	who, _, err := p.Actor(tx)
	switch {
	case err != nil:
		return who, err
	case !who.Staff():
		return who, errs.New(errs.Invalid, "Nobody who works in this workspace has this address.")
	case who.Need(need) != nil:
		return who, errs.New(errs.Invalid, "Their role does not let them see this list.")
	}
	return who, nil
}

// Pause stops a scheduled export from going out, or lets it go on.
func (s *Service) Pause(ctx context.Context, by access.Actor, one id.Schedule, paused bool) (err error) {
	defer errs.Wrap(&err, "dispatch.Pause")
	if err := by.Need(manage); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := schedule.ByID(tx, by.Workspace, one)
		if err != nil || v.Paused == paused {
			return err
		}
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		if err := schedule.Pause(tx, by.Workspace, one, paused, v.Next(tx.Now, ws.Zone())); err != nil {
			return err
		}
		return journal.Record(tx, by, "export.paused", journal.About("export", one), map[string]any{"name": v.Name, "paused": paused})
	})
}

// Remove ends a scheduled export, and forgets its runs.
func (s *Service) Remove(ctx context.Context, by access.Actor, one id.Schedule) (err error) {
	defer errs.Wrap(&err, "dispatch.Remove")
	if err := by.Need(manage); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := schedule.ByID(tx, by.Workspace, one)
		if err == nil {
			err = schedule.Remove(tx, by.Workspace, one)
		}
		if err != nil {
			return err
		}
		return journal.Record(tx, by, "export.removed", journal.About("export", one), map[string]any{"name": v.Name})
	})
}

// RunNow sends a scheduled export out once more, at once.
func (s *Service) RunNow(ctx context.Context, by access.Actor, one id.Schedule) (err error) {
	defer errs.Wrap(&err, "dispatch.RunNow")
	if err := by.Need(manage); err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := schedule.ByID(tx, by.Workspace, one)
		if err != nil {
			return err
		}
		return begin(tx, &v, tx.Now)
	})
	if errs.KindOf(err) == errs.Conflict {
		err = nil // pressed twice
	}
	return err
}

// Retry tries a run again that has failed.
func (s *Service) Retry(ctx context.Context, by access.Actor, one id.ExportRun) (err error) {
	defer errs.Wrap(&err, "dispatch.Retry")
	if err := by.Need(manage); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		r, err := schedule.RunByID(tx, by.Workspace, one)
		if err != nil || r.State != schedule.Failed {
			return err
		}
		r.State, r.Tries, r.Note, r.Ended = schedule.Queued, 0, "", time.Time{}
		if err := schedule.SaveRun(tx, &r); err != nil {
			return err
		}
		return work.Add(tx, task{r.Workspace, r.ID}, job.Unique(string(r.ID)), job.For(r.Workspace))
	})
}

// Secret is what the signatures of a schedule's requests are made with, as
// Standard Webhooks spells it. It is derived from the key file and stored
// nowhere.
func (s *Service) Secret(v *schedule.Schedule) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(s.secret(v))
}

func (s *Service) secret(v *schedule.Schedule) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s.Keys.Link("export schedule", string(v.Workspace), string(v.ID)))
	if err != nil {
		panic(err) // a link is always spelt so
	}
	return b
}
