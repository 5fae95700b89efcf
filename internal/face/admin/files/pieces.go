package files

import (
	"encoding/json"
	"net/http"
	"strconv"

	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/flow/intake"
	"involt/internal/kit/errs"
)

// What the script that sends a large file in pieces asks and is told. Refusals are
// pages as everywhere, of which it shows the sentence.

// received is how far a file has come.
type received struct {
	Import   id.Import `json:"import"`
	Received int64     `json:"received"`
}

// pieceMost is how many bytes a piece may have.
const pieceMost = 16 << 20

func tell(w http.ResponseWriter, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // whoever asked may have gone; nobody is left to tell
	return nil
}

// described is the file that the script is about to send.
func described(value func(string) string) (f intake.File, err error) {
	f = intake.File{Name: value("name"), Mark: value("mark")}
	if f.Size, err = strconv.ParseInt(value("size"), 10, 64); err != nil {
		return f, errs.AtField("size", "Say how many bytes the file has.")
	}
	return f, nil
}

// begun says how far a file has come that was chosen again.
func (c *Pages) begun(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := described(r.URL.Query().Get)
	if err != nil {
		return err
	}
	p, err := c.Intake.Begun(r.Context(), v.By, f)
	if err != nil {
		return err
	}
	return tell(w, received(p))
}

// pieces says where to go on with a file, or to begin.
func (c *Pages) pieces(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	f, err := described(r.PostForm.Get)
	if err != nil {
		return err
	}
	p, err := c.Intake.Send(r.Context(), v.By, f, r.PostForm.Get("anew") != "")
	if err != nil {
		return err
	}
	return tell(w, received(p))
}

// piece keeps one piece of a file, from the place on that the address names.
func (c *Pages) piece(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	q := r.URL.Query()
	one := id.Import(q.Get("import"))
	offset, err := strconv.ParseInt(q.Get("offset"), 10, 64)
	if err != nil || offset < 0 || !id.Valid(string(one)) {
		return errs.New(errs.Invalid, "This piece does not say which file it belongs to.")
	}
	size, err := c.Intake.Append(r.Context(), v.By, one, offset, http.MaxBytesReader(w, r.Body, pieceMost))
	if err != nil {
		return err
	}
	return tell(w, received{one, size})
}

// complete says that all pieces are here, and where the preview is.
func (c *Pages) complete(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	if err := c.Intake.Complete(r.Context(), v.By, p.ID); err != nil {
		return err
	}
	c.await(r, v, p.ID, hasRows)
	return tell(w, struct {
		Location string `json:"location"`
	}{p.self()})
}
