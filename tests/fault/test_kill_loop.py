# SPDX-License-Identifier: MIT
"""SIGKILL of workers, broker and database at random instants while messages flow.

SUOYIN_KILLS says how many (default 200), SUOYIN_SEED which.
"""

import os

import pytest

from chaos import Chaos

VICTIMS = {"worker": 14, "database": 4, "broker": 2}


def run(pipeline, kafka, postgres, database, traffic, oracle, say, victims, kills):
    chaos = Chaos(pipeline, kafka, postgres, database, traffic)
    try:
        for n in range(1, kills + 1):
            chaos.strike(victims)
            if n % 50 == 0:
                print(f"{n} of {kills} kills, {traffic.count} messages", flush=True)
                oracle.settle(180)  # it goes on, and what waits does not grow without end
    finally:
        print(f"kills: {dict(chaos.done)}")
    for worker in chaos.workers:
        worker.wait_ready(60)
    oracle.watch(*chaos.workers)
    try:
        oracle.judge(*chaos.workers, timeout=180)
    finally:
        lost, doubled = oracle.losses()
        say(f"RESULT kills={sum(chaos.done.values())} lost={lost} doubled={doubled} messages={traffic.count}")


@pytest.mark.short
@pytest.mark.row(1)
def test_workers_killed_a_few_times(pipeline, kafka, postgres, database, traffic, oracle, say):
    run(pipeline, kafka, postgres, database, traffic, oracle, say, {"worker": 1}, 8)


@pytest.mark.slow
@pytest.mark.row(1, 7, 18)
def test_kill_loop(pipeline, kafka, postgres, database, traffic, oracle, say):
    run(pipeline, kafka, postgres, database, traffic, oracle, say, VICTIMS, int(os.environ.get("SUOYIN_KILLS", 200)))
