-- owner: internal/core/journal
-- Without the subject in it SQLite takes the primary key instead, since that
-- covers the query, and reads all subjects of the workspace to find those of one entry.
DROP INDEX journal_subject_entry;
CREATE INDEX journal_subject_entry ON journal_subject (workspace, entry, subject);
