# SPDX-License-Identifier: MIT
"""Politeness, held to what the portals themselves have seen."""

import email.utils
import itertools
import json
import random
import re
import time
from datetime import datetime, timedelta, timezone

import pytest

from suoyin import wait_until
from suoyin.manners import arrives, asked, becomes, crawler, gaps, name_server, state  # noqa: F401
from suoyin.portal import Answer, list_page, redirect
from suoyin.proc import family_cpu

CHINA = timezone(timedelta(hours=8))


def journal(sim, event):
    lines = [json.loads(line) for line in sim.journal.read_text().splitlines()]
    return {line["url"] for line in lines if line["event"] == event}


def is_robots(request):
    return request["path"].startswith("/robots")


def check_log(sim, delay_ms, crawl_delay_ms, backoff_ms, forbidden, lease_ms, kills):
    """What the portals saw: gaps per host and per address, back-off, no forbidden page, robots.txt first.

    A crawler that is killed before it could write down what an answer asked for takes that with it: then a
    lease and a delay are waited, as after any kill.
    """
    forgotten = 0
    requests = asked(sim)
    by_host, by_address = gaps(requests, "host"), gaps(requests, "address")
    # sim-001, 003, 004 have a Crawl-delay, known once their robots.txt was read
    for host, found in by_host.items():
        slow = crawl_delay_ms if not host.startswith("sim-002") else delay_ms
        for gap, before, after in found:
            assert gap >= (slow if not is_robots(before) and not is_robots(after) else delay_ms), (host, gap, before, after)
            if before["status"] in (429, 503):
                assert gap >= min(lease_ms, backoff_ms), (gap, before, after)
                forgotten += gap < (2000 if before["status"] == 503 and not is_robots(before) else backoff_ms)
    for address, found in by_address.items():
        assert min(gap for gap, _, _ in found) >= delay_ms, address
    assert len(by_address) < len(by_host) and forgotten <= kills
    urls = {f"http://{r['host']}{r['path']}" for r in requests}
    assert not urls & forbidden
    for host in by_host:
        first = next(i for i, r in enumerate(requests) if r["host"] == host and not is_robots(r))
        assert any(r["host"] == host and is_robots(r) and r["status"] in (200, 404) for r in requests[:first]), host
    return (len(requests), min(g for found in by_host.values() for g, _, _ in found),
            min(g for found in by_address.values() for g, _, _ in found), forgotten)


@pytest.mark.parametrize("kills", [pytest.param(2, marks=pytest.mark.short), 20])
def test_gaps_hold_with_two_names_on_an_address_two_crawlers_and_kills(
        pipeline, crawler, published, database, kills):
    sim = pipeline.portalsim(portals=4, reports=60 if kills < 10 else 240, scenario="polite", delay="150ms",
                             revisit="1h", every="2s").start()
    forbidden, reports = journal(sim, "forbidden"), journal(sim, "publish")
    assert len(forbidden) >= 10 and forbidden < reports
    pipeline.sync(sim.portals_file)
    settings = {"dns__servers": [name_server(sim)], "lease": "1s", "backoff__first": "700ms"}
    both = [crawler(**settings).start(ready=False) for _ in range(2)]
    dice = random.Random(5)
    for turn in range(kills):
        seen = len(asked(sim))
        wait_until(lambda: len(asked(sim)) >= seen + 3, 30, "they ask on", every=0.02)
        time.sleep(dice.random() * 0.2)
        both[turn % 2].kill()
        both[turn % 2].start(ready=False)

    def missing():
        return (reports - forbidden) - {m.subject for m in published.all()}
    wait_until(lambda: not missing(), 300, "all that may be read is published")
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE refused = 'robots'") == len(forbidden),
               60, "what may not be read is refused")
    for url, line in database.query("SELECT url, refused_by FROM crawl.url WHERE refused = 'robots'"):
        assert url in forbidden and line == "Disallow: " + re.sub(r"^http://[^/]+", "", url) + "$"
    assert {m.subject for m in published.all()} == reports - forbidden
    requests, host_gap, address_gap, forgotten = check_log(sim, 150, 300, 700, forbidden, 1000, kills)
    slowed = sum(r["status"] in (429, 503) for r in asked(sim))
    assert slowed > 0
    print(f"RESULT kills={kills} requests={requests} forbidden=0 least_gap_host_ms={host_gap}"
          f" least_gap_address_ms={address_gap} slowed={slowed} forgotten={forgotten} pages={len(reports - forbidden)}")


