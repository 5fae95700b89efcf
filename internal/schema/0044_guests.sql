-- Guests: people who charge for some time, at some places and so far, without being
-- users. Each has a person without an address, whose cards and grants they use.
-- owner: internal/core/guest
CREATE TABLE guest (
	workspace    TEXT    NOT NULL,
	id           TEXT    NOT NULL,
	person       TEXT    NOT NULL,           -- who stands for them
	name         TEXT    NOT NULL,
	link_hash    TEXT    NOT NULL,           -- of the link's token
	begins_at    BIGINT  NOT NULL,
	ends_at      BIGINT  NOT NULL,           -- the first moment at which it no longer holds
	wh_most      BIGINT  NOT NULL,           -- energy in all; 0 for any
	charges_most BIGINT  NOT NULL,           -- sessions in all; 0 for any number
	made_by      TEXT    NOT NULL,           -- as the journal names them
	revoked_at   BIGINT  NOT NULL,           -- 0 if it was not
	created_at   BIGINT  NOT NULL,
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
-- owner: internal/core/guest
CREATE UNIQUE INDEX guest_person ON guest (workspace, person);
-- owner: internal/core/guest
CREATE UNIQUE INDEX guest_link ON guest (link_hash);
-- owner: internal/core/guest
CREATE INDEX guest_list ON guest (workspace, created_at, id);
-- owner: internal/core/command
CREATE INDEX command_start ON command (workspace, card, asked_at) WHERE kind = 'start'; -- what was asked for a guest lately
