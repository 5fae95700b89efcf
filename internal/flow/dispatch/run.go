package dispatch

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/schedule"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
	"involt/internal/kit/outward"
	"involt/internal/kit/table"
)

// task names a run.
type task struct {
	Workspace id.Workspace
	Run       id.ExportRun
}

var (
	tick = job.Define[struct{}]("export.tick")
	work = job.Define[task]("export.run")
)

// Jobs tells the pool what to do for this package.
func (s *Service) Jobs(pool *job.Pool) {
	job.Handle(pool, tick, s.tick)
	job.Handle(pool, work, s.run)
	job.Every(pool, tick, struct{}{}, time.Minute)
}

// tick begins the runs whose time has come. Of times that were missed, while no
// server ran, one is made up for.
func (s *Service) tick(ctx context.Context, _ struct{}) (err error) {
	defer errs.Wrap(&err, "dispatch.tick")
	for {
		n := 0
		err := s.DB.Update(ctx, func(tx *db.Tx) error {
			due, err := schedule.Due(tx, 20)
			n = len(due)
			for i := 0; err == nil && i < n; i++ {
				err = moveOn(tx, &due[i])
			}
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

func moveOn(tx *db.Tx, v *schedule.Schedule) error {
	ws, err := workspace.ByID(tx, v.Workspace)
	if err != nil {
		return err
	}
	ok, err := schedule.MoveOn(tx, v, v.Next(tx.Now, ws.Zone()))
	if err != nil || !ok {
		return err
	}
	return begin(tx, v, v.NextAt)
}

func begin(tx *db.Tx, v *schedule.Schedule, due time.Time) error {
	r, err := schedule.Begin(tx, v, due)
	if err != nil {
		return err
	}
	return work.Add(tx, task{r.Workspace, r.ID}, job.Unique(string(r.ID)), job.For(r.Workspace))
}

// mostTries is how often a run is tried before it counts as failed: with the waits
// of jobs, for three quarters of an hour.
const mostTries = 10

// The limits of a file that goes out.
const (
	mostAttached = 8 << 20   // a longer one is not in the mail: the mail holds a link
	mostSent     = 512 << 20 // to an address of the web
)

// final is an error after which trying again is of no use.
type final struct{ error }

// run sends one export out.
func (s *Service) run(ctx context.Context, t task) (err error) {
	defer errs.Wrap(&err, "dispatch.run(%s)", t.Run)
	var r schedule.Run
	var v schedule.Schedule
	var ws workspace.Workspace
	var maker access.Actor
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if r, err = schedule.RunByID(tx, t.Workspace, t.Run); err != nil {
			return err
		}
		if v, err = schedule.ByID(tx, t.Workspace, r.Schedule); err != nil {
			return err
		}
		if ws, err = workspace.ByID(tx, t.Workspace); err != nil {
			return err
		}
		p, err := person.ByID(tx, t.Workspace, v.Person)
		if err != nil {
			return err
		}
		maker, _, err = p.Actor(tx)
		return err
	})
	if errs.KindOf(err) == errs.NotFound || err == nil && (r.State == schedule.Done || r.State == schedule.Failed) {
		return nil // removed meanwhile, or done by whoever was believed dead
	}
	if err != nil {
		return err
	}
	o := &outing{s: s, v: &v, r: &r, ws: &ws, maker: maker}
	sent := o.send(ctx)
	if sent != nil && (errors.Is(sent, context.Canceled) || ctx.Err() != nil) {
		return sent // the server stops: it is no try
	}
	return o.settle(ctx, sent)
}

// outing is one try of one run.
type outing struct {
	s     *Service
	v     *schedule.Schedule
	r     *schedule.Run
	ws    *workspace.Workspace
	maker access.Actor
	notes []string
}

// settle writes down how a try went, and what follows.
func (o *outing) settle(ctx context.Context, sent error) error {
	r := o.r
	r.Tries++
	most := int64(mostTries)
	if _, ok := errors.AsType[*job.Later](sent); ok { // there is no mail server yet: it waits for one, for hours
		most = 5 * mostTries
	}
	stop, over := errors.AsType[final](sent)
	switch {
	case sent == nil:
		r.State, r.Note = schedule.Done, joined(o.notes)
	case !over && r.Tries < most:
		r.State, r.Note = schedule.Retrying, errs.Text(sent)
	case over:
		r.State, r.Note = schedule.Failed, errs.Text(stop.error)
	default:
		r.State, r.Note = schedule.Failed, errs.Text(sent)
	}
	err := o.s.DB.Update(ctx, func(tx *db.Tx) error {
		what := ""
		switch r.State {
		case schedule.Done:
			what, r.Ended = "export.delivered", tx.Now
		case schedule.Failed:
			what, r.Ended = "export.failed", tx.Now
		default:
		}
		if err := schedule.SaveRun(tx, r); err != nil || what == "" {
			return err
		}
		return journal.Record(tx, access.System(r.Workspace, "export"), what, journal.About("export", o.v.ID), map[string]any{
			"name": o.v.Name, "rows": r.Rows, "bytes": r.Bytes, "to": r.SentTo, "note": r.Note,
		})
	})
	if err == nil && r.State == schedule.Retrying {
		err = sent
	}
	return err
}

func joined(notes []string) (text string) {
	for i, n := range notes {
		if i > 0 {
			text += " "
		}
		text += n
	}
	return text
}

func (o *outing) send(ctx context.Context) error {
	need, err := o.s.Files.Need(o.v.What)
	if err != nil {
		return final{err}
	}
	if !o.maker.Staff() || o.maker.Need(need) != nil {
		return final{errs.New(errs.Denied, "Whoever made this export may no longer see the list, so nothing was sent. Make it anew.")}
	}
	if o.v.ByMail() {
		return o.mailAll(ctx, need)
	}
	return o.post(ctx)
}

// file writes the file as by may see it.
func (o *outing) file(ctx context.Context, by access.Actor, w io.Writer) error {
	q, err := url.ParseQuery(o.v.Query)
	if err != nil {
		return final{err}
	}
	out := table.Output{Format: table.Format(o.v.Format), Zone: o.ws.Zone(), Mark: o.v.Semicolons, Comma: o.v.Semicolons}
	if o.v.Semicolons {
		out.Delimiter = ';'
	}
	o.r.Rows, err = o.s.Files.Write(ctx, by, o.v.What, q, o.r.Due, out, w)
	if k := errs.KindOf(err); err != nil && (k == errs.Denied || k == errs.Invalid) {
		err = final{err}
	}
	return err
}

func (o *outing) name() string {
	return o.ws.Slug + "-" + o.v.What + "-" + o.r.Due.In(o.ws.Zone()).Format("2006-01-02-1504") + table.Format(o.v.Format).Extension()
}

// errTooLong ends the writing of a file that does not fit.
var errTooLong = errors.New("the file is too long")

// bounded takes so much and no more.
type bounded struct {
	io.Writer
	left int64
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errTooLong
	}
	return b.Writer.Write(p)
}

// mailAll sends the file to everybody who has not got it yet. Each gets it as they
// may see it themselves.
func (o *outing) mailAll(ctx context.Context, need access.Perm) error {
	files := map[access.Perm]*mail.File{} // by what its reader may see; nil where it is too long
	for _, email := range o.v.Emails {
		if slices.Contains(o.r.SentTo, email) {
			continue
		}
		var who access.Actor
		var barred string
		err := o.s.DB.View(ctx, func(tx *db.Tx) (err error) {
			if who, err = reader(tx, o.ws.ID, email, need); err == nil {
				barred, err = o.barred(tx, email)
			}
			return err
		})
		if errs.KindOf(err) == errs.Invalid {
			o.notes = append(o.notes, email+" got nothing: "+errs.Text(err))
			continue
		}
		if err != nil {
			return err
		}
		if barred != "" {
			o.notes = append(o.notes, email+" got nothing: "+barred)
			continue
		}
		by := o.maker
		by.Perms, by.Parts = by.Perms.Whole()&who.Perms.Whole(), nil
		f, made := files[by.Perms]
		if !made {
			var b bytes.Buffer
			err := o.file(ctx, by, &bounded{&b, mostAttached})
			switch {
			case errors.Is(err, errTooLong):
			case err != nil:
				return err
			default:
				f = &mail.File{Name: o.name(), Type: table.Format(o.v.Format).ContentType(), Data: b.Bytes()}
				o.r.Bytes = int64(b.Len())
			}
			files[by.Perms] = f
		}
		if err := o.s.Mail.Send(ctx, o.letter(email, f)); err != nil {
			if reply, never := mail.IsRefused(err); never {
				o.notes = append(o.notes, email+" could not be reached: "+reply)
				if err := o.refused(ctx, email, err); err != nil {
					return err
				}
				continue
			}
			return fmt.Errorf("%w: %w", errs.New(errs.Unavailable, "The mail server takes no mail at the moment: %s.", err.Error()), err)
		}
		o.r.SentTo = append(o.r.SentTo, email)
		if err := o.s.DB.Update(ctx, func(tx *db.Tx) error { return schedule.SaveRun(tx, o.r) }); err != nil {
			return err
		}
	}
	if len(o.r.SentTo) == 0 {
		return final{errs.New(errs.Invalid, "Nobody got it. %s", joined(o.notes))}
	}
	return nil
}

// barred says why an address gets no mail from the workspace; "" if it does.
func (o *outing) barred(tx *db.Tx, email string) (string, error) {
	if o.s.Guard == nil {
		return "", nil
	}
	why, err := o.s.Guard.Why(tx, o.ws.ID, []string{email})
	return why[email], err
}

// refused has an address that a mail server will never take mail for left out from
// now on. How many mails a mailbox gets is not limited here: readers are chosen
// among those who work in the workspace, and a file that comes an hour late is of no
// use to them.
func (o *outing) refused(ctx context.Context, email string, err error) error {
	r, ok := errors.AsType[*mail.Refused](err)
	if !ok || !r.OfAddress() || o.s.Guard == nil {
		return nil
	}
	return o.s.DB.Update(ctx, func(tx *db.Tx) error { return o.s.Guard.Refused(tx, o.ws.ID, email, r.Reply) })
}

// post sends the file to an address of the web, signed as Standard Webhooks says.
func (o *outing) post(ctx context.Context) error {
	f, err := os.CreateTemp("", "involt-export-") // readable by its owner only
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(f.Close(), os.Remove(f.Name())) }()
	err = o.file(ctx, o.maker, &bounded{f, mostSent})
	if errors.Is(err, errTooLong) {
		return final{errs.New(errs.Invalid, "The file is longer than %d MB. Narrow the export down.", mostSent>>20)}
	}
	if err != nil {
		return err
	}
	var now time.Time
	if err := o.s.DB.View(ctx, func(tx *db.Tx) error { now = tx.Now; return nil }); err != nil {
		return err
	}
	msg, at := "export_"+string(o.r.ID), strconv.FormatInt(now.Unix(), 10)
	sum := hmac.New(sha256.New, o.s.secret(o.v))
	fmt.Fprintf(sum, "%s.%s.", msg, at)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if o.r.Bytes, err = io.Copy(sum, f); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, o.v.Method, o.v.URL, io.NopCloser(f))
	if err != nil {
		return final{err}
	}
	req.ContentLength = o.r.Bytes
	for name, value := range map[string]string{
		"Content-Type": table.Format(o.v.Format).ContentType(), "Content-Disposition": `attachment; filename="` + o.name() + `"`, "User-Agent": "Involt",
		"webhook-id": msg, "webhook-timestamp": at, "webhook-signature": "v1," + base64.StdEncoding.EncodeToString(sum.Sum(nil)),
	} {
		req.Header.Set(name, value)
	}
	res, err := o.s.Web.Do(req)
	if err != nil {
		return errs.New(errs.Unavailable, "%s", reason(err))
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection may serve again; what it says is not read
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		o.r.SentTo = []string{req.URL.Host}
		return nil
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests:
		return errs.New(errs.Unavailable, "The address answered %d.", code)
	case code >= 300 && code < 400:
		return final{errs.New(errs.Invalid, "The address answered %d and points elsewhere, which is not followed. Give the right address.", code)}
	default:
		return final{errs.New(errs.Invalid, "The address answered %d and takes no file. Look there why.", code)}
	}
}

// reason is why a request failed, in words that name neither the address, which
// may hold a secret, nor anything of our own network.
func reason(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok && u.Timeout() {
		return "The address did not answer in time."
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "There is no such name on the network. Check the address."
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "The certificate of the address is not one that is trusted."
	}
	if errors.Is(err, outward.ErrInward) {
		return "This address is not of the public internet. Whoever runs the server may allow its network by INVOLT_OUTWARD_ALLOW."
	}
	return "The address could not be reached."
}
