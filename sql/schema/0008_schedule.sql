-- SPDX-License-Identifier: MIT
-- breaks: none
-- What the crawlers remember of each list, how each portal fares, and where each URL of a portal stands.

-- since when a page has been missing, while it is; withdrawal is confirmed over time
ALTER TABLE crawl.url ADD COLUMN missed_since timestamptz;

ALTER TABLE crawl.listed
	ADD COLUMN pinned boolean NOT NULL DEFAULT false, -- stays on top whatever comes: says nothing about overlap
	ADD COLUMN mark bigint;                           -- hash of the row's title and date; changes when it is edited

-- One row per list, written at the end of its visits.
CREATE TABLE crawl.list (
	list_id      bigint PRIMARY KEY REFERENCES crawl.url (url_id) ON DELETE CASCADE,
	digest       bigint,                          -- of the rows of its first page, all of which are known
	total        bigint,                          -- rows and pages that it said it has; null: it does not say
	pages        bigint,
	whole        boolean NOT NULL DEFAULT false,  -- it has been read to its very end
	swept_at     timestamptz,                     -- it was last read to its end, or to the depth of backfill
	sweep_failed_at timestamptz,
	gap_at       timestamptz,                     -- its first page last shared no row with what was known
	unmodified   integer NOT NULL DEFAULT 0,      -- 304 in a row
	lies         boolean NOT NULL DEFAULT false,  -- the same validators came with other rows: they are not sent
	usual_rows   real NOT NULL DEFAULT 0,         -- of its first page
	recent       text COLLATE "C" NOT NULL DEFAULT '', -- how the last visits went, one letter each
	bad_since    timestamptz,                     -- the first of them that was not fine
	news_at      timestamptz,                     -- a row was last seen for the first time
	visited_at   timestamptz,                     -- its last complete visit
	longest_gap_ms bigint NOT NULL DEFAULT 0,     -- between two arrivals
	arrivals     double precision NOT NULL DEFAULT 0, -- decayed
	exposure_ms  double precision NOT NULL DEFAULT 0, -- decayed
	profile      text COLLATE "C" NOT NULL DEFAULT '', -- decayed arrivals by hour of the day, then by weekday
	weight       double precision NOT NULL DEFAULT 0  -- its share of the portal's requests
) WITH (fillfactor = 50);

-- How a portal fares: one row per list, and one for its pages (scope 'pages'), once anything was seen of it.
CREATE TABLE crawl.health (
	portal_id  text COLLATE "C" NOT NULL,
	scope      text COLLATE "C" NOT NULL,
	state      text COLLATE "C" NOT NULL,         -- docs/OPERATIONS.md has the words
	since      timestamptz NOT NULL DEFAULT now(),
	bad        integer NOT NULL DEFAULT 0,        -- of the last `seen` visits, when it was written
	seen       integer NOT NULL DEFAULT 0,
	evidence_url    text COLLATE "C",             -- the visit that decided
	evidence_status integer,
	evidence_why    text COLLATE "C",
	evidence_body   bytea,                        -- its first bytes
	PRIMARY KEY (portal_id, scope)
);

-- Pages that a portal serves for everything that it does not have, with a status that says it has it.
CREATE TABLE crawl.soft_page (
	portal_id text COLLATE "C" NOT NULL,
	sha256    text COLLATE "C" NOT NULL,
	url       text COLLATE "C" NOT NULL,          -- one of those that got it
	known_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (portal_id, sha256)
);

-- A portal's state is the worst of its scopes.
CREATE VIEW crawl.portal_state AS
SELECT DISTINCT ON (portal_id) portal_id, state, since, scope, bad, seen, evidence_url, evidence_status,
	evidence_why, evidence_body
FROM crawl.health
ORDER BY portal_id, array_position(ARRAY['blocked:challenge', 'blocked:fence', 'robots', 'dns', 'tls', 'refused',
	'moved', 'http_error', 'slow', 'layout', 'soft_404', 'shrunk', 'stale', 'ok'], state), since;

-- Conservation: every page that was ever discovered is published, waiting, leased or refused. `discovered` is
-- counted where rows are inserted, the others by looking; a difference means that something was lost.
CREATE TABLE crawl.census (
	portal_id  text COLLATE "C" PRIMARY KEY,
	discovered bigint NOT NULL DEFAULT 0,
	counted_at timestamptz,                       -- when the rest was counted, `expected` having been discovered
	expected   bigint NOT NULL DEFAULT 0,
	published  bigint NOT NULL DEFAULT 0,
	waiting    bigint NOT NULL DEFAULT 0,
	leased     bigint NOT NULL DEFAULT 0,
	refused    jsonb NOT NULL DEFAULT '{}'        -- reason → pages
) WITH (fillfactor = 50);
CREATE INDEX census_counted ON crawl.census (counted_at);
INSERT INTO crawl.census (portal_id, discovered)
SELECT portal_id, count(*) FROM crawl.url WHERE kind <> 'list' GROUP BY 1;

CREATE OR REPLACE VIEW crawl.progress AS
SELECT portal_id, kind,
	CASE WHEN lease_until > now() THEN 'leased' WHEN refused IS NOT NULL THEN 'refused'
		WHEN published_at IS NOT NULL AND publishing_id IS NULL THEN 'published' ELSE 'waiting' END AS state,
	count(*) AS urls,
	CASE WHEN lease_until > now() THEN NULL ELSE refused END AS reason
FROM crawl.url GROUP BY 1, 2, 3, 5;
