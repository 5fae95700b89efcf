package app

import (
	"context"
	"fmt"

	"involt/internal/core/workspace"
	"involt/internal/kit/db"
)

// agreeOnKey refuses a key file that is not the one this database was first used
// with: links that were mailed would be dead, and nobody would know why. In a
// demo, and when the operator says so, the new one is taken.
func (a *App) agreeOnKey(ctx context.Context) error {
	mine := a.Keys.Fingerprint()
	return a.DB.Update(ctx, func(tx *db.Tx) error {
		kept, err := workspace.Agree(tx, "key", mine)
		switch {
		case err != nil || kept == mine:
			return err
		case a.Config.Demo || a.Config.NewKey:
			return workspace.Replace(tx, "key", mine)
		}
		return fmt.Errorf("the key file %s is not the one that this database was first used with, so every invitation that is open would be dead. "+
			"Set INVOLT_KEY_FILE to the right file, or restore it from a backup. If it is lost: involt admin accept-key, and invite again", a.Config.KeyFile)
	})
}
