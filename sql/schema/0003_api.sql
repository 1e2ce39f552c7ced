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

-- Comments: part of the contract, in English and Chinese.

COMMENT ON VIEW api.report IS 'One row per document: what its newest text says. 每份文件一行，取最新版本';
COMMENT ON COLUMN api.report."report_id" IS 'Number of the report, for ever the same. 报告编号';
COMMENT ON COLUMN api.report."portal_id" IS 'Portal that published it first. 首发门户';
COMMENT ON COLUMN api.report."title" IS 'Title as printed. 标题';
COMMENT ON COLUMN api.report."index_number" IS 'Index number, normal form. 索引号（规范形式）';
COMMENT ON COLUMN api.report."document_number" IS 'Document number, normal form. 文号（规范形式）';
COMMENT ON COLUMN api.report."agency" IS 'Issuing agency as printed. 发布机构';
COMMENT ON COLUMN api.report."published_on" IS 'Date of publication as printed, Asia/Shanghai. 发布日期';
COMMENT ON COLUMN api.report."report_year" IS 'Year that the report is about. 报告年度';
COMMENT ON COLUMN api.report."document_type" IS 'Kind of document. 文件类型';
COMMENT ON COLUMN api.report."status" IS 'current, conflict (its index number is used by another report) or withdrawn (no address shows it any more). 状态';
COMMENT ON COLUMN api.report."revision_count" IS 'Texts it has had. 版本数';
COMMENT ON COLUMN api.report."sighting_count" IS 'Addresses it is or was seen at. 出现的网址数';
COMMENT ON COLUMN api.report."url" IS 'Address of the current text. 当前文本的网址';
COMMENT ON COLUMN api.report."page_sha256" IS 'SHA-256 of the bytes that the current text was read from. 原始字节摘要';
COMMENT ON COLUMN api.report."content_sha256" IS 'SHA-256 of what the page says (docs/ARCHITECTURE.md). 内容摘要';
COMMENT ON COLUMN api.report."baseline" IS 'Found by a portal''s first visit, so not news. 首次采集时已存在';
COMMENT ON COLUMN api.report."first_seen_at" IS 'When the report was first stored. 首次入库时间';
COMMENT ON COLUMN api.report."changed_at" IS 'Last change that a reader would notice. 最近变化时间';

COMMENT ON VIEW api.report_revision IS 'Every text that a report has had. 报告的每个版本';
COMMENT ON COLUMN api.report_revision."revision_id" IS 'Number of the revision. 版本编号';
COMMENT ON COLUMN api.report_revision."report_id" IS 'Its report. 所属报告';
COMMENT ON COLUMN api.report_revision."portal_id" IS 'Portal of the report. 门户';
COMMENT ON COLUMN api.report_revision."url" IS 'Address it was read at. 网址';
COMMENT ON COLUMN api.report_revision."title" IS 'Title as printed. 标题';
COMMENT ON COLUMN api.report_revision."index_number" IS 'Index number, normal form. 索引号';
COMMENT ON COLUMN api.report_revision."document_number" IS 'Document number, normal form. 文号';
COMMENT ON COLUMN api.report_revision."agency" IS 'Issuing agency. 发布机构';
COMMENT ON COLUMN api.report_revision."published_on" IS 'Date of publication as printed. 发布日期';
COMMENT ON COLUMN api.report_revision."report_year" IS 'Year that it is about. 报告年度';
COMMENT ON COLUMN api.report_revision."document_type" IS 'Kind of document. 文件类型';
COMMENT ON COLUMN api.report_revision."signed_on" IS 'Date of signature. 成文日期';
COMMENT ON COLUMN api.report_revision."body" IS 'Text, paragraphs by line feed. 正文';
COMMENT ON COLUMN api.report_revision."record" IS 'The whole record but the body (docs/ARCHITECTURE.md). 完整记录（不含正文）';
COMMENT ON COLUMN api.report_revision."is_current" IS 'Whether it is the newest text. 是否当前版本';
COMMENT ON COLUMN api.report_revision."content_sha256" IS 'SHA-256 of what it says. 内容摘要';
COMMENT ON COLUMN api.report_revision."page_sha256" IS 'SHA-256 of the bytes. 原始字节摘要';
COMMENT ON COLUMN api.report_revision."extraction_version" IS 'Version of the extractor that read it. 提取器版本';
COMMENT ON COLUMN api.report_revision."config_version" IS 'Version of the portal''s rules. 门户配置版本';
COMMENT ON COLUMN api.report_revision."topic" IS 'Kafka topic that holds the bytes. 主题';
COMMENT ON COLUMN api.report_revision."part" IS 'Partition. 分区';
COMMENT ON COLUMN api.report_revision."offset" IS 'Offset. 偏移量';
COMMENT ON COLUMN api.report_revision."fetched_at" IS 'When the crawler fetched it. 抓取时间';
COMMENT ON COLUMN api.report_revision."stored_at" IS 'When it was stored. 入库时间';

