-- SPDX-License-Identifier: MIT
-- breaks: worker
-- The rest of schema api: what a report says as rows, who owes which report, health, the flow.

-- -------- what a revision says, as rows

-- Short facts only: the texts of sections, quantities and parts stay in core.revision.record, and
-- the views read them from there where they are asked for. Measured over 20,000 reports of 52 rows:
-- counting what is cited takes 0.18 s of rows and 0.54 s of jsonb, parts 0.01 s and 0.42 s.
-- No foreign keys: revisions are never deleted, and a check of each row would double the cost.
CREATE TABLE core.section (
	revision_id  bigint NOT NULL,
	position     integer NOT NULL,                   -- in order of the text, from 1
	level        smallint NOT NULL,
	ordinal      text,
	heading      text,
	inline       boolean NOT NULL,
	role         text COLLATE "C",
	enumerations integer NOT NULL,
	PRIMARY KEY (revision_id, position)
);

CREATE TABLE core.citation (
	revision_id bigint NOT NULL,
	position    integer NOT NULL,                    -- in order of first appearance, from 1
	title       text NOT NULL,
	kind        text COLLATE "C",
	count       integer NOT NULL,
	nested      text[] NOT NULL,
	PRIMARY KEY (revision_id, position)
);

CREATE TABLE core.quantity (
	revision_id bigint NOT NULL,
	position    integer NOT NULL,
	value       numeric,
	unit        text,
	qualifier   text,
	PRIMARY KEY (revision_id, position)
);

-- Of reports on the building of a law-based government only.
CREATE TABLE core.required_part (
	revision_id bigint NOT NULL,
	part        text COLLATE "C" NOT NULL,
	status      text COLLATE "C" NOT NULL,
	PRIMARY KEY (revision_id, part)
);

-- Sections are the only objects below "sections"; they come in order of the text.
-- Called by the worker in the transaction that writes these revisions, new or rewritten.
CREATE FUNCTION core.expand(revisions bigint[]) RETURNS void LANGUAGE sql
BEGIN ATOMIC
	DELETE FROM core.section WHERE revision_id = ANY (revisions);
	DELETE FROM core.citation WHERE revision_id = ANY (revisions);
	DELETE FROM core.quantity WHERE revision_id = ANY (revisions);
	DELETE FROM core.required_part WHERE revision_id = ANY (revisions);
	INSERT INTO core.section
	SELECT v.revision_id, e.n, (x ->> 'level')::smallint, x ->> 'ordinal', x ->> 'heading', (x -> 'inline')::boolean,
		x ->> 'role', (x ->> 'enumerations')::integer
	FROM core.revision v,
		jsonb_path_query(v.record, 'strict $.sections.** ? (@.type() == "object")') WITH ORDINALITY e (x, n)
	WHERE v.revision_id = ANY (revisions);
	INSERT INTO core.citation
	SELECT v.revision_id, e.n, x ->> 'title', x ->> 'kind', (x ->> 'count')::integer,
		ARRAY(SELECT jsonb_array_elements_text(x -> 'nested'))
	FROM core.revision v, jsonb_array_elements(v.record -> 'citations') WITH ORDINALITY e (x, n)
	WHERE v.revision_id = ANY (revisions);
	INSERT INTO core.quantity
	SELECT v.revision_id, e.n, trim_scale(round((x ->> 'value')::numeric, 6)), x ->> 'unit', x ->> 'qualifier'
	FROM core.revision v, jsonb_array_elements(v.record -> 'quantities') WITH ORDINALITY e (x, n)
	WHERE v.revision_id = ANY (revisions);
	INSERT INTO core.required_part
	SELECT v.revision_id, e.key, e.value ->> 'status'
	FROM core.revision v, jsonb_each(v.record -> 'required_parts') e
	WHERE v.revision_id = ANY (revisions) AND v.document_type = '法治政府建设年度报告';
END;

