-- owner: internal/core/site
CREATE TABLE location (
	workspace    TEXT    NOT NULL REFERENCES workspace (id),
	id           TEXT    NOT NULL,
	name         TEXT    NOT NULL,
	name_key     TEXT    NOT NULL,
	address      TEXT    NOT NULL,
	city         TEXT    NOT NULL,
	country      TEXT    NOT NULL,           -- ISO 3166-1 alpha-2
	time_zone    TEXT    NOT NULL,
	members_only BOOLEAN NOT NULL,           -- open only to those with a grant, in every access mode
	version      BIGINT  NOT NULL,
	created_at   BIGINT  NOT NULL,
	PRIMARY KEY (workspace, id),
	UNIQUE (workspace, name_key)
);

-- owner: internal/core/site
CREATE TABLE charger (
	workspace       TEXT    NOT NULL,
	id              TEXT    NOT NULL,
	identity        TEXT    NOT NULL,        -- OCPP identity: the last part of its address
	name            TEXT    NOT NULL,
	location        TEXT    NOT NULL,
	key_hash        TEXT    NOT NULL,        -- SHA-256 of its key, hex
	plain_ok        BOOLEAN NOT NULL,        -- may connect without TLS
	protocol        TEXT    NOT NULL,        -- of the last connection
	vendor          TEXT    NOT NULL,
	model           TEXT    NOT NULL,
	serial          TEXT    NOT NULL,
	firmware        TEXT    NOT NULL,
	booted_at       BIGINT  NOT NULL,
	connected_at    BIGINT  NOT NULL,        -- 0 while never
	disconnected_at BIGINT  NOT NULL,        -- 0 while connected
	connection      TEXT    NOT NULL,        -- the newest connection's own id: an older one may not mark it gone
	version         BIGINT  NOT NULL,
	created_at      BIGINT  NOT NULL,
	PRIMARY KEY (workspace, id),
	UNIQUE (workspace, identity),
	FOREIGN KEY (workspace, location) REFERENCES location (workspace, id)
);
CREATE INDEX charger_location ON charger (workspace, location);

-- owner: internal/core/site
CREATE TABLE evse (
	workspace TEXT   NOT NULL,
	charger   TEXT   NOT NULL,
	number    BIGINT NOT NULL,               -- OCPP: 1 and up; in 1.6 the connector's number
	evse_id   TEXT   NOT NULL,               -- ISO 15118 EVSE id, or identity*number
	PRIMARY KEY (workspace, charger, number),
	UNIQUE (workspace, evse_id),
	FOREIGN KEY (workspace, charger) REFERENCES charger (workspace, id)
);

-- owner: internal/core/site
CREATE TABLE connector (
	workspace  TEXT   NOT NULL,
	charger    TEXT   NOT NULL,
	evse       BIGINT NOT NULL,
	number     BIGINT NOT NULL,
	status     TEXT   NOT NULL,              -- as the charger spelt it
	error_code TEXT   NOT NULL,
	status_at  BIGINT NOT NULL,              -- by the charger's clock; an older report never overwrites
	seen_at    BIGINT NOT NULL,              -- by ours
	PRIMARY KEY (workspace, charger, evse, number),
	FOREIGN KEY (workspace, charger) REFERENCES charger (workspace, id)
);

-- owner: internal/core/grant
CREATE TABLE access_grant (
	workspace  TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	user_group TEXT,                         -- who: a group or a person
	person     TEXT,
	location   TEXT,                         -- where: a location, a charger, or everywhere if both are null
	charger    TEXT,
	from_at    BIGINT NOT NULL,              -- 0: always
	until_at   BIGINT NOT NULL,              -- 0: for ever
	created_at BIGINT NOT NULL,
	PRIMARY KEY (workspace, id),
	CHECK ((user_group IS NULL) <> (person IS NULL)),
	CHECK (location IS NULL OR charger IS NULL),
	FOREIGN KEY (workspace, user_group) REFERENCES user_group (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id),
	FOREIGN KEY (workspace, location) REFERENCES location (workspace, id),
	FOREIGN KEY (workspace, charger) REFERENCES charger (workspace, id)
);
CREATE INDEX access_grant_group ON access_grant (workspace, user_group);
CREATE INDEX access_grant_person ON access_grant (workspace, person);
