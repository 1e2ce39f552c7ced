# SPDX-License-Identifier: MIT
"""/metrics: what the gauges of lag say is true, the page is as Prometheus wants it, and OPERATIONS.md tells all of it."""

import contextlib
import os
import re
import shutil
import subprocess
import time

import pytest

from suoyin import ROOT, wait_until
from suoyin.ledger import settle
from suoyin.pages import Pages, document
from suoyin.scrape import samples

URL = "http://demo.example.gov.cn/{}.html"
QUICK = {"batch__linger": "100ms", "kafka__session.timeout.ms": 6000}
OUTCOMES = {"dead", "attached", "withdrawn", "ignored", "conflict", "new", "sighting", "revised", "same"}


def shown(daemon, name, label="partition"):
    """{label: value} of one metric."""
    return {labels.get(label, ""): value for metric, labels, value in samples(daemon) if metric == name}


@contextlib.contextmanager
def nothing_is_stored(database):
    """Transactions of the worker wait for a table, as they do for a slow database."""
    connection = database.server.connect(database.name)
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE core.sighting IN SHARE MODE")
    try:
        yield
    finally:
        connection.close()


def publish(pages, numbers, **how):
    for n in numbers:
        pages.publish(URL.format(n), document(f"报告{n}", f"012345678/2026-{n:05d}", content=f"{n}"), n, **how)
    pages.flush()


# -- lag ---------------------------------------------------------------------------------------------

def test_lag_grows_while_nothing_is_stored_and_is_0_when_all_is(pipeline, kafka, topic, database):
    pages = Pages(kafka, topic, partitions=2)
    worker = pipeline.worker(batch__messages=5, **QUICK).start()

    def lag():
        return shown(worker, "suoyin_lag_messages"), shown(worker, "suoyin_lag_seconds")
    idle = ({"0": 0, "1": 0}, {"0": 0, "1": 0})
    wait_until(lambda: lag() == idle, 60, "an idle worker has no lag, in messages and in seconds")
    began = time.time()
    with nothing_is_stored(database):
        publish(pages, range(20), partition=0, timestamp=began - 1000)
        # one batch is being stored and one is full: of these none is in hand, and the topic is asked for their age
        publish(pages, range(20, 23), partition=1, timestamp=began - 500)
        wait_until(lambda: lag()[0] == {"0": 20, "1": 3}, 60, "the messages that wait are counted")

        def ages():
            seconds = lag()[1]
            passed = time.time() - began
            return all(age - 5 <= seconds[part] <= age + passed + 1 and seconds[part] >= age
                       for part, age in (("0", 1000), ("1", 500)))
        wait_until(ages, 60, "the oldest of each partition has its age")
        # long enough for the worker to have paused its partitions: it fetches no more, and the end moves on
        wait_until(lambda: lag()[1]["0"] > 1010, 60, "it grows older")
        publish(pages, range(23, 33), partition=1, timestamp=began)
        wait_until(lambda: lag()[0] == {"0": 20, "1": 13}, 60, "what comes while nothing is fetched is counted")
        assert lag()[1]["1"] >= 500
    settle(database, pages, 60)
    wait_until(lambda: lag() == idle, 60, "all is stored")
    assert worker.stop() == 0


def test_a_partition_is_shown_by_the_worker_that_has_it(pipeline, kafka, topic):
    Pages(kafka, topic, partitions=3)
    first = pipeline.worker(**QUICK).start()
    wait_until(lambda: shown(first, "suoyin_lag_messages").keys() == {"0", "1", "2"}, 60, "it has all")
    assert first.metric("suoyin_topic_partitions") == 3
    second = pipeline.worker(**QUICK).start()

    def shared():
        each = [shown(w, "suoyin_lag_messages").keys() for w in (first, second)]
        ages = [shown(w, "suoyin_lag_seconds").keys() for w in (first, second)]
        return each == ages and len(each[0]) + len(each[1]) == 3 and each[0] | each[1] == {"0", "1", "2"}
    wait_until(shared, 60, "each shows its own")
    second.stop()
    wait_until(lambda: shown(first, "suoyin_lag_messages").keys() == {"0", "1", "2"}, 60, "it has all again")


