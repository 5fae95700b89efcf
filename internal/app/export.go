package app

import (
	"context"
	"io"
	"net/url"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/workspace"
	"involt/internal/face/admin/exports"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/export"
	"involt/internal/kit/table"
)

// ExportOf reads what is exported from the part of an address behind its
// question mark, as the console's lists spell it: "status=active&group=none".
// Periods, such as the last month, are told from now, in the zone.
func ExportOf(what export.What, q url.Values, now time.Time, zone *time.Location) (export.Request, error) {
	return exports.Of(what, q, ui.Reader{Lang: "en", Zone: zone, Now: now})
}

// told puts an entry of the journal into the console's words, for a file.
func told(ws workspace.Workspace, a browse.Activity) (text, detail string) {
	said := frame.Tell(a, &frame.Visit{Workspace: ws})
	return said.Text, said.Detail
}

// files writes the files of lists for those that go out by themselves.
type files struct{ of *export.Service }

// Need is the permission that a list needs.
func (f files) Need(what string) (access.Perm, error) {
	w, err := export.ParseWhat(what)
	if err != nil {
		return 0, err
	}
	return w.Need(), nil
}

// Write writes a file.
func (f files) Write(ctx context.Context, by access.Actor, what string, query url.Values, at time.Time, o table.Output, w io.Writer) (int64, error) {
	ask, err := ExportOf(export.What(what), query, at, o.Zone)
	if err != nil {
		return 0, err
	}
	return f.of.Write(ctx, by, &ask, o, w)
}
