package browse_test

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/flow/browse"
)

// plain turns the pages that are shown before the list is in memory, there and back.
func (m *model) plain(f browse.UserFilter, want []id.Person) {
	f.At = ""
	var got []id.Person
	var last browse.UserPage
	turn := func() (ids []id.Person) {
		p, err := m.s.PlainUsers(m.t.Context(), m.by, f)
		if err != nil || !p.Plain || p.Total != -1 || len(p.Counts) > 0 {
			m.r.Fatalf("%+v: %+v %v", f, p, err)
		}
		for _, u := range p.Rows {
			ids = append(ids, u.ID)
		}
		last = p
		return ids
	}
	for more := true; more; {
		if ids := turn(); len(ids) > 0 && last.From != int64(len(got))+1 {
			m.r.Fatalf("%+v: from %d", f, last.From)
		} else {
			got = append(got, ids...)
		}
		f.At, more = last.Next, last.Next != ""
	}
	if !slices.Equal(got, want) {
		m.r.Fatalf("%+v: the plain list is %v, the tables say %v", f, got, want)
	}
	for last.Prev != "" {
		f.At = last.Prev
		to := int(last.From) - 1
		if ids := turn(); !slices.Equal(ids, want[max(0, to-f.Limit):to]) {
			m.r.Fatalf("%+v: before place %d is %v", f, to, ids)
		}
	}
	// Staff of one group see nobody else in either list.
	f.At, f.Limit = "", 100
	part := access.Actor{Workspace: m.by.Workspace, Name: "person:y", Parts: []access.Part{{Perms: m.by.Perms, Reach: access.Reach{Groups: m.groups[:1]}}}}
	names := func(list func(context.Context, access.Actor, browse.UserFilter) (browse.UserPage, error)) (ids []id.Person) {
		p, err := list(m.t.Context(), part, f)
		if err != nil {
			m.r.Fatal(err)
		}
		for _, u := range p.Rows {
			ids = append(ids, u.ID)
		}
		return ids
	}
	if plain, listed := names(m.s.PlainUsers), names(m.s.Users); !slices.Equal(plain, listed) {
		m.r.Fatalf("%+v: staff of a group see %v before the list is in memory, and then %v", f, plain, listed)
	}
}
