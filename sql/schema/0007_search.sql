-- SPDX-License-Identifier: MIT
-- breaks: none
-- Search over titles and texts by pairs of characters (docs/SEARCH.md). suoyin-worker in mode index
-- fills core.search_report, behind the reports by seconds; nothing of it is in the way of a report.

-- -------- what has to be indexed

CREATE TABLE core.search_queue (
	queue_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	report_id bigint NOT NULL,
	queued_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE FUNCTION core.search_enqueue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO core.search_queue (report_id) VALUES (NEW.report_id);
	RETURN NULL;
END
$$;

CREATE TRIGGER search_new AFTER INSERT ON core.report FOR EACH ROW
	WHEN (NEW.current_revision IS NOT NULL) EXECUTE FUNCTION core.search_enqueue();
CREATE TRIGGER search_changed AFTER UPDATE OF current_revision, merged_into ON core.report FOR EACH ROW
	WHEN (NEW.current_revision IS DISTINCT FROM OLD.current_revision OR NEW.merged_into IS DISTINCT FROM OLD.merged_into)
	EXECUTE FUNCTION core.search_enqueue();
CREATE TRIGGER search_rewritten AFTER UPDATE ON core.revision FOR EACH ROW EXECUTE FUNCTION core.search_enqueue();

INSERT INTO core.search_queue (report_id) SELECT report_id FROM core.report WHERE current_revision IS NOT NULL;

-- -------- the index

-- Texts and pairs are stored out of line, so that what is left of a row is narrow.
CREATE TABLE core.search_report (
	report_id     bigint PRIMARY KEY,
	revision_id   bigint NOT NULL,
	portal_id     text COLLATE "C" NOT NULL,
	document_type text,
	report_year   integer,
	published_on  date,
	title_folded  text COLLATE "C" NOT NULL,
	folded        text COMPRESSION lz4 COLLATE "C" NOT NULL, -- title, line feed, body
	pairs         integer[] NOT NULL,
	indexed_at    timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (toast_tuple_target = 256);
ALTER TABLE core.search_report ALTER COLUMN pairs SET STATISTICS 0; -- thousands an array: ANALYZE would take minutes
ALTER TABLE core.search_report ALTER COLUMN folded SET STATISTICS 0;
-- What a flush adds stays in the pending list until core.search_tidy() sorts it in, all at once.
CREATE INDEX search_pairs ON core.search_report USING gin (pairs) WITH (gin_pending_list_limit = 2097151);

CREATE FUNCTION core.search_tidy() RETURNS bigint LANGUAGE sql
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET maintenance_work_mem = '256MB'
	AS $$ SELECT gin_clean_pending_list('core.search_pairs'::regclass) $$;

-- Who indexes: one process at a time. Whoever takes over raises lease_no; every flush asks for it.
CREATE TABLE core.search_lease (
	is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
	owner       text,
	lease_no    bigint NOT NULL DEFAULT 0,
	lease_until timestamptz NOT NULL DEFAULT '-infinity',
	rules       text,                                -- of folding, that core.search_char and the index are made by
	indexed_at  timestamptz                          -- end of the last flush
) WITH (fillfactor = 50);
INSERT INTO core.search_lease DEFAULT VALUES;

-- Characters of NFKC text that folding changes; '' takes them out. Written by the indexer, so that a
-- query is folded exactly as the texts were.
CREATE TABLE core.search_char (
	code    integer PRIMARY KEY,
	becomes text COLLATE "C" NOT NULL
);

-- -------- the query

CREATE FUNCTION core.search_fold(t text) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
	SELECT coalesce(string_agg(coalesce(m.becomes, c.c), '' ORDER BY c.n), '') COLLATE "C"
	FROM string_to_table(normalize(t, NFKC), NULL) WITH ORDINALITY c (c, n)
	LEFT JOIN core.search_char m ON m.code = ascii(c.c)
$$;

-- Words are divided by white space; all of them must stand in a report. exact: the pairs say it all.
CREATE FUNCTION core.search_parse(query text, OUT words text[], OUT pairs integer[], OUT exact boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF length(query) > 200 THEN
		RAISE EXCEPTION 'a query has at most 200 characters' USING ERRCODE = '22023';
	END IF;
	SELECT coalesce(array_agg(DISTINCT f ORDER BY f), '{}') INTO words
	FROM regexp_split_to_table(normalize(query, NFKC), '[ \t\r\n\f\v]+') w, core.search_fold(w) f WHERE f <> '';
	SELECT coalesce(array_agg(DISTINCT (u.code << 16) | u.following), '{}'),
		coalesce(bool_and(length(u.w) = 2 AND u.bmp), false)
	INTO pairs, exact
	FROM (SELECT w, CASE WHEN ascii(c) < 65536 THEN ascii(c) ELSE 55296 + (ascii(c) & 2047) END AS code,
			CASE WHEN ascii(d) < 65536 THEN ascii(d) ELSE 55296 + (ascii(d) & 2047) END AS following,
			ascii(c) < 65536 AND ascii(d) < 65536 AS bmp
		FROM unnest(words) w, generate_series(1, length(w) - 1) i, substr(w, i, 1) c, substr(w, i + 1, 1) d) u;
	exact := exact AND NOT EXISTS (SELECT FROM unnest(words) w WHERE length(w) < 2);
END
$$;

-- Up to 301 reports, those with the words in their titles first, then the newest. Each text is read
-- once, in this order and no further than needed: it proves what the pairs do not, and tells how often
-- the words stand in it. weigh: whether that is wanted where the pairs prove all.
CREATE FUNCTION core.search_candidates(words text[], wanted integer[], exact boolean, weigh boolean, portal text, type text,
	year integer, since date, until date)
RETURNS TABLE (report_id bigint, score real) LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
	patterns text[] := ARRAY(SELECT '%' || w || '%' FROM unnest(words) w);
BEGIN
	RETURN QUERY
	SELECT c.report_id, (4 * c.in_title + coalesce(t.weight, 0))::real
	FROM (
		SELECT s.report_id, CASE WHEN s.title_folded LIKE ALL (patterns) THEN 2
			WHEN cardinality(patterns) > 1 AND s.title_folded LIKE ANY (patterns) THEN 1 ELSE 0 END AS in_title
		FROM core.search_report s
		WHERE s.pairs @> wanted AND (portal IS NULL OR s.portal_id = portal) AND (type IS NULL OR s.document_type = type)
			AND (year IS NULL OR s.report_year = year) AND (since IS NULL OR s.published_on >= since)
			AND (until IS NULL OR s.published_on <= until)
		ORDER BY 2 DESC, s.published_on DESC NULLS LAST, s.report_id DESC LIMIT CASE WHEN exact THEN 301 END) c
	LEFT JOIN LATERAL (
		SELECT min(n) AS least, sum(ln(1 + n)) / ln(20 + max(length)) AS weight
		FROM (SELECT x.folded || '' AS text FROM core.search_report x WHERE x.report_id = c.report_id OFFSET 0) x
		CROSS JOIN LATERAL (SELECT octet_length(x.text)::double precision AS length,
			((octet_length(x.text) - octet_length(replace(x.text, w, ''))) / octet_length(w))::double precision AS n
			FROM unnest(words) w) o
	) t ON weigh OR NOT exact
	WHERE exact OR t.least > 0
	LIMIT 301;
END
$$;

-- Around the first place where one of the words stands as printed, else where its first characters
-- follow one another with marks and blanks between (more of them take a second to compile), else
-- the beginning.
CREATE FUNCTION core.search_snippet(body text, words text[], query text) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	w text;
	hit text;
	at integer;
BEGIN
	FOREACH w IN ARRAY regexp_split_to_array(btrim(query), '\s+') || words LOOP
		at := strpos(body, w);
		hit := w;
		EXIT WHEN at > 0 AND w <> '';
	END LOOP;
	IF coalesce(at, 0) = 0 OR hit = '' THEN
		FOREACH w IN ARRAY words LOOP
			hit := substring(body FROM '(?i)' || array_to_string(string_to_array(left(w, 12), NULL), '[^[:alnum:]]{0,3}'));
			at := strpos(body, hit);
			EXIT WHEN at > 0;
		END LOOP;
	END IF;
	IF coalesce(at, 0) = 0 THEN
		RETURN translate(left(body, 80), E'\n\t', '  ') || CASE WHEN length(body) > 80 THEN '…' ELSE '' END;
	END IF;
	RETURN translate(CASE WHEN at > 31 THEN '…' ELSE '' END || substr(body, greatest(at - 30, 1), least(at - 1, 30))
		|| '«' || hit || '»' || substr(body, at + length(hit), 50)
		|| CASE WHEN length(body) > at + length(hit) + 49 THEN '…' ELSE '' END, E'\n\t', '  ');
END
$$;

CREATE FUNCTION api.search(query text, max_rows integer DEFAULT 20, first_row integer DEFAULT 0, portal text DEFAULT NULL,
	type text DEFAULT NULL, year integer DEFAULT NULL, since date DEFAULT NULL, until date DEFAULT NULL)
RETURNS TABLE (report_id bigint, title text, snippet text, score real, portal_id text, agency text, document_type text,
	report_year integer, published_on date, status text, url text, changed_at timestamptz, candidates integer, capped boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p record;
BEGIN
	SELECT * INTO p FROM core.search_parse(query);
	IF p.pairs = '{}' THEN
		RETURN;
	END IF;
	RETURN QUERY
	WITH found AS MATERIALIZED (
		SELECT c.report_id, c.score, s.published_on
		FROM core.search_candidates(p.words, p.pairs, p.exact, true, portal, type, year, since, until) c
		JOIN core.search_report s USING (report_id)
	), page AS MATERIALIZED (
		SELECT f.*, (SELECT least(count(*), 300)::integer FROM found) AS candidates, (SELECT count(*) > 300 FROM found) AS capped
		FROM (SELECT * FROM found LIMIT 300) f
		ORDER BY f.score DESC, f.published_on DESC NULLS LAST, f.report_id DESC
		LIMIT least(greatest(max_rows, 0), 300) OFFSET greatest(first_row, 0)
	)
	SELECT g.report_id, v.title, core.search_snippet(v.body, p.words, query), g.score, r.portal_id, v.agency, v.document_type,
		v.report_year, v.published_on,
		CASE WHEN NOT EXISTS (SELECT FROM core.sighting x WHERE x.report_id = g.report_id AND x.gone_at IS NULL)
			THEN 'withdrawn' WHEN r.conflict THEN 'conflict' ELSE 'current' END,
		v.url, r.changed_at, g.candidates, g.capped
	FROM page g JOIN core.report r USING (report_id) JOIN core.revision v ON v.revision_id = r.current_revision
	WHERE r.merged_into IS NULL
	ORDER BY g.score DESC, g.published_on DESC NULLS LAST, g.report_id DESC;
END
$$;

CREATE FUNCTION api.search_facets(query text, portal text DEFAULT NULL, type text DEFAULT NULL, year integer DEFAULT NULL,
	since date DEFAULT NULL, until date DEFAULT NULL)
RETURNS TABLE (facet text, value text, reports bigint, capped boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p record;
BEGIN
	SELECT * INTO p FROM core.search_parse(query);
	IF p.pairs = '{}' THEN
		RETURN;
	END IF;
	RETURN QUERY
	WITH found AS MATERIALIZED (
		SELECT c.report_id FROM core.search_candidates(p.words, p.pairs, p.exact, false, portal, type, year, since, until) c
	)
	SELECT x.facet, x.value, count(*), (SELECT count(*) > 300 FROM found)
	FROM (SELECT * FROM found LIMIT 300) f JOIN core.search_report s USING (report_id)
	CROSS JOIN LATERAL (VALUES ('portal_id', s.portal_id), ('document_type', s.document_type),
		('report_year', s.report_year::text), ('published_year', extract(year FROM s.published_on)::text)) x (facet, value)
	WHERE x.value IS NOT NULL
	GROUP BY x.facet, x.value ORDER BY x.facet, 3 DESC, x.value;
END
$$;

CREATE FUNCTION api.search_set(query text) RETURNS TABLE (report_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
	p record;
	patterns text[];
BEGIN
	SELECT * INTO p FROM core.search_parse(query);
	IF p.pairs = '{}' THEN
		RETURN;
	END IF;
	patterns := ARRAY(SELECT '%' || w || '%' FROM unnest(p.words) w);
	RETURN QUERY
	SELECT s.report_id FROM core.search_report s
	WHERE s.pairs @> p.pairs AND (p.exact OR s.folded LIKE ALL (patterns))
		AND EXISTS (SELECT FROM core.report r WHERE r.report_id = s.report_id AND r.merged_into IS NULL);
END
$$;

CREATE VIEW api.search_index AS
SELECT (SELECT count(*) FROM core.search_report) AS reports, (SELECT count(*) FROM core.search_queue) AS waiting,
	(SELECT min(queued_at) FROM core.search_queue) AS waiting_since, indexed_at, owner, lease_until
FROM core.search_lease;

COMMENT ON FUNCTION api.search IS 'Reports whose title or text has all words of the query, each of two characters or more; ranked over at most 300, titles first; capped: there are more · 全文检索：按词查找报告，标题优先，最多排序300份';
COMMENT ON FUNCTION api.search_facets IS 'How many of these reports fall to each portal, type and year; over at most 300 · 检索结果分面统计';
COMMENT ON FUNCTION api.search_set IS 'All of these reports, in no order and without cap · 检索结果全集（不限数量）';

COMMENT ON VIEW api.search_index IS 'How far the index of api.search is. Time: indexed_at · 检索索引进度';
COMMENT ON COLUMN api.search_index.reports IS 'Reports that can be found · 已索引报告数';
COMMENT ON COLUMN api.search_index.waiting IS 'Changes that wait to be indexed · 等待索引的变更数';
COMMENT ON COLUMN api.search_index.waiting_since IS 'Oldest of them · 最早等待时间';
COMMENT ON COLUMN api.search_index.indexed_at IS 'Last time something was indexed · 最近索引时间';
COMMENT ON COLUMN api.search_index.owner IS 'Process that indexes · 索引进程';
COMMENT ON COLUMN api.search_index.lease_until IS 'How long it may · 租约到期时间';
