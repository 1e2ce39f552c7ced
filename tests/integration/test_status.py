# SPDX-License-Identifier: MIT
"""suoyinctl status and check: what they say of a whole that runs, and of each thing that is wrong with it."""

import json
import os
import pty
import select
import signal
import subprocess
import time

from suoyin import BIN, wait_until


def brokers(kafka, topic):
    return [f"--kafka.bootstrap.servers={kafka.bootstrap}", f"--topic={topic}", f"--group=g-{topic}"]


def status(database, *words):
    return json.loads(database.ctl("status", "--json", *words).stdout)


def findings(database, *words, role="suoyin_operator"):
    """check → (state, found, advice), and the exit code."""
    done = database.ctl("check", "--json", *words, role=role, check=False)
    return {f["check"]: (f["state"], f["found"], f["advice"]) for f in json.loads(done.stdout)}, done.returncode


def on_a_terminal(argv, seconds=20, **env):
    """What the program writes where its output is a terminal."""
    reader, writer = pty.openpty()
    process = subprocess.Popen(argv, stdout=writer, stderr=writer, env={**os.environ, "TERM": "xterm", **env})
    os.close(writer)
    text, deadline = b"", time.monotonic() + seconds
    while time.monotonic() < deadline:
        if select.select([reader], [], [], 0.2)[0]:
            try:
                chunk = os.read(reader, 65536)
            except OSError:
                break
            if not chunk:
                break
            text += chunk
    process.wait(timeout=10)
    os.close(reader)
    return text.decode()


def test_status_and_check_of_a_whole_that_runs(pipeline, database, kafka, topic):
    sim = pipeline.portalsim(portals=4, reports=12, publish_every=50).start()
    pipeline.sync(sim.portals_file)
    worker, crawler = pipeline.worker().start(), pipeline.crawler().start()
    pipeline.check_journal(sim, 120)

    seen = status(database, *brokers(kafka, topic))
    assert seen["portals"]["total"] == seen["portals"]["states"]["ok"] == 4
    assert seen["portals"]["troubled"] == []
    assert seen["reports"]["total"] == database.value("SELECT count(*) FROM api.report")
    assert [r["report_id"] for r in seen["reports"]["latest"]] == [
        row[0] for row in database.query("SELECT report_id FROM api.report ORDER BY 1 DESC LIMIT 5")]
    assert seen["topic"]["partitions"] == 12 and seen["topic"]["behind"] == 0
    assert len(seen["topic"]["members"]) == 1 and seen["topic"]["group_state"] == "Stable"
    assert sum(w["partitions"] for w in seen["workers"]) == 12
    assert seen["dead_letters"] == {"open": 0, "reasons": {}, "newest": None, "newest_age_s": None}
    assert seen["urls"]["published"] > 0 and seen["urls"]["refused"] == 0

    admins = [f"--admin=127.0.0.1:{daemon.admin_port}" for daemon in (worker, crawler)]
    found, code = findings(database, *brokers(kafka, topic), *admins)
    assert code == 0 and {state for state, _, _ in found.values()} == {"ok"}, found
    assert {"database", "schema", "roles", "rights", "portals", "kafka", "topic", "topic read", "resume point",
            "group"} <= set(found) and sum(name.startswith("admin 127") for name in found) == 2

    argv = [BIN / "suoyinctl", "status", f"--database-url={database.url('suoyin_operator')}", *brokers(kafka, topic)]
    screen = on_a_terminal(argv)
    assert "\x1b[32m4 ok\x1b[0m" in screen and len(screen.splitlines()) <= 24
    assert "\x1b" not in on_a_terminal(argv, NO_COLOR="1")
    assert "\x1b" not in subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    # what nobody reads is behind, and waits
    worker.stop()
    crawler.stop()
    kafka_message(kafka, topic)
    seen = status(database, *brokers(kafka, topic))
    assert seen["topic"]["behind"] == 1 and 0 <= seen["topic"]["oldest_age_s"] < 60
    assert seen["topic"]["members"] == []
    found, code = findings(database, *brokers(kafka, topic), *admins)
    assert code == 1 and found["group"][0] == "warn"
    assert all(found[f"admin {admin[8:]}"][0] == "wrong" for admin in admins)


def kafka_message(kafka, topic):
    from confluent_kafka import Producer
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    producer.produce(topic, b"x", key=b"x")
    assert producer.flush(30) == 0


