package equip

import (
	"context"
	"fmt"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Foreseer says what a change of rules would do to whom.
type Foreseer interface {
	Foresee(ctx context.Context, by access.Actor, c grant.Change) (grant.Effect, error)
}

// Look is the error of a change that would take something from somebody, and of
// which its maker has not seen what, or has seen something else. Nothing was
// done; the same call with Effect.Seen() does it.
type Look struct {
	Effect grant.Effect
	Stale  bool // they had seen something, and it changed since
}

func (l *Look) Error() string { return errs.Text(l.Unwrap()) }

// Unwrap makes it an [errs.Conflict].
func (l *Look) Unwrap() error {
	if l.Stale {
		return errs.New(errs.Conflict, "The numbers changed while you looked at them. Look again, and confirm if they are right.")
	}
	return errs.New(errs.Conflict, "%d users would lose places or hours by this. Look at it, and confirm.", l.Effect.Lose)
}

// foresee refuses a change that takes something from somebody unless its maker
// has seen it.
func (s *Service) foresee(ctx context.Context, by access.Actor, c grant.Change, seen string) error {
	if s.Effects == nil {
		return nil
	}
	e, err := s.Effects.Foresee(ctx, by, c)
	switch {
	case err != nil:
		return err
	case seen != "" && seen != e.Seen():
		return &Look{e, true}
	case seen == "" && e.Lose > 0:
		return &Look{e, false}
	}
	return nil
}

// Open lets a group or a person charge somewhere.
func (s *Service) Open(ctx context.Context, by access.Actor, g grant.Grant) (_ grant.Grant, err error) {
	defer errs.Wrap(&err, "equip.Open")
	if err := by.Need(access.PeopleWrite); err != nil {
		return g, err
	}
	g.Workspace = by.Workspace
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := localZone(tx, &g); err != nil {
			return err
		}
		if err := grant.Insert(tx, &g); err != nil {
			return err
		}
		return journal.Record(tx, by, "grant.created", whose(g), g)
	})
	return g, err
}

// localZone lets hours that name no zone be those of the place, or of the
// workspace.
func localZone(tx *db.Tx, g *grant.Grant) error {
	if g.Hours.Zone != "" || g.Hours.Always() {
		return nil
	}
	at := g.Location
	if g.Charger != "" {
		c, err := site.ChargerByID(tx, g.Workspace, g.Charger)
		if err != nil {
			return err
		}
		at = c.Location
	}
	if at != "" {
		l, err := site.LocationByID(tx, g.Workspace, at)
		g.Hours.Zone = l.TimeZone
		return err
	}
	w, err := workspace.ByID(tx, g.Workspace)
	g.Hours.Zone = w.TimeZone
	return err
}

// ChangeRule changes when a rule of a group holds: its dates and hours. g.Version
// must be that of the rule as it was read; if somebody else changed it since,
// that is an errs.Conflict. If somebody loses by it, it is a [Look] unless seen
// is what they lose.
func (s *Service) ChangeRule(ctx context.Context, by access.Actor, g grant.Grant, seen string) (_ grant.Grant, err error) {
	defer errs.Wrap(&err, "equip.ChangeRule")
	if err := by.Need(access.PeopleWrite); err != nil {
		return g, err
	}
	g.Workspace = by.Workspace
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		old, err := grant.ByID(tx, by.Workspace, g.ID)
		if err != nil {
			return err
		}
		g.Group, g.Person, g.Location, g.Charger, g.Created = old.Group, old.Person, old.Location, old.Charger, old.Created
		return errs.Or(localZone(tx, &g), g.Check())
	})
	if err != nil {
		return g, err
	}
	if g.Group != "" {
		if err := s.foresee(ctx, by, grant.Change{Group: g.Group, Put: &g}, seen); err != nil {
			return g, err
		}
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		old, err := grant.ByID(tx, by.Workspace, g.ID)
		if err != nil {
			return err
		}
		if err := grant.Save(tx, &g); err != nil {
			return err
		}
		return journal.Record(tx, by, "grant.changed", whose(g), map[string]any{
			"grant": g.ID, "location": g.Location, "charger": g.Charger, "hours": [2]string{old.Hours.String(), g.Hours.String()},
			"from": [2]string{stamp(old.From), stamp(g.From)}, "until": [2]string{stamp(old.Until), stamp(g.Until)},
		})
	})
	return g, err
}

// stamp is a moment as the journal says it, "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Shut removes a rule of a group or a person. If members of a group lose by it,
// it is a [Look] unless seen is what they lose.
func (s *Service) Shut(ctx context.Context, by access.Actor, g grant.Grant, seen string) (err error) {
	defer errs.Wrap(&err, "equip.Shut")
	if err := by.Need(access.PeopleWrite); err != nil {
		return err
	}
	if g.Group != "" {
		if err := s.foresee(ctx, by, grant.Change{Group: g.Group, Drop: g.ID}, seen); err != nil {
			return err
		}
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := grant.Delete(tx, by.Workspace, g.ID); err != nil {
			return err
		}
		return journal.Record(tx, by, "grant.removed", whose(g), g)
	})
}

func whose(g grant.Grant) string {
	if g.Person != "" {
		return journal.About("person", g.Person)
	}
	return journal.About("group", g.Group)
}

// SwitchMode changes how it is decided who may charge where, and, unless
// refuge is nil, which group takes everyone who has none. It is always a [Look]
// until seen is what the switch would do. In mode "By user group" every active
// user is in a group, or there is a default one: else it is an errs.Invalid at
// the field "default".
func (s *Service) SwitchMode(ctx context.Context, by access.Actor, to workspace.Mode, refuge *id.Group, seen string) (err error) {
	defer errs.Wrap(&err, "equip.SwitchMode(%s)", to)
	if err := by.Need(access.SettingsWrite); err != nil {
		return err
	}
	if refuge != nil {
		if err := by.Need(access.PeopleWrite); err != nil {
			return err
		}
	}
	everyone := to == workspace.Everyone
	e, err := s.Effects.Foresee(ctx, by, grant.Change{Everyone: &everyone, Default: refuge})
	if err != nil {
		return err
	}
	if seen != e.Seen() {
		return &Look{e, seen != ""}
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := workspace.Lock(tx, by.Workspace); err != nil {
			return err
		}
		w, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		if w.AccessMode == to {
			return errs.New(errs.Conflict, "Somebody has switched to this access mode already.")
		}
		if refuge != nil {
			if err := setDefault(tx, by, *refuge); err != nil {
				return err
			}
		}
		if to == workspace.ByGroup {
			if err := everyoneHasAGroup(tx, by.Workspace); err != nil {
				return err
			}
		}
		from := w.AccessMode
		w.AccessMode = to
		if err := workspace.Save(tx, &w); err != nil {
			return err
		}
		return journal.Record(tx, by, "settings.changed", journal.About("workspace", w.ID), map[string]any{
			"access_mode": [2]string{string(from), string(to)}, "lost": e.Lose, "gained": e.Gain,
		})
	})
}

// everyoneHasAGroup refuses to leave active people without a group where the
// groups decide, unless there is a default one.
func everyoneHasAGroup(tx *db.Tx, ws id.Workspace) error {
	refuge, err := group.TheDefault(tx, ws)
	if err != nil || refuge != "" {
		return err
	}
	n, err := group.Without(tx, ws)
	if err == nil && n > 0 {
		err = errs.AtField("default", "%s in no group and could charge nowhere. Choose the group that takes everyone who has none.", users(n))
	}
	return err
}

func users(n int64) string {
	if n == 1 {
		return "1 active user is"
	}
	return fmt.Sprintf("%d active users are", n)
}
