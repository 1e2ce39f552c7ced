# SPDX-License-Identifier: MIT
"""Dead letters: on their topic as they were, and `suoyinctl dlq` on them."""

import base64
import hashlib
import json
import os
import time

import psycopg2
import pytest

from suoyin import wait_until
from suoyin.ledger import outcomes, settle
from suoyin.outbox import Feed, wait_sent
from suoyin.pages import Pages, document, moment

URL = "http://demo.example.gov.cn/{}.html"


@pytest.fixture
def pages(kafka, topic):
    return Pages(kafka, topic)


@pytest.fixture
def dead(kafka, topic):
    feed = Feed(kafka, f"{topic}.dlq")
    yield feed
    feed.close()


@pytest.fixture
def worker(pipeline, pages):
    return pipeline.worker().start()


@pytest.fixture
def dlq(kafka, database):
    """suoyinctl dlq …: what --json prints, or the finished process."""
    def run(command, *arguments, check=True, json_out=True):
        kafka_too = [f"--kafka.bootstrap.servers={kafka.bootstrap}"] if command in ("replay", "export") else []
        output = ["--json"] if json_out and command != "export" else []
        done = database.ctl("dlq", command, *arguments, *kafka_too, *output, check=check)
        return json.loads(done.stdout) if output and check else done
    return run


def refuse(database, title="坏的报告"):
    """PostgreSQL will not take reports of this title: one page in the batch is to blame."""
    database.query(f"ALTER TABLE core.revision ADD CONSTRAINT bad CHECK (title IS DISTINCT FROM '{title}')")


def mend(database):
    database.query("ALTER TABLE core.revision DROP CONSTRAINT bad")


def letters(database, columns="resolution"):
    return database.query(f"SELECT {columns} FROM core.dead_letter ORDER BY topic, part, \"offset\"")


# -- the topic -------------------------------------------------------------------------------------

def test_a_dead_letter_goes_to_its_topic_as_it_was(worker, kafka, pages, database, dead):
    body = bytes(range(256)) * 300
    headers = [("ce_specversion", b"1.0"), ("ce_type", b"suoyin.page.fetched.v9"), ("ce_id", b"x-1"),
               ("strange", b"\xff\x00\xfe"), ("strange", b"again"), ("none", None)]
    pages.producer.produce(pages.topic, key=b"demo \xff\x00key", value=body, headers=headers, timestamp=1700000000123)
    pages.count += 1
    settle(database, pages)
    wait_sent(database)
    [message] = dead.all()
    assert (message.key(), message.value(), message.timestamp()[1]) == (b"demo \xff\x00key", body, 1700000000123)
    assert message.headers()[:len(headers)] == headers
    told = dict(message.headers()[len(headers):])
    assert told["__connect.errors.topic"].decode() == pages.topic
    assert (told["__connect.errors.partition"], told["__connect.errors.offset"]) == (b"0", b"0")
    assert told["__connect.errors.exception.class.name"] == told["dlq.reason"] == b"schema_unsupported"
    assert b"v9" in told["__connect.errors.exception.message"]
    assert told["dlq.sha256"].decode() == hashlib.sha256(body).hexdigest()
    assert "dlq.value" not in told
    assert worker.metric("suoyin_outbox_sent_total", type="dead") == 1


def test_messages_without_anything_and_very_large_ones_go_as_they_were(worker, pages, database, dead):
    large = os.urandom((8 << 20) - 3000)
    pages.producer.produce(pages.topic, value=None, key=None)
    pages.producer.produce(pages.topic, value=b"", key=b"")
    pages.count += 2
    pages.publish(URL.format(1), large, 1)
    settle(database, pages)
    wait_sent(database)
    assert {(m.key(), m.value()) for m in dead.all()} == {
        (None, None), (b"", b""), (f"demo {URL.format(1)}".encode(), large)}
    assert dict(letters(database, "\"offset\", reason"))[2] == "body_too_large"


