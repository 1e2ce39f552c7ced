# SPDX-License-Identifier: MIT
"""The outbox while what it stands on breaks: all is told, and twice only with the same id."""

import hashlib
import os
import random
import re
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from suoyin import wait_until
from suoyin.ledger import judged, settle
from suoyin.outbox import Feed, event_of, wait_sent, what
from suoyin.pages import Pages, document
from suoyin.pgproxy import PgProxy

URL = "http://demo.example.gov.cn/{}.html"
QUICK_GROUP = {"kafka__session.timeout.ms": 6000, "kafka__heartbeat.interval.ms": 1000}
BAD = {"ce_sha256": "0" * 64}


@pytest.fixture
def pages(kafka, topic):
    return Pages(kafka, topic)


@pytest.fixture
def feeds(kafka, topic):
    reports, dead = Feed(kafka, f"{topic}.reports"), Feed(kafka, f"{topic}.dlq")
    yield reports, dead
    reports.close()
    dead.close()


@pytest.fixture
def proxy(postgres):
    with PgProxy(postgres) as way:
        yield way


def publish(pages, numbers, content=""):
    """A report for each number; every tenth message is a dead letter."""
    for n in numbers:
        pages.publish(URL.format(n), document(f"报告{n}", content=f"{content}{n}"), n + (1000 if content else 0),
                      **(BAD if n % 10 == 9 else {}))
    pages.flush()


def hold_back(database):
    """No worker relays until let_go()."""
    database.query("UPDATE core.relay_lease SET owner = 'a test', until = now() + interval '1 hour'")


def let_go(database):
    database.query("UPDATE core.relay_lease SET until = now()")


def check_told(database, feeds):
    """Each stored text and each dead letter is told; copies are the same; first copies are in order. The copies."""
    wait_sent(database, 60)
    reports, dead = feeds
    first, copies = {}, 0
    for message in reports.all():
        event = event_of(message)
        copies += event["id"] in first
        assert first.setdefault(event["id"], event) == event, "two events of one id"
    texts = Counter(what(e) for e in first.values() if what(e) in ("new", "revised"))
    assert texts["new"] == database.value("SELECT count(*) FROM core.report")
    assert sum(texts.values()) == database.value("SELECT count(*) FROM core.revision")
    last = {}
    for event in first.values():  # in order of their first copies
        assert last.get(event["subject"], "") < event["time"], "out of order"
        last[event["subject"]] = event["time"]
    letters = Counter()
    for message in dead.all():
        headers = dict(message.headers())
        letters[tuple(headers[f"__connect.errors.{name}"].decode() for name in ("topic", "partition", "offset"))] += 1
    assert set(letters) == set(database.query("SELECT topic, part::text, \"offset\"::text FROM core.dead_letter"))
    return copies + sum(letters.values()) - len(letters)


@pytest.mark.short
def test_a_worker_killed_between_commit_and_relay_loses_nothing(pipeline, database, pages, feeds):
    hold_back(database)
    worker = pipeline.worker(outbox__lease="1s").start()
    publish(pages, range(50))
    settle(database, pages)
    worker.kill()
    assert database.value("SELECT count(*) FROM core.outbox") == 50
    assert feeds[0].all() == feeds[1].all() == []
    let_go(database)
    worker.start()
    assert check_told(database, feeds) == 0


@pytest.mark.short
def test_a_worker_that_cannot_note_what_was_sent_sends_it_again_with_the_same_ids(pipeline, database, pages, proxy,
                                                                                 feeds):
    pipeline.worker(database__url=proxy.url(database, "suoyin_worker")).start()
    publish(pages, range(10))
    settle(database, pages)
    wait_sent(database)
    proxy.when("outbox_delete", PgProxy.CUT, times=2)
    publish(pages, range(10), "改")
    settle(database, pages)
    assert check_told(database, feeds) >= 10
    assert proxy.hits == 2


