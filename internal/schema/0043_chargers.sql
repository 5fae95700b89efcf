-- What is said of single chargers.
-- owner: internal/core/site
ALTER TABLE charger ADD COLUMN key_ok BOOLEAN NOT NULL DEFAULT FALSE;      -- may connect without a certificate of its own, where others need one
-- owner: internal/core/site
ALTER TABLE charger ADD COLUMN open_to_all BOOLEAN NOT NULL DEFAULT FALSE; -- every card may charge there
-- owner: internal/core/site
CREATE INDEX charger_identity ON charger (identity);
