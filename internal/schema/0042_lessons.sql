-- What chargers teach: the next unknown card that is held to one, and the cars that
-- they tell apart by their MAC (Autocharge). Whoever goes again by undoing an import leaves
-- rows behind that concern nobody.
-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN driver_cards BOOLEAN NOT NULL DEFAULT FALSE; -- drivers may add cards by holding them to a charger
-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN autocharge BOOLEAN NOT NULL DEFAULT TRUE;    -- drivers are asked whether a car that was seen with them is theirs

-- owner: internal/core/lesson
CREATE TABLE lesson (
	workspace    TEXT    NOT NULL,
	id           TEXT    NOT NULL,
	charger      TEXT    NOT NULL,
	person       TEXT    NOT NULL,           -- whose card it becomes
	asked_by     TEXT    NOT NULL,           -- as the journal names them
	own          BOOLEAN NOT NULL,           -- the person asked themself, as a driver
	began_at     BIGINT  NOT NULL,
	until        BIGINT  NOT NULL,
	state        TEXT    NOT NULL CHECK (state IN ('open','learned','ended')),
	card         TEXT    NOT NULL,           -- that was learned; '' while there is none
	mirrored     TEXT    NOT NULL,           -- a card that is the same with its bytes reversed; '' if there is none
	ended_at     BIGINT  NOT NULL,           -- 0 while open
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, charger) REFERENCES charger (workspace, id)
);
-- owner: internal/core/lesson
CREATE UNIQUE INDEX lesson_open ON lesson (workspace, charger) WHERE state = 'open';
-- owner: internal/core/lesson
CREATE INDEX lesson_person ON lesson (workspace, person);

-- owner: internal/core/lesson
CREATE TABLE car_question (
	workspace    TEXT    NOT NULL,
	id           TEXT    NOT NULL,
	person       TEXT    NOT NULL,           -- who is asked
	mac          TEXT    NOT NULL,           -- 12 hex digits
	card         TEXT    NOT NULL,           -- suspended until they say yes
	charger      TEXT    NOT NULL,           -- where the car was seen
	at           BIGINT  NOT NULL,
	answer       TEXT    NOT NULL CHECK (answer IN ('', 'mine', 'not-mine')),
	answered_at  BIGINT  NOT NULL,           -- 0 while open
	PRIMARY KEY (workspace, id)
);
-- owner: internal/core/lesson
CREATE UNIQUE INDEX car_question_once ON car_question (workspace, person, mac);
-- owner: internal/core/lesson
CREATE INDEX car_question_card ON car_question (workspace, card);
