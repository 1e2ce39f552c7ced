# SPDX-License-Identifier: MIT
"""Nothing that a list shows is missed, however it shows it; what that costs in requests is printed."""

import json
import re
import time

import pytest

from suoyin import wait_until
from suoyin.portal import Answer, Portal, list_page

QUICK = {"retry.first": "100ms", "retry.most": "500ms", "frontier.poll": "100ms", "partitions": 3, "census": "300ms"}


@pytest.fixture
def crawler(pipeline):
    return lambda **settings: pipeline.crawler(**{**QUICK, **settings})


@pytest.fixture
def portal(directory):
    server = Portal(directory, revisit="1h")
    yield server
    server.close()


class Sim:
    """portalsim with a script; what it published is in its journal, what it was asked in its requests."""

    def __init__(self, pipeline, directory, late, **options):
        self.script = directory / "script"
        self.script.write_text("")
        self.sim = pipeline.portalsim(portals=1, scenario="quiet", late=late, publish_every=86400000,
                                      script=self.script, **{"revisit": "1h", **options}).start()
        self.pipeline = pipeline

    def do(self, *commands):
        with self.script.open("a") as f:
            f.write("".join(f"{command}\n" for command in commands))

    def sync(self, **keys):
        """The portals file, with more keys for each list."""
        text = self.sim.portals_file.read_text()
        more = "".join(f"\n        {key}: {value}" for key, value in keys.items())
        path = self.sim.portals_file.with_suffix(".more.yaml")
        path.write_text("".join(line + (more if line.strip().startswith("every:") else "") + "\n"
                                for line in text.splitlines()))
        self.pipeline.sync(path)

    def journal(self):
        events = [json.loads(line) for line in self.sim.journal.read_text().splitlines()]
        return {e["url"]: e for e in events if e["event"] in ("publish", "edit")}

    def list_requests(self):
        lines = [json.loads(line) for line in self.sim.requests.read_text().splitlines()]
        return [r["path"] for r in lines if "/index" in r["path"]]


def everything(published, sim, timeout=60):
    def missing():
        have = {(m.subject, m.sha256) for m in published.all()}
        return [url for url, e in sim.journal().items() if (url, e["sha256"]) not in have]
    wait_until(lambda: not missing(), timeout, f"all of the journal is published; missing: {missing()[:5]}")


def quiet_visits(sim, times, first="/zwgk/fzzf/index.html"):
    count = sim.list_requests().count(first)
    wait_until(lambda: sim.list_requests().count(first) >= count + times, 30, f"{times} more visits")


def forbidden(sim):
    """Requests for anything but lists, pages that were published, and robots.txt."""
    pages = {url.split("/", 3)[3] for url in sim.journal()}
    lines = [json.loads(line) for line in sim.sim.requests.read_text().splitlines()]
    return [r["path"] for r in lines
            if r["path"].lstrip("/") not in pages and "/index" not in r["path"] and r["path"] != "/robots.txt"]


@pytest.mark.short
def test_recall_is_whole_in_each_scenario_after_the_next_sweep(pipeline, crawler, published, directory, database):
    sim = Sim(pipeline, directory, late=60, reports=100)
    sim.sync(sweep="4s")
    crawler().start()
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.list WHERE swept_at IS NOT NULL") == 2, 60,
               "both lists are read to their end")
    everything(published, sim)
    counts = {}
    scenarios = {"burst larger than a page": ["publish 30"], "pinned rows": ["pin 4", "publish 3"],
                 "a full page of pinned rows": ["pin 12", "publish 2"], "unpinned": ["pin 0", "publish 2"],
                 "back-dated behind known ones": ["insert 3"], "edited in place": ["edit"]}
    for name, commands in scenarios.items():
        before = len(sim.journal()), len(sim.list_requests()), time.monotonic()
        sim.do(*commands)
        if "edit" not in name:
            wait_until(lambda: len(sim.journal()) > before[0], 10, f"{name} happens")
        else:
            wait_until(lambda: any(e["event"] == "edit" for e in sim.journal().values()), 10, f"{name} happens")
        everything(published, sim)
        rounds = 1 + (time.monotonic() - before[2])  # one request a list and second is the pace
        counts[name] = len(sim.list_requests()) - before[1] - 2 * rounds
    assert database.value("SELECT count(*) FROM crawl.url WHERE kind = 'page'") == len(sim.journal())
    for name, extra in counts.items():
        print(f"{name}: {max(0, extra):.0f} list requests beyond the pace")
    have = {(m.subject, m.sha256) for m in published.all()}
    recall = sum((url, e["sha256"]) in have for url, e in sim.journal().items()) / len(sim.journal())
    print(f"RESULT scenarios={len(scenarios)} recall={recall:.3f} forbidden={len(forbidden(sim))}")
    assert recall == 1 and not forbidden(sim)


