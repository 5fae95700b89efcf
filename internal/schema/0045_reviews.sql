-- Reviews of who has access by a group: each member is kept or removed.
-- owner: internal/core/review
CREATE TABLE review_plan (
	workspace    TEXT    NOT NULL,
	user_group   TEXT    NOT NULL,
	months       BIGINT  NOT NULL,           -- between two reviews
	next_at      BIGINT  NOT NULL,
	PRIMARY KEY (workspace, user_group)
);
-- owner: internal/core/review
CREATE TABLE access_review (
	workspace    TEXT    NOT NULL,
	id           TEXT    NOT NULL,
	user_group   TEXT    NOT NULL,
	asked_by     TEXT    NOT NULL,           -- as the journal names them
	opened_at    BIGINT  NOT NULL,
	due_at       BIGINT  NOT NULL,
	reminded_at  BIGINT  NOT NULL,           -- when those who review were told last
	closed_at    BIGINT  NOT NULL,           -- 0 while open
	closed_by    TEXT    NOT NULL,           -- who gave the last answer
	PRIMARY KEY (workspace, id)
);
-- owner: internal/core/review
CREATE UNIQUE INDEX access_review_open ON access_review (workspace, user_group) WHERE closed_at = 0;
-- owner: internal/core/review
CREATE INDEX access_review_group ON access_review (workspace, user_group, opened_at);
-- owner: internal/core/review
CREATE TABLE access_review_item (
	workspace    TEXT    NOT NULL,
	review       TEXT    NOT NULL,
	person       TEXT    NOT NULL,
	answer       TEXT    NOT NULL CHECK (answer IN ('', 'keep', 'remove')),
	answered_by  TEXT    NOT NULL,           -- as the journal names them
	answered_at  BIGINT  NOT NULL,           -- 0 while open
	PRIMARY KEY (workspace, review, person),
	FOREIGN KEY (workspace, review) REFERENCES access_review (workspace, id)
);
-- owner: internal/core/review
CREATE INDEX access_review_item_person ON access_review_item (workspace, person);
