-- owner: internal/core/bulk
ALTER TABLE bulk ADD COLUMN undo_person TEXT NOT NULL DEFAULT '';         -- who asked for it to be undone
ALTER TABLE bulk ADD COLUMN undo_reached BIGINT NOT NULL DEFAULT 0;       -- how many the undoing has dealt with so far
ALTER TABLE bulk ADD COLUMN undo_done BIGINT NOT NULL DEFAULT 0;          -- with how many it was undone

-- owner: internal/core/bulk
ALTER TABLE bulk_chunk ADD COLUMN before TEXT NOT NULL DEFAULT '';        -- JSON: what undoing restores; emptied once it cannot be undone any more
CREATE INDEX bulk_chunk_before ON bulk_chunk (workspace) WHERE before <> '';
