-- SPDX-License-Identifier: MIT
-- breaks: none
-- api.compliance as before, but reports of every type that a rule names are found, not of two alone; and the planner
-- is not misled: a condition that always holds, beside the key of the revision, made it expect one report where there
-- are thousands, and compare each of them with each portal and year.

DROP INDEX core.revision_yearly;
CREATE INDEX revision_yearly ON core.revision (document_type, report_year) WHERE report_year IS NOT NULL;

DO $do$
DECLARE
	rows text := $sql$
SELECT p.portal_id, p.name AS portal_name, p.level, p.region ->> 'province' AS province, o.document_type,
	y.y AS report_year, d.due_on, (d.due_on + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS due_at,
	CASE WHEN f.dated_on <= d.due_on THEN 'on_time' WHEN f.dated_on IS NOT NULL THEN 'late'
		WHEN n.today > d.due_on THEN 'missing' ELSE 'not_due' END AS status,
	f.report_id, f.title, f.url, f.dated_on AS published_on, f.dated_by,
	greatest(coalesce(f.dated_on, n.today) - d.due_on, 0) AS days_late, o.rule_id, o.legal_basis
FROM (SELECT (@AT@ AT TIME ZONE 'Asia/Shanghai')::date AS today) n
CROSS JOIN core.obligation_rule o
CROSS JOIN LATERAL generate_series(o.first_year,
	least(coalesce(o.last_year, 9999), extract(year FROM n.today)::integer - 1)) AS y (y)
CROSS JOIN LATERAL (SELECT make_date(y.y + 1, o.due_month, o.due_day) AS due_on) d
JOIN core.portal p ON p.active AND p.level = ANY (o.levels) AND (o.organ IS NULL
	OR o.organ = CASE WHEN p.name ~ '人民政府(网|网站|门户网站)?$' THEN 'government' ELSE 'department' END)
LEFT JOIN (
	SELECT DISTINCT ON (s.portal_id, v.document_type, v.report_year) s.portal_id, v.document_type, v.report_year,
		r.report_id, v.title, s.url, x.dated_on,
		CASE WHEN v.published_on IS NULL THEN 'first_seen_at' ELSE 'published_on' END AS dated_by
	FROM core.revision v
	JOIN core.report r ON r.current_revision = v.revision_id AND r.merged_into IS NULL
	JOIN core.sighting s ON s.report_id = r.report_id AND s.gone_at IS NULL
	CROSS JOIN LATERAL (SELECT coalesce(v.published_on,
		(r.first_seen_at AT TIME ZONE 'Asia/Shanghai')::date) AS dated_on) x
	WHERE v.report_year IS NOT NULL AND v.document_type = ANY (ARRAY(SELECT document_type FROM core.obligation_rule))
		AND x.dated_on <= (@AT@ AT TIME ZONE 'Asia/Shanghai')::date
	ORDER BY s.portal_id, v.document_type, v.report_year, x.dated_on, r.report_id
) f ON f.portal_id = p.portal_id AND f.document_type = o.document_type AND f.report_year = y.y
$sql$;
BEGIN
	EXECUTE 'CREATE OR REPLACE VIEW api.compliance AS ' || replace(rows, '@AT@', 'now()');
	EXECUTE 'CREATE OR REPLACE FUNCTION api.compliance_at(at timestamptz) RETURNS SETOF api.compliance '
		'LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ' || quote_literal(replace(rows, '@AT@', 'at'));
END
$do$;