-- What is stored already.
SELECT core.expand(array_agg(revision_id)) FROM core.revision GROUP BY revision_id / 1000;

CREATE INDEX citation_title ON core.citation (title);

-- -------- who owes which report until when

CREATE TABLE core.obligation_rule (
	rule_id       text COLLATE "C" PRIMARY KEY,
	document_type text NOT NULL,
	levels        text[] NOT NULL,                   -- of portals that owe it
	organ         text CHECK (organ IN ('government', 'department')), -- null: both
	first_year    integer NOT NULL,                  -- report years that the rule is in force for
	last_year     integer,                           -- null: still is
	due_month     integer NOT NULL CHECK (due_month BETWEEN 1 AND 12), -- last day in time, in the year after
	due_day       integer NOT NULL CHECK (due_day BETWEEN 1 AND 31),
	legal_basis   text NOT NULL
);

INSERT INTO core.obligation_rule VALUES
('law-based-government', '法治政府建设年度报告', '{province,city,county}', NULL, 2019, NULL, 3, 31,
	'《法治政府建设与责任落实督察工作规定》（厅字〔2019〕28号）第二十四条：每年4月1日之前通过报刊、网站等向社会公开上一年度法治政府建设年度报告'),
('open-government-department', '政府信息公开年度报告', '{province,city,county}', 'department', 2019, NULL, 1, 31,
	'《中华人民共和国政府信息公开条例》（国务院令第711号）第四十九条：县级以上人民政府部门每年1月31日前公布上一年度政府信息公开工作年度报告'),
('open-government-government', '政府信息公开年度报告', '{province,city,county}', 'government', 2019, NULL, 3, 31,
	'《中华人民共和国政府信息公开条例》（国务院令第711号）第四十九条：每年3月31日前向社会公布本级政府上一年度政府信息公开工作年度报告');

-- Reports of a type and a year are few among all documents.
CREATE INDEX revision_yearly ON core.revision (document_type, report_year)
	WHERE report_year IS NOT NULL AND document_type IN ('法治政府建设年度报告', '政府信息公开年度报告');

-- The same text twice: a view for now, and a function for any time, so that a year can be
-- simulated. A report counts for a portal while an address of it shows the report, from the day it
-- was published, as printed; where nothing is printed, from the day it was first seen.
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
	JOIN core.report r ON r.current_revision = v.revision_id AND r.report_id = v.report_id AND r.merged_into IS NULL
	JOIN core.sighting s ON s.report_id = r.report_id AND s.gone_at IS NULL
	CROSS JOIN LATERAL (SELECT coalesce(v.published_on,
		(r.first_seen_at AT TIME ZONE 'Asia/Shanghai')::date) AS dated_on) x
	WHERE v.report_year IS NOT NULL AND v.document_type IN ('法治政府建设年度报告', '政府信息公开年度报告')
		AND x.dated_on <= (@AT@ AT TIME ZONE 'Asia/Shanghai')::date
	ORDER BY s.portal_id, v.document_type, v.report_year, x.dated_on, r.report_id
) f ON f.portal_id = p.portal_id AND f.document_type = o.document_type AND f.report_year = y.y
$sql$;
BEGIN
	EXECUTE 'CREATE VIEW api.compliance AS ' || replace(rows, '@AT@', 'now()');
	EXECUTE 'CREATE FUNCTION api.compliance_at(at timestamptz) RETURNS SETOF api.compliance LANGUAGE sql STABLE '
		'SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ' || quote_literal(replace(rows, '@AT@', 'at'));
END
$do$;

-- -------- what the crawlers did

CREATE TABLE crawl.fetch_daily (
	day       date NOT NULL,                         -- in Shanghai
	portal_id text COLLATE "C" NOT NULL,
	outcome   text COLLATE "C" NOT NULL,             -- how visits ended: published unchanged listed …
	visits    bigint NOT NULL,
	last_at   timestamptz NOT NULL,
	PRIMARY KEY (day, portal_id, outcome)
) WITH (fillfactor = 50);

