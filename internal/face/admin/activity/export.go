package activity

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"involt/internal/face/admin/frame"
	"involt/internal/flow/browse"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// columns are those of the file, in order.
var columns = []string{"time", "entry", "what", "sentence", "details", "actor", "actor_name", "subject", "subject_name", "users", "values", "chain"}

// export is the same list as a file, of any length: rows leave while the next
// ones are read. Whoever may not see personal data gets the file masked as the
// page is.
func (c *Pages) export(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := asked(r, v)
	var out *table.Writer
	begin := func() {
		h := w.Header()
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="activity-`+p.rd.Now.In(p.rd.Zone).Format(time.DateOnly)+`.csv"`)
		h.Set("Cache-Control", "no-store")
		out = table.NewWriter(w, 0, true)
		out.Write(columns...)
	}
	err := c.Browse.EachActivity(r.Context(), v.By, p.filter, func(a browse.Activity) error {
		if out == nil {
			begin()
		}
		out.Write(line(a, v)...)
		return nil
	})
	if err != nil && out == nil {
		return err // nothing was sent yet: a page can say it
	}
	if out == nil {
		begin()
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		if r.Context().Err() == nil {
			slog.ErrorContext(r.Context(), "export of the activity broke off", "err", errs.Text(err))
		}
		panic(http.ErrAbortHandler) // the only way left to say that the file is not whole
	}
	return nil
}

func line(a browse.Activity, v *frame.Visit) []string {
	said := frame.Tell(a, v)
	values := ""
	if len(a.Value) > 0 {
		if text, err := json.Marshal(a.Value); err == nil { // it came from JSON
			values = string(text)
		}
	}
	seq, users := "", ""
	if a.Seq > 0 {
		seq = strconv.FormatInt(a.Seq, 10)
	}
	if a.About > 0 {
		users = strconv.FormatInt(a.About, 10)
	}
	return []string{a.At.UTC().Format(time.RFC3339), string(a.ID), a.What, said.Text, strings.ReplaceAll(said.Detail, "\n", " "), a.Actor, actorName(a), a.Subject, a.SubjectName, users, values, seq}
}
