-- SPDX-License-Identifier: MIT
-- breaks: none
-- Politeness: clocks of addresses as well, back-off apart from the delay, robots.txt, requests a day.

-- crawl.clock.host is a host name, or an address as URLs spell it ([2001:db8::1]); a request takes both.
ALTER TABLE crawl.clock
	ADD COLUMN retry_at timestamptz,                  -- back-off: not asked before it, whatever next_at says
	ADD COLUMN slowed integer NOT NULL DEFAULT 0;     -- answers in a row that asked for one (429, 503)

-- What each scheme, host and port says to crawlers, and when it is to be asked again.
CREATE TABLE crawl.robots (
	origin            text COLLATE "C" PRIMARY KEY,  -- scheme://host, and :port where it is not the default
	state             text COLLATE "C" NOT NULL DEFAULT 'unknown'
		CHECK (state IN ('unknown', 'rules', 'none', 'unreachable')), -- none: answered 4xx, all is allowed
	body              bytea,                         -- the last good copy, obeyed while unreachable
	etag              text,
	last_modified     text,
	http_status       integer,                       -- of the last answer
	failure           text COLLATE "C",              -- why it is unreachable: dns connect timeout robots_unreachable …
	failures          integer NOT NULL DEFAULT 0,    -- in a row
	checked_at        timestamptz,
	good_at           timestamptz,                   -- the copy was fetched or confirmed
	unreachable_since timestamptz,
	next_at           timestamptz,                   -- fresh until then; null: never asked
	asking_until      timestamptz                    -- a crawler is asking
);

-- Requests of portals that have a budget, by day of China.
CREATE TABLE crawl.budget (
	portal_id text COLLATE "C" NOT NULL,
	day       date NOT NULL,
	requests  bigint NOT NULL,
	PRIMARY KEY (portal_id, day)
);

ALTER TABLE crawl.url ADD COLUMN refused_by text;        -- evidence: the line of robots.txt that decided
CREATE INDEX url_refused_by_robots ON crawl.url (url) WHERE refused = 'robots';
