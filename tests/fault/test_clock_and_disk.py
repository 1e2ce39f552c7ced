# SPDX-License-Identifier: MIT
"""Rows 34 and 37: the worker's clock jumps (clock_jump.c), PostgreSQL's disk fails under it (strace)."""

import contextlib
import shutil
import struct
import subprocess
import time

import psycopg2
import pytest

from chaos import QUICK_GROUP, SMALL_BATCHES
from suoyin import BIN, wait_until

POLL = {"kafka__max.poll.interval.ms": 10000}
DAY = 86400


# -- the clock ---------------------------------------------------------------------------------------

class Clock:
    """The time of day that a program is told (clock_jump.c); CLOCK_MONOTONIC goes on as it is."""

    def __init__(self, path):
        self.path = path
        self.path.write_bytes(bytes(8))

    def set(self, seconds):
        with open(self.path, "r+b", buffering=0) as file:
            file.write(struct.pack("=q", seconds * 10**9))

    def put_on(self, daemon):
        shim = BIN.parent / "tests" / "clock_jump.so"
        if not shim.exists():
            pytest.skip(f"{shim} is not there: programs with a sanitizer take no preload")
        daemon.environment = {**daemon.environment, "LD_PRELOAD": str(shim.resolve()), "CLOCK_JUMP_FILE": str(self.path)}
        return daemon


@pytest.mark.row(34)
def test_a_clock_that_jumps_by_a_day_changes_nothing(pipeline, database, traffic, oracle, directory):
    clocks = [Clock(directory / f"clock{n}") for n in range(2)]
    workers = [clock.put_on(pipeline.worker(instance=f"w{n}", **SMALL_BATCHES, **QUICK_GROUP, **POLL))
               for n, clock in enumerate(clocks)]
    for worker in workers:
        worker.start()
    wait_until(lambda: all(w.metric("suoyin_assigned_partitions") == 2 for w in workers), 60, "each has its half")
    oracle.watch(*workers)
    before = [worker.metric("suoyin_rebalances_total", kind="revoke") for worker in workers]
    for n, jump in enumerate((DAY, -DAY, 0, -DAY, 30 * DAY, -30 * DAY, DAY, 0)):
        traffic.send(30)
        clocks[n % 2].set(jump)  # the other one stays where it was: they differ by up to 31 days
        traffic.send(30)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            traffic.send(2)
            time.sleep(0.05)
        oracle.settle(60)
        assert all(worker.is_ready() for worker in workers)
    oracle.judge(*workers)
    assert [worker.metric("suoyin_rebalances_total", kind="revoke") for worker in workers] == before
    assert all(worker.metric("suoyin_fenced_total") == 0 for worker in workers)


@pytest.mark.row(34)
@pytest.mark.parametrize("jump", [-DAY, DAY], ids=["back", "ahead"])
def test_a_clock_that_jumps_while_nothing_comes(pipeline, database, traffic, oracle, directory, jump):
    """Nothing but timers runs then: heartbeats must go on."""
    clock = Clock(directory / "clock")
    worker = clock.put_on(pipeline.worker(**SMALL_BATCHES, **QUICK_GROUP, **POLL)).start()
    oracle.watch(worker)
    clock.set(jump)
    time.sleep(15)  # two sessions
    traffic.send(50)
    oracle.judge(worker, timeout=60)
    assert worker.metric("suoyin_rebalances_total", kind="revoke") == 0


# -- the disk ----------------------------------------------------------------------------------------

@contextlib.contextmanager
def failing(postgres, what, log, files=()):
    """strace on all processes of the server, with the error that `what` puts into a system call, on these files or all."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    pid = int((postgres.directory / "run" / "postgres.pid").read_text().split()[0])
    pids = [str(pid)] + subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True,
                                       check=True).stdout.split()
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", log, "-e", f"trace={what.split(':')[0]}", "-e", "signal=none", "-e", f"inject={what}",
         *(word for file in files for word in ("-P", file)), *(word for p in pids for word in ("-p", p))],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: tracer.poll() is not None or is_traced(pid), 20, "strace follows the server")
        if tracer.poll() is not None:
            pytest.skip(f"strace cannot follow another process here: {tracer.stderr.read().strip()}")
        yield
    finally:
        if tracer.poll() is None:
            tracer.terminate()  # lets go of all
        tracer.wait(20)
        tracer.stderr.close()


def is_traced(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return any(line.startswith("TracerPid:") and line.split()[1] != "0" for line in status)


def injected(log):
    return log.read_text(errors="replace").count("(INJECTED)") if log.exists() else 0


def accepts(database):
    with contextlib.suppress(psycopg2.OperationalError):
        return database.value("SELECT 1")
    return False


@pytest.fixture
def worker(pipeline, oracle):
    one = pipeline.worker(**SMALL_BATCHES, **QUICK_GROUP, **POLL).start()
    oracle.watch(one)
    return one


@pytest.mark.row(37)
def test_a_server_that_panics_because_its_log_cannot_be_written(worker, postgres, database, traffic, oracle, directory):
    """EIO of fdatasync: PostgreSQL must not go on, starts anew and recovers; nothing that it said is stored is lost."""
    said = postgres.log.count("PANIC")
    with failing(postgres, "fdatasync:error=EIO:when=12+12", directory / "strace"):
        for _ in range(100):
            traffic.send(10)
            time.sleep(0.2)
            if postgres.log.count("PANIC") >= said + 3:
                break
    wait_until(lambda: accepts(database), 60, "the server has recovered")
    assert postgres.log.count("PANIC") >= said + 3 and injected(directory / "strace") >= 3
    oracle.judge(worker)
    assert worker.is_running() and worker.metric("suoyin_rebalances_total", kind="revoke") == 0


@pytest.mark.row(37)
def test_a_page_of_a_table_that_cannot_be_read_is_waited_for(worker, postgres, database, traffic, oracle, directory):
    """EIO of a read is 58030: no page of ours is to blame, and none is set aside."""
    traffic.send(200)
    oracle.settle()
    letters = database.value("SELECT count(*) FROM core.dead_letter")
    assert letters == traffic.expected["dead"]
    files = database.query("SELECT current_setting('data_directory') || '/' || pg_relation_filepath(c.oid) FROM pg_class c"
                           " WHERE c.oid IN ('core.sighting'::regclass, 'core.sighting_pkey'::regclass)")
    postgres.stop()
    postgres.start()  # its memory is empty: tables are read from the disk
    wait_until(worker.is_ready, 60, "it is connected again")
    with failing(postgres, "pread64:error=EIO", directory / "strace", [file for file, in files]):
        traffic.send(60)
        wait_until(lambda: worker.metric("suoyin_database_retries_total", sqlstate="58030") >= 2, 60, "it meets EIO")
        assert worker.is_live()
    oracle.judge(worker)
    assert injected(directory / "strace") > 0
