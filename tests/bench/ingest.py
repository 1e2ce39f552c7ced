#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""How many pages a second one worker takes from Kafka into PostgreSQL, beside a plain loop in Python.

usage: tests/bench/ingest.py [PAGES]        (default 6000; programs of $SUOYIN_BIN, better build/release/bin)

Both read the same topic (12 partitions, pages of 76 kB) on the same machine into the same server, one after the
other. The loop does the least that could be called the job: lxml, the title, a few labels, the longest block, a
hundred rows a transaction; no deduplication, no isolation. Only the ratio means something: machines differ. The
milliseconds are CPU time of the programs themselves, without the servers'.
"""

import random
import re
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "integration"))

import psycopg2.extras
from confluent_kafka import Consumer
from suoyin import wait_until
from suoyin.pages import Pages
from suoyin.pipeline import Pipeline
from suoyin.stack import Kafka, Postgres

try:
    import lxml.html
except ImportError:
    sys.exit("bench: no lxml; install it with: apt-get install python3-lxml")

BATCH = 100
PAGE_BYTES = 76_000
WORDS = ("行政执法 监督 工作 制度 落实 全县 依法 政府 重大 决策 程序 审查 合法性 培训 公开 服务 群众 "
         "规范性文件 清理 复议 案件 化解 矛盾 法治 建设 干部 学习 宣传 普法 改革 营商环境 企业 许可").split()


def page(n, rng):
    """Chrome of a portal around a report of some thousand characters; each another text."""
    def sentence():
        return "".join(rng.choices(WORDS, k=14)) + f"，共{rng.randrange(1000)}件。"
    def paragraph():
        return "".join(sentence() for _ in range(5))
    title = f"示例县第{n}号单位关于法治政府建设情况的报告"
    body = "".join(f"<h2>{'一二三四五'[i]}、{sentence()[:20]}</h2>" + "".join(f"<p>{paragraph()}</p>" for _ in range(5))
                   for i in range(5))
    html = (f"<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{title}</title></head><body><table>"
            f"<tr><td>索引号：</td><td>0{n % 90000000 + 10000000}/2025-{n:05d}</td></tr>"
            f"<tr><td>文号：</td><td>示政发〔2025〕{n}号</td></tr>"
            f"<tr><td>发布机构：</td><td>示例县人民政府</td></tr></table><h1>{title}</h1>"
            f"<div class=\"TRS_Editor\">{body}</div><ul>")
    items = []
    size = len(html.encode())
    while size < PAGE_BYTES:
        item = f"<li><a href=\"/c{rng.randrange(10 ** 6)}/index.html\">{''.join(rng.choices(WORDS, k=4))}</a></li>"
        items.append(item)
        size += len(item.encode())
    return (html + "".join(items) + "</ul></body></html>").encode()


def publish(kafka, topic, count):
    rng = random.Random(1)
    pages = Pages(kafka, topic, partitions=12)
    for n in range(count):
        pages.publish(f"http://demo.example.gov.cn/{n}.html", page(n, rng), at=n)
        if n % 1000 == 999:
            print(f"published {n + 1} of {count}", flush=True)
            pages.flush()
    pages.flush()


def read_plainly(value):
    tree = lxml.html.fromstring(value.decode("utf-8", "replace"))
    text = tree.text_content()
    found = [re.search(label + r"：\s*(\S+)", text) for label in ("索引号", "文号", "发布机构")]
    blocks = [node.text_content() for node in tree.iter("div", "td")]
    return (tree.findtext(".//h1"), *(m[1] if m else None for m in found), max(blocks, key=len))


def plain_loop(kafka, topic, database, count):
    """Seconds that the loop in Python takes, and seconds of CPU."""
    connection = database.server.connect(database.name)
    connection.autocommit = False
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE plain (url text PRIMARY KEY, title text, index_number text, number text,"
                   " agency text, body text)")
    connection.commit()
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "plain",
                         "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe([topic])
    done, began, cpu = 0, None, time.process_time()
    while done < count:
        messages = consumer.consume(BATCH, 1.0)
        began = began or (time.monotonic() if messages else None)
        rows = [(m.key().decode(), *read_plainly(m.value())) for m in messages]
        psycopg2.extras.execute_values(cursor, "INSERT INTO plain VALUES %s ON CONFLICT DO NOTHING", rows) \
            if rows else None
        connection.commit()
        if messages:
            consumer.commit(asynchronous=False)
        done += len(messages)
    consumer.close()
    connection.close()
    return time.monotonic() - began, time.process_time() - cpu


def cpu_of_ended():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def worker(pipeline, database, count):
    """Seconds a worker takes, counted from its first batch, and seconds of CPU with its children."""
    def stored():
        return database.value("SELECT count(*) FROM core.sighting")
    daemon, cpu = pipeline.worker(), cpu_of_ended()
    daemon.start(ready=False)
    first = wait_until(stored, 60, "the first batch", every=0.005)
    began = time.monotonic()
    wait_until(lambda: stored() >= count, 600, "all are stored", every=0.05)
    seconds = time.monotonic() - began
    assert daemon.stop() == 0
    dead = database.value("SELECT count(*) FROM core.dead_letter")
    assert dead == 0, f"{dead} dead letters"
    return seconds * count / (count - first), cpu_of_ended() - cpu


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
    with tempfile.TemporaryDirectory(prefix="suoyin-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        kafka, postgres = Kafka(directory), Postgres(directory)
        try:
            kafka.start()
            postgres.start()
            database = postgres.create_database("bench").migrate()
            topic = Kafka.topic()
            publish(kafka, topic, count)
            plain, plain_cpu = plain_loop(kafka, topic, database, count)
            print(f"plain loop: {count / plain:.0f} pages/s", flush=True)
            pipeline = Pipeline(directory, kafka, database, topic)
            seconds, cpu = worker(pipeline, database, count)
            pipeline.close()
            database.close()
        finally:
            kafka.stop()
            postgres.stop()
            postgres.remove()
    print(f"RESULT pages={count} worker_per_s={count / seconds:.0f} plain_per_s={count / plain:.0f}"
          f" ratio={plain / seconds:.2f} worker_cpu_ms={1000 * cpu / count:.2f}"
          f" plain_cpu_ms={1000 * plain_cpu / count:.2f}")


if __name__ == "__main__":
    main()
