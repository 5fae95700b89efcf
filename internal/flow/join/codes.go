package join

import (
	"context"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Make makes a joining code, which works at once. Of c its zone, group, note and
// options count. Whoever has a part of the workspace makes codes for what lies in
// it.
func (s *Service) Make(ctx context.Context, by access.Actor, c joincode.Code) (_ joincode.Code, err error) {
	defer errs.Wrap(&err, "join.Make")
	in, err := by.Within(access.PeopleWrite)
	if err != nil {
		return c, err
	}
	c.Workspace, c.MadeBy, c.Enabled = by.Workspace, by.Name, true
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if c.Location != "" {
			if !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(c.Location)}) {
				return errs.AtField("location", "There is no such location. It may have been removed.")
			}
			if _, err := site.LocationByID(tx, by.Workspace, c.Location); err != nil {
				return atField("location", err)
			}
		}
		if c.Group != "" {
			if !in.Covers(access.Scope{Kind: access.InGroup, ID: string(c.Group)}) {
				return errs.AtField("group", "There is no such group. It may have been deleted.")
			}
			if _, err := group.ByID(tx, by.Workspace, c.Group); err != nil {
				return atField("group", err)
			}
		}
		if err := inTime(tx, &c); err != nil {
			return err
		}
		if err := joincode.Insert(tx, s.Keys, &c); err != nil {
			return err
		}
		return note(tx, by, "joining-code.created", &c, options(&joincode.Code{}, &c))
	})
	return c, err
}

// mine returns a code of the workspace about which by decides: all that it opens
// lies where they may let people in. Any other is not there.
func mine(tx *db.Tx, by access.Actor, which id.JoinCode) (joincode.Code, error) {
	in, err := by.Within(access.PeopleWrite)
	if err != nil {
		return joincode.Code{}, err
	}
	c, err := joincode.ByID(tx, by.Workspace, which)
	if err == nil && !c.Within(&in) {
		return joincode.Code{}, joincode.ErrNone
	}
	return c, err
}

// atField points an error that people can mend at the field it is about.
func atField(field string, err error) error {
	if errs.KindOf(err) == errs.NotFound {
		return errs.AtField(field, "%s", errs.Text(err))
	}
	return err
}

// inTime refuses ends that are over already: the code would let nobody in.
func inTime(tx *db.Tx, c *joincode.Code) error {
	var wrong errs.List
	for field, at := range map[string]time.Time{"expires": c.Expires, "access_until": c.Until} {
		if !at.IsZero() && !at.After(tx.Now) {
			wrong.Add(errs.AtField(field, "This day is over. Choose a later one."))
		}
	}
	return wrong.Err()
}

// Change changes a code's note and options, and whether it lets anybody in.
// c.Version must be that of the code as it was read; if somebody else changed it
// since, that is an errs.Conflict. Who came by it keeps what they got.
func (s *Service) Change(ctx context.Context, by access.Actor, c joincode.Code) (_ joincode.Code, err error) {
	defer errs.Wrap(&err, "join.Change")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return c, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		old, err := mine(tx, by, c.ID)
		if err != nil {
			return err
		}
		changed := old
		changed.Name, changed.Enabled, changed.Approval, changed.Expires, changed.MaxUses = c.Name, c.Enabled, c.Approval, c.Expires, c.MaxUses
		changed.Domains, changed.From, changed.Until, changed.Questions, changed.Version = c.Domains, c.From, c.Until, c.Questions, c.Version
		if !changed.Expires.Equal(old.Expires) || !changed.Until.Equal(old.Until) {
			if err := inTime(tx, &changed); err != nil {
				return err
			}
		}
		if err := joincode.Save(tx, &changed); err != nil {
			return err
		}
		c = changed
		values := options(&old, &c)
		if len(values) == 0 {
			return nil
		}
		return note(tx, by, "joining-code.updated", &c, values)
	})
	return c, err
}

// Enable lets a code let people in, or no longer: the switch "Enable joining
// zone". Members stay.
func (s *Service) Enable(ctx context.Context, by access.Actor, which id.JoinCode, on bool) (err error) {
	defer errs.Wrap(&err, "join.Enable(%v)", on)
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		c, err := mine(tx, by, which)
		if err != nil || c.Enabled == on {
			return err
		}
		if c.Enabled = on; on && c.Location == "" && c.Group == "" {
			return errs.New(errs.Conflict, "The group that this code led into was deleted. Make a code for another group or zone.")
		}
		if err := joincode.Save(tx, &c); err != nil {
			return err
		}
		return note(tx, by, "joining-code.updated", &c, map[string]any{"enabled": [2]bool{!on, on}})
	})
}

// Rotate makes a new code in place of the old one, which works no longer, nor do
// mails to newcomers that are under way. Members stay.
func (s *Service) Rotate(ctx context.Context, by access.Actor, which id.JoinCode) (c joincode.Code, err error) {
	defer errs.Wrap(&err, "join.Rotate")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return c, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if c, err = mine(tx, by, which); err != nil {
			return err
		}
		if err := joincode.Rotate(tx, s.Keys, &c); err != nil {
			return err
		}
		return note(tx, by, "joining-code.rotated", &c, nil)
	})
	return c, err
}

// Show returns a code with what it says, for staff who may let people in.
func (s *Service) Show(ctx context.Context, by access.Actor, which id.JoinCode) (o Offer, err error) {
	defer errs.Wrap(&err, "join.Show")
	if err := by.NeedSome(access.PeopleWrite); err != nil {
		return o, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		c, err := mine(tx, by, which)
		if err != nil {
			return err
		}
		o, err = s.offer(tx, c)
		return err
	})
	return o, err
}

// note records what was done to a code, for the code and for its zone or group.
// The code itself is a secret and stands nowhere.
func note(tx *db.Tx, by access.Actor, what string, c *joincode.Code, values map[string]any) error {
	if values == nil {
		values = map[string]any{}
	}
	var also []string
	if c.Location != "" {
		l, err := site.LocationByID(tx, c.Workspace, c.Location)
		if err != nil {
			return err
		}
		also, values["zone"], values["name"] = append(also, journal.About("zone", c.Location)), c.Location, l.Name
	}
	if c.Group != "" {
		g, err := group.ByID(tx, c.Workspace, c.Group)
		if err != nil {
			return err
		}
		also, values["group"] = append(also, journal.About("join-group", c.Group)), g.Name
	}
	return journal.RecordMany(tx, by, what, journal.About("join-code", c.ID), also, values)
}

// options are the options in which two codes differ, before and after.
func options(old, c *joincode.Code) map[string]any {
	values := map[string]any{}
	for field, v := range map[string][2]string{
		"note": {old.Name, c.Name}, "enabled": {strconv.FormatBool(old.Enabled), strconv.FormatBool(c.Enabled)}, "approval": {strconv.FormatBool(old.Approval), strconv.FormatBool(c.Approval)},
		"expires": {stamp(old.Expires), stamp(c.Expires)}, "max_uses": {count(old.MaxUses), count(c.MaxUses)}, "domains": {old.Domains.String(), c.Domains.String()},
		"access_from": {stamp(old.From), stamp(c.From)}, "access_until": {stamp(old.Until), stamp(c.Until)},
		"questions": {strings.Join(old.Questions, " | "), strings.Join(c.Questions, " | ")},
	} {
		if v[0] != v[1] {
			values[field] = v
		}
	}
	return values
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func count(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
