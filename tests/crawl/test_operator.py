# SPDX-License-Identifier: MIT
"""portal pause, resume, state and explain: what an operator asks of running crawlers."""

import json
import time

import pytest

from suoyin import wait_until
from suoyin.portal import Answer, Portal

QUICK = {"retry.first": "100ms", "retry.most": "500ms", "frontier.poll": "100ms", "partitions": 3}


@pytest.fixture
def portal(directory):
    server = Portal(directory, revisit="1h")
    yield server
    server.close()


@pytest.fixture
def crawler(pipeline):
    return lambda **settings: pipeline.crawler(**{**QUICK, **settings})


def explained(database, url):
    return json.loads(database.ctl("explain", "--json", url).stdout)[0]


@pytest.mark.short
def test_a_paused_portal_is_asked_nothing_until_it_is_resumed(pipeline, crawler, portal, database):
    portal.publish("/a.html", "a")
    pipeline.sync(portal.file)
    crawler().start()
    wait_until(lambda: len(portal.asked("/list")) >= 2, 30, "it is visited")
    assert database.ctl("portal", "pause", portal.id).stdout == f"{portal.id} paused\n"
    time.sleep(2)
    asked = len(portal.requests)
    time.sleep(3)
    assert len(portal.requests) == asked
    assert database.ctl("portal", "pause", portal.id).stdout == f"{portal.id} paused (it was already)\n"
    assert explained(database, portal.url("/a.html"))["why"] == "its portal is paused"
    pipeline.sync(portal.file)  # a sync does not undo it
    assert json.loads(database.ctl("portal", "state", "--json", portal.id).stdout)[0]["state"] == "paused"
    database.ctl("portal", "resume", portal.id)
    resumed = time.monotonic()
    wait_until(lambda: len(portal.requests) > asked, 30, "it is visited again")
    assert time.monotonic() - resumed < 10


def test_a_portal_that_is_not_there_is_said(database):
    for verb in ("pause", "resume", "state"):
        done = database.ctl("portal", verb, "nobody", check=False)
        assert (done.returncode, done.stderr) == (1, "suoyinctl: there is no portal nobody\n")
        assert database.ctl("portal", verb, check=False).returncode == 2


def test_explain_tells_why_a_url_is_not_fetched(pipeline, crawler, portal, database):
    portal.publish("/fine.html", "fine")
    portal.publish("/huge.html", Answer(b"x" * 9_000_000))
    portal.publish("/broken.html", Answer("sorry", status=500))
    portal.settings["delay"] = "300ms"
    pipeline.sync(portal.file)
    daemon = crawler(**{"retry.first": "1h", "retry.most": "1h"}).start()

    def why(path):
        done = database.ctl("explain", "--json", portal.url(path), check=False)
        return json.loads(done.stdout)[0]["why"] if done.returncode == 0 else done.stdout
    wait_until(lambda: why("/fine.html") == "it is not due yet", 30, "one is published")
    wait_until(lambda: why("/huge.html") == "refused: too_large", 30, "one is refused")
    wait_until(lambda: why("/broken.html") == "it failed (server_error), 1 times in a row: waits for its next try", 30,
               "one fails")
    fine = explained(database, portal.url("/fine.html"))
    assert (fine["portal"], fine["kind"], fine["list"], fine["title"], fine["status"]) == \
        (portal.id, "page", portal.url("/list"), "标题 /fine.html", 200)
    assert fine["published"] < fine["next_visit"] and fine["portal_state"] == "ok"
    assert explained(database, portal.url("/huge.html"))["refused_bytes"] == 9_000_000
    text = database.ctl("explain", portal.url("/fine.html")).stdout.splitlines()
    assert text[0] == portal.url("/fine.html") and text[1] == "  why: it is not due yet"
    # as a person would paste it
    assert explained(database, portal.url("/fine.html").replace("http:", "HTTP:") + "#top")["url"] == \
        portal.url("/fine.html")
    daemon.stop()
    database.query("UPDATE crawl.url SET due_at = now() - interval '1 minute' WHERE kind = 'page'")
    assert why("/fine.html").startswith("it is due; ")
    database.query("UPDATE crawl.url SET lease_owner = 'x:1:2', lease_until = now() + interval '1 minute'")
    assert explained(database, portal.url("/fine.html"))["lease_of"] == "x:1:2"
    assert why("/fine.html") == "a crawler is at it"


def test_explain_of_what_nobody_knows(pipeline, portal, database):
    pipeline.sync(portal.file)
    done = database.ctl("explain", portal.url("/nothing.html"), check=False)
    assert done.returncode == 1 and done.stdout.endswith(f"why: unknown; no list of portal {portal.id} has named it\n")
    done = database.ctl("explain", "http://elsewhere.example/", check=False)
    assert done.returncode == 1 and "why: unknown; elsewhere.example is a host of no portal" in done.stdout
    assert database.ctl("explain", "no url", check=False).returncode == 2


def test_state_shows_evidence_and_nothing_that_a_terminal_obeys(pipeline, crawler, portal, database):
    portal.publish("/a.html", "a")
    pipeline.sync(portal.file)
    crawler().start()
    wait_until(lambda: len(portal.asked("/list")) >= 2, 30, "it is visited")
    portal.pages["/list"] = Answer("<p>\x1b[2J moved</p>")
    wait_until(lambda: "state: layout" in database.ctl("portal", "state", portal.id).stdout, 30, "another layout")
    text = database.ctl("portal", "state", portal.id).stdout
    assert "\x1b" not in text and "evidence_status: 200" in text and "moved" in text
    assert f"evidence_url: {portal.url('/list')}" in text and "visits: " in text