-- -------- views

CREATE OR REPLACE VIEW api.report AS
SELECT r.report_id, r.portal_id, v.title, v.index_number, v.document_number, v.agency, v.published_on,
	v.report_year, v.document_type,
	CASE WHEN live.urls = 0 THEN 'withdrawn' WHEN r.conflict THEN 'conflict' ELSE 'current' END AS status,
	(SELECT count(*) FROM core.revision x WHERE x.report_id = r.report_id)::integer AS revision_count,
	seen.urls AS sighting_count,
	v.url, v.page_sha256, v.content_sha256, r.baseline, r.first_seen_at, r.changed_at,
	v.published_at, v.signed_on, r.current_revision AS revision_id, r.conflict_with
FROM core.report r
LEFT JOIN core.revision v ON v.revision_id = r.current_revision
CROSS JOIN LATERAL (SELECT count(*)::integer AS urls FROM core.sighting s
	WHERE s.report_id = r.report_id AND s.gone_at IS NULL) live
CROSS JOIN LATERAL (SELECT count(*)::integer AS urls FROM core.sighting s
	WHERE s.report_id = r.report_id) seen
WHERE r.merged_into IS NULL;

-- The join to core.revision costs nothing where none of its columns is asked for.
CREATE VIEW api.section AS
SELECT r.report_id, s.position, s.level, s.ordinal, s.heading, s.role, s.enumerations, s.inline AS is_inline,
	(SELECT e.x ->> 'text' FROM jsonb_path_query(v.record, 'strict $.sections.** ? (@.type() == "object")')
		WITH ORDINALITY e (x, n) WHERE e.n = s.position) AS text,
	r.portal_id, v.document_type, v.report_year, s.revision_id, r.changed_at
FROM core.report r JOIN core.section s ON s.revision_id = r.current_revision
LEFT JOIN core.revision v ON v.revision_id = s.revision_id
WHERE r.merged_into IS NULL;

CREATE VIEW api.citation AS
SELECT r.report_id, c.position, c.title, c.kind, c.count, c.nested, r.portal_id, v.document_type, v.report_year,
	c.revision_id, r.changed_at
FROM core.report r JOIN core.citation c ON c.revision_id = r.current_revision
LEFT JOIN core.revision v ON v.revision_id = c.revision_id
WHERE r.merged_into IS NULL;

CREATE VIEW api.quantity AS
SELECT r.report_id, q.position, q.value, q.unit, q.qualifier,
	v.record #>> ARRAY['quantities', (q.position - 1)::text, 'context'] AS context,
	r.portal_id, v.document_type, v.report_year, q.revision_id, r.changed_at
FROM core.report r JOIN core.quantity q ON q.revision_id = r.current_revision
LEFT JOIN core.revision v ON v.revision_id = q.revision_id
WHERE r.merged_into IS NULL;

CREATE VIEW api.required_part AS
SELECT r.report_id, p.part, p.status, v.record #>> ARRAY['required_parts', p.part, 'evidence'] AS evidence,
	r.portal_id, v.report_year, p.revision_id, r.changed_at
FROM core.report r JOIN core.required_part p ON p.revision_id = r.current_revision
LEFT JOIN core.revision v ON v.revision_id = p.revision_id
WHERE r.merged_into IS NULL;

-- One look at a portal's URLs, and none at those of others where a single portal is asked for.
CREATE VIEW api.portal_health AS
SELECT p.portal_id, p.name, p.level, p.region ->> 'province' AS province, p.active, p.paused,
	u.lists, u.lists_failing, u.list_failure, u.listed_at, u.pages, u.pages_waiting, u.pages_failing,
	u.pages_refused, u.pages_gone, u.discovered_at, u.published_at, u.checked_at,
	(SELECT count(*) FROM core.report r WHERE r.portal_id = p.portal_id AND r.merged_into IS NULL) AS reports,
	(SELECT count(*) FROM core.dead_letter d WHERE d.portal_id = p.portal_id AND d.resolved_at IS NULL) AS dead_letters
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
	FROM crawl.url WHERE portal_id = p.portal_id) u;

