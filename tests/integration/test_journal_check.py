# SPDX-License-Identifier: MIT
"""The checker of the journal must see each kind of fault: rows are put in by hand and spoiled."""

import json
import subprocess
import sys

import pytest

from suoyin import ROOT

CHECK = ROOT / "tests" / "portalsim" / "journal_check.py"


def line(event, number, url, sha256, **more):
    return {"t": 1, "event": event, "portal": "sim-001", "report": number, "url": f"http://127.10.1.1:8000/{url}",
            "title": f"某县某局{number}年报告", "index_number": f"01234567x／2024-0000{number}",
            "document_number": None, "agency": "某局", "published_on": "2024-01-05", "sha256": sha256 * 64, **more}


JOURNAL = [
    line("publish", 1, "a", "a"),
    line("publish", 2, "b", "b"),
    line("publish", 3, "c", "c"),
    line("republish", 1, "a2", "d"),
    line("edit", 2, "b", "e"),
    line("remove", 3, "c", "c"),
    {"t": 9, "event": "bad", "portal": "sim-001", "kind": "deep", "url": "http://127.10.1.1:8000/deep"},
    {"t": 10, "event": "end"},
]

ROWS = """
INSERT INTO core.report (report_id, portal_id, site, baseline) VALUES
    (11, 'sim-001', 'sim-001', true), (12, 'sim-001', 'sim-001', true), (13, 'sim-001', 'sim-001', true);
INSERT INTO core.revision (revision_id, report_id, ce_time, ce_id, url, title, index_number, record, content_sha256,
    page_sha256, extraction_version, config_version, topic, part, "offset", fetched_at)
SELECT id, report, now(), id, 'http://127.10.1.1:8000/' || path, format(E'某县某局\\n%s年报告', report - 10),
    '01234567X/2024-0000' || report - 10, '{}', id, repeat(letter, 64), 1, 1, 't', 0, id, now()
FROM (VALUES (1, 11, 'a', 'a'), (2, 12, 'b', 'b'), (3, 13, 'c', 'c'), (4, 12, 'b', 'e')) v (id, report, path, letter);
UPDATE core.report r SET current_revision =
    (SELECT max(revision_id) FROM core.revision v WHERE v.report_id = r.report_id);
INSERT INTO core.sighting (site, url, report_id, portal_id, first_seen, last_seen, last_time, page_sha256, gone_at)
SELECT 'sim-001', 'http://127.10.1.1:8000/' || path, report, 'sim-001', now(), now(), now(), repeat(letter, 64),
    CASE WHEN path = 'c' THEN now() END
FROM (VALUES ('a', 11, 'a'), ('a2', 11, 'd'), ('b', 12, 'e'), ('c', 13, 'c')) v (path, report, letter);
"""


def dead(path):
    return f"""INSERT INTO core.dead_letter (topic, part, "offset", portal_id, url, reason, detail, page_sha256,
        worker_version) VALUES ('t', 0, 90, 'sim-001', 'http://127.10.1.1:8000/{path}', 'too_deep', '', '', '1')"""


@pytest.fixture(scope="module")
def schema(postgres):
    database = postgres.create_database("journal_check")
    for file in sorted((ROOT / "sql" / "schema").glob("*.sql")):
        database.psql("-f", file)
    yield database
    database.drop()


