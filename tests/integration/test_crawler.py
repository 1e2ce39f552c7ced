# SPDX-License-Identifier: MIT
"""The crawler alone: portals in, messages out; every promise of design sections 1 and 3."""

import collections
import gzip
import itertools
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
import zlib
from datetime import datetime, timedelta, timezone

import pytest

from suoyin import wait_until
from suoyin.crawling import (arrive, crawler, everything_arrives, failure, fails_with, journal, listed,  # noqa: F401
                             row, sha256, visited_again)
from suoyin.portal import Answer, Portal, list_page, redirect

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
PAGE_MAX = 7864320


# -- the message ---------------------------------------------------------------------------------

def test_a_page_is_published_as_the_contract_says(pipeline, crawler, published, database):
    sim = pipeline.portalsim(portals=4, reports=12, scenario="quiet", revisit="1h").start()
    pipeline.sync(sim.portals_file)
    before = datetime.now(timezone.utc)
    crawler().start()
    messages = everything_arrives(published, sim)
    after = datetime.now(timezone.utc)
    entries = journal(sim)
    lists = dict(database.query("SELECT url, portal_id FROM crawl.url WHERE kind = 'list'"))
    homes = dict(database.query("SELECT portal_id, home FROM core.portal"))
    validators = {"sim-001": {"ce_etag", "ce_lastmodified"}, "sim-002": set(),
                  "sim-003": {"ce_lastmodified"}, "sim-004": {"ce_etag"}}
    always = {"ce_specversion", "ce_type", "ce_id", "ce_source", "ce_time", "ce_subject", "ce_portal", "ce_site",
              "ce_sha256", "content-type", "ce_finalurl", "ce_httpstatus", "ce_listurl", "ce_listtitle",
              "ce_listdate", "ce_baseline", "ce_configversion"}
    assert len(messages) == len(entries)
    for m in messages:
        entry = entries[m.subject, m.sha256]
        assert set(m.headers) == always | validators[m.portal]
        assert sha256(m.value) == m.sha256
        assert m.key == f"{m.portal} {m.subject}"
        assert (m.specversion, m.type, m.httpstatus) == ("1.0", "suoyin.page.fetched.v1", "200")
        assert (m.portal, m.site, m.source) == (entry["portal"], entry["portal"], homes[entry["portal"]])
        assert m.finalurl == m.subject and lists[m.listurl] == m.portal
        assert m.listtitle == entry["title"] and re.fullmatch(r"\[?\d{4}-\d\d-\d\d\]?", m.listdate)
        assert (m.baseline, m.configversion) == ("1", "1")
        assert m.headers["content-type"].startswith("text/html")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", m.time)
        moment = datetime.fromisoformat(m.time.replace("Z", "+00:00"))
        assert before <= moment <= after
        assert m.timestamp == (moment - EPOCH) // timedelta(milliseconds=1)  # not the clock of the crawler's machine
        assert m.partition == zlib.crc32(m.key.encode()) % 3  # the versions of one URL stay in order
    assert len({m.id for m in messages}) == len(messages)


def test_only_what_came_after_the_first_visit_is_news(pipeline, crawler, portal, published):
    portal.publish("/old.html", "old")
    pipeline.sync(portal.file)
    crawler().start()
    arrive(published, 1)
    visited_again(portal, 2, "/list")
    portal.publish("/new.html", "new")
    portal.publish("/old.html", "old, but edited")
    arrive(published, 3)
    told = collections.Counter((m.subject, m.baseline) for m in published.all())
    assert told == {(portal.url("/old.html"), "1"): 1, (portal.url("/old.html"), None): 1,
                    (portal.url("/new.html"), None): 1}


# -- revisits --------------------------------------------------------------------------------------

