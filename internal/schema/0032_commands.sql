-- What chargers are asked to do, and what became of it. Ids of cards and sessions
-- stand here without foreign keys: a command outlives what it was about.
-- owner: internal/core/command
CREATE TABLE command (
	workspace  TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	charger    TEXT   NOT NULL,
	kind       TEXT   NOT NULL CHECK (kind IN ('start','stop','unlock','reset','availability','clear-cache')),
	evse       BIGINT NOT NULL,              -- 0: the charger as a whole, or whichever it chooses
	option     TEXT   NOT NULL,              -- of a reset: soft, hard; of availability: on, off
	session    TEXT   NOT NULL,              -- of a stop: which
	card       TEXT   NOT NULL,              -- of a start: for which; of a revocation: because of which
	asked_by   TEXT   NOT NULL,              -- as in the journal: person:…, key:…, system:…
	why        TEXT   NOT NULL,              -- '' if somebody asked; else the reason of the decision that changed
	state      TEXT   NOT NULL CHECK (state IN ('waiting','sent','accepted','refused','failed','expired')),
	word       TEXT   NOT NULL,              -- the charger's, or why it failed
	tries      BIGINT NOT NULL,              -- how often it was sent
	due_at     BIGINT NOT NULL,              -- not before
	asked_at   BIGINT NOT NULL,
	sent_at    BIGINT NOT NULL,              -- 0: not yet
	ended_at   BIGINT NOT NULL,              -- 0: not yet
	expires_at BIGINT NOT NULL,              -- is not sent from then on
	holder     TEXT   NOT NULL,              -- by which connection it was sent, while it is
	lease      BIGINT NOT NULL,              -- until when its server surely lives, while it is sent
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, charger) REFERENCES charger (workspace, id)
);
CREATE INDEX command_charger ON command (workspace, charger, id);
CREATE INDEX command_open ON command (state, workspace, charger, id) WHERE state IN ('waiting','sent');

-- Which charger was told, or will be, that a card lost what it was allowed.
-- owner: internal/core/command
CREATE TABLE revocation (
	workspace  TEXT   NOT NULL,
	card       TEXT   NOT NULL,
	charger    TEXT   NOT NULL,
	command    TEXT   NOT NULL,              -- the newest that tells it so
	revoked_at BIGINT NOT NULL,
	PRIMARY KEY (workspace, card, charger),
	FOREIGN KEY (workspace, command) REFERENCES command (workspace, id)
);
