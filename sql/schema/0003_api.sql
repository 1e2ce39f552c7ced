-- SPDX-License-Identifier: MIT
-- breaks: none
-- Schema api: the contract for dashboards. Columns are only ever appended.

CREATE SCHEMA api;

CREATE VIEW api.report AS
SELECT r.report_id, r.portal_id, v.title, v.index_number, v.document_number, v.agency, v.published_on,
	v.report_year, v.document_type,
	CASE WHEN live.urls = 0 THEN 'withdrawn' WHEN r.conflict THEN 'conflict' ELSE 'current' END AS status,
	(SELECT count(*) FROM core.revision x WHERE x.report_id = r.report_id)::integer AS revision_count,
	seen.urls AS sighting_count,
	v.url, v.page_sha256, v.content_sha256, r.baseline, r.first_seen_at, r.changed_at
FROM core.report r
LEFT JOIN core.revision v ON v.revision_id = r.current_revision
CROSS JOIN LATERAL (SELECT count(*)::integer AS urls FROM core.sighting s
	WHERE s.report_id = r.report_id AND s.gone_at IS NULL) live
CROSS JOIN LATERAL (SELECT count(*)::integer AS urls FROM core.sighting s
	WHERE s.report_id = r.report_id) seen
WHERE r.merged_into IS NULL;

CREATE VIEW api.report_revision AS
SELECT v.revision_id, v.report_id, r.portal_id, v.url, v.title, v.index_number, v.document_number, v.agency,
	v.published_on, v.report_year, v.document_type, v.signed_on, v.body, v.record,
	v.revision_id = r.current_revision AS is_current,
	v.content_sha256, v.page_sha256, v.extraction_version, v.config_version, v.topic, v.part, v."offset",
	v.fetched_at, v.stored_at
FROM core.revision v JOIN core.report r USING (report_id);

CREATE VIEW api.sighting AS
SELECT s.report_id, s.portal_id, s.site, s.url, s.revision_id, s.first_seen, s.last_seen, s.gone_at,
	s.page_sha256, s.content_sha256, s.topic, s.part, s."offset"
FROM core.sighting s WHERE s.last_time IS NOT NULL;

CREATE VIEW api.attachment AS
SELECT a.attachment_id, s.report_id, a.portal_id, a.parent_url, a.url, a.filename, a.content_type, a.bytes,
	a.sha256, a.topic, a.part, a."offset", a.fetched_at
FROM core.attachment a LEFT JOIN core.sighting s ON s.site = a.site AND s.url = a.parent_url;

CREATE VIEW api.dead_letter AS
SELECT topic, part, "offset", portal_id, url, reason, detail, page_sha256, fetched_at, worker_version, stored_at,
	resolved_at
FROM core.dead_letter;

CREATE VIEW api.portal AS
SELECT portal_id, site, name, home, level, region->>'province' AS province, region->>'city' AS city,
	region->>'county' AS county, config_version, active, paused, synced_at
FROM core.portal;

CREATE VIEW api.outcome AS
SELECT portal_id, outcome, sum(messages)::bigint AS messages, max(stored_at) AS last_at
FROM core.outcome GROUP BY portal_id, outcome;
