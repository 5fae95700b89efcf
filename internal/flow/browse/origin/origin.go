// Package origin says where what is written about a user comes from: what they
// were made with, and what came otherwise later.
package origin

import (
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Source is where something that is written about a user comes from.
type Source struct {
	Kind   source.Kind
	By     string    // the file's name, or who wrote it; "" without personal data, or if that is not known any more
	Import id.Import // of a file
	At     time.Time
}

// Of returns what a user was made with, the zero Source if that is not known, and
// by field what came otherwise later. Names are left out for who may not know
// them.
func Of(tx *db.Tx, by access.Actor, who id.Person) (made Source, fields map[string]Source, err error) {
	about := journal.About("person", who)
	var what, actor, subject string
	var at int64
	err = tx.Row(`SELECT what, actor, subject, at FROM journal WHERE workspace = ? AND id IN (
			SELECT id FROM journal WHERE workspace = ? AND subject = ? UNION ALL SELECT entry FROM journal_subject WHERE workspace = ? AND subject = ?)
		ORDER BY id LIMIT 1`, []any{by.Workspace, by.Workspace, about, by.Workspace, about}, &what, &actor, &subject, &at)
	switch {
	case errs.KindOf(err) == errs.NotFound:
	case err != nil:
		return made, nil, err
	default:
		kind, origin := source.KindOf(access.Actor{Name: actor}, who), actor
		if strings.HasPrefix(subject, "import:") {
			kind, origin = source.File, subject
		} else if actor == about {
			kind = source.Driver
		}
		if made, err = named(tx, by, kind, origin); err != nil {
			return made, nil, err
		}
		made.At = time.UnixMilli(at).UTC()
	}
	list, err := source.List(tx, by.Workspace, []id.Person{who})
	if err != nil {
		return made, nil, err
	}
	fields = map[string]Source{}
	for _, s := range list {
		one, err := named(tx, by, s.Kind, s.Origin)
		if err != nil {
			return made, nil, err
		}
		one.At = s.At
		fields[s.Field] = one
	}
	return made, fields, nil
}

// named says what a source is called, to those who may know names.
func named(tx *db.Tx, by access.Actor, kind source.Kind, origin string) (s Source, err error) {
	s.Kind = kind
	noun, key, _ := strings.Cut(origin, ":")
	if !by.Perms.Has(access.PersonalData) {
		return s, nil
	}
	switch noun {
	case "import":
		all, err := imports.ByIDs(tx, by.Workspace, []id.Import{id.Import(key)})
		if err != nil || len(all) == 0 {
			return s, err
		}
		s.By, s.Import = all[0].Name, all[0].ID
	case "person":
		p, err := person.ByID(tx, by.Workspace, id.Person(key))
		if errs.KindOf(err) == errs.NotFound {
			return s, nil
		}
		s.By = p.Name()
		return s, err
	}
	return s, nil
}
