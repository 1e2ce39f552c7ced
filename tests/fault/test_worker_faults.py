# SPDX-License-Identifier: MIT
"""The worker while what it stands on breaks: whatever happens, each message is judged once."""

import contextlib
import os
import re
import signal
import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from suoyin import wait_until
from suoyin.ledger import judged, outcomes, settle
from suoyin.pages import Pages, document, slow_document
from suoyin.pgproxy import PgProxy
from suoyin.trees import differences

URL = "http://demo.example.gov.cn/{}.html"
QUICK_GROUP = {"kafka__session.timeout.ms": 6000, "kafka__heartbeat.interval.ms": 1000}


@pytest.fixture
def pages(kafka, topic):
    return Pages(kafka, topic)


@pytest.fixture
def proxy(postgres):
    with PgProxy(postgres) as way:
        yield way


def publish(pages, numbers, content=""):
    """A page of its own for each number."""
    for n in numbers:
        pages.publish(URL.format(n), document(f"报告{n}", content=f"{content}{n}"), n)
    pages.flush()


def check_stored_once(database, pages, reports):
    settle(database, pages, 60)
    assert outcomes(database) == {"new": reports}
    assert database.query("SELECT count(*), count(DISTINCT url) FROM api.report") == [(reports, reports)]
    assert database.value("SELECT count(*) FROM core.revision") == reports


def is_missing(daemon, name):
    """/readyz names it, and /livez is fine."""
    status, text = daemon.get("/readyz")
    return status == 503 and re.search(rf"^{name}: (?!ok)", text, re.MULTILINE) and daemon.is_live()


