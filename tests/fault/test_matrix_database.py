# SPDX-License-Identifier: MIT
"""Rows of the matrix in which PostgreSQL fails; what test_worker_faults.py has of it is not here again."""

import contextlib
import os
import re
import signal
import subprocess
import time

import pytest

from chaos import QUICK_GROUP, SMALL_BATCHES
from suoyin import wait_until
from suoyin.ledger import judged
from suoyin.pgproxy import PgProxy
from suoyin.stack import unique


@pytest.fixture
def proxy(postgres):
    with PgProxy(postgres) as way:
        yield way


@pytest.fixture
def worker(pipeline, oracle):
    one = pipeline.worker(**SMALL_BATCHES, **QUICK_GROUP, **{"kafka__max.poll.interval.ms": 10000}).start()
    oracle.watch(one)
    return one


@pytest.fixture
def through_proxy(pipeline, oracle, database, proxy):
    one = pipeline.worker(database__url=proxy.url(database, "suoyin_worker"), **SMALL_BATCHES, **QUICK_GROUP,
                          **{"kafka__max.poll.interval.ms": 10000}).start()
    oracle.watch(one)
    return one


def pid_of(server):
    return int((server.directory / "run" / f"{server.part}.pid").read_text().split()[0])


def waits_for_database(worker, condition="database"):
    status, text = worker.get("/readyz")
    return status == 503 and re.search(rf"^{condition}: (?!ok)", text, re.MULTILINE) and worker.is_live()


def terminate(database):
    database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                   " AND usename = 'suoyin_worker'")


@pytest.mark.short
@pytest.mark.row(2)
def test_a_worker_killed_between_commit_and_its_answer(through_proxy, traffic, oracle, proxy):
    for round_ in range(1, 4):
        traffic.send(10)
        traffic.flush()
        proxy.when("COMMIT", PgProxy.HOLD)
        traffic.send(20)
        wait_until(lambda: proxy.hits >= round_, 30, "COMMIT is on its way")
        time.sleep(0.1)  # it is done, and nobody was told
        through_proxy.kill()
        proxy.cut()
        through_proxy.start()
    oracle.judge(through_proxy)


@pytest.mark.row(10)
def test_backends_terminated_again_and_again(worker, database, traffic, oracle):
    for _ in range(100):
        traffic.send(8)
        time.sleep(traffic.dice.uniform(0, 0.25))
        terminate(database)
    oracle.judge(worker)
    assert worker.is_running() and worker.metric("suoyin_rebalances_total", kind="revoke") == 0


@pytest.mark.row(14)
def test_a_table_locked_for_longer_than_max_poll(worker, database, traffic, oracle):
    traffic.send(40)
    oracle.settle()
    holder = database.server.connect(database.name)
    holder.autocommit = False
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE core.report IN ACCESS EXCLUSIVE MODE")
        traffic.send(200)
        traffic.flush()
        wait_until(lambda: worker.metric("suoyin_database_retries_total", sqlstate="55P03"), 30, "it meets the lock")
        time.sleep(20)
        assert waits_for_database(worker)
    holder.close()
    oracle.judge(worker)
    assert worker.metric("suoyin_rebalances_total", kind="revoke") == 0


def immediate(postgres):
    pid = pid_of(postgres)
    os.kill(pid, signal.SIGQUIT)
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 30, "PostgreSQL has ended")


@pytest.mark.row(8)
def test_fast_and_immediate_restarts(worker, postgres, database, traffic, oracle):
    for round_ in range(20):
        traffic.send(15)
        time.sleep(traffic.dice.uniform(0, 0.3))
        postgres.stop() if round_ % 2 else immediate(postgres)
        postgres.start()
    oracle.judge(worker)


@pytest.mark.row(9)
def test_an_outage_longer_than_max_poll(worker, postgres, traffic, oracle):
    traffic.send(50)
    oracle.settle()
    traffic.send(300)
    postgres.stop()
    try:
        wait_until(lambda: waits_for_database(worker), 20, "it tells that it waits")
        time.sleep(14)
        assert waits_for_database(worker)
    finally:
        postgres.start()
    oracle.judge(worker)
    assert worker.metric("suoyin_rebalances_total", kind="revoke") == 0


