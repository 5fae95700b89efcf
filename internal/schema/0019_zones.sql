-- owner: internal/core/joincode
CREATE TABLE join_code (
	workspace    TEXT    NOT NULL REFERENCES workspace (id),
	id           TEXT    NOT NULL,
	location     TEXT,                       -- the zone that it opens; null: none
	user_group   TEXT,                       -- the group that it leads into; null: none
	name         TEXT    NOT NULL,           -- staff's own note, such as where its poster hangs
	generation   BIGINT  NOT NULL,           -- the code is derived from id and generation
	code_hash    TEXT    NOT NULL UNIQUE,    -- keyed: without the key file it cannot be tried out
	enabled      BOOLEAN NOT NULL,
	approval     BOOLEAN NOT NULL,           -- whoever enters it waits for staff
	expires_at   BIGINT  NOT NULL,           -- 0: never
	max_uses     BIGINT  NOT NULL,           -- 0: as many as like
	uses         BIGINT  NOT NULL,
	domains      TEXT    NOT NULL,           -- of e-mail addresses, with spaces between; '': any
	access_from  BIGINT  NOT NULL,           -- when access begins; 0: at once
	access_until BIGINT  NOT NULL,           -- the first moment at which it is over; 0: never
	questions    TEXT    NOT NULL,           -- JSON: what newcomers are asked
	made_by      TEXT    NOT NULL,
	rotated_at   BIGINT  NOT NULL,           -- when the present code was made
	version      BIGINT  NOT NULL,
	created_at   BIGINT  NOT NULL,
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, location) REFERENCES location (workspace, id)
);
CREATE INDEX join_code_location ON join_code (workspace, location);
CREATE INDEX join_code_group ON join_code (workspace, user_group);

-- owner: internal/core/joincode
CREATE TABLE joining (
	workspace  TEXT    NOT NULL,
	id         TEXT    NOT NULL,
	code       TEXT    NOT NULL,
	person     TEXT    NOT NULL,
	state      TEXT    NOT NULL,             -- waiting, joined, declined, left, removed
	in_group   BOOLEAN NOT NULL,             -- it was this that brought them into the code's group
	answers    TEXT    NOT NULL,             -- JSON: questions with what was answered
	created_at BIGINT  NOT NULL,             -- when the code was entered
	decided_at BIGINT  NOT NULL,             -- 0 while it waits
	decided_by TEXT    NOT NULL,             -- as the journal names them
	message    TEXT    NOT NULL,             -- what whoever decided wrote
	ended_at   BIGINT  NOT NULL,             -- when they left or were removed; 0 while they have not
	ended_by   TEXT    NOT NULL,
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, code) REFERENCES join_code (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE UNIQUE INDEX joining_open ON joining (workspace, code, person) WHERE state IN ('waiting', 'joined');
CREATE INDEX joining_person ON joining (workspace, person);
CREATE INDEX joining_code ON joining (workspace, code, created_at);
CREATE INDEX joining_waiting ON joining (workspace, created_at) WHERE state = 'waiting';

-- owner: internal/core/grant
CREATE INDEX access_grant_location ON access_grant (workspace, location) WHERE person IS NOT NULL; -- who is in a zone

-- owner: internal/core/grant
CREATE INDEX access_grant_charger ON access_grant (workspace, charger) WHERE person IS NOT NULL;

-- owner: internal/core/application
ALTER TABLE application ADD COLUMN code TEXT NOT NULL DEFAULT ''; -- the joining code by which they came; '': they asked on the registration page

-- owner: internal/core/application
ALTER TABLE application ADD COLUMN code_generation BIGINT NOT NULL DEFAULT 0; -- of that code: a newer one ends links on their way

-- owner: internal/core/application
ALTER TABLE application ADD COLUMN answers TEXT NOT NULL DEFAULT '[]'; -- JSON: what they answered to the code's questions

-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN auto_approve TEXT NOT NULL DEFAULT ''; -- domains of e-mail addresses that need no approval, with spaces between