# -- robots.txt ----------------------------------------------------------------------------------

def robots(text, **more):
    return Answer(text, Content_Type="text/plain", **more)


@pytest.mark.short
def test_what_robots_txt_refuses_is_read_once_it_allows_it(pipeline, crawler, portal, published, database):
    portal.pages["/robots.txt"] = robots("User-agent: *\nDisallow: /\n\nUser-agent: suoyin\nDisallow: /secret # no\n")
    portal.publish("/secret/a", "a")
    portal.publish("/open", "open")
    portal.settings["revisit"] = "1h"
    pipeline.sync(portal.file)
    daemon = crawler(robots__fresh="1s").start()
    arrives(published, portal.url("/open"))
    becomes(database, portal.url("/secret/a"), (None, "robots", "Disallow: /secret"), "failure, refused, refused_by")
    assert portal.asked("/secret/a") == []
    wait_until(lambda: daemon.metric("suoyin_refused_total", reason="robots") == 1, 10, "it is counted")
    assert portal.asked("/robots.txt")[0].headers["User-Agent"].endswith("(+mailto:us@example.org)")
    portal.pages["/robots.txt"] = robots("User-agent: *\nDisallow: /nothing\n")
    arrives(published, portal.url("/secret/a"))
    becomes(database, portal.url("/secret/a"), (None, None, None), "failure, refused, refused_by")


def test_robots_txt_is_confirmed_with_the_servers_own_validators(pipeline, crawler, portal, published):
    portal.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /no", validators={"ETag": '"r"'})
    portal.publish("/no", "no")
    portal.publish("/yes", "yes")
    pipeline.sync(portal.file)
    daemon = crawler(robots__fresh="500ms").start()
    wait_until(lambda: daemon.metric("suoyin_robots_total", outcome="same") >= 2, what="304 twice")
    assert portal.asked("/robots.txt")[1].headers["If-None-Match"] == '"r"'
    assert portal.asked("/no") == []
    arrives(published, portal.url("/yes"))


@pytest.mark.parametrize("status, allowed", [(404, True), (403, True), (410, True), (204, True), (500, False), (503, False),
                                             (429, False), (412, False), (521, False), (304, False), (302, False)])
def test_what_an_answer_for_robots_txt_means(pipeline, crawler, portal, published, database, status, allowed):
    portal.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /a", status=status)
    portal.publish("/a", "a")
    pipeline.sync(portal.file)
    crawler(backoff__first="100ms", backoff__most="500ms").start()
    if allowed:
        arrives(published, portal.url("/a"))
        return
    becomes(database, portal.url("/list"), ("robots_unreachable", None))
    wait_until(lambda: len(portal.asked("/robots.txt")) >= 3, what="it is asked for again")
    assert {r.path for r in portal.requests} == {"/robots.txt"}
    portal.pages["/robots.txt"] = robots("")
    arrives(published, portal.url("/a"))


@pytest.mark.parametrize("hops, allowed", [(5, False), (9, False), (30, True)])
def test_redirects_of_robots_txt_are_followed(pipeline, crawler, portal, portals, published, database, hops, allowed):
    other = portals()
    for hop in range(hops):
        portal.pages["/robots.txt" if hop == 0 else f"/r{hop}"] = redirect(f"/r{hop + 1}")
    portal.pages[f"/r{hops}"] = redirect(other.url("/elsewhere"))
    other.pages["/elsewhere"] = robots("User-agent: *\nDisallow: /a")
    portal.publish("/a", "a")
    portal.publish("/b", "b")
    pipeline.sync(portal.file)
    crawler().start()
    arrives(published, portal.url("/b"))
    if allowed:  # RFC 9309 2.3.1.2: too many are as none
        arrives(published, portal.url("/a"))
        return
    becomes(database, portal.url("/a"), (None, "robots"))
    assert portal.asked("/a") == [] and len(other.asked("/elsewhere")) == 1


