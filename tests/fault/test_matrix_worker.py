# SPDX-License-Identifier: MIT
"""Rows of the matrix in which the worker itself is stopped or starved."""

import signal
import time

import pytest

from chaos import QUICK_GROUP, SMALL_BATCHES
from suoyin import wait_until
from traffic import MIX


@pytest.mark.row(25)
def test_stops_under_load(pipeline, traffic, oracle):
    """Once and twice SIGTERM; some come while the group still sorts itself out."""
    worker = pipeline.worker(instance="w", **SMALL_BATCHES, **QUICK_GROUP)
    for round_ in range(200):
        traffic.send(12)
        worker.start(ready=round_ % 3 > 0)
        wait_until(lambda: worker.log.count("event=started") > round_, 20, "it takes signals")
        time.sleep(traffic.dice.uniform(0, 0.4))
        for _ in range(1 + round_ % 2):
            worker.signal(signal.SIGTERM)
        began = time.monotonic()
        assert worker.wait(15) == 0
        assert time.monotonic() - began < 10
    worker.start()
    oracle.judge(worker)


@pytest.mark.row(36)
def test_a_worker_that_gets_little_of_the_processor(pipeline, traffic, oracle):
    worker = pipeline.worker(**SMALL_BATCHES, **QUICK_GROUP).start()
    oracle.watch(worker)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        traffic.send(2)
        worker.pause()
        time.sleep(0.45)
        worker.resume()
        time.sleep(0.05)
    oracle.judge(worker)
    assert worker.metric("suoyin_rebalances_total", kind="revoke") == 0


def took(traffic, oracle, send):
    """Seconds until what send() sends is judged."""
    began = time.monotonic()
    send()
    oracle.settle(180)
    return time.monotonic() - began


@pytest.mark.row(31)
def test_one_in_ten_is_poison(pipeline, database, traffic, oracle, say):
    """Half of it found only by PostgreSQL, so that batches run again page by page: slower, and not by much."""
    worker = pipeline.worker(**QUICK_GROUP, **{"kafka__max.poll.interval.ms": 10000}).start()
    oracle.watch(worker)
    database.query("ALTER TABLE core.revision ADD CHECK (title NOT LIKE '坏的报告%')")
    traffic.mix = {"new": 1}
    clean = took(traffic, oracle, lambda: traffic.send(1600))
    traffic.mix = {**MIX, "poison": 5}
    poisoned = took(traffic, oracle, lambda: traffic.refused(80, neighbours=19))
    oracle.judge(worker)
    assert worker.is_live() and worker.metric("suoyin_rebalances_total", kind="revoke") == 0
    wait_until(lambda: worker.metric("suoyin_messages_total", outcome="dead") == traffic.expected["dead"], 10, "what is stored is counted")
    say(f"RESULT messages=1600 clean_s={clean:.1f} poisoned_s={poisoned:.1f}")
    assert poisoned < 20 * clean + 10


@pytest.mark.short
def test_the_oracle_sees_what_is_wrong(pipeline, database, traffic, oracle):
    """Each check fails for what it is there for, and for nothing before."""
    worker = pipeline.worker(**QUICK_GROUP).start()
    oracle.watch(worker)
    traffic.send(60)
    oracle.judge(worker)
    last = "(SELECT max(revision_id) FROM core.revision)"
    wrong = {
        "N1": "INSERT INTO core.outcome (portal_id, outcome, messages) VALUES ('demo', 'new', 1)",
        "N2": f"UPDATE core.revision SET ce_id = 'x' WHERE revision_id = {last}",
        "N3": "DELETE FROM core.dead_letter WHERE (part, \"offset\") ="
              " (SELECT part, \"offset\" FROM core.dead_letter LIMIT 1)",
        "N4": f"DELETE FROM core.section WHERE (revision_id, position) ="
              f" (SELECT revision_id, position FROM core.section WHERE revision_id = {last} LIMIT 1)",
        "N5": "UPDATE core.ingest_offset SET epoch = epoch - 1",
    }
    for name, statement in wrong.items():
        database.query(statement)
        with pytest.raises(AssertionError, match=rf"(?m)^{name}: "):
            oracle.judge(worker)
    oracle.traffic.poison.popitem()
    with pytest.raises(AssertionError, match=r"(?m)^N6: "):
        oracle.judge(worker)
    oracle.verdict.clear()