@pytest.fixture
def check(schema, tmp_path):
    """check(SQL that spoils the rows, journal) gives exit code and lines of the checker."""
    def run(spoil="", journal=JOURNAL, *arguments):
        path = tmp_path / "journal.jsonl"
        path.write_text("".join(json.dumps(one) + "\n" for one in journal))
        schema.psql("-c", "TRUNCATE core.report, core.revision, core.sighting, core.dead_letter CASCADE",
                    "-c", ROWS, "-c", spoil or "SELECT 1")
        done = subprocess.run([sys.executable, CHECK, "--journal", path, "--database", schema.url(), *arguments],
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout.splitlines()
    return run


def test_rows_as_the_journal_says_agree(check):
    assert check() == (0, ["RESULT reports=3 revisions=4 sightings=4 withdrawn=1 dead=0 differences=0"])


def test_a_bad_page_may_be_a_dead_letter(check):
    assert check(dead("deep"))[1][-1].endswith("dead=1 differences=0")


@pytest.mark.parametrize("spoil, found", [
    ("DELETE FROM core.sighting WHERE url LIKE '%/a2'", "/a2: report 1 was never sighted there"),
    ("UPDATE core.sighting SET page_sha256 = repeat('b', 64) WHERE url LIKE '%/b'", "the portal shows eeee"),
    ("UPDATE core.sighting SET gone_at = NULL WHERE url LIKE '%/c'", "report 3: status is current"),
    ("UPDATE core.sighting SET gone_at = now() WHERE url LIKE '%/b'", "/b: live on the portal"),
    ("UPDATE core.sighting SET report_id = 12 WHERE url LIKE '%/a2'", "report 1: split over the rows 11, 12"),
    ("UPDATE core.sighting SET report_id = 11 WHERE url LIKE '%/b'", "row 11: mixes the reports 1, 2"),
    ("UPDATE core.sighting SET report_id = NULL WHERE url LIKE '%/b'", "report 2: split over the rows None"),
    ("DELETE FROM core.revision WHERE revision_id = 2", "report 2: 1 revisions"),
    ("UPDATE core.revision SET title = '别的' WHERE report_id = 11", "report 1: title is '别的'"),
    ("UPDATE core.revision SET index_number = NULL WHERE report_id = 11", "report 1: index number is None"),
    ("UPDATE core.report SET conflict = true WHERE report_id = 11", "report 1: status is conflict"),
    ("INSERT INTO core.report (report_id, portal_id, site, baseline) VALUES (14, 'sim-001', 'sim-001', true)",
     "row 14: no report of the journal"),
    ("UPDATE core.sighting SET url = replace(url, '/a2', '/deep') WHERE url LIKE '%/a2'", "/deep: sighted, but a bad"),
    ("INSERT INTO core.sighting SELECT 'other', url, 11, NULL, portal_id, now(), now(), now() FROM core.sighting "
     "WHERE url LIKE '%/a'", "/a: sighted more than once"),
    (dead("a"), "/a: dead letter (too_deep)"),
])
def test_a_fault_is_found_and_named(check, spoil, found):
    code, lines = check(spoil)
    assert code == 1 and any(found in one for one in lines), lines
    assert not lines[-1].endswith("differences=0")


def test_a_journal_without_its_end_is_no_agreement(check):
    assert check("", JOURNAL[:-1])[0] == 1
    assert check("", JOURNAL[:-1], "--no-end")[0] == 0


def test_waiting_ends_when_the_time_is_over(check):
    code, lines = check("", JOURNAL[:-1], "--wait", "1")
    assert code == 1 and lines[0] == "the journal has no end yet"


def test_served_files_are_compared_by_address_and_bytes(check):
    journal = [line("publish", n, url, sha256, serve=True, bytes=size) for n, url, sha256, size in
               ((1, "a", "a", 9), (2, "a2", "d", 9), (3, "b", "e", 9), (4, "large", "f", 7864321))]
    journal.append({"t": 1, "event": "end"})
    drop = "DELETE FROM core.sighting WHERE url LIKE '%/c'"
    assert check(drop, journal) == (0, ["RESULT served=4 sightings=3 reports=3 dead=0 differences=0"])
    assert check(f"{drop}; {dead('a')}", journal)[0] == 1
    code, lines = check(f"{drop}; UPDATE core.sighting SET page_sha256 = repeat('0', 64)", journal)
    assert code == 1 and len(lines) == 4


def test_no_database_is_said_so(tmp_path):
    (tmp_path / "journal.jsonl").write_text("")
    done = subprocess.run([sys.executable, CHECK, "--journal", tmp_path / "journal.jsonl", "--database",
                           "postgresql:///none?host=/nowhere"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "/nowhere" in done.stderr
