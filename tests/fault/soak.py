# SPDX-License-Identifier: MIT
"""Row 40: hours of traffic and random faults. `tests/run soak HOURS` (SUOYIN_SOAK_HOURS) runs it; it is in no other lane."""

import os
import re
import statistics
import time
from pathlib import Path

import pytest

from chaos import QUICK_GROUP, SMALL_BATCHES, Chaos
from oracle import size_of
from suoyin.ledger import judged

FAULTS = {"none": 60, "backend": 8, "lock": 6, "pause": 6, "stop": 6, "worker": 8, "database": 4, "broker": 2}
EVERY = 60  # seconds between two samples
WORKING_TABLES = ("core.ingest_offset", "core.outbox", "core.relay_lease")  # rows come and go; these must not grow
TABLE_MIB = 64
GROWN_MIB = 16  # of a worker that lives through all of it


def resident_mib(worker):
    status = Path(f"/proc/{worker.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def growth(values):
    """From the middle of the second quarter to that of the last: what was needed at the beginning is no growth."""
    quarter = max(len(values) // 4, 1)
    return statistics.median(values[-quarter:]) - statistics.median(values[quarter:2 * quarter] or values[:1])


def sample(database, workers, witness):
    sizes = [size_of(worker) for worker in workers if worker.is_running()]
    tables = {table: database.value("SELECT pg_total_relation_size(%s::regclass)", table) / (1 << 20)
              for table in WORKING_TABLES}
    _, threads, descriptors = size_of(witness)
    return {"witness_mib": resident_mib(witness), "witness_threads": threads, "witness_descriptors": descriptors, "memory_mib": max(size[0] for size in sizes), "threads": max(size[1] for size in sizes),
            "descriptors": max(size[2] for size in sizes), "judged": judged(database),
            "database_mib": database.value("SELECT pg_database_size(current_database())") / (1 << 20), **tables}


@pytest.mark.row(40)
def test_soak(pipeline, kafka, postgres, database, traffic, oracle, say):
    hours = float(os.environ["SUOYIN_SOAK_HOURS"])
    chaos = Chaos(pipeline, kafka, postgres, database, traffic)
    # the others begin anew again and again; this one lives as long as the soak, through all that happens around it
    witness = pipeline.worker(instance="witness", **SMALL_BATCHES, **QUICK_GROUP).start()
    pid = witness.process.pid
    end, next_look, samples = time.monotonic() + hours * 3600, 0, []
    while time.monotonic() < end:
        chaos.strike(FAULTS, messages=20)
        if time.monotonic() >= next_look:
            next_look = time.monotonic() + EVERY
            samples.append(sample(database, chaos.workers, witness))
            print(time.strftime("%H:%M:%S"), *(f"{k}={v:.0f}" for k, v in samples[-1].items()), dict(chaos.done), flush=True)
            oracle.settle(300)
    for worker in chaos.workers:
        worker.wait_ready(60)
    oracle.judge(*chaos.workers, witness, timeout=300)
    lost, doubled = oracle.losses()
    most = {k: max(s[k] for s in samples) for k in samples[0]}
    more = {name: growth([s[f"witness_{name}"] for s in samples]) for name in ("mib", "threads", "descriptors")}
    say(f"RESULT hours={hours:g} faults={sum(chaos.done.values()) - chaos.done['none']} messages={traffic.count}"
        f" lost={lost} doubled={doubled} memory_mib={most['memory_mib']:.0f} threads={most['threads']}"
        f" descriptors={most['descriptors']} outbox_mib={most['core.outbox']:.1f}"
        f" grown_mib={more['mib']:.1f} grown_threads={more['threads']:g} grown_descriptors={more['descriptors']:g}")
    assert witness.process.pid == pid and witness.is_running()
    assert more["mib"] < GROWN_MIB and more["threads"] <= 4 and more["descriptors"] <= 12, more
    assert all(most[table] < TABLE_MIB for table in WORKING_TABLES), most
    assert samples[-1]["judged"] > samples[0]["judged"] or len(samples) == 1
