# SPDX-License-Identifier: MIT
"""No statement of the worker reads a large table from end to end: what auto_explain wrote of each, nested ones as well."""

import json
import re

import pytest

from suoyin.ledger import outcomes, settle
from suoyin.outbox import wait_sent
from suoyin.pages import Pages, document

URL = "http://demo.example.gov.cn/{}.html"
ROWS = 200_000
LARGE = {"report", "revision", "sighting", "sighting_past", "report_key", "dead_letter", "attachment", "outcome", "section",
         "citation", "quantity", "required_part", "search_report", "outbox"}

# As many rows of everything as ROWS, under ids and addresses that no page of the test has.
FILL = """
INSERT INTO core.report (report_id, portal_id, site, baseline, title_folded, titles, current_revision)
	SELECT 1000000 + g, 'demo', 'demo', false, 'alt' || g, ARRAY['alt' || g], 1000000 + g FROM generate_series(1, {n}) g;
INSERT INTO core.revision (revision_id, report_id, ce_time, ce_id, url, title, title_folded, body, record, content_sha256,
		page_sha256, extraction_version, config_version, topic, part, "offset", fetched_at)
	SELECT 1000000 + g, 1000000 + g, '2025-01-01', 'old' || g, 'http://old/' || g, 'alt' || g, 'alt' || g, 'text',
		'{{"sections": [], "citations": [], "quantities": [], "required_parts": {{}}}}', sha, sha, 1, 1, 'old', 0, g, '2025-01-01'
	FROM generate_series(1, {n}) g, LATERAL (SELECT md5(g::text) || md5(g::text) AS sha) s;
INSERT INTO core.report_key (site, kind, value, report_id)
	SELECT 'demo', k, 'old' || g, 1000000 + g FROM generate_series(1, {n}) g, unnest(ARRAY['content', 'docno', 'index']) k;
INSERT INTO core.sighting (site, url, report_id, revision_id, portal_id, first_seen, last_seen, last_time, last_id,
		page_sha256, content_sha256, extraction_version, config_version, settled)
	SELECT 'demo', 'http://old/' || g, 1000000 + g, 1000000 + g, 'demo', '2025-01-01', '2025-01-01', '2025-01-01', 'old' || g,
		md5(g::text), md5(g::text), 1, 1, true FROM generate_series(1, {n}) g;
INSERT INTO core.sighting_past (site, url, report_id, first_seen, left_at)
	SELECT 'demo', 'http://old/' || g, 1000000 + g, '2025-01-01', '2025-01-02' FROM generate_series(1, {n}) g;
INSERT INTO core.dead_letter (topic, part, "offset", portal_id, url, reason, detail, page_sha256, worker_version,
		resolved_at, resolution)
	SELECT 'old', 0, g, 'demo', 'http://old/' || g, 'empty', '', '', '0', CASE WHEN g % 2 = 0 THEN now() END,
		CASE WHEN g % 2 = 0 THEN 'by_hand' END FROM generate_series(1, {n}) g;
INSERT INTO core.outcome (portal_id, outcome, messages) SELECT 'old', 'old', 0 FROM generate_series(1, {n}) g;
INSERT INTO core.outbox (type, topic, part, "offset", report_id, revision_id, url, ce_id, ce_time)
	SELECT 'new', 'old', 0, g, 1000000 + g, 1000000 + g, 'http://old/' || g, 'old' || g, '2025-01-01'
	FROM generate_series(1, {n} / 4) g;
INSERT INTO core.section SELECT 1000000 + g, 1, 1, NULL, 'x', false, NULL, 0 FROM generate_series(1, {n}) g;
INSERT INTO core.citation SELECT 1000000 + g, 1, 'x', NULL, 1, '{{}}' FROM generate_series(1, {n}) g;
INSERT INTO core.quantity SELECT 1000000 + g, 1, 1 FROM generate_series(1, {n}) g;
INSERT INTO core.required_part SELECT 1000000 + g, 'x', 'x' FROM generate_series(1, {n}) g;
"""


@pytest.fixture
def pages(kafka, topic):
    return Pages(kafka, topic, partitions=2)


def plan_nodes(plan):
    yield plan
    for below in plan.get("Plans", []):
        yield from plan_nodes(below)


