# SPDX-License-Identifier: MIT
"""Rows 3, 20 and 21: the way to the broker is silent, cut or slow, and each request of the group is answered with each error."""

import time
from collections import Counter

import pytest
from confluent_kafka import Consumer, TopicPartition

from chaos import QUICK_GROUP, SMALL_BATCHES
from kafka_proxy import (GROUP_APIS, GROUP_ERRORS, HEARTBEAT, LOAD_IN_PROGRESS, NOT_COORDINATOR, OFFSET_COMMIT,
                         REBALANCE_IN_PROGRESS, TwoDoors)
from suoyin import wait_until

POLL = {"kafka__max.poll.interval.ms": 10000}


@pytest.fixture(scope="module")
def two_doors(run_directory):
    server = TwoDoors(run_directory)
    yield server.start()
    server.stop()
    server.proxy.close()


@pytest.fixture
def kafka(two_doors):
    """In the place of the one that the other tests share."""
    return two_doors


@pytest.fixture
def way(kafka):
    yield kafka.proxy
    kafka.proxy.speak()
    kafka.proxy.delay, kafka.proxy.rate = 0.0, None
    for api in GROUP_APIS.values():
        kafka.proxy.refuse(api, 0, 0)


@pytest.fixture
def far_worker(pipeline, way):
    """far_worker(…): a worker that comes through the proxy."""
    return lambda **more: pipeline.worker(**{"kafka__bootstrap__servers": way.bootstrap, **SMALL_BATCHES, **QUICK_GROUP,
                                             **POLL, **more})


@pytest.mark.row(3)
def test_a_worker_killed_before_its_offsets_reach_kafka(far_worker, way, kafka, topic, traffic, oracle):
    worker = far_worker().start()
    oracle.watch(worker)
    for _ in range(5):
        way.refuse(OFFSET_COMMIT, LOAD_IN_PROGRESS, 1_000_000)
        traffic.send(40)
        oracle.settle()  # PostgreSQL has it all, Kafka knows of none
        worker.kill()
        way.refuse(OFFSET_COMMIT, 0, 0)
        traffic.send(10)
        worker.start()
    oracle.judge(worker)
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": f"g-{topic}"})
    ends = Counter(part for part, _ in oracle.places.values())
    wait_until(lambda: {p.partition: p.offset for p in consumer.committed([TopicPartition(topic, n) for n in ends], 10)}
               == dict(ends), 30, "lag tools see no lag")
    consumer.close()


@pytest.mark.row(20)
def test_a_way_to_the_broker_that_is_silent(far_worker, way, traffic, oracle):
    worker = far_worker().start()
    oracle.watch(worker)
    for _ in range(2):
        traffic.send(60)
        way.silence()
        traffic.send(60)
        time.sleep(12)  # longer than the session and than max.poll: the group goes on without it
        assert worker.is_live()
        way.speak()
        oracle.settle()
    oracle.judge(worker)


@pytest.mark.row(20)
def test_a_way_to_the_broker_that_is_cut_again_and_again(far_worker, way, traffic, oracle):
    worker = far_worker().start()
    oracle.watch(worker)
    for _ in range(40):
        traffic.send(10)
        time.sleep(traffic.dice.uniform(0, 0.6))
        way.reset()
    oracle.judge(worker)


@pytest.mark.row(20)
def test_a_way_to_the_broker_that_is_slow(far_worker, way, traffic, oracle):
    worker = far_worker(**{"kafka__session.timeout.ms": 10000}).start()  # slow is the way, not the machine
    oracle.watch(worker)
    way.delay, way.rate = 0.2, 100_000
    traffic.send(300)
    oracle.settle(180)
    way.delay, way.rate = 0.0, None
    oracle.judge(worker)
    assert worker.metric("suoyin_rebalances_total", kind="revoke") == 0


# What makes a member ask this: an answer to its next heartbeat, but for the two that it asks by itself.
OCCASION = {"JoinGroup": REBALANCE_IN_PROGRESS, "SyncGroup": REBALANCE_IN_PROGRESS, "FindCoordinator": NOT_COORDINATOR}


def refuse_and_go_on(api, error, way, traffic, oracle, workers):
    """The error three times in a row, with messages under way."""
    traffic.send(10)
    before = way.hits
    way.refuse(GROUP_APIS[api], GROUP_ERRORS[error], 3)
    if api in OCCASION:
        way.refuse(HEARTBEAT, OCCASION[api])
    if api == "LeaveGroup":
        assert workers[-1].stop(15) == 0
        workers[-1].start(ready=False)
    traffic.send(20)
    wait_until(lambda: way.hits > before + (api in OCCASION), 30, f"{api} is answered with {error}")
    oracle.settle()
    for worker in workers:
        assert worker.is_running(), f"{api}, {error}: {worker.name} ended\n{worker.tail()}"
    for each in GROUP_APIS.values():
        way.refuse(each, 0, 0)


@pytest.mark.slow
@pytest.mark.row(21)
@pytest.mark.parametrize("api", GROUP_APIS)
def test_each_error_of_the_group(api, far_worker, way, traffic, oracle):
    workers = [far_worker().start() for _ in range(2)]
    oracle.watch(*workers)
    for error in GROUP_ERRORS:
        refuse_and_go_on(api, error, way, traffic, oracle, workers)
    for worker in workers:
        worker.wait_ready(60)
    wait_until(lambda: sum(w.metric("suoyin_assigned_partitions") for w in workers) == 4, 60, "all partitions are read")
    oracle.judge(*workers)
