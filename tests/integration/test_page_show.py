# SPDX-License-Identifier: MIT
"""suoyinctl page show: from a row back to the bytes that the portal served."""

import os
import pty
import subprocess

import pytest

from suoyin import BIN
from suoyin.ledger import settle
from suoyin.pages import Pages, document

URL = "http://demo.example.gov.cn/{}.html"
GBK = document("关于报告的通知", content="一").decode().replace("utf-8", "gbk").encode("gbk")
TEXT = [document("报告甲", content=word) for word in "一二三"]


@pytest.fixture
def pages(pipeline, kafka, topic, database):
    """Three texts of one report, one in GBK, an attachment, and a dead letter."""
    pages = Pages(kafka, topic, partitions=3)
    for at, body in enumerate(TEXT, 1):
        pages.publish(URL.format(1), body, at, partition=1)
    pages.publish(URL.format("gbk"), GBK, 1, partition=2)
    pages.publish(URL.format("a.pdf"), b"%PDF-1.4 \x00 one", 1, kind="suoyin.attachment.fetched.v1",
                  ce_parenturl=URL.format(1), ce_filename="附件.pdf", partition=0)
    pages.publish(URL.format("bad"), b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, 1, partition=2)
    pipeline.worker().start()
    settle(database, pages)
    return pages


@pytest.fixture
def show(database, kafka, pages):
    def run(*arguments, **how):
        environment = {**os.environ, "SUOYIN_DATABASE_URL": database.url("suoyin_operator"),
                       "SUOYIN_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap}
        return subprocess.run([BIN / "suoyinctl", "page", "show", *map(str, arguments)], env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, **how)
    return run


def report_of(database, url):
    return database.value("SELECT report_id FROM api.sighting WHERE url = %s", url)


def test_a_report_its_revisions_and_its_address_give_their_bytes(show, database):
    report = report_of(database, URL.format(1))
    for what in (report, URL.format(1), "HTTP://DEMO.example.gov.cn:80/1.html"):
        done = show(what)
        assert (done.returncode, done.stdout) == (0, TEXT[2]), done.stderr
    revisions = [id for id, in database.query(
        "SELECT revision_id FROM api.report_revision WHERE report_id = %s ORDER BY fetched_at", report)]
    for revision, body in zip(revisions, TEXT, strict=True):
        for what in (report, URL.format(1)):
            assert show(what, "--revision", revision).stdout == body
    assert f"revision {revisions[0]} of report {report}" in show(report, "--revision", revisions[0]).stderr.decode()


def test_bytes_stay_bytes_and_files_are_written(show, directory):
    assert show(URL.format("gbk")).stdout == GBK
    done = show(URL.format("a.pdf"), "--output", directory / "a.pdf")
    assert (done.returncode, done.stdout) == (0, b"")
    assert (directory / "a.pdf").read_bytes() == b"%PDF-1.4 \x00 one"


def test_headers_are_shown_with_the_key(show, pages):
    lines = show(URL.format("a.pdf"), "--headers").stdout.decode().splitlines()
    assert lines[0] == f"key: demo {URL.format('a.pdf')}"
    assert "ce_type: suoyin.attachment.fetched.v1" in lines
    assert "ce_filename: 附件.pdf" in lines


def test_a_dead_letter_gives_its_bytes(show, database):
    [(topic, part, offset)] = database.query("SELECT topic, part, \"offset\" FROM api.dead_letter")
    done = show(f"{topic}/{part}/{offset}")
    assert done.stdout.startswith(b"\x89PNG")
    assert b"(binary)" in done.stderr


def test_a_page_that_is_gone_still_has_its_bytes(show, database, pages):
    pages.gone(URL.format(1), 9, partition=1)
    settle(database, pages)
    done = show(URL.format(1))
    assert (done.returncode, done.stdout) == (0, TEXT[2])
    assert b"gone since" in done.stderr


def on_terminal(show_command):
    """(exit code, what came) with standard output on a terminal."""
    master, slave = pty.openpty()
    done = subprocess.run(show_command, stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.PIPE, timeout=60)
    os.close(slave)
    os.set_blocking(master, False)
    try:
        text = os.read(master, 1 << 20)
    except OSError:  # nothing came
        text = b""
    os.close(master)
    return done.returncode, text, done.stderr.decode()


def test_a_terminal_gets_no_bytes_that_are_no_text(database, kafka, pages):
    command = [BIN / "suoyinctl", "page", "show", "--database-url", database.url("suoyin_operator"),
               f"--kafka.bootstrap.servers={kafka.bootstrap}"]
    code, text, error = on_terminal([*command, URL.format("gbk")])
    assert (code, text) == (1, b"")
    assert "--output FILE" in error
    code, text, _ = on_terminal([*command, URL.format("gbk"), "--force"])
    assert code == 0 and "报告".encode("gbk") in text
    code, text, _ = on_terminal([*command, URL.format(1)])
    assert code == 0 and "报告甲".encode() in text


def test_what_is_not_there_is_said_clearly(show, database, pages):
    report = report_of(database, URL.format(1))
    assert b"there is no report 999999" in show(999999).stderr
    assert b"no page and no attachment" in show("http://demo.example.gov.cn/unknown.html").stderr
    done = show(report, "--revision", 999999)
    assert done.returncode == 1 and b"it has: " in done.stderr
    assert b"there is no dead letter" in show(f"{pages.topic}/0/999").stderr
    assert show("what is this").returncode == 2
    assert show().returncode == 2


def test_other_bytes_no_offset_and_no_broker_are_told_apart(show, database, pages):
    report = report_of(database, URL.format(1))
    database.query("UPDATE core.revision SET \"offset\" = 0 WHERE report_id = %s", report)
    done = show(report)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"holds other bytes" in done.stderr
    for offset, topic in ((999, pages.topic), (0, f"{pages.topic}.none")):
        database.query("UPDATE core.revision SET \"offset\" = %s, topic = %s WHERE report_id = %s", offset, topic, report)
        done = show(report, "--timeout", "10s")
        assert (done.returncode, done.stdout) == (1, b""), done.stderr
        assert f"{topic}/1/{offset}: ".encode() in done.stderr
    done = show(URL.format(1), "--kafka.bootstrap.servers=127.0.0.1:1", "--timeout", "2s")
    assert done.returncode == 1 and b"no broker gave it" in done.stderr
