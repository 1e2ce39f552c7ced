# SPDX-License-Identifier: MIT
"""What the worker says became of the messages: nothing lost, nothing counted twice."""

from . import wait_until


def judged(database):
    """Messages counted in core.outcome."""
    return database.value("SELECT coalesce(sum(messages), 0)::int FROM core.outcome")


def settle(database, pages, timeout=30):
    """Waits until as many messages are judged as were published; more are an error."""
    pages.flush()
    wait_until(lambda: judged(database) >= pages.count, timeout,
               f"{pages.count} messages are judged ({judged(database)} are)")
    assert judged(database) == pages.count
    assert database.value("SELECT sum(next_offset)::int FROM core.ingest_offset") == pages.count


def outcomes(database):
    return dict(database.query("SELECT outcome, sum(messages)::int FROM api.outcome GROUP BY outcome"))
