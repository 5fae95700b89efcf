-- Whether chargers hold lists of cards that they let charge by themselves.
-- owner: internal/core/workspace
ALTER TABLE workspace ADD COLUMN local_lists BOOLEAN NOT NULL DEFAULT FALSE;

-- How the charger spelt the card: firmware compares with case, and a card that it is
-- asked to start, or holds in its list, must be spelt as it does.
-- owner: internal/core/decision
ALTER TABLE decision ADD COLUMN spelt TEXT NOT NULL DEFAULT '';      -- '' if as card_uid
-- owner: internal/core/decision
ALTER TABLE decision ADD COLUMN token_type TEXT NOT NULL DEFAULT ''; -- as OCPP 2.0.1 names it; '' if the charger did not
