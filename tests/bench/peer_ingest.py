# SPDX-License-Identifier: MIT
"""What others would write: a consumer in Python that takes pages from a topic into PostgreSQL.

usage: peer_ingest.py trafilatura|lxml BOOTSTRAP TOPIC DATABASE-URL COUNT

Run by worker_bench.py in the virtual environment of the peers. It reads COUNT messages, keeps title, labels (lxml
only), date (trafilatura only) and text, and COPYs a hundred rows a transaction into a table without indexes: no
deduplication, no isolation of bad pages, offsets committed to Kafka. Prints CPU seconds of the process.
"""

import os
import re
import sys
import time

import psycopg
from confluent_kafka import Consumer

BATCH = 100


def by_trafilatura():
    import trafilatura

    def read(value):
        got = trafilatura.bare_extraction(value, with_metadata=True)
        return (None, None, None) if got is None else (got.title, got.date, got.text)
    return "title text, date text, body text", read


def by_lxml():
    from lxml import etree
    labels = [re.compile(label + r"：\s*(\S+)") for label in ("索引号", "文号", "发布机构")]
    parser = etree.HTMLParser(encoding="utf-8")
    blocks, text_of = etree.XPath("//div|//td"), etree.XPath("string()")

    def read(value):
        tree = etree.fromstring(value, parser)
        text = text_of(tree)
        found = [label.search(text) for label in labels]
        longest = max((text_of(node) for node in blocks(tree)), key=len, default="")
        return (tree.findtext(".//h1"), *(m[1] if m else None for m in found), longest)
    return "title text, index_number text, number text, agency text, body text", read


def versions(kind):
    if kind != "lxml":
        return ""
    from lxml import etree
    return "libxml2=" + ".".join(map(str, etree.LIBXML_VERSION))


def main():
    kind, bootstrap, topic, url, count = *sys.argv[1:5], int(sys.argv[5])
    columns, read = {"trafilatura": by_trafilatura, "lxml": by_lxml}[kind]()
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"peer-{kind}-{os.getpid()}", "auto.offset.reset": "earliest",
                         "enable.auto.commit": False, "fetch.message.max.bytes": 9 << 20})
    consumer.subscribe([topic])
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE peer_{kind} (url text, {columns})")
        connection.commit()
        done, began, cpu = 0, None, time.process_time()
        while done < count:
            messages = [m for m in consumer.consume(min(BATCH, count - done), 1.0) if m.error() is None]
            if not messages:
                continue
            began = began or time.monotonic()
            with connection.cursor().copy(f"COPY peer_{kind} FROM STDIN") as copy:
                for m in messages:
                    copy.write_row((m.key().decode(), *read(m.value())))
            connection.commit()
            consumer.commit(asynchronous=False)
            done += len(messages)
        cpu, wall = time.process_time() - cpu, time.monotonic() - began
    consumer.close()
    print(f"cpu={cpu:.3f} wall={wall:.3f} pages={done} {versions(kind)}")


if __name__ == "__main__":
    main()
