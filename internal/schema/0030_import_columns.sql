-- When people begin who begin later than they were written down; the counterpart of departure.
-- owner: internal/core/person
CREATE TABLE arrival (
	workspace TEXT   NOT NULL,
	person    TEXT   NOT NULL,
	at        BIGINT NOT NULL,               -- the first moment at which they may charge
	PRIMARY KEY (workspace, person),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);

-- Who was erased while rows of imports were kept that may name them: what to look for in those, until that was done.
-- owner: internal/core/imports
CREATE TABLE import_erasure (
	workspace TEXT   NOT NULL REFERENCES workspace (id),
	person    TEXT   NOT NULL,
	traces    TEXT   NOT NULL,               -- JSON: addresses, numbers and names
	at        BIGINT NOT NULL,
	PRIMARY KEY (workspace, person)
);
