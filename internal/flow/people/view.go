package people

import (
	"context"
	"slices"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/view"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Views returns the saved views of a list that by sees: their own first, then
// those that others share.
func (s *Service) Views(ctx context.Context, by access.Actor, list string) (all []view.View, err error) {
	defer errs.Wrap(&err, "people.Views")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all, err = view.For(tx, by.Workspace, list, by.Person)
		all = slices.DeleteFunc(all, func(v view.View) bool { return !sees(by, &v) })
		return err
	})
	return all, err
}

// View returns one view that by sees, or an errs.NotFound.
func (s *Service) View(ctx context.Context, by access.Actor, which id.View) (v view.View, err error) {
	defer errs.Wrap(&err, "people.View")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return v, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		v, err = seen(tx, by, which)
		return err
	})
	return v, err
}

// SaveView saves a list under v.Name: v.List, v.Query and v.Shared are taken as
// they are. What is wrong with the name is an error at the field "name".
func (s *Service) SaveView(ctx context.Context, by access.Actor, v view.View) (_ view.View, err error) {
	defer errs.Wrap(&err, "people.SaveView")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return v, err
	}
	if by.Person == "" {
		return v, errs.New(errs.Denied, "A view belongs to a person; this is not one.")
	}
	v.Workspace, v.Person = by.Workspace, by.Person
	v.Shared = v.Shared && by.Need(access.PeopleRead) == nil
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := view.Insert(tx, &v); err != nil {
			return err
		}
		return journal.Record(tx, by, "view.saved", journal.About("view", v.ID), map[string]any{"name": v.Name, "list": v.List, "shared": v.Shared})
	})
	return v, err
}

// ChangeView renames a view and says whether all staff see it. Its owner may do
// that, and for a shared one whoever may change the workspace's settings.
func (s *Service) ChangeView(ctx context.Context, by access.Actor, which id.View, name string, shared bool) (err error) {
	defer errs.Wrap(&err, "people.ChangeView")
	return s.changeView(ctx, by, which, func(tx *db.Tx, v view.View) error {
		was := v
		v.Name, v.Shared = name, shared && by.Need(access.PeopleRead) == nil
		if err := view.Save(tx, &v); err != nil {
			return err
		}
		if was.Name == v.Name && was.Shared == v.Shared {
			return nil
		}
		return journal.Record(tx, by, "view.saved", journal.About("view", v.ID), map[string]any{"name": v.Name, "was": was.Name, "list": v.List, "shared": v.Shared})
	})
}

// RemoveView removes a view; who may is as for ChangeView. The list stays as it
// is.
func (s *Service) RemoveView(ctx context.Context, by access.Actor, which id.View) (err error) {
	defer errs.Wrap(&err, "people.RemoveView")
	return s.changeView(ctx, by, which, func(tx *db.Tx, v view.View) error {
		if err := view.Remove(tx, v.Workspace, v.ID); err != nil {
			return err
		}
		return journal.Record(tx, by, "view.removed", journal.About("view", v.ID), map[string]any{"name": v.Name, "list": v.List, "shared": v.Shared})
	})
}

func (s *Service) changeView(ctx context.Context, by access.Actor, which id.View, do func(*db.Tx, view.View) error) error {
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		v, err := seen(tx, by, which)
		if err != nil {
			return err
		}
		if !MayChangeView(by, &v) {
			return errs.New(errs.Denied, "This view is somebody else's. Its owner can change it, and so can whoever may change the workspace's settings.")
		}
		return do(tx, v)
	})
}

// MayChangeView reports whether by may rename and remove a view.
func MayChangeView(by access.Actor, v *view.View) bool {
	return v.Person == by.Person || v.Shared && by.Perms.Has(access.SettingsWrite)
}

// sees reports whether by sees a view: their own, and those that are shared if they
// see everybody, for what others search for may name whom they do not see.
func sees(by access.Actor, v *view.View) bool {
	return v.Person == by.Person || v.Shared && by.Need(access.PeopleRead) == nil
}

// seen returns a view if by sees it: else it does not exist.
func seen(tx *db.Tx, by access.Actor, which id.View) (view.View, error) {
	v, err := view.ByID(tx, by.Workspace, which)
	if err == nil && !sees(by, &v) {
		return view.View{}, errs.New(errs.NotFound, "There is no such view. Somebody may have removed it.")
	}
	return v, err
}
