-- owner: internal/core/site
ALTER TABLE charger ADD COLUMN blocked_until BIGINT NOT NULL DEFAULT 0;   -- it reconnected too often, and is not let in until then; 0: it is
-- owner: internal/core/site
ALTER TABLE charger ADD COLUMN two_networks TEXT NOT NULL DEFAULT '';     -- the addresses from which it came at once; '' if it did not, or somebody has seen to it
-- owner: internal/core/site
ALTER TABLE charger ADD COLUMN two_networks_at BIGINT NOT NULL DEFAULT 0;

-- owner: internal/core/charge
ALTER TABLE orphan_stop ADD COLUMN charge TEXT NOT NULL DEFAULT '';       -- the session that it ended, once its start came; '' while nobody knows
-- owner: internal/core/charge
CREATE INDEX orphan_stop_open ON orphan_stop (workspace, charger, at) WHERE charge = '';
-- owner: internal/core/charge
CREATE INDEX orphan_stop_list ON orphan_stop (workspace, received_at, id);
