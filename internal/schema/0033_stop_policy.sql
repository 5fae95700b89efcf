-- What becomes of a session that runs when its card may no longer charge there.
-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN stop_blocked BOOLEAN NOT NULL DEFAULT TRUE;   -- the card was blocked, suspended or removed, or its user deactivated or deleted
-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN stop_lost BOOLEAN NOT NULL DEFAULT FALSE;     -- the user lost access to the place, or the account was closed
