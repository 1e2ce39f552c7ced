# SPDX-License-Identifier: MIT
"""What the tests of politeness and of hostile servers share: fixtures, and the portals' own log."""

import collections
import json

import pytest

from . import wait_until

QUICK = {"retry.first": "100ms", "retry.most": "500ms", "backoff.first": "500ms", "frontier.poll": "100ms",
         "partitions": 3, "contact": "mailto:us@example.org"}


@pytest.fixture
def crawler(pipeline):
    """crawler(…): one with short pauses, not yet started."""
    return lambda **settings: pipeline.crawler(**{**QUICK, **settings})


def state(database, url, columns="failure, refused"):
    rows = database.query(f"SELECT {columns} FROM crawl.url WHERE url = %s", url)
    return rows[0] if rows else None


def becomes(database, url, expected, columns="failure, refused", timeout=30):
    wait_until(lambda: state(database, url, columns) == expected, timeout,
               f"{url}: {columns} = {expected}; it says {state(database, url, columns)}")


def arrives(published, *urls, timeout=30):
    wait_until(lambda: set(urls) <= {m.subject for m in published.all()}, timeout, f"{urls} are published")


def name_server(sim):
    """Where portalsim answers DNS, as the setting dns.servers wants it."""
    return f"127.0.0.1:{sim.wait_for_log(r'dns=([0-9]+)')[1]}"


def asked(sim):
    """The requests that portalsim has logged, by their beginning."""
    lines = [json.loads(line) for line in sim.requests.read_text().splitlines()]
    return sorted(lines, key=lambda line: line["t"])


def gaps(requests, key):
    """key → (ms from the end of a request to the beginning of the next, the earlier one, the later one)."""
    by = collections.defaultdict(list)
    for request in requests:
        by[request[key]].append(request)
    return {name: [(b["t"] - a["end"], a, b) for a, b in zip(many, many[1:])] for name, many in by.items()}
