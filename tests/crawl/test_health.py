# SPDX-License-Identifier: MIT
"""What portals do wrong is recognised, told apart, said once with its evidence, and ends when it ends."""

import json
import time

import pytest

from suoyin import wait_until
from suoyin.portal import Answer, list_page, redirect

QUICK = {"retry.first": "100ms", "retry.most": "500ms", "backoff.first": "100ms", "backoff.most": "500ms",
         "frontier.poll": "100ms", "partitions": 3, "census": "300ms"}


@pytest.fixture
def crawler(pipeline):
    return lambda **settings: pipeline.crawler(**{**QUICK, **settings})


def state(database, portal, scope=None):
    """Of its list, or of another scope."""
    return database.value("SELECT state FROM crawl.health WHERE portal_id = %s AND scope = %s", portal.id,
                          scope or portal.url("/list"))


def becomes(database, portal, wanted, scope=None, timeout=30):
    wait_until(lambda: state(database, portal, scope) == wanted, timeout,
               f"{portal.id} is {wanted}; it is {state(database, portal, scope)}")


@pytest.mark.short
def test_each_trouble_has_its_name_and_evidence_and_ends(pipeline, crawler, portals, published, database):
    wall = "<html><script>$_ts={};</script><script src='/x.js'></script></html>"

    def hang_up(handler):
        handler.close_connection = True
    rows = [f"/r{n}.html" for n in range(8)]
    cases = {
        "layout": Answer("<html><p>another design</p></html>"),
        "blocked:challenge": Answer(wall, status=412, Set_Cookie="FSSBBIl1UgzbN7N80S=1"),
        "blocked:challenge ": Answer(wall, Set_Cookie="a=b"),
        "http_error": Answer("sorry", status=500),
        "http_error ": hang_up,
        "moved": redirect("http://www.elsewhere.example/"),
        "shrunk": Answer(list_page(rows[:2])),
    }
    troubled = {name: portals(revisit="1h") for name in cases}
    for portal in troubled.values():
        portal.pages.update({path: Answer(f"report {path} of {portal.id}") for path in rows})
        portal.rows = list(rows)
    pipeline.sync(*(portal.file for portal in troubled.values()))
    daemon = crawler().start()
    wait_until(lambda: len(published.all()) == 8 * len(cases), 60, "all is published")
    wait_until(lambda: all(len(p.asked("/list")) >= 3 for p in troubled.values()), 30, "all lists are known")
    assert database.value("SELECT count(*) FROM crawl.health WHERE state <> 'ok'") == 0
    for name, portal in troubled.items():
        portal.pages["/list"] = cases[name]
    for name, portal in troubled.items():
        becomes(database, portal, name.strip())
    assert len(published.all()) == 8 * len(cases)  # no wall is a page
    url, status, body, bad = database.query(
        "SELECT evidence_url, evidence_status, convert_from(evidence_body, 'UTF8'), bad FROM crawl.health"
        " WHERE portal_id = %s", troubled["blocked:challenge"].id)[0]
    assert (url, status, body) == (troubled["blocked:challenge"].url("/list"), 412, wall)
    assert 3 <= bad <= 5
    wait_until(lambda: daemon.metric("suoyin_portals", state="blocked:challenge") == 2, 10, "the metric says it")
    for portal in troubled.values():
        del portal.pages["/list"]
    for portal in troubled.values():
        becomes(database, portal, "ok")
    said = [line for line in daemon.log.splitlines() if "event=portal_state" in line]
    assert len(said) == 2 * len(cases)  # once each, and once each that it is over


def test_a_list_that_may_be_empty_is_not_unwell(pipeline, crawler, portals, database):
    allowed, other = portals(), portals()
    allowed.every = "1s\n        may_be_empty: true"
    pipeline.sync(allowed.file, other.file)
    crawler().start()
    becomes(database, other, "layout")
    assert state(database, allowed) is None
    assert database.value("SELECT failures FROM crawl.url WHERE url = %s", allowed.url("/list")) == 0


def test_a_wall_behind_a_page_is_published_neither_as_page_nor_as_gone(
        pipeline, crawler, portals, published, database):
    portal = portals(revisit="1s")
    wall = "<html><script>document.cookie='a=b';location.reload()</script></html>"
    for n in range(4):
        portal.publish(f"/r{n}.html", f"report {n}")
    pipeline.sync(portal.file)
    crawler().start()
    wait_until(lambda: len(published.all()) == 4, 30, "four pages")
    for n in range(4):
        portal.pages[f"/r{n}.html"] = Answer(wall)
    portal.publish("/new.html", Answer(wall))
    becomes(database, portal, "blocked:challenge", "pages")
    time.sleep(2)
    assert len(published.all()) == 4
    assert database.value("SELECT failure FROM crawl.url WHERE url = %s", portal.url("/new.html")) == "challenge"


