-- owner: internal/core/journal
CREATE INDEX journal_what ON journal (workspace, what, id);
CREATE INDEX journal_actor ON journal (workspace, actor, id);

-- owner: internal/core/charge
CREATE INDEX charge_sums ON charge (workspace, started_at, person, wh);