def test_what_is_found_late_is_news_and_what_was_there_before_is_not(
        pipeline, crawler, published, directory, database):
    sim = Sim(pipeline, directory, late=6, reports=60)
    old = set(sim.journal())
    sim.sync(sweep="3s")
    crawler().start()
    everything(published, sim)
    sim.do("publish 3", "insert 3")
    wait_until(lambda: len(sim.journal()) == len(old) + 6, 10, "six more")
    everything(published, sim)
    told = {m.subject: m.baseline for m in published.all()}
    assert {url for url, baseline in told.items() if baseline == "1"} == old


def test_a_backfill_of_one_page_reads_one_and_calls_deeper_rows_no_news(
        pipeline, crawler, published, portal, database):
    rows = [f"/r{n}.html" for n in range(12)]
    for path in rows:
        portal.pages[path] = Answer(f"report {path}")

    def show(paths):
        portal.pages["/list"] = Answer(list_page(paths[:4], "/list2"))
        portal.pages["/list2"] = Answer(list_page(paths[4:8], "/list3"))
        portal.pages["/list3"] = Answer(list_page(paths[8:]))
    show(rows)
    portal.every = "1s\n        backfill: 1 pages\n        sweep: 2s"
    pipeline.sync(portal.file)
    crawler().start()
    wait_until(lambda: len(published.all()) == 4, 30, "the first page is published")
    show(["/new.html", *rows[2:]])  # two are taken down, so r4 moves up to page 1
    portal.pages["/new.html"] = Answer("news")
    wait_until(lambda: len(published.all()) == 6, 30, "the new one and the one that moved up")
    told = {m.subject: m.baseline for m in published.all()}
    assert told[portal.url("/new.html")] is None
    assert told[portal.url("/r4.html")] == "1"
    time.sleep(3)
    assert len(published.all()) == 6
    assert portal.asked("/list3") == []


def test_unchanged_lists_cost_one_request_and_no_row_is_written(pipeline, crawler, published, portal, database):
    """Always 200, with noise that changes: only what is selected counts."""
    noise = iter(range(1000))
    portal.pages.update({f"/r{n}.html": Answer(f"report {n}") for n in range(4)})

    def noisy(handler):
        page = list_page([f"/r{n}.html" for n in range(4)]).replace("</body>", f"<p>visitors: {next(noise)}</p></body>")
        Answer(page)(handler)
    portal.pages["/list"] = noisy
    pipeline.sync(portal.file)
    crawler().start()
    wait_until(lambda: len(published.all()) == 4, 30, "four pages")

    def writes():
        return database.query("SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables"
                              " WHERE relid IN ('crawl.listed'::regclass) ORDER BY relid")
    asked = len(portal.asked("/list"))
    wait_until(lambda: len(portal.asked("/list")) >= asked + 2, 30, "two more visits")
    time.sleep(1.5)  # the statistics arrive
    before = writes()
    asked = len(portal.asked("/list"))
    wait_until(lambda: len(portal.asked("/list")) >= asked + 4, 30, "four more visits")
    time.sleep(1.5)
    assert writes() == before
    assert database.value("SELECT open_since IS NULL AND complete_at > now() - interval '5 seconds'"
                          " FROM crawl.url WHERE kind = 'list'")