def backends(database, application="suoyin-worker store"):
    return database.query("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                          " AND application_name = %s", application)


def children_of(daemon):
    path = Path(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children")
    return [int(pid) for pid in path.read_text().split()]


def cpu_ticks(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


@contextlib.contextmanager
def locked(database, table):
    """Nobody else can read or write the table."""
    connection = database.server.connect(database.name)
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        connection.close()


# -- PostgreSQL ------------------------------------------------------------------------------------

@pytest.mark.row(9)
@pytest.mark.short
def test_a_database_that_is_away_at_the_start_and_later_is_waited_for(pipeline, database, pages, proxy):
    proxy.close()
    worker = pipeline.worker(database__url=proxy.url(database, "suoyin_worker")).start(ready=False)
    wait_until(lambda: is_missing(worker, "database"), 20, "/readyz tells that the database is away")
    proxy.open()
    worker.wait_ready(20)
    publish(pages, range(10))
    settle(database, pages)
    proxy.close()
    wait_until(lambda: is_missing(worker, "database"), 20, "/readyz tells that the database went away")
    publish(pages, range(10, 30))
    assert worker.is_live()
    proxy.open()
    worker.wait_ready(20)
    check_stored_once(database, pages, 30)


@pytest.mark.row(7)
def test_a_server_that_is_killed_under_load_costs_nothing(pipeline, postgres, database, pages):
    worker = pipeline.worker(batch__messages=10, batch__linger="10ms").start()
    for round_ in range(3):
        publish(pages, range(round_ * 100, round_ * 100 + 100))
        wait_until(lambda: judged(database) > round_ * 100, 30, "a batch of the round is stored", every=0.01)
        postgres.kill()
        try:
            wait_until(lambda: is_missing(worker, "database"), 30, "/readyz tells that the database is away")
        finally:
            postgres.start()
        worker.wait_ready(30)
    check_stored_once(database, pages, 300)
    assert worker.is_running()


@pytest.mark.row(10)
@pytest.mark.short
def test_backends_that_are_terminated_cost_nothing(pipeline, database, pages):
    pipeline.worker(batch__messages=5, batch__linger="10ms").start()
    publish(pages, range(200))
    kills = 0
    while judged(database) < 200 and kills < 10:
        kills += database.value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                                " WHERE datname = current_database() AND application_name = 'suoyin-worker store'"
                                " AND xact_start IS NOT NULL")
    check_stored_once(database, pages, 200)
    assert kills > 0
    print(f"RESULT messages=200 kills={kills} lost=0 doubled=0")


@pytest.mark.row(10)
@pytest.mark.short
def test_a_connection_that_is_cut_within_the_pipeline_costs_nothing(pipeline, database, pages, proxy):
    worker = pipeline.worker(database__url=proxy.url(database, "suoyin_worker")).start()
    publish(pages, range(20))
    settle(database, pages)
    statements = ("fence", "claim_keys", "WITH RECURSIVE chain", "revision_insert", "sighting_update", "outcomes")
    for statement in statements:
        proxy.when(statement, PgProxy.CUT, times=2)
        publish(pages, range(20), statement)
        settle(database, pages)
    assert proxy.hits == 2 * len(statements)
    assert outcomes(database) == {"new": 20, "revised": 20 * len(statements)}
    assert database.value("SELECT count(*) FROM core.revision") == 20 + 20 * len(statements)
    assert worker.metric("suoyin_fenced_total") == 0


@pytest.mark.row(2)
@pytest.mark.short
@pytest.mark.parametrize("action", [PgProxy.SWALLOW, PgProxy.CUT])
def test_a_lost_answer_to_commit_is_found_in_the_offsets(pipeline, database, pages, proxy, action):
    worker = pipeline.worker(database__url=proxy.url(database, "suoyin_worker")).start()
    for round_ in range(3):
        proxy.when("COMMIT", action)
        publish(pages, range(round_ * 20, round_ * 20 + 20))
        settle(database, pages)
    assert proxy.hits == 3
    check_stored_once(database, pages, 60)
    wait_until(lambda: worker.metric("suoyin_messages_total", outcome="new") == 60, 10, "what is stored is counted")
    assert worker.metric("suoyin_fenced_total") == 0


@pytest.mark.row(4)
def test_a_lost_answer_while_another_worker_takes_over_doubles_nothing(pipeline, database, pages, proxy):
    first = pipeline.worker(database__url=proxy.url(database, "suoyin_worker"), **QUICK_GROUP).start()
    proxy.when("COMMIT", PgProxy.FREEZE)
    publish(pages, range(20))
    wait_until(lambda: proxy.hits == 1, 30, "COMMIT is on its way")
    first.pause()
    second = pipeline.worker(**QUICK_GROUP).start()
    settle(database, pages, 60)  # once PostgreSQL has given up the first one's transaction
    proxy.thaw()
    first.resume()
    wait_until(lambda: first.metric("suoyin_fenced_total") + first.metric("suoyin_rebalances_total", kind="revoke"),
               60, "the first worker has noticed")
    second.stop()
    first.wait_ready(60)
    publish(pages, range(20, 40))
    check_stored_once(database, pages, 40)


@pytest.mark.row(5)
def test_a_transaction_frozen_in_the_pipeline_does_not_keep_its_partitions(pipeline, database, pages, proxy):
    """PostgreSQL must be able to end it: no statement waits for its sync when its worker stops."""
    first = pipeline.worker(database__url=proxy.url(database, "suoyin_worker"), **QUICK_GROUP).start()
    publish(pages, range(5))
    settle(database, pages)  # its statements are prepared
    proxy.when("revision_insert", PgProxy.FREEZE)
    publish(pages, range(5, 20))
    wait_until(lambda: proxy.hits == 1, 30, "the first worker is in the middle of its writes")
    first.pause()
    pipeline.worker(**QUICK_GROUP).start()
    check_stored_once(database, pages, 20)


@pytest.mark.row(5)
def test_a_transaction_frozen_in_a_copy_is_ended_by_whoever_takes_over(pipeline, database, pages, proxy):
    """No timeout of PostgreSQL runs while it waits for rows: the heir ends the connection."""
    first = pipeline.worker(database__url=proxy.url(database, "suoyin_worker"), **QUICK_GROUP).start()
    proxy.when("\t件\t", PgProxy.FREEZE)
    publish(pages, range(20), "处理12件")
    wait_until(lambda: proxy.hits == 1, 30, "the first worker is in the middle of its rows")
    first.pause()
    heir = pipeline.worker(**QUICK_GROUP).start(ready=False)
    check_stored_once(database, pages, 20)
    assert heir.log_contains(r"holder_ended .*ended=yes")
    assert differences(database) == {}
    proxy.thaw()
    first.resume()
    publish(pages, range(20, 40), "处理12件")
    check_stored_once(database, pages, 40)
    assert first.is_running() and heir.is_running()


@pytest.mark.row(13)
@pytest.mark.short
def test_a_deadlock_is_run_again(pipeline, database, pages):
    worker = pipeline.worker().start()
    publish(pages, range(10))
    settle(database, pages)
    rogue = database.server.connect(database.name)
    rogue.autocommit = False
    with rogue.cursor() as cursor:  # reports first, then a URL: the other way round than the worker
        cursor.execute("SET deadlock_timeout = '1min'")  # so it is the worker that is told
        cursor.execute("SELECT 1 FROM core.report FOR UPDATE")
        publish(pages, range(10), "edited")
        wait_until(lambda: database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                          " AND application_name = 'suoyin-worker store'"), 20, "the worker waits")
        cursor.execute("SELECT 1 FROM core.sighting FOR UPDATE")
    rogue.rollback()
    rogue.close()
    settle(database, pages)
    assert outcomes(database) == {"new": 10, "revised": 10}
    assert worker.metric("suoyin_database_retries_total", sqlstate="40P01") == 1


@pytest.mark.row(14)
@pytest.mark.short
def test_a_table_locked_for_long_is_waited_for(pipeline, database, pages, proxy):
    worker = pipeline.worker(database__url=proxy.url(database, "suoyin_worker", lock_timeout="500ms")).start()
    with locked(database, "core.revision"):
        publish(pages, range(10))
        wait_until(lambda: worker.metric("suoyin_database_retries_total", sqlstate="55P03") >= 2, 30, "it tries again")
        wait_until(lambda: is_missing(worker, "database"), 20, "/readyz tells that the database is away")
    check_stored_once(database, pages, 10)


@pytest.mark.row(12)
@pytest.mark.short
def test_a_standby_is_left_for_another_connection(pipeline, database, pages):
    """Read only for new sessions alone: what a failover behind one address looks like."""
    worker = pipeline.worker().start()
    publish(pages, range(5))
    settle(database, pages)
    database.query(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                   " AND pid <> pg_backend_pid()")
    publish(pages, range(5, 10))
    wait_until(lambda: worker.metric("suoyin_database_retries_total", sqlstate="25006"), 20, "it meets the standby")
    with database.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {database.name} RESET default_transaction_read_only")
    check_stored_once(database, pages, 10)


@pytest.mark.short
def test_a_fault_of_the_database_is_no_fault_of_the_page(pipeline, database, pages):
    """A sequence that was not restored with its table: no page is to blame, and none is set aside."""
    worker = pipeline.worker().start()
    publish(pages, range(80))
    settle(database, pages)
    database.query("ALTER SEQUENCE core.revision_revision_id_seq RESTART")
    publish(pages, range(80, 90))
    assert worker.wait(60) == 1
    assert worker.log_contains(r"event=fatal .*23505")
    assert database.value("SELECT count(*) FROM core.dead_letter") == 0
    database.query("SELECT setval('core.revision_revision_id_seq', 1000)")
    worker.start()
    check_stored_once(database, pages, 90)


# -- Kafka and the group ---------------------------------------------------------------------------

@pytest.mark.row(18)
def test_a_broker_that_is_away_at_the_start_and_later_is_waited_for(pipeline, kafka, database, pages):
    worker = pipeline.worker()
    publish(pages, range(10))
    kafka.kill()
    try:
        worker.start(ready=False)
        wait_until(lambda: is_missing(worker, "kafka"), 30, "/readyz tells that the broker is away")
    finally:
        kafka.start()
    worker.wait_ready(60)
    settle(database, pages, 60)
    kafka.kill()
    try:
        wait_until(lambda: is_missing(worker, "kafka"), 30, "/readyz tells that the broker went away")
    finally:
        kafka.start()
    publish(pages, range(10, 20))
    worker.wait_ready(60)
    check_stored_once(database, pages, 20)


@contextlib.contextmanager
def broker_away_past_the_session(kafka, worker):
    """Back as soon as the worker's session is over; heartbeats are sent every two seconds."""
    kafka.kill()
    try:
        yield
        worker.wait_for_log("facility=SESSTMOUT", 20)
    finally:
        kafka.start()
    time.sleep(4)
    assert worker.is_running() and not worker.log_contains("facility=FATAL")


@pytest.mark.row(19)
@pytest.mark.parametrize("stored", ["later", "meanwhile"])
def test_a_static_member_outlives_a_broker_that_is_away_past_its_session(pipeline, kafka, database, pages, stored):
    """Its last batch is stored when the broker is back, or while it is away."""
    worker = pipeline.worker(instance="w", batch__messages=10, drain="60s", **QUICK_GROUP).start()
    publish(pages, range(10))
    settle(database, pages)
    with contextlib.ExitStack() as lock:
        lock.enter_context(locked(database, "core.revision"))
        publish(pages, range(10, 20))
        wait_until(lambda: database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                          " AND application_name = 'suoyin-worker store'"), 20, "it waits within a batch")
        with broker_away_past_the_session(kafka, worker):
            if stored == "meanwhile":
                time.sleep(4)
                lock.close()
    publish(pages, range(20, 30))
    check_stored_once(database, pages, 30)
    assert worker.log_contains("event=revoked lost=yes")
    assert worker.is_running() and not worker.log_contains("event=fatal")


