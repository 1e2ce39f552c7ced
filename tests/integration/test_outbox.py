# SPDX-License-Identifier: MIT
"""Report events: what is stored is told on topic suoyin.reports, in order, by docs/events.schema.json."""

import signal
from collections import Counter

import jsonschema
import pytest

from suoyin import wait_until
from suoyin.ledger import outcomes, settle
from suoyin.outbox import VALIDATOR, Feed, told, wait_sent, what
from suoyin.pages import Pages, document, moment

URL = "http://demo.example.gov.cn/{}.html"


@pytest.fixture
def pages(kafka, topic):
    return Pages(kafka, topic)


@pytest.fixture
def reports(kafka, topic):
    feed = Feed(kafka, f"{topic}.reports")
    yield feed
    feed.close()


@pytest.fixture
def worker(pipeline, pages):
    return pipeline.worker().start()


def stored(database, pages):
    settle(database, pages)
    wait_sent(database)


def test_a_new_report_is_told_with_what_a_reader_needs(worker, pages, database, reports):
    pages.publish(URL.format(1), document("关于科技工作的报告", "035200009/2024-00026", "晋科函﹝2023﹞45号", "一"), 10,
                  id="the-page", ce_baseline="1")
    stored(database, pages)
    report, revision = database.query("SELECT report_id, revision_id FROM api.report_revision")[0]
    [event] = reports.events()
    assert event["id"] == f"{pages.topic}/0/0/new/{report}"
    assert (event["type"], event["source"], event["time"]) == \
        ("suoyin.report.new.v1", "urn:suoyin:portal:demo", moment(10))
    assert event["baseline"] is True
    expected = {"report_id": report, "revision_id": revision, "portal_id": "demo", "site": "demo", "status": "current",
                "baseline": True, "url": URL.format(1), "is_current": True, "title": "关于科技工作的报告",
                "index_number": "035200009/2024-00026", "document_number": "晋科函〔2023〕45号",
                "agency": "示例县科学技术局", "message": {"topic": pages.topic, "partition": 0, "offset": 0,
                                                    "ce_id": "the-page"}}
    assert {key: event["data"][key] for key in expected} == expected


def test_the_life_of_a_report_is_told_in_order(worker, pages, database, reports):
    body = document("报告甲", content="一")
    pages.publish(URL.format(1), body, 1)
    pages.publish(URL.format(1), body, 2)                                # a repeat
    pages.publish(URL.format(1), document("报告甲", content="二"), 3)
    pages.gone(URL.format(1), 4)
    pages.gone(URL.format(1), 5)                                         # again
    pages.publish(URL.format(1), document("报告甲", content="二"), 6)
    pages.publish(URL.format(1), document("报告甲", content="旧"), 2.5)    # late
    stored(database, pages)
    report = database.value("SELECT report_id FROM api.report")
    events = reports.events()
    assert [(what(e), e["data"]["status"], e["data"]["is_current"]) for e in events] == [
        ("new", "current", True), ("revised", "current", True), ("withdrawn", "withdrawn", True),
        ("returned", "current", True), ("revised", "current", False)]
    assert {e["subject"] for e in events} == {str(report)}
    assert [e["time"] for e in events] == [moment(at) for at in (1, 3, 4, 6, 2.5)]
    assert events[2]["data"]["title"] == "报告甲"  # of the text that was withdrawn


def test_an_order_over_batches_is_kept(pipeline, pages, database, reports):
    pipeline.worker(batch__messages=2, batch__linger="10ms", outbox__poll="10ms", outbox__partitions=3).start()
    for at in range(60):
        pages.publish(URL.format(at % 3), document(f"报告{at % 3}", content=f"第{at}版"), at)
    stored(database, pages)
    assert outcomes(database) == {"new": 3, "revised": 57}
    for url in range(3):
        mine = [e for e in reports.events() if e["data"]["url"] == URL.format(url)]
        assert [what(e) for e in mine] == ["new"] + ["revised"] * 19
        assert [e["time"] for e in mine] == [moment(at) for at in range(url, 60, 3)]


def test_a_conflict_is_told_of_the_report_that_came_second(worker, pages, database, reports):
    pages.publish(URL.format(1), document("报告甲", "012345678/2026-00001", content="一"), 1)
    pages.publish(URL.format(2), document("报告乙", "012345678/2026-00001", content="二"), 2)
    stored(database, pages)
    first, second = (database.value("SELECT report_id FROM api.report WHERE title = %s", t) for t in ("报告甲", "报告乙"))
    assert sorted(told(reports)) == sorted([("new", first), ("new", second), ("conflict", second)])
    [conflict] = [e for e in reports.events() if what(e) == "conflict"]
    assert conflict["data"]["conflict_with"] == first and conflict["data"]["status"] == "conflict"


def test_a_merge_is_told_once_and_as_that(worker, pages, database, reports):
    pages.publish(URL.format(1), document("报告甲", content="甲的正文"), 1)
    pages.publish(URL.format(2), document("报告甲", "012345678/2026-00001", content="另一份正文"), 2)
    pages.publish(URL.format(1), document("报告甲", "012345678/2026-00001", content="另一份正文"), 3)
    stored(database, pages)
    away, into = database.query("SELECT report_id, merged_into FROM core.report WHERE merged_into IS NOT NULL")[0]
    assert sorted(told(reports)) == sorted([("new", away), ("new", into), ("merged", away)])
    [merged] = [e for e in reports.events() if what(e) == "merged"]
    assert (merged["data"]["merged_into"], merged["data"]["status"]) == (into, "merged")


