# SPDX-License-Identifier: MIT
"""The whole way: portals, crawlers, Kafka, workers, PostgreSQL, with the settings tests want."""

import subprocess
import sys
import time

from . import BIN, ROOT, wait_until
from .daemon import Daemon, Portalsim, free_port


def write_settings(path, settings):
    """A settings file: {"kafka.bootstrap.servers": …, "batch.messages": 10} as flat dotted keys."""
    def scalar(value):
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (list, tuple)):
            return "[" + ", ".join(scalar(v) for v in value) + "]"
        if isinstance(value, int):
            return str(value)
        return "'" + str(value).replace("'", "''") + "'"
    path.write_text("".join(f"{key}: {scalar(value)}\n" for key, value in settings.items()))
    return path


class Pipeline:
    """Made anew for each test by the fixture of this name, and stopped after it."""

    def __init__(self, directory, kafka, database, topic):
        self.directory = directory
        self.kafka = kafka
        self.database = database
        self.topic = topic
        self.daemons = []

    def _name(self, kind):
        return f"{kind}{sum(d.name.startswith(kind) for d in self.daemons) + 1}"

    def _program(self, kind, role, defaults, settings):
        name, port = self._name(kind), free_port()
        given = {
            "database.url": self.database.url(role),
            "topic": self.topic,
            "kafka.bootstrap.servers": self.kafka.bootstrap,
            "admin.listen": f"127.0.0.1:{port}",
            **defaults,
            **{key.replace("__", "."): value for key, value in settings.items()},
        }
        path = write_settings(self.directory / f"{name}.yaml", given)
        daemon = Daemon(name, [BIN / f"suoyin-{kind}", "--config", path],
                        self.directory / f"{name}.log", admin_port=port)
        self.daemons.append(daemon)
        return daemon

    def worker(self, **settings):
        """A suoyin-worker, not yet started. Settings: batch__messages=10 is batch.messages."""
        # a group of its own: members that an earlier test killed are waited for by the broker
        return self._program("worker", "suoyin_worker", {
            "group": f"g-{self.topic}", "outbox.reports": f"{self.topic}.reports",
            "outbox.dead_letters": f"{self.topic}.dlq",
            "outbox.partitions": 1}, settings)

    def crawler(self, **settings):
        return self._program("crawler", "suoyin_crawler", {"allow_networks": ["127.0.0.0/8"]}, settings)

    def portalsim(self, **options):
        """Simulated portals, not yet started: portalsim(portals=4, reports=40, serve=DIR, …)."""
        sim = Portalsim(self._name("portalsim"), self.directory, **options)
        self.daemons.append(sim)
        return sim

    def sync(self, *files):
        self.database.ctl("portal", "sync", *files)

    def wait_for_take_over(self, lease):
        """Until no URL is leased by a crawler that was killed, nor by a reply that the database could not send."""
        time.sleep(lease)
        alive = [str(d.process.pid) for d in self.daemons if d.is_running()]
        wait_until(lambda: self.database.value(
            "SELECT count(*) FROM crawl.url WHERE lease_owner IS NOT NULL"
            " AND (split_part(lease_owner, ':', 2) <> ALL(%s) OR lease_until <= now())", alive) == 0,
            what="leases of the dead are taken over")

    def check_journal(self, sim, wait=60, *arguments):
        """PostgreSQL has exactly what the portals published, row by row."""
        done = subprocess.run(
            [sys.executable, ROOT / "tests" / "portalsim" / "journal_check.py", "--journal", sim.journal,
             "--database", self.database.url("postgres"), "--wait", str(wait), *map(str, arguments)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=wait + 60)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{self.tails()}"
        return done.stdout

    def tails(self, lines=15):
        return "\n".join(f"--- {d.name}\n{d.tail(lines)}" for d in self.daemons)

    def close(self):
        """Stops what still runs; returns what a sanitizer said, to fail the test with."""
        for daemon in self.daemons:
            if daemon.is_running():
                daemon.resume()
                daemon.kill()
        return "\n".join(d.tail(60) for d in self.daemons
                         if d.log_contains(r"ERROR: \w+Sanitizer|runtime error:"))
