package tell

import (
	"context"
	"maps"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// SaveLook changes how the workspace's mails look, but not their words. version is
// the workspace's as it was read.
func (s *Service) SaveLook(ctx context.Context, by access.Actor, l workspace.Look, version int64) (err error) {
	defer errs.Wrap(&err, "tell.SaveLook")
	l.Sender, l.Footer, l.Colour = oneLine(l.Sender), strings.TrimSpace(l.Footer), strings.ToLower(strings.TrimSpace(l.Colour))
	var wrong errs.List
	wrong.Add(l.Check())
	if l.ReplyTo != "" {
		clean, err := person.CleanEmail(l.ReplyTo)
		if err != nil {
			wrong.Add(errs.AtField("reply_to", "%s", errs.Text(err)))
		}
		l.ReplyTo = clean
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.changeLook(ctx, by, version, func(old *workspace.Look) { l.Texts = old.Texts; *old = l }, map[string]any{"part": "look"})
}

// SaveText changes what a kind of mail says in a language; the zero text makes it
// ours again.
func (s *Service) SaveText(ctx context.Context, by access.Actor, kind, language string, t workspace.MailText, version int64) (err error) {
	defer errs.Wrap(&err, "tell.SaveText(%s, %s)", kind, language)
	if !slices.Contains(workspace.MailKinds, kind) || !slices.Contains(workspace.Languages, language) {
		return errs.New(errs.NotFound, "There is no such mail.")
	}
	t.Subject, t.Title = oneLine(t.Subject), oneLine(t.Title)
	t.Text, t.Closing = strings.TrimSpace(t.Text), strings.TrimSpace(t.Closing)
	if err := t.Check(); err != nil {
		return err
	}
	return s.changeLook(ctx, by, version, func(l *workspace.Look) {
		l.Texts = maps.Clone(l.Texts)
		if l.Texts == nil {
			l.Texts = map[string]workspace.MailText{}
		}
		if key := workspace.TextKey(kind, language); t == (workspace.MailText{}) {
			delete(l.Texts, key)
		} else {
			l.Texts[key] = t
		}
	}, map[string]any{"part": "words", "mail": kind, "language": language})
}

func (s *Service) changeLook(ctx context.Context, by access.Actor, version int64, change func(*workspace.Look), what map[string]any) error {
	if err := by.Need(access.SettingsWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		ws, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		change(&ws.Look)
		if err := workspace.SaveLook(tx, ws.ID, &ws.Look, version); err != nil {
			return err
		}
		return journal.Record(tx, by, "workspace.mails-changed", journal.About("workspace", ws.ID), what)
	})
}

// oneLine drops line ends and doubled blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