@pytest.mark.row(1)
def test_a_worker_killed_at_any_instant_loses_nothing(pipeline, kafka, topic, database, feeds):
    seed = int(time.time())
    dice = random.Random(seed)
    pages = Pages(kafka, topic, partitions=4)
    total, kills = 1200, 0
    publish(pages, range(total // 2))
    publish(pages, range(total // 2), "改")
    worker = pipeline.worker(batch__messages=20, batch__linger="10ms", outbox__lease="1s", outbox__poll="10ms",
                             outbox__partitions=3, **QUICK_GROUP)
    while judged(database) < total:
        worker.start(ready=False)
        before = judged(database)
        wait_until(lambda: judged(database) > before or judged(database) >= total, 60, "it goes on", every=0.005)
        time.sleep(dice.uniform(0, 0.4))
        worker.kill()
        kills += 1
    worker.start(ready=False)
    settle(database, pages, 60)
    copies = check_told(database, feeds)
    print(f"RESULT seed={seed} messages={total} kills={kills} copies={copies} lost=0")
    assert kills > 3


def test_a_relay_that_stood_still_and_wakes_beside_its_heir_loses_nothing(pipeline, kafka, topic, database, feeds):
    pages = Pages(kafka, topic, partitions=4)
    workers = [pipeline.worker(outbox__lease="2s", outbox__poll="10ms", **QUICK_GROUP).start() for _ in range(2)]
    relaying = lambda: [w for w in workers if w.metric("suoyin_outbox_relaying")]
    [zombie] = wait_until(relaying, 20, "one relays")
    [heir] = [w for w in workers if w is not zombie]
    for n in range(40):
        publish(pages, range(n * 10, n * 10 + 10))
        if n == 20:
            zombie.pause()
        if n == 30:
            wait_until(lambda: heir.metric("suoyin_outbox_relaying"), 30, "the heir relays")
    wait_until(lambda: heir.metric("suoyin_assigned_partitions") == 4, 60, "the heir has all partitions")
    zombie.resume()
    settle(database, pages, 90)
    check_told(database, feeds)
    wait_until(lambda: zombie.metric("suoyin_outbox_relaying") == 0, 20, "one of them relays")


@pytest.mark.row(33)
def test_a_broker_killed_under_the_relay_loses_nothing(pipeline, kafka, database, pages, feeds):
    pipeline.worker(batch__messages=20, outbox__poll="10ms").start()
    for round_ in range(3):
        hold_back(database)
        publish(pages, range(round_ * 100, round_ * 100 + 100))
        settle(database, pages, 60)
        let_go(database)
        wait_until(lambda: database.value("SELECT until > now() FROM core.relay_lease"), 30, "it relays", every=0.01)
        kafka.kill()
        kafka.start()
    check_told(database, feeds)


@pytest.mark.row(33)
@pytest.mark.short
def test_a_topic_that_was_deleted_is_made_again(pipeline, kafka, topic, database, pages, feeds):
    pipeline.worker().start()
    publish(pages, range(5))
    settle(database, pages)
    wait_sent(database)
    admin, name = AdminClient({"bootstrap.servers": kafka.bootstrap}), f"{topic}.reports"
    admin.delete_topics([name])[name].result(30)
    wait_until(lambda: name not in admin.list_topics(timeout=10).topics, 30, "the topic is gone")
    publish(pages, range(5), "改")
    settle(database, pages)
    wait_sent(database, 60)
    after = Feed(kafka, name)
    assert Counter(what(event) for event in after.events())["revised"] >= 5
    after.close()


@pytest.mark.row(33)
@pytest.mark.short
def test_a_worker_ends_in_time_while_its_relay_waits_for_a_broker(pipeline, kafka, database, pages, feeds):
    hold_back(database)
    worker = pipeline.worker(outbox__lease="1s").start()
    publish(pages, range(20))
    settle(database, pages)
    kafka.kill()
    try:
        let_go(database)
        wait_until(lambda: worker.metric("suoyin_outbox_relaying"), 30, "it relays")
        worker.wait_for_log(r"event=relay_waits .*no broker answers", 30)
        worker.signal(signal.SIGTERM)
        assert worker.wait(10) == 0
    finally:
        kafka.start()
    assert database.value("SELECT until <= now() FROM core.relay_lease"), "the lease was not given back"
    worker.start()
    assert check_told(database, feeds) == 0


def memory_mib(daemon):
    """The most that the process ever held."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{daemon.process.pid}/status").read_text())[1]) / 1024


def test_large_letters_are_sent_in_bounded_memory(pipeline, kafka, topic, database, feeds):
    pages = Pages(kafka, topic, partitions=4)
    hold_back(database)
    worker = pipeline.worker().start()
    bodies = [os.urandom(7 << 20) for _ in range(40)]
    for n, body in enumerate(bodies):
        pages.publish(URL.format(n), body, n, **BAD)
        pages.flush()
    settle(database, pages, 120)
    assert worker.stop() == 0
    worker.start()
    before = memory_mib(worker)
    let_go(database)
    wait_sent(database, 120)
    more = memory_mib(worker) - before
    print(f"RESULT letters=40 bytes={40 * (7 << 20)} memory_mib={more:.0f}")
    assert more < 160  # of 280 that were sent
    assert {hashlib.sha256(m.value()).digest() for m in feeds[1].all(120)} == \
        {hashlib.sha256(body).digest() for body in bodies}
