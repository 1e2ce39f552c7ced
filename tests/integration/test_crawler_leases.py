# SPDX-License-Identifier: MIT
"""Crawlers beside each other, killed, stopped, and without a broker or a database: a URL is leased, never popped."""

import collections
import json
import re
import signal
import time

from confluent_kafka.admin import AdminClient

from suoyin import wait_until
from suoyin.crawling import arrive, crawler, everything_arrives, journal, row, sha256, visited_again  # noqa: F401
from suoyin.pages import Published
from suoyin.portal import Answer

# -- several crawlers --------------------------------------------------------------------------------

def delays(sim):
    """Milliseconds between two requests in a row to the same host, from the portals' own log."""
    times = collections.defaultdict(list)
    for line in sim.requests.read_text().splitlines():
        entry = json.loads(line)
        times[entry["host"]].append(entry["t"])
    return [b - a for at in times.values() for a, b in zip(sorted(at), sorted(at)[1:])]


def test_crawlers_share_portals_keep_the_delay_and_publish_once(pipeline, crawler, published, database):
    sim = pipeline.portalsim(portals=4, reports=80, scenario="quiet", delay="100ms", revisit="2s").start()
    both = [crawler(visits=8).start() for _ in range(2)]  # fewer than there are: one cannot take all
    pipeline.sync(sim.portals_file)
    messages = everything_arrives(published, sim)
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE checked_at > published_at"
                                      " + interval '1 s'") >= 20, what="pages are visited again")
    messages = published.all()
    assert len(messages) == len({m.subject for m in messages}) == len(journal(sim))
    shares = [daemon.metric("suoyin_published_total") for daemon in both]
    assert sum(shares) == len(messages) and min(shares) > 0
    gaps = delays(sim)
    assert min(gaps) >= 100
    assert [daemon.stop() for daemon in both] == [0, 0]
    print(f"RESULT messages={len(messages)} shares={shares} requests={len(gaps)} least_gap_ms={min(gaps)}")


def test_a_lease_that_is_lost_is_taken_over_and_the_page_published_again(
        pipeline, crawler, portal, published, database):
    portal.publish("/a", "a")
    hold = {"on": False}

    def slow(handler):
        while hold["on"]:
            time.sleep(0.05)
        Answer("a", validators={"ETag": '"a"'})(handler)
    portal.pages["/a"] = slow
    pipeline.sync(portal.file)
    first = crawler(lease="1s").start()
    arrive(published, 1)
    hold["on"] = True
    visited_again(portal, 1, "/a")
    first.pause()
    second = crawler(lease="1s").start()
    visited_again(portal, 1, "/a")
    assert portal.asked("/a")[-1].headers["If-None-Match"] is None
    hold["on"] = False
    arrive(published, 2)
    first.resume()
    first.wait_for_log("lease_lost|endings_lost")
    for daemon in (first, second):
        assert daemon.stop() == 0
    assert [m.value for m in published.all()] == [b"a", b"a"]
    assert row(database, portal.url("/a"), "unsure, publishing_id, lease_owner") == (False, None, None)


# -- kills and outages ---------------------------------------------------------------------------------

def test_sigkill_loses_nothing_and_repeats_only_what_was_in_doubt(pipeline, crawler, published, database):
    sim = pipeline.portalsim(portals=4, reports=120, scenario="quiet", delay="50ms", revisit="1h").start()
    pipeline.sync(sim.portals_file)
    daemon = crawler(lease="1s", kafka__linger__ms=200)
    doubtful, kills = collections.Counter(), 0
    for target in range(20, 120, 20):
        daemon.start(ready=False)
        wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE publishing_id IS NOT NULL"
                                          " OR published_at IS NOT NULL AND kind = 'page'") >= target, 60,
                   f"{target} pages", every=0.002)
        daemon.kill()
        kills += 1
        doubtful.update(url for url, in database.query(
            "SELECT url FROM crawl.url WHERE publishing_id IS NOT NULL OR lease_owner IS NOT NULL"))
    daemon.start(ready=False)
    everything_arrives(published, sim)
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE kind = 'page'"
                                      " AND (publishing_id IS NOT NULL OR published_at IS NULL)") == 0,
               what="every page is done")
    pipeline.wait_for_take_over(1)
    assert daemon.stop() == 0
    seen = collections.Counter((m.subject, m.sha256) for m in published.all())
    assert set(seen) == set(journal(sim))
    for (url, _), times in seen.items():
        assert times <= 1 + doubtful[url], url
    assert len({m.id for m in published.all()}) == len(published.all())
    by_url = collections.defaultdict(list)
    for m in sorted(published.all(), key=lambda m: (m.partition, m.offset)):
        by_url[m.subject].append(m.time)
    assert all(times == sorted(set(times)) for times in by_url.values())
    assert database.value("SELECT count(*) FROM crawl.url WHERE lease_owner IS NOT NULL") == 0
    print(f"RESULT messages={sum(seen.values())} pages={len(seen)} kills={kills} in_doubt={sum(doubtful.values())}"
          f" doubles={sum(seen.values()) - len(seen)} lost=0")