def test_status_tells_trouble_by_name(database):
    database.query("INSERT INTO core.portal (portal_id, site, name, home, region, config, config_version, paused) "
                   "SELECT x, x, x, 'http://' || x, '{}', '{}', 1, x = 'c' FROM unnest(ARRAY['a', 'b', 'c']) AS x")
    database.query("INSERT INTO crawl.health (portal_id, scope, state, since, evidence_url) VALUES "
                   "('a', 'http://a/list', 'tls', now() - interval '3 h', 'http://a/list'), "
                   "('a', 'pages', 'ok', now(), NULL), ('b', 'pages', 'ok', now(), NULL), ('c', 'pages', 'dns', now(), 'x')")
    database.query("INSERT INTO core.dead_letter (topic, part, \"offset\", portal_id, reason, detail, page_sha256, "
                   "worker_version, resolved_at) VALUES ('t', 0, 1, 'a', 'empty', '', '', '', NULL), "
                   "('t', 0, 2, 'a', 'empty', '', '', '', NULL), ('t', 0, 3, 'a', 'too_deep', '', '', '', now())")
    seen = status(database)
    assert seen["portals"]["states"] == {"ok": 1, "paused": 1, "tls": 1}
    assert [(p["id"], p["state"], p["url"]) for p in seen["portals"]["troubled"]] == [("a", "tls", "http://a/list")]
    assert (seen["dead_letters"]["open"], seen["dead_letters"]["reasons"]) == (2, {"empty": 2})
    assert "not asked" in seen["topic"]["error"]
    text = database.ctl("status").stdout
    assert "1 tls" in text and "for 3 h" in text and "http://a/list" in text and "2 open, empty 2" in text


def test_status_watches_until_it_is_stopped(database):
    process = subprocess.Popen([BIN / "suoyinctl", "status", "--json", "--watch", "300ms", "--database-url",
                                database.url("suoyin_operator")], stdout=subprocess.PIPE, text=True)
    lines = [json.loads(process.stdout.readline()) for _ in range(3)]
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0 and all(line["reports"]["total"] == 0 for line in lines)


def test_check_names_what_is_wrong_and_what_to_do(database, empty_database):
    found, code = findings(empty_database, role="suoyin_operator")
    assert code == 1 and found["schema"][0] == "wrong" and "migrate up" in found["schema"][2]

    assert findings(database)[0]["portals"][0] == "warn"
    for wrong, right, role, word in (
            ("GRANT SELECT ON core.report TO suoyin_readonly; GRANT USAGE ON SCHEMA core TO suoyin_readonly",
             "REVOKE ALL ON core.report FROM suoyin_readonly; REVOKE ALL ON SCHEMA core FROM suoyin_readonly",
             "suoyin_readonly may SELECT core.report", "migrate up"),
            ("REVOKE UPDATE ON core.ingest_offset FROM suoyin_worker",
             "GRANT UPDATE ON core.ingest_offset TO suoyin_worker",
             "suoyin_worker may not UPDATE core.ingest_offset", "migrate up"),
            (f"GRANT TEMPORARY ON DATABASE {database.name} TO suoyin_crawler",
             f"REVOKE TEMPORARY ON DATABASE {database.name} FROM suoyin_crawler",
             "suoyin_crawler may TEMPORARY database", "roles.sql")):
        database.query(wrong)
        found, code = findings(database)
        assert code == 1 and found["right"][:2] == ("wrong", role) and word in found["right"][2], found
        database.query(right)
    assert findings(database)[1] == 0


def test_check_tells_a_database_and_brokers_that_do_not_answer():
    done = subprocess.run([BIN / "suoyinctl", "check", "--json", "--timeout=1s", "--admin=127.0.0.1:1",
                           "--database-url=postgresql://x@127.0.0.1:1/x",
                           "--kafka.bootstrap.servers=127.0.0.1:1"], capture_output=True, text=True, timeout=60)
    states = {f["check"]: f["state"] for f in json.loads(done.stdout)}
    assert done.returncode == 1
    assert states == {"database": "wrong", "kafka": "wrong", "admin 127.0.0.1:1": "wrong"}


def test_check_sees_a_topic_that_was_made_anew(pipeline, database, kafka, topic):
    worker = pipeline.worker().start()
    wait_until(lambda: database.value("SELECT count(*) FROM core.ingest_offset") == 12, 60, "it has its partitions")
    worker.stop()
    database.query("UPDATE core.ingest_offset SET next_offset = 500 WHERE part = 3")
    found, code = findings(database, *brokers(kafka, topic))
    assert code == 1 and found["resume point"][0] == "wrong" and "partition 3" in found["resume point"][1]
