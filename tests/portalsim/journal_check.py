#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the journal of portalsim with the database, row by row.

The journal says what the portals showed; api.report, api.report_revision, api.sighting and
api.dead_letter say what suoyin made of it.  Every report must be there once, with its URLs,
its revisions, its last bytes and its state; nothing else may be there.

Exit code: 0 they agree, 1 they do not, 2 wrong usage or no database.
"""
import argparse
import json
import re
import subprocess
import sys
import time
import unicodedata

PAGE_BYTES_MAX = 7864320  # larger pages are refused by design
NULL = "\\N"


class Report:
    """What the journal says about one report."""

    def __init__(self, line):
        self.number = line["report"]
        self.portal = line["portal"]
        self.title = line["title"]
        self.index_number = line["index_number"]
        self.texts = 1
        self.urls = {}  # URL -> [sha256, gone]

    def live(self):
        return any(not gone for _, gone in self.urls.values())


class Journal:
    def __init__(self):
        self.reports = {}
        self.portals = set()
        self.bad = {}
        self.ended = False
        self.serve = False
        self.too_large = set()

    def add(self, line):
        event = line["event"]
        if event == "end":
            self.ended = True
            return
        self.portals.add(line["portal"])
        if event == "bad":
            self.bad[line["url"]] = line["kind"]
            return
        if line["report"] not in self.reports:
            self.reports[line["report"]] = Report(line)
        report = self.reports[line["report"]]
        if event == "remove":
            report.urls[line["url"]][1] = True
            return
        if event == "edit":
            report.texts += 1
        report.urls[line["url"]] = [line["sha256"], False]
        self.serve = self.serve or bool(line.get("serve"))
        if line.get("bytes", 0) > PAGE_BYTES_MAX:
            self.too_large.add(line["url"])

    def urls(self):
        return {url: report for report in self.reports.values() for url in report.urls}


def read_journal(path):
    journal = Journal()
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith("\n"):
                break  # still being written
            try:
                journal.add(json.loads(line))
            except (ValueError, KeyError, TypeError) as why:
                sys.exit(f"journal_check: {path}:{number}: {why!r}")
    return journal


class Unreachable(Exception):
    pass


def ask(database, sql):
    """Rows of texts; None is NULL.  The query folds white space: a row is a line."""
    command = ["psql", "-XAt", "-F", "\t", "-P", f"null={NULL}", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise Unreachable(done.stderr.strip())
    return [[None if cell == NULL else cell for cell in row.split("\t")] for row in done.stdout.splitlines()]


def sql_list(words):
    return ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(words)) or "NULL"


def one_line(column):
    return rf"regexp_replace({column}, '\s+', ' ', 'g')"


class Stored:
    """The rows of the journal's portals."""

    def __init__(self, database, portals):
        where = f"WHERE portal_id IN ({sql_list(portals)})"
        # one statement, one snapshot: the worker goes on meanwhile
        rows = ask(database, f"""
            SELECT 'report', report_id::text, portal_id, {one_line('title')}, {one_line('index_number')}, status,
                revision_count::text, sighting_count::text FROM api.report {where}
            UNION ALL SELECT 'revision', report_id::text, portal_id, url, page_sha256, is_current::text, NULL, NULL
                FROM api.report_revision {where}
            UNION ALL SELECT 'sighting', report_id::text, portal_id, url, page_sha256, (gone_at IS NULL)::text,
                NULL, NULL FROM api.sighting {where}
            UNION ALL SELECT 'dead', NULL, portal_id, {one_line('url')}, page_sha256, reason, NULL, NULL
                FROM api.dead_letter {where}""")
        self.reports = {}
        self.revisions = {}
        self.sightings = {}
        self.twice = []
        self.dead = []
        for kind, *row in rows:
            if kind == "report":
                self.reports[row[0]] = row
            elif kind == "revision":
                self.revisions[row[0]] = self.revisions.get(row[0], 0) + 1
            elif kind == "dead":
                self.dead.append(row)
            elif row[2] in self.sightings:
                self.twice.append(row[2])
            else:
                self.sightings[row[2]] = row

    def withdrawn(self):
        return sum(row[4] == "withdrawn" for row in self.reports.values())


def bare(text):
    """A title without white space."""
    return re.sub(r"\s+", "", text or "")


def folded(number):
    """An index number in its comparable form."""
    return bare(unicodedata.normalize("NFKC", number or "")).upper().replace("\\", "/")


def sighting_differences(journal, stored):
    for url, report in sorted(journal.urls().items()):
        sha256, gone = report.urls[url]
        row = stored.sightings.get(url)
        if url in journal.too_large:
            if row is not None:
                yield f"{url}: larger than a page may be, but stored"
        elif row is None:
            yield f"{url}: report {report.number} was never sighted there"
        elif (row[4] != "true") != gone:
            yield f"{url}: {'removed' if gone else 'live'} on the portal, {'live' if gone else 'gone'} in the database"
        elif not gone and row[3] != sha256:
            yield f"{url}: the portal shows {sha256[:12]}, the database has {(row[3] or 'nothing')[:12]}"
    for url in sorted(set(stored.sightings) - set(journal.urls())):
        yield f"{url}: sighted, but {'a bad page' if url in journal.bad else 'not in the journal'}"
    for url in stored.twice:
        yield f"{url}: sighted more than once"