@contextlib.contextmanager
def small_disk(database, directory):
    """core.revision is on a file system of its own, of 24 MiB; gives its path."""
    path, name = directory / "small", unique("small")
    path.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", path], capture_output=True).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    try:
        os.chown(path, os.stat(f"/proc/{pid_of(database.server)}").st_uid, -1)
        database.query(f"CREATE TABLESPACE {name} LOCATION '{path}'")
        database.query(f"ALTER TABLE core.revision SET TABLESPACE {name}")
        yield path
        terminate(database)
        database.query("ALTER TABLE core.revision SET TABLESPACE pg_default")
        database.query(f"DROP TABLESPACE {name}")
    finally:
        subprocess.run(["umount", "-l", path], check=True)


@pytest.mark.row(11)
def test_a_full_disk_is_waited_for(worker, database, traffic, oracle, directory):
    with small_disk(database, directory) as path:
        traffic.send(30)
        oracle.settle()
        with open(path / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))
        traffic.send(400)
        wait_until(lambda: worker.metric("suoyin_database_retries_total", sqlstate="53100"), 30, "it meets the full disk")
        wait_until(lambda: waits_for_database(worker), 20, "it tells that it waits")
        (path / "filler").unlink()
        oracle.judge(worker)
        worker.stop()


@pytest.mark.row(15)
def test_no_connection_to_be_had(worker, database, traffic, oracle):
    traffic.send(30)
    oracle.settle()
    database.query(f"ALTER DATABASE {database.name} CONNECTION LIMIT 0")
    terminate(database)
    traffic.send(50)
    wait_until(lambda: waits_for_database(worker), 20, "it tells that it waits")
    before = judged(database)
    database.query(f"ALTER DATABASE {database.name} CONNECTION LIMIT -1")
    oracle.judge(worker)
    assert before < traffic.count


@pytest.mark.row(16)
def test_a_server_that_is_silent_in_the_middle_of_a_batch(through_proxy, traffic, oracle, proxy):
    traffic.send(30)
    oracle.settle()
    proxy.when("revision_insert", PgProxy.FREEZE)
    traffic.send(100)
    wait_until(lambda: proxy.hits, 30, "the way is blocked")
    time.sleep(18)  # the server has given the transaction up meanwhile
    assert through_proxy.is_live()
    proxy.thaw()
    oracle.judge(through_proxy)
    assert through_proxy.metric("suoyin_rebalances_total", kind="revoke") == 0


@pytest.mark.row(17)
@pytest.mark.parametrize("how", [{"delay": 0.2}, {"rate": 1_000_000, "slice": 1448}, {"slice": 3}],
                         ids=["late", "narrow", "in_slices"])
def test_a_slow_way_to_the_server(through_proxy, traffic, oracle, proxy, how):
    for name, value in how.items():
        setattr(proxy, name, value)
    traffic.send(60)
    oracle.settle(180)
    proxy.delay, proxy.rate, proxy.slice = 0.0, None, None
    oracle.judge(through_proxy)
    assert through_proxy.metric("suoyin_database_retries_total") == 0


@pytest.mark.row(38)
def test_the_schema_grows_under_the_worker(worker, database, traffic, oracle):
    for column in ("one", "two"):
        traffic.send(40)
        database.query(f"SET lock_timeout = '20s'; ALTER TABLE core.report ADD COLUMN {column} text;"
                       f" ALTER TABLE core.revision ADD COLUMN {column} text; RESET lock_timeout")
        database.query(f"CREATE INDEX ON core.revision ({column})")
        traffic.send(40)
    oracle.judge(worker)


@pytest.mark.row(38)
def test_a_schema_that_breaks_it_is_waited_out(worker, database, traffic, oracle):
    traffic.send(20)
    oracle.settle()
    assert worker.stop() == 0
    columns = [name for name, in database.query(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'public.suoyin_migration'::regclass AND attnum > 0")]
    copied = ", ".join({"number": "9999", "name": "'9999_later'", "breaks": "'worker'"}.get(c, c) for c in columns)
    database.query(f"INSERT INTO public.suoyin_migration SELECT {copied} FROM public.suoyin_migration WHERE number = 1")
    traffic.send(20)
    traffic.flush()
    before = judged(database)
    worker.start(ready=False).wait_for_log(r"9999_later.*breaks this version", 30)
    wait_until(lambda: waits_for_database(worker, "schema"), 20, "it tells that it waits")
    assert judged(database) == before
    database.query("DELETE FROM public.suoyin_migration WHERE number = 9999")
    oracle.judge(worker)
