package users

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"sync"

	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/intake"
	"involt/internal/kit/errs"
)

// maxUpload is how large a file the console takes; the command line takes more.
const maxUpload = 20 << 20

// UploadPath is where the file is posted to, below the workspace. UploadMost is
// what the server must let through there, in bytes: more than the page takes, so
// that a larger file gets the page's own words.
const (
	UploadPath = "/users/import"
	UploadMost = 25 << 20
)

// upload is a file between its preview and its applying.
type upload struct {
	by   id.Person
	name string
	size int64
	file *os.File // has no name any more: it goes with the process

	mu      sync.Mutex // guards what follows, and holds a second click until the first is through
	report  *intake.Report
	ran     bool
	refused *os.File // the refused rows as a sheet, once applied; has no name either
}

func (u *upload) close() {
	_ = u.file.Close()
	if u.refused != nil {
		_ = u.refused.Close()
	}
}

// text is the file from its beginning.
func (u *upload) text() io.Reader { return io.NewSectionReader(u.file, 0, u.size) }

func (c *Pages) importForm(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showImportForm(w, r, v, http.StatusOK, nil)
}

func (c *Pages) showImportForm(w http.ResponseWriter, r *http.Request, v *frame.Visit, status int, wrong ui.Errors) error {
	shell := v.Shell("Import users", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	return ui.Render(w, r, status, importChoose(shell, v, wrong))
}

// template is the sheet to fill in.
func (c *Pages) template(w http.ResponseWriter, _ *http.Request, _ *frame.Visit) error {
	var b bytes.Buffer
	if err := intake.Template(&b); err != nil {
		return err
	}
	return sendSheet(w, "involt-users-template.csv", b.Bytes())
}

func sendSheet(w http.ResponseWriter, name string, text []byte) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // whoever asked may have gone; nobody is left to tell
	return nil
}

// importUpload takes the file and leads to its preview. Nothing is written.
func (c *Pages) importUpload(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload+64<<10)
	file, head, err := r.FormFile("file")
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok && tooLong != nil {
		return c.showImportForm(w, r, v, http.StatusUnprocessableEntity, ui.Errors{"file": "The file is larger than 20 MB. Cut it in two, or use the command: involt import."})
	}
	if err != nil {
		return c.showImportForm(w, r, v, http.StatusUnprocessableEntity, ui.Errors{"file": "Choose a file."})
	}
	defer file.Close()
	u, err := keepFile(file, head)
	if err != nil {
		return err
	}
	u.by = v.By.Person
	if err := c.preview(r, v, u); err != nil {
		u.close()
		wrong, ok := ui.ErrorsOf(err)
		if !ok {
			return err
		}
		for _, text := range wrong {
			wrong = ui.Errors{"file": text}
		}
		return c.showImportForm(w, r, v, http.StatusUnprocessableEntity, wrong)
	}
	key, err := c.uploads.put(v.Workspace.ID, u)
	if err != nil {
		u.close()
		return err
	}
	v.SeeOther(w, r, "/imports/"+key)
	return nil
}

// nameless returns a new file that is open but has no name: nothing is left
// behind, however the process ends.
func nameless() (*os.File, error) {
	f, err := os.CreateTemp("", "involt-upload-*")
	if err == nil {
		_ = os.Remove(f.Name())
	}
	return f, err
}

func keepFile(in multipart.File, head *multipart.FileHeader) (*upload, error) {
	f, err := nameless()
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(f, in)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	name := head.Filename
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	return &upload{name: name, size: n, file: f}, nil
}

func (c *Pages) preview(r *http.Request, v *frame.Visit, u *upload) error {
	report, err := c.Intake.Preview(r.Context(), v.By, u.text(), intake.Options{Name: u.name})
	if err == nil {
		u.report = &report
	}
	return err
}

// uploadOf returns the upload of the address. It stays open until release is
// called.
func (c *Pages) uploadOf(r *http.Request, v *frame.Visit) (u *upload, release func(), err error) {
	u, release, err = c.uploads.hold(v.Workspace.ID, r.PathValue("upload"))
	if err == nil && u.by != v.By.Person {
		release()
		return nil, nil, errs.New(errs.NotFound, "There is no such page.")
	}
	return u, release, err
}

// importPage is the preview, and once it was applied, what it did.
func (c *Pages) importPage(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	u, release, err := c.uploadOf(r, v)
	if err != nil {
		return err
	}
	defer release()
	u.mu.Lock()
	defer u.mu.Unlock()
	shell := v.Shell("Import users", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	if u.ran {
		shell.Toast = frame.Toast(r, Done)
	}
	return ui.Render(w, r, http.StatusOK, importReport(shell, v, u, v.To("/imports/"+r.PathValue("upload"))))
}

// importApply writes what the preview showed. A second click finds it done.
func (c *Pages) importApply(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	u, release, err := c.uploadOf(r, v)
	if err != nil {
		return err
	}
	defer release()
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.ran {
		refused, err := nameless()
		if err != nil {
			return err
		}
		// Whoever closes the page does not leave half a file behind.
		report, err := c.Intake.Apply(context.WithoutCancel(r.Context()), v.By, u.text(), intake.Options{Name: u.name, Refused: refused})
		if err != nil {
			_ = refused.Close()
			return err
		}
		u.ran, u.report, u.refused = true, &report, refused
	}
	ui.RedirectDone(w, r, v.To("/imports/"+r.PathValue("upload")), "imported", -1)
	return nil
}

// importRefused is the refused rows as a sheet with the reasons, to be put right
// and imported again.
func (c *Pages) importRefused(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	u, release, err := c.uploadOf(r, v)
	if err != nil {
		return err
	}
	defer release()
	u.mu.Lock()
	applied := u.refused
	u.mu.Unlock()
	var text bytes.Buffer
	if applied != nil {
		_, err = io.Copy(&text, io.NewSectionReader(applied, 0, math.MaxInt64))
	} else {
		_, err = c.Intake.Preview(r.Context(), v.By, u.text(), intake.Options{Name: u.name, Refused: &text})
	}
	if err != nil {
		return err
	}
	return sendSheet(w, "involt-refused-rows.csv", text.Bytes())
}
