package enter

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

func (s *Service) byKey(ctx context.Context, plain string) (by access.Actor, err error) {
	var k apikey.Key
	var perms access.Perm
	stale := false
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if k, err = apikey.ByText(tx, plain); err != nil {
			return err
		}
		stale = tx.Now.Sub(k.LastUsed) > time.Minute
		if perms, err = apikey.Effective(tx, k); err == nil && perms == 0 {
			err = errs.New(errs.SignedOut, "This API key is not valid any more: whoever made it may no longer do what it is for. Ask an admin of the workspace for another one.")
		}
		return err
	})
	if err != nil {
		return access.Actor{}, err
	}
	if stale {
		// Reading goes on even when nothing can be written.
		if err := s.DB.Update(ctx, func(tx *db.Tx) error { return apikey.Used(tx, k) }); err != nil {
			slog.WarnContext(ctx, "use of an API key not noted", "err", err)
		}
	}
	return access.Actor{Workspace: k.Workspace, Name: journal.About("key", k.ID), Perms: perms}, nil
}

// NewKey makes an API key and returns its text, which is shown once. Nobody
// gives a key more than they may do themselves.
func (s *Service) NewKey(ctx context.Context, by access.Actor, name string, perms access.Perm) (plain string, k apikey.Key, err error) {
	defer errs.Wrap(&err, "enter.NewKey")
	if err := by.Need(access.KeysWrite); err != nil {
		return "", k, err
	}
	if !by.Perms.Has(perms) {
		return "", k, errs.AtField("perms", "You cannot give a key permissions that you do not have.")
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		k = apikey.Key{Workspace: by.Workspace, Name: name, Perms: perms, CreatedBy: by.Name}
		if plain, err = apikey.Insert(tx, &k); err != nil {
			return err
		}
		return journal.Record(tx, by, "api-key.created", journal.About("key", k.ID), map[string]any{"name": k.Name, "perms": perms.Names()})
	})
	return plain, k, err
}

// RevokeKey ends an API key at once.
func (s *Service) RevokeKey(ctx context.Context, by access.Actor, key id.APIKey) (err error) {
	defer errs.Wrap(&err, "enter.RevokeKey")
	if err := by.Need(access.KeysWrite); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := apikey.Revoke(tx, by.Workspace, key); err != nil {
			return err
		}
		return journal.Record(tx, by, "api-key.revoked", journal.About("key", key), nil)
	})
}

// Settings changes the workspace's settings.
func (s *Service) Settings(ctx context.Context, by access.Actor, w workspace.Workspace) (err error) {
	defer errs.Wrap(&err, "enter.Settings")
	if err := by.Need(access.SettingsWrite); err != nil {
		return err
	}
	w.ID = by.Workspace
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		old, err := workspace.ByID(tx, by.Workspace)
		if err != nil {
			return err
		}
		if err := workspace.Save(tx, &w); err != nil {
			return err
		}
		values := map[string][2]string{}
		for field, v := range map[string][2]string{
			"name": {old.Name, w.Name}, "access_mode": {string(old.AccessMode), string(w.AccessMode)}, "language": {old.Language, w.Language},
			"time_zone": {old.TimeZone, w.TimeZone}, "info_1": {old.Info1Label, w.Info1Label}, "info_2": {old.Info2Label, w.Info2Label},
			"invite_life": {old.InviteLife.String(), w.InviteLife.String()}, "invite_life_staff": {old.StaffInviteLife.String(), w.StaffInviteLife.String()},
			"invite_life_customers": {old.CustomerInviteLife.String(), w.CustomerInviteLife.String()}, "welcome": {old.Welcome, w.Welcome},
			"card_sessions":     {strconv.FormatInt(old.CardSessions, 10), strconv.FormatInt(w.CardSessions, 10)},
			"user_sessions":     {strconv.FormatInt(old.UserSessions, 10), strconv.FormatInt(w.UserSessions, 10)},
			"auto_approve":      {old.AutoApprove.String(), w.AutoApprove.String()},
			"stop_blocked":      {strconv.FormatBool(old.StopBlocked), strconv.FormatBool(w.StopBlocked)},
			"driver_cards":      {strconv.FormatBool(old.DriverCards), strconv.FormatBool(w.DriverCards)},
			"autocharge":        {strconv.FormatBool(old.Autocharge), strconv.FormatBool(w.Autocharge)},
			"stop_lost":         {strconv.FormatBool(old.StopLost), strconv.FormatBool(w.StopLost)},
			"local_lists":       {strconv.FormatBool(old.LocalLists), strconv.FormatBool(w.LocalLists)},
			"self_registration": {strconv.FormatBool(old.SelfRegistration), strconv.FormatBool(w.SelfRegistration)},
		} {
			if v[0] != v[1] {
				values[field] = v
			}
		}
		return journal.Record(tx, by, "settings.changed", journal.About("workspace", w.ID), values)
	})
}