def test_a_list_that_lies_about_its_validators_is_found_out(pipeline, crawler, published, directory, database):
    sim = Sim(pipeline, directory, late=4, reports=30)
    sim.sync(sweep="1h")
    daemon = crawler().start()
    everything(published, sim)
    sim.do("mode lie")
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE strpos(etag, 'never changes') > 0") == 2, 30,
               "both lists have the validator that never changes")
    sim.do("publish 2")
    everything(published, sim)
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.list WHERE lies") >= 1, 30, "it is known to lie")
    sim.do("publish 2")
    start = time.monotonic()
    everything(published, sim, 15)
    assert daemon.is_ready() and time.monotonic() - start < 15


def test_a_gap_is_said_and_closed(pipeline, crawler, published, portal, database):
    rows = [f"/r{n}.html" for n in range(4)]
    portal.pages.update({path: Answer(f"report {path}") for path in [*rows, *(f"/n{n}.html" for n in range(4))]})
    portal.pages["/list"] = Answer(list_page(rows))
    pipeline.sync(portal.file)
    daemon = crawler().start()
    wait_until(lambda: len(published.all()) == 4, 30, "four pages")
    portal.pages["/list2"] = Answer(list_page(rows))
    portal.pages["/list"] = Answer(list_page([f"/n{n}.html" for n in range(4)], "/list2"))
    wait_until(lambda: len(published.all()) == 8, 30, "eight pages")
    daemon.wait_for_log(r"event=list_gap\b.*rows=4")
    daemon.wait_for_log(r"event=list_gap_closed\b.*pages=2")
    wait_until(lambda: daemon.metric("suoyin_list_gaps_total") == 1, 10, "it is counted")
    wait_until(lambda: database.value("SELECT gap_at IS NOT NULL FROM crawl.list"), 10, "it is noted")


# -- conservation ------------------------------------------------------------------------------------

def test_what_is_discovered_is_published_waiting_leased_or_refused(pipeline, crawler, published, database):
    sim = pipeline.portalsim(portals=3, reports=30, scenario="quiet", misbehave=True, revisit="1h").start()
    pipeline.sync(sim.portals_file)
    daemon = crawler(census="200ms").start()
    names = ["published", "waiting", "leased", "refused"]

    def gauges(portal):
        """All of one reading: between two of them a page may move."""
        text = daemon.get("/metrics")[1]
        found = {name: re.search(rf'^suoyin_urls_{name}{{portal="{portal}"}} (\d+)$', text, re.MULTILINE)
                 for name in ["discovered", *names]}
        return [int(match[1]) if match else 0 for match in found.values()]

    def known(portal):
        return database.value("SELECT count(*) FROM crawl.url WHERE kind = 'page' AND portal_id = %s", portal)
    portals = ["sim-001", "sim-002", "sim-003", "sim-bad"]
    wait_until(lambda: all(known(p) > 0 for p in portals), 60, "all portals have pages")

    def settled():
        return all(g[0] == known(p) and g[2] == g[3] == 0 for p in portals for g in [gauges(p)])
    for _ in range(20):  # at every moment, not only at the end
        for portal in portals:
            discovered, *parts = gauges(portal)
            assert discovered == sum(parts), (portal, discovered, parts)
        time.sleep(0.1)
    wait_until(settled, 60, "all is published or refused")
    assert gauges("sim-bad")[4] == 1 and gauges("sim-bad")[1] == known("sim-bad") - 1
    wait_until(lambda: daemon.metric("suoyin_urls_refused_by_reason", reason="too_large") == 1, 10, "and why")
    assert daemon.metric("suoyin_urls_unaccounted") == 0
    # and the law can be broken
    database.query("DELETE FROM crawl.url WHERE url_id = (SELECT min(url_id) FROM crawl.url"
                   " WHERE kind = 'page' AND portal_id = 'sim-001')")
    wait_until(lambda: daemon.metric("suoyin_urls_unaccounted", portal="sim-001") == 1, 10, "one is missing")
    daemon.wait_for_log(r"event=urls_unaccounted\b.*portal=sim-001\b.*urls=1")
