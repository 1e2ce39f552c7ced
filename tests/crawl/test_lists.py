# SPDX-License-Identifier: MIT
"""Every way in which portals serve their lists, against the journal of those who published."""

import collections
import json

import pytest

from suoyin import wait_until

MANNERS = 14  # of `portalsim --lists all`, one a portal
QUICK = {"retry.first": "100ms", "retry.most": "500ms", "frontier.poll": "100ms", "partitions": 3}


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def journal(sim):
    return {e["url"]: e for e in lines(sim.journal) if e["event"] == "publish"}


def all_found(published, sim, timeout):
    def missing():
        return sorted(set(journal(sim)) - {m.subject for m in published.all()})
    try:
        wait_until(lambda: not missing(), timeout, "every page of the journal is in the topic")
    except AssertionError as error:
        raise AssertionError(f"{error}; missing: {missing()[:20]}") from None


def result(sim, published):
    """Scenarios that were played, the share of the journal that was found, requests nobody should have made."""
    wanted, found = journal(sim), {m.subject for m in published.all()}
    requests = lines(sim.requests)
    pages = {url.split("/", 3)[3] for url in wanted}
    lists = [r for r in requests if r["path"].lstrip("/") not in pages and r["path"] != "/robots.txt"]
    # a template without a link to its end is told of it by one answer 404
    forbidden = [r for r in lists if r["path"].startswith(("/search/", "/admin/", "/bsfw/"))
                 or (r["status"] == 404 and "/list_" not in r["path"])]
    recall = len(found & set(wanted)) / len(wanted)
    print(f"RESULT scenarios={MANNERS} recall={recall:.4f} forbidden={len(forbidden)} "
          f"pages={len(wanted)} list_requests={len(lists)}")
    assert forbidden == []
    assert found <= set(wanted), sorted(found - set(wanted))
    return recall


@pytest.mark.short
def test_every_manner_of_list_is_read_to_its_end_and_watched(pipeline, published, database):
    sim = pipeline.portalsim(portals=MANNERS, reports=MANNERS * 30, scenario="quiet", lists="all", revisit="1h",
                             late=MANNERS * 4, publish_every=250).start()
    pipeline.sync(sim.portals_file)
    crawler = pipeline.crawler(**QUICK).start()
    all_found(published, sim, 60)
    wait_until(lambda: len(journal(sim)) == MANNERS * 30, 60, "the last page is published")
    all_found(published, sim, 60)
    assert result(sim, published) == 1
    # what the lists said of each page is what the portal prints
    entries = journal(sim)
    titles = collections.Counter()
    for m in published.all():
        if m.listtitle is not None:
            assert m.listtitle == entries[m.subject]["title"]
        titles[m.portal] += m.listtitle is not None
        assert m.listdate.startswith(entries[m.subject]["published_on"]), (m.subject, m.listdate)
    assert sum(n > 0 for n in titles.values()) == MANNERS - 1  # a sitemap has no titles
    failing = database.query("SELECT url, failure FROM crawl.url WHERE kind = 'list' AND failures > 0")
    assert failing == []
    assert crawler.stop() == 0


def test_a_burst_larger_than_a_page_is_found_whole(pipeline, published):
    sim = pipeline.portalsim(portals=MANNERS, reports=MANNERS * 60, scenario="quiet", lists="all", revisit="1h",
                             late=MANNERS * 35, publish_every=60).start()
    pipeline.sync(sim.portals_file)
    crawler = pipeline.crawler(**QUICK).start()
    wait_until(lambda: len(published.all()) >= MANNERS * 30, 120, "the first visits have found what was there")
    crawler.pause()
    wait_until(lambda: len(journal(sim)) == MANNERS * 60, 120, "the burst is over")
    crawler.resume()
    all_found(published, sim, 120)
    assert result(sim, published) == 1
