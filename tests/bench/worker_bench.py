# SPDX-License-Identifier: MIT
"""Pages from Kafka to rows in PostgreSQL: what they cost, beside what they must cost at least, and beside others.

usage: tests/bench/run worker [PAGES [WORKERS…]]       (default: 20000 pages; 1, 2 and 4 workers)

One topic (12 partitions; pages of 20 to 120 kB, 30 % repeats, 10 % revisions) is drained by so many workers, each time
into a fresh database. CPU is that of the worker with its children, and of PostgreSQL's processes, ended ones too; its
phases are the worker's own count (suoyin_cpu_seconds_total). The floors are taken from the very same messages and the
rows that the first run left. Peers are scripts in Python, per CPU second of the process as ours is.

RESULT: floor_ratio = (worker + PostgreSQL) / (librdkafka + tokenizer + COPY), of the first run, by page; pages_per_s
and per core are of it too; peer_* = our pages a second and core by theirs; peer_lxml is PyPI's with the libxml2 that it
brings, peer_lxml_debian Debian's python3-lxml on the libxml2 that we use too. Only ratios of one run mean something.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made import MADE, ROOT, publish

from suoyin import wait_until
from suoyin.pipeline import Pipeline
from suoyin.proc import children, family_cpu, family_peak, stat
from suoyin.stack import Kafka, Postgres

PHASES = ("consume", "pipe", "decode", "parse", "extract", "reply", "check", "look_up", "judge", "write", "commit")
ROWS = ("report", "revision", "report_key", "sighting", "section", "citation", "quantity", "required_part")
PEERS = {"trafilatura": 500, "lxml": 4000, "lxml_debian": 4000}  # messages at most: the first of the topic's partitions
VENV = ROOT / "build" / "peers-ingest"
DEBIAN = ROOT / "build" / "peers-debian"  # with python3-lxml: the same libxml2 as ours, where PyPI's brings a later one
CLIENTS = ["confluent-kafka", "psycopg[binary]"]
PACKAGES = {VENV: ["trafilatura==2.3.1", "lxml", "lxml_html_clean", *CLIENTS], DEBIAN: CLIENTS}


PORTAL = """portals:
  - id: demo
    name: 示例县科学技术局
    home: http://demo.example.gov.cn/
    lists:
      - {url: http://demo.example.gov.cn/zwgk/index.html, rows: "//li"}
"""


class Run:
    """One drain of the topic by some workers into a database of its own."""

    def __init__(self, postgres, pipeline, count, workers):
        self.count, self.workers = count, workers
        self.daemons = [pipeline.worker(group=f"bench-{workers}") for _ in range(workers)]
        self.postgres, self.pipeline = postgres, pipeline
        self.pid = int(postgres.facts["pid"])

    def sum(self, name, **labels):
        return sum(d.metric(name, **labels) for d in self.daemons)

    def stored(self):
        return self.sum("suoyin_messages_total")

    def go(self):
        database = self.pipeline.database
        database.query("CHECKPOINT")
        server, lsn = family_cpu(self.pid), database.value("SELECT pg_current_wal_lsn()")
        for daemon in self.daemons:
            daemon.start(ready=False)
        first = wait_until(self.stored, 120, "the first batch", every=0.02)
        began = time.monotonic()
        wait_until(lambda: self.stored() >= self.count, 3600, "all are stored", every=0.5)
        self.seconds = (time.monotonic() - began) * self.count / max(1, self.count - first)
        # the last batch is counted in a moment after it is stored
        time.sleep(0.3)
        self.phases = {phase: self.sum("suoyin_cpu_seconds_total", phase=phase) for phase in PHASES}
        self.batches = {phase: (self.sum("suoyin_batch_seconds_count", phase=phase),
                                self.sum("suoyin_batch_seconds_sum", phase=phase)) for phase in ("extract", "store")}
        self.repeats = self.sum("suoyin_repeats_total")
        pids = [daemon.process.pid for daemon in self.daemons]
        self.parents = sum(stat(pid)[1] for pid in pids)
        self.worker = sum(family_cpu(pid) for pid in pids)
        self.peak = max(family_peak(pid) for pid in pids)
        self.children = sum(len(children(pid)) for pid in pids)
        # while its processes live: one that is just being waited for may be counted twice or not at all
        self.server = family_cpu(self.pid) - server
        for daemon in self.daemons:
            assert daemon.stop() == 0, daemon.tail()
        self.wal = int(database.value("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), %s)", lsn))
        self.reports = database.value("SELECT count(*) FROM core.report")
        self.outcomes = dict(database.query("SELECT outcome, sum(messages)::bigint FROM core.outcome GROUP BY 1"))
        assert not self.outcomes.get("dead"), f"dead letters: {self.outcomes}\n{self.daemons[0].tail(2)}"
        return self

    def ms(self, seconds):
        return 1000 * seconds / self.count

    def report(self, size):
        words = ", ".join(f"{n} {outcome}" for outcome, n in sorted(self.outcomes.items()))
        print(f"\n{self.workers} worker(s): {self.count / self.seconds:.0f} pages/s, {size / 1e6 / self.seconds:.1f}"
              f" MB/s ({words}; {self.repeats:.0f} repeats not read again)")
        known = sum(self.phases.values())
        for phase in PHASES:
            print(f"  {phase:12} {self.ms(self.phases[phase]):8.3f} ms/page")
        print(f"  {'other':12} {self.ms(self.worker - known):8.3f}")
        print(f"  {'worker':12} {self.ms(self.worker):8.3f}   parents {self.ms(self.parents):.3f},"
              f" children {self.ms(self.worker - self.parents):.3f}")
        print(f"  {'PostgreSQL':12} {self.ms(self.server):8.3f}")
        for phase, (count, seconds) in self.batches.items():
            print(f"  {count:.0f} batches, {1000 * seconds / max(1, count):.0f} ms each in {phase}")
        print(f"  peak memory {self.peak / 2 ** 20:.0f} MiB (a worker and its children, at most);"
              f" WAL {self.wal / max(1, self.reports):.0f} bytes a report, {self.wal / self.count:.0f} a message",
              flush=True)


def copied_rows(postgres, database, directory):
    """CPU seconds of COPY, server and client, of the rows that a run left, into tables with the same indexes."""
    pid, connection = int(postgres.facts["pid"]), postgres.connect(database.name)
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA floor")
        for table in ROWS:
            cursor.execute(f"CREATE TABLE floor.{table} (LIKE core.{table} INCLUDING ALL)")
            with open(directory / table, "wb") as out:
                cursor.copy_expert(f"COPY core.{table} TO STDOUT", out)
        connection.commit()
        connection.autocommit = True
        cursor.execute("CHECKPOINT")
        connection.autocommit = False
        server, client = family_cpu(pid), time.process_time()
        for table in ROWS:
            with open(directory / table, "rb") as rows:
                cursor.copy_expert(f"COPY floor.{table} FROM STDIN", rows)
        connection.commit()
        spent = family_cpu(pid) - server + time.process_time() - client
    connection.close()
    return spent


def floors(kafka, topic, count):
    done = subprocess.run([MADE / "ingest_floors", kafka.bootstrap, topic, str(count)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    found = dict(re.findall(r"(\w+)=([\d.]+)", done.stdout))
    return float(found["drain_ms"]), float(found["tokens_ms"])


def peer(kind, kafka, topic, database, count):
    """Pages a second and core of one of the scripts."""
    count = min(count, PEERS[kind])
    kind, venv = (kind.removesuffix("_debian"), DEBIAN if kind.endswith("_debian") else VENV)
    database.query(f"DROP TABLE IF EXISTS peer_{kind}")
    done = subprocess.run(
        [venv / "bin" / "python", Path(__file__).with_name("peer_ingest.py"), kind, kafka.bootstrap, topic,
         database.url(), str(count)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"peer {kind}: {done.stderr}")
    found = dict(re.findall(r"(\w+)=([\d.]+)", done.stdout))
    versions = f"libxml2 {found['libxml2']}" if "libxml2" in found else "by its defaults"
    speed = count / float(found["cpu"])
    print(f"peer {kind} ({versions}): {speed:.0f} pages/s and core, over {count} messages", flush=True)
    return speed


def make_venvs():
    for venv, packages in PACKAGES.items():
        if not (venv / "bin" / "python").exists():
            system = ["--system-site-packages"] if venv == DEBIAN else []
            subprocess.run([sys.executable, "-m", "venv", *system, venv], check=True)
        subprocess.run([venv / "bin" / "pip", "install", "-q", "--disable-pip-version-check", *packages], check=True)


def bench(directory, kafka, postgres, count, worker_counts):
    topic = Kafka.topic()
    _, size = publish(kafka, topic, count)
    portal = directory / "portal.yaml"
    portal.write_text(PORTAL)
    runs = []
    for workers in worker_counts:
        database = postgres.create_database(f"bench_{workers}").migrate()
        pipeline = Pipeline(directory, kafka, database, topic)
        pipeline.sync(portal)
        runs.append((Run(postgres, pipeline, count, workers).go(), database))
        pipeline.close()
        runs[-1][0].report(size)
    first, database = runs[0]
    drain, tokens = floors(kafka, topic, count)
    copy = first.ms(copied_rows(postgres, database, directory))
    print(f"\nfloors: librdkafka {drain:.3f}, tokenizer {tokens:.3f}, COPY {copy:.3f} ms/page", flush=True)
    ours = count / first.worker
    print(f"worker: {ours:.0f} pages/s and core", flush=True)
    peers = {} if os.environ.get("BENCH_NO_PEERS") else {
        kind: ours / peer(kind, kafka, topic, database, count) for kind in PEERS}
    ratio = (first.ms(first.worker) + first.ms(first.server)) / (drain + tokens + copy)
    print(f"RESULT floor_ratio={ratio:.2f} pages_per_s={count / first.seconds:.0f} per_core={ours:.0f}",
          *(f"peer_{kind}={times:.2f}" for kind, times in peers.items()),
          f"wal_per_report={first.wal / max(1, first.reports):.0f} peak_mib={first.peak / 2 ** 20:.0f}")


def main():
    numbers = [int(a) for a in sys.argv[1:]]
    count, workers = (numbers or [20_000])[0], numbers[1:] or [1, 2, 4]
    if not os.environ.get("BENCH_NO_PEERS"):
        make_venvs()
    with tempfile.TemporaryDirectory(prefix="suoyin-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        kafka, postgres = Kafka(directory), Postgres(directory)
        try:
            kafka.start()
            postgres.start()
            bench(directory, kafka, postgres, count, workers)
        finally:
            kafka.stop()
            postgres.stop()
            postgres.remove()


if __name__ == "__main__":
    main()
