package app

import (
	"net/url"
	"time"

	"involt/internal/core/workspace"
	"involt/internal/face/admin/exports"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/export"
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
