# SPDX-License-Identifier: MIT
"""Schema api, the contract for dashboards: its shape, who may see it, and what its views say."""

import re
import subprocess

import psycopg2
import pytest

from suoyin import ROOT
from suoyin.bulk import add_portal, add_reports, record
from suoyin.contract import BILINGUAL, FILE, found, promised
from suoyin.ledger import settle
from suoyin.pages import Pages, document
from suoyin.pipeline import Pipeline
from suoyin.stack import Kafka, unique
from suoyin.trees import differences

DASHBOARDS = (ROOT / "docs" / "DASHBOARDS.md").read_text()
YEARLY = "法治政府建设年度报告"
OPEN = "政府信息公开年度报告"


@pytest.fixture
def reader(database):
    connection = database.server.connect(database.name, "suoyin_readonly")
    yield connection.cursor()
    connection.close()


# -- the contract

def test_columns_stay_where_they_are(database):
    is_now, was = found(database), promised()
    lost = [line for line in was if line not in is_now]
    fresh = [line for line in is_now if line not in was]
    assert not lost, f"schema api broke its promise: {lost}. Columns are never moved, renamed, retyped or removed"
    assert not fresh, f"new in schema api; if they are meant to stay, add these lines to {FILE.name}: {fresh}"


def test_every_view_has_a_time_column_and_the_page_names_it(database):
    views = dict(database.query(
        "SELECT c.relname, array_agg(a.attname::text) FILTER (WHERE a.atttypid = 'timestamptz'::regtype)"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
        " WHERE c.relnamespace = 'api'::regnamespace GROUP BY c.relname"))
    named = dict(re.findall(r"^\| `(\w+)` \| .* \| `(\w+)`", DASHBOARDS, re.MULTILINE))
    assert set(named) == set(views)
    for view, column in named.items():
        assert column in views[view], view


def test_every_comment_is_english_and_chinese(database):
    comments = database.query(
        "SELECT c.relname || coalesce('.' || a.attname, ''), d.description FROM pg_class c"
        " JOIN LATERAL (SELECT 0 AS attnum, NULL::name AS attname UNION ALL SELECT attnum, attname FROM pg_attribute"
        "  WHERE attrelid = c.oid AND attnum > 0) a ON true"
        " LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum"
        " WHERE c.relnamespace = 'api'::regnamespace UNION ALL"
        " SELECT proname || '()', obj_description(oid, 'pg_proc') FROM pg_proc"
        " WHERE pronamespace = 'api'::regnamespace")
    assert len(comments) > 150
    assert [name for name, text in comments if not BILINGUAL.fullmatch(text or "")] == []


# -- who sees it

def test_a_reader_sees_all_of_api(database, reader):
    for view, in database.query("SELECT relname FROM pg_class WHERE relnamespace = 'api'::regnamespace"):
        reader.execute(f"SELECT * FROM {view} LIMIT 1")
    reader.execute("SELECT current_setting('statement_timeout'), current_setting('transaction_read_only')")
    assert reader.fetchone() == ("30s", "on")


@pytest.mark.parametrize("statement", [
    "SELECT * FROM core.report", "SELECT * FROM core.obligation_rule", "SELECT * FROM crawl.url",
    "SELECT core.expand('{1}')", "INSERT INTO core.report_key VALUES ('a', 'index', 'b', NULL)",
    "UPDATE core.portal SET paused = true", "DELETE FROM core.dead_letter", "TRUNCATE core.report CASCADE",
    "DELETE FROM api.dead_letter", "UPDATE api.portal SET paused = true", "INSERT INTO api.portal (portal_id) VALUES ('x')",
    "CREATE TABLE api.x (a int)", "CREATE TABLE public.x (a int)", "CREATE TEMP TABLE x (a int)", "CREATE SCHEMA x",
    "CREATE FUNCTION api.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "DROP VIEW api.report",
    "CREATE OR REPLACE VIEW api.portal AS SELECT 1 AS portal_id", "SET ROLE suoyin_owner", "SET ROLE suoyin_worker",
    "COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('/etc/passwd')",
])
def test_a_reader_sees_and_changes_nothing_else(reader, statement):
    """Also when it sets its defaults aside: rights are what guards."""
    reader.execute("SET default_transaction_read_only = off; SET transaction_read_only = off")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        reader.execute(statement)