def test_the_last_good_copy_is_obeyed_while_robots_txt_is_unreachable(pipeline, crawler, portal, published, database):
    portal.pages["/robots.txt"] = robots("User-agent: *\nDisallow: /a")
    portal.publish("/a", "a")
    pipeline.sync(portal.file)
    daemon = crawler(robots__fresh="500ms").start()
    becomes(database, portal.url("/a"), (None, "robots"))
    portal.pages["/robots.txt"] = Answer(status=500)
    wait_until(lambda: daemon.metric("suoyin_robots_total", outcome="unreachable") >= 2, what="unreachable")
    portal.publish("/b", "b")
    arrives(published, portal.url("/b"))
    assert portal.asked("/a") == []
    # without a copy nothing is asked, until 30 days are over
    database.query("UPDATE crawl.robots SET body = NULL, next_at = now()")
    portal.publish("/c", "c")
    becomes(database, portal.url("/list"), ("robots_unreachable", None))
    assert portal.asked("/c") == []
    database.query("UPDATE crawl.robots SET unreachable_since = now() - interval '31 days'")
    arrives(published, portal.url("/a"), portal.url("/c"))


def test_a_list_whose_later_pages_may_not_be_read_ends_there(pipeline, crawler, portal, published, database):
    portal.pages["/robots.txt"] = robots("User-agent: *\nDisallow: /list?p=")
    portal.pages["/list"] = Answer(list_page(["/a"], next="/list?p=2"))
    portal.pages["/a"] = Answer("a")
    pipeline.sync(portal.file)
    crawler().start()
    arrives(published, portal.url("/a"))
    becomes(database, portal.url("/list"), (None, None, True), "failure, refused, complete_at IS NOT NULL")
    wait_until(lambda: len(portal.asked("/list")) >= 3, what="it is read at its own pace")
    assert portal.asked("/list?p=2") == []


@pytest.mark.short
def test_crawl_delay_slows_and_drops_nothing(pipeline, crawler, portal, published):
    portal.pages["/robots.txt"] = robots("User-agent: *\nCrawl-delay: 0.7\n")
    for n in range(6):
        portal.publish(f"/{n}", str(n))
    portal.settings["revisit"] = "1h"
    pipeline.sync(portal.file)
    crawler(lease="500ms").start()
    arrives(published, *[portal.url(f"/{n}") for n in range(6)])
    times = [r.at for r in portal.requests][1:]
    assert min(b - a for a, b in zip(times, times[1:])) >= 0.7


# -- back-off ------------------------------------------------------------------------------------------

def busy_once(answer):
    answers = itertools.chain([answer], itertools.repeat(Answer("fine")))
    return lambda handler: next(answers)(handler)


def http_date(seconds):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value, least, most", [
    ("2", 2.0, 3.5), ("date", 2.0, 4.5), ("0", 0.5, 1.5), ("-5", 0.5, 1.5), ("past", 0.5, 1.5), ("soon", 0.5, 1.5),
    (None, 0.5, 1.5), ("99999999999999999999999", 0.5, 1.5), ("864000", 3.0, 4.5)])
def test_retry_after_in_both_forms_and_what_cannot_be_meant(
        pipeline, crawler, portal, published, status, value, least, most):
    def header():
        text = {"date": http_date(3), "past": http_date(-100)}.get(value, value)
        return {"Retry_After": text} if text else {}
    portal.publish("/a", busy_once(lambda handler: Answer(status=status, **header())(handler)))
    portal.publish("/b", "b")
    portal.settings["revisit"] = "1h"
    pipeline.sync(portal.file)
    daemon = crawler(backoff__first="500ms", backoff__most="3s").start()
    arrives(published, portal.url("/a"), portal.url("/b"))
    wait_until(lambda: daemon.metric("suoyin_backoffs_total") == 1, 10, "it is counted")
    times = [r.at for r in portal.requests]
    at = portal.asked("/a")[0].at
    after = min(t for t in times if t > at)
    assert least <= after - at <= most


