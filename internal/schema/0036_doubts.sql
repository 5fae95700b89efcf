-- owner: internal/core/site
ALTER TABLE location ADD COLUMN latitude BIGINT;  -- millionths of a degree, north; NULL if not known
-- owner: internal/core/site
ALTER TABLE location ADD COLUMN longitude BIGINT; -- millionths of a degree, east

-- Cards that were used in two places at once, or within less time than the way takes.
-- owner: internal/core/doubt
CREATE TABLE card_doubt (
	workspace    TEXT   NOT NULL,
	id           TEXT   NOT NULL,
	card         TEXT   NOT NULL,
	person       TEXT   NOT NULL,            -- who held it
	charger      TEXT   NOT NULL,            -- where it was used the second time
	at           BIGINT NOT NULL,
	first_charger TEXT  NOT NULL,            -- where it had been used before
	first_at     BIGINT NOT NULL,
	km           BIGINT NOT NULL,            -- between the two, -1 if not known
	held         BOOLEAN NOT NULL,           -- the card was put on hold until somebody answers
	answer       TEXT   NOT NULL CHECK (answer IN ('', 'holder', 'stranger', 'staff')), -- who it was, by what the holder says; staff: they made the card work again
	answered_at  BIGINT NOT NULL,            -- 0 while open
	PRIMARY KEY (workspace, id)
);
-- owner: internal/core/doubt
CREATE UNIQUE INDEX card_doubt_open ON card_doubt (workspace, card) WHERE answer = '';
-- owner: internal/core/doubt
CREATE INDEX card_doubt_card ON card_doubt (workspace, card, answered_at);
-- owner: internal/core/doubt
CREATE INDEX card_doubt_person ON card_doubt (workspace, person);
-- owner: internal/core/doubt
CREATE INDEX card_doubt_list ON card_doubt (workspace, at, id);
-- owner: internal/core/charge
CREATE INDEX charge_received ON charge (workspace, received_at);