def test_functions_with_their_owners_rights_never_look_where_the_caller_says(database):
    for name, config in database.query(
            "SELECT proname, proconfig::text FROM pg_proc WHERE prosecdef AND pronamespace::regnamespace::text"
            " IN ('api', 'core', 'crawl')"):
        assert "search_path=pg_catalog, pg_temp" in (config or ""), name


# -- what the views say

def structure():
    def section(heading, level, *children, **more):
        return {"level": level, "ordinal": "一、", "heading": heading, "inline": False, "role": None,
                "text": f"{heading}的正文", "enumerations": 2, "children": list(children), **more}
    return record(
        sections=[section("甲", 1, section("乙", 2, section("丙", 3)), section("丁", 2)), section("戊", 1, role="other")],
        citations=[{"title": "宪法", "count": 3, "kind": "law", "nested": []},
                   {"title": "关于印发《条例》的通知", "count": 1, "kind": "document", "nested": ["条例"]}],
        quantities=[{"value": 12, "unit": "件", "qualifier": "约", "context": "约12件"},
                    {"value": 99.900000000000006, "unit": "%", "qualifier": None, "context": "99.9%"},
                    {"value": None, "unit": None, "qualifier": None, "context": "若干"}],
        required_parts={part: {"status": "section", "evidence": f"依据{part}"} for part in
                        ("achievements", "shortcomings", "leader_duties", "next_year_plan", "other")})


ROWS = {
    "section": ("SELECT position, level, heading, role, enumerations, is_inline, text FROM api.section ORDER BY 1",
                [(1, 1, "甲", None, 2, False, "甲的正文"), (2, 2, "乙", None, 2, False, "乙的正文"),
                 (3, 3, "丙", None, 2, False, "丙的正文"), (4, 2, "丁", None, 2, False, "丁的正文"),
                 (5, 1, "戊", "other", 2, False, "戊的正文")]),
    "citation": ("SELECT position, title, count, kind, nested FROM api.citation ORDER BY 1",
                 [(1, "宪法", 3, "law", []), (2, "关于印发《条例》的通知", 1, "document", ["条例"])]),
    "quantity": ("SELECT position, value::text, unit, qualifier, context FROM api.quantity ORDER BY 1",
                 [(1, "12", "件", "约", "约12件"), (2, "99.9", "%", None, "99.9%"), (3, None, None, None, "若干")]),
    "required_part": ("SELECT part, status, evidence FROM api.required_part ORDER BY 1",
                      [(part, "section", f"依据{part}") for part in
                       ("achievements", "leader_duties", "next_year_plan", "other", "shortcomings")]),
}


def test_what_a_report_says_comes_as_rows(database):
    add_reports(database, [{"title": "甲", "type": YEARLY, "year": 2024, "record": structure()}])
    database.query("SELECT core.expand('{1}')")
    for sql, rows in ROWS.values():
        assert database.query(sql) == rows
    database.query("SELECT core.expand('{1}')")  # again: the same
    assert database.value("SELECT count(*) FROM api.section") == 5
    database.query("UPDATE core.report SET current_revision = NULL")
    for view in ROWS:
        assert database.value(f"SELECT count(*) FROM api.{view}") == 0


def test_what_was_stored_before_is_there_after_the_migration(empty_database):
    """The schema as it was before sections were rows, with a report in it."""
    schema = sorted((ROOT / "sql" / "schema").glob("*.sql"))
    older = schema[:next(i for i, path in enumerate(schema) if "CREATE TABLE core.section" in path.read_text())]
    empty_database.query("SET ROLE suoyin_owner; CREATE TABLE public.suoyin_migration (number integer PRIMARY KEY,"
                         " name text NOT NULL, sha256 text NOT NULL, breaks text NOT NULL,"
                         " applied_at timestamptz NOT NULL DEFAULT now())")
    for path in older:
        empty_database.query(path.read_text().replace("%", "%%"))
        sha = subprocess.run(["sha256sum", path], check=True, capture_output=True, text=True).stdout.split()[0]
        empty_database.query("INSERT INTO public.suoyin_migration VALUES (%s, %s, %s, %s)",
                             int(path.name[:4]), path.name, sha, re.search("-- breaks: (.*)", path.read_text())[1])
    empty_database.query("RESET ROLE")
    add_reports(empty_database, [{"title": "甲", "type": YEARLY, "year": 2024, "record": structure()}])
    empty_database.migrate()
    for sql, rows in ROWS.values():
        assert empty_database.query(sql) == rows


