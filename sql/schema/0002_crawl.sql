-- SPDX-License-Identifier: MIT
-- breaks: none
-- Schema crawl: what the crawlers know, and which of them does what. All times are the database's clock.

CREATE SCHEMA crawl;

-- One row per URL: the lists of the portals, and the pages that lists named. A row is leased,
-- never popped: who claims it raises lease_no and writes only while lease_no is still his.
CREATE TABLE crawl.url (
	url_id           bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
	portal_id        text COLLATE "C" NOT NULL,
	url              text COLLATE "C" NOT NULL,        -- canonical
	kind             text COLLATE "C" NOT NULL CHECK (kind IN ('list', 'page')),
	list_url         text COLLATE "C",                 -- the list that named it first, and what it said
	list_title       text,
	list_date        text,
	baseline         boolean NOT NULL DEFAULT false,   -- found before its list's first complete visit
	discovered_at    timestamptz NOT NULL DEFAULT now(),
	config_version   bigint,                           -- of the last visit
	due_at           timestamptz NOT NULL DEFAULT now(), -- infinity: a list that no portal names any more
	lease_owner      text COLLATE "C",                 -- not null behind lease_until: the lease was lost
	lease_until      timestamptz,
	lease_no         bigint NOT NULL DEFAULT 0,
	unsure           boolean NOT NULL DEFAULT false,   -- a lease was lost since the last publication
	final_url        text COLLATE "C",                 -- where redirects led last time; null: nowhere else
	etag             text,                             -- the server's own strings, of final_url
	last_modified    text,
	sha256           text COLLATE "C",                 -- of the last published body
	publishing_id    text COLLATE "C",                 -- ce_id of a publication begun and not yet done
	publishing_since timestamptz,
	last_time        timestamptz,                      -- ce_time of the last message, done or not
	published_at     timestamptz,                      -- of the last delivery report
	checked_at       timestamptz,                      -- of the last answer
	http_status      integer,
	misses           integer NOT NULL DEFAULT 0,       -- 404 and 410 in a row
	failures         integer NOT NULL DEFAULT 0,       -- visits in a row that gave nothing
	failure          text COLLATE "C",                 -- why the last one did: dns connect timeout tls layout …
	refused          text COLLATE "C",                 -- what the last visit got is not published: too_large off_site …
	refused_bytes    bigint,
	refused_at       timestamptz,
	gone_at          timestamptz,                      -- its last message says gone
	-- lists only
	rules            text COLLATE "C",                 -- digest of the XPaths that found its rows
	open_since       timestamptz,                      -- a visit began and no complete one has ended since
	complete_at      timestamptz,                      -- end of the last complete visit under these rules
	off_site         integer NOT NULL DEFAULT 0,       -- rows of the last page read that lead to other hosts
	-- who goes first: lists, news, what was there before, revisits
	rank             smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN kind = 'list' THEN 0
		WHEN published_at IS NOT NULL THEN 3 WHEN baseline THEN 2 ELSE 1 END) STORED,
	PRIMARY KEY (portal_id, url)
) WITH (fillfactor = 80);
CREATE INDEX url_due ON crawl.url (portal_id, rank, due_at);

-- Which list has named which URL, so that "a whole page of this list is known" is exact.
CREATE TABLE crawl.listed (
	list_id bigint NOT NULL REFERENCES crawl.url (url_id) ON DELETE CASCADE,
	url_id  bigint NOT NULL REFERENCES crawl.url (url_id) ON DELETE CASCADE,
	seen_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (list_id, url_id)
);
CREATE INDEX listed_url ON crawl.listed (url_id);

-- Politeness, shared by all crawlers: nobody may ask the host before next_at. Who takes the slot
-- raises slot_no and moves next_at a lease and a delay ahead, again while the request is under way,
-- and to its end + delay afterwards.
CREATE TABLE crawl.clock (
	host    text COLLATE "C" PRIMARY KEY,
	next_at timestamptz NOT NULL,
	slot_no bigint NOT NULL
) WITH (fillfactor = 50);

-- Conservation: every known URL is in exactly one state.
CREATE VIEW crawl.progress AS
SELECT portal_id, kind,
	CASE WHEN lease_until > now() THEN 'leased' WHEN refused IS NOT NULL THEN 'refused'
		WHEN published_at IS NOT NULL AND publishing_id IS NULL THEN 'published' ELSE 'waiting' END AS state,
	count(*) AS urls
FROM crawl.url GROUP BY 1, 2, 3;
