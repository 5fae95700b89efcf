-- owner: internal/core/workspace
CREATE TABLE installation (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL                      -- what every server on this database must agree on
);
