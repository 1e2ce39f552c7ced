# SPDX-License-Identifier: MIT
"""The worker alone: pages in by hand, rows out; every outcome of design section 5."""

import re
import signal

import pytest
from confluent_kafka import Producer

from suoyin import wait_until
from suoyin.ledger import judged, outcomes, settle
from suoyin.pages import Pages, document, moment

URL = "http://demo.example.gov.cn/{}.html"


@pytest.fixture
def pages(kafka, topic):
    """One partition: what is published in order is judged in order."""
    return Pages(kafka, topic)


@pytest.fixture
def worker(pipeline, pages):
    return pipeline.worker().start()


def test_a_page_becomes_a_report_that_leads_back_to_its_bytes(worker, pages, database):
    body = document("关于科技工作的报告", "035200009/2024-00026", "晋科函﹝2023﹞45号", "一")
    pages.publish(URL.format(1), body, 10, ce_baseline="1")
    settle(database, pages)
    row = database.query("SELECT title, index_number, document_number, agency, status, revision_count,"
                         " sighting_count, url, baseline FROM api.report")
    assert row == [("关于科技工作的报告", "035200009/2024-00026", "晋科函〔2023〕45号", "示例县科学技术局", "current",
                    1, 1, URL.format(1), True)]
    import hashlib
    where = database.query("SELECT v.page_sha256, v.topic, v.part, v.\"offset\", v.fetched_at::text, s.page_sha256"
                           " FROM api.report_revision v JOIN api.sighting s USING (report_id)")
    sha = hashlib.sha256(body).hexdigest()
    assert where == [(sha, pages.topic, 0, 0, "2026-01-01 00:00:10+00", sha)]


def test_an_edit_is_a_revision_and_a_repeat_is_the_same(worker, pages, database):
    first, second = document("通知甲", content="一"), document("通知甲", content="二")
    for at, body in ((1, first), (2, first), (3, second), (4, second), (5, first)):
        pages.publish(URL.format(1), body, at)
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "same": 2, "revised": 2}
    assert database.query("SELECT revision_count, sighting_count FROM api.report") == [(3, 1)]
    assert database.value("SELECT count(*) FROM api.report_revision WHERE is_current AND fetched_at ="
                          " '2026-01-01 00:00:05+00'") == 1


def test_two_versions_in_one_batch_are_two_revisions(pipeline, pages, database):
    for at in range(1, 4):
        pages.publish(URL.format(1), document("通知甲", content=str(at)), at)
    pages.flush()
    pipeline.worker().start()
    settle(database, pages)
    assert database.query("SELECT revision_count, status FROM api.report") == [(3, "current")]


def test_noise_around_the_text_is_no_revision(worker, pages, database):
    body = document("通知甲", content="一")
    pages.publish(URL.format(1), body, 1)
    pages.publish(URL.format(1), body.replace(b"</body>", b"<!-- made 12:00 --></body>"), 2)
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "same": 1}
    assert database.value("SELECT count(DISTINCT page_sha256) FROM core.sighting") == 1


def test_a_second_address_is_a_sighting(worker, pages, database):
    body = document("报告甲", "012345678/2026-00001", content="一")
    pages.publish(URL.format(1), body, 1)
    pages.publish(URL.format(2), body, 2)
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "sighting": 1}
    assert database.query("SELECT revision_count, sighting_count FROM api.report") == [(1, 2)]


def test_a_number_used_twice_is_a_conflict_and_both_stay(worker, pages, database):
    pages.publish(URL.format(1), document("报告甲", "012345678/2026-00001", content="一"), 1)
    pages.publish(URL.format(2), document("报告乙", "012345678/2026-00001", content="二"), 2)
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "conflict": 1}
    assert sorted(database.query("SELECT title, status FROM api.report")) == \
        sorted([("报告乙", "conflict"), ("报告甲", "current")])
    assert database.value("SELECT count(*) FROM core.report WHERE conflict_with IS NOT NULL") == 1


def test_gone_return_and_repeats(worker, pages, database):
    body = document("报告甲", content="一")
    pages.publish(URL.format(1), body, 1)
    pages.gone(URL.format(1), 2)
    settle(database, pages)
    assert database.value("SELECT status FROM api.report") == "withdrawn"
    pages.gone(URL.format(1), 3)            # repeated
    pages.gone(URL.format(9), 3)            # unknown
    pages.gone(URL.format(1), 1.5)          # late
    pages.publish(URL.format(1), body, 4)   # back, same bytes
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "withdrawn": 1, "ignored": 3, "sighting": 1}
    assert database.value("SELECT status FROM api.report") == "current"
    assert database.query("SELECT report_id FROM core.sighting WHERE url = %s", URL.format(9)) == [(None,)]


