# SPDX-License-Identifier: MIT
"""suoyinctl reprocess: stored pages read again, by today's rules; fields change and nothing else does."""

import json

import pytest

from suoyin import wait_until
from suoyin.ledger import outcomes, settle
from suoyin.outbox import Feed, told, wait_sent
from suoyin.pages import Pages, document

URL = "http://demo.example.gov.cn/{}.html"
NUMBER = "012345678/2026-{:05d}"

PORTALS = """portals:
- id: demo
  name: 示例
  home: http://demo.example.gov.cn/
  lists: [{url: 'http://demo.example.gov.cn/list', rows: //li}]
"""
RULES = """  extract: {agency: "//b[@class='who']", index_number: "//b[@class='no']"}
"""


def page(title, content, who="", number=""):
    """What the rules find, the extractor does not look for."""
    marks = f"<b class='who'>{who}</b><b class='no'>{number}</b>".encode()
    return document(title, content=content).replace(b"</body>", marks + b"</body>")


@pytest.fixture
def pages(kafka, topic):
    return Pages(kafka, topic, partitions=3)


@pytest.fixture
def reports(kafka, topic):
    feed = Feed(kafka, f"{topic}.reports")
    yield feed
    feed.close()


@pytest.fixture
def rules(pipeline, directory):
    """Syncs the portal, without or with rules."""
    def sync(text):
        path = directory / "demo.yaml"
        path.write_text(PORTALS + text)
        pipeline.sync(path)
    return sync


@pytest.fixture
def reprocess(database, kafka, topic, pages):
    """The answer of suoyinctl reprocess; what it sent counts as published."""
    def run(*arguments, check=True):
        done = database.ctl("reprocess", "--json", *arguments, f"--kafka.bootstrap.servers={kafka.bootstrap}",
                            f"--topic={topic}", check=check, timeout=120)
        if done.returncode != 0:
            return done
        answer = json.loads(done.stdout)
        pages.count += answer["sent"]
        return answer
    return run


def state(database):
    """All that must not change."""
    return (database.query("SELECT report_id, status, revision_count, sighting_count, url, page_sha256, first_seen_at,"
                           " changed_at FROM api.report ORDER BY 1"),
            database.query("SELECT revision_id, report_id, url, page_sha256, is_current, topic, part, \"offset\","
                           " fetched_at, stored_at FROM api.report_revision ORDER BY 1"),
            database.query("SELECT site, url, report_id, revision_id, first_seen, last_seen, gone_at, page_sha256, topic,"
                           " part, \"offset\" FROM api.sighting ORDER BY 1, 2"))


def test_fields_follow_and_no_revision_comes_of_it(pipeline, database, pages, rules, reprocess, reports):
    rules("")
    worker = pipeline.worker().start()
    first, second = page("报告甲", "一", "甲局"), page("报告甲", "二", "甲局")
    noisy = second.replace(b"</body>", b"<!-- made at noon --></body>")
    for at, body in enumerate((first, second, noisy), 1):
        pages.publish(URL.format(1), body, at)
    pages.publish(URL.format(2), page("报告乙", "三", "乙局"), 1)
    pages.publish(URL.format(3), page("报告丙", "四", "丙局"), 1)
    pages.gone(URL.format(3), 2)
    settle(database, pages)
    before = state(database)
    wait_sent(database)
    events = len(reports.events())
    rules(RULES)
    assert reprocess("--portal", "demo", "--dry-run") == \
        {"revisions": 4, "addresses": 1, "sent": 0, "dry_run": True, "done": False}
    assert reprocess("--portal", "demo")["sent"] == 5
    settle(database, pages)
    assert state(database) == before
    assert database.query("SELECT title, agency, config_version FROM api.report_revision ORDER BY fetched_at, title") \
        == sorted([("报告丙", "丙局", 2), ("报告乙", "乙局", 2), ("报告甲", "甲局", 2)]) + [("报告甲", "甲局", 2)]
    assert outcomes(database) == {"new": 3, "revised": 1, "same": 1 + 5, "withdrawn": 1}
    assert database.query("SELECT DISTINCT config_version FROM core.sighting WHERE gone_at IS NULL") == [(2,)]
    wait_sent(database)
    assert len(reports.events()) == events
    assert database.query("SELECT who <> '', what, details->>'state', (details->>'sent')::int, details->'asked'->>'portal'"
                          " FROM core.audit ORDER BY at") == \
        [(True, "reprocess", "begun", 0, "demo"), (True, "reprocess", "sent", 5, "demo")]
    # and it is what the next visit finds: the same bytes are known, other noise is no revision
    pages.publish(URL.format(1), noisy, 10, ce_configversion="2")
    pages.publish(URL.format(2), page("报告乙", "三", "乙局"), 10, ce_configversion="2")
    settle(database, pages)
    assert worker.metric("suoyin_repeats_total") == 2
    pages.publish(URL.format(1), noisy + b"<!-- -->", 11, ce_configversion="2")
    settle(database, pages)
    assert database.value("SELECT count(*) FROM core.revision") == 4


