package frame

import (
	"involt/internal/core/access"
	"involt/internal/kit/errs"
)

// Refusal is an error that only HTTP knows.
type Refusal struct {
	Status int
	Text   string
	Allow  string // which methods the path knows, where another was used
}

func (r *Refusal) Error() string { return r.Text }

// Discreet says an error to somebody who may not know names, which the
// sentences of flows carry.
func Discreet(by access.Actor, err error) error {
	if MayKnow(by) {
		return err
	}
	switch errs.KindOf(err) {
	case errs.Conflict:
		return errs.New(errs.Conflict, "The present state does not allow this.")
	case errs.Denied:
		return errs.New(errs.Denied, "This user holds a staff role. Only someone who may give that role can do this.")
	default:
		return err
	}
}

// Renamed is err with its fields as the API spells them.
func Renamed(err error, fields map[string]string) error {
	if errs.KindOf(err) != errs.Invalid {
		return err
	}
	var list errs.List
	for _, m := range Leaves(err) {
		if to, ok := fields[m.Field]; ok {
			m = &errs.Error{Kind: m.Kind, Field: to, Text: m.Text}
		}
		list.Add(m)
	}
	return list.Err()
}

// Leaves lists the errors that err joins.
func Leaves(err error) (all []*errs.Error) {
	switch v := err.(type) { //nolint:errorlint // this walks the tree itself
	case *errs.Error:
		all = append(all, v)
	case interface{ Unwrap() []error }:
		for _, e := range v.Unwrap() {
			all = append(all, Leaves(e)...)
		}
	case interface{ Unwrap() error }:
		all = Leaves(v.Unwrap())
	}
	return all
}
