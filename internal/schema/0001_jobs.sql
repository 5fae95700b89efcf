-- owner: internal/kit/job
CREATE TABLE job (
	id         TEXT    PRIMARY KEY,
	kind       TEXT    NOT NULL,
	workspace  TEXT    NOT NULL DEFAULT '',  -- '' where the job serves all of them
	args       TEXT    NOT NULL,             -- JSON
	unique_key TEXT,                         -- null where several may wait at once
	state      TEXT    NOT NULL CHECK (state IN ('due','running','failed')),
	run_at     BIGINT  NOT NULL,             -- milliseconds since 1970 UTC, as every time in this schema
	tries      BIGINT  NOT NULL DEFAULT 0,
	fence      BIGINT  NOT NULL DEFAULT 0,   -- counts claims; only the newest claim may finish the job
	lease      BIGINT  NOT NULL DEFAULT 0,   -- until when the claim holds without a sign of life
	worker     TEXT    NOT NULL DEFAULT '',
	last_err   TEXT    NOT NULL DEFAULT '',
	created_at BIGINT  NOT NULL
);
CREATE INDEX job_due ON job (run_at, id) WHERE state = 'due';
CREATE INDEX job_running ON job (lease) WHERE state = 'running';
CREATE INDEX job_workspace ON job (workspace, state, created_at);
CREATE UNIQUE INDEX job_unique ON job (kind, unique_key) WHERE state = 'due' AND unique_key IS NOT NULL;

-- owner: internal/kit/job
CREATE TABLE job_tick (
	name    TEXT   PRIMARY KEY,
	next_at BIGINT NOT NULL
);

-- owner: internal/kit/job
CREATE TABLE lease (
	name   TEXT   PRIMARY KEY,
	holder TEXT   NOT NULL,
	fence  BIGINT NOT NULL,                  -- grows with each new holder
	until  BIGINT NOT NULL
);
