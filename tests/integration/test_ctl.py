# SPDX-License-Identifier: MIT
"""suoyinctl on a real database: migrations, rights, portals."""

import json
import re
import subprocess
import threading

import psycopg2
import pytest

from suoyin import BIN, ROOT

PORTAL = """portals:
- id: {id}
  name: 某市
  home: http://a.example/
  delay: {delay}
  lists: [{{url: 'http://a.example/list', rows: //li}}]
"""


def portal_file(directory, name, **values):
    path = directory / f"{name}.yaml"
    path.write_text(PORTAL.format(**{"id": name, "delay": "2s", **values}))
    return path


def versions(database):
    return database.query(
        "SELECT portal_id, config_version, active FROM core.portal ORDER BY portal_id")


def test_migrate_brings_an_empty_database_up_once(empty_database):
    assert empty_database.ctl("migrate", "status", role="suoyin_migrate", check=False).returncode == 1
    first = empty_database.ctl("migrate", "up", role="suoyin_migrate").stdout
    files = sorted(path.name for path in (ROOT / "sql" / "schema").glob("*.sql"))
    assert first.splitlines() == [f"applied {name}" for name in files]
    second = empty_database.ctl("migrate", "up", role="suoyin_migrate").stdout
    assert second == "nothing to do: the database is up to date\n"
    rows = json.loads(empty_database.ctl("migrate", "status", "--json", role="suoyin_migrate").stdout)
    assert [(row["name"], row["state"]) for row in rows] == [(name, "applied") for name in files]
    assert empty_database.query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN "
                                "('core', 'crawl')") == [("suoyin_owner",)]


