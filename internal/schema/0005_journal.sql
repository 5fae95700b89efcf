-- owner: internal/core/journal
CREATE TABLE journal (
	workspace TEXT   NOT NULL,
	id        TEXT   NOT NULL,
	at        BIGINT NOT NULL,
	actor     TEXT   NOT NULL,               -- person:…, key:…, job:…, charger:…, system
	what      TEXT   NOT NULL,               -- noun.participle
	subject   TEXT   NOT NULL,
	digest    TEXT   NOT NULL,               -- SHA-256 of salt and values; stays when they are erased
	seq       BIGINT,                        -- its place in the workspace's chain; null until sealed
	chain     TEXT   NOT NULL,               -- hash over the entry and the one before; '' until sealed
	PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX journal_seq ON journal (workspace, seq) WHERE seq IS NOT NULL;
CREATE INDEX journal_unsealed ON journal (workspace, id) WHERE seq IS NULL;
CREATE INDEX journal_about ON journal (workspace, subject, id);
CREATE INDEX journal_at ON journal (workspace, at, id);

-- owner: internal/core/journal
CREATE TABLE journal_value (
	workspace TEXT NOT NULL,
	entry     TEXT NOT NULL,
	salt      TEXT NOT NULL,
	value     TEXT NOT NULL,                 -- JSON: before and after, names, numbers
	PRIMARY KEY (workspace, entry)
);

-- owner: internal/core/journal
CREATE TABLE journal_subject (
	workspace TEXT NOT NULL,
	subject   TEXT NOT NULL,
	entry     TEXT NOT NULL,
	PRIMARY KEY (workspace, subject, entry)
);
CREATE INDEX journal_subject_entry ON journal_subject (workspace, entry);

-- owner: internal/core/journal
CREATE TABLE journal_head (
	workspace TEXT   PRIMARY KEY,
	seq       BIGINT NOT NULL,
	chain     TEXT   NOT NULL
);

-- owner: internal/core/journal
CREATE TABLE journal_cursor (
	reader    TEXT   NOT NULL,
	workspace TEXT   NOT NULL,
	seq       BIGINT NOT NULL,               -- the last entry the reader has dealt with
	PRIMARY KEY (reader, workspace)
);