def test_letters_far_apart_are_all_found(pipeline, kafka, topic, database, dead):
    pages = Pages(kafka, topic, partitions=3)
    for n in range(900):
        bad = n % 300 in (7, 8, 250)
        pages.publish(URL.format(n), document(f"报告{n}", content=str(n)), n, partition=n % 3,
                      **({"ce_sha256": "0" * 64} if bad else {}))
    pages.flush()
    pipeline.worker().start()
    settle(database, pages, 60)
    wait_sent(database)
    assert {m.value() for m in dead.all()} == {
        document(f"报告{n}", content=str(n)) for n in range(900) if n % 300 in (7, 8, 250)}
    assert len(dead.all()) == 9


def test_a_message_that_the_topic_no_longer_holds_goes_without_its_value(pipeline, kafka, pages, database, dead, dlq):
    database.query("UPDATE core.relay_lease SET owner = 'a test', until = now() + interval '1 hour'")
    pipeline.worker(outbox__lease="1s").start()
    pages.publish(URL.format(1), document("坏"), 1, ce_sha256="0" * 64)
    pages.publish(URL.format(2), document("报告"), 1)
    settle(database, pages)
    database.query("UPDATE core.dead_letter SET \"offset\" = 77; UPDATE core.outbox SET \"offset\" = 77 WHERE type = 'dead'")
    database.query("UPDATE core.relay_lease SET until = now()")
    wait_sent(database)
    [message] = dead.all()
    assert message.value() is None
    assert dict(message.headers())["dlq.value"] == b"not_in_topic"
    done = dlq("replay", f"{pages.topic}/0/77", check=False)
    assert done.returncode == 1 and json.loads(done.stdout) == {
        "selected": 1, "replayed": 0, "missing": 1, "failed": 0, "dry_run": False}
    database.query("UPDATE core.dead_letter SET \"offset\" = 1")  # another message's place
    done = dlq("replay", f"{pages.topic}/0/1", check=False)
    assert done.returncode == 1 and "other bytes stand there" in done.stderr
    assert json.loads(dlq("export", "--all").stdout)["missing"] == "topic_changed"


def test_a_topic_that_is_read_again_sends_no_letter_again(pipeline, pages, database, dead):
    worker = pipeline.worker().start()
    pages.publish(URL.format(1), document("坏"), 1, ce_sha256="0" * 64)
    settle(database, pages)
    wait_sent(database)
    worker.stop()
    database.query("DELETE FROM core.ingest_offset")
    worker.start()
    wait_until(lambda: database.value("SELECT next_offset FROM core.ingest_offset") == 1, 30, "it is read again")
    wait_sent(database)
    assert len(dead.all()) == len(letters(database)) == 1


# -- looking ---------------------------------------------------------------------------------------

def test_filters_choose_and_show_tells_all(worker, pages, database, dlq):
    pages.publish(URL.format("a"), document("坏"), 1, ce_sha256="0" * 64)
    pages.publish(URL.format("b"), b"", 2)
    pages.publish("http://other.example.gov.cn/c.html", document("坏"), 3, portal="other", ce_sha256="0" * 64)
    settle(database, pages)
    ids = [f"{pages.topic}/0/{n}" for n in range(3)]
    chosen = lambda *filters: [letter["id"] for letter in dlq("list", *filters)]
    assert chosen() == chosen("--unresolved") == chosen("--since", "1h") == ids
    assert chosen("--portal", "other") == ids[2:]
    assert chosen("--reason", "sha256_mismatch") == [ids[0], ids[2]]
    assert chosen("--url", URL.format("b")) == chosen(ids[1]) == [ids[1]]
    assert chosen("--since", "2099-01-01") == []
    assert chosen("--limit", "2") == ids[:2]
    database.query("UPDATE core.dead_letter SET stored_at = now() - interval '2 hours' WHERE \"offset\" = 0")
    assert chosen("--since", "1h") == ids[1:]
    shown = dlq("show", ids[1])
    assert (shown["reason"], shown["url"], shown["fetched_at"], shown["resolved_at"], shown["replays"]) == \
        ("empty", URL.format("b"), moment(2), None, 0)
    table = dlq("list", json_out=False)
    assert len(table.stdout.splitlines()) == 4 and "sha256_mismatch" in table.stdout and "open" in table.stdout
    assert "3 dead letters" in table.stderr


