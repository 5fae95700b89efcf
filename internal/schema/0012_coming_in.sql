-- owner: internal/core/invite
ALTER TABLE invite ADD COLUMN claim TEXT NOT NULL DEFAULT ''; -- the printed code that it came from; '' for the others

-- owner: internal/core/person
CREATE INDEX person_without_email ON person (workspace, sort_name, id) WHERE email = ''; -- pool cars and guest cards: the list that letters are made from
