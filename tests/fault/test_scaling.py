# SPDX-License-Identifier: MIT
"""Workers come, go and are restarted one after another while messages flow: how fast, how long a pause, nothing lost.

SUOYIN_STAGE: seconds of each stage (default 12).
"""

import os

import pytest

from flow import Flow, Watch, generation
from suoyin import wait_until
from traffic import Traffic

PARTITIONS = 12
STAGE = float(os.environ.get("SUOYIN_STAGE", 12))
# A database whose commits take so long, as with a replica elsewhere: so one worker is not held up by this machine's
# processors, and it shows whether several store side by side.
COMMIT_MS = 50
LITTLE = {"batch__messages": 10, "batch__linger": "10ms", "children": 1}


@pytest.fixture
def traffic(kafka, topic, seed):
    return Traffic(kafka, topic, seed, PARTITIONS)


def have(workers):
    """Partitions of each."""
    return [int(w.metric("suoyin_assigned_partitions")) for w in workers]


def shared_out(workers):
    wait_until(lambda: have(workers) == [PARTITIONS // len(workers)] * len(workers), 90,
               f"{len(workers)} workers have the same number of partitions: {have(workers)}")


def waiting(database, traffic):
    return traffic.count - database.value("SELECT coalesce(sum(messages), 0)::int FROM core.outcome")


@pytest.mark.slow
def test_one_worker_then_four_then_two(pipeline, kafka, topic, database, traffic, oracle, say):
    database.query(f"ALTER DATABASE {database.name} SET commit_delay = {COMMIT_MS * 1000}")
    database.query(f"ALTER DATABASE {database.name} SET commit_siblings = 0")
    workers = [pipeline.worker(**LITTLE) for _ in range(4)]
    oracle.watch(workers[0].start())
    watch, speed = Watch(database), {}
    began, before = watch.now(), generation(kafka, f"g-{topic}")
    flow = Flow(traffic, rate=300).start()
    for count in (1, 4, 2):
        for worker in workers[:count]:
            worker.is_running() or worker.start(ready=False)
        for worker in workers[count:]:
            assert not worker.is_running() or worker.stop() == 0
        shared_out(workers[:count])
        since, behind = watch.now(), waiting(database, traffic)
        flow.go_on(STAGE)
        speed[count] = watch.stored(since, watch.now())
        print(f"{count} workers: {speed[count]:.0f} a second; behind {behind} → {waiting(database, traffic)}", flush=True)
    until = watch.now()
    flow.stop()
    try:
        oracle.judge(*workers[:2], timeout=180)
    finally:
        lost, doubled = oracle.losses()
        pause = watch.longest_pause(began, until)
        say(f"RESULT scaled=1,4,2 per_s_1={speed[1]:.0f} per_s_4={speed[4]:.0f} per_s_2={speed[2]:.0f}"
            f" longest_pause_s={pause:.2f} longest_of_a_partition_s={watch.longest_wait(began, until):.2f}"
            f" lost={lost} doubled={doubled} messages={traffic.count}")
    assert speed[4] > 1.25 * speed[1]
    assert pause < 30
    assert generation(kafka, f"g-{topic}") >= before + 2  # that it can be seen: the next test wants none


@pytest.mark.slow
def test_a_rolling_restart_is_no_rebalance(pipeline, kafka, topic, database, traffic, oracle, say):
    """The session timeout is the default, 45 s: each is back long before."""
    workers = [pipeline.worker(instance=f"worker-{n}").start() for n in range(4)]
    shared_out(workers)
    oracle.watch(*workers)
    watch, group = Watch(database), f"g-{topic}"
    began, before = watch.now(), generation(kafka, group)
    flow = Flow(traffic, rate=150).start()
    for worker in workers:
        others = [w for w in workers if w is not worker]
        was = [w.metric("suoyin_rebalances_total") for w in others]
        assert worker.stop() == 0
        worker.start()
        shared_out(workers)
        seen = traffic.count
        wait_until(lambda: traffic.count > seen + 300, 30, "messages flow on")
        assert [w.metric("suoyin_rebalances_total") for w in others] == was
    until = watch.now()
    flow.stop()
    try:
        oracle.judge(*workers)
    finally:
        lost, doubled = oracle.losses()
        rebalances = generation(kafka, group) - before
        pause = watch.longest_pause(began, until)
        say(f"RESULT rolled={len(workers)} rebalances={rebalances} lost={lost} doubled={doubled}"
            f" longest_pause_s={pause:.2f} longest_of_a_partition_s={watch.longest_wait(began, until):.2f}"
            f" messages={traffic.count}")
    assert rebalances == 0
    assert pause < 30
