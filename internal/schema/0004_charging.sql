-- owner: internal/core/card
CREATE TABLE card (
	workspace    TEXT    NOT NULL REFERENCES workspace (id),
	id           TEXT    NOT NULL,
	uid          TEXT    NOT NULL,           -- canonical: upper-case hex of the bytes
	kind         TEXT    NOT NULL CHECK (kind IN ('rfid','app','mac','emaid')),
	typed        TEXT    NOT NULL,           -- as somebody entered it
	printed      TEXT    NOT NULL,           -- the number on the card
	state        TEXT    NOT NULL CHECK (state IN ('inactive','active','blocked','suspended','expired','deactivated')),
	person       TEXT,
	business     BOOLEAN NOT NULL,
	valid_from   BIGINT  NOT NULL,           -- 0: always
	valid_to     BIGINT  NOT NULL,           -- 0: for ever; the first moment it no longer works
	last_used_at BIGINT  NOT NULL,
	version      BIGINT  NOT NULL,
	created_at   BIGINT  NOT NULL,
	PRIMARY KEY (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id)
);
CREATE UNIQUE INDEX card_uid ON card (workspace, uid) WHERE state <> 'deactivated';
CREATE INDEX card_person ON card (workspace, person);
CREATE INDEX card_state ON card (workspace, state, id);

-- owner: internal/core/charge
CREATE TABLE transaction_id (
	name TEXT   PRIMARY KEY,
	next BIGINT NOT NULL                     -- the first number no replica has taken yet
);

-- owner: internal/core/charge
CREATE TABLE charge (
	workspace   TEXT    NOT NULL,
	id          TEXT    NOT NULL,
	charger     TEXT    NOT NULL,
	evse        BIGINT  NOT NULL,
	connector   BIGINT  NOT NULL,
	protocol    TEXT    NOT NULL,            -- ocpp1.6, ocpp2.0.1
	tx_id       TEXT    NOT NULL,            -- OCPP transaction id: ours in 1.6, the charger's in 2.0.1; unique within both
	start_key   TEXT    NOT NULL,            -- what makes a repeated start the same one
	card_uid    TEXT    NOT NULL,            -- canonical; '' if started without a card
	card        TEXT,
	person      TEXT,
	reason      TEXT    NOT NULL,            -- of the decision at the start
	started_at  BIGINT  NOT NULL,            -- by the charger's clock, or ours if that is absurd
	ended_at    BIGINT,
	received_at BIGINT  NOT NULL,            -- when the start reached us
	seen_at     BIGINT  NOT NULL,            -- when the charger last spoke of it
	meter_start BIGINT  NOT NULL,            -- watt-hours on the meter
	meter_now   BIGINT  NOT NULL,
	wh          BIGINT  NOT NULL,            -- energy so far, or in all
	power_w     BIGINT  NOT NULL,            -- at the last report
	status      TEXT    NOT NULL CHECK (status IN ('running','ended')),
	stop_reason TEXT    NOT NULL,
	offline     BOOLEAN NOT NULL,            -- reported after the fact
	conflict    TEXT    NOT NULL,            -- what a second, different stop said; '' if none
	PRIMARY KEY (workspace, id),
	UNIQUE (workspace, charger, start_key),
	FOREIGN KEY (workspace, charger) REFERENCES charger (workspace, id),
	FOREIGN KEY (workspace, person) REFERENCES person (workspace, id),
	FOREIGN KEY (workspace, card) REFERENCES card (workspace, id)
);
CREATE UNIQUE INDEX charge_transaction ON charge (workspace, charger, protocol, tx_id);
CREATE INDEX charge_list ON charge (workspace, started_at, id);
CREATE INDEX charge_running ON charge (workspace, charger) WHERE status = 'running';
CREATE INDEX charge_live ON charge (workspace, started_at, id) WHERE status = 'running';
CREATE INDEX charge_charger ON charge (workspace, charger, started_at, id);
CREATE INDEX charge_person ON charge (workspace, person, started_at, id);
CREATE INDEX charge_card ON charge (workspace, card_uid);

-- owner: internal/core/charge
CREATE TABLE charge_sample (
	workspace TEXT   NOT NULL,
	charge    TEXT   NOT NULL,
	at        BIGINT NOT NULL,
	meter     BIGINT NOT NULL,               -- watt-hours
	power_w   BIGINT NOT NULL,
	PRIMARY KEY (workspace, charge, at),
	FOREIGN KEY (workspace, charge) REFERENCES charge (workspace, id)
);

-- owner: internal/core/charge
CREATE TABLE orphan_stop (
	workspace   TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	charger     TEXT   NOT NULL,
	tx_id       TEXT   NOT NULL,
	meter_stop  BIGINT NOT NULL,
	at          BIGINT NOT NULL,
	card_uid    TEXT   NOT NULL,
	stop_reason TEXT   NOT NULL,
	received_at BIGINT NOT NULL,
	PRIMARY KEY (workspace, id),
	UNIQUE (workspace, charger, tx_id, at, meter_stop),
	FOREIGN KEY (workspace, charger) REFERENCES charger (workspace, id)
);

-- owner: internal/core/decision
CREATE TABLE decision (
	workspace TEXT    NOT NULL,
	id        TEXT    NOT NULL,
	at        BIGINT  NOT NULL,
	charger   TEXT    NOT NULL,              -- '' where the question named none
	evse      BIGINT  NOT NULL,
	card_uid  TEXT    NOT NULL,
	card      TEXT    NOT NULL,              -- '' if unknown
	person    TEXT    NOT NULL,              -- '' if unknown
	allowed   BOOLEAN NOT NULL,
	reason    TEXT    NOT NULL,
	source    TEXT    NOT NULL,              -- ocpp1.6, ocpp2.0.1, api, cli
	PRIMARY KEY (workspace, id)
);
CREATE INDEX decision_list ON decision (workspace, at, id);
CREATE INDEX decision_person ON decision (workspace, person, at, id);
CREATE INDEX decision_charger ON decision (workspace, charger, at, id);
CREATE INDEX decision_refused ON decision (workspace, at, id) WHERE NOT allowed;
