-- owner: internal/core/login
ALTER TABLE web_session ADD COLUMN proven_at BIGINT NOT NULL DEFAULT 0; -- when its holder last gave the password; 0: never, for a link or a code proves a mailbox
-- owner: internal/core/login
ALTER TABLE web_session ADD COLUMN method TEXT NOT NULL DEFAULT '';     -- how it began: password, link
-- owner: internal/core/login
ALTER TABLE web_session ADD COLUMN agent TEXT NOT NULL DEFAULT '';      -- the browser, as it calls itself
-- owner: internal/core/login
ALTER TABLE identity ADD COLUMN signed_in_at BIGINT NOT NULL DEFAULT 0; -- when its last session began; 0: not since this is noted

-- owner: internal/core/login
CREATE TABLE password_reset (
	id         TEXT   PRIMARY KEY,
	identity   TEXT   NOT NULL REFERENCES identity (id),
	token_hash TEXT   NOT NULL UNIQUE,        -- the token is derived from the id, and goes into the mail and nowhere else
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at    BIGINT                         -- also of one that a newer one has replaced
);
CREATE INDEX password_reset_identity ON password_reset (identity);
