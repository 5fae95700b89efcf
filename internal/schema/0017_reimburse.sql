-- owner: internal/core/reimburse
CREATE TABLE reimbursement (
	workspace  TEXT   NOT NULL,
	account    TEXT   NOT NULL,              -- who is paid back: an employee or a subsidiary; one agreement each
	currency   TEXT   NOT NULL,              -- ISO 4217
	state      TEXT   NOT NULL CHECK (state IN ('draft','waiting','active','paused','ended')),
	state_at   BIGINT NOT NULL,
	version    BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (workspace, account),
	FOREIGN KEY (workspace, account) REFERENCES account (workspace, id)
);

-- owner: internal/core/reimburse
CREATE TABLE reimbursement_rate (
	workspace TEXT   NOT NULL,
	account   TEXT   NOT NULL,
	from_day  TEXT   NOT NULL,               -- "2027-01-31", in the workspace's zone; holds until the next one begins
	rate      BIGINT NOT NULL CHECK (rate > 0), -- per kWh, in ten-thousandths of the currency's unit
	set_at    BIGINT NOT NULL,
	set_by    TEXT   NOT NULL,               -- an actor's name, as the journal's
	PRIMARY KEY (workspace, account, from_day),
	FOREIGN KEY (workspace, account) REFERENCES reimbursement (workspace, account)
);
