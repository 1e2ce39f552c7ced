-- SPDX-License-Identifier: MIT
-- breaks: worker
-- What leaves for Kafka after the transaction that stored it, what operators did to dead letters, and who did it.

-- One row per message to send, written in the transaction of what it tells; deleted once Kafka has it. Rows name what
-- they tell, the relay reads it when it sends: a row is some hundred bytes, whatever the page. Numbers are drawn
-- while the report is locked, so those of one report are in the order of its transactions.
CREATE TABLE core.outbox (
	outbox_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	type        text COLLATE "C" NOT NULL,       -- dead; new revised merged conflict withdrawn returned
	topic       text COLLATE "C" NOT NULL,       -- the message that is dead, or that caused the event
	part        integer NOT NULL,
	"offset"    bigint NOT NULL,
	report_id   bigint,                          -- null: type is dead
	other_id    bigint,                          -- merged: into; conflict: the report that had the number first
	revision_id bigint,                          -- the text it is about
	is_current  boolean,                         -- that text was the report's newest
	status      text COLLATE "C",                -- of the report after it
	url         text COLLATE "C",
	ce_id       text COLLATE "C",                -- of the message
	ce_time     timestamptz,
	baseline    boolean,
	stored_at   timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
	autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 1000000);

-- Who sends: one worker at a time.
CREATE TABLE core.relay_lease (
	name  text COLLATE "C" PRIMARY KEY,
	owner text NOT NULL,
	until timestamptz NOT NULL
) WITH (fillfactor = 50);
INSERT INTO core.relay_lease (name, owner, until) VALUES ('outbox', '', '-infinity');

ALTER TABLE core.dead_letter
	ADD COLUMN resolution  text COLLATE "C",     -- stored, replayed, by_hand; null: open
	ADD COLUMN replayed_at timestamptz,          -- last put back on the topic
	ADD COLUMN replays     integer NOT NULL DEFAULT 0;
CREATE INDEX dead_letter_stored ON core.dead_letter (stored_at);

CREATE TABLE core.audit (
	audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at       timestamptz NOT NULL DEFAULT now(),
	role     text NOT NULL DEFAULT session_user,
	who      text NOT NULL,                      -- USER@HOST of the program that asked
	what     text COLLATE "C" NOT NULL,          -- "dlq replay"
	details  jsonb NOT NULL                      -- what was asked, and counts
);

CREATE OR REPLACE VIEW api.dead_letter AS
SELECT topic, part, "offset", portal_id, url, reason, detail, page_sha256, fetched_at, worker_version, stored_at,
	resolved_at, resolution, replayed_at, replays
FROM core.dead_letter;
COMMENT ON COLUMN api.dead_letter."resolution" IS 'How it was settled: stored (its address was stored since), replayed (its replay is a dead letter of its own), by_hand; null: open. 处理方式';
COMMENT ON COLUMN api.dead_letter."replayed_at" IS 'When it was last put back on the topic. 最近重放时间';
COMMENT ON COLUMN api.dead_letter."replays" IS 'How often it was put back on the topic. 重放次数';
