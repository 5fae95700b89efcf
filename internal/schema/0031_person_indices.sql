-- owner: internal/core/person
-- Most people are the operator's own, and nobody asks for those by account: their
-- entries were all over the index, and each of a file of users cost a page of it.
-- Statements that want the index must say account <> ''.
DROP INDEX person_account;
CREATE INDEX person_account ON person (workspace, account, sort_name, id) WHERE account <> '';

-- owner: internal/core/person
-- Nobody whom a file brings has come in yet: an entry less for each. Asking for
-- one login's seats implies that there is one.
DROP INDEX person_identity;
CREATE INDEX person_identity ON person (identity) WHERE identity IS NOT NULL;