def test_what_was_begun_and_not_noted_as_done_is_published_again(pipeline, crawler, portal, published, database):
    portal.publish("/a", "a")
    pipeline.sync(portal.file)
    daemon = crawler(lease="1s", kafka__linger__ms=1000).start()
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE publishing_id IS NOT NULL") == 1,
               what="the publication is begun", every=0.01)
    lock = database.server.connect(database.name)
    lock.autocommit = False
    lock.cursor().execute("SELECT FROM crawl.url WHERE url = %s FOR UPDATE", (portal.url("/a"),))
    arrive(published, 1)
    daemon.kill()
    lock.close()
    daemon.start()
    first, second = arrive(published, 2)
    assert (first.value, first.baseline) == (second.value, second.baseline) == (b"a", "1")
    assert first.id != second.id and first.time < second.time and first.partition == second.partition
    wait_until(lambda: row(database, portal.url("/a"), "unsure, publishing_id, published_at IS NOT NULL") ==
               (False, None, True), what="it is done")
    visited_again(portal, 2, "/a")
    arrive(published, 2)


def waits_for(daemon, server):
    """One that is started without a server lives and waits for it."""
    daemon.start(ready=False)
    wait_until(lambda: daemon.get("/readyz")[0] == 503, what="it answers")
    assert re.search(rf"^{server}: (?!ok)", daemon.get("/readyz")[1], re.MULTILINE) and daemon.is_live()
    return daemon


def test_without_a_broker_nothing_is_called_published_and_nothing_is_lost(
        pipeline, crawler, portal, published, database, kafka):
    portal.publish("/a", "a")
    pipeline.sync(portal.file)
    daemon = crawler(lease="2s").start()
    arrive(published, 1)
    kafka.kill()
    try:
        wait_until(lambda: daemon.get("/readyz")[0] == 503, what="not ready")
        assert "kafka" in daemon.get("/readyz")[1] and daemon.is_live()
        portal.publish("/a", "another a")
        portal.publish("/b", "b")
        wait_until(lambda: portal.asked("/b"), what="the new page is fetched")
        wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE publishing_id IS NOT NULL") == 2,
                   what="two publications are begun")
        assert database.value("SELECT count(*) FROM crawl.url WHERE published_at IS NOT NULL") == 1
        late = waits_for(crawler(), "kafka")
    finally:
        kafka.start()
    daemon.wait_ready()
    late.wait_ready()
    messages = arrive(published, 3)
    assert {m.value for m in messages} == {b"a", b"another a", b"b"}
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE publishing_id IS NOT NULL") == 0,
               what="both are done")
    assert daemon.stop() == 0


def test_a_topic_that_was_deleted_is_made_again(pipeline, crawler, portal, published, kafka, topic):
    portal.publish("/a", "a")
    pipeline.sync(portal.file)
    daemon = crawler().start()
    arrive(published, 1)
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.delete_topics([topic])[topic].result(30)
    portal.publish("/b", "b")
    daemon.wait_for_log(r"topic_created(?s:.*)topic_created")
    again = Published(kafka, topic)
    assert arrive(again, 1)[0].value == b"b"
    again.close()
    daemon.wait_ready()


def test_without_a_database_it_waits_and_nothing_is_lost(pipeline, crawler, portal, published, database, postgres):
    portal.publish("/a", "a")
    pipeline.sync(portal.file)
    daemon = crawler().start()
    arrive(published, 1)
    postgres.kill()
    try:
        wait_until(lambda: daemon.get("/readyz")[0] == 503, what="not ready")
        assert "database" in daemon.get("/readyz")[1] and daemon.is_live()
        portal.publish("/a", "another a")
        portal.publish("/b", "b")
        late = waits_for(crawler(), "database")
    finally:
        postgres.start()
    daemon.wait_ready()
    late.wait_ready()
    wait_until(lambda: {m.value for m in published.all()} == {b"a", b"another a", b"b"}, what="all arrive")
    visited_again(portal, 2, "/b")
    assert [m.value for m in published.of(portal.url("/b"))] == [b"b"]
    assert daemon.stop() == 0


def test_sigterm_lets_what_is_under_way_end(pipeline, crawler, portal, published, database):
    def slow(handler):
        time.sleep(1.5)
        Answer("slow")(handler)
    portal.publish("/slow", slow)
    portal.publish("/later", "later")
    portal.settings["delay"] = "2s"
    pipeline.sync(portal.file)
    daemon = crawler().start()
    wait_until(lambda: portal.asked("/slow") or portal.asked("/later"), what="a page is under way")
    asked = len(portal.requests)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait(10) == 0
    assert len(arrive(published, 1)) == 1
    assert len(portal.requests) == asked
    assert database.value("SELECT count(*) FROM crawl.url WHERE lease_owner IS NOT NULL") == 0
    assert database.value("SELECT count(*) FROM crawl.url WHERE publishing_id IS NOT NULL") == 0
    assert database.value("SELECT max(next_at) < now() + interval '3 s' FROM crawl.clock")


def test_what_does_not_end_in_time_is_left_for_the_next(pipeline, crawler, portal, published, database):
    held = {"on": True}

    def slow(handler):
        while held["on"]:
            time.sleep(0.05)
        Answer("slow")(handler)
    portal.publish("/slow", slow)
    pipeline.sync(portal.file)
    daemon = crawler(drain="500ms").start()
    wait_until(lambda: portal.asked("/slow"), what="it is under way")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait(10) == 0
    assert daemon.log_contains("crawler_stopped")
    assert row(database, portal.url("/slow"), "lease_owner, unsure, due_at <= now()") == (None, False, True)
    held["on"] = False
    daemon.start()
    arrive(published, 1)