def test_the_worker_writes_rows_with_the_revision(pipeline, kafka, topic, database):
    pages, worker = Pages(kafka, topic), pipeline.worker().start()
    url = "http://demo.example.gov.cn/1.html"
    for at, law in ((1, "民法典"), (2, "行政处罚法")):
        body = document("关于2024年法治政府建设情况的报告", content=f"《{law}》处理12件").replace(
            "<p>第0段".encode(), "<p>一、主要举措和成效</p><p>第0段".encode())
        pages.publish(url, body, at)
        settle(database, pages)
        assert database.query("SELECT DISTINCT title FROM api.citation") == [(law,)]
    assert database.query("SELECT heading, role, text LIKE '%%《行政处罚法》%%' FROM api.section") == [
        ("主要举措和成效", "achievements", True)]
    assert database.query("SELECT DISTINCT value::int, unit FROM api.quantity") == [(12, "件")]
    pages.publish(url, body, 3, ce_configversion="2")  # the revision is rewritten
    settle(database, pages)
    assert database.query("SELECT count(*) FROM api.section") == [(1,)]
    assert database.value("SELECT count(DISTINCT revision_id) FROM core.section") == 2
    assert worker.is_live()


def test_odd_texts_and_amounts_are_the_same_rows_by_either_way(pipeline, kafka, topic, database):
    pages, odd = Pages(kafka, topic), pipeline.worker().start()
    amounts = ("0.0000005%", "0.0000004%", "12.3456785万元", "999999.9999995亿元", "1234567890.1234567件",
               "123456789012345678件", "0.1件", "100件", "3.50件", "约7余件")
    content = "；".join(amounts) + "；《甲\\t\"乙\"》《关于印发《丙\\》《{丁,戊}》的通知》"
    body = document("关于2024年法治政府建设情况的报告", content=content).replace(
        "<p>第0段".encode(), "<p>一、主要\\举措\\N</p><p>第0段".encode())
    pages.publish("http://demo.example.gov.cn/1.html", body, 1)
    settle(database, pages)
    assert differences(database) == {}
    values = [str(v) for v, in database.query("SELECT value FROM core.quantity ORDER BY position LIMIT 10")]
    assert values == ["0.000001", "0", "12.345679", "1000000", "1234567890.123457", "123456789012345680", "0.1", "100",
                      "3.5", "7"]
    assert database.value("SELECT heading FROM core.section LIMIT 1") == "主要\\举措\\N"
    assert '甲\\t"乙"' in [title for title, in database.query("SELECT title FROM core.citation")]
    assert odd.is_live()


# -- who owes what

def status(database, at, portal="p", document_type=YEARLY, year=2024):
    return database.query(
        "SELECT status, published_on::text, dated_by, days_late FROM api.compliance_at(%s)"
        " WHERE portal_id = %s AND document_type = %s AND report_year = %s", at, portal, document_type, year)


def test_a_year_of_compliance(database):
    """The last day in time is 31 March, in Shanghai; days before a report came it was not there yet."""
    add_portal(database, "p")
    add_portal(database, "late")
    add_reports(database, [
        {"portal": "p", "title": "甲", "type": YEARLY, "year": 2024, "published_on": "2025-03-31"},
        {"portal": "late", "title": "乙", "type": YEARLY, "year": 2024, "published_on": "2025-04-02"},
        {"portal": "late", "title": "丙", "type": YEARLY, "year": 2024, "published_on": "2025-05-02"}])
    assert status(database, "2024-12-31T23:00+08") == []
    assert status(database, "2025-01-01T00:00+08") == [("not_due", None, None, 0)]
    assert status(database, "2025-03-31T00:00+08") == [("on_time", "2025-03-31", "published_on", 0)]
    assert status(database, "2025-03-31T23:59+08", "late") == [("not_due", None, None, 0)]
    assert status(database, "2025-04-01T00:00+08", "late") == [("missing", None, None, 1)]
    assert status(database, "2026-01-01", "late") == [("late", "2025-04-02", "published_on", 2)]
    assert status(database, "2026-01-01", "late", year=2023) == [("missing", None, None, 641)]
    assert database.value("SELECT due_at FROM api.compliance WHERE portal_id = 'p' AND report_year = 2024"
                          " AND document_type = %s", YEARLY).isoformat() == "2025-03-31T16:00:00+00:00"