def test_two_migrations_at_once_wait_for_each_other(empty_database):
    results = []

    def up():
        results.append(empty_database.ctl("migrate", "up", role="suoyin_migrate").stdout)

    threads = [threading.Thread(target=up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("applied 0001" in text for text in results) == 1
    assert sum("nothing to do" in text for text in results) == 3


def test_edited_and_foreign_history_is_an_error(database):
    database.query("UPDATE public.suoyin_migration SET sha256 = 'x' WHERE number = 2")
    done = database.ctl("migrate", "up", role="suoyin_migrate", check=False)
    assert done.returncode == 1
    assert "0002_crawl.sql was changed after it was applied" in done.stderr
    database.query("DELETE FROM public.suoyin_migration WHERE number = 2")
    done = database.ctl("migrate", "up", role="suoyin_migrate", check=False)
    assert done.returncode == 1
    assert "0002_crawl.sql was never applied" in done.stderr


def test_a_migration_that_fails_leaves_nothing(empty_database):
    empty_database.query("CREATE SCHEMA crawl")
    done = empty_database.ctl("migrate", "up", role="suoyin_migrate", check=False)
    assert done.returncode == 1
    assert "0002_crawl.sql" in done.stderr and "42P06" in done.stderr
    assert empty_database.query("SELECT number FROM public.suoyin_migration") == [(1,)]
    empty_database.query("DROP SCHEMA crawl")
    assert "applied 0002" in empty_database.ctl("migrate", "up", role="suoyin_migrate").stdout


def test_a_newer_database_is_left_alone(database):
    database.query("INSERT INTO public.suoyin_migration VALUES (9999, '9999_x.sql', 'x', 'worker')")
    done = database.ctl("migrate", "up", role="suoyin_migrate")
    assert "newer than this program" in done.stderr


@pytest.mark.parametrize("role, sql", [
    ("suoyin_crawler", "SELECT count(*) FROM core.report"),
    ("suoyin_crawler", "UPDATE core.portal SET paused = true"),
    ("suoyin_worker", "SELECT count(*) FROM crawl.url"),
    ("suoyin_worker", "UPDATE core.portal SET paused = true"),
    ("suoyin_worker", "DELETE FROM core.revision"),
    ("suoyin_operator", "DELETE FROM core.portal"),
    ("suoyin_readonly", "SELECT count(*) FROM core.report"),
    ("suoyin_readonly", "SELECT count(*) FROM crawl.url"),
    *[(f"suoyin_{role}", sql) for role in ("crawler", "worker", "operator", "readonly")
      for sql in ("CREATE TEMP TABLE t (a int)", "CREATE TABLE public.t (a int)", "CREATE SCHEMA s")],
])
def test_a_role_may_not(database, role, sql):
    connection = database.server.connect(database.name, role)
    connection.cursor().execute("SET default_transaction_read_only = off")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        connection.cursor().execute(sql)
    connection.close()


@pytest.mark.parametrize("role, sql", [
    ("suoyin_crawler", "SELECT count(*) FROM core.portal_version"),
    ("suoyin_crawler", "DELETE FROM crawl.url"),
    ("suoyin_worker", "DELETE FROM core.report_key"),
    ("suoyin_worker", "INSERT INTO core.outcome (portal_id, outcome, messages) VALUES ('x', 'same', 1)"),
    ("suoyin_operator", "UPDATE core.portal SET paused = true"),
    ("suoyin_readonly", "SELECT count(*) FROM api.report"),
    *[(f"suoyin_{role}", "SELECT count(*) FROM public.suoyin_migration")
      for role in ("crawler", "worker", "operator", "readonly", "migrate")],
])
def test_a_role_may(database, role, sql):
    connection = database.server.connect(database.name, role)
    connection.cursor().execute(sql)
    connection.close()


def test_the_reader_is_read_only_and_bounded(database):
    connection = database.server.connect(database.name, "suoyin_readonly")
    cursor = connection.cursor()
    for name, value in (("default_transaction_read_only", "on"), ("statement_timeout", "30s"),
                        ("search_path", "api")):
        cursor.execute(f"SHOW {name}")
        assert cursor.fetchone()[0] == value
    connection.close()


def test_sync_twice_makes_no_new_version(database, directory):
    a, b = portal_file(directory, "a"), portal_file(directory, "b")
    first = database.ctl("portal", "sync", a, b).stdout
    assert first.splitlines()[-1] == "portals=2 new=2 changed=0 unchanged=0 back=0 inactive=0"
    before = database.query("SELECT * FROM core.portal_version ORDER BY 1, 2")
    second = database.ctl("portal", "sync", b, a).stdout
    assert second == "portals=2 new=0 changed=0 unchanged=2 back=0 inactive=0\n"
    assert database.query("SELECT * FROM core.portal_version ORDER BY 1, 2") == before


def test_a_change_makes_a_version_and_what_left_the_files_goes_inactive(database, directory):
    a, b = portal_file(directory, "a"), portal_file(directory, "b")
    database.ctl("portal", "sync", a, b)
    portal_file(directory, "a", delay="3s")
    assert database.ctl("portal", "sync", a).stdout.splitlines()[:2] == [
        "changed   a (version 2)", "inactive  b"]
    assert versions(database) == [("a", 2, True), ("b", 1, False)]
    assert database.query("SELECT version, (config->>'delay_ms')::int FROM core.portal_version "
                          "WHERE portal_id = 'a' ORDER BY 1") == [(1, 2000), (2, 3000)]
    assert "back      b (version 1)" in database.ctl("portal", "sync", a, b).stdout
    assert versions(database) == [("a", 2, True), ("b", 1, True)]


def test_one_error_anywhere_changes_nothing(database, directory):
    a, b = portal_file(directory, "a"), portal_file(directory, "b", delay="2")
    done = database.ctl("portal", "sync", a, b, check=False)
    assert done.returncode == 78
    assert f"{b}:5:10: portals[0].delay: " in done.stderr
    assert versions(database) == []
    done = database.ctl("portal", "sync", a, a, check=False)
    assert done.returncode == 78
    assert f"a stands twice, first at {a}:2" in done.stderr


def test_a_sync_is_noticed_only_when_it_changes_something(database, directory):
    a = portal_file(directory, "a")
    connection = database.server.connect(database.name, "suoyin_worker")
    connection.cursor().execute("LISTEN suoyin_portal")
    for expected in (1, 0):
        database.ctl("portal", "sync", a)
        # what was committed before this question has been told when it is answered
        connection.cursor().execute("SELECT 1")
        connection.poll()
        assert len(connection.notifies) == expected
        connection.notifies.clear()
    connection.close()


def test_the_list_tells_what_was_refused_and_why(database, directory):
    database.ctl("portal", "sync", portal_file(directory, "a"))
    assert "  never  " in database.ctl("portal", "list").stdout
    database.query("""INSERT INTO crawl.url (portal_id, url, kind, refused, refused_bytes, published_at,
        failure, failures, checked_at) VALUES
        ('a', 'http://a.example/big.html', 'page', 'too_large', 9000000, NULL, NULL, 0, NULL),
        ('a', 'http://a.example/done.html', 'page', NULL, NULL, '2026-01-02 04:00+08', NULL, 0, NULL),
        ('a', 'http://a.example/new.html', 'page', NULL, NULL, NULL, NULL, 0, NULL),
        ('a', 'http://a.example/slow1.html', 'page', NULL, NULL, NULL, 'timeout', 1, NULL),
        ('a', 'http://a.example/slow2.html', 'page', NULL, NULL, NULL, 'timeout', 9, NULL),
        ('a', 'http://a.example/list', 'list', NULL, NULL, NULL, 'layout', 2, '2026-01-03 04:00+08')""")
    portal, = json.loads(database.ctl("portal", "list", "--json").stdout)
    assert portal["urls"] == {"known": 5, "published": 1, "waiting": 3, "refused": 1}
    assert (portal["last_visit"], portal["last_publication"]) == ("2026-01-02T20:00:00Z", "2026-01-01T20:00:00Z")
    assert portal["refused"] == [
        {"url": "http://a.example/big.html", "reason": "too_large", "bytes": 9000000}]
    assert portal["failing_lists"] == [
        {"url": "http://a.example/list", "reason": "layout", "bytes": None}]
    assert portal["failing_pages"] == [
        {"url": "http://a.example/slow1.html", "reason": "timeout", "urls": 2}]
    text = database.ctl("portal", "list").stdout
    assert "  refused: too_large  http://a.example/big.html  (9000000 bytes)\n" in text
    assert "  list fails: layout  http://a.example/list\n" in text
    assert "  page fails: timeout  http://a.example/slow1.html  (and 1 more)\n" in text
    assert re.search(r"^a +1 active +0 +5 +1 +3 +1 +3  2026-01-02T20:00:00Z  某市$", text, re.MULTILINE)


def test_the_list_names_ten_refused_pages_and_counts_the_others(database, directory):
    database.ctl("portal", "sync", portal_file(directory, "a"))
    database.query("""INSERT INTO crawl.url (portal_id, url, kind, refused)
        SELECT 'a', 'http://a.example/' || n, 'page', 'off_site' FROM generate_series(1, 12) n""")
    text = database.ctl("portal", "list").stdout
    assert text.count("refused: off_site  http") == 10
    assert "  refused: 2 more (--json shows them)\n" in text
    assert len(json.loads(database.ctl("portal", "list", "--json").stdout)[0]["refused"]) == 12


def test_without_a_schema_the_operator_is_told_what_to_do(empty_database):
    for command in (["list"], ["sync", ROOT / "deploy" / "portals" / "example.yaml"]):
        done = empty_database.ctl("portal", *command, role="postgres", check=False)
        assert done.returncode == 1
        assert "suoyinctl migrate up" in done.stderr


@pytest.mark.parametrize("arguments, code, said", [
    ([], 2, "usage: suoyinctl COMMAND"),
    (["--help"], 0, "migrate status"),
    (["--version"], 0, "suoyinctl "),
    (["migrat", "up"], 2, "did you mean migrate up?"),
    (["portal", "lst"], 2, "did you mean portal list?"),
    (["portal"], 2, "suoyinctl portal sync"),
    (["portal", "sync", "--help"], 0, "usage: suoyinctl portal sync"),
    (["portal", "sync"], 2, "needs a file"),
    (["migrate", "up", "--nope"], 2, "--nope"),
    (["migrate", "up"], 78, "no database"),
    (["migrate", "up", "--database-url", "postgresql://u:hunter2@h/%zz"], 78, "not understood"),
    (["validate"], 2, "needs a file"),
    (["validate", ROOT / "deploy" / "portals" / "example.yaml"], 0, "valid: files=1 portals=1"),
    (["validate", ROOT / "deploy" / "worker.yaml"], 78, "suoyin-worker --config FILE --check"),
])
def test_exit_codes_and_words(arguments, code, said):
    done = subprocess.run([BIN / "suoyinctl", *map(str, arguments)], env={}, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
    assert done.returncode == code
    assert said in (done.stdout if code == 0 else done.stderr)
    assert "hunter2" not in done.stderr