CREATE VIEW api.fetch_daily AS
SELECT day::timestamp AT TIME ZONE 'Asia/Shanghai' AS day_at, day, portal_id, outcome, visits, last_at
FROM crawl.fetch_daily;

CREATE VIEW api.outcome_batch AS
SELECT stored_at, portal_id, outcome, messages FROM core.outcome;

CREATE VIEW api.pipeline AS
SELECT grp AS consumer_group, topic, part, next_offset, owner, epoch, updated_at FROM core.ingest_offset;

CREATE VIEW api.obligation_rule AS
SELECT rule_id, document_type, levels, organ, first_year, last_year, due_month, due_day, legal_basis,
	make_date(first_year + 1, due_month, due_day)::timestamp AT TIME ZONE 'Asia/Shanghai' AS first_due_at
FROM core.obligation_rule;

-- -------- comments: "English · 中文", the first ones too, which a full stop divided

DO $do$
DECLARE
	c record;
BEGIN
	FOR c IN
		SELECT v.oid::regclass AS view, a.attname, d.description
		FROM pg_class v JOIN pg_description d ON d.objoid = v.oid AND d.classoid = 'pg_class'::regclass
		LEFT JOIN pg_attribute a ON a.attrelid = v.oid AND a.attnum = d.objsubid AND d.objsubid > 0
		WHERE v.relnamespace = 'api'::regnamespace AND d.description NOT LIKE '% · %'
	LOOP
		EXECUTE CASE WHEN c.attname IS NULL THEN format('COMMENT ON VIEW %s IS ', c.view)
			ELSE format('COMMENT ON COLUMN %s.%I IS ', c.view, c.attname) END
			|| quote_literal(regexp_replace(c.description, '[.] ([^.]*)$', ' · \1'));
	END LOOP;
END
$do$;

COMMENT ON COLUMN api.report.published_at IS 'Time of publication as printed, Asia/Shanghai; midnight where only a day is printed · 发布时间';
COMMENT ON COLUMN api.report.signed_on IS 'Date of signature · 成文日期';
COMMENT ON COLUMN api.report.revision_id IS 'Its current revision · 当前版本编号';
COMMENT ON COLUMN api.report.conflict_with IS 'Report that had its index number first · 索引号冲突的报告';

COMMENT ON VIEW api.section IS 'Numbered sections of each report''s current text, in order. Time: changed_at · 报告当前版本的章节';
COMMENT ON COLUMN api.section.report_id IS 'Report · 报告编号';
COMMENT ON COLUMN api.section.position IS 'Place in the text, from 1 · 章节顺序';
COMMENT ON COLUMN api.section.level IS 'Depth: 1 for 一、 2 for （一） 3 for 1. 4 for （1） · 层级';
COMMENT ON COLUMN api.section.ordinal IS 'Number as printed · 章节序号';
COMMENT ON COLUMN api.section.heading IS 'Heading · 标题';
COMMENT ON COLUMN api.section.role IS 'What it is about, where its heading tells: a required part · 章节作用';
COMMENT ON COLUMN api.section.enumerations IS 'How many 一是 二是 … its own text has · 列举项数';
COMMENT ON COLUMN api.section.is_inline IS 'Whether text follows the heading on the same line · 标题后是否接正文';
COMMENT ON COLUMN api.section.text IS 'Its own text, up to the next heading of any level · 章节正文';
COMMENT ON COLUMN api.section.portal_id IS 'Portal of the report · 门户';
COMMENT ON COLUMN api.section.document_type IS 'Kind of document · 文件类型';
COMMENT ON COLUMN api.section.report_year IS 'Year that the report is about · 报告年度';
COMMENT ON COLUMN api.section.revision_id IS 'Revision that it was read from · 版本编号';
COMMENT ON COLUMN api.section.changed_at IS 'Last change of the report · 报告最近变化时间';