def test_nothing_is_published_twice_and_an_edit_once(pipeline, crawler, portal, published, database):
    modified = {"Last-Modified": "Mon, 05 Jan 2026 08:00:00 GMT"}
    later = {"Last-Modified": "Mon, 05 Jan 2026 09:00:00 GMT"}
    kinds = {"/tag": ({"ETag": '"a"'}, {"ETag": '"b"'}), "/weak": ({"ETag": 'W/"a"'}, {"ETag": 'W/"b"'}),
             "/date": (modified, later), "/both": ({**modified, "ETag": '"c"'}, {**modified, "ETag": '"d"'}),
             "/none": ({}, {})}
    for path, (first, _) in kinds.items():
        portal.publish(path, Answer(f"text of {path}", validators=first))
    pipeline.sync(portal.file)
    crawler().start()
    arrive(published, len(kinds))
    visited_again(portal, 2, *kinds)
    arrive(published, len(kinds))
    for path, (first, _) in kinds.items():
        asked = portal.asked(path)[1].headers
        assert asked.get("If-None-Match") == first.get("ETag")
        assert asked.get("If-Modified-Since") == first.get("Last-Modified")
        status, late = row(database, portal.url(path), "http_status, checked_at > published_at")
        assert (status, late) == (304 if first else 200, True)
    for path, (_, second) in kinds.items():
        portal.publish(path, Answer(f"another text of {path}", validators=second))
    arrive(published, 2 * len(kinds))
    visited_again(portal, 2, *kinds)
    arrive(published, 2 * len(kinds))
    for path in kinds:
        first, second = published.of(portal.url(path))
        assert (first.sha256, second.sha256) == (sha256(f"text of {path}"), sha256(f"another text of {path}"))
        assert first.time < second.time


def test_an_edit_within_the_second_of_last_modified_is_found(pipeline, crawler, portal, published):
    """RFC 9110 8.8.2.2: the date is the same before and after, and a server would say 304."""
    stamp = "Mon, 05 Jan 2026 08:00:00 GMT"
    portal.publish("/a", Answer("one", validators={"Last-Modified": stamp}, Date=stamp))
    pipeline.sync(portal.file)
    crawler().start()
    assert arrive(published, 1)[0].lastmodified == stamp
    portal.publish("/a", Answer("two", validators={"Last-Modified": stamp}))
    assert arrive(published, 2)[1].value == b"two"
    visited_again(portal, 2, "/a")
    assert portal.asked("/a")[-1].headers["If-Modified-Since"] == stamp


def test_gone_is_said_once_after_two_misses_and_a_return_is_published(pipeline, crawler, portal, published):
    portal.publish("/blip", "blip")
    portal.publish("/away", "away")
    portal.publish("/huge", "huge")
    pipeline.sync(portal.file)
    crawler().start()
    arrive(published, 3)
    replies = itertools.chain([Answer(status=404)], itertools.repeat(Answer("blip")))
    portal.pages["/blip"] = lambda handler: next(replies)(handler)
    portal.pages["/away"] = Answer(status=410)
    portal.pages["/huge"] = Answer(b"x" * (PAGE_MAX + 1), status=404)  # no body of an error page is wanted
    gone = arrive(published, 5)[3:]
    for m, path, status in zip(sorted(gone, key=lambda m: m.subject), ("/away", "/huge"), ("410", "404")):
        assert (m.subject, m.type, m.value, m.httpstatus) == (portal.url(path), "suoyin.page.gone.v1", None, status)
        assert m.sha256 is None and m.baseline is None and m.key == f"{portal.id} {m.subject}"
    visited_again(portal, 1, "/away", "/blip")
    arrive(published, 5)
    portal.pages["/away"] = Answer("away")
    back = arrive(published, 6)[-1]
    assert (back.subject, back.value, back.is_gone) == (portal.url("/away"), b"away", False)
    visited_again(portal, 1, "/away")
    arrive(published, 6)


def test_a_shorter_revisit_counts_from_now_on(pipeline, crawler, portal, published):
    portal.settings["revisit"] = "365d"
    portal.publish("/a", "one")
    pipeline.sync(portal.file)
    crawler().start()
    arrive(published, 1)
    portal.publish("/a", "two")
    portal.settings["revisit"] = "1s"
    pipeline.sync(portal.file)
    assert arrive(published, 2)[1].configversion == "2"


