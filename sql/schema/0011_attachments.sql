-- SPDX-License-Identifier: MIT
-- breaks: crawler
-- Files that pages link are URLs of a kind of their own, and each page that links one is told of.

ALTER TABLE crawl.url DROP CONSTRAINT url_kind_check;
ALTER TABLE crawl.url ADD CONSTRAINT url_kind_check CHECK (kind IN ('list', 'page', 'attachment'));

-- One row per file and page that links it: a message each.
CREATE TABLE crawl.attached (
	url_id      bigint NOT NULL REFERENCES crawl.url (url_id) ON DELETE CASCADE,
	parent_url  text COLLATE "C" NOT NULL,         -- canonical
	filename    text,                              -- as linked
	told_at     timestamptz,                       -- of the last delivery report with this parent; null: never
	told_sha256 text COLLATE "C",                  -- what it told of
	PRIMARY KEY (url_id, parent_url)
);
