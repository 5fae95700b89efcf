-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN mail_look TEXT NOT NULL DEFAULT ''; -- JSON: how mails look, and what they say in place of our words

-- owner: internal/core/device
CREATE TABLE device (
	person     TEXT   NOT NULL,
	workspace  TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	endpoint   TEXT   NOT NULL,              -- sealed: whoever knows it and the keys can write to the browser
	mark       TEXT   NOT NULL,              -- keyed hash of the endpoint
	label      TEXT   NOT NULL,              -- what kind of browser
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,              -- when a message was last taken for it
	PRIMARY KEY (workspace, id),
	UNIQUE (workspace, mark),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE INDEX device_person ON device (workspace, person);

-- owner: internal/core/device
CREATE TABLE push_key (
	name    TEXT   PRIMARY KEY,              -- 'vapid'
	public  TEXT   NOT NULL,
	private TEXT   NOT NULL,                 -- sealed
	made_at BIGINT NOT NULL
);

-- owner: internal/core/inbox
CREATE TABLE inbox (
	workspace  TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	person     TEXT   NOT NULL,
	kind       TEXT   NOT NULL,              -- what it says, in the reader's language
	about      TEXT   NOT NULL,              -- JSON: what it says it of
	created_at BIGINT NOT NULL,
	read_at    BIGINT,
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE INDEX inbox_person ON inbox (workspace, person, created_at);
CREATE INDEX inbox_unread ON inbox (workspace, person) WHERE read_at IS NULL;

-- owner: internal/core/inbox
CREATE TABLE unsubscribed (
	workspace TEXT   NOT NULL,
	person    TEXT   NOT NULL,
	class     TEXT   NOT NULL,               -- of messages: 'news'
	at        BIGINT NOT NULL,
	PRIMARY KEY (workspace, person, class),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
