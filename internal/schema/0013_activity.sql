-- owner: internal/core/journal
CREATE INDEX journal_what ON journal (workspace, what, id);
CREATE INDEX journal_actor ON journal (workspace, actor, id);
