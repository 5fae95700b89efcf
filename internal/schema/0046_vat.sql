-- owner: internal/core/account
CREATE TABLE account_vat (
	workspace TEXT NOT NULL,
	account   TEXT NOT NULL,
	vat_id    TEXT NOT NULL,                 -- that the row is about: the account's
	state     TEXT NOT NULL DEFAULT '',      -- '' no answer yet, confirmed, unknown
	name      TEXT NOT NULL DEFAULT '',      -- as which it is registered, where the country tells
	told_at   BIGINT NOT NULL DEFAULT 0,     -- of the newest answer; 0: none
	ask_at    BIGINT NOT NULL,               -- when the register is asked next
	tries     BIGINT NOT NULL DEFAULT 0,     -- without an answer, since the newest
	PRIMARY KEY (workspace, account),
	FOREIGN KEY (workspace, account) REFERENCES account (workspace, id)
);
-- owner: internal/core/account
CREATE INDEX account_vat_ask ON account_vat (ask_at);
-- owner: internal/core/account
INSERT INTO account_vat (workspace, account, vat_id, ask_at)
	SELECT workspace, id, vat_id, created_at FROM account
	WHERE billing = 'business' AND substr(vat_id, 1, 2) IN
		('AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'EL', 'HR', 'HU', 'IE', 'IT', 'LT', 'LU', 'LV', 'MT', 'NL', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK');
