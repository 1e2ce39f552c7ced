# SPDX-License-Identifier: MIT
"""Files that pages link: fetched, published as messages of their own, joined to the report of their page."""

import hashlib
import time

import pytest

from suoyin import wait_until
from suoyin.pages import Published, document
from suoyin.portal import Answer, Portal

QUICK = {"retry.first": "100ms", "retry.most": "500ms", "frontier.poll": "100ms", "partitions": 3, "lease": "1s"}
PDF = b"%PDF-1.4\n\x00\x01\xff one"
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 two"
KIND = "suoyin.attachment.fetched.v1"


@pytest.fixture
def portal(directory):
    portal = Portal(directory)
    yield portal
    portal.close()


@pytest.fixture
def published(kafka, topic):
    reader = Published(kafka, topic)
    yield reader
    reader.close()


def page(title, *links):
    items = "".join(f"<p><a href=\"{path}\">{name}</a></p>" for path, name in links)
    return document(title, content=title).replace(b"</div></body>", items.encode() + b"</div></body>")


def file(body, type="application/pdf"):
    return Answer(body, Content_Type=type)


def attachments(published):
    return [m for m in published.all() if m.type == KIND]


def told(published):
    return sorted((m.parenturl, m.subject, m.filename) for m in attachments(published))


def row(database, url, columns):
    found = database.query(f"SELECT {columns} FROM crawl.url WHERE url = %s", url)
    return found[0] if found else None


@pytest.mark.short
def test_files_are_published_once_for_each_page_and_join_its_report(pipeline, portal, published, database):
    portal.pages["/a.pdf"], portal.pages["/b.doc"] = file(PDF), file(DOC, "application/msword")
    portal.publish("/1.html", page("报告甲", ("/a.pdf", "附件一.pdf"), ("b.doc", "附件二.doc")))
    portal.publish("/2.html", page("报告乙", ("/a.pdf", "同一附件.pdf")))
    portal.settings["revisit"] = "1h"
    pipeline.sync(portal.file)
    pipeline.worker().start()
    crawler = pipeline.crawler(**QUICK).start()
    one, two, a, b = (portal.url(path) for path in ("/1.html", "/2.html", "/a.pdf", "/b.doc"))
    wanted = sorted([(one, a, "附件一.pdf"), (one, b, "附件二.doc"), (two, a, "同一附件.pdf")])
    wait_until(lambda: len(attachments(published)) >= 3, 30, "each page's files are published")
    assert told(published) == wanted
    for message in attachments(published):
        body = PDF if message.subject == a else DOC
        assert message.value == body and message.sha256 == hashlib.sha256(body).hexdigest()
    joined = ("SELECT count(*) FROM api.attachment a JOIN api.sighting s ON s.url = a.parent_url"
              " AND s.report_id = a.report_id")
    wait_until(lambda: database.value(joined) == 3, 30, "each is joined to the report of its page")
    # pages are written before they are begun, files after: nothing is unaccounted for
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.url WHERE kind = 'attachment' AND sha256 IS NOT NULL"
                                      " AND publishing_id IS NULL AND lease_owner IS NULL") == 2, 10, "both are done")
    assert database.value("SELECT sum(discovered) = (SELECT count(*) FROM crawl.url WHERE kind <> 'list')"
                          " FROM crawl.census")
    assert database.value("SELECT count(*) FROM crawl.attached WHERE told_at IS NULL") == 0
    # another page that links the same file gets its message, though the file was read before
    portal.publish("/3.html", page("报告丙", ("/a.pdf", "又是.pdf")))
    wait_until(lambda: (portal.url("/3.html"), a, "又是.pdf") in told(published), 30, "the third page's, too")
    time.sleep(1)
    assert len(attachments(published)) == 4  # and nobody is told twice
    assert crawler.stop() == 0


