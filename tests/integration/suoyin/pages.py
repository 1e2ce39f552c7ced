# SPDX-License-Identifier: MIT
"""Page messages (docs/MESSAGE.md): made by hand for tests of the worker alone, and read back."""

import hashlib
import time
import uuid
from datetime import datetime, timedelta, timezone

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from . import wait_until

EPOCH = datetime(2026, 1, 1, tzinfo=timezone.utc)


def moment(seconds):
    """ce_time so many seconds into 2026."""
    return (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def document(title, index=None, number=None, content="", paragraphs=4):
    """A report page with a metadata block; `content` makes its text different."""
    rows = "".join(f"<tr><td>{name}：</td><td>{value}</td></tr>" for name, value in
                   (("索引号", index), ("文号", number), ("发布机构", "示例县科学技术局")) if value)
    text = "".join(f"<p>第{i}段说明{content}的有关情况，本段文字足够长，用来充当公文正文的内容，"
                   f"编号{content}不同则正文不同。</p>" for i in range(paragraphs))
    return (f"<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{title}</title></head><body>"
            f"<table class=\"xxgk\">{rows}</table><h1>{title}</h1>"
            f"<div class=\"TRS_Editor\">{text}</div></body></html>").encode()


def slow_document(title, content=""):
    """Each of its lines may end the document: it takes a child long enough to be caught at it."""
    lines = "<p>2024年3月5日</p>" * 330_000
    return document(title, content=content).replace(b"</div></body>", lines.encode() + b"</div></body>")


class Pages:
    """Publishes to one topic as a crawler would."""

    def __init__(self, kafka, topic, partitions=1, replicas=1, placed=None, **config):
        """placed: the brokers of each partition, [[1, 2]]; config: of the topic, min__insync__replicas="1"."""
        self.topic = topic
        self.failed = []
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        where = {"replica_assignment": placed} if placed else {"replication_factor": replicas}
        given = {"max.message.bytes": "8388608", "retention.ms": "-1",
                 **{name.replace("__", "."): value for name, value in config.items()}}
        made = admin.create_topics([NewTopic(topic, len(placed) if placed else partitions, config=given, **where)])
        made[topic].result(30)
        # several in flight end the producer of librdkafka 2.0.2 where a broker does not know yet that it leads
        self._settings = {"bootstrap.servers": kafka.bootstrap, "enable.idempotence": True,
                          "max.in.flight.requests.per.connection": 1 if replicas > 1 or placed else 5,
                          "message.max.bytes": 8388608, "linger.ms": 20}
        self.count = 0
        self.begin_anew()

    def begin_anew(self):
        """A producer that knows nothing of what was sent before, as one that was started again."""
        self.producer = Producer(self._settings)

    def publish(self, url, body, at, kind="suoyin.page.fetched.v1", portal="demo", site=None, id=None,
                partition=None, timestamp=None, drop=(), **headers):
        """at: seconds into 2026. timestamp: Kafka's, in seconds since 1970; now without it. headers: ce_baseline="1" and so on; drop: names left out."""
        sha256 = hashlib.sha256(body).hexdigest() if body is not None else None
        given = {
            "ce_specversion": "1.0", "ce_type": kind, "ce_id": id or uuid.uuid4().hex,
            "ce_source": f"http://{portal}.example.gov.cn/", "ce_time": moment(at), "ce_subject": url,
            "ce_portal": portal, "ce_site": site or portal, "content-type": "text/html",
            "ce_sha256": sha256, "ce_configversion": "1", **headers}
        where = {} if partition is None else {"partition": partition}
        if timestamp is not None:
            where["timestamp"] = int(timestamp * 1000)
        self.producer.produce(
            self.topic, key=f"{portal} {url}", value=body,
            headers=[(k, v) for k, v in given.items() if v is not None and k not in drop],
            on_delivery=self._delivered, **where)
        self.producer.poll(0)
        self.count += 1

    def _delivered(self, error, message):
        if error is not None:
            self.failed.append(error)

    def gone(self, url, at, **more):
        self.publish(url, None, at, kind="suoyin.page.gone.v1", **more)

    def flush(self):
        assert self.producer.flush(60) == 0, "Kafka did not take all pages"
        if self.failed:
            raise KafkaException(self.failed[0])


class Message:
    """One message of the topic. Its headers are in `headers`, and as attributes without "ce_"."""

    def __init__(self, message):
        self.partition, self.offset = message.partition(), message.offset()
        self.key, self.value = message.key().decode(), message.value()
        self.timestamp = message.timestamp()[1]  # milliseconds since 1970
        pairs = [(name, value.decode()) for name, value in message.headers()]
        self.headers = dict(pairs)
        assert len(self.headers) == len(pairs), f"a header stands twice: {pairs}"

    def __getattr__(self, name):
        return self.__dict__["headers"].get(f"ce_{name}")

    @property
    def is_gone(self):
        return self.type == "suoyin.page.gone.v1"


class Published:
    """What a topic holds: all() reads on and gives every message so far, the oldest first."""

    def __init__(self, kafka, topic):
        self.topic = topic
        self.messages = []
        self.next = {}
        self.consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": f"reader-{topic}",
                                  "enable.auto.commit": False, "auto.offset.reset": "error",
                                  "fetch.message.max.bytes": 9 << 20, "fetch.wait.max.ms": 50})

    def _ends(self):
        """[partition → its end], none where there is no topic; nothing while a broker cannot tell."""
        try:
            parts = self.consumer.list_topics(self.topic, timeout=10).topics[self.topic].partitions
            return [{part: self.consumer.get_watermark_offsets(TopicPartition(self.topic, part), timeout=10)[1]
                     for part in parts}]
        except KafkaException:
            return []

    def all(self, timeout=30):
        deadline = time.monotonic() + timeout
        told, = wait_until(self._ends, timeout, f"{self.topic} can be read")
        ends = {part: end for part, end in told.items() if self.next.get(part, 0) < end}
        if ends:
            self.consumer.assign([TopicPartition(self.topic, part, self.next.get(part, 0)) for part in ends])
        while any(self.next.get(part, 0) < end for part, end in ends.items()):
            assert time.monotonic() < deadline, f"{self.topic}: read {self.next} of {ends}"
            for message in self.consumer.consume(500, 0.2):
                if message.error() is None:
                    self.next[message.partition()] = message.offset() + 1
                    self.messages.append(Message(message))
        return sorted(self.messages, key=lambda m: m.time)

    def of(self, url):
        """The messages of one URL."""
        return [message for message in self.all() if message.subject == url]

    def close(self):
        self.consumer.close()
