-- owner: internal/core/account
CREATE TABLE account (
	workspace  TEXT   NOT NULL REFERENCES workspace (id),
	id         TEXT   NOT NULL,
	parent     TEXT,                         -- the account it is a sub-account of; null at the top of its tree
	kind       TEXT   NOT NULL CHECK (kind IN ('customer','employee','subsidiary')), -- customer: at the top
	name       TEXT   NOT NULL,
	name_key   TEXT   NOT NULL,              -- folded; what lists sort by and the search compares with
	billing    TEXT   NOT NULL CHECK (billing IN ('business','consumer')),
	email      TEXT   NOT NULL,              -- where bills go; canonical, '' if none
	legal_name TEXT   NOT NULL,              -- of a business; '' for a consumer
	street     TEXT   NOT NULL,
	postcode   TEXT   NOT NULL,
	city       TEXT   NOT NULL,
	country    TEXT   NOT NULL,              -- ISO 3166-1 alpha-2
	vat_id     TEXT   NOT NULL,              -- with its country's letters; '' if none
	state      TEXT   NOT NULL CHECK (state IN ('open','closed')),
	state_at   BIGINT NOT NULL,
	reason     TEXT   NOT NULL,              -- why it was closed
	closed_by  TEXT   NOT NULL,              -- the account whose closing closed it; its own id if it was meant; '' while open
	user_limit BIGINT NOT NULL,              -- how many users it and all below it may have; 0: no limit of its own
	until_at   BIGINT NOT NULL,              -- from then on nobody of it may charge; 0: no end of its own
	version    BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, parent) REFERENCES account (workspace, id)
);
CREATE INDEX account_list ON account (workspace, name_key, id);
CREATE INDEX account_parent ON account (workspace, parent, name_key, id);

-- owner: internal/core/account
CREATE TABLE account_place (
	workspace TEXT NOT NULL,
	account   TEXT NOT NULL,
	location  TEXT NOT NULL,                 -- its users may charge at these locations only; no rows: no limit of its own
	PRIMARY KEY (workspace, account, location),
	FOREIGN KEY (workspace, account) REFERENCES account (workspace, id),
	FOREIGN KEY (workspace, location) REFERENCES location (workspace, id)
);

-- owner: internal/core/person
ALTER TABLE person ADD COLUMN account TEXT NOT NULL DEFAULT '';            -- who pays; '' for the operator itself
CREATE INDEX person_account ON person (workspace, account, sort_name, id);

-- owner: internal/core/role
CREATE TABLE own_role (
	workspace  TEXT   NOT NULL REFERENCES workspace (id),
	key        TEXT   NOT NULL,              -- as stored with its holders; never one of those that come ready
	label      TEXT   NOT NULL,
	label_key  TEXT   NOT NULL,              -- folded; unique
	does       TEXT   NOT NULL,              -- what it is for, in a few words
	perms      TEXT   NOT NULL,              -- names of permissions, joined by spaces
	version    BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (workspace, key),
	UNIQUE (workspace, label_key)
);

-- owner: internal/core/person
CREATE TABLE person_seat (
	workspace  TEXT NOT NULL,
	person     TEXT NOT NULL,
	role       TEXT NOT NULL,
	scope      TEXT NOT NULL CHECK (scope IN ('','account','group','location')), -- where the role holds; '': in the whole workspace
	scope_id   TEXT NOT NULL,                -- which one; '' for the whole workspace
	PRIMARY KEY (workspace, person, role, scope, scope_id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
INSERT INTO person_seat (workspace, person, role, scope, scope_id) SELECT workspace, person, role, '', '' FROM person_role;
DROP TABLE person_role;
ALTER TABLE person_seat RENAME TO person_role;
CREATE INDEX person_role_role ON person_role (workspace, role);
