-- owner: internal/core/site
CREATE TABLE knock (
	workspace TEXT   NOT NULL REFERENCES workspace (id),
	identity  TEXT   NOT NULL,               -- by which it wanted in: no charger of the workspace has it
	first_at  BIGINT NOT NULL,
	last_at   BIGINT NOT NULL,
	times     BIGINT NOT NULL,
	PRIMARY KEY (workspace, identity)
);
-- owner: internal/core/site
CREATE INDEX knock_last ON knock (workspace, last_at);
