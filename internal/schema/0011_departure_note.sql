-- owner: internal/core/person
ALTER TABLE departure ADD COLUMN note TEXT NOT NULL DEFAULT ''; -- why it could not be done when its moment came; a sentence