def test_numbers_found_now_bring_two_records_of_one_document_together(pipeline, database, pages, rules, reprocess,
                                                                       reports):
    rules("")
    pipeline.worker().start()
    for n in (1, 2):
        pages.publish(URL.format(n), page("报告甲", f"版本{n}", number=NUMBER.format(7)), n)
    settle(database, pages)
    assert database.value("SELECT count(*) FROM api.report") == 2
    rules(RULES)
    reprocess("--all")
    settle(database, pages)
    assert database.query("SELECT index_number, sighting_count, status FROM api.report") == \
        [(NUMBER.format(7), 2, "current")]
    assert database.value("SELECT count(*) FROM core.report WHERE merged_into IS NOT NULL") == 1
    wait_sent(database)
    gone = database.value("SELECT report_id FROM core.report WHERE merged_into IS NOT NULL")
    assert ("merged", gone) in told(reports)
    texts, events = database.value("SELECT count(*) FROM api.report_revision"), len(told(reports))
    reprocess("--all")
    settle(database, pages)
    wait_sent(database)
    assert database.value("SELECT count(*) FROM api.report_revision") == texts
    assert len(told(reports)) == events


def test_a_number_of_another_document_opens_a_conflict_and_makes_no_report(pipeline, database, pages, rules, reprocess):
    rules("")
    pipeline.worker().start()
    pages.publish(URL.format(1), document("报告甲", NUMBER.format(7), content="一"), 1)
    pages.publish(URL.format(2), page("报告乙", "二", number=NUMBER.format(7)), 2)
    pages.publish(URL.format(3), page("报告乙", "二", number=NUMBER.format(7)), 3)  # its second live address
    settle(database, pages)
    assert database.value("SELECT count(*) FROM api.report") == 2
    rules(RULES)
    reprocess("--all")
    settle(database, pages)
    assert sorted(database.query("SELECT title, status, sighting_count FROM api.report")) == \
        sorted([("报告甲", "current", 1), ("报告乙", "conflict", 2)])


def test_a_text_whose_address_shows_another_report_now_is_read_again_alone(pipeline, database, pages, rules, reprocess):
    rules("")
    pipeline.worker().start()
    pages.publish(URL.format(1), document("报告甲", NUMBER.format(1), content="一"), 1)
    pages.publish(URL.format(1), document("报告乙", NUMBER.format(2), content="二"), 2)
    settle(database, pages)
    before = state(database)
    database.query("UPDATE core.revision SET agency = NULL, extraction_version = 0")
    assert reprocess("--report", database.value("SELECT report_id FROM api.report WHERE title = '报告甲'"))["sent"] == 1
    settle(database, pages)
    assert database.query("SELECT title, agency, extraction_version > 0 FROM api.report_revision ORDER BY fetched_at") == \
        [("报告甲", "示例县科学技术局", True), ("报告乙", None, False)]
    assert state(database) == before


