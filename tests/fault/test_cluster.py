# SPDX-License-Identifier: MIT
"""Row 19: three brokers, of which one after another dies: leaders and the group's coordinator move.

SUOYIN_ROLLS: how many deaths (default 30).
"""

import os

import pytest
from confluent_kafka.admin import AdminClient

from chaos import QUICK_GROUP, SMALL_BATCHES
from cluster import Cluster
from suoyin import wait_until
from suoyin.ledger import judged
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


def in_sync(admin, topic):
    """All replicas of the topic's partitions, so that the next death leaves a majority."""
    parts = admin.list_topics(topic, timeout=20).topics[topic].partitions.values()
    return all(len(part.isrs) == 3 for part in parts)


@pytest.mark.slow
@pytest.mark.row(19)
def test_brokers_die_one_after_another(pipeline, kafka, topic, database, traffic, oracle):
    workers = [pipeline.worker(replication=3, **SMALL_BATCHES, **QUICK_GROUP).start() for _ in range(2)]
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    for round_ in range(int(os.environ.get("SUOYIN_ROLLS", 30))):
        traffic.send(10)
        part = traffic.dice.randrange(4)
        leader = admin.list_topics(topic, timeout=20).topics[topic].partitions[part].leader
        node = kafka.nodes[(leader if leader > 0 else 1) - 1]
        node.kill()
        before = judged(database)
        traffic.send(10)
        traffic.flush()  # acknowledged by the two that are left
        wait_until(lambda: judged(database) > before, 60, f"round {round_}: it goes on with two brokers")
        node.start()
        wait_until(lambda: in_sync(admin, topic), 60, "the broker has caught up")
    oracle.judge(*workers, timeout=120)
