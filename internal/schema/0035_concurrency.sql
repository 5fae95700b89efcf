-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN card_sessions BIGINT NOT NULL DEFAULT 1; -- how many sessions one card may run at once; 0 for any number
-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN user_sessions BIGINT NOT NULL DEFAULT 0; -- the same of one user, over all cards
