-- Chargers are asked for more things over time: the kinds are those of the code, and
-- are no longer listed here. SQLite cannot drop a check, so both tables are made anew.
-- owner: internal/core/command
CREATE TABLE command_anew (
	workspace  TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	charger    TEXT   NOT NULL,
	kind       TEXT   NOT NULL,
	evse       BIGINT NOT NULL,              -- 0: the charger as a whole, or whichever it chooses
	option     TEXT   NOT NULL,              -- of a reset: soft, hard; of availability: on, off; of a local list: anew, or ''
	session    TEXT   NOT NULL,              -- of a stop: which
	card       TEXT   NOT NULL,              -- of a start: for which; of a revocation: because of which
	asked_by   TEXT   NOT NULL,              -- as in the journal: person:…, key:…, system:…
	why        TEXT   NOT NULL,              -- '' if somebody asked; else the reason of the decision that changed, or review
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
INSERT INTO command_anew (workspace, id, charger, kind, evse, option, session, card, asked_by, why, state, word, tries, due_at, asked_at, sent_at, ended_at, expires_at, holder, lease)
	SELECT workspace, id, charger, kind, evse, option, session, card, asked_by, why, state, word, tries, due_at, asked_at, sent_at, ended_at, expires_at, holder, lease FROM command;

-- A charger may be told twice of one card: by its cache and by its list.
-- owner: internal/core/command
CREATE TABLE revocation_anew (
	workspace  TEXT   NOT NULL,
	card       TEXT   NOT NULL,
	charger    TEXT   NOT NULL,
	kind       TEXT   NOT NULL CHECK (kind IN ('clear-cache','local-list')),
	command    TEXT   NOT NULL,              -- the newest that tells it so
	revoked_at BIGINT NOT NULL,
	PRIMARY KEY (workspace, card, charger, kind),
	FOREIGN KEY (workspace, command) REFERENCES command_anew (workspace, id)
);
INSERT INTO revocation_anew (workspace, card, charger, kind, command, revoked_at)
	SELECT workspace, card, charger, 'clear-cache', command, revoked_at FROM revocation;
DROP TABLE revocation;
DROP TABLE command;
ALTER TABLE command_anew RENAME TO command;
ALTER TABLE revocation_anew RENAME TO revocation;
-- owner: internal/core/command
CREATE INDEX command_charger ON command (workspace, charger, id);
-- owner: internal/core/command
CREATE INDEX command_open ON command (state, workspace, charger, id) WHERE state IN ('waiting','sent');

-- What is known of the list of cards that a charger lets charge by itself.
-- owner: internal/core/locallist
CREATE TABLE local_list (
	workspace    TEXT    NOT NULL,
	charger      TEXT    NOT NULL,
	mode         TEXT    NOT NULL CHECK (mode IN ('','on','off')), -- '': as the workspace says
	support      TEXT    NOT NULL CHECK (support IN ('','yes','no','off')), -- '': not asked yet; off: the charger has it switched off
	size         BIGINT  NOT NULL,           -- how many entries it holds; 0: it did not say
	per_message  BIGINT  NOT NULL,           -- how many it takes at once; 0: it did not say
	asked_at     BIGINT  NOT NULL,           -- when it was asked for these; 0: never
	version      BIGINT  NOT NULL,           -- of the list, as it confirmed; 0: it was never sent one
	known        BOOLEAN NOT NULL,           -- the entries are what it holds
	link         TEXT    NOT NULL,           -- the connection by which it last confirmed its version
	confirmed_at BIGINT  NOT NULL,           -- 0: never
	trouble      TEXT    NOT NULL,           -- why the last try failed; '' if it did not
	tried_at     BIGINT  NOT NULL,
	PRIMARY KEY (workspace, charger),
	FOREIGN KEY (workspace, charger) REFERENCES charger (workspace, id)
);

-- What a charger confirmed that it holds. Ids of cards stand here without foreign
-- keys: a card may be gone while a charger that is away still holds it.
-- owner: internal/core/locallist
CREATE TABLE local_list_entry (
	workspace  TEXT   NOT NULL,
	charger    TEXT   NOT NULL,
	token      TEXT   NOT NULL,              -- the card as the charger spells it
	token_type TEXT   NOT NULL,              -- as OCPP 2.0.1 names it; '' in 1.6
	card       TEXT   NOT NULL,
	parent     TEXT   NOT NULL,              -- an id that the holder's cards share
	expires_at BIGINT NOT NULL,              -- 0: never
	PRIMARY KEY (workspace, charger, token),
	FOREIGN KEY (workspace, charger) REFERENCES local_list (workspace, charger)
);
-- owner: internal/core/locallist
CREATE INDEX local_list_entry_card ON local_list_entry (workspace, card);
-- owner: internal/core/command
CREATE INDEX revocation_charger ON revocation (workspace, charger, kind);