@pytest.mark.row(4)
def test_a_zombie_is_fenced_and_joins_again(pipeline, kafka, topic, database):
    pages = Pages(kafka, topic, partitions=4)
    zombie = pipeline.worker(batch__messages=20, **QUICK_GROUP).start()
    with locked(database, "core.revision"):  # it is stopped within a batch
        publish(pages, range(100))
        wait_until(lambda: database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                          " AND application_name = 'suoyin-worker store'"), 20, "a batch is begun")
        zombie.pause()
    heir = pipeline.worker(batch__messages=20, **QUICK_GROUP).start()
    wait_until(lambda: heir.metric("suoyin_assigned_partitions") == 4, 60, "the heir has all partitions")
    settle(database, pages, 60)
    zombie.resume()
    wait_until(lambda: zombie.metric("suoyin_assigned_partitions") == 2, 60, "the zombie has joined again")
    assert zombie.metric("suoyin_fenced_total") >= 1
    publish(pages, range(100, 200))
    check_stored_once(database, pages, 200)
    assert heir.stop() == 0
    publish(pages, range(200, 250))
    check_stored_once(database, pages, 250)
    assert zombie.stop() == 0


@pytest.mark.short
def test_offsets_taken_by_somebody_else_are_read_again(pipeline, database, pages):
    worker = pipeline.worker(**QUICK_GROUP).start()
    publish(pages, range(10))
    settle(database, pages)
    database.query("UPDATE core.ingest_offset SET epoch = epoch + 1, owner = 'somebody else'")
    publish(pages, range(10, 30))
    check_stored_once(database, pages, 30)
    assert worker.metric("suoyin_fenced_total") == 1
    assert database.value("SELECT epoch FROM core.ingest_offset") == 3