def test_lag_in_seconds_grows_while_no_broker_answers(pipeline, kafka, topic, database):
    pages = Pages(kafka, topic)
    worker = pipeline.worker(batch__messages=5, **QUICK).start()
    with nothing_is_stored(database):
        publish(pages, range(3), timestamp=time.time() - 100)
        wait_until(lambda: worker.metric("suoyin_lag_seconds") >= 100, 60, "they wait")
        before = worker.metric("suoyin_lag_seconds")
        kafka.kill()
        try:
            wait_until(lambda: worker.metric("suoyin_lag_seconds") > before + 5, 60, "they go on waiting")
            assert worker.metric("suoyin_lag_messages") == 3
        finally:
            kafka.start()
    settle(database, pages, 120)
    wait_until(lambda: worker.metric("suoyin_lag_seconds") == 0, 120, "nothing waits")


# -- the rest of the worker's --------------------------------------------------------------------------

def test_a_worker_tells_what_became_of_its_messages(pipeline, kafka, topic, database):
    pages = Pages(kafka, topic)
    worker = pipeline.worker(batch__messages=1).start()
    assert shown(worker, "suoyin_messages_total", "outcome").keys() == OUTCOMES  # before the first message
    pages.publish(URL.format("a"), document("报告", content="甲"), 1, timestamp=time.time() - 1000)
    pages.publish(URL.format("b"), document("报告", "012345678/2026-00001", content="乙"), 2)
    # the number that shows now makes the two records one
    pages.publish(URL.format("a"), document("报告", "012345678/2026-00001", content="乙"), 3)
    pages.publish(URL.format("b"), None, 4)  # a page without a body
    settle(database, pages)
    assert database.query("SELECT count(*) FROM core.report WHERE merged_into IS NOT NULL") == [(1,)]
    wait_until(lambda: sum(shown(worker, "suoyin_messages_total", "outcome").values()) == pages.count, 30, "counted")
    for name, at_least in (("suoyin_publish_to_row_seconds", 1000), ("suoyin_transaction_seconds", 0)):
        assert worker.metric(f"{name}_count") == pages.count, name
        assert at_least < worker.metric(f"{name}_sum") < at_least + 300, name
    assert worker.metric("suoyin_merged_total") == 1
    assert worker.metric("suoyin_messages_total", outcome="dead") == 1
    wait_until(lambda: worker.metric("suoyin_dead_letters_open") == 1, 60, "the open dead letter is counted")
    database.ctl("dlq", "resolve", "--unresolved", "--note", "test")
    wait_until(lambda: worker.metric("suoyin_dead_letters_open") == 0, 60, "and settled")


def test_connections_to_the_database_are_counted(pipeline, kafka, topic, database):
    Pages(kafka, topic)
    worker = pipeline.worker(**QUICK).start()
    opened = worker.metric("suoyin_database_connections_total", outcome="opened")
    assert opened >= 1 and worker.metric("suoyin_database_connections_total", outcome="failed") == 0
    database.server.kill()
    try:
        wait_until(lambda: worker.metric("suoyin_database_connections_total", outcome="failed") > 2, 60, "they fail")
    finally:
        database.server.start()
    wait_until(lambda: worker.is_ready() and
               worker.metric("suoyin_database_connections_total", outcome="opened") > opened, 60, "it is back")


# -- the process ---------------------------------------------------------------------------------------

def of_the_system(pid):
    """What /proc says of a process, by the names of the metrics."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/limits") as limits:
        most = re.search(r"^Max open files\s+(\d+)", limits.read(), re.M)[1]
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGESIZE")
    return {"process_cpu_seconds_total": (int(fields[11]) + int(fields[12])) / ticks,
            "process_resident_memory_bytes": int(fields[21]) * page, "process_virtual_memory_bytes": int(fields[20]),
            "process_threads": int(fields[17]), "process_open_fds": len(os.listdir(f"/proc/{pid}/fd")),
            "process_max_fds": int(most)}


def test_what_it_says_of_its_process_is_what_the_system_says(pipeline, kafka, topic):
    Pages(kafka, topic)
    began = time.time()
    worker = pipeline.worker().start()
    started = worker.metric("process_start_time_seconds")
    assert began - 2 < started < time.time() + 2

    def agree():
        """It goes on working between two looks: what it says lies between them, but for the scrape's own connection."""
        before = of_the_system(worker.process.pid)
        said = {name: value for name, _, value in samples(worker) if name in before}
        after = of_the_system(worker.process.pid)
        return said.keys() == before.keys() and all(
            min(before[n], after[n]) * 0.99 - 2 <= said[n] <= max(before[n], after[n]) * 1.01 + 2 for n in before)
    wait_until(agree, 60, "they agree")
    assert worker.metric("process_resident_memory_bytes") > 1 << 20
    # the system counts in hundredths of a second, and sees only who runs when one is over
    wait_until(lambda: worker.metric("process_cpu_seconds_total") > 0, 60, "it has taken some CPU")
    assert worker.metric("process_start_time_seconds") == started


