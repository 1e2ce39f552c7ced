# SPDX-License-Identifier: MIT
"""How long a page takes from produce() to a row that another connection sees.

usage: tests/bench/run latency [SECONDS]        (default 30, after 5 seconds of warm-up)

200 pages a second (20 to 120 kB, each another report) into 12 partitions, linger.ms 20, one worker with its default
settings. Another connection asks every few milliseconds which revisions there are: what it sees late is counted as
late, so the figures are at most too high by one such pause.
"""

import sys
import tempfile
import threading
import time
from itertools import cycle
from pathlib import Path

from made import PARTITIONS, identified, raw_pages

from suoyin import wait_until
from suoyin.pages import Pages
from suoyin.pipeline import Pipeline
from suoyin.stack import Kafka, Postgres

RATE = 200
WARM_UP = 5
ASK_EVERY = 0.004
BOUNDS_MS = (10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 1000, 5000)


class Watch:
    """Asks PostgreSQL which revisions can be seen, and when it first saw each."""

    def __init__(self, database):
        self.seen, self.ended = {}, False
        self.connection = database.server.connect(database.name)
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()

    def _watch(self):
        last = 0
        with self.connection.cursor() as cursor:
            while not self.ended:
                cursor.execute("SELECT revision_id, ce_id FROM core.revision WHERE revision_id > %s", (last,))
                rows, now = cursor.fetchall(), time.monotonic()
                for revision, ce_id in rows:
                    self.seen[ce_id] = now
                    last = max(last, revision)
                time.sleep(ASK_EVERY)

    def end(self):
        self.ended = True
        self.thread.join()
        self.connection.close()


def produce(pages, seconds):
    """ce_id → when it was handed to produce(), of all that come after the warm-up."""
    sources, produced, began = cycle(list(raw_pages(100))), {}, time.monotonic()
    for n in range(RATE * (WARM_UP + seconds)):
        body = identified(next(sources), n)
        wait = began + n / RATE - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        if n >= RATE * WARM_UP:
            produced[f"m{n}"] = time.monotonic()
        pages.publish(f"http://demo.example.gov.cn/{n}.html", body, at=n, id=f"m{n}")
    late = time.monotonic() - began - WARM_UP - seconds
    print(f"produced {RATE} pages/s for {WARM_UP + seconds} s" + (f", {late:.1f} s late" if late > 1 else ""), flush=True)
    return produced


def quantile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))]


def report(taken):
    low = 0
    for high in (*BOUNDS_MS, float("inf")):
        count = sum(low <= ms < high for ms in taken)
        if count:
            print(f"  {low:>5} ms … {count:6} {'#' * round(60 * count / len(taken))}")
        low = high
    print(f"RESULT p50_ms={quantile(taken, 0.5):.0f} p99_ms={quantile(taken, 0.99):.0f} max_ms={taken[-1]:.0f}"
          f" pages={len(taken)}")


def bench(directory, kafka, postgres, seconds):
    database = postgres.create_database("latency").migrate()
    topic = Kafka.topic()
    pages, pipeline = Pages(kafka, topic, partitions=PARTITIONS), Pipeline(directory, kafka, database, topic)
    worker = pipeline.worker()
    worker.start()
    wait_until(lambda: worker.metric("suoyin_assigned_partitions") == PARTITIONS, 60, "the partitions are assigned")
    watch = Watch(database)
    try:
        produced = produce(pages, seconds)
        pages.flush()
        wait_until(lambda: produced.keys() <= watch.seen.keys(), 60, "all rows are seen")
    finally:
        watch.end()
    assert worker.stop() == 0, worker.tail()
    pipeline.close()
    report(sorted(1000 * (watch.seen[ce_id] - at) for ce_id, at in produced.items()))


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory(prefix="suoyin-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        kafka, postgres = Kafka(directory), Postgres(directory)
        try:
            kafka.start()
            postgres.start()
            bench(directory, kafka, postgres, seconds)
        finally:
            kafka.stop()
            postgres.stop()
            postgres.remove()


if __name__ == "__main__":
    main()
