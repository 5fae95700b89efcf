-- owner: internal/core/card
-- Whose the cards are, with what lists show of them: a page of fifty users reads
-- fifty places of the index and none of the table.
CREATE INDEX card_holder ON card (workspace, person, state, id, uid);

-- owner: internal/core/card
-- The same as the beginning of card_holder.
DROP INDEX card_person;