COMMENT ON VIEW api.sighting IS 'One row per address: what it shows now. 每个网址一行';
COMMENT ON COLUMN api.sighting."report_id" IS 'Report that it shows; null: gone before it was ever stored. 所示报告';
COMMENT ON COLUMN api.sighting."portal_id" IS 'Portal. 门户';
COMMENT ON COLUMN api.sighting."site" IS 'Scope of deduplication. 去重范围';
COMMENT ON COLUMN api.sighting."url" IS 'Canonical address. 规范网址';
COMMENT ON COLUMN api.sighting."revision_id" IS 'Revision that it shows. 所示版本';
COMMENT ON COLUMN api.sighting."first_seen" IS 'First message about this address and report. 首次发现';
COMMENT ON COLUMN api.sighting."last_seen" IS 'Last message about it. 最近消息';
COMMENT ON COLUMN api.sighting."gone_at" IS 'Since when it is gone; null: live. 消失时间';
COMMENT ON COLUMN api.sighting."page_sha256" IS 'SHA-256 of its last bytes. 原始字节摘要';
COMMENT ON COLUMN api.sighting."content_sha256" IS 'SHA-256 of what they say. 内容摘要';
COMMENT ON COLUMN api.sighting."topic" IS 'Kafka topic of the last message. 主题';
COMMENT ON COLUMN api.sighting."part" IS 'Partition. 分区';
COMMENT ON COLUMN api.sighting."offset" IS 'Offset. 偏移量';

COMMENT ON VIEW api.attachment IS 'Files that pages link. 附件';
COMMENT ON COLUMN api.attachment."attachment_id" IS 'Number of the attachment. 附件编号';
COMMENT ON COLUMN api.attachment."report_id" IS 'Report of the page that links it; null while that page is not known. 所属报告';
COMMENT ON COLUMN api.attachment."portal_id" IS 'Portal. 门户';
COMMENT ON COLUMN api.attachment."parent_url" IS 'Page that links it. 来源页面';
COMMENT ON COLUMN api.attachment."url" IS 'Address of the file. 文件网址';
COMMENT ON COLUMN api.attachment."filename" IS 'Name as linked. 文件名';
COMMENT ON COLUMN api.attachment."content_type" IS 'Type as the portal sent it. 类型';
COMMENT ON COLUMN api.attachment."bytes" IS 'Size. 字节数';
COMMENT ON COLUMN api.attachment."sha256" IS 'SHA-256 of the file. 摘要';
COMMENT ON COLUMN api.attachment."topic" IS 'Kafka topic that holds it. 主题';
COMMENT ON COLUMN api.attachment."part" IS 'Partition. 分区';
COMMENT ON COLUMN api.attachment."offset" IS 'Offset. 偏移量';
COMMENT ON COLUMN api.attachment."fetched_at" IS 'When it was fetched. 抓取时间';

COMMENT ON VIEW api.dead_letter IS 'Messages that could not be used, with the reason. 死信';
COMMENT ON COLUMN api.dead_letter."topic" IS 'Kafka topic. 主题';
COMMENT ON COLUMN api.dead_letter."part" IS 'Partition. 分区';
COMMENT ON COLUMN api.dead_letter."offset" IS 'Offset. 偏移量';
COMMENT ON COLUMN api.dead_letter."portal_id" IS 'Portal, where the message names one. 门户';
COMMENT ON COLUMN api.dead_letter."url" IS 'Address, where the message names one. 网址';
COMMENT ON COLUMN api.dead_letter."reason" IS 'Stable word for the reason (docs/OPERATIONS.md). 原因';
COMMENT ON COLUMN api.dead_letter."detail" IS 'The reason for a person. 说明';
COMMENT ON COLUMN api.dead_letter."page_sha256" IS 'SHA-256 of the value. 摘要';
COMMENT ON COLUMN api.dead_letter."fetched_at" IS 'When the page was fetched. 抓取时间';
COMMENT ON COLUMN api.dead_letter."worker_version" IS 'Version of the worker. 程序版本';
COMMENT ON COLUMN api.dead_letter."stored_at" IS 'When it was set aside. 记录时间';
COMMENT ON COLUMN api.dead_letter."resolved_at" IS 'When somebody settled it. 处理时间';

COMMENT ON VIEW api.portal IS 'The portals that are watched. 监测的门户';
COMMENT ON COLUMN api.portal."portal_id" IS 'Id of the portal. 门户编号';
COMMENT ON COLUMN api.portal."site" IS 'Scope of deduplication. 去重范围';
COMMENT ON COLUMN api.portal."name" IS 'Name. 名称';
COMMENT ON COLUMN api.portal."home" IS 'Home page. 首页';
COMMENT ON COLUMN api.portal."level" IS 'national, province, city or county. 层级';
COMMENT ON COLUMN api.portal."province" IS 'Province. 省';
COMMENT ON COLUMN api.portal."city" IS 'City. 市';
COMMENT ON COLUMN api.portal."county" IS 'County. 县';
COMMENT ON COLUMN api.portal."config_version" IS 'Current version of its rules. 配置版本';
COMMENT ON COLUMN api.portal."active" IS 'Still in a portal file. 是否启用';
COMMENT ON COLUMN api.portal."paused" IS 'Paused by an operator. 是否暂停';
COMMENT ON COLUMN api.portal."synced_at" IS 'Last sync. 同步时间';

COMMENT ON VIEW api.outcome IS 'What became of the messages of each portal. 各门户消息的处理结果';
COMMENT ON COLUMN api.outcome."portal_id" IS 'Portal; ? where the message named none. 门户';
COMMENT ON COLUMN api.outcome."outcome" IS 'dead attached withdrawn ignored conflict new sighting revised same (docs/ARCHITECTURE.md). 结果';
COMMENT ON COLUMN api.outcome."messages" IS 'Messages. 消息数';
COMMENT ON COLUMN api.outcome."last_at" IS 'When the last one was stored. 最近时间';
