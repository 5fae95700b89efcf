package files

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/intake"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

func (c *Pages) choose(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showChoose(w, r, v, http.StatusOK, nil)
}

// recentShown is how many imports are listed below the form.
const recentShown = 5

func (c *Pages) showChoose(w http.ResponseWriter, r *http.Request, v *frame.Visit, status int, wrong ui.Errors) error {
	list, err := c.Intake.Recent(r.Context(), v.By, "", recentShown)
	if err != nil {
		return err
	}
	names, err := c.names(r, v, list...)
	if err != nil {
		return err
	}
	shell := v.Shell("Import users", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	return ui.Render(w, r, status, chooseFile(shell, v, wrong, listTable(v, list, names)))
}

// template is the sheet to fill in.
func (c *Pages) template(w http.ResponseWriter, _ *http.Request, _ *frame.Visit) error {
	var b bytes.Buffer
	if err := intake.Template(&b); err != nil {
		return err
	}
	return send(w, "involt-users-template.csv", table.CSV.ContentType(), b.Bytes())
}

// workbook is the same for Excel.
func (c *Pages) workbook(w http.ResponseWriter, _ *http.Request, _ *frame.Visit) error {
	var b bytes.Buffer
	if err := intake.Workbook(&b); err != nil {
		return err
	}
	return send(w, "involt-users-template.xlsx", table.XLSX.ContentType(), b.Bytes())
}

func head(w http.ResponseWriter, name, kind string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
}

func send(w http.ResponseWriter, name, kind string, text []byte) error {
	head(w, name, kind)
	_, _ = w.Write(text) // whoever asked may have gone; nobody is left to tell
	return nil
}

// upload keeps the file as it comes, and leads to its preview. Nothing of it is
// ever in memory but a small piece, and nothing on this server's disk. With scripts
// a large file comes in pieces.
func (c *Pages) upload(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	if r.Header.Get("Content-Type") == "application/octet-stream" {
		return c.piece(w, r, v)
	}
	im, err := c.take(r, v)
	if err == nil {
		c.await(r, v, im.ID, hasRows)
		v.SeeOther(w, r, "/imports/"+string(im.ID))
		return nil
	}
	wrong, ok := ui.ErrorsOf(err)
	if tooLong, is := errors.AsType[*http.MaxBytesError](err); is && tooLong != nil {
		wrong, ok = ui.Errors{"file": "The file is larger than 2 GB. Cut it in two."}, true
	}
	if !ok {
		return err
	}
	for _, text := range wrong {
		wrong = ui.Errors{"file": text}
	}
	return c.showChoose(w, r, v, http.StatusUnprocessableEntity, wrong)
}

func (c *Pages) take(r *http.Request, v *frame.Visit) (im imports.Import, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return im, errs.AtField("file", "Choose a file.")
	}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return im, errs.AtField("file", "Choose a file.")
		case errors.Is(err, multipart.ErrMessageTooLarge):
			return im, errs.AtField("file", "The form could not be read.")
		case err != nil:
			return im, err
		case part.FormName() != "file" || part.FileName() == "":
			continue
		}
		return c.Intake.Upload(r.Context(), v.By, part.FileName(), part)
	}
}

// startsWithin is how long the answer to a click waits for what is done in no
// time, so that its result is the next thing seen.
const startsWithin = 800 * time.Millisecond

// hasRows reports whether there is something to see of an import.
func hasRows(im *imports.Import) bool { return im.State != imports.Previewing || im.Counts.Rows > 0 }

// await returns once the import is as it is waited for, and at the latest after
// startsWithin.
func (c *Pages) await(r *http.Request, v *frame.Visit, one id.Import, until func(*imports.Import) bool) {
	rings, stop := c.Intake.DB.Watch(imports.Topic(one))
	defer stop()
	late := time.NewTimer(startsWithin)
	defer late.Stop()
	for {
		if im, err := c.Intake.ByID(r.Context(), v.By, one); err != nil || until(&im) {
			return
		}
		select {
		case <-rings:
		case <-late.C:
			return
		case <-r.Context().Done():
			return
		}
	}
}