# -- the page ------------------------------------------------------------------------------------------

def table():
    """{name: (label or "", programs)} of the table in OPERATIONS.md."""
    text = (ROOT / "docs" / "OPERATIONS.md").read_text()
    section = text.split("\n## Metrics\n")[1].split("\n## ")[0]
    found = {}
    for names, label, program in re.findall(r"^\| (`[a-z_` ]+`) \| ([a-z_]*) ?\| ([a-z, ]+) \|", section, re.M):
        for name in re.findall(r"`([a-z_]+)`", names):
            found[name] = (label, program)
    return found


def families(daemon):
    """{name: label names} of a live page; a histogram is one."""
    page = daemon.get("/metrics")[1]
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.M))
    found = {}
    for name, labels, _ in samples(daemon):
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        family = family if kinds.get(family) == "histogram" else name
        found.setdefault(family, set()).update(labels.keys() - {"le"})
    return found


PROGRAMS = {"worker": {"worker", "worker, all modes", "both", "all"}, "crawler": {"crawler", "both", "all"},
            "index": {"worker, mode index", "worker, all modes", "all"}}


@pytest.fixture
def daemons(pipeline, database):
    """A worker, a crawler and an indexer that have worked: {kind: Daemon}."""
    sim = pipeline.portalsim(scenario="demo", portals=2, reports=12, publish_every=50).start()
    pipeline.sync(sim.portals_file)
    worker = pipeline.worker(**QUICK).start()
    crawler = pipeline.crawler(partitions=3, census="1s").start()
    index = pipeline.worker(mode="index", index__linger="100ms").start()
    wait_until(lambda: worker.metric("suoyin_messages_total", outcome="new") >= 12 and
               crawler.metric("suoyin_urls_published") > 0 and index.metric("suoyin_indexed_total") > 0 and
               worker.metric("suoyin_outbox_relaying") == 1 and shown(worker, "suoyin_lag_messages"),
               120, "all have worked")
    return {"worker": worker, "crawler": crawler, "index": index}


def test_the_pages_are_as_prometheus_wants_them_and_the_document_tells_all_of_them(daemons):
    told = table()
    assert len(told) > 50
    for kind, daemon in daemons.items():
        live = families(daemon)
        assert {"suoyin_build_info", "suoyin_ready", "process_cpu_seconds_total"} <= live.keys(), kind
        for name, labels in live.items():
            assert name in told, f"docs/OPERATIONS.md does not tell {name} of the {kind}"
            label, program = told[name]
            assert labels == ({label} if label else set()), (name, labels, label)
            assert program in PROGRAMS[kind], f"{name} is shown by the {kind}, and told to be of: {program}"
    # as sums: two crawlers would show the same
    crawler = daemons["crawler"]
    assert shown(crawler, "suoyin_portal_ok", "portal").keys() == shown(crawler, "suoyin_urls_published", "portal").keys()
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed: the pages were not linted")
    for kind, daemon in daemons.items():
        done = subprocess.run(["promtool", "check", "metrics"], input=daemon.get("/metrics")[1], text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == 0 and done.stdout + done.stderr == "", (kind, done.stdout + done.stderr)


def test_the_document_tells_of_no_metric_that_there_is_not():
    defined = set(re.findall(r'^METRIC\([^"]*"([a-z_]+)"', (ROOT / "include" / "suoyin" / "metrics.def").read_text(), re.M))
    process = set(re.findall(r'"(process_[a-z_]+)"', (ROOT / "runtime" / "metrics_process.c").read_text()))
    assert len(process) > 5
    assert table().keys() == defined | process


def test_a_portal_that_is_gone_has_no_gauge_any_more(pipeline, database):
    sim = pipeline.portalsim(portals=2, reports=6, publish_every=50).start()
    pipeline.sync(sim.portals_file)
    crawler = pipeline.crawler(partitions=1, census="1s").start()
    wait_until(lambda: len(shown(crawler, "suoyin_portal_ok", "portal")) == 2 and
               set(shown(crawler, "suoyin_portal_ok", "portal").values()) == {1}, 60, "both are ok")
    gone, stays = sorted(shown(crawler, "suoyin_portal_ok", "portal"))
    database.ctl("portal", "pause", gone)
    wait_until(lambda: shown(crawler, "suoyin_portal_ok", "portal").keys() == {stays}, 60, "a paused one is neither")
