# SPDX-License-Identifier: MIT
"""Pages that come again byte for byte: not read, not sent, not written, and told from all that only looks so."""

import pytest

from suoyin.ledger import outcomes, settle
from suoyin.pages import Pages, document
from suoyin.pgproxy import PgProxy
from suoyin.trees import differences

URL = "http://demo.example.gov.cn/{}.html"
DAY = 86400


@pytest.fixture
def pages(kafka, topic):
    return Pages(kafka, topic)


def known(worker):
    return worker.metric("suoyin_repeats_total")


def test_ten_thousand_repeats_cost_next_to_nothing(pipeline, postgres, database, pages):
    """Three passes of the same bytes: stored, repeated, and repeated under the eyes of the test."""
    total, mark = 10000, "这几个字只在正文里"
    bodies = [document(f"报告{n}", content=f"{n}{mark}", paragraphs=2) for n in range(total)]
    with PgProxy(postgres) as proxy:
        worker = pipeline.worker(database__url=proxy.url(database, "suoyin_worker"), batch__messages=250,
                                 batch__linger="2s").start()
        proxy.watch(mark)

        def one_pass(at):
            for n, body in enumerate(bodies):
                pages.publish(URL.format(n), body, at)
            settle(database, pages, 180)

        one_pass(1)
        assert outcomes(database) == {"new": total}
        assert proxy.seen >= total  # the proxy does see bodies
        one_pass(2)
        database.query("CHECKPOINT")
        proxy.watch(mark)
        batches = database.value("SELECT count(*) FROM core.outcome")
        started = worker.metric("suoyin_children_total", event="started")
        wal = database.value("SELECT pg_current_wal_insert_lsn()")
        one_pass(3)
        wal = int(database.value("SELECT pg_current_wal_insert_lsn() - %s::pg_lsn", wal))
        batches = database.value("SELECT count(*) FROM core.outcome") - batches
        seen, sent = proxy.seen, proxy.sent_bytes
    assert outcomes(database) == {"new": total, "same": 2 * total}
    assert known(worker) == 2 * total  # none was given to a child
    assert worker.metric("suoyin_children_total", event="started") == started
    print(f"RESULT repeats={total} wal_per_repeat={wal / total:.1f} sent_per_repeat={sent / total:.0f}"
          f" batch={total / batches:.0f} bodies_sent={seen}")
    assert total / batches >= 100
    assert seen == 0
    assert wal / total < 150


def sighting(database):
    return database.query("SELECT last_seen::text, \"offset\" FROM api.sighting WHERE url = %s", URL.format(1))


def test_a_repeat_is_noted_once_a_day(pipeline, database, pages):
    worker = pipeline.worker().start()
    body = document("报告甲", content="一")
    for at in (10, 20, DAY - 10, DAY + 9.5, DAY + 10, DAY + 11, 2 * DAY + 9):
        pages.publish(URL.format(1), body, at)
        settle(database, pages)
    assert outcomes(database) == {"new": 1, "same": 6}
    assert sighting(database) == [("2026-01-02 00:00:10+00", 4)]
    assert known(worker) == 6


def test_a_repeat_is_always_noted_while_its_url_has_an_open_dead_letter(pipeline, database, pages):
    worker = pipeline.worker().start()
    body = document("报告甲", content="一")
    pages.publish(URL.format(1), body, 1)
    pages.publish(URL.format(1), b"", 100)  # empty: a dead letter of this URL, which older pages do not settle
    settle(database, pages)
    for at in (3, 4):
        pages.publish(URL.format(1), body, at)
        settle(database, pages)
    assert sighting(database) == [("2026-01-01 00:00:04+00", 3)]
    database.query("UPDATE core.dead_letter SET resolved_at = now()")
    pages.publish(URL.format(1), body, 5)
    settle(database, pages)
    assert sighting(database) == [("2026-01-01 00:00:04+00", 3)]
    assert known(worker) == 3
    assert outcomes(database) == {"new": 1, "dead": 1, "same": 3}


def test_of_the_same_page_within_a_batch_one_is_read(pipeline, database, pages):
    first, second = document("报告甲", content="一"), document("报告甲", content="二")
    for at, body in enumerate((first, first, first, second, second, first), 1):
        pages.publish(URL.format(1), body, at)
    pages.publish(URL.format(1), second, 7, ce_listtitle="报告甲")  # what the list says is read too
    pages.publish(URL.format(2), second, 8)
    pages.flush()
    worker = pipeline.worker(batch__linger="500ms").start()
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "same": 3, "revised": 3, "sighting": 1}
    assert known(worker) == 3
    assert differences(database) == {}


def test_a_page_that_cannot_be_read_is_a_dead_letter_each_time(pipeline, database, pages):
    for at in range(3):
        pages.publish(URL.format(1), b"\0" * 5000, at)
    pages.publish(URL.format(2), document("报告甲", content="一"), 9)
    pages.flush()
    worker = pipeline.worker(batch__linger="500ms").start()
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "dead": 3}
    assert known(worker) == 0


def test_back_and_forth_within_and_across_batches_is_no_repeat(pipeline, database, pages):
    """The database still shows the first text when the third message comes: in the same batch or the next."""
    first, second = document("报告甲", content="一"), document("报告甲", content="二")
    worker = pipeline.worker(batch__messages=3, batch__linger="50ms").start()
    pages.publish(URL.format(1), first, 1)
    settle(database, pages)
    for at in range(2, 60):
        pages.publish(URL.format(1), second if at % 2 == 0 else first, at)
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "revised": 58}
    assert known(worker) == 0
    assert database.value("SELECT fetched_at::text FROM api.report_revision WHERE is_current") == \
        "2026-01-01 00:00:59+00"


def test_gone_and_back_with_the_same_bytes_is_no_repeat(pipeline, database, pages):
    worker = pipeline.worker().start()
    body = document("报告甲", content="一")
    pages.publish(URL.format(1), body, 1)
    settle(database, pages)
    pages.gone(URL.format(1), 2)
    pages.publish(URL.format(1), body, 3)  # in one batch with the message before it
    settle(database, pages)
    pages.gone(URL.format(1), 4)
    settle(database, pages)
    pages.publish(URL.format(1), body, 5)
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "withdrawn": 2, "sighting": 2}
    assert known(worker) == 0


def test_another_version_of_portal_or_extractor_is_read(pipeline, database, pages):
    worker = pipeline.worker().start()
    body = document("报告甲", content="一")
    pages.publish(URL.format(1), body, 1)
    settle(database, pages)
    pages.publish(URL.format(1), body, 2, ce_configversion="2")
    settle(database, pages)
    assert known(worker) == 0
    database.query("UPDATE core.sighting SET extraction_version = 0")
    pages.publish(URL.format(1), body, 3, ce_configversion="2")
    settle(database, pages)
    assert known(worker) == 0
    pages.publish(URL.format(1), body, 4, ce_configversion="2")
    settle(database, pages)
    assert known(worker) == 1
    assert outcomes(database) == {"new": 1, "same": 3}


def test_without_an_answer_about_repeats_every_page_is_read(pipeline, database, pages, postgres):
    body = document("报告甲", content="一")
    with PgProxy(postgres) as proxy:
        worker = pipeline.worker(database__url=proxy.url(database, "suoyin_worker")).start()
        pages.publish(URL.format(1), body, 1)
        settle(database, pages)
        proxy.when("repeats", PgProxy.CUT)
        pages.publish(URL.format(1), body, 2)
        settle(database, pages)
        assert proxy.hits == 1
        assert known(worker) == 0
        assert outcomes(database) == {"new": 1, "same": 1}
        assert worker.is_live()