def test_wrong_use_is_told(database):
    for arguments, words in ((("show",), "takes one"), (("show", "x"), "no dead letter"), (("replay",), "kafka.bootstrap.servers"),
                             (("replay", "--kafka.bootstrap.servers=localhost:1"), "--unresolved"),
                             (("resolve",), "--unresolved"), (("list", "--rate", "3"), "no --rate"),
                             (("list", "--limit", "0"), "from 1"), (("list", "--all", "--unresolved"), "exclude")):
        done = database.ctl("dlq", *arguments, check=False)
        assert done.returncode in (2, 78), (arguments, done.stderr)
        assert words in done.stderr, (arguments, done.stderr)
    done = database.ctl("dlq", "list", "--since", "yesterday evening", check=False)
    assert done.returncode == 1 and "timestamp" in done.stderr
    done = database.ctl("dlq", "show", "suoyin.pages/0/1", check=False)
    assert done.returncode == 1 and "there is no dead letter" in done.stderr


def test_export_gives_the_message_byte_for_byte(worker, pages, database, dlq, directory):
    body = bytes(range(256)) + b"\0" * 2
    pages.publish(URL.format(1), body, 1, ce_listtitle=b"\xff\xfe", ce_sha256="0" * 64)
    settle(database, pages)
    dlq("export", "--reason", "sha256_mismatch", "--output", directory / "letters")
    [line] = (directory / "letters").read_text().splitlines()
    letter = json.loads(line)
    assert base64.b64decode(letter["value_base64"]) == body
    assert letter["key"] == f"demo {URL.format(1)}"
    headers = {h["name"]: h.get("value", h.get("value_base64")) for h in letter["headers"]}
    assert headers["ce_subject"] == URL.format(1)
    assert base64.b64decode(headers["ce_listtitle"]) == b"\xff\xfe"


# -- replay ----------------------------------------------------------------------------------------

def test_a_replay_after_the_fix_heals_its_address(worker, kafka, pages, database, dlq):
    refuse(database)
    for n in range(10):
        pages.publish(URL.format(n), document("坏的报告" if n == 4 else f"报告{n}", content=str(n)), n)
    settle(database, pages)
    assert letters(database, "reason, resolution") == [("database", None)]
    mend(database)
    assert dlq("replay", "--unresolved", "--dry-run")["selected"] == 1
    assert dlq("replay", "--reason", "database") == {
        "selected": 1, "replayed": 1, "missing": 0, "failed": 0, "dry_run": False}
    pages.count += 1
    settle(database, pages)
    assert outcomes(database) == {"new": 10, "dead": 1}
    assert letters(database, "resolution, resolved_at IS NOT NULL, replays, replayed_at IS NOT NULL") == \
        [("stored", True, 1, True)]
    # the message is the one that was dead, and says of which letter it is
    assert database.query("SELECT v.fetched_at = d.fetched_at, v.page_sha256 = d.page_sha256, v.\"offset\""
                          " FROM core.revision v, core.dead_letter d WHERE v.title = '坏的报告'") == [(True, True, 10)]
    with_mark = Feed(kafka, pages.topic)
    first, again = with_mark.all()[4], with_mark.all()[10]
    with_mark.close()
    assert (again.key(), again.value()) == (first.key(), first.value())
    assert again.headers() == first.headers() + [("dlq.replay", f"{pages.topic}/0/4".encode())]
    assert dlq("list") == []


def test_a_replay_that_fails_again_is_one_open_letter_and_not_two(worker, pages, database, dlq):
    pages.publish(URL.format(1), document("坏"), 1, ce_sha256="0" * 64)
    settle(database, pages)
    for round_ in range(1, 4):
        assert dlq("replay", "--unresolved")["replayed"] == 1
        pages.count += 1
        settle(database, pages)
        assert letters(database) == [("replayed",)] * round_ + [(None,)]
    assert [letter["id"] for letter in dlq("list")] == [f"{pages.topic}/0/3"]


def test_a_replay_takes_its_place_in_time(worker, pages, database, dlq):
    refuse(database)
    pages.publish(URL.format(1), document("坏的报告", content="旧"), 1)
    pages.publish(URL.format(1), document("好的报告", content="新"), 2)
    settle(database, pages)
    assert letters(database) == [("stored",)]  # its address shows something newer
    mend(database)
    assert dlq("replay", "--unresolved")["selected"] == 0
    assert dlq("replay", f"{pages.topic}/0/0")["replayed"] == 1
    pages.count += 1
    settle(database, pages)
    assert database.value("SELECT title FROM api.report WHERE status = 'current'") == "好的报告"
    assert database.query("SELECT title FROM api.report_revision ORDER BY fetched_at") == [("坏的报告",), ("好的报告",)]


