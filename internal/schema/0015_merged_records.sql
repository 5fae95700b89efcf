-- owner: internal/core/person
-- Which records somebody took over: asked on every user's page and before every erasure. There are few.
CREATE INDEX person_merged ON person (workspace, merged_into) WHERE merged_into <> '';

-- owner: internal/core/person
-- The same as person_unmailed.
DROP INDEX person_without_email;

-- owner: internal/core/decision
-- Erasing somebody looks for taps of their cards from before anybody knew them.
CREATE INDEX decision_unknown ON decision (workspace, card_uid) WHERE person = '' AND card_uid <> '';
