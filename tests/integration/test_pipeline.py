# SPDX-License-Identifier: MIT
"""Portals → crawler → Kafka → workers → PostgreSQL, with nothing between that is not ours."""

import hashlib
import re

from confluent_kafka import Consumer, TopicPartition

from suoyin import wait_until
from suoyin.trees import differences


def kept(kafka, topic):
    """(partition, offset) → value, of all that the topic holds."""
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "reader",
                         "enable.auto.commit": False, "fetch.message.max.bytes": 9 << 20})
    parts = list(consumer.list_topics(topic).topics[topic].partitions)
    ends = {part: consumer.get_watermark_offsets(TopicPartition(topic, part))[1] for part in parts}
    consumer.assign([TopicPartition(topic, part, 0) for part in parts])
    values = {}
    while len(values) < sum(ends.values()):
        message = wait_until(lambda: consumer.poll(1.0), 30, "all messages are read")
        assert not message.error()
        values[message.partition(), message.offset()] = message.value()
    consumer.close()
    return values


def files_of(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest()
            for p in folder.iterdir() if p.suffix in (".html", ".htm", ".txt")}


def test_the_demo_arrives_row_by_row(pipeline):
    sim = pipeline.portalsim(portals=4, reports=40, publish_every=300).start()
    pipeline.sync(sim.portals_file)
    workers = [pipeline.worker().start() for _ in range(2)]
    crawler = pipeline.crawler().start()
    pipeline.check_journal(sim, 120)
    assert crawler.stop() == 0
    assert [w.stop() for w in workers] == [0, 0]


def test_real_pages_go_the_whole_way_and_lead_back_to_their_bytes(pipeline, database, kafka, topic, shared):
    folders = {"seeds": shared / "seeds", "pages": shared / "corpus" / "pages"}
    sims = [pipeline.portalsim(serve=folder, serve_id=portal).start() for portal, folder in folders.items()]
    pipeline.sync(*(sim.portals_file for sim in sims))
    for _ in range(2):
        pipeline.worker().start()
    pipeline.crawler().start()
    served = {(portal, name): sha for portal, folder in folders.items()
              for name, sha in files_of(folder).items()}

    wait_until(lambda: database.value("SELECT count(*) FROM api.sighting")
               + database.value("SELECT count(*) FROM api.dead_letter") >= len(served), 120, "all arrived")
    rows = database.query("SELECT portal_id, regexp_replace(url, '.*/', ''), page_sha256, part, \"offset\","
                          " report_id FROM api.sighting")
    dead = database.query("SELECT url, reason, detail FROM api.dead_letter")
    reports = database.value("SELECT count(*) FROM api.report")
    print(f"RESULT served={len(served)} sightings={len(rows)} reports={reports} dead={len(dead)}")

    assert dead == []
    assert len(rows) == len(served)
    assert {(portal, name): sha for portal, name, sha, *_ in rows} == served
    values = kept(kafka, topic)
    for portal, name, _, part, offset, _ in rows:
        assert hashlib.sha256(values[part, offset]).hexdigest() == served[portal, name]
    report = {(portal, name): number for portal, name, *_, number in rows}
    assert report["pages", "020.html"] == report["pages", "021.html"]
    assert report["pages", "025.html"] == report["pages", "026.html"]
    assert reports == len(set(report.values()))
    assert differences(database) == {}


def test_bad_pages_are_named_with_their_reason_and_their_neighbours_are_stored(pipeline, database):
    sim = pipeline.portalsim(portals=1, reports=6, scenario="quiet", misbehave=True).start()
    pipeline.sync(sim.portals_file)
    pipeline.worker().start()
    pipeline.crawler().start()
    pipeline.check_journal(sim, 120)
    dead = dict(database.query("SELECT regexp_replace(url, '.*/', ''), reason FROM api.dead_letter"))
    assert len(dead) == 3
    assert {"empty", "binary", "too_deep"} == set(dead.values())
    # two good pages between the bad ones
    assert database.value("SELECT count(*) FROM api.report WHERE portal_id = 'sim-bad'") == 2
    wait_until(lambda: re.search(r"refused: too_large .*/bad/huge.html +\(52428800 bytes\)",
                                 database.ctl("portal", "list").stdout), 60, "the page of 50 MB is listed")


def test_killing_workers_in_the_middle_loses_and_doubles_nothing(pipeline, database):
    sim = pipeline.portalsim(portals=4, reports=120, scenario="quiet").start()
    pipeline.sync(sim.portals_file)
    settings = {"batch__messages": 5, "kafka__session__timeout__ms": 6000}
    workers = [pipeline.worker(**settings).start() for _ in range(2)]
    crawler = pipeline.crawler().start()

    def stored():
        return database.value("SELECT count(*) FROM api.sighting")
    for n in range(3):
        wait_until(lambda: stored() >= 20 * (n + 1), 60, "the middle of a run")
        victim = workers[n % len(workers)]
        victim.kill()
        victim.start(ready=False)
    pipeline.check_journal(sim, 120)
    assert database.value("SELECT sum(messages) FROM api.outcome") == \
        database.value("SELECT sum(next_offset) FROM core.ingest_offset")
    assert crawler.stop() == 0