# -- redirects and addresses ---------------------------------------------------------------------

def test_redirects_are_followed_and_their_end_is_noted(pipeline, crawler, portal, published, database):
    portal.publish("/a", redirect("/b", 301))
    portal.pages["/b"] = redirect(portal.url("/c%20d?x=1"), 307)
    portal.pages["/c%20d?x=1"] = Answer("here", validators={"Last-Modified": "Tue, 06 Jan 2026 08:00:00 GMT"})
    portal.publish("/lost", redirect("/nowhere"))
    pipeline.sync(portal.file)
    crawler().start()
    wait_until(lambda: len(published.all()) >= 2, what="the page and the lost one")
    here, = published.of(portal.url("/a"))
    assert (here.value, here.finalurl) == (b"here", portal.url("/c%20d?x=1"))
    assert published.of(portal.url("/lost"))[0].is_gone
    visited_again(portal, 1, "/c%20d?x=1")
    assert portal.asked("/a")[-1].headers["If-Modified-Since"] is None
    assert portal.asked("/c%20d?x=1")[-1].headers["If-Modified-Since"]
    wait_until(lambda: row(database, portal.url("/a"), "http_status, final_url") ==
               (304, portal.url("/c%20d?x=1")), what="the 304 is noted")
    # to an older page, which would be "not modified since" the date of the other
    portal.pages["/old"] = Answer("older", validators={"Last-Modified": "Tue, 06 Jan 2026 08:00:00 GMT"})
    portal.publish("/a", redirect("/old"))
    wait_until(lambda: [m.value for m in published.of(portal.url("/a"))] == [b"here", b"older"],
               what="the page behind the new redirect is published")


def test_redirects_that_lead_nowhere_fail_and_those_that_lead_out_are_refused(
        pipeline, crawler, portal, portals, published, database):
    other = portals()
    portal.settings["hosts"] = f"[{portal.address}, 10.255.255.1]"
    reasons = {"/loop": (redirect("/loop"), "too_many_redirects"),
               "/inside": (redirect("http://10.255.255.1/"), "address"),
               "/file": (redirect("file:///etc/passwd"), "redirect_bad_url"),
               "/blank": (Answer(status=302), "redirect_without_target")}
    refused = {"/out": redirect(other.home), "/metadata": redirect("http://169.254.169.254/latest/")}
    for path, (answer, _) in reasons.items():
        portal.publish(path, answer)
    for path, answer in refused.items():
        portal.publish(path, answer)
    portal.publish("/fine", "fine")
    pipeline.sync(portal.file)
    crawler().start()
    for path, (_, reason) in reasons.items():
        fails_with(database, portal.url(path), reason)
    wait_until(lambda: [u["reason"] for u in listed(database, portal)["refused"]] == ["off_site", "off_site"],
               what="two are refused")
    assert [m.subject for m in arrive(published, 1)] == [portal.url("/fine")]
    assert other.requests == []


@pytest.mark.parametrize("networks", [[], ["127.0.0.0/16"], ["10.0.0.0/8", "::1"]])
def test_an_address_that_is_not_public_is_asked_nothing_unless_allowed(
        pipeline, crawler, portal, database, networks):
    """127.30.x.1, by number and by name."""
    portal.settings["hosts"] = f"[{portal.address}, localhost]"
    portal.rows = ["/a"]
    pipeline.sync(portal.file)
    # in the manner of rebinding: the name is fine, its address is not
    database.query("INSERT INTO crawl.url (portal_id, url, kind) VALUES (%s, %s, 'page'), (%s, %s, 'page')",
                   portal.id, f"http://localhost:{portal.port}/", portal.id, portal.url("/a"))
    crawler(allow_networks=networks).start()
    fails_with(database, portal.url("/list"), "address")
    fails_with(database, portal.url("/a"), "address")
    if networks != ["127.0.0.0/16"]:
        fails_with(database, f"http://localhost:{portal.port}/", "address")
    assert portal.requests == []


