-- owner: internal/core/person
-- Lists of users are counted, filtered and sorted in memory (internal/flow/browse/roster),
-- and no statement asks for these orders any more. Each index less makes an import faster.
DROP INDEX person_list;
DROP INDEX person_status;
DROP INDEX person_charged;
DROP INDEX person_created;

-- owner: internal/core/person
-- How many have a status, and who has had it longest: what waits for approval.
CREATE INDEX person_state ON person (workspace, status, deleted_at, status_at, id);

-- owner: internal/core/person
-- Pool cars and guest cards by name: there are few of them.
CREATE INDEX person_unmailed ON person (workspace, sort_name, id) WHERE email = '';