COMMENT ON VIEW api.citation IS 'What each report''s current text cites by 《…》. Time: changed_at · 报告当前版本引用的文件';
COMMENT ON COLUMN api.citation.report_id IS 'Report · 报告编号';
COMMENT ON COLUMN api.citation.position IS 'Place by first appearance, from 1 · 首次出现的顺序';
COMMENT ON COLUMN api.citation.title IS 'Title between 《 and 》 · 被引文件名称';
COMMENT ON COLUMN api.citation.kind IS 'law, document or other · 类别';
COMMENT ON COLUMN api.citation.count IS 'How often it is cited · 引用次数';
COMMENT ON COLUMN api.citation.nested IS 'Titles inside the title · 书名号内的书名';
COMMENT ON COLUMN api.citation.portal_id IS 'Portal of the report · 门户';
COMMENT ON COLUMN api.citation.document_type IS 'Kind of document that cites · 文件类型';
COMMENT ON COLUMN api.citation.report_year IS 'Year that the report is about · 报告年度';
COMMENT ON COLUMN api.citation.revision_id IS 'Revision that it was read from · 版本编号';
COMMENT ON COLUMN api.citation.changed_at IS 'Last change of the report · 报告最近变化时间';

COMMENT ON VIEW api.quantity IS 'Numbers with units in each report''s current text. Time: changed_at · 报告当前版本中的数量';
COMMENT ON COLUMN api.quantity.report_id IS 'Report · 报告编号';
COMMENT ON COLUMN api.quantity.position IS 'Place in the text, from 1 · 出现顺序';
COMMENT ON COLUMN api.quantity.value IS 'Number · 数值';
COMMENT ON COLUMN api.quantity.unit IS 'Unit as printed · 单位';
COMMENT ON COLUMN api.quantity.qualifier IS 'Word before it: about, over, … · 限定词';
COMMENT ON COLUMN api.quantity.context IS 'Words around it · 上下文';
COMMENT ON COLUMN api.quantity.portal_id IS 'Portal of the report · 门户';
COMMENT ON COLUMN api.quantity.document_type IS 'Kind of document · 文件类型';
COMMENT ON COLUMN api.quantity.report_year IS 'Year that the report is about · 报告年度';
COMMENT ON COLUMN api.quantity.revision_id IS 'Revision that it was read from · 版本编号';
COMMENT ON COLUMN api.quantity.changed_at IS 'Last change of the report · 报告最近变化时间';

COMMENT ON VIEW api.required_part IS 'The five parts that a 法治政府建设年度报告 must have, one row each. Time: changed_at · 法治政府建设年度报告的五个必备部分';
COMMENT ON COLUMN api.required_part.report_id IS 'Report · 报告编号';
COMMENT ON COLUMN api.required_part.part IS 'achievements, shortcomings, leader_duties, next_year_plan or other · 部分：主要举措和成效、不足和原因、第一责任人履职、下一年度安排、其他';
COMMENT ON COLUMN api.required_part.status IS 'section (has a section of its own), mentioned or absent · 状态：有专章、提及、缺失';
COMMENT ON COLUMN api.required_part.evidence IS 'Heading or sentence that shows it · 依据';
COMMENT ON COLUMN api.required_part.portal_id IS 'Portal of the report · 门户';
COMMENT ON COLUMN api.required_part.report_year IS 'Year that the report is about · 报告年度';
COMMENT ON COLUMN api.required_part.revision_id IS 'Revision that it was read from · 版本编号';
COMMENT ON COLUMN api.required_part.changed_at IS 'Last change of the report · 报告最近变化时间';