def test_the_home_page_for_everything_is_a_soft_404(pipeline, crawler, portals, published, database):
    portal = portals(revisit="1s")
    portal.publish("/real.html", "标题 /real.html: a report that names itself")
    for n in range(6):
        portal.publish(f"/lost{n}.html", Answer("<h1>welcome to our portal</h1>"))
    pipeline.sync(portal.file)
    crawler().start()
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.soft_page") == 1, 30, "it is known")
    # what was published before it was known is taken back, the real one is not
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE misses > 0 OR gone_at IS NOT NULL") == 6,
               60, "all six are missing")
    def standing():
        last = {m.subject: m for m in published.all()}
        return {url for url, m in last.items() if not m.is_gone}
    wait_until(lambda: standing() == {portal.url("/real.html")}, 60, "only the real one stands")
    # at most the first three had been taken for pages
    assert len([m for m in published.all() if "lost" in m.subject and not m.is_gone]) <= 3


def test_404_for_all_that_was_published_is_a_fence_and_no_withdrawal(
        pipeline, crawler, portals, published, database):
    portal = portals(revisit="1s")
    for n in range(12):
        portal.publish(f"/r{n}.html", f"标题 report {n}")
    pipeline.sync(portal.file)
    daemon = crawler(lease="1s").start()
    wait_until(lambda: len(published.all()) == 12, 60, "twelve pages")
    saved = dict(portal.pages)
    for path in list(portal.pages):
        portal.pages[path] = Answer("nothing here", status=404)
    becomes(database, portal, "blocked:fence", "pages")
    for _ in range(3):  # nor does another crawler's memory begin anew
        time.sleep(2)
        daemon.kill()
        daemon.start()
    time.sleep(2)
    assert not any(m.is_gone for m in published.all())
    portal.pages.update(saved)
    becomes(database, portal, "ok", "pages")
    # and one that stays away when the portal is back is withdrawn
    portal.pages["/r3.html"] = Answer("nothing here", status=404)
    wait_until(lambda: [m.subject for m in published.all() if m.is_gone] == [portal.url("/r3.html")], 30,
               "one is gone")


def test_server_errors_never_withdraw(pipeline, crawler, portals, published, database):
    portal = portals(revisit="1s")
    for n in range(3):
        portal.publish(f"/r{n}.html", f"标题 report {n}")
    pipeline.sync(portal.file)
    crawler().start()
    wait_until(lambda: len(published.all()) == 3, 30, "three pages")
    flapping = iter([404, 500, 404, 503, 200] * 1000)

    def flap(handler):
        status = next(flapping)
        Answer("标题 report 1" if status == 200 else "no", status=status)(handler)
    portal.pages["/r0.html"] = Answer("no", status=503)
    portal.pages["/r1.html"] = flap
    asked = len(portal.asked("/r1.html"))
    wait_until(lambda: len(portal.asked("/r1.html")) > asked + 12, 60, "a dozen looks")
    assert not any(m.is_gone for m in published.all())


def test_portalsim_plays_it_all_and_nothing_false_is_published(pipeline, crawler, published, directory, database):
    script = directory / "script"
    script.write_text("")
    sim = pipeline.portalsim(portals=1, reports=30, scenario="quiet", late=6, publish_every=86400000, script=script,
                             revisit="1s").start()
    pipeline.sync(sim.portals_file)
    crawler().start()

    def truth():
        events = [json.loads(line) for line in sim.journal.read_text().splitlines()]
        return {(e["url"], e["sha256"]) for e in events if e["event"] == "publish"}

    def have():
        return {(m.subject, m.sha256) for m in published.all()}

    def worst():
        return database.value("SELECT state FROM crawl.portal_state")
    wait_until(lambda: truth() <= have(), 60, "all is published")
    seen = []
    for mode, wanted in (("challenge", "blocked:challenge"), ("challenge_200", "blocked:challenge"),
                         ("fence", "blocked:fence"), ("layout", "layout"), ("shrink", "shrunk"), ("empty", "layout"),
                         ("error", "http_error")):
        with script.open("a") as f:
            f.write(f"mode {mode}\npublish 1\n" if mode == "error" else f"mode {mode}\n")
        wait_until(lambda: worst() == wanted, 60, f"{mode} is {wanted}; it is {worst()}")
        seen.append(mode)
        with script.open("a") as f:
            f.write("mode none\n")
        wait_until(lambda: worst() == "ok", 60, f"after {mode} it is ok; it is {worst()}")
    with script.open("a") as f:
        f.write("publish 5\n")
    wait_until(lambda: truth() <= have(), 60, "news after it all")
    assert have() == truth(), "something was published that the portal never showed"
    print(f"RESULT troubles={len(seen)} detected={len(seen)} false=0")
