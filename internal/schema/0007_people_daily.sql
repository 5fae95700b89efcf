-- owner: internal/core/person
ALTER TABLE person ADD COLUMN deleted_at BIGINT NOT NULL DEFAULT 0;        -- hidden and refused since then; 0 while here
ALTER TABLE person ADD COLUMN erase_at BIGINT NOT NULL DEFAULT 0;          -- when what is personal goes for good; 0 if it does not, or did
ALTER TABLE person ADD COLUMN was TEXT NOT NULL DEFAULT '';                -- JSON: what undoing a deletion restores
ALTER TABLE person ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';        -- the record that took this one over
CREATE INDEX person_erase ON person (erase_at) WHERE erase_at <> 0;

-- owner: internal/core/person
CREATE TABLE departure (
	workspace  TEXT   NOT NULL,
	person     TEXT   NOT NULL,
	at         BIGINT NOT NULL,              -- the first moment they are no longer here
	reason     TEXT   NOT NULL,
	planned_by TEXT   NOT NULL,              -- who, as the journal names them
	planned_at BIGINT NOT NULL,
	done_at    BIGINT NOT NULL,              -- 0 while it is still to come
	PRIMARY KEY (workspace, person),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE INDEX departure_due ON departure (at) WHERE done_at = 0;

-- owner: internal/core/vehicle
CREATE TABLE vehicle (
	workspace  TEXT   NOT NULL REFERENCES workspace (id),
	id         TEXT   NOT NULL,
	person     TEXT   NOT NULL,
	plate      TEXT   NOT NULL,              -- as people write it there; '' if unknown
	plate_key  TEXT   NOT NULL,              -- letters and digits of it, upper case; what is compared and searched
	country    TEXT   NOT NULL,              -- of the plate, ISO 3166-1 alpha-2
	make       TEXT   NOT NULL,
	model      TEXT   NOT NULL,
	battery_wh BIGINT NOT NULL,              -- 0 if unknown
	mac        TEXT   NOT NULL,              -- for Autocharge: 12 hex digits; '' if none
	version    BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE UNIQUE INDEX vehicle_plate ON vehicle (workspace, plate_key, country) WHERE plate_key <> '';
CREATE UNIQUE INDEX vehicle_mac ON vehicle (workspace, mac) WHERE mac <> '';
CREATE INDEX vehicle_person ON vehicle (workspace, person);

-- owner: internal/core/bulk
CREATE TABLE bulk (
	workspace  TEXT   NOT NULL REFERENCES workspace (id),
	id         TEXT   NOT NULL,
	action     TEXT   NOT NULL,              -- invite, group-add, ...
	args       TEXT   NOT NULL,              -- JSON: what was said besides, such as the group
	state      TEXT   NOT NULL CHECK (state IN ('planned','running','done','stopped','undoing','undone')),
	person     TEXT   NOT NULL,              -- who asked; with whose permissions it runs
	back       TEXT   NOT NULL,              -- the list it came from, as a query
	total      BIGINT NOT NULL,              -- how many were selected
	reached    BIGINT NOT NULL,              -- how many it has dealt with so far
	done       BIGINT NOT NULL,              -- with how many it was done
	note       TEXT   NOT NULL,              -- why it stopped; a sentence
	created_at BIGINT NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at   BIGINT NOT NULL,
	undo_until BIGINT NOT NULL,              -- 0 if it cannot be undone
	PRIMARY KEY (workspace, id)
);
CREATE INDEX bulk_list ON bulk (workspace, created_at, id);

-- owner: internal/core/bulk
CREATE TABLE bulk_chunk (
	workspace TEXT   NOT NULL,
	bulk      TEXT   NOT NULL,
	place     BIGINT NOT NULL,               -- 0, 1, 2, ...
	people    TEXT   NOT NULL,               -- their ids, joined by spaces; at most 1,000
	outcome   TEXT   NOT NULL,               -- JSON, as core/bulk says; '' while it is still to come
	PRIMARY KEY (workspace, bulk, place),
	FOREIGN KEY (workspace, bulk) REFERENCES bulk (workspace, id)
);

-- owner: internal/core/view
CREATE TABLE saved_view (
	workspace  TEXT    NOT NULL REFERENCES workspace (id),
	id         TEXT    NOT NULL,
	list       TEXT    NOT NULL,             -- users
	name       TEXT    NOT NULL,
	name_key   TEXT    NOT NULL,             -- folded; unique among the owner's
	query      TEXT    NOT NULL,             -- of the list's address
	person     TEXT    NOT NULL,             -- whose
	shared     BOOLEAN NOT NULL,             -- shown to all staff
	created_at BIGINT  NOT NULL,
	PRIMARY KEY (workspace, id),
	UNIQUE (workspace, list, person, name_key),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);

-- owner: internal/core/claim
CREATE TABLE claim (
	workspace  TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	person     TEXT   NOT NULL,              -- a user without an e-mail address
	code_hash  TEXT   NOT NULL UNIQUE,       -- of the printed code, keyed
	made_by    TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at    BIGINT,
	revoked_at BIGINT,
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE UNIQUE INDEX claim_open ON claim (workspace, person) WHERE used_at IS NULL AND revoked_at IS NULL;

-- owner: internal/core/application
CREATE TABLE application (
	workspace    TEXT   NOT NULL REFERENCES workspace (id),
	id           TEXT   NOT NULL,
	email        TEXT   NOT NULL,            -- canonical
	first_name   TEXT   NOT NULL,
	last_name    TEXT   NOT NULL,
	message      TEXT   NOT NULL,            -- what they wrote to those who approve
	language     TEXT   NOT NULL,
	token_hash   TEXT   NOT NULL UNIQUE,     -- of the link that proves the mailbox
	code_hash    TEXT   NOT NULL,            -- of the short code, keyed
	person       TEXT   NOT NULL,            -- who they became; '' until the mailbox was proven
	created_at   BIGINT NOT NULL,
	expires_at   BIGINT NOT NULL,
	confirmed_at BIGINT,
	answered_at  BIGINT,
	answered_by  TEXT   NOT NULL,
	answer       TEXT   NOT NULL,            -- the message that came with it
	PRIMARY KEY (workspace, id)
);
CREATE INDEX application_email ON application (workspace, email);
CREATE INDEX application_code ON application (email, code_hash);
CREATE INDEX application_person ON application (workspace, person);

-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN self_registration BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE workspace ADD COLUMN welcome TEXT NOT NULL DEFAULT '';        -- what the registration page says first

-- owner: internal/core/grant
ALTER TABLE access_grant ADD COLUMN days BIGINT NOT NULL DEFAULT 0;        -- bit 0 is Monday; 0: every day
ALTER TABLE access_grant ADD COLUMN from_minute BIGINT NOT NULL DEFAULT 0; -- of the day, in time_zone
ALTER TABLE access_grant ADD COLUMN to_minute BIGINT NOT NULL DEFAULT 0;   -- the first that is no longer in it; both 0: all day; smaller than from: over midnight
ALTER TABLE access_grant ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';    -- IANA; '' where days and hours say nothing

-- owner: internal/core/login
ALTER TABLE web_session ADD COLUMN masked BOOLEAN NOT NULL DEFAULT FALSE;  -- privacy mode
