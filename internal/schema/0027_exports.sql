-- owner: internal/core/schedule
CREATE TABLE export_schedule (
	workspace  TEXT    NOT NULL REFERENCES workspace (id),
	id         TEXT    NOT NULL,
	name       TEXT    NOT NULL,
	what       TEXT    NOT NULL,             -- the list: users, sessions, ...
	query      TEXT    NOT NULL,             -- of the list's address: which rows; '' for all
	format     TEXT    NOT NULL CHECK (format IN ('csv','xlsx','json')),
	semicolons BOOLEAN NOT NULL,             -- of CSV: between columns, with commas in decimals and a byte order mark
	every      TEXT    NOT NULL CHECK (every IN ('day','week','month')),
	day        BIGINT  NOT NULL,             -- 1 is Monday, or the first of the month; 0 for every day
	hour       BIGINT  NOT NULL,             -- in the workspace's zone
	emails     TEXT    NOT NULL,             -- to whom, joined by spaces; '' if it goes to an address of the web
	method     TEXT    NOT NULL,             -- POST or PUT; '' for mail
	url        TEXT    NOT NULL,             -- https; '' for mail
	person     TEXT    NOT NULL,             -- who made it: with whose permissions it runs
	paused     BOOLEAN NOT NULL,
	next_at    BIGINT  NOT NULL,
	version    BIGINT  NOT NULL,
	created_at BIGINT  NOT NULL,
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE INDEX export_schedule_due ON export_schedule (next_at) WHERE NOT paused;

-- owner: internal/core/schedule
CREATE TABLE export_run (
	workspace TEXT   NOT NULL,
	id        TEXT   NOT NULL,
	schedule  TEXT   NOT NULL,
	due_at    BIGINT NOT NULL,               -- the moment that periods are told from
	state     TEXT   NOT NULL CHECK (state IN ('queued','retrying','done','failed')),
	tries     BIGINT NOT NULL,
	row_count BIGINT NOT NULL,               -- of the file
	bytes     BIGINT NOT NULL,
	sent_to   TEXT   NOT NULL,               -- who has got it already, joined by spaces
	note      TEXT   NOT NULL,               -- why it failed, or what is to say; a sentence
	ended_at  BIGINT NOT NULL,               -- 0 while it goes on
	PRIMARY KEY (workspace, id),
	UNIQUE (workspace, schedule, due_at),
	FOREIGN KEY (workspace, schedule) REFERENCES export_schedule (workspace, id)
);
CREATE INDEX export_run_list ON export_run (workspace, schedule, due_at);
