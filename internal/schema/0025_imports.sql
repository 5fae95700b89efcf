-- owner: internal/kit/blob
CREATE TABLE blob (
	id         TEXT   PRIMARY KEY,
	workspace  TEXT   NOT NULL,
	size       BIGINT NOT NULL,               -- bytes so far
	parts      BIGINT NOT NULL,               -- how many parts they stand in
	created_at BIGINT NOT NULL
);

-- owner: internal/kit/blob
CREATE TABLE blob_part (
	blob  TEXT   NOT NULL REFERENCES blob (id),
	place BIGINT NOT NULL,                    -- 0, 1, 2, ...
	data  BYTEA  NOT NULL,
	PRIMARY KEY (blob, place)
);

-- owner: internal/core/imports
CREATE TABLE import (
	workspace    TEXT    NOT NULL REFERENCES workspace (id),
	id           TEXT    NOT NULL,
	name         TEXT    NOT NULL,            -- of the file
	size         BIGINT  NOT NULL,            -- bytes that were announced; 0 if nothing was
	blob         TEXT    NOT NULL,            -- the file; '' once it is not needed any more
	state        TEXT    NOT NULL CHECK (state IN ('uploading','previewing','previewed','failed','applying','done','stopped','undoing','undone')),
	asker        TEXT    NOT NULL,            -- with whose permissions it runs, as the journal names them
	options      TEXT    NOT NULL,            -- JSON: mapping, dates, what to do about corrections made by hand
	sheet        TEXT    NOT NULL,            -- JSON: how the file is written, and its headings
	counts       TEXT    NOT NULL,            -- JSON: what the rows come to
	news         TEXT    NOT NULL,            -- JSON: groups and cost centers that it makes
	chunks       BIGINT  NOT NULL,            -- how many chunks were read
	reached      BIGINT  NOT NULL,            -- how many of them were applied
	undo_reached BIGINT  NOT NULL,            -- how many of those were dealt with by undoing, the last first
	note         TEXT    NOT NULL,            -- why it failed or stopped; a sentence
	bulk         TEXT    NOT NULL,            -- the invitations that followed; '' if none did
	undoer       TEXT    NOT NULL,            -- who asked for it to be undone
	worker       TEXT    NOT NULL,            -- who works on it
	lease        BIGINT  NOT NULL,            -- until when nobody else does
	created_at   BIGINT  NOT NULL,
	started_at   BIGINT  NOT NULL,            -- when the part that runs, or ran last, began
	ended_at     BIGINT  NOT NULL,            -- 0 while it runs
	kept         BOOLEAN NOT NULL,            -- its rows are still here
	PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX import_writes ON import (workspace) WHERE state IN ('applying','undoing'); -- one at a time
CREATE INDEX import_list ON import (workspace, created_at, id);

-- owner: internal/core/imports
CREATE TABLE import_chunk (
	workspace  TEXT   NOT NULL,
	import     TEXT   NOT NULL,
	place      BIGINT NOT NULL,               -- 0, 1, 2, ...
	size       BIGINT NOT NULL,               -- rows, and how many of them are of each kind
	adds       BIGINT NOT NULL,
	changes    BIGINT NOT NULL,
	sames      BIGINT NOT NULL,
	refusals   BIGINT NOT NULL,
	conflicts  BIGINT NOT NULL,               -- rows of which something was not taken over somebody's correction
	warnings   BIGINT NOT NULL,               -- rows with something to look at
	applied_at BIGINT NOT NULL,               -- 0 while it is to come; what was made bears this time
	lines      BYTEA  NOT NULL,               -- the rows as read, packed
	outcome    BYTEA  NOT NULL,               -- what becomes of each, packed
	undo       BYTEA  NOT NULL,               -- what undoing takes back, packed; empty until applied
	PRIMARY KEY (workspace, import, place),
	FOREIGN KEY (workspace, import) REFERENCES import (workspace, id)
);
CREATE INDEX import_chunk_applied ON import_chunk (workspace, applied_at);

-- owner: internal/core/imports
CREATE TABLE import_mapping (
	workspace TEXT   NOT NULL REFERENCES workspace (id),
	shape     TEXT   NOT NULL,                -- hash of a header
	mapping   TEXT   NOT NULL,                -- JSON: what each column means
	asker     TEXT   NOT NULL,
	at        BIGINT NOT NULL,
	PRIMARY KEY (workspace, shape)
);

-- owner: internal/core/charge
-- Taking an import back removes cards: the database looks whether a session refers to one.
CREATE INDEX charge_of_card ON charge (workspace, card) WHERE card IS NOT NULL;

-- owner: internal/core/claim
-- The same, for people.
CREATE INDEX claim_person ON claim (workspace, person);
