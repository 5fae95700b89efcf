-- owner: internal/core/grant
ALTER TABLE access_grant ADD COLUMN version BIGINT NOT NULL DEFAULT 1;    -- counts writes; guards against lost updates

-- owner: internal/core/group
CREATE INDEX user_group_rank ON user_group (workspace, rank);