def test_what_counts_as_published(database):
    for portal in ("gone", "merged", "undated", "year", "type"):
        add_portal(database, portal)
    ids = add_reports(database, [
        {"portal": "gone", "title": "甲", "type": YEARLY, "year": 2024, "published_on": "2025-01-01",
         "gone_at": "2025-06-01"},
        {"portal": "merged", "title": "甲", "type": YEARLY, "year": 2024, "published_on": "2025-01-01"},
        {"portal": "undated", "title": "甲", "type": YEARLY, "year": 2024, "first_seen": "2025-04-01T15:00Z"},
        {"portal": "year", "title": "甲", "type": YEARLY, "year": 2023, "published_on": "2025-01-01"},
        {"portal": "type", "title": "甲", "type": "通知", "year": 2024, "published_on": "2025-01-01"}])
    database.query("UPDATE core.report SET merged_into = %s WHERE report_id = %s", ids[0], ids[1])
    for portal in ("gone", "merged", "year", "type"):
        assert status(database, "2026-01-01", portal)[0][0] == "missing", portal
    assert status(database, "2026-01-01", "undated") == [("late", "2025-04-01", "first_seen_at", 1)]


def test_who_owes_what_is_said_by_rules(database):
    add_portal(database, "gov", "示例市人民政府门户网站", "city")
    add_portal(database, "office", "示例市人民政府办公室", "city")
    add_portal(database, "ministry", "某部", "national")
    add_portal(database, "unknown", "某地", None)
    add_portal(database, "former", active=False)
    due = dict(database.query("SELECT portal_id || ' ' || document_type, due_on::text FROM api.compliance_at('2026-07-01')"
                              " WHERE report_year = 2025"))
    assert due == {f"gov {YEARLY}": "2026-03-31", f"gov {OPEN}": "2026-03-31",
                   f"office {YEARLY}": "2026-03-31", f"office {OPEN}": "2026-01-31"}
    assert database.value("SELECT min(report_year) FROM api.compliance") == 2019
    assert database.value("SELECT count(*) FROM api.compliance WHERE legal_basis NOT LIKE '《%%》%%第%%条：%%'") == 0
    operator = database.server.connect(database.name, "suoyin_operator").cursor()
    operator.execute("UPDATE core.obligation_rule SET last_year = 2020, levels = '{national}' WHERE document_type = %s",
                     [YEARLY])
    assert database.query("SELECT portal_id, report_year FROM api.compliance_at('2026-07-01') WHERE document_type = %s"
                          " ORDER BY 2", YEARLY) == [("ministry", 2019), ("ministry", 2020)]


def test_a_rule_for_reports_of_any_type_finds_them(database):
    add_portal(database, "p")
    add_reports(database, [{"portal": "p", "title": "甲", "type": "工作报告", "year": 2024, "published_on": "2025-02-01"}])
    operator = database.server.connect(database.name, "suoyin_operator").cursor()
    operator.execute("INSERT INTO core.obligation_rule (rule_id, document_type, levels, first_year, due_month, due_day,"
                     " legal_basis) VALUES ('work', '工作报告', '{county}', 2024, 1, 31, '…')")
    assert status(database, "2026-01-01", document_type="工作报告") == [("late", "2025-02-01", "published_on", 1)]


# -- the ten queries of docs/DASHBOARDS.md

