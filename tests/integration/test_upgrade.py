# SPDX-License-Identifier: MIT
"""A database of any earlier version, with data in it, brought up to this one: nothing is lost and the programs go on."""

import hashlib
import json
import re

import pytest

from suoyin import ROOT

FILES = sorted((ROOT / "sql" / "schema").glob("*.sql"))
RECORD = json.loads((ROOT / "tests" / "golden" / "trs_notice_with_document_number_and_attachments" /
                     "expected.json").read_text())
SHA = "ab" * 32

# What the first version stored: a report with two revisions, one merged into it, one in conflict with it, one withdrawn.
FIRST = f"""
INSERT INTO core.portal (portal_id, site, name, home, level, region, config, config_version)
	VALUES ('old', 'old', '某市', 'http://old.example/', 'city', '{{"city": "某市"}}', '{{}}', 2);
INSERT INTO core.portal_version (portal_id, version, sha256, config) VALUES ('old', 1, 'a', '{{}}'), ('old', 2, 'b', '{{}}');
INSERT INTO core.report (report_id, portal_id, site, merged_into, conflict, conflict_with, baseline, title_folded,
	document_number, titles, index_numbers, current_revision) OVERRIDING SYSTEM VALUE VALUES
	(1, 'old', 'old', NULL, false, NULL, true, 'a', '某政发〔2024〕1号', '{{a}}', '{{000014349/2024-00001}}', 2),
	(2, 'old', 'old', 1, false, NULL, false, 'a', NULL, '{{a}}', '{{}}', 3),
	(3, 'old', 'old', NULL, true, 1, false, 'b', NULL, '{{b}}', '{{000014349/2024-00001}}', 4),
	(4, 'old', 'old', NULL, false, NULL, false, NULL, NULL, '{{}}', '{{}}', 5);
INSERT INTO core.revision (revision_id, report_id, ce_time, ce_id, url, title, title_folded, index_number, agency,
	document_type, report_year, published_on, signed_on, body, record, content_sha256, page_sha256, extraction_version,
	config_version, topic, part, "offset", fetched_at) OVERRIDING SYSTEM VALUE
	SELECT n, (ARRAY[1, 1, 2, 3, 4])[n], '2025-01-01Z'::timestamptz + n * interval '1 day', 'id-' || n, 'http://old.example/' || n,
	'题目' || n, 'a', NULL, '某局', '通知', 2024, '2025-01-01', '2025-01-01', '正文 ' || n, $record$RECORD$record$::jsonb,
	'{SHA}', '{SHA}', 1, 1, 'suoyin.pages', 0, n, '2025-01-01Z' FROM generate_series(1, 5) AS n;
INSERT INTO core.report_key (site, kind, value, report_id) VALUES ('old', 'index', '000014349/2024-00001', 1),
	('old', 'index', '000014349/2024-00001#aaaaaaaa', 3), ('old', 'docno', '某政发〔2024〕1号#a', 1);
INSERT INTO core.sighting (site, url, report_id, revision_id, portal_id, first_seen, last_seen, last_time, last_id,
	page_sha256, content_sha256, extraction_version, config_version, topic, part, "offset", gone_at)
	SELECT 'old', 'http://old.example/' || n, (ARRAY[1, 1, 2, 3, 4])[n], n, 'old', '2025-01-01Z', '2025-01-02Z', '2025-01-02Z',
	'id-' || n, '{SHA}', '{SHA}', 1, 1, 'suoyin.pages', 0, n, CASE WHEN n = 5 THEN '2025-01-02Z'::timestamptz END
	FROM generate_series(1, 5) AS n;
INSERT INTO core.sighting_past (site, url, report_id, first_seen, left_at)
	VALUES ('old', 'http://old.example/1', 3, '2025-01-01Z', '2025-01-02Z');
INSERT INTO core.attachment (site, portal_id, parent_url, url, sha256, filename, content_type, bytes, topic, part, "offset",
	fetched_at) VALUES ('old', 'old', 'http://old.example/2', 'http://old.example/a.pdf', '{SHA}', '附件.pdf',
	'application/pdf', 100, 'suoyin.pages', 0, 9, '2025-01-01Z');
INSERT INTO core.dead_letter (topic, part, "offset", portal_id, url, reason, detail, page_sha256, worker_version, resolved_at)
	VALUES ('suoyin.pages', 0, 7, 'old', 'http://old.example/7', 'empty', 'no text', '{SHA}', '0.1.0', NULL),
	('suoyin.pages', 0, 8, NULL, NULL, 'not_utf8', 'x', '{SHA}', '0.1.0', now());
INSERT INTO core.ingest_offset (grp, topic, part, next_offset, last_ce_id, epoch, owner)
	VALUES ('suoyin-worker', 'suoyin.pages', 0, 10, 'id-9', 3, 'host:1');
INSERT INTO core.outcome (portal_id, outcome, messages) VALUES ('old', 'new', 4), ('?', 'dead', 1);
SELECT setval(pg_get_serial_sequence('core.report', 'report_id'), 4),
	setval(pg_get_serial_sequence('core.revision', 'revision_id'), 5);
""".replace("RECORD", json.dumps({k: v for k, v in RECORD.items() if k != "body"}, ensure_ascii=False))

