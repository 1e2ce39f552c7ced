# SPDX-License-Identifier: MIT
"""Messages at a steady rate while workers come and go; how fast they were stored, and who waited how long."""

import threading
import time

from confluent_kafka import Consumer, TopicPartition

TICK = 0.05
# Rows of one transaction are seen together, so that the pause is from one transaction's rows to those of the next.
PAUSES = """
WITH stored AS (SELECT l.part, c.at FROM audit.ledger l JOIN audit.counted c USING (tx)
	WHERE c.at BETWEEN %s AND %s GROUP BY l.part, c.at)
SELECT extract(epoch FROM max(gap))::float FROM (SELECT at - lag(at) OVER ({}ORDER BY at) AS gap FROM stored) g
"""


class Flow:
    """`rate` messages a second by a thread of its own, between start() and stop(). Nobody else sends meanwhile."""

    def __init__(self, traffic, rate):
        self.traffic, self.rate = traffic, rate
        self._end = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def go_on(self, seconds):
        self._end.wait(seconds)

    def stop(self):
        self._end.set()
        self._thread.join(60)
        assert not self._thread.is_alive() and self._error is None, f"the flow stood still: {self._error}"
        self.traffic.flush()

    def _run(self):
        began, sent = time.monotonic(), 0
        try:
            while not self._end.wait(TICK):
                due = int((time.monotonic() - began) * self.rate) - sent
                self.traffic.send(due)
                sent += due
        except Exception as error:  # told by stop()
            self._error = error


class Watch:
    """Of the audit tables of oracle.py. Moments are those of PostgreSQL."""

    def __init__(self, database):
        self.database = database

    def now(self):
        return self.database.value("SELECT clock_timestamp()")

    def stored(self, since, until):
        """Messages a second."""
        return self.database.value(
            "SELECT coalesce(sum(messages), 0)::float / extract(epoch FROM %s - %s)::float FROM audit.counted"
            " WHERE at >= %s AND at < %s", until, since, since, until)

    def longest_pause(self, since, until):
        """Seconds in which no worker stored anything."""
        return self.database.value(PAUSES.format(""), since, until)

    def longest_wait(self, since, until):
        """Seconds in which nothing of some partition was stored."""
        return self.database.value(PAUSES.format("PARTITION BY part "), since, until)


def generation(kafka, group):
    """How often Kafka has dealt out the group's partitions: the number in the last of the group's own records.

    Key: version 2, group. Value: version, protocol type, generation (Kafka's GroupMetadataKey and GroupMetadataValue).
    """
    name = group.encode()
    key = b"\0\2" + len(name).to_bytes(2, "big") + name
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": f"reader-{group}",
                         "enable.auto.commit": False, "auto.offset.reset": "error"})
    found = None
    try:
        part = TopicPartition("__consumer_offsets", 0, 0)
        part.offset, end = consumer.get_watermark_offsets(part, timeout=20)
        consumer.assign([part])
        deadline, at = time.monotonic() + 60, part.offset
        while at < end:
            assert time.monotonic() < deadline, f"__consumer_offsets: read {at} of {end}"
            for message in consumer.consume(2000, 0.5):
                assert message.error() is None, message.error()
                at = message.offset() + 1
                if message.key() == key and message.value():
                    found = generation_of(message.value())
    finally:
        consumer.close()
    assert found is not None, f"Kafka knows no group {group}"
    return found


def generation_of(value):
    """Versions to 3 have strings of two bytes' length, later ones compact strings."""
    version = int.from_bytes(value[:2], "big")
    at = 4 + int.from_bytes(value[2:4], "big") if version <= 3 else 2 + value[2]
    return int.from_bytes(value[at:at + 4], "big", signed=True)