@pytest.mark.row(6)
def test_a_store_that_stands_still_keeps_its_place_in_the_group(pipeline, database, pages, proxy):
    worker = pipeline.worker(database__url=proxy.url(database, "suoyin_worker"), batch__messages=10,
                             **QUICK_GROUP, **{"kafka__max.poll.interval.ms": 10000}).start()
    with locked(database, "core.revision"):
        publish(pages, range(100))
        began = time.monotonic()
        wait_until(lambda: worker.metric("suoyin_database_retries_total", sqlstate="55P03"), 30, "lock_timeout")
        wait_until(lambda: worker.metric("suoyin_database_retries_total", sqlstate="55P03") >= 2, 30, "again")
        time.sleep(max(0, began + 15 - time.monotonic()))  # one batch, for longer than max.poll
        assert worker.is_live()
    check_stored_once(database, pages, 100)
    assert worker.metric("suoyin_rebalances_total", kind="revoke") == 0


def test_partitions_that_were_paused_flow_again_after_a_rebalance(pipeline, kafka, topic, database):
    pages = Pages(kafka, topic, partitions=4)
    worker = pipeline.worker(batch__messages=5, drain="1s", **QUICK_GROUP).start()
    with locked(database, "core.revision"):
        publish(pages, range(200))
        time.sleep(8)  # until its partitions are paused, which nothing tells
        guest = pipeline.worker(drain="1s", **QUICK_GROUP).start(ready=False)
        wait_until(lambda: guest.metric("suoyin_assigned_partitions") == 2, 60, "the guest has two partitions")
        wait_until(lambda: worker.metric("suoyin_assigned_partitions") == 2, 60, "the other two stayed")
        guest.kill()
        wait_until(lambda: worker.metric("suoyin_assigned_partitions") == 4, 60, "all partitions are back")
    check_stored_once(database, pages, 200)