SECOND = """
INSERT INTO crawl.url (portal_id, url, kind, published_at, checked_at, sha256, failures, failure, refused, refused_bytes)
	VALUES ('old', 'http://old.example/list', 'list', NULL, now(), NULL, 2, 'tls', NULL, NULL),
	('old', 'http://old.example/1', 'page', now(), now(), 'x', 0, NULL, NULL, NULL),
	('old', 'http://old.example/big', 'page', NULL, now(), NULL, 0, NULL, 'too_large', 9000000),
	('old', 'http://old.example/new', 'page', NULL, NULL, NULL, 0, NULL, NULL, NULL);
INSERT INTO crawl.listed (list_id, url_id)
	SELECT l.url_id, p.url_id FROM crawl.url l, crawl.url p WHERE l.kind = 'list' AND p.kind = 'page';
INSERT INTO crawl.clock (host, next_at, slot_no) VALUES ('old.example', now(), 5);
"""


def apply_by_hand(database, files):
    """As the program of that day did it."""
    for path in files:
        sql = path.read_text()
        breaks = re.search(r"\n-- breaks: (.*)", sql)[1]
        database.query("SET ROLE suoyin_owner")
        database.query("CREATE TABLE IF NOT EXISTS public.suoyin_migration (number integer PRIMARY KEY, name text NOT NULL, "
                       "sha256 text NOT NULL, breaks text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())")
        database.query(sql)
        database.query("INSERT INTO public.suoyin_migration (number, name, sha256, breaks) VALUES (%s, %s, %s, %s)",
                       int(path.name[:4]), path.name, hashlib.sha256(sql.encode()).hexdigest(), breaks)
    database.query("RESET ROLE")


def contents(database):
    """table → its rows with the columns that it has now."""
    tables = {}
    for schema, table, columns in database.query(
            "SELECT n.nspname, c.relname, string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0 "
            "AND NOT attisdropped WHERE relkind = 'r' AND nspname IN ('core', 'crawl') GROUP BY 1, 2"):
        tables[f"{schema}.{table}"] = columns
    return {table: (columns, rows(database, table, columns)) for table, columns in tables.items()}


def rows(database, table, columns):
    return database.query(f"SELECT to_jsonb(t)::text FROM (SELECT {columns} FROM {table}) t ORDER BY 1")


@pytest.mark.parametrize("version", range(1, len(FILES)), ids=[path.stem for path in FILES[:-1]])
def test_an_older_database_with_data_comes_up(empty_database, version):
    apply_by_hand(empty_database, FILES[:version])
    empty_database.query(FIRST)
    if version > 1:
        empty_database.query(SECOND)
    before = contents(empty_database)
    assert sum(bool(found) for _, found in before.values()) >= (11 if version == 1 else 14)

    applied = empty_database.ctl("migrate", "up", role="suoyin_migrate").stdout.splitlines()
    assert applied == [f"applied {path.name}" for path in FILES[version:]]
    for table, (columns, found) in before.items():
        assert rows(empty_database, table, columns) == found, table
    assert empty_database.ctl("migrate", "status", role="suoyin_operator").returncode == 0
    assert json.loads(empty_database.ctl("status", "--json").stdout)["reports"]["total"] == 3
    assert empty_database.ctl("check").returncode == 0


def test_a_database_of_the_first_version_is_read_and_written_by_the_programs_of_this_one(empty_database, kafka, topic,
                                                                                        directory):
    from suoyin.pipeline import Pipeline
    apply_by_hand(empty_database, FILES[:1])
    empty_database.query(FIRST)
    empty_database.migrate()
    views = empty_database.query("SELECT format('api.%I', viewname) FROM pg_views WHERE schemaname = 'api'")
    assert len(views) >= 7
    for (view,) in views:
        empty_database.psql("-c", f"SELECT * FROM {view}", role="suoyin_readonly")
    assert empty_database.query("SELECT report_id, title, status FROM api.report ORDER BY 1") == [
        (1, "题目2", "current"), (3, "题目4", "conflict"), (4, "题目5", "withdrawn")]

    line = Pipeline(directory, kafka, empty_database, topic)
    try:
        sim = line.portalsim(portals=2, reports=6, publish_every=50).start()
        line.sync(sim.portals_file)
        line.worker().start()
        line.crawler().start()
        line.check_journal(sim, 120)
    finally:
        assert not line.close()
    assert empty_database.value("SELECT count(*) FROM api.report WHERE portal_id <> 'old'") > 0
    assert empty_database.value("SELECT count(*) FROM api.report WHERE portal_id = 'old'") == 3
