# SPDX-License-Identifier: MIT
"""Row 22: workers come and go faster than the group can settle.

SUOYIN_STORM: for how many seconds (default 300).
"""

import itertools
import os
import signal
import time

import pytest

from chaos import QUICK_GROUP, SMALL_BATCHES
from suoyin import wait_until
from traffic import Traffic

EVERY = 2  # seconds between two changes


@pytest.fixture
def traffic(kafka, topic, seed):
    return Traffic(kafka, topic, seed, partitions=12)


def waves(workers):
    """How many run: 1 … 8 … 1, again and again."""
    up = list(range(2, len(workers) + 1))
    return itertools.cycle(up + [n - 1 for n in reversed(up)])


def come(workers):
    """One more; one that was told to stop a while ago has done so."""
    idle = [w for w in workers if not w.is_running()]
    (idle or [wait_until(lambda: next((w for w in workers if not w.is_running()), None), 15, "one has ended")])[0] \
        .start(ready=False)


def go(workers, leaving, dice):
    """One less, by SIGTERM; every fourth by SIGKILL."""
    worker = dice.choice([w for w in workers if w.is_running() and w not in leaving])
    worker.signal(signal.SIGKILL if dice.random() < 0.25 else signal.SIGTERM)
    leaving.append(worker)


@pytest.mark.slow
@pytest.mark.row(22)
def test_a_storm_of_rebalances(pipeline, database, traffic, oracle, say):
    workers = [pipeline.worker(children=1, **SMALL_BATCHES, **QUICK_GROUP, **{"kafka__max.poll.interval.ms": 10000})
               for _ in range(8)]
    workers[0].start()
    leaving, now, changes = [], 1, 0
    end = time.monotonic() + float(os.environ.get("SUOYIN_STORM", 300))
    for wanted in waves(workers):
        if time.monotonic() > end:
            break
        leaving = [w for w in leaving if w.is_running()]
        up = [w for w in workers if w.is_running() and w not in leaving]
        assert len(up) == now, f"{now - len(up)} ended by themselves\n{pipeline.tails()}"
        traffic.send(20)
        come(workers) if wanted > now else go(workers, leaving, traffic.dice)
        now, changes = wanted, changes + 1
        time.sleep(EVERY)
    for worker in leaving:
        worker.wait(15)
    rest = [w for w in workers if w.is_running()]
    assert len(rest) == now
    for worker in rest:
        worker.wait_ready(60)
    oracle.watch(*rest)
    oracle.judge(*rest, timeout=180)
    epochs = database.value("SELECT max(epoch)::int FROM core.ingest_offset")
    say(f"RESULT changes={changes} messages={traffic.count} epochs={epochs} lost=0 doubled=0")
    assert epochs > changes / 10
