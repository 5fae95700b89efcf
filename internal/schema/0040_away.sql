-- The database is away: what is kept of it afterwards.
-- owner: internal/kit/db
CREATE TABLE pulse (
	name TEXT   PRIMARY KEY,
	at   BIGINT NOT NULL                     -- when it was last felt whether the database takes anything
);

-- owner: internal/core/charge
CREATE TABLE transaction_alias (
	workspace TEXT NOT NULL,
	charger   TEXT NOT NULL,
	tx_id     TEXT NOT NULL,                 -- an OCPP 1.6 number that a repeated start had got before
	charge    TEXT NOT NULL,
	PRIMARY KEY (workspace, charger, tx_id)
);

-- owner: internal/core/charge
ALTER TABLE charge ADD COLUMN away_since BIGINT NOT NULL DEFAULT 0;       -- its start was answered from memory, the database having been away since then; 0 if it was not
-- owner: internal/core/charge
ALTER TABLE charge ADD COLUMN speculative BOOLEAN NOT NULL DEFAULT FALSE; -- and only because its location lets cards charge then that it would not otherwise

-- owner: internal/core/decision
ALTER TABLE decision ADD COLUMN away_since BIGINT NOT NULL DEFAULT 0;     -- likewise
-- owner: internal/core/decision
ALTER TABLE decision ADD COLUMN speculative BOOLEAN NOT NULL DEFAULT FALSE;

-- owner: internal/core/site
ALTER TABLE location ADD COLUMN away TEXT NOT NULL DEFAULT '' CHECK (away IN ('', 'closed', 'open-private', 'open')); -- who may charge while the database is away
-- owner: internal/core/site
ALTER TABLE location ADD COLUMN away_cap BIGINT NOT NULL DEFAULT 20000;   -- watt-hours of a session that nobody would have allowed otherwise
