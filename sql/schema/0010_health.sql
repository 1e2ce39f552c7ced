-- SPDX-License-Identifier: MIT
-- breaks: none
-- api.portal_health says the state of each portal, since when, and what shows it.

CREATE OR REPLACE VIEW api.portal_health AS
SELECT p.portal_id, p.name, p.level, p.region ->> 'province' AS province, p.active, p.paused,
	u.lists, u.lists_failing, u.list_failure, u.listed_at, u.pages, u.pages_waiting, u.pages_failing,
	u.pages_refused, u.pages_gone, u.discovered_at, u.published_at, u.checked_at,
	(SELECT count(*) FROM core.report r WHERE r.portal_id = p.portal_id AND r.merged_into IS NULL) AS reports,
	(SELECT count(*) FROM core.dead_letter d WHERE d.portal_id = p.portal_id AND d.resolved_at IS NULL) AS dead_letters,
	coalesce(h.state, CASE WHEN u.checked_at IS NOT NULL THEN 'ok' END) AS state, h.since AS state_since,
	CASE WHEN h.state IS NOT NULL THEN jsonb_build_object('scope', h.scope, 'bad', h.bad,
		'seen', h.seen, 'url', h.evidence_url, 'status', h.evidence_status, 'why', h.evidence_why) END AS evidence
FROM core.portal p
CROSS JOIN LATERAL (
	SELECT count(*) FILTER (WHERE kind = 'list' AND due_at < 'infinity') AS lists,
		count(*) FILTER (WHERE kind = 'list' AND due_at < 'infinity' AND failures > 0) AS lists_failing,
		min(failure) FILTER (WHERE kind = 'list' AND due_at < 'infinity' AND failures > 0) AS list_failure,
		max(complete_at) FILTER (WHERE kind = 'list') AS listed_at,
		count(*) FILTER (WHERE kind = 'page') AS pages,
		count(*) FILTER (WHERE kind = 'page' AND published_at IS NULL AND refused IS NULL) AS pages_waiting,
		count(*) FILTER (WHERE kind = 'page' AND failures > 0) AS pages_failing,
		count(*) FILTER (WHERE kind = 'page' AND refused IS NOT NULL) AS pages_refused,
		count(*) FILTER (WHERE kind = 'page' AND gone_at IS NOT NULL) AS pages_gone,
		max(discovered_at) FILTER (WHERE kind = 'page') AS discovered_at,
		max(published_at) AS published_at, max(checked_at) AS checked_at
	FROM crawl.url WHERE portal_id = p.portal_id) u
LEFT JOIN crawl.portal_state h ON h.portal_id = p.portal_id;

COMMENT ON COLUMN api.portal_health.state IS 'The worst of its lists and pages: ok, or what is wrong (docs/OPERATIONS.md); null: it has never answered · 状态：正常或异常类别';
COMMENT ON COLUMN api.portal_health.state_since IS 'Since when; null: it was never otherwise · 该状态开始时间';
COMMENT ON COLUMN api.portal_health.evidence IS 'The visit that decided: scope, bad of seen visits, url, status, why · 判定依据';
