# SPDX-License-Identifier: MIT
"""Faults at random instants while messages flow."""

import time
from collections import Counter

import psycopg2

from suoyin import Timeout, wait_until
from suoyin.ledger import judged

QUICK_GROUP = {"kafka__session.timeout.ms": 6000, "kafka__heartbeat.interval.ms": 1000}
SMALL_BATCHES = {"batch__messages": 10, "batch__linger": "10ms", "outbox__poll": "20ms", "outbox__lease": "1s"}


class Chaos:
    """Two workers of static membership: one that was killed has its partitions again as soon as it is back."""

    def __init__(self, pipeline, kafka, postgres, database, traffic, workers=2):
        self.kafka, self.postgres, self.database = kafka, postgres, database
        self.traffic, self.dice = traffic, traffic.dice
        self.workers = [pipeline.worker(instance=f"w{n}", **SMALL_BATCHES, **QUICK_GROUP) for n in range(workers)]
        self.done = Counter()
        for worker in self.workers:
            worker.start()

    def _aim(self):
        """Half of the faults come within a hundredth of a second or ten of a commit, the others at any time."""
        if self.dice.random() < 0.5:
            time.sleep(self.dice.uniform(0.05, 1.5))
            return
        before = judged(self.database)
        try:
            wait_until(lambda: judged(self.database) > before, 15, "a batch is stored", every=0.004)
        except Timeout:
            return  # nothing was under way: still a fault at some instant
        time.sleep(self.dice.uniform(0, 0.1))

    def strike(self, faults, messages=10):
        """One of faults {name: weight}, behind so many messages more."""
        name, = self.dice.choices(list(faults), weights=faults.values())
        self.traffic.send(messages)
        self._aim()
        getattr(self, f"_{name}")()
        self.done[name] += 1

    def _none(self):
        """Nothing happens, as mostly."""

    def _worker(self):
        worker = self.dice.choice(self.workers)
        assert worker.is_running(), f"{worker.name} had ended by itself:\n{worker.tail()}"
        worker.kill()
        worker.start(ready=False)

    def _database(self):
        self.postgres.kill()
        time.sleep(self.dice.uniform(0, 1))
        self.postgres.start()

    def _broker(self):
        self.kafka.kill()
        time.sleep(self.dice.uniform(0, 1))
        self.kafka.start()

    def _backend(self):
        self.database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                            " AND usename = 'suoyin_worker'")

    def _pause(self):
        worker = self.dice.choice(self.workers)
        worker.pause()
        time.sleep(self.dice.uniform(0.1, 9))  # past the session timeout, or not
        worker.resume()

    def _stop(self):
        worker = self.dice.choice(self.workers)
        assert worker.stop(15) == 0
        worker.start(ready=False)

    def _lock(self):
        connection = self.database.server.connect(self.database.name)
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'; LOCK TABLE core.revision IN ACCESS EXCLUSIVE MODE")
                time.sleep(self.dice.uniform(0.1, 3))
        except psycopg2.errors.LockNotAvailable:
            pass
        finally:
            connection.close()