def test_a_back_off_is_one_step_an_incident_doubles_and_is_kept_by_the_database(
        pipeline, crawler, portal, published, database):
    for n in range(8):  # all of them wait while the first one is told to come later
        portal.publish(f"/{n}", lambda handler: Answer(f"fine: {handler.path}" if fine["yes"] else "",
                                                       200 if fine["yes"] else 503)(handler))
    fine = {"yes": False}
    portal.settings["revisit"] = "1h"
    portal.every = "1h"
    pipeline.sync(portal.file)
    daemon = crawler(backoff__first="600ms", lease="1s").start()
    daemon.wait_for_log(r"host_slowed .*times=2")
    daemon.kill()
    daemon.start(ready=False)
    crawler(backoff__first="600ms", lease="1s").start(ready=False)
    wait_until(lambda: database.value("SELECT max(slowed) FROM crawl.clock") == 4, what="four steps")
    fine["yes"] = True
    arrives(published, *[portal.url(f"/{n}") for n in range(8)])
    wait_until(lambda: database.query("SELECT slowed, retry_at FROM crawl.clock") == [(0, None)], what="all is well")
    times = [r.at for r in portal.requests if r.path[1:].isdigit()][:5]
    pauses = [b - a for a, b in zip(times, times[1:])]
    assert [p >= least for p, least in zip(pauses, (0.6, 1.2, 2.4, 4.8))] == [True] * 4, pauses
    assert pauses[3] < 8


def test_a_host_that_is_shut_for_long_holds_no_leases(pipeline, crawler, portal, published, database):
    portal.publish("/a", Answer(status=503, Retry_After="3600"))
    portal.publish("/b", "b")
    portal.publish("/c", Answer(status=503, Retry_After="3600"))
    pipeline.sync(portal.file)
    daemon = crawler().start()
    daemon.wait_for_log("host_slowed")
    wait_until(lambda: daemon.metric("suoyin_postponed_total", reason="backoff") > 0, what="they are put off")
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE lease_owner IS NOT NULL") == 0,
               what="nothing is leased")
    asked = len(portal.requests)
    assert database.value("SELECT min(due_at) > now() + interval '50 minutes' FROM crawl.url WHERE failures = 0"
                          " AND published_at IS NULL AND kind = 'page'") in (True, None)
    time.sleep(1)
    assert len(portal.requests) == asked


# -- quiet hours, budget ---------------------------------------------------------------------------------

def hours(begin, end):
    now = datetime.now(CHINA)
    return f"{now + begin:%H:%M}-{now + end:%H:%M}"


def test_quiet_hours_are_quiet(pipeline, crawler, portal, published, database):
    portal.publish("/a", "a")
    portal.settings["quiet"] = hours(timedelta(hours=-2), timedelta(hours=2))
    pipeline.sync(portal.file)
    daemon = crawler().start()
    wait_until(lambda: daemon.metric("suoyin_postponed_total", reason="quiet") >= 1, what="its list is put off")
    wait_until(lambda: database.value("SELECT due_at BETWEEN now() + interval '118 minutes' AND now() + interval"
                                      " '121 minutes' FROM crawl.url"), what="until they are over")
    assert portal.requests == []
    portal.settings["quiet"] = hours(timedelta(hours=2), timedelta(hours=-2))
    pipeline.sync(portal.file)
    database.query("UPDATE crawl.url SET due_at = now()")
    arrives(published, portal.url("/a"))