@pytest.mark.row(22)
def test_workers_that_come_and_go_lose_and_double_nothing(pipeline, kafka, topic, database):
    pages = Pages(kafka, topic, partitions=6)
    workers = [pipeline.worker(batch__messages=10, batch__linger="10ms", **QUICK_GROUP) for _ in range(3)]
    workers[0].start()
    for round_ in range(6):
        publish(pages, range(round_ * 150, round_ * 150 + 150))
        leaving = workers[(round_ - 1) % 3]
        workers[round_ % 3].start(ready=False) if not workers[round_ % 3].is_running() else None
        wait_until(lambda: judged(database) > round_ * 150 + 50, 60, "some of the round is judged", every=0.02)
        workers[(round_ + 1) % 3].start(ready=False) if not workers[(round_ + 1) % 3].is_running() else None
        if leaving.is_running():
            leaving.kill() if round_ % 2 else leaving.stop()
    check_stored_once(database, pages, 900)


@pytest.mark.row(23)
def test_the_younger_of_two_equal_instances_stays_alone(pipeline, database, pages):
    first = pipeline.worker(instance="one", **QUICK_GROUP).start()
    second = pipeline.worker(instance="one", **QUICK_GROUP).start()
    assert first.wait(60) == 1
    assert first.log_contains(r"event=fatal .*[Ff]enced")
    publish(pages, range(10))
    check_stored_once(database, pages, 10)
    assert second.is_ready()


@pytest.mark.row(26)
def test_a_topic_that_is_made_anew_under_a_worker_stops_it(pipeline, kafka, topic, database, pages):
    worker = pipeline.worker(**QUICK_GROUP).start()
    publish(pages, range(10))
    settle(database, pages)
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.delete_topics([topic])[topic].result(30)
    wait_until(lambda: topic not in admin.list_topics().topics, 30, "the topic is gone")
    anew = Pages(kafka, topic)
    publish(anew, range(100, 105))
    assert worker.wait(120) == 1
    assert worker.log_contains(r"event=fatal .*(topic_changed|offset_out_of_range)")
    assert database.value("SELECT next_offset FROM core.ingest_offset") == 10
    assert judged(database) == 10


@pytest.mark.row(3)
@pytest.mark.short
def test_lag_tools_see_what_is_stored_even_after_a_crash(pipeline, kafka, database, pages, topic):
    worker = pipeline.worker().start()
    publish(pages, range(10))
    settle(database, pages)
    assert worker.stop() == 0
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": f"g-{topic}"})
    # as if it had been killed between the commit of the rows and that of the offsets
    consumer.commit(offsets=[TopicPartition(topic, 0, 3)], asynchronous=False)
    worker.start()
    wait_until(lambda: consumer.committed([TopicPartition(topic, 0)], 10)[0].offset == 10, 20,
               "Kafka is told what PostgreSQL has")
    consumer.close()


# -- the children ----------------------------------------------------------------------------------

def big_page(n):
    return slow_document(f"大报告{n}", content=str(n))


def busy_child(worker, for_ticks=2):
    """A child that has begun to read a page: from now on it has used so many ticks."""
    before = {pid: cpu_ticks(pid) for pid in children_of(worker)}
    return wait_until(lambda: next((pid for pid, ticks in before.items() if cpu_ticks(pid) >= ticks + for_ticks), None),
                      20, "a child is busy", every=0.002)


