-- owner: internal/core/notice
ALTER TABLE notice ADD COLUMN ref TEXT NOT NULL DEFAULT '';           -- what it is about: an invitation, say
-- owner: internal/core/notice
ALTER TABLE notice ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;   -- of that thing's link
-- owner: internal/core/notice
ALTER TABLE notice ADD COLUMN domain TEXT NOT NULL DEFAULT '';        -- of the recipient: few mails at once go to one
-- owner: internal/core/notice
ALTER TABLE notice ADD COLUMN bulk BOOLEAN NOT NULL DEFAULT FALSE;    -- one of many: those that somebody waits for go first
-- owner: internal/core/notice
ALTER TABLE notice ADD COLUMN due_at BIGINT;                          -- when it is tried next, or its claim ends; null when nothing is to be done
-- owner: internal/core/notice
ALTER TABLE notice ADD COLUMN fence BIGINT NOT NULL DEFAULT 0;        -- counts claims; only the newest writes the outcome
-- owner: internal/core/notice
CREATE INDEX notice_due ON notice (bulk, due_at, domain) WHERE due_at IS NOT NULL;

-- owner: internal/core/notice
CREATE TABLE mail_slot (
	mailbox TEXT   NOT NULL,                 -- keyed hash of an address
	message TEXT   NOT NULL,                 -- whose place it is: a message's id
	at      BIGINT NOT NULL,
	PRIMARY KEY (mailbox, message)
);

-- owner: internal/core/notice
CREATE TABLE mail_turn (
	name TEXT PRIMARY KEY                    -- a row to lock: servers that claim mails do so one after the other
);
INSERT INTO mail_turn (name) VALUES ('claim');

-- owner: internal/core/suppress
CREATE TABLE suppression (
	workspace TEXT   NOT NULL REFERENCES workspace (id),
	email     TEXT   NOT NULL,               -- canonical
	reason    TEXT   NOT NULL CHECK (reason IN ('bounce','complaint','staff')),
	detail    TEXT   NOT NULL,               -- the mail server's words, or whoever added it said why
	added_by  TEXT   NOT NULL,               -- an actor's name
	since     BIGINT NOT NULL,
	PRIMARY KEY (workspace, email)
);
CREATE INDEX suppression_since ON suppression (workspace, since);