@pytest.mark.short
def test_a_budget_is_kept_by_all_crawlers_together(pipeline, crawler, portal, published, database):
    for n in range(20):
        portal.publish(f"/{n}", str(n))
    portal.settings["budget"] = 7
    pipeline.sync(portal.file)
    both = [crawler().start(ready=False) for _ in range(2)]
    wait_until(lambda: sum(d.metric("suoyin_postponed_total", reason="budget") for d in both) >= 1, what="it is used up")
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE lease_owner IS NOT NULL") == 0,
               what="the rest is put off")
    assert len(portal.requests) == 7
    assert database.value("SELECT requests FROM crawl.budget WHERE portal_id = %s", portal.id) >= 7
    assert database.value("SELECT max(due_at) <= now() + interval '24 hours' FROM crawl.url")
    database.query("UPDATE crawl.budget SET day = day - 1")
    database.query("UPDATE crawl.url SET due_at = now()")
    wait_until(lambda: len(portal.requests) == 14, what="another day, another seven")


# -- names -------------------------------------------------------------------------------------------------

def test_an_address_is_looked_up_again_when_its_time_is_over(pipeline, crawler, portals, published, directory):
    old, new = portals(), portals()
    new.server.socket.close()
    new.server.server_close()
    (directory / "zone").write_text(f"moving.test 0 {old.address} | {old.address} | {new.address}\n")
    sim = pipeline.portalsim(portals=1, reports=1, scenario="quiet", dns=directory / "zone").start()
    old.settings["hosts"] = "[moving.test]"
    old.publish(f"http://moving.test:{old.port}/a", "a")
    old.pages["/a"] = Answer("a")
    pipeline.sync(old.file)
    daemon = crawler(dns__servers=[name_server(sim)], dns__ttl_least="1s").start()
    arrives(published, f"http://moving.test:{old.port}/a")
    # the third answer leads to a host where nobody listens
    daemon.wait_for_log(r"visit_failed .*moving.test.* reason=connect")


def test_a_name_whose_first_address_is_dead_is_reached_at_its_second(pipeline, crawler, portal, published, directory):
    (directory / "zone").write_text(f"two.test 60 127.66.1.1,{portal.address}\n")
    sim = pipeline.portalsim(portals=1, reports=1, scenario="quiet", dns=directory / "zone").start()
    portal.settings["hosts"] = "[two.test]"
    portal.pages["/a"] = Answer("a")
    portal.rows = [f"http://two.test:{portal.port}/a"]
    pipeline.sync(portal.file)
    crawler(dns__servers=[name_server(sim)]).start()
    arrives(published, f"http://two.test:{portal.port}/a")


def test_a_portal_on_ipv6_is_asked_like_any_other(pipeline, crawler, portals, published, database, directory):
    (directory / "zone").write_text("six.test 60 ::1\n")
    sim = pipeline.portalsim(portals=1, reports=1, scenario="quiet", dns=directory / "zone").start()
    portal = portals(address="::1")
    portal.home = f"http://six.test:{portal.port}/"
    portal.publish("/a", "a")
    pipeline.sync(portal.file)
    crawler(allow_networks=["127.0.0.0/8", "::1"], dns__servers=[name_server(sim)]).start()
    arrives(published, portal.url("/a"))
    assert {row for row, in database.query("SELECT host FROM crawl.clock")} == {"six.test", "[::1]"}
    portal.home = f"http://[::1]:{portal.port}/"
    pipeline.sync(portal.file)
    arrives(published, portal.url("/a"))


@pytest.mark.short
def test_a_host_whose_turn_has_come_waits_for_room_without_turning_in_circles(pipeline, crawler, portals):
    many, slow = portals(delay="300ms", revisit="1h"), portals(delay="300ms", revisit="1h")
    for n in range(20):
        many.publish(f"/r{n}.html", f"标题 report {n}")
    slow.publish("/slow.html", "标题 slow")
    answer = slow.pages["/slow.html"]

    def late(handler):
        time.sleep(5)
        answer(handler)
    slow.pages["/slow.html"] = late
    pipeline.sync(many.file, slow.file)
    daemon = crawler(fetch__parallel=1).start()
    wait_until(lambda: slow.asked("/slow.html"), 60, "the slow page is asked for")
    time.sleep(1)  # the delay of the other host is over
    spent = family_cpu(daemon.process.pid)
    time.sleep(2)
    assert family_cpu(daemon.process.pid) - spent < 0.5