def test_private_ranges_are_refused_before_a_connection_is_made(pipeline, crawler, portal, database):
    closed = ("10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "[::1]", "[fd00::1]",
              "[::ffff:10.1.2.3]", "[64:ff9b::a01:203]")
    portal.settings["hosts"] = json.dumps([portal.address, *closed])
    pipeline.sync(portal.file)
    for address in closed:
        database.query("INSERT INTO crawl.url (portal_id, url, kind) VALUES (%s, %s, 'page')", portal.id,
                       f"http://{address}/")
    crawler().start()
    for address in closed:
        fails_with(database, f"http://{address}/", "address")


# -- bodies ------------------------------------------------------------------------------------------

def test_a_body_over_the_cap_is_refused_with_its_size(pipeline, crawler, portal, published, database):
    def endless(handler):
        handler.send_response_only(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        for _ in range(64):
            handler.wfile.write(b"x" * (1 << 20))

    bomb = gzip.compress(bytes(40 << 20))
    largest = os.urandom(PAGE_MAX)
    assert len(bomb) < 50_000
    portal.publish("/said", Answer(b"x" * 9_000_000))
    portal.publish("/unsaid", endless)
    portal.publish("/bomb", Answer(bomb, Content_Encoding="gzip"))
    portal.publish("/largest", Answer(largest))
    portal.settings["revisit"] = "1h"
    pipeline.sync(portal.file)
    daemon = crawler().start()
    wait_until(lambda: len(listed(database, portal)["refused"]) == 3, what="three are refused")
    refused = {u["url"]: u for u in listed(database, portal)["refused"]}
    assert {u["reason"] for u in refused.values()} == {"too_large"}
    assert refused[portal.url("/said")]["bytes"] == 9_000_000
    assert PAGE_MAX < refused[portal.url("/unsaid")]["bytes"] < PAGE_MAX + (1 << 20)
    assert 1 << 20 < refused[portal.url("/bomb")]["bytes"] < PAGE_MAX + (1 << 20)  # as seen when its ratio told
    assert re.search(r"too_large  \S+/said  \(9000000 bytes\)", database.ctl("portal", "list").stdout)
    assert arrive(published, 1)[0].value == largest
    wait_until(lambda: daemon.metric("suoyin_refused_total", reason="too_large") == 3, 10, "they are counted")


def test_the_page_of_50_megabytes_is_refused_and_its_neighbours_are_published(
        pipeline, crawler, published, database):
    sim = pipeline.portalsim(portals=1, reports=3, scenario="quiet", misbehave=True, revisit="1h").start()
    pipeline.sync(sim.portals_file)
    crawler().start()
    huge = database.value  # one row, in time
    wait_until(lambda: huge("SELECT refused_bytes FROM crawl.url WHERE refused = 'too_large'") == 50 << 20,
               what="it is refused with its size")
    everything_arrives(published, sim)
    assert "(52428800 bytes)" in database.ctl("portal", "list").stdout


def test_encoded_bodies_are_published_decoded(pipeline, crawler, portal, published, database):
    text = "某县科学技术局关于法治政府建设的报告。" * 500
    portal.publish("/gzip", Answer(gzip.compress(text.encode()), Content_Encoding="gzip"))
    portal.publish("/deflate", Answer(zlib.compress(text.encode()), Content_Encoding="deflate"))
    portal.publish("/plain", Answer(text))
    portal.publish("/liar", Answer(text, Content_Encoding="gzip"))
    portal.settings["revisit"] = "1h"
    pipeline.sync(portal.file)
    crawler().start()
    fails_with(database, portal.url("/liar"), "encoding")
    messages = arrive(published, 3)
    assert {m.value for m in messages} == {text.encode()}
    assert {m.sha256 for m in messages} == {sha256(text)}
    assert not any("encoding" in name for m in messages for name in m.headers)


def test_what_servers_do_wrong_costs_that_page_alone(pipeline, crawler, portal, published, database, tmp_path):
    def cut_short(handler):
        handler.send_response_only(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(b"x" * 1000)
        handler.close_connection = True

    def drip(handler):
        handler.send_response_only(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.2)

    def endless_headers(handler):
        handler.send_response_only(200)
        for number in range(100000):
            handler.send_header(f"X-{number}", "x" * 1000)
            handler.flush_headers()
        handler.end_headers()

    def noise(handler):
        handler.wfile.write(os.urandom(4096))
        handler.close_connection = True

    def hang_up(handler):
        handler.close_connection = True

    wrong = {"/short": (cut_short, "broken"), "/drip": (drip, "timeout"), "/headers": (endless_headers, "broken"),
             "/noise": (noise, "broken"), "/nothing": (hang_up, "broken"),
             "/500": (Answer("oops", status=500), "server_error"), "/403": (Answer("no", status=403), "client_error"),
             "/206": (Answer("part", status=206), "bad_status"), "/304": (Answer(status=304), "unasked_304")}
    for path, (answer, _) in wrong.items():
        portal.publish(path, answer)
    portal.publish("/fine", "fine")
    pipeline.sync(portal.file)
    with untrusted(tmp_path, portal) as tls, closed(portal) as nobody:
        database.query("INSERT INTO crawl.url (portal_id, url, kind) VALUES (%s, %s, 'page'), (%s, %s, 'page')",
                       portal.id, tls, portal.id, nobody)
        daemon = crawler(fetch__timeout="2s").start()
        for path, (_, reason) in wrong.items():
            fails_with(database, portal.url(path), reason)
        fails_with(database, tls, "tls")
        fails_with(database, nobody, "connect")
        failing = {f["reason"]: f["urls"] for f in listed(database, portal)["failing_pages"]}
    assert arrive(published, 1)[0].value == b"fine"
    assert daemon.is_ready()
    assert failing == {"broken": 4, "timeout": 1, "server_error": 1, "client_error": 1, "bad_status": 1,
                       "unasked_304": 1, "tls": 1, "connect": 1}


def test_a_silent_name_server_holds_up_nobody_else(pipeline, crawler, portal, published, database):
    portal.publish("/a", "a")
    portal.settings["hosts"] = "[silent.example]"
    pipeline.sync(portal.file)
    database.query("INSERT INTO crawl.url (portal_id, url, kind) VALUES (%s, 'http://silent.example/', 'page')", portal.id)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((portal.address, 0))
        daemon = crawler(dns__servers=[f"{portal.address}:{silent.getsockname()[1]}"]).start()
        fails_with(database, "http://silent.example/", "dns")
        visited_again(portal, 3, "/list")
        assert b"silent" in silent.recv(1000)
    assert daemon.log_contains("visit_failed")
    times = [request.at for request in portal.asked("/list")]
    assert max(later - earlier for earlier, later in zip(times, times[1:])) < 4


class untrusted:
    """The address of a server on the portal's host whose certificate nobody has signed."""

    def __init__(self, directory, portal):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        f"/CN={portal.address}", "-addext", f"subjectAltName=IP:{portal.address}", "-keyout",
                        directory / "key", "-out", directory / "cert"], check=True, capture_output=True)
        self.server = Portal(directory, address=portal.address, id="tls")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "cert", directory / "key")
        self.server.server.socket = context.wrap_socket(self.server.server.socket, server_side=True)

    def __enter__(self):
        return self.server.url("/").replace("http:", "https:")

    def __exit__(self, *_):
        self.server.close()