def test_changed_bytes_are_published_for_every_page(pipeline, portal, published):
    portal.pages["/a.pdf"] = file(PDF)
    for n in (1, 2):
        portal.publish(f"/{n}.html", page(f"报告{n}", ("/a.pdf", "附件.pdf")))
    pipeline.sync(portal.file)
    crawler = pipeline.crawler(**QUICK).start()
    wait_until(lambda: len(attachments(published)) >= 2, 30, "both pages are told")
    portal.pages["/a.pdf"] = file(PDF + b"!")
    wait_until(lambda: {m.parenturl for m in attachments(published) if m.value == PDF + b"!"} ==
               {portal.url("/1.html"), portal.url("/2.html")}, 30, "both are told of the new bytes")
    time.sleep(2)
    assert len(attachments(published)) == 4
    assert crawler.stop() == 0


def test_what_is_no_file_is_refused_or_missed(pipeline, portal, published, database):
    portal.pages["/large.zip"] = file(b"x" * 8_000_000, "application/zip")
    portal.pages["/login.pdf"] = Answer("<!DOCTYPE html><html><body>请先登录</body></html>")
    portal.pages["/odd.pdf"] = file(PDF, "text/html")  # its type is wrong, its bytes are a file's
    portal.publish("/1.html", page("报告甲", ("/large.zip", "大.zip"), ("/login.pdf", "登录.pdf"), ("/none.doc", "无.doc"),
                                   ("/odd.pdf", "怪.pdf"), ("http://elsewhere.example/x.pdf", "外.pdf")))
    pipeline.sync(portal.file)
    crawler = pipeline.crawler(**QUICK).start()
    wait_until(lambda: row(database, portal.url("/large.zip"), "refused, refused_bytes") == ("too_large", 8_000_000),
               30, "the large one is refused, with its size")
    wait_until(lambda: (row(database, portal.url("/login.pdf"), "refused") or [None])[0] == "not_the_file", 30,
               "a page in a file's place is refused")
    wait_until(lambda: (row(database, portal.url("/none.doc"), "misses") or [0])[0] >= 3, 30, "the missing one is missed")
    wait_until(lambda: attachments(published), 30, "the file of a wrong type is published")
    assert [m.subject for m in attachments(published)] == [portal.url("/odd.pdf")]
    assert not any(m.is_gone for m in published.all())
    assert row(database, "http://elsewhere.example/x.pdf", "1") is None
    assert crawler.stop() == 0


def test_a_kill_between_a_page_and_its_files_loses_none(pipeline, portal, published, database):
    for n in range(8):
        portal.pages[f"/{n}.pdf"] = file(PDF + b"%d" % n)
        portal.publish(f"/{n}.html", page(f"报告{n}", (f"/{n}.pdf", "甲.pdf"), ("/0.pdf", "共.pdf")))
    portal.settings["revisit"] = "1h"
    pipeline.sync(portal.file)
    crawler = pipeline.crawler(**QUICK)
    for pages in range(1, 9):
        crawler.start(ready=False)
        wait_until(lambda: sum(m.type != KIND for m in published.all()) >= pages, 30, "a page is published")
        crawler.kill()
    crawler.start()
    wanted = {(portal.url(f"/{n}.html"), portal.url(f"/{m}.pdf")) for n in range(8) for m in (n, 0)}
    wait_until(lambda: {(m.parenturl, m.subject) for m in attachments(published)} == wanted, 60, "no file is lost")
    wait_until(lambda: database.value("SELECT count(*) FROM crawl.attached WHERE told_at IS NULL") == 0, 30, "all told")
    assert crawler.stop() == 0


def test_a_portal_may_be_without_files(pipeline, portal, published, database):
    portal.settings["attachments"] = "false"
    portal.pages["/a.pdf"] = file(PDF)
    portal.publish("/1.html", page("报告甲", ("/a.pdf", "附件.pdf")))
    pipeline.sync(portal.file)
    crawler = pipeline.crawler(**QUICK).start()
    wait_until(lambda: row(database, portal.url("/1.html"), "published_at") not in (None, (None,)), 30, "it is published")
    time.sleep(1)
    assert portal.asked("/a.pdf") == [] and attachments(published) == []
    portal.settings["attachments"] = "true"
    pipeline.sync(portal.file)
    portal.publish("/1.html", page("报告甲二", ("/a.pdf", "附件.pdf")))
    wait_until(lambda: attachments(published), 30, "with the page's next edition its file comes")
    assert crawler.stop() == 0
