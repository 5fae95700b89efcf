-- owner: internal/core/invite
CREATE INDEX invite_going ON invite (workspace, id) WHERE accepted_at IS NULL AND revoked_at IS NULL AND declined_at IS NULL; -- the open ones, as they are listed
CREATE INDEX invite_bounced ON invite (workspace, id) WHERE bounced_at IS NOT NULL;
CREATE INDEX invite_accepted ON invite (workspace, id) WHERE accepted_at IS NOT NULL;
CREATE INDEX invite_revoked ON invite (workspace, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX invite_declined ON invite (workspace, id) WHERE declined_at IS NOT NULL;

-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN invite_life_staff BIGINT NOT NULL DEFAULT 86400000;    -- milliseconds, as invite_life, which is for drivers
ALTER TABLE workspace ADD COLUMN invite_life_customers BIGINT NOT NULL DEFAULT 86400000;
UPDATE workspace SET invite_life_staff = invite_life, invite_life_customers = invite_life;

-- owner: internal/core/invite
CREATE TABLE invite_draft (
	workspace  TEXT   NOT NULL REFERENCES workspace (id),
	id         TEXT   NOT NULL,
	made_by    TEXT   NOT NULL,              -- whose it is, as the journal names them
	body       TEXT   NOT NULL,              -- what was said so far, sealed; '' once it was sent
	people     TEXT   NOT NULL,              -- who came of it: ids, joined by spaces; '' until it was sent
	created_at BIGINT NOT NULL,
	sent_at    BIGINT,
	PRIMARY KEY (workspace, id)
);
CREATE INDEX invite_draft_old ON invite_draft (created_at);
