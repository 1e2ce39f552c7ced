# SPDX-License-Identifier: MIT
"""Row 30: whatever can be wrong with a message, each in the dead letters once with its own reason, its neighbours stored."""

import json
import zlib
from collections import Counter

import pytest

from suoyin import BIN
from suoyin.ledger import outcomes, settle
from suoyin.outbox import Feed, wait_sent
from suoyin.pages import Pages, document

pytestmark = [pytest.mark.short, pytest.mark.row(30)]
URL = "http://demo.example.gov.cn/{}.html"


def good(text="坏"):
    return document(f"{text}的报告", content=text)


# name: (reason, body, how it is published)
DEAD = {
    "empty value": ("empty", b"", {}),
    "tombstone": ("body_missing", None, dict(kind="suoyin.page.fetched.v1", ce_sha256="0" * 64)),
    "no site": ("header_missing", good(), dict(drop=("ce_site",))),
    "no id": ("header_missing", good(), dict(drop=("ce_id",))),
    "no time": ("header_missing", good(), dict(drop=("ce_time",))),
    "time in words": ("header_malformed", good(), dict(ce_time="yesterday")),
    "month 13": ("header_malformed", good(), dict(ce_time="2026-13-45T00:00:00Z")),
    "hash in words": ("header_malformed", good(), dict(ce_sha256="none")),
    "id not UTF-8": ("header_malformed", good(), dict(id=b"\xff\xfe")),
    "site with NUL": ("header_malformed", good(), dict(site=b"de\0mo")),
    "header too long": ("header_too_long", good(), dict(ce_listtitle="长" * 4000)),
    "later form": ("schema_unsupported", good(), dict(kind="suoyin.page.fetched.v9")),
    "wrong hash": ("sha256_mismatch", good(), dict(ce_sha256="0" * 64)),
    "picture as page": ("binary", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, {}),
    "compressed page": ("binary", zlib.compress(bytes(1 << 20)) + bytes(range(256)) * 20, {}),
    "40,000 deep": ("too_deep", b"<html><body>" + b"<div>" * 40000 + "正文".encode(), {}),
    "200,000 deep": ("too_deep", b"<html><body>" + b"<div>" * 200000 + "正文".encode(), {}),
}

# wrong somehow, and a page all the same
STORED = {
    "no charset": good("无").replace(b'<meta charset="utf-8">', b""),
    "wrong charset": good("错").replace(b"utf-8", b"iso-8859-1"),
    "GB18030": good("国").replace(b"utf-8", b"gbk").decode().encode("gb18030"),
    "stray bytes": good("杂").replace("编号".encode(), b"\xff\xe4"),
    "NUL within": good("零").replace("有关".encode(), b"\0\0"),
    "wrong content type": good("类"),
    "bad GB18030": good("码").replace(b"utf-8", b"gbk").decode().encode("gb18030").replace(b"</p>", b"\x81\xff\x30</p>", 1),
    "cut off": good("断")[:-30],
    "impossible date": good("期").replace("有关情况".encode(), "2026年13月45日".encode()),
    "5 MB": good("大").replace(b"</body>", b"<!--" + b"x" * 5_000_000 + b"--></body>"),
}


@pytest.fixture
def pages(kafka, topic):
    return Pages(kafka, topic)


def test_each_is_dead_once_with_its_reason_and_neighbours_are_stored(pipeline, kafka, topic, database, pages):
    worker = pipeline.worker().start()
    want = {}
    for n, (reason, body, how) in enumerate(DEAD.values()):
        pages.publish(URL.format(f"before{n}"), document(f"邻{n}", content=f"前{n}"), n)
        want[2 * n + 1] = reason
        pages.publish(URL.format(f"bad{n}"), body, n, **how)
    pages.producer.produce(topic, value=good(), key="x", headers=[("ce_id", "a"), ("ce_id", "b")])
    pages.count += 1
    want[pages.count - 1] = "header_duplicate"
    for n, body in enumerate(STORED.values()):
        how = {"content-type": "image/png; charset=x-none"} if body == STORED["wrong content type"] else {}
        pages.publish(URL.format(f"odd{n}"), body, n + 100, **how)
    settle(database, pages, 90)
    have = database.query("SELECT \"offset\"::int, reason FROM core.dead_letter")
    names = ["a neighbour"] * pages.count
    names[1:2 * len(DEAD):2] = DEAD
    odd = Counter(have) - Counter(want.items()), Counter(want.items()) - Counter(have)
    assert not any(odd), [(names[at], reason) for side in odd for at, reason in side]
    assert outcomes(database) == {"new": len(DEAD) + len(STORED), "dead": len(want)}
    wait_sent(database)
    feed = Feed(kafka, f"{topic}.dlq")
    assert Counter(int(dict(m.headers())["__connect.errors.offset"]) for m in feed.all()) == Counter(list(want))
    feed.close()
    assert worker.is_ready()


def test_a_replay_heals_what_was_mended_and_leaves_the_rest(pipeline, kafka, database, pages):
    pipeline.worker().start()
    database.query("ALTER TABLE core.revision ADD CONSTRAINT bad CHECK (title IS DISTINCT FROM '坏的报告')")
    for n in range(10):
        how = dict(ce_sha256="0" * 64) if n == 7 else {}
        pages.publish(URL.format(n), good() if n in (2, 5) else document(f"报告{n}", content=str(n)), n, **how)
    settle(database, pages)
    assert outcomes(database) == {"new": 7, "dead": 3}
    database.query("ALTER TABLE core.revision DROP CONSTRAINT bad")
    done = database.ctl("dlq", "replay", "--unresolved", f"--kafka.bootstrap.servers={kafka.bootstrap}", "--json")
    assert json.loads(done.stdout)["replayed"] == 3
    pages.count += 3
    settle(database, pages)
    assert dict(database.query("SELECT \"offset\"::int, resolution FROM core.dead_letter WHERE \"offset\" < 10")) == \
        {2: "stored", 5: "stored", 7: "replayed"}
    [open_] = database.query("SELECT reason FROM core.dead_letter WHERE resolution IS NULL")
    assert open_ == ("sha256_mismatch",)


@pytest.mark.skipif(b"__asan_init" in (BIN / "suoyin-worker").read_bytes(), reason="a sanitizer needs all addresses: no limit then")
def test_a_page_that_needs_more_memory_heals_where_it_has_more(pipeline, kafka, database, pages):
    big = document("大报告", content="大", paragraphs=30000)
    small = pipeline.worker(child__memory="64MiB", children=1).start()
    for n in range(5):
        pages.publish(URL.format(n), big if n == 2 else document(f"报告{n}", content=str(n)), n)
    settle(database, pages, 60)
    [(offset, reason)] = database.query("SELECT \"offset\"::int, reason FROM core.dead_letter")
    assert offset == 2 and reason in ("extract_crash", "too_large")
    assert small.stop() == 0
    pipeline.worker().start()
    done = database.ctl("dlq", "replay", "--unresolved", f"--kafka.bootstrap.servers={kafka.bootstrap}", "--json")
    pages.count += json.loads(done.stdout)["replayed"]
    settle(database, pages, 60)
    assert database.query("SELECT resolution FROM core.dead_letter") == [("stored",)]
    assert database.query("SELECT count(*) FROM core.report") == [(5,)]