COMMENT ON VIEW api.portal_health IS 'One row per portal: what its lists and pages did last. Time: checked_at · 门户采集状况';
COMMENT ON COLUMN api.portal_health.portal_id IS 'Portal · 门户编号';
COMMENT ON COLUMN api.portal_health.name IS 'Name · 名称';
COMMENT ON COLUMN api.portal_health.level IS 'national, province, city or county · 层级';
COMMENT ON COLUMN api.portal_health.province IS 'Province · 省';
COMMENT ON COLUMN api.portal_health.active IS 'Still in a portal file · 是否启用';
COMMENT ON COLUMN api.portal_health.paused IS 'Paused by an operator · 是否暂停';
COMMENT ON COLUMN api.portal_health.lists IS 'Lists that are visited · 列表数';
COMMENT ON COLUMN api.portal_health.lists_failing IS 'Lists whose last visit failed · 失败的列表数';
COMMENT ON COLUMN api.portal_health.list_failure IS 'Why, of one of them · 列表失败原因';
COMMENT ON COLUMN api.portal_health.listed_at IS 'End of the last complete visit of a list · 列表最近完整访问时间';
COMMENT ON COLUMN api.portal_health.pages IS 'Pages known · 已知页面数';
COMMENT ON COLUMN api.portal_health.pages_waiting IS 'Pages not yet published · 等待采集的页面数';
COMMENT ON COLUMN api.portal_health.pages_failing IS 'Pages whose last visit failed · 访问失败的页面数';
COMMENT ON COLUMN api.portal_health.pages_refused IS 'Pages refused before publication: too large, off site, … · 被拒绝的页面数';
COMMENT ON COLUMN api.portal_health.pages_gone IS 'Pages that are gone · 已消失的页面数';
COMMENT ON COLUMN api.portal_health.discovered_at IS 'When a list last named a new page · 最近发现新页面的时间';
COMMENT ON COLUMN api.portal_health.published_at IS 'Last publication to the topic · 最近发布到主题的时间';
COMMENT ON COLUMN api.portal_health.checked_at IS 'Last answer of the portal · 最近一次应答时间';
COMMENT ON COLUMN api.portal_health.reports IS 'Reports first seen there · 报告数';
COMMENT ON COLUMN api.portal_health.dead_letters IS 'Dead letters that nobody has settled · 未处理的死信数';

COMMENT ON VIEW api.fetch_daily IS 'Visits by day (Asia/Shanghai), portal and outcome. Time: day_at · 每日抓取统计';
COMMENT ON COLUMN api.fetch_daily.day_at IS 'Beginning of the day · 当日零点';
COMMENT ON COLUMN api.fetch_daily.day IS 'Day in Shanghai · 日期';
COMMENT ON COLUMN api.fetch_daily.portal_id IS 'Portal · 门户';
COMMENT ON COLUMN api.fetch_daily.outcome IS 'How the visits ended: published unchanged listed failed missed refused gone · 结果';
COMMENT ON COLUMN api.fetch_daily.visits IS 'Visits · 访问次数';
COMMENT ON COLUMN api.fetch_daily.last_at IS 'End of the last of them · 最近一次时间';

COMMENT ON VIEW api.outcome_batch IS 'What became of messages, one row per batch, portal and outcome: for curves over time. Time: stored_at · 每批消息的处理结果';
COMMENT ON COLUMN api.outcome_batch.stored_at IS 'When the batch was stored · 入库时间';
COMMENT ON COLUMN api.outcome_batch.portal_id IS 'Portal; ? where the message named none · 门户';
COMMENT ON COLUMN api.outcome_batch.outcome IS 'dead attached withdrawn ignored conflict new sighting revised same · 结果';
COMMENT ON COLUMN api.outcome_batch.messages IS 'Messages · 消息数';

