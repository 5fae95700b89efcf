-- Numbers that were tapped, that nobody here knows, and that somebody does not
-- want to be asked about again.
-- owner: internal/core/card
CREATE TABLE unknown_card_hidden (
	workspace TEXT   NOT NULL REFERENCES workspace (id),
	uid       TEXT   NOT NULL,
	hidden_at BIGINT NOT NULL,
	PRIMARY KEY (workspace, uid)
);
