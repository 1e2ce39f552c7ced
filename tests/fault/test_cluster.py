# SPDX-License-Identifier: MIT
"""Rows 19 and 29: three brokers. One after another dies, so that leaders and the group's coordinator move; a log gets shorter.

SUOYIN_ROLLS: how many deaths (default 30).
"""

import contextlib
import os

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from chaos import QUICK_GROUP, SMALL_BATCHES
from cluster import Cluster
from suoyin import wait_until
from suoyin.ledger import judged, settle
from suoyin.pages import Pages, document
from traffic import Traffic


@pytest.fixture
def cluster(directory):
    with Cluster(directory) as three:
        yield three


@pytest.fixture
def kafka(cluster):
    """In the place of the one that the other tests share."""
    return cluster


@pytest.fixture
def traffic(kafka, topic, seed):
    return Traffic(kafka, topic, seed, replicas=3)


COORDINATORS = "__consumer_offsets"  # one partition here: its leader coordinates all groups


def partitions(admin, topic):
    """By number; asked again where the broker that was asked has just died."""
    def ask():
        with contextlib.suppress(KafkaException):
            return admin.list_topics(topic, timeout=5).topics[topic].partitions
        return None
    return wait_until(ask, 60, f"a broker tells of {topic}")


def in_sync(admin, *topics):
    """All replicas of the topics' partitions, so that the next death leaves a majority."""
    return all(len(part.isrs) == 3 for topic in topics for part in partitions(admin, topic).values())


@pytest.mark.slow
@pytest.mark.row(19)
def test_brokers_die_one_after_another(pipeline, kafka, topic, database, traffic, oracle):
    workers = [pipeline.worker(replication=3, **SMALL_BATCHES, **QUICK_GROUP).start() for _ in range(2)]
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for round_ in range(int(os.environ.get("SUOYIN_ROLLS", 30))):
        traffic.send(10)
        leads = (COORDINATORS, 0) if round_ % 2 else (topic, traffic.dice.randrange(4))
        leader = partitions(admin, leads[0])[leads[1]].leader
        node = kafka.nodes[(leader if leader > 0 else 1) - 1]
        node.kill()
        before = judged(database)
        traffic.send(10)
        traffic.flush()  # acknowledged by the two that are left
        wait_until(lambda: judged(database) > before, 60, f"round {round_}: it goes on with two brokers")
        node.start()
        wait_until(lambda: in_sync(admin, topic, COORDINATORS), 60, "the broker has caught up")
    oracle.judge(*workers, timeout=120)


def shorten(kafka, admin, topic, pages, database):
    """Broker 1 alone has the last ten of thirty messages, and dies; 2, which never saw them, leads now."""
    first, second, _ = kafka.nodes
    publish(pages, range(20))
    settle(database, pages, 60)
    second.kill()
    wait_until(lambda: partitions(admin, topic)[0].isrs == [1], 60, "the first broker is alone")
    publish(pages, range(20, 30))
    settle(database, pages, 60)
    yield  # all thirty are stored
    first.kill()
    second.start()
    wait_until(lambda: partitions(admin, topic)[0].leader == 2, 60, "the second broker leads")
    yield


def publish(pages, numbers, content=""):
    for n in numbers:
        pages.publish(f"http://demo.example.gov.cn/{n}.html", document(f"报告{n}", content=f"{content}{n}"), n)
    pages.flush()


@pytest.mark.slow
@pytest.mark.row(29)
@pytest.mark.parametrize("grown", [False, True], ids=["shorter", "grown_again"])
def test_an_unclean_election_stops_the_worker(pipeline, kafka, topic, database, grown):
    """Under the worker, and while it is away until the log is longer than before with other messages."""
    pages = Pages(kafka, topic, placed=[[1, 2]], min__insync__replicas="1", unclean__leader__election__enable="true")
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    worker = pipeline.worker(replication=3, **QUICK_GROUP).start()
    steps = shorten(kafka, admin, topic, pages, database)
    next(steps)
    if grown:
        assert worker.stop() == 0
    next(steps)
    if grown:
        pages.begin_anew()  # its numbers go on where the log no longer is
        publish(pages, range(100, 125), "又")
        worker.start(ready=False)
    assert worker.wait(90) == 1, worker.tail()
    assert worker.log_contains(r"event=fatal .*(topic_changed|offset_out_of_range)"), worker.tail()
    assert judged(database) == 30 == database.value("SELECT next_offset FROM core.ingest_offset")