COMMENT ON VIEW api.pipeline IS 'Where the workers are in the topic, one row per partition. Time: updated_at · 各分区处理进度';
COMMENT ON COLUMN api.pipeline.consumer_group IS 'Consumer group · 消费组';
COMMENT ON COLUMN api.pipeline.topic IS 'Kafka topic · 主题';
COMMENT ON COLUMN api.pipeline.part IS 'Partition · 分区';
COMMENT ON COLUMN api.pipeline.next_offset IS 'Offset of the next message: all before it are settled · 下一条偏移量';
COMMENT ON COLUMN api.pipeline.owner IS 'Worker that has the partition · 处理进程';
COMMENT ON COLUMN api.pipeline.epoch IS 'How often the partition has changed hands · 接管次数';
COMMENT ON COLUMN api.pipeline.updated_at IS 'Last batch of it · 最近更新时间';

COMMENT ON VIEW api.obligation_rule IS 'Rules that say who must publish which report until when. Time: first_due_at · 报告公开义务规则';
COMMENT ON COLUMN api.obligation_rule.rule_id IS 'Rule · 规则编号';
COMMENT ON COLUMN api.obligation_rule.document_type IS 'Kind of report · 文件类型';
COMMENT ON COLUMN api.obligation_rule.levels IS 'Levels of portals that owe it · 适用层级';
COMMENT ON COLUMN api.obligation_rule.organ IS 'government or department; null: both · 机关类别：政府或部门';
COMMENT ON COLUMN api.obligation_rule.first_year IS 'First report year that it holds for · 适用的首个报告年度';
COMMENT ON COLUMN api.obligation_rule.last_year IS 'Last one; null: still in force · 适用的末个报告年度';
COMMENT ON COLUMN api.obligation_rule.due_month IS 'Month of the last day in time, in the year after · 截止月';
COMMENT ON COLUMN api.obligation_rule.due_day IS 'That day · 截止日';
COMMENT ON COLUMN api.obligation_rule.legal_basis IS 'Legal basis · 法律依据';
COMMENT ON COLUMN api.obligation_rule.first_due_at IS 'Last day in time of the first report · 首次截止日';

COMMENT ON VIEW api.compliance IS 'Every portal that owes a report × year: was it published in time. Time: due_at · 各门户各年度报告公开情况';
COMMENT ON COLUMN api.compliance.portal_id IS 'Portal · 门户编号';
COMMENT ON COLUMN api.compliance.portal_name IS 'Name · 门户名称';
COMMENT ON COLUMN api.compliance.level IS 'province, city or county · 层级';
COMMENT ON COLUMN api.compliance.province IS 'Province · 省';
COMMENT ON COLUMN api.compliance.document_type IS 'Kind of report that is owed · 文件类型';
COMMENT ON COLUMN api.compliance.report_year IS 'Year that the report is about · 报告年度';
COMMENT ON COLUMN api.compliance.due_on IS 'Last day in time · 截止日期';
COMMENT ON COLUMN api.compliance.due_at IS 'When that day ends · 截止时间';
COMMENT ON COLUMN api.compliance.status IS 'on_time, late, missing or not_due · 状态：按时、迟报、未报、未到期';
COMMENT ON COLUMN api.compliance.report_id IS 'Report that was found; the earliest · 报告编号';
COMMENT ON COLUMN api.compliance.title IS 'Its title · 标题';
COMMENT ON COLUMN api.compliance.url IS 'Where the portal shows it · 网址';
COMMENT ON COLUMN api.compliance.published_on IS 'Day that is compared · 发布日期';
COMMENT ON COLUMN api.compliance.dated_by IS 'published_on (as printed), or first_seen_at where nothing is printed · 日期来源：页面所印或首次发现';
COMMENT ON COLUMN api.compliance.days_late IS 'Days after the last day in time, up to now where it is missing · 逾期天数';
COMMENT ON COLUMN api.compliance.rule_id IS 'Rule · 规则编号';
COMMENT ON COLUMN api.compliance.legal_basis IS 'Legal basis · 法律依据';

COMMENT ON FUNCTION api.compliance_at IS 'api.compliance as it is at any time: reports of later days do not count yet · 任意时刻的公开情况';