@pytest.mark.short
def test_a_child_killed_at_its_page_costs_nothing(pipeline, database, pages):
    worker = pipeline.worker(children=1).start()
    pages.publish(URL.format("big"), big_page(1), 1)
    publish(pages, range(5))
    os.kill(busy_child(worker), signal.SIGKILL)
    check_stored_once(database, pages, 6)
    assert worker.metric("suoyin_children_total", event="crashed") == 1


@pytest.mark.short
def test_a_child_that_hangs_is_replaced_and_its_page_read_by_another(pipeline, database, pages):
    worker = pipeline.worker(children=1, child__deadline="3s").start()
    pages.publish(URL.format("big"), big_page(1), 1)
    publish(pages, range(5))
    os.kill(busy_child(worker), signal.SIGSTOP)
    check_stored_once(database, pages, 6)
    assert worker.metric("suoyin_children_total", event="timeout") == 1


@pytest.mark.short
def test_a_page_that_kills_two_children_is_a_dead_letter(pipeline, database, pages):
    worker = pipeline.worker(children=1).start()
    pages.publish(URL.format("big"), big_page(1), 1)
    publish(pages, range(5))
    os.kill(busy_child(worker), signal.SIGKILL)
    worker.wait_for_log(r"event=child_failed", 20)
    wait_until(lambda: children_of(worker), 20, "another child is there", every=0.01)
    os.kill(busy_child(worker, 5), signal.SIGKILL)  # to begin, it needs less
    settle(database, pages)
    assert outcomes(database) == {"new": 5, "dead": 1}
    assert database.query("SELECT url, reason FROM api.dead_letter") == [(URL.format("big"), "extract_crash")]


# -- the end ---------------------------------------------------------------------------------------

@pytest.mark.row(25)
@pytest.mark.short
@pytest.mark.parametrize("signals", [1, 2])
def test_a_stop_does_not_wait_for_a_database_that_stands_still(pipeline, database, pages, signals):
    worker = pipeline.worker(drain="2s").start()
    with locked(database, "core.revision"):
        publish(pages, range(20))
        wait_until(lambda: database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                          " AND application_name = 'suoyin-worker store'"), 20, "a batch is begun")
        for _ in range(signals):
            worker.signal(signal.SIGTERM)
            time.sleep(0.1)
        assert worker.wait(8) == 0
    worker.start()
    check_stored_once(database, pages, 20)


@pytest.mark.short
def test_a_stop_before_the_database_answers_is_quick(pipeline, database, proxy):
    proxy.close()
    worker = pipeline.worker(database__url=proxy.url(database, "suoyin_worker")).start(ready=False)
    wait_until(lambda: is_missing(worker, "database"), 20, "/readyz tells that the database is away")
    worker.signal(signal.SIGTERM)
    assert worker.wait(10) == 0


def memory_mib(daemon, name):
    """VmRSS, or VmHWM: the most it ever was."""
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) // 1024


@pytest.mark.row(35)
def test_memory_stays_bounded_with_a_partition_full_of_the_largest_pages(pipeline, kafka, topic, database):
    """queued.max.messages.kbytes, a fetch beyond it, and two batches of batch.bytes and a page each."""
    pages = Pages(kafka, topic)
    filler = os.urandom(3_800_000).hex().encode()
    for n in range(60):
        body = document(f"报告{n}", content=str(n)) + b"<!--%d " % n + filler + b"-->"
        pages.publish(URL.format(n), body, n)
        if n % 4 == 3:
            pages.flush()
    worker = pipeline.worker(batch__bytes="8MiB", **{"kafka__queued.max.messages.kbytes": 65536})
    with locked(database, "core.revision"):
        worker.start()
        wait_until(lambda: database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                          " AND application_name = 'suoyin-worker store'"), 60, "a batch is begun")
        sizes = []
        wait_until(lambda: sizes.append(memory_mib(worker, "VmRSS")) or sizes[-20:].count(sizes[-1]) == 20, 60,
                   "it takes no more")
    settle(database, pages, 120)
    peak = memory_mib(worker, "VmHWM")
    print(f"RESULT pages=60 bytes_each={len(body)} peak_mib={peak}")
    assert peak < 250