class closed:
    """An address of the portal's host where nobody listens."""

    def __init__(self, portal):
        other = Portal(portal.directory, address=portal.address, id="closed")
        self.url = other.url("/")
        other.close()

    def __enter__(self):
        return self.url

    def __exit__(self, *_):
        pass


# -- lists -------------------------------------------------------------------------------------------

def page_of_list(portal, number, rows, next=None):
    path = "/list" if number == 1 else f"/list{number}"
    portal.pages[path] = Answer(list_page(rows, next))


def test_a_list_is_read_to_its_end_and_later_only_as_far_as_there_is_news(
        pipeline, crawler, portal, published, database):
    paths = [f"/r{n}.html" for n in range(12)]
    for path in paths:
        portal.pages[path] = Answer(f"report {path}")
    page_of_list(portal, 1, paths[0:4], "/list2")
    page_of_list(portal, 2, paths[4:8], "/list3")
    page_of_list(portal, 3, paths[8:12], "/list")  # leads back: the end
    portal.settings["revisit"] = "1h"
    pipeline.sync(portal.file)
    crawler().start()
    assert {m.subject for m in arrive(published, 12)} == {portal.url(path) for path in paths}
    visited_again(portal, 2, "/list")
    assert len(portal.asked("/list3")) == 1
    # a burst larger than a page, and an old row pinned to the top
    burst = [f"/n{n}.html" for n in range(6)]
    for path in burst:
        portal.pages[path] = Answer(f"news {path}")
    page_of_list(portal, 2, burst[3:6] + paths[1:2], "/list3")
    page_of_list(portal, 1, paths[0:1] + burst[0:3], "/list2")
    arrive(published, 18)
    visited_again(portal, 2, "/list")
    assert database.value("SELECT count(*) FROM crawl.url WHERE kind = 'page'") == 18