def test_an_older_page_settles_no_newer_letter_and_another_address_none(worker, pages, database):
    refuse(database)
    pages.publish(URL.format(1), document("坏的报告", content="新"), 5)
    pages.publish(URL.format(1), document("好的报告", content="旧"), 4)
    pages.publish(URL.format(2), document("好的报告二", content="二"), 9)
    pages.gone(URL.format(1), 8)
    settle(database, pages)
    assert letters(database) == [(None,)]
    mend(database)
    pages.publish(URL.format(1), document("坏的报告", content="新"), 10)
    settle(database, pages)
    assert letters(database) == [("stored",)]


def test_many_letters_are_sent_again_at_the_rate_and_in_order(worker, kafka, pages, database, dlq):
    refuse(database)
    for n in range(260):
        pages.publish(URL.format(n % 2), document("坏的报告", content=f"第{n}版"), n)
    settle(database, pages, 60)
    mend(database)
    began = time.monotonic()
    assert dlq("replay", "--limit", "30", "--unresolved", "--rate", "20")["replayed"] == 30
    assert time.monotonic() - began > 1.3
    pages.count += 30
    settle(database, pages, 60)
    assert dlq("replay", "--unresolved", "--note", "fixed")["replayed"] == 230
    pages.count += 230
    settle(database, pages, 60)
    assert database.query("SELECT resolution, count(*)::int FROM core.dead_letter GROUP BY 1") == [("stored", 260)]
    assert outcomes(database) == {"dead": 260, "new": 2, "revised": 258}  # no late one among them
    assert database.query("SELECT url, fetched_at = (SELECT max(fetched_at) FROM core.revision x WHERE x.url = v.url)"
                          " FROM api.report_revision v WHERE is_current ORDER BY url") == \
        [(URL.format(0), True), (URL.format(1), True)]


# -- hands and rights ------------------------------------------------------------------------------

def test_settling_by_hand_is_written_down(worker, pages, database, dlq):
    for n in range(3):
        pages.publish(URL.format(n), b"", n)
    settle(database, pages)
    assert dlq("resolve", "--reason", "empty", "--dry-run") == {"selected": 3, "resolved": 0, "dry_run": True}
    assert database.value("SELECT count(*) FROM core.audit") == 0
    assert dlq("resolve", f"{pages.topic}/0/1", "--note", "the page is empty") == \
        {"selected": 1, "resolved": 1, "dry_run": False}
    assert letters(database) == [(None,), ("by_hand",), (None,)]
    assert dlq("replay", "--reason", "empty")["replayed"] == 2
    rows = database.query("SELECT role, what, details FROM core.audit ORDER BY audit_id")
    assert [(role, what) for role, what, _ in rows] == [
        ("suoyin_operator", "dlq resolve"), ("suoyin_operator", "dlq replay"), ("suoyin_operator", "dlq replay")]
    assert rows[0][2] == {"asked": {"note": "the page is empty", "letters": [f"{pages.topic}/0/1"]}, "selected": 1,
                          "resolved": 1}
    assert [r[2]["state"] for r in rows[1:]] == ["begun", "ended"] and rows[2][2]["replayed"] == 2
    assert "@" in database.value("SELECT who FROM core.audit LIMIT 1")


def test_what_is_written_down_stays(database):
    for role, statement in (("suoyin_operator", "UPDATE core.audit SET who = 'nobody'"),
                            ("suoyin_operator", "DELETE FROM core.audit"), ("suoyin_operator", "DELETE FROM core.outbox"),
                            ("suoyin_worker", "INSERT INTO core.audit (who, what, details) VALUES ('x', 'x', '{}')"),
                            ("suoyin_crawler", "SELECT FROM core.outbox"), ("suoyin_readonly", "SELECT FROM core.audit")):
        with database.server.connect(database.name, role) as connection, connection.cursor() as cursor:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
