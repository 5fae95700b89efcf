-- owner: internal/core/workspace
CREATE TABLE workspace (
	id           TEXT    PRIMARY KEY,
	slug         TEXT    NOT NULL UNIQUE,
	name         TEXT    NOT NULL,
	access_mode  TEXT    NOT NULL CHECK (access_mode IN ('everyone','group')),
	language     TEXT    NOT NULL,
	time_zone    TEXT    NOT NULL,
	info_1_label TEXT    NOT NULL,
	info_2_label TEXT    NOT NULL,
	invite_life  BIGINT  NOT NULL,           -- milliseconds
	demo         BOOLEAN NOT NULL,
	version      BIGINT  NOT NULL,
	created_at   BIGINT  NOT NULL
);

-- owner: internal/core/login
CREATE TABLE identity (
	id            TEXT   PRIMARY KEY,
	email         TEXT   NOT NULL UNIQUE,    -- canonical
	verified_at   BIGINT,                    -- when the mailbox was proven; null while it was not
	password_hash TEXT   NOT NULL,           -- argon2id; '' while there is none
	epoch         BIGINT NOT NULL,           -- a session of an older epoch is dead
	language      TEXT   NOT NULL,
	created_at    BIGINT NOT NULL
);

-- owner: internal/core/login
CREATE TABLE web_session (
	token_hash TEXT    PRIMARY KEY,
	identity   TEXT    NOT NULL REFERENCES identity (id),
	epoch      BIGINT  NOT NULL,
	staff      BOOLEAN NOT NULL,             -- staff sessions end sooner
	created_at BIGINT  NOT NULL,
	seen_at    BIGINT  NOT NULL
);
CREATE INDEX web_session_identity ON web_session (identity);

-- owner: internal/core/login
CREATE TABLE sign_in_link (
	token_hash TEXT   PRIMARY KEY,
	identity   TEXT   NOT NULL REFERENCES identity (id),
	expires_at BIGINT NOT NULL,
	used_at    BIGINT
);

-- owner: internal/core/login
CREATE TABLE attempt (
	bucket TEXT   PRIMARY KEY,               -- what is limited, and for whom: a hash
	until  BIGINT NOT NULL                   -- when the bucket is empty again
);

-- owner: internal/core/person
CREATE TABLE person (
	workspace      TEXT   NOT NULL REFERENCES workspace (id),
	id             TEXT   NOT NULL,
	email          TEXT   NOT NULL,          -- canonical; '' for pool cars and guest cards
	first_name     TEXT   NOT NULL,
	last_name      TEXT   NOT NULL,
	sort_name      TEXT   NOT NULL,          -- folded; what the list sorts by
	phone          TEXT   NOT NULL,
	language       TEXT   NOT NULL,
	external_id    TEXT   NOT NULL,          -- '' if none
	cost_center    TEXT   NOT NULL,
	info_1         TEXT   NOT NULL,
	info_2         TEXT   NOT NULL,
	status         TEXT   NOT NULL CHECK (status IN ('imported','invited','to-be-approved','active','deactivated','declined')),
	status_reason  TEXT   NOT NULL,
	identity       TEXT   REFERENCES identity (id),
	cards_until    BIGINT NOT NULL,          -- imported people's cards work until then; 0 if they do not
	sessions       BIGINT NOT NULL,          -- how many ended
	wh             BIGINT NOT NULL,          -- energy of those, watt-hours
	last_charge_at BIGINT NOT NULL,          -- 0 if never
	status_at      BIGINT NOT NULL,
	version        BIGINT NOT NULL,          -- counts writes; guards against lost updates
	created_at     BIGINT NOT NULL,
	PRIMARY KEY (workspace, id)
);
CREATE UNIQUE INDEX person_email ON person (workspace, email) WHERE email <> '';
CREATE UNIQUE INDEX person_external ON person (workspace, external_id) WHERE external_id <> '';
CREATE INDEX person_identity ON person (identity);
CREATE INDEX person_list ON person (workspace, sort_name, id);
CREATE INDEX person_status ON person (workspace, status, sort_name, id);
CREATE INDEX person_charged ON person (workspace, last_charge_at, id);
CREATE INDEX person_created ON person (workspace, created_at, id);

-- owner: internal/core/person
CREATE TABLE person_role (
	workspace TEXT NOT NULL,
	person    TEXT NOT NULL,
	role      TEXT NOT NULL,
	PRIMARY KEY (workspace, person, role),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);