def test_one_of_two_addresses_gone_withdraws_nothing(worker, pages, database):
    body = document("报告甲", "012345678/2026-00001", content="一")
    pages.publish(URL.format(1), body, 1)
    pages.publish(URL.format(2), body, 1)
    pages.gone(URL.format(1), 2)
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "sighting": 2}
    assert database.value("SELECT status FROM api.report") == "current"


def test_late_pages_never_become_current(worker, pages, database):
    pages.publish(URL.format(1), document("报告甲", content="新"), 10)
    pages.publish(URL.format(1), document("报告甲", content="旧"), 5)
    pages.publish(URL.format(1), document("报告甲", content="旧"), 5)
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "revised": 1, "same": 1}
    assert database.value("SELECT fetched_at::text FROM api.report_revision WHERE is_current") == \
        moment(10).replace("T", " ").replace(".000000Z", "+00")


def test_an_address_that_shows_another_report_is_gone_for_the_first(worker, pages, database):
    pages.publish(URL.format(1), document("报告甲", "012345678/2026-00001", content="一"), 1)
    pages.publish(URL.format(1), document("报告乙", "012345678/2026-00002", content="二"), 2)
    settle(database, pages)
    assert outcomes(database) == {"new": 2}
    assert sorted(database.query("SELECT title, status FROM api.report")) == \
        sorted([("报告甲", "withdrawn"), ("报告乙", "current")])
    assert database.value("SELECT count(*) FROM core.sighting_past") == 1


def test_another_portal_version_rewrites_the_revision(worker, pages, database):
    body = document("报告甲", content="一")
    pages.publish(URL.format(1), body, 1)
    pages.publish(URL.format(1), body, 2, ce_configversion="2")
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "same": 1}
    assert database.query("SELECT config_version FROM core.revision") == [(2,)]
    assert database.value("SELECT record->'extraction'->>'portal_unknown' FROM core.revision") == "true"


def test_attachments_come_before_or_after_their_page(worker, pages, database):
    attachment = {"kind": "suoyin.attachment.fetched.v1", "ce_parenturl": URL.format(1), "ce_filename": "附件.pdf"}
    pages.publish(URL.format("a"), b"%PDF-1.4 one", 1, **attachment)
    pages.publish(URL.format(1), document("报告甲", content="一"), 2)
    pages.publish(URL.format("a"), b"%PDF-1.4 one", 3, **attachment)
    pages.publish(URL.format("b"), b"%PDF-1.4 two", 4, **attachment)
    settle(database, pages)
    assert outcomes(database) == {"attached": 3, "new": 1}
    report = database.value("SELECT report_id FROM api.report")
    assert database.query("SELECT report_id, bytes FROM api.attachment ORDER BY url") == [(report, 12), (report, 12)]


BAD = {
    "header_missing": dict(drop=("ce_site",)),
    "schema_unsupported": dict(kind="suoyin.page.fetched.v2"),
    "sha256_mismatch": dict(ce_sha256="0" * 64),
    "header_malformed": dict(ce_time="yesterday"),
}


def test_bad_messages_are_dead_letters_with_their_reason_and_neighbours_are_stored(worker, pages, database):
    bodies = {"empty": b"", "binary": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
              "too_deep": b"<html><body>" + b"<div>" * 100000 + "正文".encode()}
    pages.publish(URL.format("good1"), document("报告甲", content="一"), 1)
    for reason, how in BAD.items():
        pages.publish(URL.format(reason), document("坏", content=reason), 2, **how)
    for reason, body in bodies.items():
        pages.publish(URL.format(reason), body, 3)
    pages.publish(URL.format("good2"), document("报告乙", content="二"), 4)
    settle(database, pages)
    dead = dict(database.query("SELECT reason, count(*)::int FROM api.dead_letter GROUP BY reason"))
    assert dead == {reason: 1 for reason in (*BAD, *bodies)}
    assert outcomes(database) == {"new": 2, "dead": len(BAD) + len(bodies)}
    assert worker.is_live()


STRANGE_IDS = {"none": None, "not UTF-8": b"\xff\xfe", "with NUL": b"a\0b", "too long": b"x" * 300,
               "as long as can be": b"x" * 256}