QUERIES = re.findall(r"^### ([^\n]*)\n\n```sql\n(.*?)```\n\n```\n(.*?)\n```$", DASHBOARDS, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def demo(postgres, kafka, run_directory):
    """The data of the demo, and who reads it."""
    directory = run_directory / unique("dashboards")
    directory.mkdir()
    database = postgres.create_database(unique("demo")).migrate()
    pipeline = Pipeline(directory, kafka, database, Kafka.topic())
    sim = pipeline.portalsim(portals=4, reports=40, publish_every=200).start()
    pipeline.sync(sim.portals_file)
    pipeline.worker().start()
    crawler = pipeline.crawler().start()
    pipeline.check_journal(sim, 120)
    assert crawler.stop() == 0
    database.published = crawler.tail()
    pipeline.close()
    yield database
    database.drop()


def test_there_are_ten_queries():
    assert len(QUERIES) >= 10 and DASHBOARDS.count("```sql") == len(QUERIES)


@pytest.mark.parametrize("name, sql, printed", QUERIES, ids=[name for name, _, _ in QUERIES])
def test_each_query_of_the_page_answers_as_printed(demo, name, sql, printed):
    connection = demo.server.connect(demo.name, "suoyin_readonly")
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert [column.name for column in cursor.description] == printed.splitlines()[0].replace("|", " ").split()
        assert cursor.fetchall()
    connection.close()


def test_visits_are_counted_by_day(demo):
    """As many visits ended in a publication as messages were judged; every answer of a portal is in it."""
    assert demo.value("SELECT sum(visits) FROM api.fetch_daily WHERE outcome IN ('published', 'gone')") == \
        demo.value("SELECT sum(messages) FROM api.outcome")
    assert demo.value("SELECT sum(visits) FROM api.fetch_daily WHERE outcome = 'listed'") >= 8
    assert demo.value("SELECT count(*) FROM api.fetch_daily WHERE day_at > last_at OR outcome = 'released'") == 0


def test_portals_are_healthy(demo):
    rows = demo.query("SELECT lists, lists_failing, pages = reports + (SELECT count(*) FROM api.sighting s WHERE"
                      " s.portal_id = h.portal_id) - (SELECT count(DISTINCT report_id) FROM api.sighting s WHERE"
                      " s.portal_id = h.portal_id), checked_at IS NOT NULL, listed_at IS NOT NULL FROM api.portal_health h")
    assert rows == 4 * [(2, 0, True, True, True)]
    assert demo.query("SELECT portal_id, state FROM api.portal_health WHERE state <> 'ok'") == []


def test_a_portal_is_as_its_worst_part_and_the_visit_that_shows_it_is_told(database):
    for portal in ("well", "ill", "new"):
        add_portal(database, portal)
    database.query(
        "INSERT INTO crawl.health (portal_id, scope, state, since, bad, seen, evidence_url, evidence_status, evidence_why)"
        " VALUES ('well', 'pages', 'ok', '2026-01-01', 0, 9, NULL, NULL, NULL),"
        " ('ill', 'pages', 'ok', '2026-01-01', 0, 9, NULL, NULL, NULL),"
        " ('ill', 'http://x/list', 'http_error', '2026-02-01', 5, 6, 'http://x/list', 503, 'status')")
    assert database.query("SELECT portal_id, state, state_since::date::text, evidence->>'scope', evidence->>'status'"
                          " FROM api.portal_health ORDER BY 1") == [
        ("ill", "http_error", "2026-02-01", "http://x/list", "503"), ("new", None, None, None, None),
        ("well", "ok", "2026-01-01", "pages", None)]


def test_the_rows_are_those_of_the_records(demo):
    """Sections, citations and quantities: as many as the records hold, in all reports."""
    sections = ("WITH RECURSIVE s AS (SELECT x FROM api.report_revision v, jsonb_array_elements(record->'sections') x"
                " WHERE is_current UNION ALL SELECT y FROM s, jsonb_array_elements(x->'children') y)"
                " SELECT heading, x->>'text' FROM s, LATERAL (SELECT x->>'heading' AS heading) h ORDER BY 1, 2")
    assert demo.query("SELECT heading, text FROM api.section ORDER BY 1, 2") == demo.query(sections)
    for view, key in (("citation", "citations"), ("quantity", "quantities")):
        assert demo.value(f"SELECT count(*) FROM api.{view}") == demo.value(
            f"SELECT sum(jsonb_array_length(record->'{key}')) FROM api.report_revision WHERE is_current") > 40
