# SPDX-License-Identifier: MIT
"""What the outbox sent: topics read from their beginning, report events checked by their schema."""

import json
import time

import jsonschema
from confluent_kafka import Consumer, KafkaException, TopicPartition

from . import ROOT, wait_until

SCHEMA = json.loads((ROOT / "docs" / "events.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(SCHEMA)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


class Feed:
    """All messages of a topic so far, in order of each partition; none while there is no such topic."""

    def __init__(self, kafka, topic):
        self.topic = topic
        self.messages = []
        self.next = {}
        self.consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": f"feed-{topic}",
                                  "enable.auto.commit": False, "auto.offset.reset": "earliest",
                                  "fetch.message.max.bytes": 9 << 20, "fetch.wait.max.ms": 50})

    def _ends(self):
        try:
            parts = self.consumer.list_topics(timeout=10).topics
            if self.topic not in parts:
                return {}
            return {part: self.consumer.get_watermark_offsets(TopicPartition(self.topic, part), timeout=10)[1]
                    for part in parts[self.topic].partitions}
        except KafkaException:
            return {}

    def all(self, timeout=30):
        deadline = time.monotonic() + timeout
        ends = {part: end for part, end in self._ends().items() if self.next.get(part, 0) < end}
        if ends:
            self.consumer.assign([TopicPartition(self.topic, part, self.next.get(part, 0)) for part in ends])
        while any(self.next.get(part, 0) < end for part, end in ends.items()):
            assert time.monotonic() < deadline, f"{self.topic}: read {self.next} of {ends}"
            for message in self.consumer.consume(500, 0.2):
                if message.error() is None:
                    self.next[message.partition()] = message.offset() + 1
                    self.messages.append(message)
        return self.messages

    def events(self):
        """Report events, each valid by docs/events.schema.json."""
        return [event_of(message) for message in self.all()]

    def close(self):
        self.consumer.close()


def event_of(message):
    event = json.loads(message.value())
    VALIDATOR.validate(event)
    assert message.key().decode() == event["subject"] == str(event["data"]["report_id"])
    assert message.headers() == [("content-type", b"application/cloudevents+json; charset=UTF-8")]
    return event


def what(event):
    """"new" of suoyin.report.new.v1"""
    return event["type"].split(".")[2]


def told(feed):
    """(what, report) of all events so far, in order for each report."""
    return [(what(event), event["data"]["report_id"]) for event in feed.events()]


def wait_sent(database, timeout=30):
    """Nothing waits in core.outbox any more."""
    wait_until(lambda: database.value("SELECT count(*) FROM core.outbox") == 0, timeout,
               f"the outbox is sent ({database.value('SELECT count(*) FROM core.outbox')} rows wait)")