-- owner: internal/core/person
CREATE TABLE cost_center (
	workspace TEXT NOT NULL REFERENCES workspace (id),
	name      TEXT NOT NULL,
	PRIMARY KEY (workspace, name)
);

-- owner: internal/core/group
CREATE TABLE user_group (
	workspace   TEXT    NOT NULL REFERENCES workspace (id),
	id          TEXT    NOT NULL,
	name        TEXT    NOT NULL,
	name_key    TEXT    NOT NULL,            -- folded; unique
	description TEXT    NOT NULL,
	rank        BIGINT  NOT NULL,            -- the first matching group gives the terms
	is_default  BOOLEAN NOT NULL,            -- takes everyone who has none
	version     BIGINT  NOT NULL,
	created_at  BIGINT  NOT NULL,
	PRIMARY KEY (workspace, id),
	UNIQUE (workspace, name_key)
);

-- owner: internal/core/group
CREATE TABLE group_member (
	workspace TEXT   NOT NULL,
	user_group TEXT  NOT NULL,
	person    TEXT   NOT NULL,
	since     BIGINT NOT NULL,
	PRIMARY KEY (workspace, person, user_group),
	FOREIGN KEY (workspace, user_group) REFERENCES user_group (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE INDEX group_member_group ON group_member (workspace, user_group, person);

-- owner: internal/core/invite
CREATE TABLE invite (
	workspace   TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	person      TEXT   NOT NULL,
	channel     TEXT   NOT NULL CHECK (channel IN ('mail','console')), -- console: shown to whoever started the server
	email       TEXT   NOT NULL,             -- the address it was made for
	generation  BIGINT NOT NULL,             -- counts links; only the newest works
	token_hash  TEXT   NOT NULL UNIQUE,
	code_hash   TEXT   NOT NULL,             -- of the short code, keyed
	offer       TEXT   NOT NULL,             -- JSON: roles, groups and places that acceptance gives
	message     TEXT   NOT NULL,
	invited_by  TEXT   NOT NULL,
	life        BIGINT NOT NULL,             -- milliseconds
	created_at  BIGINT NOT NULL,
	sent_at     BIGINT,                      -- when the mail server took the mail
	bounced_at  BIGINT,
	bounce      TEXT   NOT NULL,             -- the mail server's words
	opened_at   BIGINT,                      -- first POST from the page
	accepted_at BIGINT,
	revoked_at  BIGINT,
	declined_at BIGINT,
	expires_at  BIGINT NOT NULL,             -- from the 250 on; before that, from the making
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE UNIQUE INDEX invite_open ON invite (workspace, person) WHERE accepted_at IS NULL AND revoked_at IS NULL AND declined_at IS NULL;
CREATE INDEX invite_person ON invite (workspace, person, created_at);
CREATE INDEX invite_code ON invite (email, code_hash);

-- owner: internal/core/notice
CREATE TABLE notice (
	workspace  TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	person     TEXT   NOT NULL,
	channel    TEXT   NOT NULL,              -- mail
	kind       TEXT   NOT NULL,              -- invitation, ...
	recipient  TEXT   NOT NULL,
	subject    TEXT   NOT NULL,
	state      TEXT   NOT NULL CHECK (state IN ('queued','sent','retrying','bounced','dropped')),
	reply      TEXT   NOT NULL,              -- the mail server's last words
	tries      BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	state_at   BIGINT NOT NULL,
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE INDEX notice_person ON notice (workspace, person, created_at);

-- owner: internal/core/apikey
CREATE TABLE api_key (
	workspace    TEXT   NOT NULL REFERENCES workspace (id),
	id           TEXT   NOT NULL,
	name         TEXT   NOT NULL,
	hash         TEXT   NOT NULL UNIQUE,     -- SHA-256 of the whole key
	hint         TEXT   NOT NULL,            -- its last four characters
	perms        TEXT   NOT NULL,            -- JSON list of permission names
	created_by   TEXT   NOT NULL,
	root         TEXT   NOT NULL,            -- who answers for it: created_by, or that key's own root if a key made it
	created_at   BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	revoked_at   BIGINT,
	PRIMARY KEY (workspace, id)
);

-- owner: internal/core/apikey
CREATE TABLE idempotency (
	workspace  TEXT   NOT NULL,
	key        TEXT   NOT NULL,
	request    TEXT   NOT NULL,              -- hash of method, path and body
	status     BIGINT NOT NULL,              -- 0 while the first request runs
	body       TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (workspace, key)
);
