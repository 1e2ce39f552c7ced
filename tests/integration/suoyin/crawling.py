# SPDX-License-Identifier: MIT
"""A crawler with short pauses, and what tests ask about its visits."""

import hashlib
import json

import pytest

from suoyin import wait_until

QUICK = {"retry.first": "100ms", "retry.most": "500ms", "backoff.first": "100ms", "frontier.poll": "100ms",
         "partitions": 3, "kafka.reconnect.backoff.max.ms": 500}


@pytest.fixture
def crawler(pipeline):
    """crawler(…): one with short pauses, not yet started."""
    return lambda **settings: pipeline.crawler(**{**QUICK, **settings})


def sha256(body):
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()


def row(database, url, columns):
    return database.query(f"SELECT {columns} FROM crawl.url WHERE url = %s", url)[0]


def failure(database, url):
    return database.value("SELECT failure FROM crawl.url WHERE url = %s", url)


def fails_with(database, url, reason):
    wait_until(lambda: failure(database, url) == reason, 30,
               f"{url} fails with {reason}; it says {failure(database, url)}")


def arrive(published, count, timeout=30):
    """All messages, once there are `count`; more would be a repeat."""
    wait_until(lambda: len(published.all()) >= count, timeout, f"{count} messages")
    messages = published.all()
    assert len(messages) == count, [(m.subject, m.type) for m in messages]
    return messages


def visited_again(portal, times, *paths):
    """Each path is asked for so many times from now on."""
    goal = {path: len(portal.asked(path)) + times for path in paths}
    wait_until(lambda: all(len(portal.asked(path)) >= count for path, count in goal.items()), 30,
               f"{paths} are asked for {times} times more")


def listed(database, portal):
    """What `suoyinctl portal list --json` says of a portal."""
    found = json.loads(database.ctl("portal", "list", "--json").stdout)
    return next(p for p in found if p["id"] == portal.id)


def journal(sim):
    lines = [json.loads(line) for line in sim.journal.read_text().splitlines()]
    return {(e["url"], e["sha256"]): e for e in lines if e["event"] in ("publish", "republish", "edit")}


def everything_arrives(published, sim, timeout=60):
    """The messages, once the topic has every version of every page of the journal."""
    def missing():
        return set(journal(sim)) - {(m.subject, m.sha256) for m in published.all()}
    wait_until(lambda: not missing(), timeout, "the journal is in the topic")
    return published.all()
