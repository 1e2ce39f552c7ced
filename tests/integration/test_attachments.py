# SPDX-License-Identifier: MIT
"""Attachments: one row for each page, file and text of it; the report is found through the page's sighting."""

import pytest

from suoyin.ledger import outcomes, settle
from suoyin.pages import Pages, document

URL = "http://demo.example.gov.cn/{}"
PDF = b"%PDF-1.4\n\x00\x01\xff one"


@pytest.fixture
def pages(kafka, topic):
    return Pages(kafka, topic)


def attach(pages, file, parent, body, at, **more):
    pages.publish(URL.format(file), body, at, kind="suoyin.attachment.fetched.v1",
                  **{"ce_parenturl": URL.format(parent), "ce_filename": f"附件 {file}", **more})


def rows(database, *columns):
    return database.query(f"SELECT {', '.join(columns)} FROM api.attachment ORDER BY fetched_at, attachment_id")


def report_at(database, page):
    return database.value("SELECT report_id FROM api.sighting WHERE url = %s", URL.format(page))


def test_it_may_come_before_its_page_and_names_its_bytes(pipeline, database, pages):
    pipeline.worker().start()
    attach(pages, "a.pdf", "1.html", PDF, 1)
    settle(database, pages)
    assert rows(database, "report_id", "bytes", "filename", "content_type", "\"offset\"", "fetched_at::text") == \
        [(None, len(PDF), "附件 a.pdf", "text/html", 0, "2026-01-01 00:00:01+00")]
    pages.publish(URL.format("1.html"), document("报告甲", content="一"), 2)
    settle(database, pages)
    assert rows(database, "report_id") == [(report_at(database, "1.html"),)]
    assert outcomes(database) == {"attached": 1, "new": 1}


def test_repeats_add_nothing_and_changed_bytes_another_row(pipeline, database, pages):
    pipeline.worker().start()
    for at, body in enumerate((PDF, PDF, PDF + b"2", PDF, PDF + b"2"), 1):
        attach(pages, "a.pdf", "1.html", body, at)
    attach(pages, "a.pdf", "2.html", PDF, 6)                  # another page links it
    attach(pages, "a.pdf", "1.html", PDF, 7, site="another")  # another site does
    settle(database, pages)
    assert outcomes(database) == {"attached": 7}
    assert rows(database, "parent_url", "bytes", "\"offset\"") == [
        (URL.format("1.html"), len(PDF), 0), (URL.format("1.html"), len(PDF) + 1, 2),
        (URL.format("2.html"), len(PDF), 5), (URL.format("1.html"), len(PDF), 6)]


def test_a_replay_of_the_topic_doubles_nothing(pipeline, database, pages):
    worker = pipeline.worker().start()
    for n in range(20):
        attach(pages, f"{n % 5}.pdf", f"{n % 3}.html", PDF + b"%d" % (n % 2), n)
        pages.publish(URL.format(f"{n % 3}.html"), document(f"报告{n % 3}", content=str(n)), n)
    settle(database, pages)
    before = rows(database, "attachment_id", "report_id", "url", "sha256", "\"offset\"")
    assert len(before) == 20  # 5 files, 3 pages, 2 texts: 30 that could be
    worker.stop()
    database.query("DELETE FROM core.ingest_offset")
    database.query("DELETE FROM core.outcome")
    worker.start()
    settle(database, pages)
    assert rows(database, "attachment_id", "report_id", "url", "sha256", "\"offset\"") == before
    assert outcomes(database)["attached"] == 20


def test_it_follows_its_page_to_another_report(pipeline, database, pages):
    """The address shows another report; then the same one as a second address; then nothing."""
    pipeline.worker().start()
    pages.publish(URL.format("1.html"), document("报告甲", "012345678/2026-00001", content="一"), 1)
    attach(pages, "a.pdf", "1.html", PDF, 2)
    settle(database, pages)
    first = report_at(database, "1.html")
    assert rows(database, "report_id") == [(first,)]
    pages.publish(URL.format("2.html"), document("报告乙", "012345678/2026-00002", content="二"), 3)
    pages.publish(URL.format("1.html"), document("报告乙", "012345678/2026-00002", content="二"), 4)
    settle(database, pages)
    second = report_at(database, "2.html")
    assert second != first and rows(database, "report_id") == [(second,)]
    pages.gone(URL.format("1.html"), 5)
    settle(database, pages)
    assert rows(database, "report_id") == [(second,)]


def test_what_is_no_text_is_left_out_and_what_is_wrong_set_aside(pipeline, database, pages):
    pipeline.worker().start()
    attach(pages, "a.pdf", "1.html", PDF, 1, ce_filename=b"\xff\xfe.pdf")
    attach(pages, "b.pdf", "1.html", PDF, 2, ce_parenturl=None)
    attach(pages, "c.pdf", "1.html", PDF, 3, ce_sha256="0" * 64)
    attach(pages, "d.pdf", "1.html", b"\x00" * 7864320, 4)
    settle(database, pages)
    assert rows(database, "url", "filename", "bytes") == \
        [(URL.format("a.pdf"), None, len(PDF)), (URL.format("d.pdf"), "附件 d.pdf", 7864320)]
    assert sorted(database.query("SELECT url, reason FROM api.dead_letter")) == \
        [(URL.format("b.pdf"), "header_missing"), (URL.format("c.pdf"), "sha256_mismatch")]