def test_an_address_that_shows_another_report_withdraws_the_first(worker, pages, database, reports):
    pages.publish(URL.format(1), document("报告甲", "012345678/2026-00001", content="一"), 1)
    pages.publish(URL.format(1), document("报告乙", "012345678/2026-00002", content="二"), 2)
    stored(database, pages)
    first, second = (database.value("SELECT report_id FROM api.report WHERE title = %s", t) for t in ("报告甲", "报告乙"))
    assert sorted(told(reports)) == sorted([("new", first), ("new", second), ("withdrawn", first)])


def test_what_changes_nothing_is_not_told(worker, pages, database, reports):
    body = document("报告甲", "012345678/2026-00001", content="一")
    pages.publish(URL.format(1), body, 1)
    pages.publish(URL.format(2), body, 2)                                # another address
    pages.publish(URL.format(1), body, 3, ce_configversion="2")          # read by other rules
    pages.gone(URL.format(1), 4)                                         # one of two
    pages.gone(URL.format(9), 4)                                         # unknown
    pages.publish(URL.format("a"), b"%PDF-1.4 one", 5, kind="suoyin.attachment.fetched.v1", ce_parenturl=URL.format(2))
    stored(database, pages)
    assert outcomes(database) == {"new": 1, "sighting": 2, "same": 1, "ignored": 1, "attached": 1}
    assert [w for w, _ in told(reports)] == ["new"]


def test_every_outcome_of_a_report_has_its_event(worker, pages, database, reports):
    """The counts of the ledger and those of the events agree, over a history with all of them."""
    for n in range(30):
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n)
    for n in range(0, 30, 2):
        pages.publish(URL.format(n), document(f"报告{n}", content=f"新{n}"), 100 + n)
    for n in range(0, 30, 3):
        pages.gone(URL.format(n), 200 + n)
    stored(database, pages)
    assert Counter(w for w, _ in told(reports)) == {"new": 30, "revised": 15, "withdrawn": 10}
    assert outcomes(database) == {"new": 30, "revised": 15, "withdrawn": 10}
    ids = [e["id"] for e in reports.events()]
    assert len(set(ids)) == len(ids)


def test_the_schema_refuses_what_is_no_event(worker, pages, database, reports):
    pages.publish(URL.format(1), document("报告甲", content="一"), 1)
    stored(database, pages)
    [event] = reports.events()
    for path, value in ((("id",), "x"), (("type",), "suoyin.report.lost.v1"), (("data", "report_id"), "1"),
                        (("data", "status"), "merged"), (("data", "content_sha256"), None), (("baseline",), 1)):
        broken = {**event, "data": dict(event["data"])}
        holder = broken if len(path) == 1 else broken["data"]
        holder[path[-1]] = value
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate(broken)


def test_events_that_nobody_wants_do_not_pile_up(pipeline, pages, database, reports):
    pipeline.worker(outbox__reports="").start()
    pages.publish(URL.format(1), document("报告甲", content="一"), 1)
    stored(database, pages)
    assert reports.all() == []


def test_one_worker_relays_and_another_takes_over(pipeline, kafka, topic, database, reports):
    pages = Pages(kafka, topic, partitions=4)
    workers = [pipeline.worker(outbox__lease="2s", **{"kafka__session.timeout.ms": 6000}).start() for _ in range(3)]
    relaying = lambda: [w for w in workers if w.is_running() and w.metric("suoyin_outbox_relaying")]
    [first] = wait_until(relaying, 20, "one relays")
    for n in range(20):
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n)
    stored(database, pages)
    assert len(relaying()) == 1
    assert first.metric("suoyin_outbox_sent_total", type="new") == 20
    first.signal(signal.SIGTERM)
    assert first.wait(15) == 0
    [second] = wait_until(relaying, 20, "another takes over")
    second.kill()
    [third] = wait_until(relaying, 20, "the last takes over, when the lease is over")
    for n in range(20, 40):
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n)
    settle(database, pages, 60)
    wait_sent(database)
    assert third.metric("suoyin_outbox_sent_total", type="new") == 20
    assert Counter(w for w, _ in told(reports)) == {"new": 40}


def test_a_broker_that_is_away_is_waited_for_and_the_lag_shows_it(pipeline, kafka, database, pages, reports):
    worker = pipeline.worker().start()
    pages.publish(URL.format(1), document("报告甲", content="一"), 1)
    stored(database, pages)
    with database.server.connect(database.name) as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute("LOCK TABLE core.outbox IN EXCLUSIVE MODE")  # the page waits in the worker's transaction
        pages.publish(URL.format(1), document("报告甲", content="二"), 2)
        pages.flush()
        wait_until(lambda: database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                          " AND application_name = 'suoyin-worker store'"), 20, "the page is in hand")
        kafka.kill()
        holder.rollback()
    try:
        wait_until(lambda: worker.metric("suoyin_outbox_age_seconds") > 2, 30, "the lag grows")
        assert database.value("SELECT count(*) FROM core.outbox") == 1
        assert worker.is_live()
    finally:
        kafka.start()
    wait_sent(database, 60)
    wait_until(lambda: worker.metric("suoyin_outbox_age_seconds") == 0, 10, "the lag is gone")
    assert [w for w, _ in told(reports)] == ["new", "revised"]