def test_a_message_with_any_id_can_be_the_last_before_a_restart(pipeline, kafka, topic, database):
    pages = Pages(kafka, topic, partitions=len(STRANGE_IDS) + 1)
    worker = pipeline.worker().start()
    for part, id in enumerate(STRANGE_IDS.values()):
        pages.publish(URL.format(part), document(f"报告{part}", content=str(part)), 1, id=id, partition=part,
                      drop=("ce_id",) if id is None else ())
    pages.producer.produce(topic, value=b"", partition=len(STRANGE_IDS), headers=[("ce_id", b"a"), ("ce_id", b"b")])
    pages.count += 1
    settle(database, pages)
    assert outcomes(database) == {"new": 1, "dead": len(STRANGE_IDS)}
    assert worker.stop() == 0
    worker.start()
    for part in range(len(STRANGE_IDS) + 1):
        pages.publish(URL.format(f"next{part}"), document(f"新{part}", content=f"n{part}"), 2, partition=part)
    settle(database, pages)
    assert outcomes(database) == {"new": len(STRANGE_IDS) + 2, "dead": len(STRANGE_IDS)}


def test_what_postgresql_refuses_costs_that_page_alone(worker, pages, database):
    """A page that breaks a constraint stands for any value that PostgreSQL will not take."""
    database.query("ALTER TABLE core.revision ADD CHECK (title IS DISTINCT FROM '坏的报告')")
    for n in range(20):
        title = "坏的报告" if n == 7 else f"报告{n}"
        pages.publish(URL.format(n), document(title, content=str(n)), n)
    settle(database, pages)
    assert outcomes(database) == {"new": 19, "dead": 1}
    [(url, reason, detail)] = database.query("SELECT url, reason, detail FROM api.dead_letter")
    assert (url, reason) == (URL.format(7), "database")
    assert "坏的报告" in detail and "23514" in detail


def test_sigkill_in_the_middle_loses_and_doubles_nothing(pipeline, kafka, topic, database):
    total, pages = 600, Pages(kafka, topic, partitions=4)
    for n in range(total):
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n)
    pages.flush()
    worker = pipeline.worker(batch__messages=20, batch__linger="10ms", **{"kafka__session.timeout.ms": 6000})
    kills = 0
    for target in range(100, total, 100):
        worker.start(ready=False)
        wait_until(lambda: judged(database) >= target, 60, f"{target} messages are judged", every=0.005)
        worker.kill()
        kills += 1
    worker.start(ready=False)
    settle(database, pages, 60)
    assert outcomes(database) == {"new": total}
    assert database.value("SELECT count(*) FROM api.report") == total
    assert database.value("SELECT sum(next_offset)::int FROM core.ingest_offset") == total
    print(f"RESULT messages={total} kills={kills} lost=0 doubled=0")


def test_sigterm_drains_within_ten_seconds(worker, pages, database):
    for n in range(50):
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n)
    pages.flush()
    worker.signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    judged_now = judged(database)
    assert judged_now == database.value("SELECT coalesce(sum(next_offset), 0)::int FROM core.ingest_offset")


def test_offsets_that_a_transaction_left_out_are_passed_over(worker, kafka, topic, pages, database):
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": topic})
    producer.init_transactions(30)
    pages.producer = producer
    for n in range(4):
        producer.begin_transaction()
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n)
        pages.flush()  # or the one that is aborted would never be sent
        producer.abort_transaction(30) if n == 1 else producer.commit_transaction(30)
    wait_until(lambda: judged(database) == 3, 30, "what was committed is judged")
    assert outcomes(database) == {"new": 3}
    assert database.value("SELECT next_offset FROM core.ingest_offset") == 7  # of eight: four pages, four marks
    assert len(re.findall("event=offset_gap", worker.log)) == 2


def test_a_topic_made_anew_stops_the_worker(pipeline, kafka, pages, database):
    first = pipeline.worker().start()
    for n in range(3):
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n)
    settle(database, pages)
    first.stop()
    database.query("UPDATE core.ingest_offset SET last_ce_id = 'another message'")
    second = pipeline.worker().start(ready=False)
    assert second.wait(60) == 1
    assert second.log_contains(r"topic_changed")
    assert database.value("SELECT count(*) FROM api.report") == 3


def test_two_workers_share_the_partitions_and_the_work(pipeline, kafka, topic, database):
    pages = Pages(kafka, topic, partitions=6)
    one, two = pipeline.worker().start(), pipeline.worker().start()
    wait_until(lambda: all("suoyin_assigned_partitions 3" in w.get("/metrics")[1] for w in (one, two)), 60,
               "each worker has three partitions")
    body = document("同一份报告", "012345678/2026-00001", content="一")
    for n in range(200):  # one number at many addresses, in all partitions at once
        pages.publish(URL.format(n), body, n)
        pages.publish(URL.format(f"x{n}"), document(f"报告{n}", content=str(n)), n)
    settle(database, pages, 60)
    assert database.value("SELECT count(*) FROM api.report") == 201
    assert database.value("SELECT max(sighting_count) FROM api.report") == 200
    assert outcomes(database) == {"new": 201, "sighting": 199}
