# SPDX-License-Identifier: MIT
"""Rows of the matrix in which the broker, its topic or the group fails; more are in test_worker_faults.py."""

import os
import random
import signal
import socket
import struct
import time

import pytest
from confluent_kafka.admin import AdminClient, NewPartitions

from chaos import QUICK_GROUP, SMALL_BATCHES
from suoyin import wait_until
from suoyin.ledger import judged, outcomes, settle
from suoyin.pages import Pages, document

URL = "http://demo.example.gov.cn/{}.html"


@pytest.fixture
def worker(pipeline, oracle):
    one = pipeline.worker(**SMALL_BATCHES, **QUICK_GROUP).start()
    oracle.watch(one)
    return one


def pid_of(server):
    return int((server.directory / "run" / f"{server.part}.pid").read_text().split()[0])


def delete_topic(kafka, topic):
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.delete_topics([topic])[topic].result(30)
    wait_until(lambda: topic not in admin.list_topics(timeout=10).topics, 30, "the topic is gone")


def delete_records(kafka, topic, partition, before):
    """What retention does, at once: DeleteRecords v1, which the client library has no call for."""
    name = topic.encode()
    body = (struct.pack(">hhih", 21, 1, 1, -1) + struct.pack(">ih", 1, len(name)) + name
            + struct.pack(">iiqi", 1, partition, before, 10000))
    with socket.create_connection(("127.0.0.1", kafka.port), 10) as link, link.makefile("rb") as answers:
        link.sendall(struct.pack(">i", len(body)) + body)
        answer = answers.read(struct.unpack(">i", answers.read(4))[0])
    low, error = struct.unpack(">qh", answer[-10:])
    assert (low, error) == (before, 0)


@pytest.mark.row(20)
def test_a_broker_that_is_silent(worker, kafka, traffic, oracle):
    traffic.send(40)
    oracle.settle()
    os.kill(pid_of(kafka), signal.SIGSTOP)
    try:
        traffic.send(60)
        time.sleep(9)  # past the session timeout: the group is without a member when it wakes
        assert worker.is_live()
    finally:
        os.kill(pid_of(kafka), signal.SIGCONT)
    oracle.judge(worker)


@pytest.mark.row(24)
def test_a_rolling_restart_of_static_members_moves_nothing(pipeline, traffic, oracle):
    workers = [pipeline.worker(instance=f"w{n}", **SMALL_BATCHES, **QUICK_GROUP).start() for n in range(2)]
    wait_until(lambda: all(w.metric("suoyin_assigned_partitions") == 2 for w in workers), 60, "each has its half")
    before = [w.metric("suoyin_rebalances_total", kind="revoke") for w in workers]
    for leaving, staying, then in ((workers[0], workers[1], before[1]), (workers[1], workers[0], 0)):
        traffic.send(60)
        assert leaving.stop(12) == 0
        traffic.send(30)
        leaving.start()
        wait_until(lambda: leaving.metric("suoyin_assigned_partitions") == 2, 5, "it has its half again")
        assert staying.metric("suoyin_rebalances_total", kind="revoke") == then
    oracle.judge(*workers)


@pytest.mark.row(27)
def test_retention_that_overtakes_the_worker_stops_it(worker, kafka, topic, database, traffic, oracle):
    traffic.send(40)
    oracle.settle()
    assert worker.stop() == 0
    traffic.send(200)
    traffic.flush()
    part, next_offset = database.query("SELECT part, next_offset FROM core.ingest_offset ORDER BY 1 LIMIT 1")[0]
    delete_records(kafka, topic, part, next_offset + 3)
    before = judged(database)
    assert worker.start(ready=False).wait(60) == 1
    assert worker.log_contains(rf"event=fatal reason=offset_out_of_range .*\[{part}\] at offset {next_offset - 1}:"), worker.tail()
    assert database.value("SELECT next_offset FROM core.ingest_offset WHERE part = %s", part) == next_offset
    assert database.value("SELECT count(*) FROM core.dead_letter") <= traffic.expected["dead"]
    assert judged(database) >= before


@pytest.mark.row(28)
def test_partitions_are_added_under_the_worker(pipeline, kafka, topic, traffic, oracle):
    worker = pipeline.worker(**SMALL_BATCHES, **QUICK_GROUP, **{"kafka__topic.metadata.refresh.interval.ms": 1000}).start()
    traffic.send(80)
    oracle.settle()  # a key that moves has no order with what it left behind
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.create_partitions([NewPartitions(topic, 8)])[topic].result(30)
    wait_until(lambda: worker.metric("suoyin_assigned_partitions") == 8, 30, "it has the new ones")
    traffic.pages.producer.list_topics(topic, timeout=10)
    traffic.send(150)
    oracle.judge(worker)
    assert len({part for part, _ in oracle.places.values()}) > 4


@pytest.mark.short
@pytest.mark.row(29)
def test_a_log_that_ends_before_what_is_stored_stops_it(pipeline, kafka, topic, database):
    pages = Pages(kafka, topic)
    worker = pipeline.worker(**QUICK_GROUP).start()
    for n in range(20):
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n)
    settle(database, pages)
    assert worker.stop() == 0
    delete_topic(kafka, topic)
    anew = Pages(kafka, topic)
    for n in range(7):
        anew.publish(URL.format(n), document(f"报告{n}", content=f"又{n}"), n + 100)
    anew.flush()
    assert worker.start(ready=False).wait(60) == 1
    assert worker.log_contains(r"event=fatal .*(topic_changed|offset_out_of_range|truncated)"), worker.tail()
    assert judged(database) == 20 == database.value("SELECT next_offset FROM core.ingest_offset")


@pytest.mark.short
@pytest.mark.row(32)
def test_each_message_ten_times_in_any_partition(pipeline, kafka, topic, database, seed):
    """One address in several partitions at once, and each report at two addresses."""
    pages = Pages(kafka, topic, partitions=4)
    workers = [pipeline.worker(**SMALL_BATCHES, **QUICK_GROUP).start() for _ in range(2)]
    dice = random.Random(seed)
    copies = [(n, half) for n in range(25) for half in (1, 2)] * 10
    dice.shuffle(copies)
    for n, half in copies:
        pages.publish(URL.format(f"{n}-{half}"), document(f"报告{n}", f"012345678/2026-{n:05}", content=f"第{n}"), n * 2 + half,
                      id=f"m{n}-{half}", partition=dice.randrange(4))
    settle(database, pages, 90)
    assert outcomes(database) == {"new": 25, "sighting": 25, "same": 450}
    assert database.query("SELECT (SELECT count(*) FROM core.report), (SELECT count(*) FROM core.revision),"
                          " (SELECT count(*) FROM core.sighting)") == [(25, 25, 50)]
    for worker in workers:
        worker.wait_ready(30)