def test_filters_choose(pipeline, database, pages, rules, reprocess):
    rules("")
    pipeline.worker().start()
    for n in range(6):
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n * 1000, ce_configversion="1")
    settle(database, pages)
    database.query("UPDATE core.revision SET extraction_version = 0 WHERE url = %s", URL.format(5))

    def chosen(*arguments):
        return reprocess("--dry-run", *arguments)["revisions"]
    assert chosen("--all") == chosen("--portal", "demo") == 6
    assert chosen("--portal", "other") == 0
    assert chosen("--since", "2026-01-01T01:00:00Z") == 2
    assert chosen("--url", URL.format(3)) == 1
    assert chosen("--extraction-below", 1) == chosen("--outdated") == 1
    rules(RULES)
    assert chosen("--outdated") == 6
    assert reprocess(check=False).returncode == 2
    assert reprocess("--since", "yesterday or so", check=False).returncode == 1
    assert database.value("SELECT sum(next_offset) FROM core.ingest_offset") == 6  # none of it sent anything


def test_bytes_that_are_not_there_are_dead_letters_and_the_others_go_on(pipeline, database, pages, rules, reprocess):
    rules("")
    worker = pipeline.worker().start()
    for n in range(4):
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n, partition=0)
    settle(database, pages)
    database.query("UPDATE core.revision SET extraction_version = 0")
    database.query("UPDATE core.revision SET \"offset\" = 3 WHERE url = %s", URL.format(1))
    database.query("UPDATE core.revision SET \"offset\" = 999 WHERE url = %s", URL.format(2))
    reprocess("--all")
    settle(database, pages)
    assert sorted(database.query("SELECT url, reason FROM api.dead_letter")) == \
        [(URL.format(1), "origin_mismatch"), (URL.format(2), "not_in_topic")]
    assert database.query("SELECT url FROM core.revision WHERE extraction_version = 0 ORDER BY url") == \
        [(URL.format(1),), (URL.format(2),)]
    assert worker.is_live()


def test_several_workers_and_a_kill_read_each_page_again_once(pipeline, database, pages, rules, reprocess):
    rules("")
    workers = [pipeline.worker(batch__messages=10, batch__linger="20ms", **{"kafka__session.timeout.ms": 6000})
               for _ in range(2)]
    for worker in workers:
        worker.start(ready=False)
    total = 300
    for n in range(total):
        pages.publish(URL.format(n), page(f"报告{n}", str(n), f"局{n}"), n)
    settle(database, pages, 60)
    before = state(database)
    rules(RULES)
    assert reprocess("--all", "--rate", "0", "--no-wait")["sent"] == total
    wait_until(lambda: outcomes(database).get("same", 0) > 20, 30, "some are read again", every=0.01)
    workers[0].kill()
    workers[0].start(ready=False)
    settle(database, pages, 60)
    assert state(database) == before
    assert outcomes(database) == {"new": total, "same": total}
    assert database.value("SELECT count(*) FROM api.report_revision WHERE agency = '局' || replace(title, '报告', '')") \
        == total


def test_a_topic_that_is_no_more_holds_nothing_up(pipeline, database, pages, rules, reprocess):
    rules("")
    worker = pipeline.worker().start()
    pages.publish(URL.format(1), document("报告", content="一"), 1, partition=0)
    settle(database, pages)
    database.query("UPDATE core.revision SET extraction_version = 0, topic = 'none.such.topic'")
    reprocess("--all")
    pages.publish(URL.format(2), document("报告二", content="二"), 2, partition=0)
    settle(database, pages)
    assert database.value("SELECT reason FROM api.dead_letter") == "not_in_topic"
    assert outcomes(database) == {"new": 2, "dead": 1}
    assert worker.stop() == 0