def row_differences(report, row, revisions):
    name = f"report {report.number}"
    if bare(row[2]) != bare(report.title):
        yield f"{name}: title is {row[2]!r}, should be {report.title!r}"
    if report.index_number and folded(row[3]) != folded(report.index_number):
        yield f"{name}: index number is {row[3]!r}, should be {report.index_number!r}"
    want = "current" if report.live() else "withdrawn"
    if row[4] != want:
        yield f"{name}: status is {row[4]}, should be {want}"
    if int(row[5]) != report.texts or revisions != report.texts:
        yield f"{name}: {revisions} revisions (said: {row[5]}), should be {report.texts}"
    if int(row[6]) != len(report.urls):
        yield f"{name}: {row[6]} sightings, should be {len(report.urls)}"


def report_differences(journal, stored):
    owners = {}
    for number, report in sorted(journal.reports.items()):
        ids = {stored.sightings[url][0] for url in report.urls if url in stored.sightings}
        if len(ids) > 1 or None in ids:
            yield f"report {number}: split over the rows {', '.join(sorted(str(i) for i in ids))}"
        for found in ids - {None}:
            owners.setdefault(found, []).append(number)
            if found not in stored.reports:
                yield f"report {number}: row {found} is not in api.report"
            elif len(ids) == 1:
                yield from row_differences(report, stored.reports[found], stored.revisions.get(found, 0))
    for found, numbers in sorted(owners.items()):
        if len(numbers) > 1:
            yield f"row {found}: mixes the reports {', '.join(map(str, numbers))}"
    for found in sorted(set(stored.reports) - set(owners), key=int):
        yield f"row {found}: no report of the journal: {stored.reports[found][2]!r}"


def dead_differences(journal, stored):
    for _, portal, url, _, reason, _, _ in stored.dead:
        if url not in journal.bad:
            yield f"{url or portal}: dead letter ({reason})"


def differences(journal, stored):
    found = [] if journal.ended else ["the journal has no end yet"]
    found += sighting_differences(journal, stored)
    if not journal.serve:
        found += report_differences(journal, stored)
    found += dead_differences(journal, stored)
    return found


def result(journal, stored, found):
    if journal.serve:
        head = f"served={len(journal.urls())} sightings={len(stored.sightings)} reports={len(stored.reports)}"
    else:
        head = (f"reports={len(stored.reports)} revisions={sum(stored.revisions.values())} "
                f"sightings={len(stored.sightings)} withdrawn={stored.withdrawn()}")
    return f"RESULT {head} dead={len(stored.dead)} differences={len(found)}"


def compare(args):
    journal = read_journal(args.journal)
    stored = Stored(args.database, journal.portals)
    found = differences(journal, stored)
    if args.no_end and found[:1] == ["the journal has no end yet"]:
        found = found[1:]
    return journal, stored, found


class Progress:
    """One line that changes on a terminal, a line every five seconds elsewhere."""

    def __init__(self):
        self.tty = sys.stderr.isatty()
        self.next = 0.0

    def show(self, journal, stored, found):
        now = time.monotonic()
        if now < self.next and not self.tty:
            return
        self.next = now + 5
        text = (f"journal: {len(journal.urls())} pages{' (ended)' if journal.ended else ''}, database: "
                f"{len(stored.sightings)} sightings, {len(stored.reports)} reports, {len(found)} differences")
        print(f"\r\x1b[K{text}" if self.tty else text, end="" if self.tty else "\n", file=sys.stderr, flush=True)

    def done(self):
        if self.tty:
            print(file=sys.stderr)


def compare_until(args):
    """Polls until both agree or the time is over.  A database that is away is waited for."""
    deadline = time.monotonic() + args.wait
    progress = Progress()
    while True:
        try:
            journal, stored, found = compare(args)
            progress.show(journal, stored, found)
            if not found:
                break
        except Unreachable as why:
            if time.monotonic() >= deadline:
                raise
            print(f"database: {why}", file=sys.stderr)
        if time.monotonic() >= deadline:
            break
        time.sleep(0.5)
    progress.done()
    return journal, stored, found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--journal", required=True)
    parser.add_argument("--database", required=True, help="postgresql://… URL or connection string")
    parser.add_argument("--wait", type=float, metavar="SECONDS", help="poll until they agree")
    parser.add_argument("--no-end", action="store_true", help="do not ask for the journal's end")
    args = parser.parse_args()
    try:
        journal, stored, found = compare_until(args) if args.wait else compare(args)
    except (Unreachable, OSError) as why:
        print(f"journal_check: {why}", file=sys.stderr)
        return 2
    for line in found:
        print(line)
    print(result(journal, stored, found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
