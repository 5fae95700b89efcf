-- Where what is written about a user comes from, as far as it is not what they were made with.
-- owner: internal/core/source
CREATE TABLE field_source (
	workspace TEXT   NOT NULL,
	person    TEXT   NOT NULL,
	field     TEXT   NOT NULL,                -- email, first_name, info_1, ...
	kind      TEXT   NOT NULL CHECK (kind IN ('file','integration','admin','driver')),
	origin    TEXT   NOT NULL,                -- import:…, key:…, person:…
	at        BIGINT NOT NULL,
	PRIMARY KEY (workspace, person, field),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