class Plans:
    """What the server wrote about this database's workers since mark()."""

    def __init__(self, postgres, database):
        self.postgres, self.database = postgres, database
        for setting, value in {"session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": 0,
                               "auto_explain.log_nested_statements": "on", "auto_explain.log_format": "json"}.items():
            database.query(f"ALTER ROLE suoyin_worker IN DATABASE {database.name} SET {setting} = '{value}'")
        self.mark()

    def mark(self):
        self.start = len(self.postgres.log)

    def seen(self):
        """(statement, its plan)"""
        log = self.postgres.log[self.start:]
        for found in re.finditer(rf"^\S+ \S+ \S+ \[\d+\] suoyin_worker@{self.database.name} LOG:  duration: \S+ ms  plan:\n"
                                 r"((?:\t.*\n)+)", log, re.MULTILINE):
            text = re.sub(r"^\t", "", found[1], flags=re.MULTILINE)
            told = json.loads(text, strict=False)
            yield told["Query Text"], told["Plan"]

    def written(self):
        return {node["Relation Name"] for _, plan in self.seen() for node in plan_nodes(plan)
                if node["Node Type"] == "ModifyTable"}

    def scans(self):
        """{(table, statement)} of large tables that were read from end to end."""
        return {(node["Relation Name"], query) for query, plan in self.seen() for node in plan_nodes(plan)
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE}


def everything(database, kafka, topic, pages, round_):
    """A page of each kind, a batch each, so that each statement of the worker runs."""
    at = 1000 * round_
    number = "012345678/2026-{:05}".format

    def go(kinds):
        for kind in kinds:
            kind()
        settle(database, pages, 60)

    def report(n, content="", index=None, more=0, name=None, title="报告", **how):
        body = document(f"{title}{round_}之{n}", index, content=f"{round_}{content}{n}")
        pages.publish(URL.format(name or f"{round_}-{n}"), body, at + more, **how)
    go([lambda n=n: report(n, index=number(at + n)) for n in range(8)])
    go([lambda n=n: report(n, "改", number(at + n), 1) for n in range(4)])                      # revised
    go([lambda n=n: report(n, index=number(at + n), more=2) for n in range(4, 8)])              # repeats
    go([lambda: report(1, "改", number(at + 1), 3, f"{round_}-1b")])                            # another address
    go([lambda: pages.gone(URL.format(f"{round_}-4"), at + 4), lambda: pages.gone(URL.format(f"{round_}-none"), at + 4)])
    go([lambda: report(4, index=number(at + 4), more=5)])                                       # back again
    go([lambda: report(5, "他", number(at + 50), 6, title="另一份通知")])                        # its address shows another
    go([lambda: report(9, ce_sha256="0" * 64), lambda: report(10)])                             # a dead letter
    go([lambda: report(9, more=7)])                                                             # healed
    go([lambda: report(11, index=number(at + 3), more=8)])                                      # another title, a number twice
    done = database.ctl("reprocess", "--json", "--url", URL.format(f"{round_}-2"), f"--kafka.bootstrap.servers={kafka.bootstrap}",
                        f"--topic={topic}", timeout=120)
    pages.count += json.loads(done.stdout)["sent"]
    settle(database, pages, 60)
    wait_sent(database)


WORDS = ["core.ingest_offset", "INSERT INTO core.report_key", "FOR UPDATE OF k", "INSERT INTO core.sighting", "FOR UPDATE OF s",
         "WITH RECURSIVE chain", "FROM core.report r WHERE", "FROM core.revision v JOIN", "core.dead_letter d",
         "INSERT INTO core.report ", "UPDATE core.report ", "INSERT INTO core.revision", "UPDATE core.revision",
         "UPDATE core.report_key", "UPDATE core.sighting", "INSERT INTO core.sighting_past", "INSERT INTO core.dead_letter",
         "UPDATE core.dead_letter", "INSERT INTO core.outcome", "DELETE FROM core.section", "core.outbox"]


def test_no_large_table_is_read_from_end_to_end(pipeline, postgres, kafka, topic, database, pages):
    """Statements are prepared while the tables are empty; then they grow under the same connections."""
    plans = Plans(postgres, database)
    for table in LARGE:  # an ANALYZE that sees the rows of FILL before they are committed takes them for dead
        database.query(f"ALTER TABLE core.{table} SET (autovacuum_enabled = off)")
    worker = pipeline.worker(batch__linger="20ms").start()
    for round_ in range(1, 3):
        everything(database, kafka, topic, pages, round_)
    database.psql("-c", FILL.format(n=ROWS))
    plans.mark()
    everything(database, kafka, topic, pages, 10)
    told = {"as planned before": plans.scans()}
    database.query("ANALYZE")
    plans.mark()
    for round_ in range(11, 13):
        everything(database, kafka, topic, pages, round_)
    queries = {query for query, _ in plans.seen()}
    missing = [word for word in WORDS if not any(word in query for query in queries)]
    assert not missing, f"never asked: {missing}"
    told["after ANALYZE"] = plans.scans()
    assert {"section", "citation", "quantity"} <= plans.written(), "core.expand was not looked into"
    print(f"RESULT statements={len(queries)} rows={ROWS} scans={sum(map(len, told.values()))}")
    assert not any(told.values()), "\n\n".join(f"{when}: core.{table}: {query}"
                                               for when, scans in told.items() for table, query in sorted(scans))
    assert outcomes(database)["new"] > 0 and worker.is_ready()
