// Package export writes lists as files: users, cards, charging sessions,
// invitations, activity; all of a list or what a filter leaves of it; as CSV,
// XLSX or JSON lines.
//
// A file is read and written part by part, each part in a transaction of its own
// that has ended before the part leaves: it may be of any length, needs the memory
// of one part, and a reader who is slow holds nothing up. What changes meanwhile
// may be in it as it was or as it is; nothing is in it twice.
//
// Whoever lacks personal data gets the file masked as the pages are: names and
// addresses by their first letters, and nothing of what else is personal.
package export

import (
	"context"
	"io"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/invited"
	"involt/internal/flow/browse/look"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// What is the list that is exported.
type What string

// The lists.
const (
	Users       What = "users"
	Cards       What = "cards"
	Sessions    What = "sessions"
	Invitations What = "invitations"
	Activity    What = "activity"
)

// list is what is known about a list before anything of it is read.
type list struct {
	label   string
	need    access.Perm
	columns []string
	open    func(s *Service, ctx context.Context, v *view, ask *Request) (source, error)
}

// view is who looks, and how far.
type view struct {
	by  access.Actor
	see access.Actor // by as they stand within the reach: what is shown goes by their permissions
	in  access.Reach
}

func (v *view) may(p access.Perm) bool { return v.see.Perms.Has(p) }

// lists are all of them.
var lists = map[What]list{
	Users:       {"Users", access.PeopleRead, userColumns, openUsers},
	Cards:       {"Cards", access.CardsRead, cardColumns, openCards},
	Sessions:    {"Sessions", access.SessionsRead, sessionColumns, openSessions},
	Invitations: {"Invitations", access.PeopleRead, inviteColumns, openInvitations},
	Activity:    {"Activity", access.ActivityRead, activityColumns, openActivity},
}

// All are the lists there are, in the order of the menu.
var All = []What{Users, Invitations, Cards, Sessions, Activity}

// ParseWhat reads the name of a list; another one is an errs.Invalid.
func ParseWhat(text string) (What, error) {
	if !slices.Contains(All, What(text)) {
		return "", errs.AtField("what", "There is no export called %q. There are users, invitations, cards, sessions and activity.", text)
	}
	return What(text), nil
}

// Label is the list as screens name it.
func (w What) Label() string { return lists[w].label }

// Need is the permission that the list needs.
func (w What) Need() access.Perm { return lists[w].need }

// Columns are the columns of the list's files, in their order.
func (w What) Columns() []string { return lists[w].columns }

// Request says what is exported. Of the filters the one of What counts; its
// paging does not.
type Request struct {
	What        What
	Users       browse.UserFilter
	People      []id.Person // of users: these, and no filter; nil for the filter
	Cards       browse.CardFilter
	Sessions    browse.SessionFilter
	Invitations invited.Filter
	Activity    browse.ActivityFilter

	Columns []string // those that are written, by name; none for all
}

// Service writes files.
type Service struct {
	DB     *db.DB
	Browse *browse.Service

	// Tell puts an entry of the journal into words, for people; optional.
	Tell func(ws workspace.Workspace, a browse.Activity) (text, detail string)
}

// source writes the next part of a list; more is false after the last.
type source func(ctx context.Context, to *table.Sheet) (more bool, err error)

// Write writes a file and returns how many rows it has. If it fails before the
// first part is read, nothing was written to w.
func (s *Service) Write(ctx context.Context, by access.Actor, ask *Request, o table.Output, w io.Writer) (rows int64, err error) {
	defer errs.Wrap(&err, "export.Write(%s)", ask.What)
	l, ok := lists[ask.What]
	if !ok {
		return 0, errs.AtField("what", "There is no export called %q.", ask.What)
	}
	v := view{by: by}
	if v.see, v.in, err = look.Sight(by, l.need); err != nil {
		return 0, err
	}
	next, err := l.open(s, ctx, &v, ask)
	if err != nil {
		return 0, err
	}
	if o.Title == "" {
		o.Title = l.label
	}
	sheet := table.NewSheet(w, o, l.columns, ask.Columns...)
	for more := true; more; {
		if more, err = next(ctx, sheet); err != nil {
			return sheet.Rows(), err
		}
		if err := sheet.Flush(); err != nil {
			return sheet.Rows(), err
		}
	}
	return sheet.Rows(), sheet.Close()
}

// How many rows are read at once. A statement that joins names to its rows costs
// something whatever it reads, so that many small parts take longer than few large
// ones; the first one is small, so that a file begins to arrive at once.
const (
	part      = 2000
	largePart = 5000
)

// inParts cuts ids into lists of few lengths, each filled up with its last one:
// each length is a statement of its own.
func inParts[T any](ids []T, do func(part []T) error) error {
	for some := range slices.Chunk(ids, 500) {
		size := 1
		for size < len(some) {
			size *= 5
		}
		some = slices.Clone(some)
		for len(some) < min(size, 500) {
			some = append(some, some[len(some)-1])
		}
		if err := do(some); err != nil {
			return err
		}
	}
	return nil
}