def test_a_list_that_breaks_off_in_the_middle_is_read_again(pipeline, crawler, portal, published, database):
    """No page behind the break may be lost, however the break looks."""
    paths = [f"/r{n}.html" for n in range(4)]
    for path in paths:
        portal.pages[path] = Answer(f"report {path}")
    page_of_list(portal, 1, paths[0:1], "/list2")
    page_of_list(portal, 3, paths[1:4])
    breaks = [Answer("<p>busy</p>"), Answer("no", status=404)]

    def second(handler):
        (breaks.pop(0) if breaks else Answer(list_page(["/r0.html"], "/list3")))(handler)
    portal.pages["/list2"] = second
    pipeline.sync(portal.file)
    crawler().start()
    assert {m.subject for m in arrive(published, 4)} == {portal.url(path) for path in paths}
    assert {m.baseline for m in published.all()} == {"1"}
    wait_until(lambda: row(database, portal.url("/list"), "failures, open_since") == (0, None), what="it is complete")


def test_a_list_of_garbage_fails_where_the_operator_sees_it_and_recovers(
        pipeline, crawler, portals, published, database):
    garbage = [(b"", "empty"), (os.urandom(50_000), "layout"), (b"<html><p>moved</p></html>", "layout"),
               (b"<html>" + b"<div>" * 100_000, "too_deep"), (b"x" * 9_000_000, "too_large")]
    bad = [(portals(), reason) for _, reason in garbage]
    for (portal, _), (what, _) in zip(bad, garbage):
        portal.publish("/a", "a")
        portal.pages["/list"] = Answer(what)
    pipeline.sync(*(portal.file for portal, _ in bad))
    daemon = crawler().start()
    for portal, reason in bad:
        fails_with(database, portal.url("/list"), reason)
        assert [(f["url"], f["reason"]) for f in listed(database, portal)["failing_lists"]] == \
            [(portal.url("/list"), reason)]
        assert f"list fails: {reason}  {portal.url('/list')}" in database.ctl("portal", "list").stdout
    assert daemon.is_ready()
    for portal, _ in bad:
        del portal.pages["/list"]
    arrive(published, len(bad))
    for portal, _ in bad:
        wait_until(lambda: listed(database, portal)["failing_lists"] == [], what="the list is fine again")


def list_children(daemon):
    found = subprocess.run(["pgrep", "-P", str(daemon.process.pid)], capture_output=True, text=True).stdout
    return [int(pid) for pid in found.split()]


