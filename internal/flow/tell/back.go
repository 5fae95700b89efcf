package tell

import (
	"bytes"
	"context"
	"crypto/subtle"
	"io"
	"log/slog"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/suppress"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/wire/bounce"
)

// Mailbox is where mails come back to.
type Mailbox interface {
	// Read hands over the mails that have not been read; see kit/mailbox.
	Read(ctx context.Context, take func(raw []byte) error) (int, error)
}

// lookEvery is how often the mailbox is looked into.
const lookEvery = time.Minute

// lookBack is how old a mail may be that is found by its recipient alone.
const lookBack = 7 * 24 * time.Hour

var lookIn = job.Define[struct{}]("mail.look-in")

// Jobs tells pool how to do the jobs of this package.
func (s *Service) Jobs(pool *job.Pool) {
	job.Handle(pool, lookIn, s.lookIn)
	job.Handle(pool, push, s.sendPush)
	if s.Mailbox != nil {
		job.Every(pool, lookIn, struct{}{}, lookEvery)
	}
}

// lookIn reads the mails that have come back.
func (s *Service) lookIn(ctx context.Context, _ struct{}) (err error) {
	if s.Mailbox == nil {
		return nil // the setting was taken away
	}
	defer errs.Wrap(&err, "tell.lookIn")
	_, err = s.Mailbox.Read(ctx, func(raw []byte) error {
		list, err := bounce.ReadMail(bytes.NewReader(raw))
		if err != nil && !bounce.IsNone(err) {
			slog.WarnContext(ctx, "a mail in the mailbox for mails that come back cannot be read", "err", err)
		}
		_, err = s.cameBack(ctx, "", list) // of whatever could be read
		return err
	})
	return err
}

// hook is the secret in the address of a workspace's webhook.
func (s *Service) hook(ws id.Workspace) string { return s.Keys.Link("mail hook", string(ws)) }

// HookURL is where a mail service tells a workspace what came back. Whoever knows
// it can report mails as failed.
func (s *Service) HookURL(ws *workspace.Workspace) string {
	return s.PublicURL + "/hooks/mail/" + ws.Slug + "/" + s.hook(ws.ID)
}

// Hooked takes what a mail service posted to a workspace's webhook, and returns
// how many mails it was news of. A wrong secret is an errs.NotFound, a body
// that cannot be read an errs.Invalid.
func (s *Service) Hooked(ctx context.Context, slug, secret string, body io.Reader) (n int, err error) {
	defer errs.Wrap(&err, "tell.Hooked")
	var ws workspace.Workspace
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		ws, err = workspace.BySlug(tx, slug)
		return err
	})
	if err == nil && subtle.ConstantTimeCompare([]byte(secret), []byte(s.hook(ws.ID))) != 1 || errs.KindOf(err) == errs.NotFound {
		return 0, errs.New(errs.NotFound, "There is no such webhook.")
	}
	if err != nil {
		return 0, err
	}
	list, err := bounce.ReadHook(body)
	if err != nil {
		return 0, errs.New(errs.Invalid, "%s", err)
	}
	return s.cameBack(ctx, ws.ID, list)
}

// cameBack writes down which mails did not arrive, and bars addresses that take
// none. ws limits it to one workspace; "" takes the workspace from the mail's own
// name, which only its reader and the servers on its way know.
func (s *Service) cameBack(ctx context.Context, ws id.Workspace, list []bounce.Report) (n int, err error) {
	for _, r := range list {
		err := s.DB.Update(ctx, func(tx *db.Tx) error {
			m, found, err := find(tx, ws, r)
			if err != nil || !found {
				return err
			}
			n++
			return s.reported(tx, &m, r)
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// find looks for the mail that a report is about.
func find(tx *db.Tx, ws id.Workspace, r bounce.Report) (m notice.Notice, found bool, err error) {
	in, which, ok := outbox.NoticeOf(r.MessageID)
	switch {
	case ok && (ws == "" || ws == in):
		m, err = notice.ByID(tx, in, which)
	case !ok && ws != "" && r.Recipient != "":
		m, err = notice.SentTo(tx, ws, r.Recipient, tx.Now.Add(-lookBack))
	default:
		return m, false, nil
	}
	if errs.KindOf(err) == errs.NotFound {
		err = nil
		m = notice.Notice{}
	}
	return m, m.ID != "", err
}

// reported acts on what is said about one mail.
func (s *Service) reported(tx *db.Tx, m *notice.Notice, r bounce.Report) error {
	by := access.System(m.Workspace, "mail")
	if m.Recipient == "" {
		return nil // erased meanwhile
	}
	if r.Kind == bounce.Complaint {
		return addTo(tx, by, m.Recipient, suppress.Complaint, "its reader reported the mail “"+m.Subject+"” as unwanted")
	}
	words := r.Words
	if words == "" {
		words = r.Status
	}
	news, err := s.Outbox.CameBack(tx, m, words)
	if err != nil || !news {
		return err
	}
	if m.Kind != "invitation" { // which writes an entry of its own
		if err := journal.Record(tx, by, "mail.bounced", journal.About("person", m.Person), map[string]any{"to": m.Recipient, "reply": words}); err != nil {
			return err
		}
	}
	if mail.AboutAddress(r.Status+" "+words, r.Status == "") {
		return addTo(tx, by, m.Recipient, suppress.Bounce, words)
	}
	return nil
}