@pytest.mark.parametrize("fate, reason", [(None, "list_timeout"), (signal.SIGSEGV, "list_crash")])
def test_a_list_child_that_dies_or_hangs_costs_one_visit(pipeline, crawler, portal, published, database, fate, reason):
    portal.publish("/a", "a")
    portal.every = "1s"
    pipeline.sync(portal.file)
    daemon = crawler(lists__children=1, lists__deadline="2s").start()
    arrive(published, 1)
    child, = list_children(daemon)
    os.kill(child, signal.SIGSTOP)
    visited_again(portal, 1, "/list")
    if fate is not None:
        time.sleep(0.7)  # the answer is with the child
        os.kill(child, fate)
        os.kill(child, signal.SIGCONT)
    daemon.wait_for_log(rf"visit_failed .*reason={reason}")
    portal.publish("/b", "b")
    arrive(published, 2)
    assert len(re.findall("visit_failed", daemon.log)) == 1
    assert list_children(daemon) != [child]
    assert row(database, portal.url("/list"), "failures, failure") == (0, None)


# -- portals -----------------------------------------------------------------------------------------

def test_portals_come_and_go_within_seconds(pipeline, crawler, portals, published, database):
    first, second = portals(), portals()
    first.publish("/a", "a")
    second.publish("/b", "b")
    pipeline.sync(first.file)
    daemon = crawler(portals__poll="1h").start()  # by notification alone
    arrive(published, 1)
    pipeline.sync(second.file)
    began = time.monotonic()
    arrive(published, 2)
    assert time.monotonic() - began < 5
    # the first is in no file any more
    quiet = len(first.requests)
    second.publish("/c", "c")
    arrive(published, 3)
    visited_again(second, 2, "/list")
    assert len(first.requests) == quiet
    pipeline.sync(first.file, second.file)
    visited_again(first, 1, "/list")
    database.query("UPDATE core.portal SET paused = true WHERE portal_id = %s", first.id)
    database.query("NOTIFY suoyin_portal")
    daemon.wait_for_log(r"portals_loaded .*portals=1(?s:.*)portals_loaded .*portals=1(?s:.*)"
                        r"portals_loaded .*portals=2(?s:.*)portals_loaded .*portals=1")
    quiet = len(first.requests)
    visited_again(second, 2, "/list")
    assert len(first.requests) <= quiet + 1  # one was on its way


def test_a_host_that_is_no_more_the_portals_is_asked_no_more(pipeline, crawler, portals, published, database):
    portal, other = portals(), portals()
    portal.settings["hosts"] = json.dumps([portal.address, other.address])
    other.pages["/a"] = Answer("a")
    portal.rows = [other.url("/a")]
    pipeline.sync(portal.file)
    crawler().start()
    arrive(published, 1)
    del portal.settings["hosts"]
    pipeline.sync(portal.file)
    wait_until(lambda: row(database, other.url("/a"), "refused") == ("off_site",), what="it is refused")
    asked = len(other.requests)
    visited_again(portal, 2, "/list")
    assert len(other.requests) == asked


def test_a_portal_that_is_not_understood_costs_only_itself(pipeline, crawler, portals, published, database):
    good, bad = portals(), portals()
    good.publish("/a", "a")
    bad.publish("/b", "b")
    pipeline.sync(good.file, bad.file)
    database.query("UPDATE core.portal SET config = config - 'lists' WHERE portal_id = %s", bad.id)
    database.query("INSERT INTO core.portal (portal_id, site, name, home, region, config, config_version)"
                   " VALUES ('x', 'x', 'x', 'x', '{}', '[1, 2]', 1)")
    daemon = crawler().start()
    arrive(published, 1)
    daemon.wait_for_log(rf"portal_rejected .*portal={bad.id}")
    daemon.wait_for_log(r"portal_rejected .*portal=x")
    assert daemon.is_ready() and bad.requests == []
    database.query("UPDATE core.portal p SET config = v.config FROM core.portal_version v"
                   " WHERE p.portal_id = v.portal_id AND p.portal_id = %s", bad.id)
    database.query("NOTIFY suoyin_portal")
    arrive(published, 2)
